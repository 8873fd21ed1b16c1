//! Redirects: each is held against scope and robots.txt before it is followed.

use super::*;

const PRIVATE: &str = "https://acme.example/private";
const WWW: &str = "https://www.acme.example/drill";
const OTHER: &str = "https://other.example/drill";

fn link(rig: &Rig) -> CrawlTask {
    CrawlTask { depth: 1, ..rig.task("link") }
}

#[tokio::test(start_paused = true)]
async fn a_redirect_to_a_disallowed_page_is_not_followed() {
    let rig = Rig::new();
    rig.answers(ROBOTS, [body("User-agent: *\nDisallow: /private\n", None)]);
    rig.answers(PAGE, [redirect(PRIVATE)]);
    rig.answers(PRIVATE, [body(BODY, None)]);
    assert_eq!(rig.skipped(&rig.task("a")).await, UrlReason::Robots);
    assert_eq!(rig.urls(), [ROBOTS, PAGE]);
}

#[tokio::test(start_paused = true)]
async fn a_redirect_to_another_origin_asks_its_robots_txt() {
    let rig = Rig::new();
    let robots = "https://www.acme.example/robots.txt";
    rig.answers(robots, [body("User-agent: *\nDisallow: /\n", None)]);
    rig.answers(PAGE, [redirect(WWW)]);
    rig.answers(WWW, [body(BODY, None)]);
    assert_eq!(rig.skipped(&rig.task("a")).await, UrlReason::Robots);
    assert_eq!(rig.urls(), [ROBOTS, PAGE, robots]);
}

/// Where a redirect of this task to `to` ends.
async fn check(rig: &Rig, task: CrawlTask, to: &str, followed: bool) {
    rig.answers(PAGE, [redirect(to)]);
    rig.answers(to, [body_at(to, "text/html", BODY, None)]);
    if followed {
        assert_eq!(rig.extract(&task).await.page.final_url, to);
        return;
    }
    let PageOutcome::Skipped { reason, detail } = rig.report(&task).await.outcome else {
        panic!("followed to {to}")
    };
    assert_eq!(reason, UrlReason::OutOfScope);
    let host = Url::parse(to).expect("a URL").host_str().expect("with a host").to_owned();
    assert!(detail.contains(&format!("`{host}`")), "{detail}");
}

#[tokio::test(start_paused = true)]
async fn a_seed_may_have_moved_and_a_link_may_not_leave_the_scope() {
    let scope = |hosts: &[&str], exclude: &[&str]| Scope {
        hosts: hosts.iter().map(ToString::to_string).collect(),
        exclude: exclude.iter().map(ToString::to_string).collect(),
        ..Scope::default()
    };
    let rig = Rig::new();
    check(&rig, rig.task("seed"), OTHER, true).await;
    for (scope, to, followed) in [
        (Scope::default(), PRIVATE, true),
        (Scope::default(), WWW, true),
        (Scope::default(), OTHER, false),
        (scope(&["acme.example", "other.example"], &[]), OTHER, true),
        (scope(&[], &["/priv*"]), PRIVATE, false),
    ] {
        let rig = Rig::new();
        check(&rig, CrawlTask { scope, ..link(&rig) }, to, followed).await;
    }
    let mut of_target = link(&rig);
    of_target.brief.subject.hosts = vec!["other.example".into()];
    let rig = Rig::new();
    check(&rig, of_target, OTHER, true).await;
}

#[tokio::test(start_paused = true)]
async fn a_capture_from_out_of_scope_does_not_serve_a_link() {
    let rig = Rig::new();
    rig.answers(PAGE, [redirect(OTHER)]);
    rig.answers(OTHER, [body_at(OTHER, "text/html", BODY, None)]);
    let seed = rig.task("seed");
    rig.run(&seed).await;
    let link = CrawlTask { fresh_after: seed.fresh_after, ..link(&rig) };
    assert_eq!(rig.skipped(&link).await, UrlReason::OutOfScope);
    let another = CrawlTask { fresh_after: seed.fresh_after, ..rig.task("another seed") };
    assert_eq!(rig.extract(&another).await.reason, UrlReason::Fresh);
}

#[tokio::test(start_paused = true)]
async fn a_wait_is_booked_on_the_host_that_asks_for_it() {
    let rig = Rig::new();
    rig.answers(ROBOTS, [body("User-agent: *\nCrawl-delay: 2\n", None)]);
    rig.answers(PAGE, [redirect("https://www.acme.example:8443/drill")]);
    let busy = FetchError {
        retry_after: Some(Duration::from_secs(7)),
        ..error(UrlReason::HttpStatus, ErrorClass::Transient, Some(429))
    };
    rig.answers("https://www.acme.example:8443/drill", [Err(busy)]);
    let advice = rig.report(&rig.task("a")).await.host.expect("the host asked for a wait");
    assert_eq!(advice.host, "www.acme.example:8443");
    assert_eq!((advice.retry_after_ms, advice.crawl_delay_ms), (Some(7_000), None));
}
