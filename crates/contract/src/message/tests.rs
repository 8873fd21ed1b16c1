use std::collections::BTreeSet;

use serde_json::json;

use super::*;
use crate::{proto, wire};

fn report() -> Report {
    let formats = proto::formats();
    let golden = formats.iter().find(|format| format.name == Report::TYPE).unwrap();
    wire::decode(&golden.goldens[0].bytes).unwrap()
}

#[test]
fn a_message_goes_to_the_queue_of_its_stage_and_lane() {
    let formats = proto::formats();
    let bytes =
        |name: &str| formats.iter().find(|format| format.name == name).unwrap().goldens[0].bytes.clone();
    let model = || wire::decode(&bytes(ModelTask::LLM_TYPE)).unwrap();
    let messages = [
        Message::Crawl(wire::decode(&bytes(CrawlTask::TYPE)).unwrap()),
        Message::Render(wire::decode(&bytes(RenderTask::TYPE)).unwrap()),
        Message::Extract(wire::decode(&bytes(ExtractTask::TYPE)).unwrap()),
        Message::Llm(model()),
        Message::Deep(model()),
        Message::Report(report()),
    ];
    let queues = messages.each_ref().map(|message| message.queue().to_string());
    let names = ["crawl.hi", "render.hi", "extract.hi", "llm.hi", "deep.hi", "report"];
    assert_eq!(queues, names.map(|name| format!("gleaner.v1.{name}")));
    assert!(messages.iter().all(|message| message.kind() == Kind::Harvest));
    let Message::Extract(mut task) = messages[2].clone() else { unreachable!() };
    task.ticket.quarantined = true;
    assert_eq!(Message::Extract(task).queue().to_string(), "gleaner.v1.quarantine.extract");
    assert!(messages.iter().all(|message| Queue::all().contains(&message.queue())));
}

#[test]
fn every_queue_has_a_name_of_its_own() {
    let names: BTreeSet<String> = Queue::all().iter().map(ToString::to_string).collect();
    assert_eq!(names.len(), 17);
    assert!(names.contains("gleaner.v1.dead") && names.contains("gleaner.v1.quarantine.crawl"));
}

#[test]
fn the_fields_of_an_outcome_are_written_like_all_others() {
    let snoozed = PageOutcome::Snoozed { after_ms: 7_000 };
    assert_eq!(serde_json::to_value(&snoozed).unwrap(), json!({ "kind": "snoozed", "afterMs": 7_000 }));
    let read = serde_json::to_value(report().outcome).unwrap();
    assert!(read.get("textHash").is_some(), "{read}");
}

#[test]
fn what_is_read_of_a_page_depends_on_brief_and_scope_alone() {
    let formats = proto::formats();
    let golden = &formats.iter().find(|format| format.name == CrawlTask::TYPE).unwrap().goldens[0];
    let task: CrawlTask = wire::decode(&golden.bytes).unwrap();
    let key = task.reading_key();
    let mut other = task.clone();
    other.ticket.epoch += 1;
    other.url = "https://shop.example/43".into();
    assert_eq!(other.reading_key(), key);
    let mut other = task.clone();
    other.brief.subject.name = None;
    assert_ne!(other.reading_key(), key);
    let mut other = task;
    other.scope.exclude.clear();
    assert_ne!(other.reading_key(), key);
}

#[test]
fn a_subject_is_named_by_its_name_or_by_what_is_known_of_it() {
    assert!(!Subject::default().is_named());
    let hosts = Subject { hosts: vec!["shop.example".into()], ..Subject::default() };
    assert!(!hosts.is_named());
    assert!(Subject { name: Some("Acme Drill 18V".into()), ..Subject::default() }.is_named());
    let known = BTreeMap::from([("sku".to_owned(), "AD-18".to_owned())]);
    assert!(Subject { known, ..Subject::default() }.is_named());
}
