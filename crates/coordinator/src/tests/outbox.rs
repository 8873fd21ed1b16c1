//! Messages outlive a crash, a full queue and a publish that nobody confirmed.

use gleaner_contract::JobStatus;
use gleaner_ports::PublishError;

use super::{
    bench::{Bench, target, targets},
    reports::read,
};

#[tokio::test]
async fn what_was_committed_and_not_published_is_published_by_the_next_coordinator() {
    let mut bench = Bench::new(4).await;
    bench.submit(targets(3)).await;
    bench.wire.refuse(PublishError::Closed);
    assert_eq!(bench.dispatch().await, []);
    bench.restart(4).await;
    bench.seconds(30);
    let sent = bench.dispatch().await;
    assert_eq!(sent.len(), 3);
    assert!(sent.iter().all(|task| task.ticket.epoch == 1), "sent, not reissued");
    bench.report(sent.iter().map(read)).await;
    assert_eq!(bench.store.begin().await.unwrap().next_outbox().await.unwrap(), None);
}

#[tokio::test]
async fn what_a_full_queue_refuses_is_held_a_moment_and_tried_again() {
    let mut bench = Bench::new(4).await;
    bench.submit(targets(2)).await;
    bench.wire.refuse(PublishError::Full);
    let next = bench.coordinator.dispatch_once().await.unwrap().unwrap();
    assert_eq!(bench.arrived().await, []);
    let wait = gleaner_ports::Clock::now(&bench.clock).until(next);
    assert!(wait.as_millis() > 0 && wait.as_millis() <= 250, "{wait:?}");
    bench.wire.refuse(None);
    bench.pass(wait);
    assert_eq!(bench.dispatch().await.len(), 2);
    bench.seconds(60);
    assert_eq!(bench.dispatch().await, []);
}

#[tokio::test]
async fn an_unconfirmed_message_is_sent_again_and_its_double_does_no_harm() {
    let mut bench = Bench::new(4).await;
    let job = bench.job(target("one", ["http://one.example/"])).await;
    bench.wire.refuse(PublishError::Unknown);
    let first = bench.dispatch_one().await;
    bench.wire.refuse(None);
    bench.seconds(29);
    assert_eq!(bench.dispatch().await, [], "the claim on it is not over");
    bench.seconds(1);
    let double = bench.dispatch_one().await;
    assert_eq!(double, first);
    bench.report([read(&first), read(&double)]).await;
    let state = bench.state(job).await;
    assert_eq!((state.status, state.pages_read, state.counts.fetched), (JobStatus::Completed, 1, 1));
    bench.seconds(60);
    assert_eq!(bench.dispatch().await, []);
}

#[tokio::test]
async fn a_message_of_a_newer_version_waits_for_who_wrote_it() {
    let mut bench = Bench::new(4).await;
    bench.submit(targets(1)).await;
    bench.wire.refuse(PublishError::Closed);
    assert_eq!(bench.dispatch().await, []);
    // a coordinator of a newer version wrote it, and is gone
    let mut tx = bench.store.begin().await.unwrap();
    tx.release_outbox().await.unwrap();
    let now = gleaner_ports::Clock::now(&bench.clock);
    let mut row = tx.claim_outbox(now, now, 1).await.unwrap().remove(0);
    tx.delete_outbox(&[(row.task, row.epoch)]).await.unwrap();
    let mut envelope: gleaner_contract::Envelope = gleaner_contract::wire::decode(&row.envelope).unwrap();
    envelope.headers.message_type = "harvest.crawl.2".into();
    row.envelope = gleaner_contract::wire::encode(&envelope).unwrap();
    tx.put_outbox(&row).await.unwrap();
    tx.commit().await.unwrap();
    bench.restart(4).await;
    for _ in 0..3 {
        bench.seconds(6);
        assert_eq!(bench.dispatch().await, []);
        assert!(
            bench.store.begin().await.unwrap().next_outbox().await.unwrap().is_some(),
            "it is not dropped"
        );
    }
}
