use std::{
    io,
    net::IpAddr,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use async_trait::async_trait;
use gleaner_contract::{ErrorClass, UrlReason};
use gleaner_ports::{FetchError, FetchRequest, Fetched, Fetcher, Validators};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use url::Url;

use super::{
    HttpFetcher,
    decode::tests::{brotli, gzip, zstd},
};
use crate::{
    config::{EgressConfig, FetchConfig},
    egress::{AllowRule, Gate, Lookup, Purpose},
};

mod server;

use server::{Answer, Server, http, redirect};

fn config() -> FetchConfig {
    FetchConfig { max_body_bytes: 1 << 20, ..FetchConfig::default() }
}

/// Every name is on this machine.
struct Here;

#[async_trait]
impl Lookup for Here {
    async fn lookup(&self, host: &str) -> io::Result<Vec<IpAddr>> {
        match host {
            "nowhere.example" => Err(io::Error::other("Name or service not known")),
            "inside.example" => Ok(vec!["127.0.0.1".parse().unwrap(), "10.0.0.1".parse().unwrap()]),
            _ => Ok(vec!["127.0.0.1".parse().unwrap()]),
        }
    }
}

/// A fetcher that is let in at these servers alone.
fn fetcher(config: FetchConfig, servers: &[&Server]) -> HttpFetcher {
    let rule = |server: &&Server| AllowRule::exactly(server.address.ip(), server.address.port());
    let egress = EgressConfig { crawl_allow: servers.iter().map(rule).collect(), ..EgressConfig::default() };
    HttpFetcher::new(config, Gate::new(Purpose::Crawl, &egress).with_lookup(Here)).unwrap()
}

fn request(url: Url) -> FetchRequest {
    FetchRequest {
        url,
        validators: Validators::default(),
        headers: Vec::new(),
        max_bytes: u64::MAX,
        timeout: Duration::from_secs(20),
        follow_off_host: true,
    }
}

async fn fetch_with(config: FetchConfig, answer: Answer) -> Result<Fetched, FetchError> {
    let server = Server::start(move |_| answer.clone()).await;
    fetcher(config, &[&server]).fetch(request(server.url("/"))).await
}

async fn fetch(answer: Answer) -> Result<Fetched, FetchError> {
    fetch_with(config(), answer).await
}

#[track_caller]
fn body(fetched: Result<Fetched, FetchError>) -> Vec<u8> {
    match fetched {
        Ok(Fetched::Body { body, .. }) => body.to_vec(),
        other => panic!("no body: {other:?}"),
    }
}

/// The request failed for this reason, and is worth another try or not.
#[track_caller]
fn check(fetched: Result<Fetched, FetchError>, reason: UrlReason, class: ErrorClass) -> FetchError {
    let error = fetched.expect_err("a failure");
    assert_eq!((error.reason, error.class), (reason, class), "{error}");
    error
}

const PAGE: &[u8] = b"<h1>129,00 EUR</h1>";

#[tokio::test]
async fn page_comes_with_what_was_said_of_it() {
    let headers = "Content-Type: text/html; charset=utf-8\r\nETag: \"1\"\r\nX-Robots-Tag: noindex\r\n\
        X-Robots-Tag: other: nofollow\r\nLast-Modified: Sun, 06 Nov 1994 08:49:37 GMT\r\n";
    let answer = http(200, headers, PAGE);
    let server = Server::start(move |_| answer.clone()).await;
    let fetched = fetcher(config(), &[&server]).fetch(request(server.url("/a?b#c"))).await.unwrap();
    let expected = Fetched::Body {
        final_url: server.url("/a?b"),
        status: 200,
        content_type: Some("text/html; charset=utf-8".into()),
        validators: Validators {
            etag: Some("\"1\"".into()),
            last_modified: Some("Sun, 06 Nov 1994 08:49:37 GMT".into()),
        },
        body: PAGE.into(),
        robots_tag: Some("noindex, other: nofollow".into()),
        requests: 1,
    };
    assert_eq!(fetched, expected);
    let asked = &server.asked()[0];
    assert!(asked.starts_with("get /a?b http/1.1\r\n"), "{asked}");
    assert!(asked.contains(&format!("\r\nhost: {}\r\n", server.address)), "{asked}");
    assert!(asked.contains(&format!("\r\nuser-agent: gleaner/{} (+", env!("CARGO_PKG_VERSION"))), "{asked}");
}

#[tokio::test]
async fn encoded_bodies_come_decoded() {
    for (encoding, wire) in
        [("gzip", gzip(PAGE)), ("br", brotli(PAGE)), ("zstd", zstd(PAGE)), ("gzip, br", brotli(&gzip(PAGE)))]
    {
        let answer = http(200, &format!("Content-Encoding: {encoding}\r\n"), &wire);
        assert_eq!(body(fetch(answer).await), PAGE, "{encoding}");
    }
    // in two header lines, which mean the same as one
    let answer = http(200, "Content-Encoding: gzip\r\nContent-Encoding: br\r\n", &brotli(&gzip(PAGE)));
    assert_eq!(body(fetch(answer).await), PAGE);
}

#[tokio::test]
async fn unchanged_page_is_not_sent_again() {
    let server = Server::start(|_| http(304, "ETag: \"2\"\r\n", b"")).await;
    let validators = Validators { etag: Some("\"1\"".into()), last_modified: Some("yesterday".into()) };
    let asking = FetchRequest { validators, ..request(server.url("/")) };
    let fetched = fetcher(config(), &[&server]).fetch(asking).await.unwrap();
    let validators = Validators { etag: Some("\"2\"".into()), last_modified: None };
    assert_eq!(fetched, Fetched::NotModified { final_url: server.url("/"), validators, requests: 1 });
    let asked = &server.asked()[0];
    assert!(
        asked.contains("if-none-match: \"1\"\r\n") && asked.contains("if-modified-since: yesterday\r\n"),
        "{asked}"
    );
}

#[tokio::test]
async fn answer_304_to_no_question_is_a_failure() {
    check(fetch(http(304, "", b"")).await, UrlReason::HttpStatus, ErrorClass::Permanent);
}

#[tokio::test]
async fn statuses_are_kept_with_their_wait() {
    let error = check(fetch(http(404, "", PAGE)).await, UrlReason::HttpStatus, ErrorClass::Permanent);
    assert_eq!((error.status, error.retry_after, error.requests), (Some(404), None, 1));
    let error = check(
        fetch(http(429, "Retry-After: 7\r\n", b"")).await,
        UrlReason::HttpStatus,
        ErrorClass::Transient,
    );
    assert_eq!((error.status, error.retry_after), (Some(429), Some(Duration::from_secs(7))));
    // a redirect to nowhere is a status like others
    let error = check(fetch(http(302, "", b"")).await, UrlReason::HttpStatus, ErrorClass::Permanent);
    assert_eq!(error.status, Some(302));
}

#[tokio::test]
async fn bombs_are_given_up() {
    let zeros = vec![0; 32 << 20];
    for (encoding, wire) in
        [("gzip", gzip(&zeros)), ("br", brotli(&zeros)), ("gzip, gzip", gzip(&gzip(&zeros)))]
    {
        let answer = http(200, &format!("Content-Encoding: {encoding}\r\n"), &wire);
        check(fetch(answer.clone()).await, UrlReason::BodyTooLarge, ErrorClass::Permanent);
        let roomy = FetchConfig { max_body_bytes: 64 << 20, ..config() };
        check(fetch_with(roomy, answer).await, UrlReason::CompressionRatio, ErrorClass::Permanent);
    }
}

#[tokio::test]
async fn endless_body_is_cut_at_the_limit() {
    let head = b"HTTP/1.1 200 OK\r\n\r\n".to_vec();
    let endless = Answer::Endless(head, vec![b'x'; 1 << 16], Duration::ZERO);
    check(fetch(endless.clone()).await, UrlReason::BodyTooLarge, ErrorClass::Permanent);
    // the request may ask for less than the fetcher would take
    let server = Server::start(|_| http(200, "", &[b'x'; 5000])).await;
    let asking = FetchRequest { max_bytes: 4999, ..request(server.url("/")) };
    check(fetcher(config(), &[&server]).fetch(asking).await, UrlReason::BodyTooLarge, ErrorClass::Permanent);
}

#[tokio::test]
async fn stated_length_is_neither_trusted_nor_awaited() {
    // more than allowed is refused before it comes
    let large = b"HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\n".to_vec();
    let waiting = Answer::Endless(large, Vec::new(), Duration::from_millis(10));
    check(fetch(waiting).await, UrlReason::BodyTooLarge, ErrorClass::Permanent);
    // less comes than was said
    let short = b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nshort".to_vec();
    check(fetch(Answer::Bytes(short)).await, UrlReason::Protocol, ErrorClass::Transient);
    // more comes than was said
    let long = b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nlonger".to_vec();
    assert_eq!(body(fetch(Answer::Bytes(long)).await), b"long");
    // two lengths are a smuggler's
    let two = b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\nContent-Length: 5\r\n\r\nlonger".to_vec();
    check(fetch(Answer::Bytes(two)).await, UrlReason::Protocol, ErrorClass::Permanent);
}

#[tokio::test]
async fn drip_is_too_slow_and_silence_times_out() {
    let head = b"HTTP/1.1 200 OK\r\n\r\n".to_vec();
    let drip = Answer::Endless(head, b"x".to_vec(), Duration::from_millis(20));
    let strict =
        FetchConfig { min_bytes_per_second: 1000, rate_window: Duration::from_millis(200), ..config() };
    check(fetch_with(strict, drip.clone()).await, UrlReason::TooSlow, ErrorClass::Transient);

    let hasty = FetchConfig { total_timeout: Duration::from_millis(150), ..config() };
    let error =
        check(fetch_with(hasty.clone(), Answer::Silence).await, UrlReason::Timeout, ErrorClass::Transient);
    assert_eq!(error.requests, 1);
    check(fetch_with(hasty, drip).await, UrlReason::Timeout, ErrorClass::Transient);
}

#[tokio::test]
async fn head_beyond_the_limits_is_refused() {
    let many: String = (0..300).map(|n| format!("X-{n}: y\r\n")).collect();
    check(fetch(http(200, &many, PAGE)).await, UrlReason::HeadersTooLarge, ErrorClass::Permanent);
    let wide = format!("X-Wide: {}\r\n", "y".repeat(100_000));
    check(fetch(http(200, &wide, PAGE)).await, UrlReason::HeadersTooLarge, ErrorClass::Permanent);
    let endless = Answer::Endless(b"HTTP/1.1 200 OK\r\nX: ".to_vec(), vec![b'y'; 1 << 16], Duration::ZERO);
    check(fetch(endless).await, UrlReason::HeadersTooLarge, ErrorClass::Permanent);
}

#[tokio::test]
async fn broken_answers_are_told_apart() {
    let reset = Answer::Reset(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf".to_vec());
    check(fetch(reset).await, UrlReason::Protocol, ErrorClass::Transient);
    check(fetch(Answer::Reset(Vec::new())).await, UrlReason::Protocol, ErrorClass::Transient);
    check(
        fetch(Answer::Bytes(b"SSH-2.0-x\r\n\r\n".to_vec())).await,
        UrlReason::Protocol,
        ErrorClass::Permanent,
    );
    let cut = http(200, "Content-Encoding: gzip\r\n", &gzip(PAGE)[..20]);
    check(fetch(cut).await, UrlReason::BadEncoding, ErrorClass::Permanent);
    check(
        fetch(http(200, "Content-Encoding: rot13\r\n", PAGE)).await,
        UrlReason::BadEncoding,
        ErrorClass::Permanent,
    );

    let server = Server::start(|_| Answer::Silence).await;
    let fetcher = fetcher(config(), &[&server]);
    let url = server.url("/");
    drop(server);
    tokio::task::yield_now().await;
    check(fetcher.fetch(request(url)).await, UrlReason::Connect, ErrorClass::Transient);
}

#[tokio::test]
async fn tls_is_spoken_to_the_name_and_its_failure_is_told() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let egress = EgressConfig {
        crawl_allow: vec![AllowRule::exactly(address.ip(), address.port())],
        ..EgressConfig::default()
    };
    let fetcher = HttpFetcher::new(config(), Gate::new(Purpose::Crawl, &egress).with_lookup(Here)).unwrap();
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
async fn redirects_are_followed_and_counted() {
    let server = Server::start(|path| match path {
        "/" => redirect("/a/b#fragment"),
        "/a/b" => redirect("../c"),
        _ => http(200, "", PAGE),
    })
    .await;
    let fetched = fetcher(config(), &[&server]).fetch(request(server.url("/"))).await.unwrap();
    let Fetched::Body { final_url, requests, .. } = fetched else { panic!("{fetched:?}") };
    assert_eq!((final_url, requests), (server.url("/c"), 3));
}

#[tokio::test]
async fn endless_redirects_are_given_up() {
    let server = Server::start(|path| match path {
        "/circle" => redirect("/back"),
        "/back" => redirect("/circle"),
        "/self" => redirect("/self#x"),
        longer => redirect(&format!("{longer}x")),
    })
    .await;
    let fetcher = fetcher(config(), &[&server]);
    let circle = fetcher.fetch(request(server.url("/circle"))).await;
    assert_eq!(check(circle, UrlReason::RedirectLoop, ErrorClass::Permanent).requests, 2);
    let itself = fetcher.fetch(request(server.url("/self"))).await;
    assert_eq!(check(itself, UrlReason::RedirectLoop, ErrorClass::Permanent).requests, 1);
    let chain = fetcher.fetch(request(server.url("/"))).await;
    assert_eq!(check(chain, UrlReason::TooManyRedirects, ErrorClass::Permanent).requests, 21);
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
        let error = fetcher(config(), &[&server]).fetch(request(server.url("/"))).await;
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
    check(fetcher.fetch(named("nowhere.example")).await, UrlReason::Dns, ErrorClass::Permanent);
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

#[tokio::test]
async fn callers_headers_stay_with_the_first_origin() {
    let other = Server::start(|_| redirect("/end")).await;
    let away = other.url("/away");
    let server = Server::start(move |path| match path {
        "/" => redirect("/same"),
        _ => redirect(away.as_str()),
    })
    .await;
    let headers = vec![("Authorization".into(), "Bearer x".into()), ("X-Key".into(), "y".into())];
    let asking = FetchRequest { headers, ..request(server.url("/")) };
    let _ = fetcher(config(), &[&server, &other]).fetch(asking).await;
    let (at_home, away) = (server.asked(), other.asked());
    assert_eq!((at_home.len(), away.len()), (2, 2));
    assert!(at_home.iter().all(|head| head.contains("authorization: bearer x") && head.contains("x-key: y")));
    assert!(away.iter().all(|head| !head.contains("authorization") && !head.contains("x-key")), "{away:?}");
}

#[tokio::test]
async fn headers_of_the_connection_are_not_the_callers() {
    let server = Server::start(|_| http(200, "", PAGE)).await;
    for header in [("Host", "other.example"), ("Content-Length", "5"), ("bad name", "x"), ("X", "a\r\nY: b")]
    {
        let headers = vec![(header.0.into(), header.1.into())];
        let asking = FetchRequest { headers, ..request(server.url("/")) };
        let error = fetcher(config(), &[&server]).fetch(asking).await;
        assert_eq!(check(error, UrlReason::Internal, ErrorClass::Permanent).requests, 0);
    }
    assert_eq!(server.asked(), [] as [&str; 0]);
}

#[tokio::test]
async fn other_hosts_are_followed_only_when_asked() {
    let server = Server::start(|path| match path {
        "/" => redirect("http://elsewhere.example/"),
        "/1" => redirect("/2"),
        _ => http(200, "", PAGE),
    })
    .await;
    let fetcher = fetcher(config(), &[&server]);
    let at_home = |path| FetchRequest { follow_off_host: false, ..request(server.url(path)) };
    check(fetcher.fetch(at_home("/")).await, UrlReason::OutOfScope, ErrorClass::Permanent);
    assert_eq!(body(fetcher.fetch(at_home("/1")).await), PAGE);
}

#[tokio::test]
async fn failures_tell_no_secrets() {
    let server = Server::start(|_| http(200, "Content-Length: 5\r\n", PAGE)).await;
    let mut url = server.url("/?token=s3cret");
    url.set_username("user").unwrap();
    url.set_password(Some("s3cret")).unwrap();
    let error = fetcher(config(), &[&server]).fetch(request(url)).await.expect_err("two lengths");
    assert!(!format!("{error} {error:?}").contains("s3cret"), "{error:?}");
    assert!(!server.asked()[0].contains("authorization"), "userinfo is not sent");
}

#[test]
fn unsendable_user_agent_is_an_error_at_once() {
    let config = FetchConfig { user_agent: "a\nb".into(), ..FetchConfig::default() };
    let gate = Gate::new(Purpose::Crawl, &EgressConfig::default());
    assert!(HttpFetcher::new(config, gate).is_err());
}
