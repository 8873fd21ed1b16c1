//! Servers that would hurt: each ends in a reason, within bounds, and the next page comes.

use super::*;

#[tokio::test]
async fn endless_bytes_after_the_end_of_a_stream_are_cut_off() {
    let head = b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n".to_vec();
    let endless = Answer::Endless([head, gzip(PAGE)].concat(), vec![b'A'; 1 << 16], Duration::ZERO);
    let error = check(fetch(endless).await, UrlReason::BodyTooLarge, ErrorClass::Permanent);
    assert!((1 << 20..2 << 20).contains(&error.bytes), "{}", error.bytes);
}

#[tokio::test]
async fn bombs_are_given_up() {
    let zeros = vec![0; 32 << 20];
    for (encoding, wire) in [
        ("gzip", gzip(&zeros)),
        ("br", brotli(&zeros)),
        ("zstd", zstd(&zeros)),
        ("gzip, gzip", gzip(&gzip(&zeros))),
        ("br, zstd", zstd(&brotli(&zeros))),
    ] {
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

/// Each of these ends in its reason with few bytes, and the same fetcher gets the next page of the same server.
#[tokio::test]
async fn whatever_a_server_says_the_next_page_comes() {
    use ErrorClass::{Permanent, Transient};
    use UrlReason::{BadEncoding, BodyTooLarge, HeadersTooLarge, HttpStatus, Protocol, Timeout, TooSlow};

    let says = |head: &str, body: &str| Answer::Bytes(format!("HTTP/1.1 {head}\r\n\r\n{body}").into_bytes());
    let forever = |head: &str, chunk: &str, pause| {
        let head = format!("HTTP/1.1 {head}").into_bytes();
        Answer::Endless(head, chunk.as_bytes().to_vec(), Duration::from_millis(pause))
    };
    const CHUNKED: &str = "200 OK\r\nTransfer-Encoding: chunked";
    let chunked = |chunks: &str| says(CHUNKED, chunks);
    let many = |count: usize| (0..count).map(|n| format!("X-{n}: y\r\n")).collect::<String>();
    let cases = [
        ("a chunk without a size", chunked("\r\nabc\r\n0\r\n\r\n"), Protocol, Transient),
        ("a chunk of letters", chunked("xyz\r\nabc\r\n0\r\n\r\n"), Protocol, Transient),
        ("a chunk of a negative size", chunked("-1\r\nabc\r\n0\r\n\r\n"), Protocol, Transient),
        ("a chunk beyond all sizes", chunked("fffffffffffffffff\r\nabc"), Protocol, Transient),
        ("a chunk longer than it said", chunked("1\r\nabc\r\n0\r\n\r\n"), Protocol, Transient),
        ("a chunk cut short", chunked("ff\r\nabc"), Protocol, Transient),
        ("chunks without an end", chunked("3\r\nabc\r\n"), Protocol, Transient),
        (
            "an endless extension of a chunk",
            forever(&format!("{CHUNKED}\r\n\r\n1;"), &"x".repeat(1 << 14), 0),
            Protocol,
            Transient,
        ),
        (
            "endless trailers",
            forever(&format!("{CHUNKED}\r\n\r\n0\r\n"), &"X: y\r\n".repeat(1 << 12), 0),
            Protocol,
            Transient,
        ),
        (
            "endless small chunks",
            forever(&format!("{CHUNKED}\r\n\r\n"), &"1\r\nx\r\n".repeat(1 << 12), 0),
            BodyTooLarge,
            Permanent,
        ),
        ("HTTP/0.9", Answer::Bytes(b"<html>no head</html>".to_vec()), Protocol, Permanent),
        ("another protocol", Answer::Bytes(b"220 mail.example ESMTP\r\n\r\n".to_vec()), Protocol, Permanent),
        ("a version to come", Answer::Bytes(b"HTTP/3.7 200 OK\r\n\r\n".to_vec()), Protocol, Permanent),
        ("noise", Answer::Bytes((0..=255).cycle().take(4096).collect()), Protocol, Permanent),
        ("a status of two digits", says("20 OK", ""), Protocol, Permanent),
        ("a status of no kind", says("999 Odd\r\nContent-Length: 0", ""), HttpStatus, Permanent),
        ("NUL in a value", says("200 OK\r\nX: a\0b", "abc"), Protocol, Permanent),
        ("NUL in a name", says("200 OK\r\nX\0: ab", "abc"), Protocol, Permanent),
        ("NUL in the first line", says("200 O\0K", "abc"), Protocol, Permanent),
        ("a bare line feed in a value", says("200 OK\r\nX: a\nevil", "abc"), Protocol, Permanent),
        ("a length below nothing", says("200 OK\r\nContent-Length: -1", "abc"), Protocol, Permanent),
        (
            "a length beyond all",
            says("200 OK\r\nContent-Length: 99999999999999999999", "abc"),
            Protocol,
            Permanent,
        ),
        ("more length than body", says("200 OK\r\nContent-Length: 9", "abc"), Protocol, Transient),
        ("an end in the head", Answer::Bytes(b"HTTP/1.1 200 OK\r\nX: ".to_vec()), Protocol, Transient),
        ("no word", Answer::Bytes(Vec::new()), Protocol, Transient),
        (
            "a head of 10 MB",
            says(&format!("200 OK\r\nX: {}", "y".repeat(10 << 20)), ""),
            HeadersTooLarge,
            Permanent,
        ),
        ("100,000 headers", says(&format!("200 OK\r\n{}", many(100_000)), ""), HeadersTooLarge, Permanent),
        ("201 headers", http(200, &many(201), PAGE), HeadersTooLarge, Permanent),
        ("a head by drips", forever("200 OK\r\nX: ", "y", 20), Timeout, Transient),
        (
            "no end of hints",
            forever("103 Early Hints\r\n\r\n", "HTTP/1.1 103 X\r\nLink: y\r\n\r\n", 5),
            Timeout,
            Transient,
        ),
        (
            "a flood of hints",
            forever("103 Early Hints\r\n\r\n", &"HTTP/1.1 103 X\r\n\r\n".repeat(1 << 10), 0),
            Timeout,
            Transient,
        ),
        ("a body by drips", forever("200 OK\r\n\r\n", "x", 20), TooSlow, Transient),
        (
            "another protocol from now on",
            says("101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade", ""),
            HttpStatus,
            Permanent,
        ),
        (
            "noise for gzip",
            http(200, "Content-Encoding: gzip\r\n", &[0x1f, 0x8b, 8, 0xff, 0xff, 1, 2, 3]),
            BadEncoding,
            Permanent,
        ),
        ("brotli for zstd", http(200, "Content-Encoding: zstd\r\n", &brotli(PAGE)), BadEncoding, Permanent),
        (
            "a thousand encodings",
            http(200, &format!("Content-Encoding: {}\r\n", "gzip,".repeat(1000)), PAGE),
            BadEncoding,
            Permanent,
        ),
    ];
    let answers: Vec<Answer> = cases.iter().map(|(_, answer, ..)| answer.clone()).collect();
    let server = Server::start(move |path| match path.strip_prefix("/bad/") {
        Some(number) => answers[number.parse::<usize>().unwrap()].clone(),
        None => http(200, "", PAGE),
    })
    .await;
    let config = FetchConfig {
        total_timeout: Duration::from_secs(120),
        max_body_bytes: 64 << 10,
        min_bytes_per_second: 1000,
        rate_window: Duration::from_secs(2),
        ..config()
    };
    let fetcher = fetcher(config, &[&server]);
    for (number, (name, _, reason, class)) in cases.into_iter().enumerate() {
        // short for those alone that end by it
        let timeout = Duration::from_secs(if reason == Timeout { 2 } else { 120 });
        let asking = FetchRequest { timeout, ..request(server.url(&format!("/bad/{number}"))) };
        let fetched = fetcher.fetch(asking).await;
        let error = fetched.expect_err(name);
        assert_eq!((error.reason, error.class), (reason, class), "{name}: {error}");
        assert_eq!(error.requests, 1, "{name}");
        assert!(error.bytes <= 2 << 20, "{name}: {} bytes", error.bytes);
        assert!(!error.detail.contains(|c: char| c.is_control()), "{name}: {error:?}");
        assert_eq!(body(fetcher.fetch(request(server.url("/"))).await), PAGE, "after {name}");
    }
}

#[tokio::test]
async fn what_is_more_than_a_page_does_no_harm() {
    let hints = "HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n".repeat(20);
    for (name, answer) in [
        ("hints before the page", format!("{hints}HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")),
        (
            "a page behind the page",
            "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nokHTTP/1.1 500 X\r\n\r\n".into(),
        ),
        (
            "trailers and what follows them",
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2;ext=1\r\nok\r\n0\r\nX: y\r\n\r\nmore"
                .into(),
        ),
        ("HTTP/1.0", "HTTP/1.0 200 OK\r\n\r\nok".into()),
    ] {
        let server = Server::start(move |_| Answer::Bytes(answer.clone().into_bytes())).await;
        let fetcher = fetcher(config(), &[&server]);
        for path in ["/1", "/2"] {
            assert_eq!(body(fetcher.fetch(request(server.url(path))).await), b"ok", "{name} {path}");
        }
    }
}

#[tokio::test]
async fn circles_and_endless_ways_of_redirects_end() {
    let server = Server::start(|path| match path {
        "/self" => redirect("/self#other"),
        "/a" => redirect("/b"),
        "/b" => redirect("/a"),
        "/" => http(200, "", PAGE),
        path => redirect(&format!("{path}x")),
    })
    .await;
    let fetcher = fetcher(config(), &[&server]);
    for (path, reason, requests) in [
        ("/self", UrlReason::RedirectLoop, 1),
        ("/a", UrlReason::RedirectLoop, 2),
        ("/x", UrlReason::TooManyRedirects, 21),
    ] {
        let error = check(pursue(&fetcher, request(server.url(path))).await, reason, ErrorClass::Permanent);
        assert_eq!(error.requests, requests, "{path}");
        assert_eq!(body(pursue(&fetcher, request(server.url("/"))).await), PAGE);
    }
}

/// Behind the first message of TLS comes this, and then more of it without end.
async fn tls_garbage(bytes: &'static [u8]) -> FetchError {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let fetcher = at(AllowRule::exactly(address.ip(), address.port()));
    let url = format!("https://shop.example:{}/", address.port()).parse().unwrap();
    let server = async {
        let (mut stream, _) = listener.accept().await.unwrap();
        let mut hello = [0; 4096];
        let _ = stream.read(&mut hello).await;
        while stream.write_all(bytes).await.is_ok() {}
    };
    let (fetched, ()) = tokio::join!(fetcher.fetch(request(url)), server);
    check(fetched, UrlReason::Tls, ErrorClass::Permanent)
}

#[tokio::test]
async fn garbage_for_tls_is_a_failure_of_tls() {
    tls_garbage(&[0; 512]).await;
    tls_garbage(b"HTTP/1.1 200 OK\r\n\r\n").await;
    // a record of the right kind and length, with nothing of sense inside
    tls_garbage(&[22, 3, 3, 0, 4, 255, 255, 255, 255]).await;
    // an alert
    tls_garbage(&[21, 3, 3, 0, 2, 2, 40]).await;
}
