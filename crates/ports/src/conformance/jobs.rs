//! What every job store does.

use gleaner_contract::{
    Amounts, ContentHash, Counter, JobId, JobStatus, Lane, SubmissionId, TaskId, Tenant, Timestamp,
};

use crate::{
    JobStore, JobTx, StoreError,
    jobs::{JobRow, OutboxRow, SubmissionRow, TaskRow, TaskState},
};

mod groups;
mod leavings;
mod messages;
mod scheduling;
mod tasks;
mod transactions;

pub use groups::*;
pub use leavings::*;
pub use messages::*;
pub use scheduling::*;
pub use tasks::*;
pub use transactions::*;

/// See [`crate::conformance`].
#[macro_export]
macro_rules! job_store_conformance {
    ($make:ident $(, $($options:tt)*)?) => {
        $crate::conformance_tests!($make, jobs, [$($($options)*)?],
            a_submission_comes_back_as_it_was_put
            what_nobody_put_is_not_there
            a_submission_id_is_taken_once
            saving_a_submission_writes_its_counts_and_account
            the_newest_submission_of_a_content_is_found
            submissions_come_newest_first
            a_job_comes_back_as_it_was_put
            a_job_id_and_a_place_are_taken_once
            a_job_needs_its_submission
            jobs_come_in_id_order_without_the_unknown
            saving_a_job_leaves_what_it_was_accepted_with
            saving_what_is_not_there_is_refused
            jobs_of_a_submission_come_in_pages
        );
        $crate::conformance_tests!($make, jobs, [$($($options)*)?],
            due_jobs_come_by_lane_then_least_served_then_oldest
            due_jobs_are_those_whose_time_has_come
            idle_jobs_are_unfinished_and_have_nothing_due
            overdue_jobs_are_unfinished_and_past_their_deadline
            a_finished_job_is_never_due
            who_waits_for_later_can_be_woken_now
            ready_tasks_come_waiting_first_then_by_score_then_as_found
            ready_tasks_are_idle_and_due
            next_ready_is_the_earliest_of_the_idle
            lapsed_tasks_are_open_past_their_lease
            open_tasks_come_in_pages
            open_tasks_are_counted_by_resource
        );
        $crate::conformance_tests!($make, jobs, [$($($options)*)?],
            a_task_comes_back_as_it_was_put
            a_url_is_found_once_in_a_job
            tasks_need_their_job
            a_page_of_links_is_inserted_at_once
            urls_are_known_by_job
            tasks_come_in_id_order_without_the_unknown
            tasks_of_a_job_come_in_the_order_they_were_found
            saving_a_task_leaves_where_it_points
            closing_ends_what_is_not_done
            closing_turns_permits_into_unknown_ones
            closing_again_finds_nothing
        );
        $crate::conformance_tests!($make, jobs, [$($($options)*)?],
            an_unknown_permit_is_taken_once
            a_permit_becomes_unknown_once
            a_message_comes_out_as_it_was_put
            a_message_is_put_once_for_an_epoch
            due_messages_are_claimed_oldest_first
            no_claim_takes_a_claimed_message
            claimers_side_by_side_share_without_doubling
            a_sent_message_is_gone
            released_messages_may_be_claimed_at_once
            the_next_message_is_due_by_its_time_or_its_claim
        );
        $crate::conformance_tests!($make, jobs, [$($($options)*)?],
            a_record_comes_back_as_it_was_put
            a_job_has_one_record
            the_latest_record_is_the_highest_revision_of_its_key
            the_latest_read_record_is_the_newest_that_did_not_fail
            a_cited_page_stays_as_it_was_kept_first
            the_ledger_keeps_its_order
            dead_rows_come_as_they_were_filed
            a_dead_row_is_taken_once
            a_resource_is_saved_over
        );
        $crate::conformance_tests!($make, jobs, [$($($options)*)?],
            a_transaction_sees_its_own_writes
            a_commit_is_seen_by_the_next_transaction
            a_dropped_transaction_leaves_nothing
            a_dropped_transaction_takes_its_changes_back
            a_refused_row_takes_its_transaction_with_it
            nobody_sees_what_is_not_committed
            changes_side_by_side_all_count
            a_begin_given_up_holds_nobody_up
        );
    };
}

/// Milliseconds after the suite's epoch.
fn at(millis: i64) -> Timestamp {
    Timestamp::from_millis(1_700_000_000_000 + millis)
}

fn submission(name: &str) -> SubmissionRow {
    SubmissionRow {
        id: SubmissionId::derive(at(0), &[name.as_bytes()]),
        tenant: Tenant::local(),
        content: ContentHash::of(name.as_bytes()),
        created_at: at(0),
        jobs: 2,
        ended: 0,
        account: vec![0, 1, 0xff],
    }
}

fn job(submission: &SubmissionRow, position: u32) -> JobRow {
    JobRow {
        id: JobId::derive(at(0), &[submission.id.to_string().as_bytes(), &position.to_le_bytes()]),
        submission: submission.id,
        tenant: submission.tenant.clone(),
        position,
        target: format!("target-{position}"),
        record_key: ContentHash::of(&position.to_le_bytes()),
        lane: Lane::Lo,
        status: JobStatus::Queued,
        spec: b"spec".to_vec(),
        state: b"state".to_vec(),
        next_due: None,
        deadline: None,
        served: 0,
        created_at: at(0),
        ended_at: None,
    }
}

fn task(job: &JobRow, page: &str) -> TaskRow {
    let url = format!("https://site.example/{page}");
    TaskRow {
        id: TaskId::derive(at(0), &[job.id.to_string().as_bytes(), url.as_bytes()]),
        job: job.id,
        url,
        depth: 1,
        score: 100,
        resource: "site.example".into(),
        state: TaskState::Found,
        epoch: 0,
        attempt: 0,
        crashes: 0,
        not_before: at(0),
        lease_until: None,
        permit: Amounts::none(),
        fresh_after: None,
        outcome: None,
        detail: String::new(),
        ended_at: None,
        cost: Amounts::none(),
    }
}

/// The task under way, with a lease and a permit for one url.
fn open(task: TaskRow, lease_until: Timestamp) -> TaskRow {
    TaskRow {
        state: TaskState::Open,
        epoch: 1,
        attempt: 1,
        lease_until: Some(lease_until),
        permit: Amounts::one(Counter::URLS, 1),
        ..task
    }
}

fn message(task: &TaskRow, epoch: u32, not_before: Timestamp) -> OutboxRow {
    OutboxRow { task: task.id, epoch, not_before, envelope: task.url.as_bytes().to_vec() }
}

/// A submission with `jobs` jobs, committed.
async fn seed(store: &dyn JobStore, name: &str, jobs: u32) -> Vec<JobRow> {
    let submission = submission(name);
    let jobs: Vec<JobRow> = (0..jobs).map(|position| job(&submission, position)).collect();
    commit(store, async |tx| {
        tx.insert_submission(&submission).await?;
        for job in &jobs {
            tx.insert_job(job).await?;
        }
        Ok(())
    })
    .await;
    jobs
}

/// One job, committed.
async fn seed_job(store: &dyn JobStore) -> JobRow {
    seed(store, "submission", 1).await.remove(0)
}

async fn seed_tasks(store: &dyn JobStore, tasks: &[TaskRow]) {
    let added = commit(store, async |tx| tx.insert_tasks(tasks).await).await;
    assert_eq!(added.len(), tasks.len());
}

/// One transaction, committed.
async fn commit<T>(
    store: &dyn JobStore,
    work: impl AsyncFnOnce(&mut dyn JobTx) -> Result<T, StoreError>,
) -> T {
    let mut tx = store.begin().await.unwrap();
    let done = work(&mut *tx).await.unwrap();
    tx.commit().await.unwrap();
    done
}

/// One transaction, dropped.
async fn look<T>(store: &dyn JobStore, work: impl AsyncFnOnce(&mut dyn JobTx) -> Result<T, StoreError>) -> T {
    let mut tx = store.begin().await.unwrap();
    work(&mut *tx).await.unwrap()
}

/// This is refused as breaking a rule of the store.
async fn check_refused<T>(
    store: &dyn JobStore,
    work: impl AsyncFnOnce(&mut dyn JobTx) -> Result<T, StoreError>,
) {
    let mut tx = store.begin().await.unwrap();
    match work(&mut *tx).await {
        Err(StoreError::Broken(_)) => {}
        Err(other) => panic!("refused for another reason: {other}"),
        Ok(_) => panic!("not refused"),
    }
}

fn ids(tasks: &[TaskRow]) -> Vec<TaskId> {
    tasks.iter().map(|task| task.id).collect()
}
