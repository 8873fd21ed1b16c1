use super::*;

#[track_caller]
fn check(url: &str, shown: &str) {
    assert_eq!(Shown(url).to_string(), shown);
}

#[test]
fn path_and_names_are_shown_and_secrets_are_not() {
    check("https://a.example/", "https://a.example/");
    check("https://a.example:8443/p/q?id=7&api_key=s3cret#part", "https://a.example:8443/p/q?id=…&api_key=…");
    check("https://user:s3cret@a.example/x", "https://a.example/x");
    check("https://a.example/x?s3cret", "https://a.example/x?…");
    check("https://a.example/x?token=s3=cret&", "https://a.example/x?token=…&…");
    check("http://[::1]:81/x", "http://[::1]:81/x");
    check("s3cret", "(not a URL)");
}
