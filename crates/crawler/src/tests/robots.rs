//! robots.txt keeps us out, is asked for once, and is obeyed when it cannot be had.

use super::*;

fn robots_txt(text: &str) -> Answer {
    body(text, None)
}

async fn skipped_for(rig: &Rig) -> UrlReason {
    rig.skipped(&rig.task("a")).await
}

#[tokio::test(start_paused = true)]
async fn a_disallowed_page_is_not_asked_for() {
    let rig = Rig::new();
    rig.answers(ROBOTS, [robots_txt("User-agent: *\nDisallow: /drill\n")]);
    assert_eq!(skipped_for(&rig).await, UrlReason::Robots);
    assert_eq!(rig.asked(), []);
}

#[tokio::test(start_paused = true)]
async fn a_site_closed_to_all_is_told_from_one_that_cannot_be_reached() {
    let closed = Rig::new();
    closed.answers(ROBOTS, [robots_txt("User-agent: *\nDisallow: /\n")]);
    assert_eq!(skipped_for(&closed).await, UrlReason::Robots);

    let broken = Rig::new();
    broken.answers(ROBOTS, [Err(error(UrlReason::BadEncoding, ErrorClass::Permanent, Some(200)))]);
    assert_eq!(skipped_for(&broken).await, UrlReason::RobotsUnreachable);
    assert_eq!(broken.asked(), []);
}

#[tokio::test(start_paused = true)]
async fn a_passing_outage_is_tried_again_after_the_wait_that_was_asked_for() {
    let rig = Rig::new();
    let busy = FetchError {
        retry_after: Some(Duration::from_secs(7)),
        ..error(UrlReason::HttpStatus, ErrorClass::Transient, Some(503))
    };
    rig.answers(ROBOTS, [Err(busy)]);
    let report = rig.report(&rig.task("a")).await;
    let PageOutcome::Failed { reason, class, status, detail } = report.outcome else {
        panic!("{:?}", report.outcome)
    };
    assert_eq!((reason, class), (UrlReason::RobotsUnreachable, ErrorClass::Transient));
    assert_eq!(status, Some(503));
    assert!(detail.contains("robots.txt"), "{detail}");
    let advice = report.host.expect("the host asked for a wait");
    assert_eq!((advice.host.as_str(), advice.retry_after_ms), ("acme.example", Some(7_000)));
    assert_eq!(rig.asked(), []);
}

/// How a page ends when the robots.txt of its host fails so.
async fn check_cause(cause: FetchError, outcome: &str) {
    let rig = Rig::new();
    rig.answers(ROBOTS, [Err(cause.clone())]);
    let told = match rig.report(&rig.task("a")).await.outcome {
        PageOutcome::Skipped { reason, .. } => format!("skipped {reason}"),
        PageOutcome::Failed { reason, class, .. } => format!("failed {reason} {class:?}"),
        other => panic!("{other:?}"),
    };
    assert_eq!(told, outcome, "{cause:?}");
    assert_eq!(rig.asked(), [], "nothing is asked for without robots.txt");
}

#[tokio::test(start_paused = true)]
async fn what_is_wrong_with_the_host_itself_is_told_as_such() {
    let cause = |reason, class, requests| FetchError { requests, ..error(reason, class, None) };
    let (permanent, transient) = (ErrorClass::Permanent, ErrorClass::Transient);
    check_cause(cause(UrlReason::RefusedAddress, permanent, 0), "skipped refused_address").await;
    check_cause(cause(UrlReason::RefusedPort, permanent, 0), "skipped refused_port").await;
    check_cause(cause(UrlReason::Dns, permanent, 0), "failed dns Permanent").await;
    check_cause(cause(UrlReason::Connect, transient, 1), "failed connect Transient").await;
    check_cause(cause(UrlReason::Timeout, transient, 1), "failed timeout Transient").await;
    check_cause(cause(UrlReason::Tls, permanent, 1), "failed tls Permanent").await;
}

#[tokio::test(start_paused = true)]
async fn a_robots_txt_that_leads_to_a_refused_address_keeps_everything_shut() {
    let rig = Rig::new();
    let inside = "http://inside.example/robots.txt";
    rig.answers(ROBOTS, [redirect(inside)]);
    let refused = error(UrlReason::RefusedAddress, ErrorClass::Permanent, None);
    rig.answers(inside, [Err(FetchError { requests: 0, ..refused })]);
    assert_eq!(skipped_for(&rig).await, UrlReason::RobotsUnreachable);
    assert_eq!(rig.asked(), []);
}

#[tokio::test(start_paused = true)]
async fn a_file_that_cannot_be_found_for_redirects_is_no_file() {
    let hop = |n: usize| format!("https://acme.example/robots.txt?{n}");
    for (hops, allowed) in [(5, false), (6, true)] {
        let rig = Rig::new();
        rig.answers(ROBOTS, [redirect(&hop(1))]);
        for n in 1..hops {
            rig.answers(&hop(n), [redirect(&hop(n + 1))]);
        }
        rig.answers(&hop(hops), [robots_txt("User-agent: *\nDisallow: /\n")]);
        rig.answers(PAGE, [body(BODY, None)]);
        match allowed {
            true => drop(rig.extract(&rig.task("a")).await),
            false => assert_eq!(skipped_for(&rig).await, UrlReason::Robots),
        }
        assert_eq!(rig.robots_asked(), 6, "five redirects are followed");
    }
    let circle = Rig::new();
    circle.answers(ROBOTS, [redirect(ROBOTS)]);
    circle.answers(PAGE, [body(BODY, None)]);
    circle.extract(&circle.task("a")).await;
}

#[tokio::test(start_paused = true)]
async fn a_file_is_asked_for_up_to_what_is_read_of_it() {
    let rig = Rig::new();
    rig.answers(PAGE, [body(BODY, None)]);
    rig.run(&rig.task("a")).await;
    let asked = rig.script.asked().swap_remove(0);
    assert_eq!((asked.url.as_str(), asked.max_bytes), (ROBOTS, 500 * 1024));
    assert_eq!(asked.beyond, gleaner_ports::Beyond::Cut);
}

#[tokio::test(start_paused = true)]
async fn a_file_is_read_as_the_bytes_that_came() {
    let latin = |url: &str| CrawlTask { url: url.into(), ..Rig::new().task("a") };
    let mut far = b"# ".to_vec();
    far.resize(400 << 10, 0xE9);
    far.extend_from_slice(b"\nUser-agent: *\nDisallow: /drill\n");
    for (file, url) in
        [(b"User-agent: *\nDisallow: /caf\xE9\n".to_vec(), "https://acme.example/caf%E9"), (far, PAGE)]
    {
        let rig = Rig::new();
        let Ok(Fetched::Body { final_url, status, content_type, validators, requests, .. }) = robots_txt("")
        else {
            panic!("it is a body")
        };
        let body = Bytes::from(file);
        let answer = Fetched::Body { final_url, status, content_type, validators, body, requests };
        rig.answers(ROBOTS, [Ok(answer)]);
        assert_eq!(rig.skipped(&latin(url)).await, UrlReason::Robots, "{url}");
        // and so it is when it comes from the store
        let other = Rig::over(rig.cache.clone(), rig.cache.clone());
        assert_eq!(other.skipped(&latin(url)).await, UrlReason::Robots, "{url}");
        assert_eq!(other.robots_asked(), 0);
    }
}

#[tokio::test(start_paused = true)]
async fn an_origin_that_could_not_be_reached_is_asked_again_after_a_minute_or_by_who_comes_back() {
    let rig = Rig::new();
    let away = || Err(error(UrlReason::Timeout, ErrorClass::Transient, None));
    rig.answers(ROBOTS, [away(), away(), robots_txt("")]);
    rig.answers(PAGE, [body(BODY, None)]);
    let unreachable = (UrlReason::Timeout, ErrorClass::Transient);
    assert_eq!(rig.failed(&rig.task("a")).await, unreachable);
    tokio::time::advance(Duration::from_secs(2)).await;
    assert_eq!(rig.failed(&rig.task("another")).await, unreachable);
    assert_eq!(rig.robots_asked(), 1);
    let mut again = rig.task("a");
    again.ticket.attempt = 2;
    assert_eq!(rig.failed(&again).await, unreachable);
    assert_eq!(rig.robots_asked(), 2);
    tokio::time::advance(Duration::from_secs(61)).await;
    rig.extract(&rig.task("later")).await;
}

#[tokio::test(start_paused = true)]
async fn nobody_waits_for_robots_txt_beyond_his_deadline() {
    let rig = Rig::new();
    rig.script.takes(Duration::from_secs(15));
    let mut hasty = rig.task("a");
    hasty.ticket.deadline = rig.clock.now().after(Duration::from_secs(5));
    assert_eq!(rig.failed(&hasty).await, (UrlReason::Timeout, ErrorClass::Transient));
    assert!(rig.clock.now() <= hasty.ticket.deadline);
}

#[tokio::test(start_paused = true)]
async fn one_request_serves_an_origin_for_a_day() {
    let rig = Rig::new();
    rig.answers(ROBOTS, [robots_txt("User-agent: *\nCrawl-delay: 2\n"), robots_txt("")]);
    let other = "https://acme.example/saw";
    rig.answers(PAGE, [body(BODY, None), body(BODY, None)]);
    rig.answers(other, [body(BODY, None)]);
    let (a, b) = (rig.task("a"), CrawlTask { url: other.into(), ..rig.task("b") });
    let (first, second) = tokio::join!(rig.extract(&a), rig.extract(&b));
    for next in [first, second] {
        let advice = next.host.expect("robots.txt states a delay");
        assert_eq!((advice.host.as_str(), advice.crawl_delay_ms), ("acme.example", Some(2_000)));
    }
    assert_eq!(rig.robots_asked(), 1);
    tokio::time::advance(Duration::from_secs(24 * 3600 + 1)).await;
    rig.run(&rig.task("tomorrow")).await;
    assert_eq!(rig.robots_asked(), 2);
}

#[tokio::test(start_paused = true)]
async fn another_process_uses_what_is_stored() {
    let rig = Rig::new();
    rig.answers(ROBOTS, [robots_txt("User-agent: *\nDisallow: /drill\n")]);
    assert_eq!(skipped_for(&rig).await, UrlReason::Robots);
    let other = Rig::over(rig.cache.clone(), rig.cache.clone());
    assert_eq!(skipped_for(&other).await, UrlReason::Robots);
    assert_eq!(other.robots_asked(), 0);
}
