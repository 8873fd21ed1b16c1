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
use gleaner_ports::{Beyond, FetchError, FetchRequest, Fetched, Fetcher, Validators};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use url::Url;

use super::{
    HttpFetcher,
    decode::tests::{brotli, gzip, zstd},
};
use crate::{
    config::{EgressConfig, FetchConfig},
    egress::{AllowRule, Gate, Lookup, Purpose},
    hops::{Anywhere, HopLimits, Hops, NotCome},
};

mod conformance;
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

/// A fetcher that is let in here alone.
fn at(rule: AllowRule) -> HttpFetcher {
    let egress = EgressConfig { crawl_allow: vec![rule], ..EgressConfig::default() };
    HttpFetcher::new(config(), Gate::new(Purpose::Crawl, &egress).with_lookup(Here)).unwrap()
}

fn request(url: Url) -> FetchRequest {
    FetchRequest {
        url,
        validators: Validators::default(),
        headers: Vec::new(),
        max_bytes: u64::MAX,
        beyond: Beyond::Refuse,
        timeout: Duration::from_secs(20),
    }
}

/// The page, wherever it is by now.
async fn pursue(fetcher: &HttpFetcher, request: FetchRequest) -> Result<Fetched, FetchError> {
    let validated = request.url.to_string();
    let hops = Hops::new(fetcher, HopLimits::from(&config()));
    match hops.fetch(request, Some(&validated), &mut Anywhere).await {
        Ok(fetched) => Ok(fetched),
        Err(NotCome::Failed(failure)) => Err(failure.error),
        Err(NotCome::Stopped(never)) => match never {},
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
    let headers = "Content-Type: text/html; charset=utf-8\r\nETag: \"1\"\r\n\
        Last-Modified: Sun, 06 Nov 1994 08:49:37 GMT\r\n";
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
async fn part_of_a_page_that_was_asked_for_whole_is_no_page() {
    let part = http(206, "Content-Range: bytes 0-18/500\r\n", PAGE);
    let error = check(fetch(part).await, UrlReason::HttpStatus, ErrorClass::Transient);
    assert_eq!(error.status, Some(206));
}

#[tokio::test]
async fn a_failure_tells_what_came_before_it() {
    let noise: Vec<u8> = (0..40_000u32).flat_map(|n| n.wrapping_mul(2_654_435_761).to_le_bytes()).collect();
    let wire = gzip(&noise);
    let cut = http(200, "Content-Encoding: gzip\r\n", &wire[..wire.len() - 9]);
    let error = check(fetch(cut).await, UrlReason::BadEncoding, ErrorClass::Permanent);
    assert!(error.bytes >= 160_000, "{}", error.bytes);

    // the future that counted is gone when the time is over
    let head = b"HTTP/1.1 200 OK\r\n\r\n".to_vec();
    let steady = Answer::Endless(head, vec![b'x'; 1000], Duration::from_millis(50));
    let hasty = FetchConfig { total_timeout: Duration::from_secs(3), ..config() };
    let error = check(fetch_with(hasty, steady).await, UrlReason::Timeout, ErrorClass::Transient);
    assert!(error.bytes >= 1000, "{}", error.bytes);

    assert_eq!(
        check(fetch(http(404, "", PAGE)).await, UrlReason::HttpStatus, ErrorClass::Permanent).bytes,
        0
    );
}

#[tokio::test]
async fn endless_bytes_after_the_end_of_a_stream_are_cut_off() {
    let head = b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n".to_vec();
    let endless = Answer::Endless([head, gzip(PAGE)].concat(), vec![b'A'; 1 << 16], Duration::ZERO);
    let error = check(fetch(endless).await, UrlReason::BodyTooLarge, ErrorClass::Permanent);
    assert!((1 << 20..2 << 20).contains(&error.bytes), "{}", error.bytes);
}

#[tokio::test]
async fn a_body_is_cut_where_the_caller_takes_a_part() {
    let text: Vec<u8> = (0..9000u32).flat_map(|n| n.to_le_bytes()).collect();
    for answer in [http(200, "", &text), http(200, "Content-Encoding: gzip\r\n", &gzip(&text))] {
        let server = Server::start(move |_| answer.clone()).await;
        let part = FetchRequest { max_bytes: 5000, beyond: Beyond::Cut, ..request(server.url("/")) };
        assert_eq!(body(fetcher(config(), &[&server]).fetch(part).await), text[..5000]);
    }
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

    let hasty = FetchConfig { total_timeout: Duration::from_secs(2), ..config() };
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

    // bound, so that nobody else gets the port, and not listening
    let shut = tokio::net::TcpSocket::new_v4().unwrap();
    shut.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let address = shut.local_addr().unwrap();
    let fetcher = at(AllowRule::exactly(address.ip(), address.port()));
    let url = format!("http://{address}/").parse().unwrap();
    check(fetcher.fetch(request(url)).await, UrlReason::Connect, ErrorClass::Transient);
}

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

#[test]
fn user_agent_without_a_name_that_robots_files_could_use_is_an_error() {
    let gate = || Gate::new(Purpose::Crawl, &EgressConfig::default());
    for (user_agent, fine) in [("007", false), ("", false), ("(x)", false), ("Price-Bot/1", true)] {
        let config = FetchConfig { user_agent: user_agent.into(), ..FetchConfig::default() };
        assert_eq!(HttpFetcher::new(config, gate()).is_ok(), fine, "{user_agent}");
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
