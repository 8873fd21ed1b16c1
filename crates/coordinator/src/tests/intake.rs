//! Reports: batches, poison, the fence of epochs, and evidence that is gone.

use std::collections::BTreeSet;

use gleaner_contract::{
    Budget, Counter, Envelope, FieldReason, JobStatus, Message, Queue, Target, UrlReason, wire,
};
use gleaner_ports::{Transport, jobs::Commit};
use rust_decimal::Decimal;
use tokio_util::sync::CancellationToken;

use super::{
    bench::{Bench, target, targets},
    reports::{answered, keep, read, skipped},
};
use crate::rows::encode;

#[tokio::test]
async fn a_poisoned_report_in_a_batch_of_fifty_is_found_by_bisecting_and_filed_with_its_envelope() {
    let mut bench = Bench::new(20).await;
    bench.submit(targets(50)).await;
    let sent = bench.dispatch().await;
    assert_eq!(sent.len(), 50);
    let poisoned = &sent[17];
    bench.faults.break_task(poisoned.ticket.task);
    bench.faults.take_done();
    bench.report(sent.iter().map(read)).await;

    for task in &sent {
        let ended = bench.state(task.ticket.job).await.status.is_terminal();
        assert_eq!(ended, task != poisoned, "{}", task.url);
    }
    // halves, not one by one: the parts without poison, and the filing
    assert!(bench.faults.take_done() <= 7);
    let dead = bench.dead().await;
    assert_eq!(dead.len(), 1);
    assert_eq!((dead[0].task, dead[0].epoch, dead[0].class.as_str()), (poisoned.ticket.task, 1, "poison"));
    let envelope: Envelope = wire::decode(&dead[0].envelope).unwrap();
    assert_eq!(Message::from_envelope(&envelope).unwrap(), Message::Report(read(poisoned)));
    // all fifty are settled: with its consumers gone, the queue gets nothing back
    bench.faults.mend();
    let wire = bench.wire.inner.clone();
    bench.restart(20).await;
    assert_eq!(wire.depth(Queue::Report), 0);

    // the poisoned chain is lost, not its task
    bench.seconds(76);
    bench.reap().await;
    let again = bench.dispatch_one().await;
    assert_eq!(again.url, sent[17].url);
    bench.report([read(&again)]).await;
    assert!(bench.state(again.ticket.job).await.status.is_terminal());
}

#[tokio::test]
async fn a_state_that_contradicts_its_report_costs_that_report_alone() {
    let mut bench = Bench::new(4).await;
    bench.submit(targets(3)).await;
    let sent = bench.dispatch().await;
    let poisoned = sent[1].ticket.job;
    let mut state = bench.state(poisoned).await;
    // no chain is under way, says the job, and its task says that one is
    (state.open, state.counts.open) = (0, 0);
    bench.change_job(poisoned, |row| row.state = encode(&state).unwrap()).await;
    bench.report(sent.iter().map(read)).await;
    assert_eq!(bench.dead().await.len(), 1);
    assert!(bench.state(sent[0].ticket.job).await.status.is_terminal());
    assert!(bench.state(sent[2].ticket.job).await.status.is_terminal());
}

async fn check_retried(commit: Commit) {
    let mut bench = Bench::new(4).await;
    bench.submit(targets(3)).await;
    let sent = bench.dispatch().await;
    bench.faults.commits([commit]);
    bench.report(sent.iter().map(read)).await;
    assert_eq!(bench.dead().await, []);
    for task in &sent {
        let state = bench.state(task.ticket.job).await;
        assert_eq!((state.status, state.pages_read), (JobStatus::Completed, 1));
        assert_eq!(state.account.settled.get(&Counter::URLS), Decimal::ONE);
    }
}

#[tokio::test]
async fn a_batch_that_the_store_was_away_for_is_taken_in_whole_later() {
    check_retried(Commit::Unavailable).await;
}

#[tokio::test]
async fn a_batch_whose_commit_nobody_heard_of_takes_effect_once() {
    check_retried(Commit::UnknownDone).await;
    check_retried(Commit::UnknownUndone).await;
}

#[tokio::test]
async fn a_coordinator_told_to_stop_does_not_wait_for_its_store_and_gives_reports_back() {
    let mut bench = Bench::new(4).await;
    bench.submit(targets(1)).await;
    let sent = bench.dispatch_one().await;
    // the report is poison, and it cannot even be filed
    bench.faults.break_task(sent.ticket.task);
    bench.faults.commits([Commit::Unavailable]);
    let stop = CancellationToken::new();
    stop.cancel();
    bench.send(read(&sent)).await;
    bench.take_in_until(&stop).await;
    assert_eq!(bench.dead().await, []);
    assert_eq!(bench.wire.inner.depth(Queue::Report), 1);
}

#[tokio::test]
async fn what_cannot_be_read_goes_to_the_dead_letters_and_harms_no_neighbour() {
    let mut bench = Bench::new(4).await;
    let job = bench.job(target("one", ["http://one.example/"])).await;
    let sent = bench.dispatch_one().await;
    let good = Message::Report(read(&sent)).to_envelope(None, None).unwrap();
    let junk = Envelope { body: b"no report".to_vec(), ..good.clone() };
    let mut unknown = good.clone();
    unknown.headers.message_type = "harvest.brew.1".to_owned();
    let misplaced = Message::Crawl(sent).to_envelope(None, None).unwrap();
    for envelope in [junk, unknown, misplaced, good] {
        bench.wire.publish(Queue::Report, envelope).await.unwrap();
    }
    bench.take_in().await;
    assert_eq!(bench.wire.inner.depth(Queue::Dead), 3);
    assert_eq!(bench.state(job).await.status, JobStatus::Completed);
}

fn metered(id: &str) -> Target {
    let budget = Budget::unlimited().with(Counter::URLS, 5).with(Counter::BYTES, 30_000_000);
    Target { budget, ..target(id, [format!("http://{id}.example/")]) }
}

#[tokio::test]
async fn a_report_of_an_old_epoch_settles_its_unknown_permit_once_and_changes_nothing_else() {
    let mut bench = Bench::new(4).await;
    let job = bench.job(metered("one")).await;
    let first = bench.dispatch_one().await;
    bench.seconds(76);
    bench.reap().await;
    let second = bench.dispatch_one().await;
    assert!(second.ticket.epoch > first.ticket.epoch);
    let before = bench.state(job).await;
    assert!(!before.account.unknown.get(&Counter::BYTES).is_zero());

    let mut late = read(&first);
    late.usage.set(Counter::BYTES, 3_000.into());
    bench.report([late.clone()]).await;
    let after = bench.state(job).await;
    assert_eq!(after.account.unknown.get(&Counter::BYTES), Decimal::ZERO);
    assert_eq!(after.account.settled.get(&Counter::BYTES), 3_000.into());
    assert_eq!((after.counts, after.open, after.pages_read), (before.counts, before.open, before.pages_read));

    bench.report([late.clone(), late]).await;
    assert_eq!(bench.state(job).await, after);

    bench.report([read(&second)]).await;
    let ended = bench.state(job).await;
    assert_eq!((ended.status, ended.pages_read), (JobStatus::Completed, 1));
    assert_eq!(ended.account.settled.get(&Counter::URLS), Decimal::ONE);
}

#[tokio::test]
async fn a_report_that_comes_twice_in_one_batch_counts_once() {
    let mut bench = Bench::new(4).await;
    let job = bench.job(target("one", ["http://one.example/", "http://one.example/2"])).await;
    let sent = bench.dispatch().await;
    bench.report([read(&sent[0]), read(&sent[0]), read(&sent[0])]).await;
    let state = bench.state(job).await;
    assert_eq!((state.pages_read, state.open, state.counts.open), (1, 1, 1));
}

#[tokio::test]
async fn a_report_for_a_cancelled_job_settles_its_permit_and_revives_nothing() {
    let mut bench = Bench::new(4).await;
    let job = bench.job(metered("one")).await;
    let sent = bench.dispatch_one().await;
    bench.coordinator.cancel(job).await.unwrap();
    let cancelled = bench.state(job).await;
    assert_eq!(cancelled.status, JobStatus::Cancelled);
    assert_eq!(cancelled.account.unknown.get(&Counter::URLS), Decimal::ONE);
    let record = bench.record(job).await;

    let mut report = read(&sent);
    report.usage.set(Counter::BYTES, 100.into());
    bench.report([report.clone(), report]).await;
    let state = bench.state(job).await;
    assert_eq!(state.status, JobStatus::Cancelled);
    assert!(state.account.unknown.is_empty() && state.account.reserved.is_empty());
    assert_eq!(state.account.settled.get(&Counter::BYTES), 100.into());
    assert_eq!(bench.record(job).await, record);
    assert_eq!(bench.dispatch().await, []);
}

#[tokio::test]
async fn a_value_is_published_with_the_page_that_it_cites() {
    let mut bench = Bench::new(4).await;
    let job = bench.job(target("one", ["http://one.example/"])).await;
    let sent = bench.dispatch_one().await;
    keep(&bench, &sent).await;
    bench.report([answered(&sent)]).await;
    let record = bench.record(job).await.unwrap();
    assert_eq!(record.data["name"], "Drill");
    let capture = record.fields["/name"].evidence[0].capture;
    let cited = bench.store.begin().await.unwrap().cited(&capture).await.unwrap().unwrap();
    assert_eq!(cited.url, sent.url);
}

#[tokio::test]
async fn a_chain_whose_evidence_is_gone_is_tried_as_often_as_a_page_and_then_says_so() {
    let mut bench = Bench::new(4).await;
    let job = bench.job(target("one", ["http://one.example/"])).await;
    let first = bench.dispatch_one().await;
    assert!(!first.thorough);
    bench.report([answered(&first)]).await;
    let second = bench.dispatch_one().await;
    assert!(second.thorough, "nothing that should have been stored is trusted");
    bench.report([answered(&second)]).await;
    let third = bench.dispatch_one().await;
    assert_eq!(third.ticket.attempt, 3);
    bench.report([answered(&third)]).await;
    assert_eq!(bench.dispatch().await, []);
    let row = bench.task(first.ticket.task).await;
    assert_eq!(row.outcome.unwrap().1, UrlReason::EvidenceExpired);
    let record = bench.record(job).await.unwrap();
    assert_eq!(record.data["name"], serde_json::Value::Null);
    assert_eq!(record.fields["/name"].reason, Some(FieldReason::NoPageRead));
}

#[tokio::test]
async fn evidence_that_came_back_with_the_reissue_counts() {
    let mut bench = Bench::new(4).await;
    let job = bench.job(target("one", ["http://one.example/"])).await;
    let first = bench.dispatch_one().await;
    keep(&bench, &first).await;
    bench.cache.flush();
    bench.report([answered(&first)]).await;
    let second = bench.dispatch_one().await;
    keep(&bench, &second).await;
    bench.report([answered(&second)]).await;
    assert_eq!(bench.record(job).await.unwrap().data["name"], "Drill");
}

#[tokio::test]
async fn what_one_record_cites_serves_another_after_the_cache_forgot_it() {
    let mut bench = Bench::new(4).await;
    let submitted =
        bench.submit(vec![target("a", ["http://one.example/"]), target("b", ["http://one.example/"])]).await;
    let sent = bench.dispatch().await;
    keep(&bench, &sent[0]).await;
    bench.report([answered(&sent[0])]).await;
    bench.cache.flush();
    bench.report([answered(&sent[1])]).await;
    let jobs: BTreeSet<_> = bench.jobs(submitted.id).await.iter().map(|job| job.status).collect();
    assert_eq!(jobs, BTreeSet::from([JobStatus::Completed]));
}

#[tokio::test]
async fn links_that_two_pages_of_one_batch_offer_are_one_task() {
    let mut bench = Bench::new(4).await;
    let job = bench.job(target("one", ["http://one.example/1", "http://one.example/2"])).await;
    let sent = bench.dispatch().await;
    let link = || ["http://one.example/3".to_owned(), "http://one.example/1".to_owned()];
    bench.report(sent.iter().map(|task| super::reports::read_with_links(task, link()))).await;
    assert_eq!(bench.state(job).await.counts.discovered, 3);
    let last = bench.dispatch_one().await;
    assert_eq!(last.url, "http://one.example/3");
    bench.report([skipped(&last)]).await;
    let counts = bench.state(job).await.counts;
    assert!(counts.balances() && counts.open == 0, "{counts:?}");
}
