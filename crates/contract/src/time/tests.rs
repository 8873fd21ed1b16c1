use proptest::prelude::*;

use super::*;

fn check(text: &str, expected: &str) {
    let at: Timestamp = text.parse().unwrap();
    assert_eq!(at.to_string(), expected);
    assert_eq!(expected.parse::<Timestamp>().unwrap(), at);
}

#[test]
fn instants_are_written_as_rfc_3339_in_utc() {
    check("2026-11-22T10:00:00Z", "2026-11-22T10:00:00Z");
    check("2026-11-22T10:00:00.250Z", "2026-11-22T10:00:00.25Z");
    check("2026-11-22T12:30:00+02:30", "2026-11-22T10:00:00Z");
    check("2026-11-22T10:00:00.123456789Z", "2026-11-22T10:00:00.123Z");
    check("1969-12-31T23:59:59.999Z", "1969-12-31T23:59:59.999Z");
}

#[test]
fn a_time_without_its_place_on_earth_is_refused() {
    for text in ["", "2026-11-22", "2026-11-22T10:00:00", "10:00Z", "2026-13-01T00:00:00Z", "1790000000"] {
        assert!(text.parse::<Timestamp>().is_err(), "{text}");
        assert!(serde_json::from_value::<Timestamp>(text.into()).is_err(), "{text}");
    }
}

#[test]
fn instants_that_cannot_be_written_become_the_nearest_that_can() {
    assert_eq!(Timestamp::from_millis(i64::MAX).to_string(), "9999-12-30T22:00:00Z");
    assert_eq!(Timestamp::from_millis(i64::MIN).to_string(), "0000-01-01T00:00:00Z");
    check("-009999-01-02T01:59:59Z", "0000-01-01T00:00:00Z");
    let last = Timestamp::from_millis(0).after(Duration::MAX);
    assert_eq!(last, Timestamp::from_millis(i64::MAX));
    assert_eq!(last.after(Duration::from_millis(1)), last);
}

#[test]
fn the_time_until_an_instant_that_has_passed_is_zero() {
    let at = Timestamp::from_millis(1_000);
    assert_eq!(at.until(at.after(Duration::from_secs(2))), Duration::from_secs(2));
    assert_eq!(at.after(Duration::from_secs(2)).until(at), Duration::ZERO);
    assert_eq!(Timestamp::from_millis(i64::MAX).until(Timestamp::from_millis(i64::MIN)), Duration::ZERO);
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_instant_is_read_from_the_text_that_it_writes(millis in any::<i64>(), later in any::<u64>()) {
        let at = Timestamp::from_millis(millis).after(Duration::from_millis(later));
        prop_assert_eq!(at.to_string().parse::<Timestamp>().unwrap(), at);
        let json = serde_json::to_string(&at).unwrap();
        prop_assert_eq!(serde_json::from_str::<Timestamp>(&json).unwrap(), at);
    }
}
