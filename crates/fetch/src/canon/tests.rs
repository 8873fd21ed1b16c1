use proptest::prelude::*;
use url::Url;

use super::*;

mod oracle;

#[track_caller]
fn check(text: &str, expected: &str) {
    let url = canonical(text).unwrap();
    assert_eq!(url.as_str(), expected);
    assert_eq!(canonical(url.as_str()).unwrap(), url, "canonical twice");
}

#[test]
fn fragment_userinfo_and_default_port_are_dropped() {
    check("HTTP://User:pw@Shop.Example:80/a/../b?x=1&a=2#top", "http://shop.example/b?x=1&a=2");
    check("https://shop.example:443", "https://shop.example/");
    check("https://shop.example:8443/", "https://shop.example:8443/");
}

#[test]
fn query_is_kept_as_it_is() {
    check("https://s.example/?b=2&a=1&utm_source=x&b=2", "https://s.example/?b=2&a=1&utm_source=x&b=2");
    check("https://s.example/?", "https://s.example/?");
}

#[test]
fn hosts_are_read_as_browsers_read_them() {
    check("http://0x7f.1/", "http://127.0.0.1/");
    check("http://BÜCHER.example/", "http://xn--bcher-kva.example/");
    check("http:\\\\s.example\\a b", "http://s.example/a%20b");
}

#[test]
fn what_is_no_web_address_is_refused() {
    assert_eq!(canonical("file:///etc/passwd"), Err(BadUrl::Scheme("file".into())));
    assert_eq!(canonical("javascript:alert(1)"), Err(BadUrl::Scheme("javascript".into())));
    assert!(matches!(canonical("shop.example/a"), Err(BadUrl::Syntax(_))));
    assert_eq!(canonical(&format!("http://s.example/{}", "a".repeat(MAX_URL_BYTES))), Err(BadUrl::TooLong));
    // short enough as text, too long once its characters are escaped
    assert_eq!(canonical(&format!("http://s.example/{}", "é".repeat(3000))), Err(BadUrl::TooLong));
}

#[test]
fn references_are_joined_to_their_base() {
    let base = Url::parse("https://s.example/a/b?c").unwrap();
    let check = |reference, expected: &str| {
        assert_eq!(canonical_join(&base, reference).unwrap().as_str(), expected, "{reference}");
    };
    check("d#e", "https://s.example/a/d");
    check("//o.example/x", "https://o.example/x");
    check("?q", "https://s.example/a/b?q");
    assert!(canonical_join(&base, "mailto:x@s.example").is_err());
}

proptest! {
    #[test]
    fn canonical_is_the_parsed_url_without_fragment_and_userinfo(
        text in "(http|https|HTTP)://(u(:p)?@)?[a-zA-Z0-9.é%-]{1,12}(:[0-9]{0,5})?[/?#a-z0-9%&=;é. \\\\]{0,30}"
    ) {
        if let Ok(url) = canonical(&text) {
            prop_assert_eq!(&canonical(url.as_str()).unwrap(), &url);
            let mut parsed = Url::parse(&text).unwrap();
            parsed.set_fragment(None);
            parsed.set_username("").unwrap();
            parsed.set_password(None).unwrap();
            prop_assert_eq!(url, parsed);
        }
    }
}
