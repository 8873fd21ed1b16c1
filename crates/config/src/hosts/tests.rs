use super::*;

#[test]
fn a_host_is_written_as_urls_have_it() {
    for (written, host) in [
        ("example.com", "example.com"),
        (" Example.COM. ", "example.com"),
        ("bücher.example", "xn--bcher-kva.example"),
        ("127.0.0.1", "127.0.0.1"),
        ("[::1]", "[::1]"),
    ] {
        assert_eq!(parse(written).as_deref(), Ok(host), "{written}");
    }
}

#[test]
fn what_is_more_or_less_than_a_host_is_refused() {
    for written in ["", ".", "https://example.com", "example.com/path", "example.com:8080", "a b"] {
        assert_eq!(parse(written), Err(format!("`{written}` is no host name")));
    }
    assert_eq!(
        parse("*.example.com"),
        Err("`*.example.com` is no host name; subdomains are meant anyhow".into())
    );
}
