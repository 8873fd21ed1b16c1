//! What a chain tells of its host: whether it answered, and whether it asked to be asked less.

use gleaner_contract::HostAdvice;

use super::*;

/// What is told of the task's own host.
async fn told(rig: &Rig, task: &CrawlTask) -> Option<HostAdvice> {
    let host = match rig.run(task).await {
        Message::Report(report) => report.host,
        Message::Extract(next) => next.host,
        other => panic!("{other:?}"),
    };
    host.inspect(|advice| assert_eq!(advice.host, "acme.example"))
}

/// Whether the host answered and whether it pushed back, where a page ends so.
async fn check(answer: Answer, answered: Option<bool>, pushback: bool) {
    let rig = Rig::new();
    rig.answers(PAGE, [answer.clone()]);
    let told = told(&rig, &rig.task("a")).await.unwrap_or_default();
    assert_eq!((told.answered, told.pushback), (answered, pushback), "{answer:?}");
}

fn status(status: u16, class: ErrorClass) -> Answer {
    Err(error(UrlReason::HttpStatus, class, Some(status)))
}

#[tokio::test(start_paused = true)]
async fn an_answer_is_told_from_an_outage_and_from_a_pushback() {
    let (permanent, transient) = (ErrorClass::Permanent, ErrorClass::Transient);
    check(body(BODY, None), Some(true), false).await;
    check(status(404, permanent), Some(true), false).await;
    check(status(429, transient), Some(true), true).await;
    check(status(503, transient), Some(false), true).await;
    check(status(529, transient), Some(false), true).await;
    check(status(500, transient), Some(false), false).await;
    for reason in [UrlReason::Connect, UrlReason::Timeout, UrlReason::Protocol] {
        check(Err(error(reason, transient, None)), Some(false), false).await;
    }
}

#[tokio::test(start_paused = true)]
async fn what_is_wrong_with_a_page_or_an_address_says_nothing_of_the_host() {
    for reason in [UrlReason::RefusedAddress, UrlReason::Dns, UrlReason::Tls, UrlReason::Protocol] {
        check(Err(error(reason, ErrorClass::Permanent, None)), None, false).await;
    }
    check(Err(error(UrlReason::TooSlow, ErrorClass::Transient, None)), None, false).await;
    // nobody could be asked for its address, or a proxy on the way was away
    for reason in [UrlReason::Dns, UrlReason::Connect] {
        let unsent = FetchError { requests: 0, ..error(reason, ErrorClass::Transient, None) };
        check(Err(unsent), None, false).await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_page_that_our_own_deadline_cuts_off_says_nothing_of_the_host() {
    let rig = Rig::new();
    rig.answers(PAGE, [Err(error(UrlReason::Timeout, ErrorClass::Transient, None))]);
    let mut task = rig.task("a");
    task.ticket.deadline = rig.clock.now();
    assert_eq!(told(&rig, &task).await.unwrap_or_default().answered, None);
}

#[tokio::test(start_paused = true)]
async fn a_host_that_redirects_has_answered_whatever_comes_of_the_other() {
    for end in [Ok(()), Err(UrlReason::Connect)] {
        let rig = Rig::new();
        rig.answers(PAGE, [redirect("https://www.acme.example/drill")]);
        let there = end.map_or_else(
            |reason| Err(error(reason, ErrorClass::Transient, None)),
            |()| body_at("https://www.acme.example/drill", "text/html", BODY, None),
        );
        rig.answers("https://www.acme.example/drill", [there]);
        let told = told(&rig, &rig.task("a")).await.expect("the host answered");
        assert_eq!((told.answered, told.pushback), (Some(true), false), "{end:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_robots_txt_that_cannot_be_had_tells_of_the_host_like_a_page() {
    for (status, answered, pushback) in [(500, Some(false), false), (503, Some(false), true)] {
        let rig = Rig::new();
        rig.answers(ROBOTS, [Err(error(UrlReason::HttpStatus, ErrorClass::Transient, Some(status)))]);
        let told = told(&rig, &rig.task("a")).await.expect("the host was asked");
        assert_eq!((told.answered, told.pushback), (answered, pushback), "{status}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_capture_at_hand_says_nothing_of_the_host() {
    let rig = Rig::new();
    rig.answers(PAGE, [body(BODY, None)]);
    let task = rig.task("a");
    rig.run(&task).await;
    assert_eq!(told(&rig, &CrawlTask { ticket: rig.task("b").ticket, ..task }).await, None);
}

#[tokio::test(start_paused = true)]
async fn a_probe_asks_anew_for_a_robots_txt_that_could_not_be_had() {
    let rig = Rig::new();
    let down = || Err(error(UrlReason::Connect, ErrorClass::Transient, None));
    rig.answers(ROBOTS, [down(), body("", None)]);
    rig.answers(PAGE, [body(BODY, None)]);
    assert_eq!(told(&rig, &rig.task("a")).await.expect("it was asked").answered, Some(false));
    let again = told(&rig, &rig.task("b")).await;
    assert_eq!((again, rig.robots_asked()), (None, 1), "the failure is remembered, and was told of");
    tokio::time::advance(Duration::from_secs(1)).await;
    let probe = CrawlTask { thorough: true, ..rig.task("c") };
    assert_eq!(told(&rig, &probe).await.expect("it was asked").answered, Some(true));
    assert_eq!(rig.robots_asked(), 2);
}
