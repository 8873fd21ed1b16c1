use super::*;

#[track_caller]
fn check(scope: &Scope, url: &str, refused: Option<UrlReason>) {
    let mut brief = Brief::default();
    brief.subject.hosts = vec!["www.acme.example".into()];
    let page = crate::frontier::tests::page("https://acme.example/");
    assert_eq!(Limits::of(scope, &brief, &page).refuse(&Url::parse(url).unwrap()), refused, "{url}");
}

#[test]
fn links_stay_on_the_targets_host() {
    let scope = Scope::default();
    check(&scope, "https://acme.example/a", None);
    check(&scope, "http://www.acme.example/a", None);
    check(&scope, "https://shop.acme.example/a", Some(UrlReason::OutOfScope));
    check(&scope, "https://acme.example.evil.example/", Some(UrlReason::OutOfScope));
}

#[test]
fn scope_says_hosts_and_paths() {
    let scope = Scope {
        hosts: vec!["*.acme.example".into(), "other.example".into()],
        include: vec!["/en/*".into()],
        exclude: vec!["*/old/*".into(), "*?print=*".into()],
    };
    check(&scope, "https://shop.acme.example/en/a", None);
    check(&scope, "https://other.example/en/", None);
    check(&scope, "https://acme.example/en/a", Some(UrlReason::OutOfScope));
    check(&scope, "https://other.example/de/a", Some(UrlReason::OutOfScope));
    check(&scope, "https://other.example/en/old/a", Some(UrlReason::OutOfScope));
    check(&scope, "https://other.example/en/a?print=1", Some(UrlReason::OutOfScope));
}

#[test]
fn files_and_actions_are_no_pages() {
    let scope = Scope::default();
    check(&scope, "https://acme.example/logo.PNG?x=1", Some(UrlReason::NotAPage));
    check(&scope, "https://acme.example/spec.pdf", None);
    check(&scope, "https://acme.example/v1.2", None);
    check(&scope, "https://acme.example/cart/", Some(UrlReason::Irrelevant));
    check(&scope, "https://acme.example/p?add_to_cart=3", Some(UrlReason::Irrelevant));
    check(&scope, "https://acme.example/cartridges", None);
}
