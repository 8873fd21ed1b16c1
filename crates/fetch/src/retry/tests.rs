use super::*;

#[track_caller]
fn check(value: &str, expected: Option<u64>) {
    let now = httpdate::parse_http_date("Sun, 06 Nov 1994 08:49:37 GMT").unwrap();
    assert_eq!(retry_after_at(value, now), expected.map(Duration::from_secs), "{value}");
}

#[test]
fn seconds_and_dates_are_read() {
    check("0", Some(0));
    check(" 120 ", Some(120));
    check("Sun, 06 Nov 1994 08:50:37 GMT", Some(60));
    check("Sunday, 06-Nov-94 08:50:37 GMT", Some(60));
    check("Sun Nov  6 08:50:37 1994", Some(60));
    check("Sat, 05 Nov 1994 08:49:37 GMT", Some(0));
}

#[test]
fn long_waits_are_cut_and_nonsense_is_none() {
    check("99999999", Some(86400));
    check("99999999999999999999999999", Some(86400));
    check("Sat, 06 Nov 2094 08:49:37 GMT", Some(86400));
    for value in ["", "soon", "-1", "1.5"] {
        check(value, None);
    }
}

#[test]
fn overload_is_transient_and_absence_is_permanent() {
    for status in [206, 408, 425, 429, 500, 502, 503, 504, 520, 524, 529] {
        assert_eq!(class_of_status(status), ErrorClass::Transient, "{status}");
    }
    for status in [400, 401, 403, 404, 410, 451, 501, 505, 525, 526] {
        assert_eq!(class_of_status(status), ErrorClass::Permanent, "{status}");
    }
}
