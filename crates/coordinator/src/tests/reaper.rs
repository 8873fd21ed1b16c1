//! What vanished is reissued, and what is out of time ends.

use gleaner_contract::{Budget, Counter, JobStatus, StopReason, Target, UrlReason};

use super::{
    bench::{Bench, target, targets},
    reports::read,
};

#[tokio::test]
async fn a_swallowed_message_is_reissued_after_its_lease_under_a_higher_epoch_with_the_same_freshness() {
    let mut bench = Bench::new(4).await;
    let job = bench.job(target("one", ["http://one.example/"])).await;
    let swallowed = bench.dispatch_one().await;
    bench.seconds(74);
    bench.reap().await;
    assert_eq!(bench.dispatch().await, [], "its lease is not over");
    bench.seconds(1);
    bench.reap().await;
    let again = bench.dispatch_one().await;
    assert_eq!((again.ticket.task, &again.url), (swallowed.ticket.task, &swallowed.url));
    assert!(again.ticket.epoch > swallowed.ticket.epoch);
    assert_eq!(again.fresh_after, swallowed.fresh_after, "what the lost chain fetched still serves");
    bench.report([read(&again)]).await;
    let state = bench.state(job).await;
    assert_eq!((state.status, state.counts.fetched), (JobStatus::Completed, 1));
    assert_eq!(state.account.settled.get(&Counter::URLS), 1.into());
}

#[tokio::test]
async fn a_chain_that_vanishes_again_and_again_is_reissued_for_as_long_as_its_job_has_time() {
    let mut bench = Bench::new(4).await;
    let budget = Budget::unlimited().with(Counter::SECONDS, 1_000);
    let job = bench.job(Target { budget, ..target("one", ["http://one.example/"]) }).await;
    let mut epochs = Vec::new();
    while !bench.state(job).await.status.is_terminal() {
        epochs.push(bench.dispatch_one().await.ticket);
        bench.seconds(75);
        bench.reap().await;
    }
    assert_eq!(epochs.len(), 14);
    let row = bench.task(epochs[0].task).await;
    assert_eq!(
        (row.outcome.unwrap().1, row.crashes),
        (UrlReason::Lost, 1),
        "its messages were lost, it is not poison"
    );
    assert_eq!(bench.state(job).await.account.unknown.get(&Counter::URLS), 1.into());
}

#[tokio::test]
async fn a_job_over_its_seconds_ends_as_partial_without_any_report() {
    let mut bench = Bench::new(4).await;
    let budget = Budget::unlimited().with(Counter::SECONDS, 30);
    let job =
        bench.job(Target { budget, ..target("one", ["http://one.example/1", "http://one.example/2"]) }).await;
    let sent = bench.dispatch().await;
    assert_eq!(sent.len(), 2);
    bench.report([read(&sent[0])]).await;
    bench.seconds(30);
    bench.reap().await;
    assert_eq!(bench.state(job).await.stop, Some(StopReason::Budget(Counter::SECONDS)));
    assert_eq!(bench.state(job).await.status, JobStatus::Running, "an honest report may still come");
    bench.seconds(15);
    bench.reap().await;
    let record = bench.record(job).await.unwrap();
    assert_eq!(record.status, JobStatus::Partial);
    assert_eq!(bench.task(sent[1].ticket.task).await.outcome.unwrap().1, UrlReason::Lost);
}

#[tokio::test]
async fn a_submission_over_its_seconds_ends_even_the_job_that_never_began() {
    let mut bench = Bench::with(4, |config| config.per_host = 1).await;
    let total = Budget::unlimited().with(Counter::SECONDS, 20);
    let one_host = |id: &str| target(id, [format!("http://one.example/{id}")]);
    let submitted = bench.submit_under(vec![one_host("a"), one_host("b")], total).await;
    bench.dispatch_one().await;
    bench.seconds(40);
    bench.reap().await;
    bench.dispatch().await;
    for job in bench.jobs(submitted.id).await {
        let state = bench.state(job.id).await;
        assert_eq!(state.status, JobStatus::Partial);
        assert_eq!(state.stop, Some(StopReason::Total(Counter::SECONDS)));
    }
}

#[tokio::test]
async fn a_budget_of_more_seconds_than_there_are_instants_is_no_deadline() {
    let mut bench = Bench::new(4).await;
    let budget = Budget::unlimited().with(Counter::SECONDS, u64::MAX);
    let job = bench.job(Target { budget, ..target("one", ["http://one.example/"]) }).await;
    let sent = bench.dispatch_one().await;
    bench.report([read(&sent)]).await;
    assert_eq!(bench.state(job).await.status, JobStatus::Completed);
}

#[tokio::test]
async fn a_job_that_cannot_be_read_keeps_the_reaper_from_no_other() {
    let mut bench = Bench::new(4).await;
    let submitted = bench.submit(targets(3)).await;
    assert_eq!(bench.dispatch().await.len(), 3);
    let broken = bench.jobs(submitted.id).await[1].id;
    bench.change_job(broken, |row| row.state = b"no state".to_vec()).await;
    bench.seconds(75);
    bench.reap().await;
    assert_eq!(bench.dispatch().await.len(), 2);
}

#[tokio::test]
async fn a_report_that_came_in_time_is_not_reaped() {
    let mut bench = Bench::new(4).await;
    let job = bench.job(target("one", ["http://one.example/1", "http://one.example/2"])).await;
    let sent = bench.dispatch().await;
    bench.seconds(75);
    bench.report([read(&sent[0])]).await;
    bench.reap().await;
    assert_eq!(bench.dispatch_one().await.url, sent[1].url);
    assert_eq!(bench.state(job).await.pages_read, 1);
}
