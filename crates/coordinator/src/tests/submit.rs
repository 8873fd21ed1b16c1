//! Submissions: accepted whole, resumed, done anew, and carried on with after a stop.

use std::time::Duration;

use gleaner_contract::{Budget, JobStatus, Lane, Submission, Tenant};
use gleaner_ports::jobs::Commit;

use super::{
    bench::{Bench, target, targets},
    reports::{answered, keep, read},
};

#[tokio::test]
async fn the_same_submission_is_carried_on_with_and_a_finished_one_is_done_anew() {
    let mut bench = Bench::new(4).await;
    let first = bench.submit(targets(2)).await;
    assert!(!first.resumed);
    let sent = bench.dispatch().await;
    let again = bench.submit(targets(2)).await;
    assert!(again.resumed);
    assert_eq!(again.id, first.id);
    assert_eq!(bench.jobs(first.id).await.len(), 2);
    assert_eq!(bench.dispatch().await, [], "what is under way is not sent twice");
    for task in &sent {
        keep(&bench, task).await;
    }
    bench.report(sent.iter().map(answered)).await;

    bench.seconds(1);
    let anew = bench.submit(targets(2)).await;
    assert!(!anew.resumed);
    assert_ne!(anew.id, first.id);
    let sent = bench.dispatch().await;
    bench.report(sent.iter().map(answered)).await;
    for job in bench.jobs(anew.id).await {
        let record = bench.record(job.id).await.unwrap();
        assert_eq!((record.revision, record.changes.len()), (2, 0));
    }
}

#[tokio::test]
async fn a_submission_cut_short_is_completed_by_the_next_try() {
    let mut bench = Bench::with(4, |config| config.window_factor = 200).await;
    let submission = Submission { targets: targets(450), total: Budget::unlimited(), offline: false };
    // the submission and its first jobs are in, then the store goes away
    bench.faults.commits([Commit::Done, Commit::Done, Commit::Unavailable]);
    let tenant = Tenant::local();
    bench.coordinator.submit(&tenant, Lane::Lo, &submission).await.unwrap_err();
    let sent = bench.dispatch().await;
    assert_eq!(sent.len(), 200);
    bench.report(sent.iter().map(read)).await;

    let submitted = bench.coordinator.submit(&tenant, Lane::Lo, &submission).await.unwrap();
    assert!(submitted.resumed);
    let sent = bench.dispatch().await;
    assert_eq!(sent.len(), 250);
    bench.report(sent.iter().map(read)).await;
    let row = bench.submission(submitted.id).await;
    assert_eq!((row.jobs, row.ended), (450, 450));
}

#[tokio::test]
async fn a_target_without_a_seed_ends_at_once_and_the_others_are_not_kept() {
    let mut bench = Bench::new(4).await;
    let submitted = bench.submit(vec![target("none", [""; 0]), target("one", ["http://one.example/"])]).await;
    let sent = bench.dispatch_one().await;
    bench.report([read(&sent)]).await;
    let statuses: Vec<_> = bench.jobs(submitted.id).await.iter().map(|job| job.status).collect();
    assert_eq!(statuses, [JobStatus::Failed, JobStatus::Completed]);
}

#[tokio::test]
async fn after_a_stop_open_tasks_are_put_back_and_wait_for_their_submission() {
    let mut bench = Bench::new(4).await;
    let submitted = bench.submit(targets(3)).await;
    let before = bench.dispatch().await;
    bench.restart(4).await;
    assert_eq!(bench.coordinator.recover().await.unwrap(), 3);
    assert_eq!(bench.dispatch().await, [], "nobody asked for this submission yet");

    assert!(bench.submit(targets(3)).await.resumed);
    let mut after = bench.dispatch().await;
    after.sort_by_key(|task| task.ticket.task);
    assert_eq!(after.len(), 3);
    for task in &after {
        let lost = before.iter().find(|lost| lost.ticket.task == task.ticket.task).unwrap();
        assert!(task.ticket.epoch > lost.ticket.epoch);
        assert_eq!((task.ticket.attempt, task.fresh_after), (1, lost.fresh_after));
    }
    bench.report(before.iter().map(read)).await;
    assert_eq!(bench.submission(submitted.id).await.ended, 0, "what the dead process did is not counted");
    bench.report(after.iter().map(read)).await;
    assert_eq!(bench.submission(submitted.id).await.ended, 3);
}

#[tokio::test]
async fn a_stopped_job_whose_last_chain_was_put_back_ends_once_its_submission_is_carried_on_with() {
    let mut bench = Bench::with(4, |config| config.host_delay = Duration::from_secs(300)).await;
    let wanted = || vec![target("a", ["http://a.example/", "http://b.example/"])];
    let submitted = bench.submit(wanted()).await;
    let sent = bench.dispatch().await;
    keep(&bench, &sent[0]).await;
    bench.report([answered(&sent[0])]).await;
    assert_eq!(bench.submission(submitted.id).await.ended, 0, "a page is still being read");
    bench.restart(4).await;
    assert_eq!(bench.coordinator.recover().await.unwrap(), 1);
    assert!(bench.submit(wanted()).await.resumed);
    // a report that changes nothing does not put the job to rest again
    bench.report([answered(&sent[0])]).await;
    assert_eq!(bench.dispatch().await, [], "hosts may not be asked yet, and need not");
    assert_eq!(bench.jobs(submitted.id).await[0].status, JobStatus::Completed);
}

#[tokio::test]
async fn a_job_that_cannot_be_read_keeps_no_other_from_being_put_back() {
    let mut bench = Bench::new(4).await;
    let submitted = bench.submit(targets(3)).await;
    bench.dispatch().await;
    let spoilt = bench.jobs(submitted.id).await[1].id;
    bench.change_job(spoilt, |row| row.state = b"spoilt".to_vec()).await;
    bench.restart(4).await;
    assert_eq!(bench.coordinator.recover().await.unwrap(), 2);
    bench.submit(targets(3)).await;
    assert_eq!(bench.dispatch().await.len(), 2);
}

#[tokio::test]
async fn messages_that_a_stopped_process_never_sent_are_not_sent_beside_the_reissued_ones() {
    let mut bench = Bench::new(4).await;
    bench.submit(targets(2)).await;
    bench.wire.refuse(gleaner_ports::PublishError::Closed);
    bench.dispatch().await;
    bench.restart(4).await;
    bench.coordinator.recover().await.unwrap();
    bench.submit(targets(2)).await;
    bench.seconds(30);
    assert_eq!(bench.dispatch().await.len(), 2);
}
