//! robots.txt keeps us out, is asked for once, and is obeyed when it cannot be had.

use super::*;

fn robots_txt(text: &str) -> Answer {
    body(text, None)
}

async fn skipped_for(rig: &Rig) -> UrlReason {
    match rig.report(&rig.task("a")).await.outcome {
        PageOutcome::Skipped { reason, .. } => reason,
        other => panic!("not skipped: {other:?}"),
    }
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

    let away = Rig::new();
    away.answers(ROBOTS, [Err(error(UrlReason::HttpStatus, ErrorClass::Transient, Some(503)))]);
    assert_eq!(skipped_for(&away).await, UrlReason::RobotsUnreachable);
    assert_eq!(away.asked(), []);
}

#[tokio::test(start_paused = true)]
async fn an_origin_that_could_not_be_reached_is_asked_again_after_a_minute() {
    let rig = Rig::new();
    rig.answers(ROBOTS, [Err(error(UrlReason::Timeout, ErrorClass::Transient, None)), robots_txt("")]);
    rig.answers(PAGE, [body(BODY, None)]);
    assert_eq!(skipped_for(&rig).await, UrlReason::RobotsUnreachable);
    tokio::time::advance(Duration::from_secs(61)).await;
    rig.extract(&rig.task("later")).await;
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
