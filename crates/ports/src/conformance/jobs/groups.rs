//! Submissions and jobs as rows.

use gleaner_contract::{ContentHash, JobStatus, Lane, Tenant};

use super::{at, check_refused, commit, job, look, seed, seed_job, submission, task};
use crate::{
    JobStore,
    jobs::{JobRow, SubmissionRow},
};

pub async fn a_submission_comes_back_as_it_was_put(store: &dyn JobStore) {
    let row = SubmissionRow {
        tenant: Tenant("ténant'; --".into()),
        jobs: u32::MAX,
        ended: 7,
        account: (0..=255).collect(),
        ..submission("submission")
    };
    commit(store, async |tx| tx.insert_submission(&row).await).await;
    assert_eq!(look(store, async |tx| tx.submission(row.id).await).await, Some(row));
}

pub async fn what_nobody_put_is_not_there(store: &dyn JobStore) {
    let row = submission("nobody's");
    let job = job(&row, 0);
    let task = task(&job, "page");
    look(store, async |tx| {
        assert_eq!(tx.submission(row.id).await?, None);
        assert_eq!(tx.submission_of(&row.tenant, &row.content).await?, None);
        assert!(tx.submissions(&row.tenant, 10).await?.is_empty());
        assert!(tx.jobs(&[job.id]).await?.is_empty());
        assert!(tx.jobs_of(row.id, 0, 10).await?.is_empty());
        assert_eq!(tx.next_due().await?, None);
        assert!(tx.tasks(&[task.id]).await?.is_empty());
        assert!(tx.tasks_of(job.id).await?.is_empty());
        assert_eq!(tx.next_ready(job.id).await?, None);
        assert_eq!(tx.take_unknown(task.id, 0).await?, None);
        assert_eq!(tx.next_outbox().await?, None);
        assert_eq!(tx.record_of(job.id).await?, None);
        assert_eq!(tx.latest_record(&job.record_key).await?, None);
        assert!(!tx.has_cited(&row.content).await?);
        assert_eq!(tx.cited(&row.content).await?, None);
        assert!(tx.ledger(job.id).await?.is_empty());
        assert!(tx.dead(0, 10).await?.is_empty());
        assert_eq!(tx.resource("site.example").await?, None);
        Ok(())
    })
    .await;
}

pub async fn a_submission_id_is_taken_once(store: &dyn JobStore) {
    let row = submission("submission");
    commit(store, async |tx| tx.insert_submission(&row).await).await;
    let other = SubmissionRow { content: ContentHash::of(b"other"), ..row };
    check_refused(store, async |tx| tx.insert_submission(&other).await).await;
}

pub async fn saving_a_submission_writes_its_counts_and_account(store: &dyn JobStore) {
    let row = submission("submission");
    commit(store, async |tx| tx.insert_submission(&row).await).await;
    let saved = SubmissionRow { jobs: 3, ended: 2, account: b"another account".to_vec(), ..row };
    commit(store, async |tx| tx.save_submission(&saved).await).await;
    assert_eq!(look(store, async |tx| tx.submission(saved.id).await).await, Some(saved));
}

pub async fn the_newest_submission_of_a_content_is_found(store: &dyn JobStore) {
    let content = ContentHash::of(b"content");
    let rows = [("second", 20), ("first", 10), ("third", 15)].map(|(name, created)| SubmissionRow {
        content,
        created_at: at(created),
        ..submission(name)
    });
    let elsewhere = SubmissionRow {
        content,
        tenant: Tenant("other".into()),
        created_at: at(99),
        ..submission("another tenant's")
    };
    let unlike = SubmissionRow { created_at: at(99), ..submission("another content") };
    commit(store, async |tx| {
        for row in rows.iter().chain([&elsewhere, &unlike]) {
            tx.insert_submission(row).await?;
        }
        Ok(())
    })
    .await;
    let found = look(store, async |tx| tx.submission_of(&Tenant::local(), &content).await).await;
    assert_eq!(found.as_ref(), Some(&rows[0]));
}

pub async fn submissions_come_newest_first(store: &dyn JobStore) {
    let rows = [("b", 20), ("c", 30), ("a", 10)]
        .map(|(name, created)| SubmissionRow { created_at: at(created), ..submission(name) });
    let elsewhere = SubmissionRow {
        tenant: Tenant("other".into()),
        created_at: at(99),
        ..submission("another tenant's")
    };
    commit(store, async |tx| {
        for row in rows.iter().chain([&elsewhere]) {
            tx.insert_submission(row).await?;
        }
        Ok(())
    })
    .await;
    let [second, first, third] = rows;
    look(store, async |tx| {
        assert_eq!(tx.submissions(&Tenant::local(), 2).await?, [first.clone(), second.clone()]);
        assert_eq!(tx.submissions(&Tenant::local(), 10).await?, [first, second, third]);
        assert_eq!(tx.submissions(&elsewhere.tenant, 10).await?, [elsewhere]);
        assert!(tx.submissions(&Tenant::local(), 0).await?.is_empty());
        Ok(())
    })
    .await;
}

pub async fn a_job_comes_back_as_it_was_put(store: &dyn JobStore) {
    let owner = submission("submission");
    let statuses = [
        JobStatus::Queued,
        JobStatus::Running,
        JobStatus::Completed,
        JobStatus::Partial,
        JobStatus::Failed,
        JobStatus::Cancelled,
    ];
    let mut rows: Vec<JobRow> =
        (0..).zip(statuses).map(|(position, status)| JobRow { status, ..job(&owner, position) }).collect();
    rows[0].lane = Lane::Hi;
    rows[1] = JobRow {
        target: "t\u{e4}rget \"quoted\"\n".into(),
        spec: (0..=255).collect(),
        state: Vec::new(),
        next_due: Some(at(1)),
        deadline: Some(at(2)),
        served: i64::MAX,
        created_at: at(3),
        ended_at: Some(at(4)),
        ..rows[1].clone()
    };
    commit(store, async |tx| {
        tx.insert_submission(&owner).await?;
        for row in &rows {
            tx.insert_job(row).await?;
        }
        Ok(())
    })
    .await;
    assert_eq!(look(store, async |tx| tx.jobs_of(owner.id, 0, 10).await).await, rows);
}

pub async fn a_job_id_and_a_place_are_taken_once(store: &dyn JobStore) {
    let taken = seed_job(store).await;
    let owner = submission("submission");
    let same_id = JobRow { position: 1, ..taken.clone() };
    check_refused(store, async |tx| tx.insert_job(&same_id).await).await;
    let same_place = JobRow { position: taken.position, ..job(&owner, 1) };
    check_refused(store, async |tx| tx.insert_job(&same_place).await).await;
    // the same place in another submission is another place
    seed(store, "another", 1).await;
}

pub async fn a_job_needs_its_submission(store: &dyn JobStore) {
    let orphan = job(&submission("never put"), 0);
    check_refused(store, async |tx| tx.insert_job(&orphan).await).await;
}

pub async fn jobs_come_in_id_order_without_the_unknown(store: &dyn JobStore) {
    let mut rows = seed(store, "submission", 5).await;
    rows.sort_by_key(|row| row.id);
    let unknown = job(&submission("submission"), 99);
    let asked = [rows[3].id, unknown.id, rows[0].id, rows[4].id, rows[0].id];
    let found = look(store, async |tx| tx.jobs(&asked).await).await;
    assert_eq!(found, [rows[0].clone(), rows[3].clone(), rows[4].clone()]);
    assert!(look(store, async |tx| tx.jobs(&[]).await).await.is_empty());
}

pub async fn saving_a_job_leaves_what_it_was_accepted_with(store: &dyn JobStore) {
    let accepted = seed_job(store).await;
    let changed = JobRow {
        lane: Lane::Hi,
        status: JobStatus::Partial,
        state: b"another state".to_vec(),
        next_due: Some(at(5)),
        deadline: Some(at(6)),
        served: 7,
        ended_at: Some(at(8)),
        ..accepted.clone()
    };
    let told = JobRow {
        position: 9,
        target: "another".into(),
        record_key: ContentHash::of(b"another"),
        spec: b"another spec".to_vec(),
        created_at: at(9),
        ..changed.clone()
    };
    commit(store, async |tx| tx.save_job(&told).await).await;
    assert_eq!(look(store, async |tx| tx.jobs(&[accepted.id]).await).await, [changed]);
    // and back to nothing due
    commit(store, async |tx| tx.save_job(&accepted).await).await;
    assert_eq!(look(store, async |tx| tx.jobs(&[accepted.id]).await).await, [accepted]);
}

pub async fn saving_what_is_not_there_is_refused(store: &dyn JobStore) {
    let known = seed_job(store).await;
    let (row, orphan) = (submission("never put"), job(&submission("submission"), 99));
    check_refused(store, async |tx| tx.save_submission(&row).await).await;
    check_refused(store, async |tx| tx.save_job(&orphan).await).await;
    check_refused(store, async |tx| tx.save_task(&task(&known, "never put")).await).await;
}

pub async fn jobs_of_a_submission_come_in_pages(store: &dyn JobStore) {
    let rows = seed(store, "submission", 5).await;
    seed(store, "another", 3).await;
    let submission = rows[0].submission;
    look(store, async |tx| {
        assert_eq!(tx.jobs_of(submission, 0, 2).await?, rows[..2]);
        assert_eq!(tx.jobs_of(submission, 2, 2).await?, rows[2..4]);
        assert_eq!(tx.jobs_of(submission, 4, 2).await?, rows[4..]);
        assert!(tx.jobs_of(submission, 5, 2).await?.is_empty());
        assert!(tx.jobs_of(submission, 0, 0).await?.is_empty());
        Ok(())
    })
    .await;
}
