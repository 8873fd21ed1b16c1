//! What a page costs: booked where a server was asked and answered, once, and nowhere else.

use super::*;

fn paid(usage: &Amounts) -> String {
    usage.get(&Counter::MONEY).to_string()
}

#[tokio::test(start_paused = true)]
async fn a_page_that_came_is_paid_for_and_one_at_hand_is_not() {
    let rig = Rig::paid();
    rig.answers(PAGE, [body(BODY, None)]);
    let task = rig.task("a");
    assert_eq!(paid(&rig.extract(&task).await.usage), "0.01");
    // the same task again, under a new permit: whoever asked before has told of it, or nobody knows
    let again = CrawlTask { ticket: Ticket { epoch: 2, ..task.ticket.clone() }, ..task };
    assert_eq!(paid(&rig.extract(&again).await.usage), "0");
}

#[tokio::test(start_paused = true)]
async fn a_redirect_that_may_not_be_followed_was_paid_for_and_a_page_never_asked_for_was_not() {
    let private = "https://acme.example/private";
    let rig = Rig::paid();
    rig.answers(ROBOTS, [body("User-agent: *\nDisallow: /private\n", None)]);
    rig.answers(PAGE, [redirect(private)]);
    let report = rig.report(&rig.task("a")).await;
    assert!(matches!(report.outcome, PageOutcome::Skipped { .. }), "{:?}", report.outcome);
    assert_eq!(paid(&report.usage), "0.01");
    let report = rig.report(&CrawlTask { url: private.into(), ..rig.task("b") }).await;
    assert!(matches!(report.outcome, PageOutcome::Skipped { .. }), "{:?}", report.outcome);
    assert_eq!(paid(&report.usage), "0");
}
