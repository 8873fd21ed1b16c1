use std::time::Duration;

use super::parse;

fn check(written: &str, seconds: f64) {
    assert_eq!(parse(written), Some(Duration::from_secs_f64(seconds)), "{written:?}");
}

#[test]
fn durations_are_read_as_people_write_them() {
    check("10s", 10.0);
    check("500ms", 0.5);
    check("1m 30s", 90.0);
    check("2h", 7_200.0);
    check("30d", 30.0 * 86_400.0);
    check("0s", 0.0);
}

#[test]
fn what_is_no_duration_is_refused() {
    for written in ["", "10", "s", "-5s", "1 month", "1y", "10 parsecs"] {
        assert_eq!(parse(written), None, "{written:?}");
    }
}
