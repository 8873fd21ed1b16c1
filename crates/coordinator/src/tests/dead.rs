//! Dead letters, what brings workers down, and taking over.

use std::time::Duration;

use gleaner_contract::{ErrorClass, JobStatus, Lane, PageOutcome, Queue, Stage, UrlReason};
use gleaner_ports::{PublishError, Transport};

use super::{
    bench::{Bench, crawl_of, target, targets},
    reports::{answered, ends_as, keep, read},
};

#[tokio::test]
async fn a_dead_letter_of_a_task_that_waits_for_it_is_taken_up_again() {
    let mut bench = Bench::new(4).await;
    let job = bench.job(target("one", ["http://one.example/"])).await;
    let letter = bench.dispatch_and_reject().await;
    bench.coordinator.bury(&letter).await.unwrap();
    let again = bench.dispatch_one().await;
    assert!(again.ticket.epoch > letter.envelope.headers.epoch);
    bench.report([read(&again)]).await;
    assert_eq!(bench.state(job).await.status, JobStatus::Completed);
    assert_eq!(bench.dead().await, []);
    // the same letter once more, as one whose acknowledgement was lost
    bench.coordinator.bury(&letter).await.unwrap();
    let dead = bench.dead().await;
    assert_eq!((dead.len(), dead[0].class.as_str(), dead[0].epoch), (1, "rejected", 1));
    assert_eq!(dead[0].queue, Queue::Work(Stage::Crawl, Lane::Lo).to_string());
    assert_eq!(bench.state(job).await.status, JobStatus::Completed);
}

#[tokio::test]
async fn what_dies_each_time_is_given_up_and_filed() {
    let mut bench = Bench::new(4).await;
    let job = bench.job(target("one", ["http://one.example/"])).await;
    let mut deaths = 0;
    while !bench.state(job).await.status.is_terminal() {
        let letter = bench.dispatch_and_reject().await;
        bench.coordinator.bury(&letter).await.unwrap();
        letter.ack().await;
        deaths += 1;
    }
    assert_eq!(deaths, 4);
    let dead = bench.dead().await;
    assert_eq!((dead.len(), dead[0].class.as_str()), (1, "poison"));
    assert!(dead[0].detail.contains("http://one.example/"), "{}", dead[0].detail);
    assert_eq!(bench.task(dead[0].task).await.outcome.unwrap().1, UrlReason::Poison);
}

#[tokio::test]
async fn what_brought_workers_down_goes_apart_where_somebody_serves_that() {
    let mut bench = Bench::new(4).await;
    bench.job(target("one", ["http://one.example/"])).await;
    let task = bench.dispatch_one().await;
    bench.report([ends_as(&task, PageOutcome::Lost { crashes: 2 })]).await;
    // nobody does
    let task = bench.dispatch_one().await;
    assert!(!task.ticket.quarantined && task.thorough);
    let mut apart = bench.wire.inner.consume(Queue::Quarantine(Stage::Crawl), 1).await.unwrap();
    bench.report([ends_as(&task, PageOutcome::Lost { crashes: 0 })]).await;
    bench.seconds(5);
    // nor for the whole of its chain
    let task = bench.dispatch_one().await;
    let _extractor = bench.wire.inner.consume(Queue::Quarantine(Stage::Extract), 1).await.unwrap();
    bench.report([ends_as(&task, PageOutcome::Lost { crashes: 1 })]).await;
    assert!(bench.dispatch().await.is_empty());
    let delivery = apart.next().await.unwrap();
    let task = crawl_of(&delivery);
    assert!(task.ticket.quarantined);
    delivery.ack().await;
    bench.report([read(&task)]).await;
    assert_eq!(bench.state(task.ticket.job).await.status, JobStatus::Completed);
}

#[tokio::test]
async fn what_brought_the_quarantine_down_waits_until_that_is_back() {
    let mut bench = Bench::new(4).await;
    bench.job(target("one", ["http://one.example/"])).await;
    let queues = [Queue::Quarantine(Stage::Crawl), Queue::Quarantine(Stage::Extract)];
    let serve = async |bench: &Bench| {
        let [crawler, extractor] = queues.map(|queue| bench.wire.inner.consume(queue, 1));
        (crawler.await.unwrap(), extractor.await.unwrap())
    };
    let served = serve(&bench).await;
    let task = bench.dispatch_one().await;
    bench.report([ends_as(&task, PageOutcome::Lost { crashes: 2 })]).await;
    drop(served);
    assert!(bench.dispatch().await.is_empty(), "not among the others");
    let mut back = serve(&bench).await;
    let delivery = back.0.next().await.unwrap();
    let task = crawl_of(&delivery);
    assert!(task.ticket.quarantined);
    delivery.ack().await;
    drop(back);
    bench.report([ends_as(&task, PageOutcome::Lost { crashes: 1 })]).await;
    bench.seconds(60);
    assert!(!bench.dispatch_one().await.ticket.quarantined, "it does not come back");
}

#[tokio::test]
async fn that_an_earlier_delivery_was_lost_takes_nothing_from_what_is_unknown() {
    let mut bench = Bench::new(4).await;
    let job = bench.job(target("one", ["http://one.example/"])).await;
    let first = bench.dispatch_one().await;
    bench.coordinator.cancel(job).await.unwrap();
    let unknown = bench.state(job).await.account.unknown;
    assert!(!unknown.is_empty());
    bench.report([ends_as(&first, PageOutcome::Lost { crashes: 1 })]).await;
    assert_eq!(bench.state(job).await.account.unknown, unknown, "it knows of no spending");
    bench.report([read(&first)]).await;
    assert!(bench.state(job).await.account.unknown.is_empty(), "whoever did it does");
}

#[tokio::test]
async fn a_report_of_a_newer_version_is_left_to_who_can_read_it() {
    let mut bench = Bench::new(4).await;
    let job = bench.job(target("one", ["http://one.example/"])).await;
    let task = bench.dispatch_one().await;
    let mut envelope = gleaner_contract::Message::Report(read(&task)).to_envelope(None, None).unwrap();
    envelope.headers.message_type = "harvest.report.2".into();
    bench.wire.inner.publish(Queue::Report, envelope).await.unwrap();
    bench.take_in().await;
    assert_eq!(bench.dead().await, []);
    assert!(bench.dispatch().await.is_empty(), "not at once");
    bench.seconds(5);
    let again = bench.dispatch_one().await;
    assert!(again.ticket.epoch > task.ticket.epoch);
    bench.report([read(&again)]).await;
    assert_eq!(bench.state(job).await.status, JobStatus::Completed);
}

#[tokio::test]
async fn who_takes_over_publishes_at_once_what_the_other_had_claimed() {
    let mut bench = Bench::new(4).await;
    bench.submit(targets(2)).await;
    bench.wire.refuse(PublishError::Closed);
    assert!(bench.dispatch().await.is_empty());
    // the one before died with its claims
    bench.restart(4).await;
    assert!(bench.dispatch().await.is_empty(), "they are claimed");
    bench.coordinator.take_over().await.unwrap();
    assert_eq!(bench.dispatch().await.len(), 2);
}

#[tokio::test]
async fn who_takes_over_calls_those_that_waited_for_a_busy_host() {
    let mut bench = Bench::with(20, |config| config.per_host = 1).await;
    let one_host = |id: &str| target(id, [format!("http://one.example/{id}")]);
    bench.submit(["a", "b", "c"].map(one_host).to_vec()).await;
    let first = bench.dispatch_one().await;
    bench.restart(20).await;
    bench.coordinator.take_over().await.unwrap();
    bench.report([read(&first)]).await;
    bench.pass(Duration::from_millis(1));
    assert_eq!(bench.dispatch().await.len(), 1, "nobody waits for a call that will not come");
}

#[tokio::test]
async fn panics_count_as_tries_and_not_as_crashes() {
    let mut bench = Bench::new(4).await;
    let job = bench.job(target("one", ["http://one.example/"])).await;
    for _ in 0..3 {
        bench.seconds(30);
        let task = bench.dispatch_one().await;
        let failed = PageOutcome::Failed {
            reason: UrlReason::Internal,
            class: ErrorClass::Bug,
            status: None,
            detail: String::new(),
        };
        assert!(!task.ticket.quarantined);
        bench.report([ends_as(&task, failed)]).await;
    }
    assert_eq!(bench.state(job).await.status, JobStatus::Failed);
    assert_eq!(bench.dead().await, []);
}

#[tokio::test]
async fn a_page_whose_reports_cannot_be_applied_is_given_up_in_the_end() {
    let mut bench = Bench::new(4).await;
    let job = bench.job(target("one", ["http://one.example/"])).await;
    bench.faults.break_cited();
    let mut rounds = 0;
    while !bench.state(job).await.status.is_terminal() {
        let task = bench.dispatch_one().await;
        keep(&bench, &task).await;
        bench.report([answered(&task)]).await;
        rounds += 1;
        assert!(rounds <= 4);
    }
    assert_eq!(rounds, 4);
    // each report, and the page itself
    assert_eq!(bench.dead().await.len(), 5);
}
