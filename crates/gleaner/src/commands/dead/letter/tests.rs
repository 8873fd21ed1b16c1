use gleaner_contract::{
    Amounts, CrawlTask, Headers, JobId, Lane, Schema, Scope, Target, TaskId, Tenant, Ticket, Timestamp,
};
use gleaner_ports::jobs::DeadRow;

use super::*;

fn filed(envelope: Vec<u8>) -> Filed {
    let at = Timestamp::from_millis(1_700_000_000_000);
    let row = DeadRow {
        task: TaskId::derive(at, &[b"task"]),
        epoch: 2,
        job: JobId::derive(at, &[b"job"]),
        class: "rejected".into(),
        queue: "gleaner.v1.crawl.lo".into(),
        detail: "no\u{1b}[31m thanks".into(),
        envelope,
        at,
    };
    Filed { number: 7, row }
}

fn headers(message_type: &str) -> Headers {
    let row = filed(Vec::new()).row;
    Headers {
        message_type: message_type.into(),
        tenant: Tenant::local(),
        job: row.job,
        task: row.task,
        epoch: 2,
        attempt: 1,
        lane: Lane::Lo,
        deadline: row.at,
        traceparent: None,
        tracestate: None,
    }
}

fn whole(envelope: &Envelope) -> Value {
    Letter::of(&filed(wire::encode(envelope).expect("it is encodable"))).whole()
}

#[test]
fn a_message_that_can_be_read_is_shown_as_json() {
    let Headers { tenant, job, task, epoch, attempt, lane, deadline, .. } = headers("");
    let permit = Amounts::none();
    let ticket = Ticket { tenant, job, task, epoch, attempt, lane, deadline, permit, quarantined: false };
    let schema = Schema::built_in("product").expect("a built-in schema");
    let target = Target::of_url(schema, "https://shop.example/42");
    let task = CrawlTask {
        ticket,
        url: "https://shop.example/42".into(),
        depth: 0,
        fresh_after: deadline,
        offline: false,
        thorough: false,
        scope: Scope::default(),
        brief: gleaner_flow::JobSpec {
            job,
            submission: gleaner_contract::SubmissionId::derive(deadline, &[b"submission"]),
            tenant: Tenant::local(),
            target,
            offline: false,
            created_at: deadline,
        }
        .brief(),
    };
    let shown = whole(&Message::Crawl(task).to_envelope(None, None).expect("it is encodable"));
    assert_eq!(shown["body"]["url"], "https://shop.example/42");
    assert_eq!((&shown["headers"]["epoch"], &shown["number"]), (&json!(2), &json!(7)));
    assert_eq!((&shown["problem"], &shown["bodyHex"]), (&Value::Null, &Value::Null));
}

#[test]
fn what_cannot_be_read_is_shown_in_hex_with_why() {
    let broken = Envelope { headers: headers(CrawlTask::TYPE), body: vec![0xc1; 300] };
    let shown = whole(&broken);
    assert_eq!(shown["bodyHex"].as_str().map(str::len), Some(2 * SHOWN + '…'.len_utf8()));
    assert_eq!(shown["headers"]["type"], CrawlTask::TYPE);
    assert!(shown["problem"].as_str().is_some_and(|why| why.contains("decode")), "{shown}");
    let other = Envelope { headers: headers("harvest.crawl.9"), body: vec![1] };
    assert!(whole(&other)["problem"].as_str().is_some_and(|why| why.contains("newer")));
    let shown = Letter::of(&filed(vec![0xc1, 2])).whole();
    assert_eq!((&shown["bodyHex"], &shown["headers"]), (&json!("c102"), &Value::Null));
    let none = Letter::of(&filed(Vec::new())).whole();
    assert_eq!((&none["bodyHex"], &none["problem"]), (&Value::Null, &Value::Null));
}

#[test]
fn nothing_of_a_letter_reaches_the_terminal_as_a_command() {
    let mut filed = filed(Vec::new());
    filed.row.class = "a\nb".into();
    let letter = Letter::of(&filed);
    let sheet = letter.sheet(&letter.whole()).expect("text");
    for shown in [letter.line(), sheet] {
        assert!(!shown.contains('\u{1b}'), "{shown}");
        assert!(shown.contains("a b"), "{shown}");
    }
    assert_eq!(letter.line().lines().count(), 1);
}
