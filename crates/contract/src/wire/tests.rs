use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::{Amounts, Counter, EvidencePack, UrlEntry, proto};

fn goldens(prefix: &str) -> Vec<Vec<u8>> {
    let formats = proto::formats().into_iter().filter(|format| format.name.starts_with(prefix));
    formats.flat_map(|format| format.goldens).map(|golden| golden.bytes).collect()
}

fn carried() -> Envelope {
    decode(&goldens("envelope")[0]).unwrap()
}

fn with_body(message_type: &str, body: Vec<u8>) -> Envelope {
    let mut envelope = carried();
    envelope.headers.message_type = message_type.to_owned();
    envelope.body = body;
    envelope
}

/// All that reads bytes from outside the process.
fn read_as_everything(bytes: &[u8]) {
    let types = [
        CrawlTask::TYPE,
        RenderTask::TYPE,
        ExtractTask::TYPE,
        ModelTask::LLM_TYPE,
        ModelTask::DEEP_TYPE,
        Report::TYPE,
    ];
    for message_type in types {
        let _ = Message::from_envelope(&with_body(message_type, bytes.to_vec()));
    }
    let _ = decode::<Envelope>(bytes);
    let _ = decode::<EvidencePack>(bytes);
    let _ = decode::<UrlEntry>(bytes);
    let _ = decode::<Value>(bytes);
}

#[test]
fn a_message_survives_its_envelope_with_the_headers_that_its_ticket_says() {
    let message = Message::from_envelope(&carried()).unwrap();
    let envelope = message.to_envelope(Some("00-a-b-01".into()), None).unwrap();
    assert_eq!(Message::from_envelope(&envelope).unwrap(), message);
    let (headers, ticket) = (&envelope.headers, message.ticket());
    assert_eq!(headers.message_type, message.type_name());
    assert_eq!((headers.job, headers.task, headers.epoch), (ticket.job, ticket.task, ticket.epoch));
    assert_eq!((headers.attempt, headers.lane), (ticket.attempt, ticket.lane));
    assert_eq!((headers.deadline, &headers.tenant), (ticket.deadline, &ticket.tenant));
    assert_eq!((headers.traceparent.as_deref(), headers.tracestate.as_deref()), (Some("00-a-b-01"), None));
}

#[test]
fn a_body_over_the_limit_is_neither_written_nor_read() {
    let Message::Crawl(mut task) = Message::from_envelope(&carried()).unwrap() else { unreachable!() };
    let spare = MAX_BODY - encode(&task).unwrap().len();
    let short = task.url.clone();
    task.url = short.clone() + &"a".repeat(spare - 2 - usize::from(short.len() < 32));
    let fits = Message::Crawl(task.clone()).to_envelope(None, None).unwrap();
    assert!(fits.body.len() > MAX_BODY - 3, "{}", fits.body.len());
    assert_eq!(Message::from_envelope(&fits).unwrap(), Message::Crawl(task.clone()));

    task.url += "aaa";
    let refused = Message::Crawl(task.clone()).to_envelope(None, None);
    assert!(matches!(refused, Err(WireError::TooLarge { size }) if size > MAX_BODY));
    let envelope = with_body(CrawlTask::TYPE, encode(&task).unwrap());
    assert!(matches!(Message::from_envelope(&envelope), Err(WireError::TooLarge { .. })));
}

#[test]
fn a_type_that_is_not_known_here_is_told_apart_from_a_broken_body() {
    for newer in ["harvest.crawl.2", "harvest.report.99"] {
        let refused = Message::from_envelope(&with_body(newer, carried().body));
        assert!(matches!(refused, Err(WireError::Newer(name)) if name == newer), "{newer}");
    }
    for unknown in
        ["harvest.crawl.0", "harvest.crawl.x", "ask.call.1", "harvest.crawl", "", "HARVEST.CRAWL.1"]
    {
        let refused = Message::from_envelope(&with_body(unknown, carried().body));
        assert!(matches!(refused, Err(WireError::UnknownType(name)) if name == unknown), "{unknown}");
    }
    let broken = Message::from_envelope(&with_body(CrawlTask::TYPE, b"\xc1".to_vec()));
    assert!(matches!(broken, Err(WireError::Decode(_))));
    let other = Message::from_envelope(&with_body(Report::TYPE, carried().body));
    assert!(matches!(other, Err(WireError::Decode(_))));
}

#[test]
fn bytes_after_the_end_are_refused() {
    for golden in goldens("harvest.crawl") {
        for more in [&b"\xc0"[..], b"\x81", b"\xc1", b"a", &golden[..]] {
            let refused = decode::<CrawlTask>(&[&golden[..], more].concat());
            assert!(matches!(refused, Err(WireError::Trailing)), "{more:?}");
        }
    }
}

#[test]
fn a_message_cut_anywhere_is_an_error() {
    for golden in goldens("harvest.report").iter().chain(&goldens("evidence-pack")) {
        for end in 0..golden.len() {
            assert!(decode::<Report>(&golden[..end]).is_err(), "{end}");
            assert!(decode::<EvidencePack>(&golden[..end]).is_err(), "{end}");
        }
    }
}

/// A report whose field `name` holds these bytes.
fn report_with(name: &str, bytes: &[u8]) -> Vec<u8> {
    let mut report: Vec<u8> = goldens("harvest.report").swap_remove(0);
    assert_eq!(report[0] & 0xf0, 0x80, "a short map");
    report[0] += 1;
    report.extend(encode(&name).unwrap());
    report.extend(bytes);
    report
}

/// Lists within lists, `depth` of them, each claiming four billion items.
fn claiming(depth: usize) -> Vec<u8> {
    b"\xdd\xff\xff\xff\xff".repeat(depth)
}

#[test]
fn nesting_is_read_to_the_depth_that_we_write_and_no_deeper() {
    let lists = |depth: usize| [&b"\x91".repeat(depth)[..], b"\xc0"].concat();
    assert!(decode::<Value>(&lists(MAX_DEPTH - 1)).is_ok());
    assert!(decode::<Value>(&lists(MAX_DEPTH)).is_err());
    assert!(decode::<Value>(&lists(60_000)).is_err());
    let message =
        |depth| Message::from_envelope(&with_body(Report::TYPE, report_with("later", &lists(depth))));
    assert!(message(MAX_MESSAGE_DEPTH - 2).is_ok());
    assert!(message(MAX_MESSAGE_DEPTH - 1).is_err());
    assert!(message(60_000).is_err());
}

#[test]
fn json_as_deep_as_its_parser_reads_survives_in_a_pack() {
    let text = format!("{}1{}", "[".repeat(127), "]".repeat(127));
    let mut pack: EvidencePack = decode(&goldens("evidence-pack")[0]).unwrap();
    pack.structured[0].data = serde_json::from_str(&text).unwrap();
    assert_eq!(decode::<EvidencePack>(&encode(&pack).unwrap()).unwrap(), pack);
    assert!(serde_json::from_str::<Value>(&format!("[{text}]")).is_err());
}

#[test]
fn a_length_that_the_bytes_do_not_hold_is_an_error() {
    let liars = [
        &b"\xdd\xff\xff\xff\xff"[..],
        b"\xdf\xff\xff\xff\xff",
        b"\xdb\xff\xff\xff\xff",
        b"\xc6\xff\xff\xff\xff",
        b"\xc9\xff\xff\xff\xff\x01",
        &claiming(1_000),
    ];
    for liar in liars {
        read_as_everything(liar);
        assert!(decode::<Value>(liar).is_err());
        for field in ["later", "ticket", "outcome", "findings", "links"] {
            let report = report_with(field, liar);
            assert!(decode::<Report>(&report).is_err(), "{field}");
            assert!(Message::from_envelope(&with_body(Report::TYPE, report)).is_err(), "{field}");
        }
    }
}

#[test]
fn a_key_that_stands_twice_is_refused() {
    let twice = report_with("depth", &encode(&7_u16).unwrap());
    assert!(matches!(decode::<Report>(&twice), Err(WireError::Decode(_))));
}

#[test]
fn maps_are_named_and_amounts_are_text() {
    let amounts = Amounts::one(Counter::BYTES, 5);
    assert_eq!(encode(&amounts).unwrap(), b"\x81\xa5bytes\xa15");
    assert_eq!(encode(&json!({ "a": 1 })).unwrap(), b"\x81\xa1a\x01");
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_bytes_are_read_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        read_as_everything(&bytes);
    }

    #[test]
    fn a_golden_with_bytes_changed_is_read_or_refused(
        which in any::<prop::sample::Index>(),
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6),
    ) {
        let goldens = goldens("");
        let mut bytes = which.get(&goldens).clone();
        for (at, byte) in changes {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        read_as_everything(&bytes);
    }

    #[test]
    fn what_is_read_is_written_and_read_again_the_same(
        which in any::<prop::sample::Index>(),
        at in any::<prop::sample::Index>(),
        byte in any::<u8>(),
    ) {
        let mut bytes = which.get(&goldens("harvest.report")).clone();
        let at = at.index(bytes.len());
        bytes[at] = byte;
        if let Ok(report) = decode::<Report>(&bytes) {
            prop_assert_eq!(decode::<Report>(&encode(&report).unwrap()).unwrap(), report);
        }
    }
}
