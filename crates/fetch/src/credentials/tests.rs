use super::*;

fn credentials(text: &str) -> Result<Credentials, String> {
    #[derive(Deserialize)]
    struct Section {
        #[serde(deserialize_with = "deserialize")]
        credentials: Vec<Credential>,
    }
    let section: Section = toml::from_str(text).map_err(|error| error.message().to_owned())?;
    Credentials::new(&section.credentials).map_err(|error| error.to_string())
}

fn sent(credentials: &Credentials, url: &str) -> Vec<(String, String)> {
    let headers = credentials.headers(&Url::parse(url).unwrap()).cloned().unwrap_or_default();
    headers.iter().map(|(name, value)| (name.to_string(), value.to_str().unwrap().to_owned())).collect()
}

const SHOP: &str = "[[credentials]]\nhost = 'Shop.example'\nheaders = { Authorization = 'Bearer s3cret' }\n";

#[test]
fn they_go_to_the_very_origin_alone() {
    let shop = credentials(SHOP).unwrap();
    let expected = [("authorization".to_owned(), "Bearer s3cret".to_owned())];
    for url in ["https://shop.example/", "https://SHOP.example:443/a?b", "https://user:pw@shop.example/"] {
        assert_eq!(sent(&shop, url), expected, "{url}");
        assert!(shop.apart(url).is_some(), "{url}");
    }
    for url in [
        "http://shop.example/",
        "https://www.shop.example/",
        "https://shop.example.evil.example/",
        "https://shop.example:8443/",
        "https://shop.example@evil.example/",
        "https://evil.example/?https://shop.example/",
        "https://shop.example./",
    ] {
        assert_eq!(sent(&shop, url), [], "{url}");
        assert_eq!(shop.apart(url), None, "{url}");
    }
    assert_eq!(shop.apart("no url"), None);
}

#[test]
fn scheme_port_and_cookie_are_as_configured() {
    let local = credentials("[[credentials]]\nhost = '[::1]:8080'\nscheme = 'http'\ncookie = 'sid=1; b=2'\n")
        .unwrap();
    assert_eq!(sent(&local, "http://[0:0::1]:8080/x"), [("cookie".to_owned(), "sid=1; b=2".to_owned())]);
    assert_eq!(sent(&local, "https://[::1]:8080/x"), []);
}

#[test]
fn lines_of_a_file_are_headers() {
    let mut credential: Credential = toml::from_str("host = 'a.example'\nheader_file = '/run/x'").unwrap();
    let unread = Credentials::new(std::slice::from_ref(&credential)).unwrap();
    assert_eq!(sent(&unread, "https://a.example/"), []);
    credential.header_lines = Some("X-Key: s3cret\n\n Cookie:a=b\n".to_owned().into());
    let read = Credentials::new(std::slice::from_ref(&credential)).unwrap();
    assert_eq!(sent(&read, "https://a.example/").len(), 2);
    credential.header_lines = Some("s3cret".to_owned().into());
    assert_eq!(Credentials::new(std::slice::from_ref(&credential)).unwrap_err(), BadCredential::Header(1));
    credential.header_lines = Some(" \n".to_owned().into());
    assert_eq!(Credentials::new(&[credential]).unwrap_err(), BadCredential::Nothing(1));
}

#[test]
fn what_is_wrong_is_told_without_secrets() {
    let entry = |rest: &str| format!("[[credentials]]\nhost = 'a.example'\n{rest}\n");
    for (text, said) in [
        (entry(""), "nothing to send"),
        (entry("headers = 'Authorization: s3cret'"), "credentials are tables of"),
        (entry("headers = { Host = 's3cret' }"), "belongs to the connection"),
        (entry("headers = { 'X y' = 's3cret' }"), "cannot be sent"),
        (entry("headers = { X = \"s3cret\\nY: z\" }"), "cannot be sent"),
        (entry("cookies = 's3cret'"), "unknown field `cookies`"),
        (entry("scheme = 'ftp'\ncookie = 's3cret'"), "unknown variant `ftp`"),
        (format!("{SHOP}{SHOP}"), "credential 2: another one is for the same host"),
        ("[[credentials]]\nhost = 'u:s3cret@a.example'\ncookie = 'a'".into(), "`host` is not a host"),
        ("[[credentials]]\nhost = 'a.example/x'\ncookie = 'a'".into(), "`host` is not a host"),
        ("[[credentials]]\nhost = ''\ncookie = 'a'".into(), "`host` is not a host"),
        ("credentials = 's3cret'".into(), "credentials are tables of"),
    ] {
        let error = credentials(&text).expect_err(&text);
        assert!(error.contains(said), "{text}: {error}");
        assert!(!error.contains("s3cret"), "{error}");
    }
}

#[test]
fn they_are_never_shown() {
    let config: Credential =
        toml::from_str("host = 'a.example'\nheaders = { X = 's3cret' }\ncookie = 's3cret'").unwrap();
    let built = Credentials::new(std::slice::from_ref(&config)).unwrap();
    let headers = built.headers(&"https://a.example/".parse().unwrap());
    assert!(!format!("{config:?} {built:?} {headers:?}").contains("s3cret"));
}

#[test]
fn other_secrets_are_another_fingerprint_and_their_order_is_none() {
    let apart = |rest: &str| {
        let text = format!("[[credentials]]\nhost = 'a.example'\n{rest}\n");
        credentials(&text).unwrap().apart("https://a.example/x").unwrap()
    };
    assert_eq!(apart("headers = { A = '1', B = '2' }"), apart("headers = { B = '2', A = '1' }"));
    assert_ne!(apart("headers = { A = '1', B = '2' }"), apart("headers = { A = '2', B = '1' }"));
    assert_ne!(apart("cookie = 'a'"), apart("cookie = 'b'"));
}
