//! Pages leave by the operator's proxies, which are told judged addresses alone.

use super::{
    tls_server::{Identity, TlsServer},
    *,
};

mod way;

use way::{Manner, Mood, Proxy, Speech, WILLING};

fn by(proxies: &str) -> FetchConfig {
    FetchConfig { proxy: Some(proxies.to_owned().into()), ..config() }
}

fn socks5(proxy: &Proxy) -> String {
    format!("socks5://{}", proxy.address)
}

fn http_proxy(proxy: &Proxy) -> String {
    format!("http://{}", proxy.address)
}

fn named(host: &str, server: &Server, path: &str) -> FetchRequest {
    request(format!("http://{host}:{}{path}", server.address.port()).parse().unwrap())
}

#[tokio::test]
async fn a_proxy_is_told_the_judged_address_and_the_server_the_name() {
    for speech in [Speech::Http, Speech::Socks5] {
        let proxy = Proxy::start(speech.clone(), WILLING).await;
        let server =
            Server::start(|_| Answer::KeepAlive(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok".to_vec()))
                .await;
        let way = if matches!(speech, Speech::Http) { http_proxy(&proxy) } else { socks5(&proxy) };
        let fetcher = fetcher(by(&way), &[&server]);
        for path in ["/1?a=b", "/2", "/3"] {
            assert_eq!(body(fetcher.fetch(named("shop.example", &server, path)).await), b"ok");
        }
        // one tunnel for all of them, kept open
        assert_eq!(proxy.destinations(), [server.address.to_string()]);
        assert_eq!((proxy.connections(), server.connections()), (1, 1));
        let asked = server.asked();
        assert!(asked[0].starts_with("get /1?a=b http/1.1\r\n"), "{}", asked[0]);
        assert!(asked[0].contains(&format!("\r\nhost: shop.example:{}\r\n", server.address.port())));
        assert!(asked[0].contains("\r\nuser-agent: gleaner/"), "{}", asked[0]);
        assert!(!asked.concat().contains("proxy"), "{asked:?}");

        // an address for a host is no other way
        assert_eq!(body(fetcher.fetch(request(server.url("/"))).await), b"ok");
        assert_eq!(proxy.connections(), 2);
    }
}

#[tokio::test]
async fn tls_is_spoken_to_the_host_through_every_kind_of_proxy() {
    let identity = Identity::of(&["shop.example", "proxy.example", "127.0.0.1"]);
    let server = TlsServer::start(identity.acceptor(&["h2", "http/1.1"])).await;
    for speech in [Speech::Http, Speech::Https(identity.acceptor(&[])), Speech::Socks5] {
        let proxy = Proxy::start(speech.clone(), WILLING).await;
        let scheme = match speech {
            Speech::Http => "http",
            Speech::Https(_) => "https",
            Speech::Socks5 => "socks5",
        };
        let way = by(&format!("{scheme}://{}", proxy.address));
        let fetcher = fetcher_with(way, &identity, &[server.address]);
        for path in ["/1", "/2"] {
            let fetched = fetcher.fetch(request(server.url("shop.example", path))).await;
            assert_eq!(body(fetched), b"HTTP/2.0", "{scheme}");
        }
        assert_eq!(proxy.destinations(), [server.address.to_string()], "{scheme}");
        // the certificate is for another name, whoever brought the tunnel
        let error = fetcher.fetch(request(server.url("other.example", "/"))).await;
        check(error, UrlReason::Tls, ErrorClass::Permanent);
    }
    assert_eq!(server.asked().len(), 6);
}

#[tokio::test]
async fn logins_are_given_to_the_proxy_alone_and_never_told() {
    let manner = Manner { mood: Mood::Willing, login: Some("us@er:s3cret") };
    for speech in [Speech::Http, Speech::Socks5] {
        let proxy = Proxy::start(speech.clone(), manner.clone()).await;
        let server = Server::start(|_| http(200, "", PAGE)).await;
        let scheme = if matches!(speech, Speech::Http) { "http" } else { "socks5" };
        let with = |login: &str| by(&format!("{scheme}://{login}{}", proxy.address));
        let right = fetcher(with("us%40er:s3cret@"), &[&server]);
        assert_eq!(body(right.fetch(named("shop.example", &server, "/")).await), PAGE);
        assert!(!server.asked()[0].contains("authorization"), "{:?}", server.asked());
        assert!(!format!("{right:?}").contains("s3cret"));

        for wrong in ["us%40er:s3kret@", ""] {
            let fetched = fetcher(with(wrong), &[&server]).fetch(named("shop.example", &server, "/")).await;
            let error = check(fetched, UrlReason::Connect, ErrorClass::Transient);
            assert!(error.detail.starts_with(&format!("proxy {scheme}://127.0.0.1:")), "{error}");
            assert!(!format!("{error:?}").contains("s3"), "{error:?}");
        }
        assert_eq!(server.asked().len(), 1);
    }
}

#[tokio::test]
async fn what_the_gate_refuses_is_asked_of_no_proxy() {
    let proxy = Proxy::start(Speech::Http, WILLING).await;
    let server = Server::start(|_| http(200, "", PAGE)).await;
    let fetcher = fetcher(by(&http_proxy(&proxy)), &[&server]);
    for (url, reason) in [
        ("http://169.254.169.254/latest/meta-data/".to_owned(), UrlReason::RefusedAddress),
        ("http://[::ffff:10.0.0.1]/".into(), UrlReason::RefusedAddress),
        ("http://metadata.example/".into(), UrlReason::RefusedAddress),
        ("https://inside.example/".into(), UrlReason::RefusedAddress),
        ("http://shop.example:22/".into(), UrlReason::RefusedPort),
        // the proxy's own address is for the way alone
        (format!("http://{}/", proxy.address), UrlReason::RefusedAddress),
    ] {
        let error = check(fetcher.fetch(request(url.parse().unwrap())).await, reason, ErrorClass::Permanent);
        assert_eq!(error.requests, 0, "{url}");
    }
    let nowhere = fetcher.fetch(request("http://nowhere.example/".parse().unwrap())).await;
    check(nowhere, UrlReason::Dns, ErrorClass::Permanent);
    assert_eq!((proxy.connections(), server.connections()), (0, 0));
}

/// A name that is first here, and inside ever after.
struct Rebinding(AtomicUsize);

#[async_trait]
impl Lookup for Rebinding {
    async fn lookup(&self, _: &str) -> io::Result<Vec<IpAddr>> {
        let first = self.0.fetch_add(1, Ordering::Relaxed) == 0;
        Ok(vec![if first { "127.0.0.1" } else { "10.0.0.1" }.parse().unwrap()])
    }
}

#[tokio::test]
async fn a_rebound_name_does_not_come_through_a_proxy() {
    let proxy = Proxy::start(Speech::Socks5, WILLING).await;
    let server = Server::start(|_| http(200, "", PAGE)).await;
    let crawl_allow = vec![AllowRule::exactly(server.address.ip(), server.address.port())];
    let egress = EgressConfig { crawl_allow, ..EgressConfig::default() };
    let gate = Gate::new(Purpose::Crawl, &egress).with_lookup(Rebinding(AtomicUsize::new(0)));
    let fetcher = HttpFetcher::new(by(&socks5(&proxy)), gate).unwrap();
    assert_eq!(body(fetcher.fetch(named("rebind.example", &server, "/")).await), PAGE);
    let error = fetcher.fetch(named("rebind.example", &server, "/")).await;
    check(error, UrlReason::RefusedAddress, ErrorClass::Permanent);
    assert_eq!(proxy.destinations(), [server.address.to_string()], "what was judged is what was told");
}

#[tokio::test]
async fn a_proxy_that_fails_is_told_of_by_its_name_and_may_be_tried_again() {
    let server = Server::start(|_| http(200, "", PAGE)).await;
    for (speech, mood, reason, said) in [
        (Speech::Http, Mood::Refusing(403), UrlReason::Connect, "makes no way to 127.0.0.1:"),
        (Speech::Http, Mood::Garbled, UrlReason::Connect, "makes no way to 127.0.0.1:"),
        (Speech::Http, Mood::Silent, UrlReason::Timeout, "makes no way in time"),
        (Speech::Socks5, Mood::Refusing(2), UrlReason::Connect, "connection not allowed"),
        (Speech::Socks5, Mood::Refusing(4), UrlReason::Connect, "host unreachable"),
        (Speech::Socks5, Mood::Garbled, UrlReason::Connect, "makes no way to 127.0.0.1:"),
        (Speech::Socks5, Mood::Silent, UrlReason::Timeout, "makes no way in time"),
    ] {
        let scheme = if matches!(speech, Speech::Http) { "http" } else { "socks5" };
        let proxy = Proxy::start(speech, Manner { mood, login: None }).await;
        let way = format!("{scheme}://{}", proxy.address);
        let within = Duration::from_secs(if mood == Mood::Silent { 1 } else { 60 });
        let config = FetchConfig { connect_timeout: within, ..by(&way) };
        let fetched = fetcher(config, &[&server]).fetch(named("shop.example", &server, "/")).await;
        let error = check(fetched, reason, ErrorClass::Transient);
        assert!(error.detail.starts_with(&format!("proxy {way} ")) && error.detail.contains(said), "{error}");
    }

    // bound, so that nobody else gets the port, and not listening
    let shut = tokio::net::TcpSocket::new_v4().unwrap();
    shut.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let place = shut.local_addr().unwrap();
    for scheme in ["http", "https", "socks5"] {
        let way = format!("{scheme}://user:s3cret@{place}");
        let fetched = fetcher(by(&way), &[&server]).fetch(named("shop.example", &server, "/")).await;
        let error = check(fetched, UrlReason::Connect, ErrorClass::Transient);
        let said = format!("proxy {scheme}://{place} cannot be reached: ");
        assert!(error.detail.starts_with(&said) && error.requests == 0, "{error:?}");
        assert!(!format!("{error:?}").contains("s3cret"));
    }
    assert_eq!(server.connections(), 0);
}

/// Every name is at two addresses of this machine.
struct Twice;

#[async_trait]
impl Lookup for Twice {
    async fn lookup(&self, _: &str) -> io::Result<Vec<IpAddr>> {
        Ok(["::1", "127.0.0.2", "127.0.0.1"].map(|address| address.parse().unwrap()).to_vec())
    }
}

#[tokio::test]
async fn an_address_that_a_proxy_does_not_reach_is_followed_by_the_next() {
    for speech in [Speech::Http, Speech::Socks5] {
        let scheme = if matches!(speech, Speech::Http) { "http" } else { "socks5" };
        let proxy = Proxy::start(speech, Manner { mood: Mood::RefusingOnce, login: None }).await;
        let server = Server::start(|_| http(200, "", PAGE)).await;
        let port = server.address.port();
        let rule = |address: &str| AllowRule::exactly(address.parse().unwrap(), port);
        let crawl_allow = ["::1", "127.0.0.1", "127.0.0.2"].map(rule).to_vec();
        let egress = EgressConfig { crawl_allow, ..EgressConfig::default() };
        let gate = Gate::new(Purpose::Crawl, &egress).with_lookup(Twice);
        let fetcher = HttpFetcher::new(by(&format!("{scheme}://{}", proxy.address)), gate).unwrap();
        assert_eq!(body(fetcher.fetch(named("shop.example", &server, "/")).await), PAGE);
        let told = ["127.0.0.2", "127.0.0.1"].map(|address| format!("{address}:{port}"));
        assert_eq!(proxy.destinations(), told, "by IPv4 first");
    }
}

#[tokio::test]
async fn a_host_always_leaves_by_the_same_of_many_proxies() {
    let proxies = [
        Proxy::start(Speech::Http, WILLING).await,
        Proxy::start(Speech::Socks5, WILLING).await,
        Proxy::start(Speech::Http, WILLING).await,
    ];
    let server = Server::start(|_| http(200, "", PAGE)).await;
    let list = [http_proxy(&proxies[0]), socks5(&proxies[1]), http_proxy(&proxies[2])];
    let used = |counts: &[usize]| -> Vec<usize> {
        proxies.iter().zip(counts).map(|(proxy, before)| proxy.connections() - before).collect()
    };
    for n in 0..24 {
        let host = format!("shop{n}.example");
        let before: Vec<usize> = proxies.iter().map(Proxy::connections).collect();
        // another fetcher, and the list in another order: another process would agree
        for list in [list.join(" "), format!("{} {} {}", list[2], list[0], list[1])] {
            let fetcher = fetcher(by(&list), &[&server]);
            for path in ["/1", "/2"] {
                assert_eq!(body(fetcher.fetch(named(&host, &server, path)).await), PAGE);
            }
        }
        let mut counts = used(&before);
        counts.sort_unstable();
        assert_eq!(counts, [0, 0, 4], "{host}");
    }
    assert!(proxies.iter().all(|proxy| proxy.connections() > 0), "each has hosts");
}

#[tokio::test]
async fn limits_hold_for_what_comes_through_a_proxy() {
    let proxy = Proxy::start(Speech::Socks5, WILLING).await;
    let endless = b"HTTP/1.1 200 OK\r\n\r\n".to_vec();
    let server = Server::start(move |path| match path {
        "/body" => Answer::Endless(endless.clone(), vec![b'x'; 1 << 16], Duration::ZERO),
        "/long" => http(200, "", &vec![b'x'; 2 << 20]),
        "/head" => http(200, &format!("X: {}\r\n", "y".repeat(100_000)), PAGE),
        "/many" => http(200, &(0..300).map(|n| format!("X-{n}: y\r\n")).collect::<String>(), PAGE),
        "/away" => redirect("http://169.254.169.254/"),
        _ => Answer::Reset(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf".to_vec()),
    })
    .await;
    let fetcher = fetcher(by(&socks5(&proxy)), &[&server]);
    for (path, reason, class) in [
        ("/body", UrlReason::BodyTooLarge, ErrorClass::Permanent),
        ("/long", UrlReason::BodyTooLarge, ErrorClass::Permanent),
        ("/head", UrlReason::HeadersTooLarge, ErrorClass::Permanent),
        ("/many", UrlReason::HeadersTooLarge, ErrorClass::Permanent),
        ("/away", UrlReason::RefusedAddress, ErrorClass::Permanent),
        ("/half", UrlReason::Protocol, ErrorClass::Transient),
    ] {
        let error = check(pursue(&fetcher, named("shop.example", &server, path)).await, reason, class);
        assert!(error.bytes < 2 << 20, "{path}: {}", error.bytes);
    }
}
