use super::*;
use crate::{CrawlTask, ExtractTask, Report};

#[test]
fn a_messages_type_is_its_kind_operation_and_version() {
    for (message_type, operation) in
        [(CrawlTask::TYPE, "crawl"), (ExtractTask::TYPE, "extract"), (Report::TYPE, "report")]
    {
        let parts: Vec<_> = message_type.split('.').collect();
        assert_eq!(parts, [Kind::Harvest.as_str(), operation, "1"]);
    }
}

#[test]
fn a_source_is_written_as_one_key_with_what_it_names() {
    let document = ContentHash::of(b"");
    for (source, json) in [
        (Source::Url("https://shop.example/".into()), r#"{"url":"https://shop.example/"}"#.to_owned()),
        (Source::Document(document), format!(r#"{{"document":"{document}"}}"#)),
        (Source::Collection("catalogue".into()), r#"{"collection":"catalogue"}"#.to_owned()),
    ] {
        assert_eq!(serde_json::to_string(&source).unwrap(), json);
        assert_eq!(serde_json::from_str::<Source>(&json).unwrap(), source);
    }
    assert!(serde_json::from_str::<Source>(r#"{"file":"/etc/hosts"}"#).is_err());
}
