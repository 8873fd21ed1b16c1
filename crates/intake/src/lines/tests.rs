use gleaner_contract::RejectReason;

use crate::{
    Format, Options,
    testing::{MemoryFiles, check_refused, check_rejected, options_as, read, read_all},
};

#[test]
fn a_line_may_carry_its_own_schema_fields_and_budget() {
    let text = r#"{"id": "1", "schema": "article", "fields": {"topic": {}}, "budget": {"lowCalls": 2}}"#;
    let intake = read(Format::JsonLines, text, &options_as("product"));
    let target = &intake.submission.targets[0];
    assert_eq!(target.schema.name, "article");
    assert!(target.schema.field("topic").is_some());
    assert_eq!(target.budget.iter().count(), 1);
}

#[test]
fn a_broken_line_is_rejected_alone() {
    let options = options_as("product");
    for (line, message) in [
        ("{\"id\": }", "not JSON: expected value"),
        ("[1]", "a target is a table, not a list"),
        ("{\"id\": \"\\ud800\"}", "not JSON: unexpected end of hex escape"),
    ] {
        let text = format!("{line}\n{{\"id\": \"good\"}}\n");
        let intake = read(Format::JsonLines, &text, &options);
        assert_eq!(intake.rejected[0].place.line, Some(1));
        let reason = intake.rejected[0].reason;
        assert!(matches!(reason, RejectReason::BadRow | RejectReason::BadValue));
        check_rejected(&intake, reason, message, "");
    }
}

#[test]
fn a_line_that_is_not_utf8_is_rejected_alone() {
    let bytes = b"{\"id\": \"good\"}\n{\"id\": \"\xff\"}\n";
    let intake = read_all(Format::JsonLines, bytes, &MemoryFiles::default(), &options_as("product"));
    check_rejected(&intake.expect("right"), RejectReason::BadRow, "the line is not UTF-8", "");
}

#[test]
fn lines_without_schema_are_rejected_unless_all_are_so() {
    let text = "{\"id\": \"good\", \"schema\": \"product\"}\n{\"id\": \"bad\"}\n";
    let intake = read(Format::JsonLines, text, &Options::default());
    check_rejected(&intake, RejectReason::UnknownSchema, "the target names no schema", "--as product");
    check_refused(
        Format::JsonLines,
        "{\"id\": \"1\"}\n{\"id\": \"2\"}\n",
        &Options::default(),
        &["input: no schema says which fields are wanted"],
    );
}
