//! Hosts that do not answer: their pages wait for them instead of failing, but not for ever.

use std::time::Duration;

use gleaner_contract::{Budget, Counter, CrawlTask, JobId, JobStatus, StopReason, Target, UrlReason};
use gleaner_ports::jobs::Commit;

use super::{
    bench::{Bench, target, targets, urls},
    reports::{answering, down, read},
};

fn pages(count: usize) -> impl Iterator<Item = String> {
    (0..count).map(|page| format!("http://down.example/{page}"))
}

/// A host that may be asked for one page at once, and was asked in vain for five of these: it is left alone now.
async fn broken(target: Target) -> (Bench, JobId) {
    let mut bench = Bench::with(8, |config| config.per_host = 1).await;
    let job = bench.job(target).await;
    for _ in 0..5 {
        let sent = bench.dispatch_one().await;
        bench.report([down(&sent)]).await;
    }
    assert_eq!(bench.dispatch().await, []);
    (bench, job)
}

/// The probe that is due in so many seconds, and not before.
async fn probe(bench: &mut Bench, seconds: u64) -> CrawlTask {
    bench.pass(Duration::from_secs(seconds) - Duration::from_millis(1));
    assert_eq!(bench.dispatch().await, [], "before {seconds} s");
    bench.pass(Duration::from_millis(1));
    let probe = bench.dispatch_one().await;
    assert!(probe.thorough, "a probe trusts no memory of the host");
    probe
}

#[tokio::test]
async fn pages_of_a_host_that_is_down_wait_uncharged_until_a_probe_is_answered() {
    let (mut bench, job) = broken(target("down", pages(12))).await;
    let sent = probe(&mut bench, 10).await;
    assert_eq!(bench.dispatch().await, [], "one at once");
    bench.report([down(&sent)]).await;
    let sent = probe(&mut bench, 20).await;
    bench.report([answering(&sent)]).await;
    let mut tries = Vec::new();
    for _ in 0..11 {
        let sent = bench.dispatch_one().await;
        assert!(!sent.thorough);
        tries.push(sent.ticket.attempt);
        bench.report([answering(&sent)]).await;
    }
    let first = tries.iter().filter(|attempt| **attempt == 1).count();
    assert_eq!(first, 7, "those that waited were charged for nothing: {tries:?}");
    let state = bench.state(job).await;
    assert_eq!((state.status, state.pages_read), (JobStatus::Completed, 12));
}

#[tokio::test]
async fn no_other_host_waits_for_one_that_is_down() {
    let (mut bench, _) = broken(target("down", pages(12))).await;
    bench.submit(targets(3)).await;
    let sent = bench.dispatch().await;
    assert_eq!(sent.len(), 3, "{:?}", urls(&sent));
}

#[tokio::test]
async fn after_the_last_failed_probe_pages_fail_for_their_own_reason() {
    let (mut bench, job) = broken(target("down", pages(9))).await;
    for wait in [10, 20, 40] {
        let sent = probe(&mut bench, wait).await;
        bench.report([down(&sent)]).await;
    }
    for _ in 0..100 {
        for sent in bench.dispatch().await {
            bench.report([down(&sent)]).await;
        }
        bench.seconds(10);
    }
    let state = bench.state(job).await;
    assert_eq!((state.status, state.counts.failed), (JobStatus::Failed, 9));
    let mut tx = bench.store.begin().await.unwrap();
    for task in tx.tasks_of(job).await.unwrap() {
        assert_eq!((task.outcome.unwrap().1, task.attempt), (UrlReason::Connect, 3), "{}", task.url);
    }
}

#[tokio::test]
async fn a_job_that_waits_for_a_host_ends_when_its_time_is_over() {
    let budget = Budget::unlimited().with(Counter::SECONDS, 25);
    let (mut bench, job) = broken(Target { budget, ..target("down", pages(9)) }).await;
    let sent = probe(&mut bench, 10).await;
    bench.report([down(&sent)]).await;
    bench.seconds(15);
    bench.reap().await;
    let state = bench.state(job).await;
    assert!(state.status.is_terminal());
    assert_eq!(state.stop, Some(StopReason::Budget(Counter::SECONDS)));
    // the next to come finds the host as it was left
    let next = bench.job(target("next", pages(2))).await;
    assert_eq!(bench.dispatch().await, []);
    bench.seconds(5);
    assert_eq!(bench.dispatch().await, [], "the job that ended leaves its turn to the next");
    assert_eq!(bench.dispatch_one().await.ticket.job, next);
}

#[tokio::test]
async fn a_host_that_is_down_is_remembered_by_the_next_coordinator() {
    let (mut bench, _) = broken(target("down", pages(12))).await;
    bench.take_over(8).await;
    bench.job(target("more", ["http://down.example/more"])).await;
    assert_eq!(bench.dispatch().await, []);
    let sent = probe(&mut bench, 10).await;
    bench.take_over(8).await;
    assert_eq!(bench.dispatch().await, [], "the probe of the one before is still out");
    bench.report([answering(&sent)]).await;
    assert_eq!(bench.dispatch().await.len(), 1);
}

#[tokio::test]
async fn a_probe_that_never_comes_home_is_followed_by_another() {
    let (mut bench, _) = broken(target("down", pages(12))).await;
    let sent = probe(&mut bench, 10).await;
    bench.seconds(74);
    bench.reap().await;
    assert_eq!(bench.dispatch().await, []);
    bench.seconds(1);
    bench.reap().await;
    let next = bench.dispatch_one().await;
    assert!(next.thorough);
    assert_ne!((next.ticket.task, next.ticket.epoch), (sent.ticket.task, sent.ticket.epoch));
    // so is one that came home and knows nothing of the host
    bench.report([read(&next)]).await;
    assert!(bench.dispatch_one().await.thorough);
}

#[tokio::test]
async fn nobodys_clock_begins_for_a_probe_while_others_wait_whose_clocks_run() {
    let (mut bench, job) = broken(target("down", pages(12))).await;
    let later = bench.job(target("later", ["http://down.example/later"])).await;
    for wait in [10, 20] {
        let sent = probe(&mut bench, wait).await;
        assert_eq!(sent.ticket.job, job);
        bench.report([down(&sent)]).await;
    }
    assert_eq!(bench.state(later).await.started_at, None);
}

#[tokio::test]
async fn reports_that_had_to_be_committed_twice_count_once() {
    let mut bench = Bench::with(8, |config| config.per_host = 4).await;
    bench.job(target("down", pages(12))).await;
    let sent = bench.dispatch().await;
    bench.faults.commits([Commit::Unavailable]);
    bench.report(sent.iter().map(down)).await;
    let sent = bench.dispatch().await;
    assert_eq!(sent.len(), 4, "four failures are not five");
    bench.report(sent.iter().map(down)).await;
    assert_eq!(bench.dispatch().await, []);
}

#[tokio::test]
async fn a_report_that_comes_twice_tells_of_its_host_once() {
    let mut bench = Bench::with(8, |config| config.per_host = 4).await;
    bench.job(target("down", pages(12))).await;
    let sent = bench.dispatch().await;
    bench.report(sent.iter().map(down)).await;
    bench.report(sent.iter().map(down)).await;
    let sent = bench.dispatch().await;
    assert_eq!(sent.len(), 4, "four failures are not five");
    bench.report(sent.iter().map(down)).await;
    assert_eq!(bench.dispatch().await, []);
}
