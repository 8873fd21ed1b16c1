//! Which jobs and tasks have their turn.

use std::{collections::BTreeSet, slice::from_ref};

use gleaner_contract::{JobId, JobStatus, Lane, Timestamp};

use super::{at, commit, ids, job, look, open, seed, seed_job, seed_tasks, submission, task};
use crate::{
    JobStore,
    jobs::{JobRow, TaskRow, TaskState},
};

/// Jobs of one submission, changed by `change` with their position, committed.
async fn seed_changed(store: &dyn JobStore, jobs: u32, change: impl Fn(u32, &mut JobRow)) -> Vec<JobRow> {
    let owner = submission("submission");
    let mut rows: Vec<JobRow> = (0..jobs).map(|position| job(&owner, position)).collect();
    for (position, row) in (0..).zip(&mut rows) {
        change(position, row);
    }
    commit(store, async |tx| {
        tx.insert_submission(&owner).await?;
        for row in &rows {
            tx.insert_job(row).await?;
        }
        Ok(())
    })
    .await;
    rows
}

fn job_ids<'a>(rows: impl IntoIterator<Item = &'a JobRow>) -> Vec<JobId> {
    rows.into_iter().map(|row| row.id).collect()
}

pub async fn due_jobs_come_by_lane_then_least_served_then_oldest(store: &dyn JobStore) {
    // lane, round served last, created; in the order expected
    let turns = [
        (Lane::Hi, 5, 9),
        (Lane::Hi, 7, 1),
        (Lane::Lo, 0, 5),
        (Lane::Lo, 3, 2),
        (Lane::Lo, 3, 4),
        (Lane::Lo, 8, 0),
    ];
    // the longest due is not the first
    let rows = seed_changed(store, 6, |position, row| {
        let (lane, served, created) = turns[position as usize];
        (row.lane, row.served, row.created_at) = (lane, served, at(created));
        row.next_due = Some(at(50 - i64::from(position)));
    })
    .await;
    assert_eq!(look(store, async |tx| tx.due_jobs(at(50), 10).await).await, job_ids(&rows));
    assert_eq!(look(store, async |tx| tx.due_jobs(at(50), 3).await).await, job_ids(&rows[..3]));
}

pub async fn due_jobs_are_those_whose_time_has_come(store: &dyn JobStore) {
    let due = [None, Some(at(10)), Some(at(20)), Some(at(30))];
    let rows = seed_changed(store, 4, |position, row| row.next_due = due[position as usize]).await;
    look(store, async |tx| {
        assert!(tx.due_jobs(at(9), 10).await?.is_empty());
        assert_eq!(tx.due_jobs(at(10), 10).await?, job_ids(&rows[1..2]));
        let found = BTreeSet::from_iter(tx.due_jobs(at(29), 10).await?);
        assert_eq!(found, BTreeSet::from_iter(job_ids(&rows[1..3])));
        assert_eq!(tx.due_jobs(Timestamp::from_millis(i64::MAX), 10).await?.len(), 3);
        assert!(tx.due_jobs(at(99), 0).await?.is_empty());
        assert_eq!(tx.next_due().await?, Some(at(10)));
        Ok(())
    })
    .await;
}

pub async fn idle_jobs_are_unfinished_and_have_nothing_due(store: &dyn JobStore) {
    let rows = seed_changed(store, 4, |position, row| match position {
        1 => row.next_due = Some(at(1)),
        2 => (row.status, row.ended_at) = (JobStatus::Completed, Some(at(2))),
        _ => {}
    })
    .await;
    seed(store, "another", 2).await;
    let submission = rows[0].submission;
    let idle = look(store, async |tx| tx.idle_jobs(submission, 10).await).await;
    assert_eq!(BTreeSet::from_iter(idle), BTreeSet::from([rows[0].id, rows[3].id]));
    assert_eq!(look(store, async |tx| tx.idle_jobs(submission, 1).await).await.len(), 1);
}

pub async fn overdue_jobs_are_unfinished_and_past_their_deadline(store: &dyn JobStore) {
    let deadlines = [Some(at(30)), None, Some(at(10)), Some(at(20)), Some(at(5))];
    let rows = seed_changed(store, 5, |position, row| {
        row.deadline = deadlines[position as usize];
        if position == 4 {
            (row.status, row.ended_at) = (JobStatus::Partial, Some(at(5)));
        }
    })
    .await;
    look(store, async |tx| {
        assert!(tx.overdue_jobs(at(9), 10).await?.is_empty());
        assert_eq!(tx.overdue_jobs(at(10), 10).await?, [rows[2].id]);
        let found = BTreeSet::from_iter(tx.overdue_jobs(at(30), 10).await?);
        assert_eq!(found, BTreeSet::from([rows[0].id, rows[2].id, rows[3].id]));
        assert_eq!(tx.overdue_jobs(at(30), 2).await?.len(), 2);
        Ok(())
    })
    .await;
}

pub async fn a_finished_job_is_never_due(store: &dyn JobStore) {
    let rows = seed_changed(store, 2, |position, row| {
        row.next_due = Some(at(10 + i64::from(position)));
        if position == 0 {
            (row.status, row.ended_at) = (JobStatus::Completed, Some(at(5)));
        }
    })
    .await;
    look(store, async |tx| {
        assert_eq!(tx.due_jobs(at(99), 10).await?, [rows[1].id]);
        assert_eq!(tx.next_due().await?, Some(at(11)));
        Ok(())
    })
    .await;
}

pub async fn ready_tasks_come_waiting_first_then_by_score_then_as_found(store: &dyn JobStore) {
    let job = seed_job(store).await;
    // in the order found: state and score
    let found = [
        (TaskState::Found, 500),
        (TaskState::Found, 900),
        (TaskState::Waiting, 10),
        (TaskState::Found, 500),
        (TaskState::Waiting, 20),
        (TaskState::Found, u16::MAX),
        (TaskState::Found, 500),
    ];
    let rows: Vec<TaskRow> = (0..)
        .zip(found)
        .map(|(n, (state, score))| TaskRow { state, score, ..task(&job, &format!("page-{n}")) })
        .collect();
    seed_tasks(store, &rows).await;
    let expected: Vec<TaskRow> = [4, 2, 5, 1, 0, 3, 6].map(|n: usize| rows[n].clone()).into();
    assert_eq!(look(store, async |tx| tx.ready_tasks(job.id, at(0), 10).await).await, expected);
    assert_eq!(look(store, async |tx| tx.ready_tasks(job.id, at(0), 3).await).await, expected[..3]);
}

pub async fn ready_tasks_are_idle_and_due(store: &dyn JobStore) {
    let jobs = seed(store, "submission", 2).await;
    let rows = [
        TaskRow { not_before: at(10), ..task(&jobs[0], "due") },
        TaskRow { not_before: at(11), ..task(&jobs[0], "not yet") },
        open(task(&jobs[0], "under way"), at(99)),
        TaskRow { state: TaskState::Done, ..task(&jobs[0], "done") },
        task(&jobs[1], "another job's"),
    ];
    seed_tasks(store, &rows).await;
    look(store, async |tx| {
        assert!(tx.ready_tasks(jobs[0].id, at(9), 10).await?.is_empty());
        assert_eq!(tx.ready_tasks(jobs[0].id, at(10), 10).await?, rows[..1]);
        assert_eq!(ids(&tx.ready_tasks(jobs[0].id, at(11), 10).await?), ids(&rows[..2]));
        assert!(tx.ready_tasks(jobs[0].id, at(11), 0).await?.is_empty());
        Ok(())
    })
    .await;
}

pub async fn next_ready_is_the_earliest_of_the_idle(store: &dyn JobStore) {
    let jobs = seed(store, "submission", 2).await;
    let rows = [
        TaskRow { not_before: at(30), ..task(&jobs[0], "found") },
        TaskRow { not_before: at(20), state: TaskState::Waiting, ..task(&jobs[0], "waiting") },
        TaskRow { not_before: at(10), ..open(task(&jobs[0], "under way"), at(99)) },
        TaskRow { not_before: at(5), state: TaskState::Done, ..task(&jobs[0], "done") },
        TaskRow { not_before: at(1), ..task(&jobs[1], "another job's") },
    ];
    seed_tasks(store, &rows).await;
    assert_eq!(look(store, async |tx| tx.next_ready(jobs[0].id).await).await, Some(at(20)));
    commit(store, async |tx| {
        for row in &rows[..2] {
            tx.save_task(&open(row.clone(), at(99))).await?;
        }
        Ok(())
    })
    .await;
    assert_eq!(look(store, async |tx| tx.next_ready(jobs[0].id).await).await, None);
}

pub async fn lapsed_tasks_are_open_past_their_lease(store: &dyn JobStore) {
    let jobs = seed(store, "submission", 2).await;
    let rows = [
        open(task(&jobs[0], "third"), at(30)),
        open(task(&jobs[1], "first"), at(10)),
        open(task(&jobs[0], "second"), at(20)),
        TaskRow { state: TaskState::Waiting, lease_until: Some(at(1)), ..task(&jobs[0], "not open") },
        TaskRow { state: TaskState::Open, ..task(&jobs[0], "without a lease") },
    ];
    seed_tasks(store, &rows).await;
    let [third, first, second, ..] = rows;
    look(store, async |tx| {
        assert!(tx.lapsed_tasks(at(9), 10).await?.is_empty());
        assert_eq!(tx.lapsed_tasks(at(10), 10).await?, from_ref(&first));
        assert_eq!(tx.lapsed_tasks(at(30), 2).await?, [first.clone(), second.clone()]);
        assert_eq!(tx.lapsed_tasks(at(99), 10).await?, [first, second, third]);
        Ok(())
    })
    .await;
}

pub async fn open_tasks_come_in_pages(store: &dyn JobStore) {
    let jobs = seed(store, "submission", 2).await;
    let mut rows: Vec<TaskRow> =
        (0..5).map(|n| open(task(&jobs[n % 2], &format!("page-{n}")), at(99))).collect();
    seed_tasks(store, &rows).await;
    seed_tasks(store, &[task(&jobs[0], "found")]).await;
    seed_tasks(store, &[TaskRow { state: TaskState::Done, ..task(&jobs[0], "done") }]).await;
    rows.sort_by_key(|row| row.id);
    look(store, async |tx| {
        assert_eq!(tx.open_tasks(None, 2).await?, rows[..2]);
        assert_eq!(tx.open_tasks(Some(rows[1].id), 2).await?, rows[2..4]);
        assert_eq!(tx.open_tasks(Some(rows[3].id), 2).await?, rows[4..]);
        assert!(tx.open_tasks(Some(rows[4].id), 2).await?.is_empty());
        Ok(())
    })
    .await;
}

pub async fn open_tasks_are_counted_by_resource(store: &dyn JobStore) {
    let jobs = seed(store, "submission", 2).await;
    let on = |job: &JobRow, page: &str, resource: &str| TaskRow {
        resource: resource.into(),
        ..open(task(job, page), at(99))
    };
    assert!(look(store, async |tx| tx.open_by_resource().await).await.is_empty());
    seed_tasks(
        store,
        &[
            on(&jobs[0], "a", "site.example"),
            on(&jobs[1], "b", "site.example"),
            on(&jobs[1], "c", "other.example"),
            TaskRow { resource: "idle.example".into(), ..task(&jobs[0], "d") },
        ],
    )
    .await;
    let mut counts = look(store, async |tx| tx.open_by_resource().await).await;
    counts.sort();
    assert_eq!(counts, [("other.example".into(), 1), ("site.example".into(), 2)]);
}

pub async fn who_waits_for_later_can_be_woken_now(store: &dyn JobStore) {
    let due = [None, Some(at(5)), Some(at(900)), Some(at(901)), Some(at(902))];
    let rows = seed_changed(store, 5, |position, row| {
        row.next_due = due[position as usize];
        if position == 4 {
            (row.status, row.ended_at) = (JobStatus::Completed, Some(at(3)));
        }
    })
    .await;
    assert_eq!(commit(store, async |tx| tx.wake_waiting(at(10)).await).await, 2);
    look(store, async |tx| {
        let due: BTreeSet<JobId> = tx.due_jobs(at(10), 10).await?.into_iter().collect();
        assert_eq!(due, job_ids(&rows[1..4]).into_iter().collect());
        Ok(())
    })
    .await;
}
