//! Connections are kept, and HTTP/2 is spoken where it is understood.

use super::{
    tls_server::{Identity, TlsServer},
    *,
};

/// Every name is on this machine, and look-ups are counted.
struct Counted(Arc<AtomicUsize>);

#[async_trait]
impl Lookup for Counted {
    async fn lookup(&self, host: &str) -> io::Result<Vec<IpAddr>> {
        self.0.fetch_add(1, Ordering::Relaxed);
        Here.lookup(host).await
    }
}

#[tokio::test]
async fn a_connection_is_kept_for_the_next_request_and_its_address_is_judged_once() {
    let server =
        Server::start(|_| Answer::KeepAlive(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok".to_vec()))
            .await;
    let port = server.address.port();
    let crawl_allow = vec![AllowRule::exactly(server.address.ip(), port)];
    let egress = EgressConfig { crawl_allow, ..EgressConfig::default() };
    let lookups = Arc::new(AtomicUsize::new(0));
    let gate = Gate::new(Purpose::Crawl, &egress).with_lookup(Counted(lookups.clone()));
    let fetcher = HttpFetcher::new(config(), gate).unwrap();
    for path in ["/1", "/2"] {
        let url = format!("http://shop.example:{port}{path}").parse().unwrap();
        assert_eq!(body(fetcher.fetch(request(url)).await), b"ok");
    }
    assert_eq!(server.asked().len(), 2);
    assert_eq!((server.connections(), lookups.load(Ordering::Relaxed)), (1, 1));
}

/// A fetcher that trusts this identity, and is let in at this server.
fn trusting(identity: &Identity, server: &TlsServer) -> HttpFetcher {
    fetcher_with(config(), identity, &[server.address])
}

#[tokio::test]
async fn http2_is_spoken_where_it_is_understood_and_one_connection_serves_all_requests() {
    let identity = Identity::of(&["shop.example"]);
    for (offered, spoken) in
        [(&["h2", "http/1.1"][..], "HTTP/2.0"), (&["http/1.1"], "HTTP/1.1"), (&[], "HTTP/1.1")]
    {
        let server = TlsServer::start(identity.acceptor(offered)).await;
        let fetcher = trusting(&identity, &server);
        for n in 0..20 {
            let url = server.url("shop.example", &format!("/{n}"));
            assert_eq!(body(fetcher.fetch(request(url)).await), spoken.as_bytes(), "{offered:?}");
        }
        assert_eq!((server.asked().len(), server.connections()), (20, 1), "{offered:?}");
    }
}

#[tokio::test]
async fn requests_at_once_share_a_connection_of_http2() {
    let identity = Identity::of(&["shop.example"]);
    let server = TlsServer::start(identity.acceptor(&["h2"])).await;
    let fetcher = trusting(&identity, &server);
    body(fetcher.fetch(request(server.url("shop.example", "/"))).await);
    let ask = |n: usize| fetcher.fetch(request(server.url("shop.example", &format!("/{n}"))));
    let (a, b, c, d) = tokio::join!(ask(1), ask(2), ask(3), ask(4));
    for fetched in [a, b, c, d] {
        assert_eq!(body(fetched), b"HTTP/2.0");
    }
    assert_eq!((server.asked().len(), server.connections()), (5, 1));
}

#[tokio::test]
async fn a_certificate_of_another_name_or_of_nobody_known_is_refused() {
    let identity = Identity::of(&["shop.example"]);
    let server = TlsServer::start(identity.acceptor(&["h2"])).await;
    let url = server.url("other.example", "/");
    check(trusting(&identity, &server).fetch(request(url)).await, UrlReason::Tls, ErrorClass::Permanent);
    let url = server.url("shop.example", "/");
    let system = at(AllowRule::exactly(server.address.ip(), server.address.port()));
    check(system.fetch(request(url)).await, UrlReason::Tls, ErrorClass::Permanent);
    assert_eq!(server.asked(), [] as [&str; 0]);
}
