use super::*;

#[track_caller]
fn check(url: &str, covered: bool) {
    let hosts = ContentHosts::new(vec!["shop.example".into(), "10.0.0.1".into()]);
    assert_eq!(hosts.cover(&Url::parse(url).unwrap()), covered, "{url}");
}

#[test]
fn a_host_is_covered_with_its_subdomains() {
    check("https://shop.example/login", true);
    check("https://SHOP.example:8443/", true);
    check("https://shop.example./", true);
    check("https://www.shop.example/", true);
    check("http://10.0.0.1/", true);
}

#[test]
fn a_host_that_only_ends_alike_is_not_covered() {
    check("https://myshop.example/", false);
    check("https://example/", false);
    check("https://shop.example.evil.example/", false);
    check("http://210.0.0.1/", false);
    check("mailto:a@shop.example", false);
}
