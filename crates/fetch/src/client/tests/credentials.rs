//! The operator's credentials are sent where they are for, and nowhere else.

use super::{
    tls_server::{Identity, TlsServer},
    *,
};
use crate::credentials::Credential;

fn credential(host: &str, rest: &str) -> Credential {
    toml::from_str(&format!("host = '{host}'\n{rest}")).unwrap()
}

const SECRET: &str = "headers = { Authorization = 'Bearer s3cret' }";

#[tokio::test]
async fn credentials_are_for_their_origin_by_whatever_way_it_is_come_to() {
    let other = Server::start(|_| http(200, "", PAGE)).await;
    let leave = other.url("/").to_string();
    let shop = Server::start(move |path| match path {
        "/leave" => redirect(&leave),
        "/move" => redirect("/moved"),
        _ => http(200, "", PAGE),
    })
    .await;
    let shop_host = shop.address.to_string();
    let config = FetchConfig {
        credentials: vec![credential(
            &shop_host,
            &format!("scheme = 'http'\ncookie = 'sid=s3cret'\n{SECRET}"),
        )],
        ..config()
    };
    let fetcher = fetcher(config, &[&shop, &other]);
    for path in ["/leave", "/move"] {
        assert_eq!(body(pursue(&fetcher, request(shop.url(path))).await), PAGE);
    }
    assert_eq!(shop.asked().len(), 3);
    for asked in shop.asked() {
        assert!(asked.contains("\r\nauthorization: bearer s3cret\r\n"), "{asked}");
        assert!(asked.contains("\r\ncookie: sid=s3cret\r\n"), "{asked}");
    }
    assert_eq!(other.asked().len(), 1);
    assert!(!other.asked()[0].contains("s3cret"), "{:?}", other.asked());

    // a name that leads to the same server is another host
    let port = shop.address.port();
    body(fetcher.fetch(request(format!("http://alias.example:{port}/").parse().unwrap())).await);
    assert!(!shop.asked()[3].contains("s3cret"), "{:?}", shop.asked());
}

#[tokio::test]
async fn credentials_for_https_are_not_sent_without_it() {
    let identity = Identity::of(&["shop.example"]);
    let secure = TlsServer::start(identity.acceptor(&["h2"])).await;
    let plain = Server::start(|_| http(200, "", PAGE)).await;
    let credentials = [secure.address.port(), plain.address.port()]
        .map(|port| credential(&format!("shop.example:{port}"), SECRET))
        .to_vec();
    let config = FetchConfig { credentials, ..config() };
    let fetcher = fetcher_with(config, &identity, &[secure.address, plain.address]);
    body(fetcher.fetch(request(secure.url("shop.example", "/"))).await);
    assert!(
        secure.asked()[0].contains("s3cret") || secure.asked()[0].contains("Sensitive"),
        "{:?}",
        secure.asked()
    );
    let url = format!("http://shop.example:{}/", plain.address.port()).parse().unwrap();
    body(fetcher.fetch(request(url)).await);
    assert!(!plain.asked()[0].contains("s3cret"), "{:?}", plain.asked());
}

#[tokio::test]
async fn a_caller_may_say_another_and_failures_tell_none() {
    let server = Server::start(|_| http(200, "Content-Length: 5\r\n", PAGE)).await;
    let config = FetchConfig {
        credentials: vec![credential(&server.address.to_string(), &format!("scheme = 'http'\n{SECRET}"))],
        ..config()
    };
    let fetcher = fetcher(config, &[&server]);
    let error = fetcher.fetch(request(server.url("/"))).await.expect_err("two lengths");
    assert!(server.asked()[0].contains("s3cret"));
    assert!(!format!("{error} {error:?} {fetcher:?}").contains("s3cret"), "{error:?}");

    let headers = vec![("Authorization".into(), "mine".into())];
    let _ = fetcher.fetch(FetchRequest { headers, ..request(server.url("/")) }).await;
    assert!(server.asked()[1].contains("\r\nauthorization: mine\r\n"), "{:?}", server.asked());
    assert!(!server.asked()[1].contains("s3cret"));
}
