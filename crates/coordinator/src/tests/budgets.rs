//! Jobs that share a total: who waits is woken when room comes back, and stops when none will.

use gleaner_contract::{Budget, Counter, JobId, JobStatus, PageOutcome, StopReason, Target};

use super::{
    bench::{Bench, target, targets},
    reports::{ends_as, read, skipped},
};

fn urls(limit: u32) -> Budget {
    Budget::unlimited().with(Counter::URLS, limit)
}

impl Bench {
    async fn rest(&self, job: JobId) {
        self.change_job(job, |row| row.next_due = None).await;
    }

    async fn wake(&self, job: JobId) {
        self.change_job(job, |row| row.next_due = Some(row.created_at)).await;
    }

    async fn statuses(&self, submission: gleaner_contract::SubmissionId) -> Vec<JobStatus> {
        self.jobs(submission).await.iter().map(|job| job.status).collect()
    }
}

#[tokio::test]
async fn jobs_that_wait_for_room_in_the_total_go_on_when_it_frees() {
    let mut bench = Bench::new(4).await;
    let submitted = bench.submit_under(targets(3), urls(2)).await;
    let sent = bench.dispatch().await;
    assert_eq!(sent.len(), 2);
    assert_eq!(bench.dispatch().await, []);
    bench.seconds(60);
    assert_eq!(bench.dispatch().await, [], "nothing came back");
    // robots.txt turned the page away: its url is not spent
    bench.report([skipped(&sent[0])]).await;
    let third = bench.dispatch_one().await;
    bench.report([read(&sent[1]), read(&third)]).await;
    let mut statuses = bench.statuses(submitted.id).await;
    statuses.sort();
    assert_eq!(statuses, [JobStatus::Completed, JobStatus::Completed, JobStatus::Failed]);
    assert_eq!(bench.group(submitted.id).await.account.settled.get(&Counter::URLS), 2.into());
}

#[tokio::test]
async fn a_spent_total_ends_every_waiting_job_as_partial() {
    let mut bench = Bench::new(4).await;
    let submitted = bench.submit_under(targets(5), urls(2)).await;
    let sent = bench.dispatch().await;
    bench.report(sent.iter().map(read)).await;
    assert_eq!(bench.dispatch().await, []);
    let statuses = bench.statuses(submitted.id).await;
    assert_eq!(statuses.iter().filter(|status| **status == JobStatus::Completed).count(), 2);
    assert_eq!(statuses.iter().filter(|status| **status == JobStatus::Partial).count(), 3);
    assert_eq!(bench.submission(submitted.id).await.ended, 5);
}

#[tokio::test]
async fn a_job_that_begins_to_wait_in_the_round_in_which_another_ends_is_woken() {
    let mut bench = Bench::new(4).await;
    let short = Target { budget: urls(1), ..target("a", ["http://a.example/1", "http://a.example/2"]) };
    let others = [target("b", ["http://b.example/"]), target("c", ["http://c.example/"])];
    let submitted = bench.submit_under([vec![short], others.to_vec()].concat(), urls(2)).await;
    let jobs = bench.jobs(submitted.id).await;
    let (a, b, c) = (jobs[0].id, jobs[1].id, jobs[2].id);
    bench.rest(b).await;
    bench.rest(c).await;
    let first = bench.dispatch_one().await;
    bench.report([read(&first)]).await;
    bench.rest(a).await;
    bench.wake(c).await;
    let third = bench.dispatch_one().await;
    // in one round, a finds its own budget spent and ends, and b finds the total reserved and waits
    bench.wake(a).await;
    bench.wake(b).await;
    assert_eq!(bench.dispatch().await, []);
    assert_eq!(bench.state(a).await.stop, Some(StopReason::Budget(Counter::URLS)));
    assert_eq!(bench.dispatch().await, []);
    bench.report([skipped(&third)]).await;
    assert_eq!(bench.dispatch_one().await.ticket.job, b);
}

#[tokio::test]
async fn more_waiting_jobs_than_are_woken_at_once_all_come_to_their_end() {
    let mut bench = Bench::new(4).await;
    let submitted = bench.submit_under(targets(1_300), urls(1)).await;
    let sent = bench.dispatch_one().await;
    // everybody has looked, and waits
    while bench.store.begin().await.unwrap().next_due().await.unwrap().is_some() {
        assert_eq!(bench.dispatch().await, []);
    }
    bench.report([read(&sent)]).await;
    for _ in 0..200 {
        bench.dispatch().await;
    }
    let row = bench.submission(submitted.id).await;
    assert_eq!((row.jobs, row.ended), (1_300, 1_300));
}

#[tokio::test]
async fn a_chain_that_vanished_for_good_leaves_no_job_waiting_for_its_reservation() {
    let mut bench = Bench::new(4).await;
    let submitted = bench.submit_under(targets(2), urls(1)).await;
    let task = bench.dispatch_one().await;
    bench.report([ends_as(&task, PageOutcome::Lost { crashes: 4 })]).await;
    assert_eq!(bench.dispatch().await, []);
    let mut statuses = bench.statuses(submitted.id).await;
    statuses.sort();
    assert_eq!(statuses, [JobStatus::Partial, JobStatus::Failed]);
}

#[tokio::test]
async fn a_job_that_waits_for_what_its_own_page_holds_between_two_tries_goes_on_with_that_page() {
    let mut bench = Bench::new(4).await;
    let submitted =
        bench.submit_under(vec![target("a", ["http://a.example/1", "http://a.example/2"])], urls(1)).await;
    let first = bench.dispatch_one().await;
    bench.report([ends_as(&first, PageOutcome::Snoozed { after_ms: 7_000 })]).await;
    assert_eq!(bench.dispatch().await, [], "one page waits for its next try, the other for room");
    bench.seconds(7);
    let again = bench.dispatch_one().await;
    assert_eq!(again.url, first.url);
    bench.report([read(&again)]).await;
    assert_eq!(bench.dispatch().await, []);
    assert_eq!(bench.statuses(submitted.id).await, [JobStatus::Partial]);
}
