//! Tasks that want one page at the same time.

use gleaner_ports::{Lease, Leases};

use super::*;

#[tokio::test(start_paused = true)]
async fn two_tasks_that_want_a_page_at_once_ask_for_it_once() {
    let rig = Rig::new();
    rig.answers(PAGE, [body(BODY, None)]);
    rig.script.takes(Duration::from_secs(2));
    let (first, second) = (rig.task("first"), rig.task("second"));
    let (one, two) = tokio::join!(
        rig.stage.run(Message::Crawl(first.clone())),
        rig.stage.run(Message::Crawl(second.clone()))
    );
    assert!(one.is_ok(), "{one:?}");
    match two {
        Err(StageError::Snooze { after }) => assert!(after <= Duration::from_secs(1), "{after:?}"),
        other => panic!("it did not wait: {other:?}"),
    }
    let next = rig.extract(&second).await;
    assert_eq!((next.outcome, next.reason), (UrlOutcome::Reused, UrlReason::Fresh));
    assert_eq!(rig.asked().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_task_that_was_reissued_does_not_wait_for_itself() {
    let rig = Rig::new();
    rig.answers(PAGE, [body(BODY, None)]);
    let task = rig.task("first");
    // left behind by a worker that was killed
    let name = format!("fetch:{}:{}", task.ticket.tenant, ContentHash::of(PAGE.as_bytes()).hex());
    let holder = task.ticket.task.to_string();
    rig.leases.acquire(&name, &holder, Duration::from_secs(60)).await.unwrap();
    let again = CrawlTask { ticket: Ticket { epoch: 2, ..task.ticket.clone() }, ..task };
    rig.extract(&again).await;
    assert_eq!(rig.leases.acquire(&name, "other", Duration::from_secs(1)).await.unwrap(), Lease::Mine);
}

#[tokio::test(start_paused = true)]
async fn a_fetch_that_fails_leaves_the_page_to_others() {
    let rig = Rig::new();
    let task = rig.task("first");
    rig.run(&task).await;
    let name = format!("fetch:{}:{}", task.ticket.tenant, ContentHash::of(PAGE.as_bytes()).hex());
    assert_eq!(rig.leases.acquire(&name, "other", Duration::from_secs(1)).await.unwrap(), Lease::Mine);
}
