//! The fetcher asks nobody whom the gate does not let in.

use super::*;

#[tokio::test]
async fn tls_is_spoken_to_the_name_and_its_failure_is_told() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let fetcher = at(AllowRule::exactly(address.ip(), address.port()));
    let url = format!("https://shop.example:{}/", address.port()).parse().unwrap();
    let server = async {
        let (mut stream, _) = listener.accept().await.unwrap();
        let mut hello = vec![0; 4096];
        let length = stream.read(&mut hello).await.unwrap();
        stream.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n").await.unwrap();
        hello.truncate(length);
        hello
    };
    let (fetched, hello) = tokio::join!(fetcher.fetch(request(url)), server);
    check(fetched, UrlReason::Tls, ErrorClass::Permanent);
    assert!(hello.windows(12).any(|name| name == b"shop.example"), "the name is in the first message");
}

#[tokio::test]
async fn redirect_is_handed_back_with_its_canonical_target() {
    let server = Server::start(|path| match path {
        "/latin" => Answer::Bytes(b"HTTP/1.1 302 X\r\nLocation: /caf\xE9\r\n\r\n".to_vec()),
        "/utf8" => redirect("/caf\u{e9}"),
        _ => redirect("../c#fragment"),
    })
    .await;
    let fetcher = fetcher(config(), &[&server]);
    for (path, to) in [("/a/b", "/c"), ("/latin", "/caf%E9"), ("/utf8", "/caf%C3%A9")] {
        let fetched = fetcher.fetch(request(server.url(path))).await.unwrap();
        assert_eq!(fetched, Fetched::Redirect { to: server.url(to), requests: 1 });
    }
    assert_eq!(server.asked().len(), 3, "none was followed");
}

#[tokio::test]
async fn every_hop_passes_the_gate() {
    let inner = Server::start(|_| http(200, "", b"secret")).await;
    let inner_url = inner.url("/secret");
    for (target, reason) in [
        (inner_url.as_str(), UrlReason::RefusedAddress),
        ("http://169.254.169.254/latest/meta-data/", UrlReason::RefusedAddress),
        ("http://[::ffff:127.0.0.1]/", UrlReason::RefusedAddress),
        ("http://inside.example/", UrlReason::RefusedAddress),
        ("http://2130706433:8080/", UrlReason::RefusedAddress),
        ("http://public.example:22/", UrlReason::RefusedPort),
        ("file:///etc/passwd", UrlReason::RefusedScheme),
        ("data:text/html,x", UrlReason::RefusedScheme),
        ("http://[bad", UrlReason::BadUrl),
    ] {
        let to = target.to_string();
        let server = Server::start(move |_| redirect(&to)).await;
        let error = pursue(&fetcher(config(), &[&server]), request(server.url("/"))).await;
        assert_eq!(check(error, reason, ErrorClass::Permanent).requests, 1, "{target}");
    }
    assert_eq!(inner.asked(), [] as [&str; 0]);
}

#[tokio::test]
async fn names_are_judged_when_they_are_dialled() {
    let server = Server::start(|_| http(200, "", PAGE)).await;
    let fetcher = fetcher(config(), &[&server]);
    let port = server.address.port();
    let named = |host: &str| request(format!("http://{host}:{port}/").parse().unwrap());
    assert_eq!(body(fetcher.fetch(named("shop.example")).await), PAGE);
    assert!(server.asked()[0].contains(&format!("host: shop.example:{port}\r\n")));

    let error =
        check(fetcher.fetch(named("inside.example")).await, UrlReason::RefusedAddress, ErrorClass::Permanent);
    assert_eq!(error.requests, 0);
    assert!(error.detail.contains("10.0.0.1") && error.detail.contains("private"), "{error}");
    let error = check(fetcher.fetch(named("nowhere.example")).await, UrlReason::Dns, ErrorClass::Permanent);
    assert_eq!(error.requests, 0);
    assert_eq!(server.asked().len(), 1);
}

/// Answers with an address that is let in first, and with another ever after.
struct Rebinding(Arc<AtomicUsize>);

#[async_trait]
impl Lookup for Rebinding {
    async fn lookup(&self, _: &str) -> io::Result<Vec<IpAddr>> {
        let first = self.0.fetch_add(1, Ordering::Relaxed) == 0;
        Ok(vec![if first { "127.0.0.2" } else { "127.0.0.1" }.parse().unwrap()])
    }
}

#[tokio::test]
async fn rebound_name_is_judged_by_the_answer_that_is_dialled() {
    let inner = Server::start(|_| http(200, "", b"secret")).await;
    let port = inner.address.port();
    let crawl_allow = vec![AllowRule::exactly("127.0.0.2".parse().unwrap(), port)];
    let egress = EgressConfig { crawl_allow, ..EgressConfig::default() };
    let lookups = Arc::new(AtomicUsize::new(0));
    let gate = Gate::new(Purpose::Crawl, &egress).with_lookup(Rebinding(lookups.clone()));
    let fetcher = HttpFetcher::new(config(), gate).unwrap();
    let url: Url = format!("http://rebind.example:{port}/").parse().unwrap();

    // what was judged is what is dialled: nobody listens there
    check(fetcher.fetch(request(url.clone())).await, UrlReason::Connect, ErrorClass::Transient);
    assert_eq!(lookups.load(Ordering::Relaxed), 1);
    check(fetcher.fetch(request(url)).await, UrlReason::RefusedAddress, ErrorClass::Permanent);
    assert_eq!(inner.asked(), [] as [&str; 0]);
}
