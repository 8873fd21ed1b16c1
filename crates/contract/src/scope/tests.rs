use super::*;

#[track_caller]
fn check(scope: &Scope, url: &str, admitted: bool) {
    assert_eq!(scope.admits(["www.Acme.example"], &Url::parse(url).unwrap()), admitted, "{url}");
}

#[test]
fn without_a_word_the_targets_own_hosts_are_meant() {
    let scope = Scope::default();
    check(&scope, "https://acme.example/a", true);
    check(&scope, "http://www.acme.example/a", true);
    check(&scope, "https://shop.acme.example/a", false);
    check(&scope, "https://acme.example.evil.example/", false);
}

#[test]
fn hosts_and_paths_are_as_the_scope_says() {
    let scope = Scope {
        hosts: vec!["*.acme.example".into(), "WWW.other.example".into()],
        include: vec!["/en/*".into()],
        exclude: vec!["*/old/*".into(), "*?print=*".into()],
    };
    check(&scope, "https://shop.acme.example/en/a", true);
    check(&scope, "https://other.example/en/", true);
    for url in [
        "https://acme.example/en/a",
        "https://other.example/de/a",
        "https://other.example/en/old/a",
        "https://other.example/en/a?print=1",
    ] {
        check(&scope, url, false);
    }
}

#[test]
fn star_stands_for_any_characters() {
    for (pattern, text, wanted) in [
        ("*", "", true),
        ("a*b*c", "aXbYc", true),
        ("a*b*c", "abc", true),
        ("a*b*c", "acb", false),
        ("ab*ba", "aba", false),
        ("abc", "abcd", false),
        ("**a", "xa", true),
    ] {
        assert_eq!(matches(pattern, text), wanted, "{pattern} {text}");
    }
}
