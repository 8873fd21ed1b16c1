//! What comes of answers that are in order, and how requests are made.

use super::*;

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
async fn a_body_is_cut_where_the_caller_takes_a_part() {
    let text: Vec<u8> = (0..9000u32).flat_map(|n| n.to_le_bytes()).collect();
    for answer in [http(200, "", &text), http(200, "Content-Encoding: gzip\r\n", &gzip(&text))] {
        let server = Server::start(move |_| answer.clone()).await;
        let part = FetchRequest { max_bytes: 5000, beyond: Beyond::Cut, ..request(server.url("/")) };
        assert_eq!(body(fetcher(config(), &[&server]).fetch(part).await), text[..5000]);
    }
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
