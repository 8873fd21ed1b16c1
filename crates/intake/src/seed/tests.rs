use gleaner_contract::RejectReason;

use super::canonical;

fn check(written: &str, expected: &str) {
    assert_eq!(canonical(written).expect("a seed"), expected, "{written:?}");
}

fn refuse(written: &str, reason: RejectReason, what: &str) {
    let bad = canonical(written).expect_err(written);
    assert_eq!(bad.reason, reason, "{written:?}");
    assert!(bad.what.contains(what), "{written:?}: {}", bad.what);
}

#[test]
fn urls_are_serialised_without_fragment() {
    check("HTTPS://Shop.Example:443/a b?q=ü#top", "https://shop.example/a%20b?q=%C3%BC");
    check("http://shop.example", "http://shop.example/");
    check(" https://münchen.example/x ", "https://xn--mnchen-3ya.example/x");
    check("http://127.0.0.1:8080/", "http://127.0.0.1:8080/");
    check("http://intranet/page", "http://intranet/page");
}

#[test]
fn bare_domains_are_meant_as_https() {
    check("acme.example", "https://acme.example/");
    check("www.acme.example/contact?x=1", "https://www.acme.example/contact?x=1");
    check("acme.example:8443/x", "https://acme.example:8443/x");
    check("localhost:8080", "https://localhost:8080/");
    check("127.0.0.1:8080/x", "https://127.0.0.1:8080/x");
    check("//acme.example/x", "https://acme.example/x");
    check("acme.example./x", "https://acme.example./x");
}

#[test]
fn what_is_no_address_is_named() {
    for written in [
        "",
        "-",
        "n/a",
        "none",
        "42",
        "12.50",
        "12:30",
        "http://",
        "https://[::1",
        "http://a b/",
        "https://exa mple.org",
        ".",
        "./x",
        "..",
        "a..b",
        "-.example",
        "https://./x",
        "https://a..example/",
    ] {
        refuse(written, RejectReason::BadUrl, "is not a URL");
    }
    refuse(&format!("https://a.example/{}", "x".repeat(9000)), RejectReason::BadUrl, "exceeds 8192 bytes");
    refuse(
        &format!("https://a.example/{}", "ü".repeat(3000)),
        RejectReason::BadUrl,
        "exceeds 8192 bytes when encoded",
    );
}

#[test]
fn other_schemes_are_refused() {
    for written in
        ["ftp://a.example/", "file:///etc/passwd", "javascript:alert(1)", "mailto:a@b.example", "data:,x"]
    {
        refuse(written, RejectReason::RefusedUrl, "only http and https are fetched");
    }
}

#[test]
fn credentials_are_refused_and_not_repeated() {
    let bad = canonical("https://user:hunter2@acme.example/").expect_err("refused");
    assert_eq!(bad.reason, RejectReason::RefusedUrl);
    assert!(!bad.what.contains("hunter2"), "{}", bad.what);
    refuse("user@acme.example", RejectReason::RefusedUrl, "carries a user name");
}

#[test]
fn canonicalising_twice_is_canonicalising_once() {
    for written in ["acme.example", "http://A.example/%7Ex/../y?b&a#f", "https://a.example/|x|"] {
        let once = canonical(written).expect("a seed");
        check(&once, &once);
    }
}
