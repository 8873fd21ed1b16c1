use std::{collections::BTreeSet, fmt, str::FromStr};

use schemars::JsonSchema;
use serde::{Serialize, de::DeserializeOwned};
use serde_json::{Value, json};

use crate::{
    Counter, ErrorClass, EvidenceKind, FieldFormat, FieldMode, FieldReason, FieldState, FieldType, JobStatus,
    Kind, Lane, Layer, LedgerKind, RejectReason, Stage, StopReason, SubjectMatch, Tier, UrlOutcome,
    UrlReason,
    capture::Arrival,
    pack::{BlockKind, PageType, Region, Syntax},
};

fn check<T>(all: &[T], text: fn(T) -> &'static str)
where
    T: Copy + PartialEq + fmt::Debug + fmt::Display + FromStr + Serialize + DeserializeOwned + JsonSchema,
{
    let mut codes = BTreeSet::new();
    for member in all {
        let code = text(*member);
        assert!(codes.insert(code), "`{code}` stands for two members");
        assert_eq!(code.parse::<T>().ok(), Some(*member), "{code}");
        assert_eq!(member.to_string(), code);
        assert_eq!(serde_json::to_value(member).unwrap(), json!(code));
        assert_eq!(serde_json::from_value::<T>(json!(code)).unwrap(), *member);
        assert!(code.parse::<T>().is_ok() && code.to_uppercase().parse::<T>().is_err(), "{code}");
    }
    assert_eq!(codes, written::<T>().iter().map(String::as_str).collect(), "the schema lists other members");
    for unknown in ["", "no_such_code"] {
        assert!(unknown.parse::<T>().is_err() && serde_json::from_value::<T>(json!(unknown)).is_err());
    }
}

/// The texts that a closed list's schema allows, in no order.
fn written<T: JsonSchema>() -> Vec<String> {
    let schema: Value = schemars::schema_for!(T).into();
    let parts = schema["oneOf"].as_array().cloned().unwrap_or_else(|| vec![schema.clone()]);
    let texts = parts.iter().flat_map(|part| match &part["const"] {
        Value::Null => part["enum"].as_array().cloned().unwrap_or_default(),
        one => vec![one.clone()],
    });
    texts.map(|text| text.as_str().expect("a text").to_owned()).collect()
}

/// A list without `ALL`: what its schema allows is what serde reads and writes.
fn check_by_schema<T: JsonSchema + Serialize + DeserializeOwned>(members: usize) {
    let texts = written::<T>();
    assert_eq!(texts.iter().collect::<BTreeSet<_>>().len(), members, "{texts:?}");
    for text in texts {
        let member: T = serde_json::from_value(json!(text)).unwrap();
        assert_eq!(serde_json::to_value(&member).unwrap(), json!(text));
    }
    assert!(serde_json::from_value::<T>(json!("no_such_code")).is_err());
}

#[test]
fn every_member_of_a_closed_list_has_one_text_of_its_own() {
    check(UrlReason::ALL, UrlReason::as_str);
    check(FieldReason::ALL, FieldReason::as_str);
    check(RejectReason::ALL, RejectReason::as_str);
    check(JobStatus::ALL, JobStatus::as_str);
    check(FieldState::ALL, FieldState::as_str);
    check(UrlOutcome::ALL, UrlOutcome::as_str);
    check(LedgerKind::ALL, LedgerKind::as_str);
    check(Kind::ALL, Kind::as_str);
}

#[test]
fn small_lists_are_closed_too() {
    check_by_schema::<Tier>(4);
    check_by_schema::<SubjectMatch>(4);
    check_by_schema::<Layer>(3);
    check_by_schema::<EvidenceKind>(1);
    check_by_schema::<FieldMode>(3);
    check_by_schema::<FieldType>(4);
    check_by_schema::<FieldFormat>(8);
    check_by_schema::<ErrorClass>(3);
    check_by_schema::<Stage>(5);
    check_by_schema::<Lane>(2);
    check_by_schema::<Arrival>(4);
    check_by_schema::<BlockKind>(8);
    check_by_schema::<Region>(6);
    check_by_schema::<Syntax>(4);
    check_by_schema::<PageType>(6);
}

#[test]
fn the_states_are_those_of_the_formats() {
    let texts = |all: &[FieldState]| all.iter().map(|state| state.as_str()).collect::<Vec<_>>();
    let fields = ["supported", "conflict", "unverified", "other_subject", "not_found", "skipped"];
    assert_eq!(texts(FieldState::ALL), fields);
    let terminal: Vec<_> = JobStatus::ALL.iter().filter(|status| status.is_terminal()).collect();
    assert_eq!(
        terminal,
        [&JobStatus::Completed, &JobStatus::Partial, &JobStatus::Failed, &JobStatus::Cancelled]
    );
}

#[test]
fn a_budget_that_stops_urls_has_a_reason_of_the_same_text() {
    for counter in [Counter::URLS, Counter::BYTES, Counter::SECONDS] {
        let stop = StopReason::Budget(counter);
        assert!(stop.to_string().parse::<UrlReason>().is_ok(), "{stop}");
    }
}
