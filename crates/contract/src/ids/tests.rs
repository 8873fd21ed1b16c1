use proptest::prelude::*;

use super::*;

fn at() -> Timestamp {
    "2026-11-22T10:00:00Z".parse().unwrap()
}

#[test]
fn the_same_parts_and_time_give_the_same_id() {
    let id = JobId::derive(at(), &[b"a", b"b"]);
    assert_eq!(id, JobId::derive(at(), &[b"a", b"b"]));
    assert_eq!(TaskId::derive(at(), &[b"a", b"b"]).to_bytes(), id.to_bytes());
    for other in [&[&b"ab"[..]][..], &[b"a", b"c"], &[b"b", b"a"], &[b"a", b"b", b""], &[b"", b"ab"], &[]] {
        assert_ne!(id, JobId::derive(at(), other), "{other:?}");
    }
    assert_ne!(id, JobId::derive(Timestamp::from_millis(at().as_millis() + 1), &[b"a", b"b"]));
}

#[test]
fn a_derived_id_never_changes_between_versions() {
    assert_eq!(
        TaskId::derive(at(), &[b"job", b"https://shop.example/42"]).to_string(),
        "01M81B5H803GWD18WHD6SANNB2"
    );
}

#[test]
fn ids_sort_by_time_as_text_and_as_bytes() {
    let ids: Vec<_> = (0..50).map(|n| JobId::derive(Timestamp::from_millis(n * 997), &[b"x"])).collect();
    assert!(ids.is_sorted());
    assert!(ids.iter().map(JobId::to_string).is_sorted());
    assert!(ids.iter().map(|id| id.to_bytes()).is_sorted());
}

#[test]
fn what_is_no_id_is_refused() {
    let long = "0".repeat(27);
    let refused = [
        "",
        "01M81B5H80WWZJ6DK11FZEQQJ",
        &long,
        "01M81B5H80WWZJ6DK11FZEQQJU",
        "81M81B5H80WWZJ6DK11FZEQQJY",
        "é1M81B5H80WWZJ6DK11FZEQQJ",
    ];
    for text in refused {
        assert!(text.parse::<JobId>().is_err(), "{text}");
        assert!(serde_json::from_value::<JobId>(text.into()).is_err(), "{text}");
    }
    assert_eq!("x".parse::<TaskId>().unwrap_err().to_string(), "`x` is not an id (26 characters of a ULID)");
}

#[test]
fn a_tenant_is_its_name() {
    assert_eq!(Tenant::local().to_string(), "local");
    assert_eq!(serde_json::to_string(&Tenant::local()).unwrap(), "\"local\"");
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn an_id_is_read_from_the_text_that_it_writes(millis in 0_i64..1 << 47, part in any::<Vec<u8>>()) {
        let id = SubmissionId::derive(Timestamp::from_millis(millis), &[&part]);
        let text = id.to_string();
        prop_assert_eq!(text.parse::<SubmissionId>().unwrap(), id);
        prop_assert_eq!(text.to_lowercase().parse::<SubmissionId>().unwrap(), id);
        prop_assert_eq!(text.len(), 26);
        prop_assert_eq!(serde_json::to_string(&id).unwrap(), format!("\"{text}\""));
    }
}
