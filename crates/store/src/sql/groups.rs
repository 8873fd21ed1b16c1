//! Submissions and jobs.

use gleaner_contract::{ContentHash, JobId, SubmissionId, Tenant, Timestamp};
use gleaner_ports::{
    StoreError,
    jobs::{JobRow, SubmissionRow},
};

use super::{
    Result,
    dialect::{Connection, DUE_JOBS, JOBS_BY_ID, SUBMISSION, WAKE_WAITING, failed, lock_content},
    id_list, one_changed,
    rows::{self, lane_number},
};

pub(crate) const IDLE_JOBS: &str = "SELECT id FROM jobs
    WHERE submission = $1 AND ended_at IS NULL AND next_due IS NULL ORDER BY position LIMIT $2";

pub(crate) const OVERDUE_JOBS: &str = "SELECT id FROM jobs
    WHERE ended_at IS NULL AND deadline IS NOT NULL AND deadline <= $1 ORDER BY deadline LIMIT $2";

pub(crate) const NEXT_DUE: &str =
    "SELECT MIN(next_due) FROM jobs WHERE next_due IS NOT NULL AND ended_at IS NULL";

/// In the order that rows are locked in everywhere.
pub(super) async fn wake_waiting(tx: &mut Connection, now: Timestamp) -> Result<u64> {
    let woken = sqlx::query(WAKE_WAITING).bind(now.as_millis());
    woken.execute(tx).await.map(|done| done.rows_affected()).map_err(failed)
}

pub(super) async fn insert_submission(tx: &mut Connection, row: &SubmissionRow) -> Result<()> {
    sqlx::query(
        "INSERT INTO submissions (id, tenant, content, created_at, jobs, ended, account)
         VALUES ($1, $2, $3, $4, $5, $6, $7)",
    )
    .bind(row.id.to_string())
    .bind(&row.tenant.0)
    .bind(row.content.to_string())
    .bind(row.created_at.as_millis())
    .bind(i64::from(row.jobs))
    .bind(i64::from(row.ended))
    .bind(&row.account)
    .execute(tx)
    .await
    .map(drop)
    .map_err(failed)
}

pub(super) async fn submission_of(
    tx: &mut Connection,
    tenant: &Tenant,
    content: &ContentHash,
) -> Result<Option<SubmissionRow>> {
    lock_content(tx, tenant, content).await?;
    sqlx::query(
        "SELECT * FROM submissions WHERE tenant = $1 AND content = $2 ORDER BY created_at DESC, id DESC LIMIT 1",
    )
    .bind(&tenant.0)
    .bind(content.to_string())
    .fetch_optional(tx)
    .await
    .map_err(failed)?
    .map(|row| rows::submission(&row))
    .transpose()
}

pub(super) async fn submission(tx: &mut Connection, id: SubmissionId) -> Result<Option<SubmissionRow>> {
    sqlx::query(SUBMISSION)
        .bind(id.to_string())
        .fetch_optional(tx)
        .await
        .map_err(failed)?
        .map(|row| rows::submission(&row))
        .transpose()
}

pub(super) async fn save_submission(tx: &mut Connection, row: &SubmissionRow) -> Result<()> {
    let done = sqlx::query("UPDATE submissions SET jobs = $2, ended = $3, account = $4 WHERE id = $1")
        .bind(row.id.to_string())
        .bind(i64::from(row.jobs))
        .bind(i64::from(row.ended))
        .bind(&row.account)
        .execute(tx)
        .await
        .map_err(failed)?;
    one_changed(&done, "saving a submission")
}

pub(super) async fn submissions(
    tx: &mut Connection,
    tenant: &Tenant,
    limit: u32,
) -> Result<Vec<SubmissionRow>> {
    sqlx::query("SELECT * FROM submissions WHERE tenant = $1 ORDER BY created_at DESC, id DESC LIMIT $2")
        .bind(&tenant.0)
        .bind(i64::from(limit))
        .fetch_all(tx)
        .await
        .map_err(failed)?
        .iter()
        .map(rows::submission)
        .collect()
}

pub(super) async fn insert_job(tx: &mut Connection, row: &JobRow) -> Result<()> {
    sqlx::query(
        "INSERT INTO jobs (id, submission, tenant, position, target, record_key, lane, status, spec, state, next_due,
                           deadline, served, created_at, ended_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)",
    )
    .bind(row.id.to_string())
    .bind(row.submission.to_string())
    .bind(&row.tenant.0)
    .bind(i64::from(row.position))
    .bind(&row.target)
    .bind(row.record_key.to_string())
    .bind(lane_number(row.lane))
    .bind(row.status.as_str())
    .bind(&row.spec)
    .bind(&row.state)
    .bind(row.next_due.map(Timestamp::as_millis))
    .bind(row.deadline.map(Timestamp::as_millis))
    .bind(row.served)
    .bind(row.created_at.as_millis())
    .bind(row.ended_at.map(Timestamp::as_millis))
    .execute(tx)
    .await
    .map(drop)
    .map_err(failed)
}

pub(super) async fn jobs(tx: &mut Connection, ids: &[JobId]) -> Result<Vec<JobRow>> {
    sqlx::query(JOBS_BY_ID)
        .bind(id_list(ids))
        .fetch_all(tx)
        .await
        .map_err(failed)?
        .iter()
        .map(rows::job)
        .collect()
}

/// The spec never changes, so it is not written again.
pub(super) async fn save_job(tx: &mut Connection, row: &JobRow) -> Result<()> {
    let done = sqlx::query(
        "UPDATE jobs SET lane = $2, status = $3, state = $4, next_due = $5, deadline = $6, served = $7, ended_at = $8
         WHERE id = $1",
    )
    .bind(row.id.to_string())
    .bind(lane_number(row.lane))
    .bind(row.status.as_str())
    .bind(&row.state)
    .bind(row.next_due.map(Timestamp::as_millis))
    .bind(row.deadline.map(Timestamp::as_millis))
    .bind(row.served)
    .bind(row.ended_at.map(Timestamp::as_millis))
    .execute(tx)
    .await
    .map_err(failed)?;
    one_changed(&done, "saving a job")
}

pub(super) async fn jobs_of(
    tx: &mut Connection,
    submission: SubmissionId,
    from_position: u32,
    limit: u32,
) -> Result<Vec<JobRow>> {
    sqlx::query("SELECT * FROM jobs WHERE submission = $1 AND position >= $2 ORDER BY position LIMIT $3")
        .bind(submission.to_string())
        .bind(i64::from(from_position))
        .bind(i64::from(limit))
        .fetch_all(tx)
        .await
        .map_err(failed)?
        .iter()
        .map(rows::job)
        .collect()
}

pub(super) async fn due_jobs(tx: &mut Connection, now: Timestamp, limit: u32) -> Result<Vec<JobId>> {
    let found = sqlx::query_as(DUE_JOBS)
        .bind(now.as_millis())
        .bind(i64::from(limit))
        .fetch_all(tx)
        .await
        .map_err(failed)?;
    ids(found)
}

pub(super) async fn idle_jobs(
    tx: &mut Connection,
    submission: SubmissionId,
    limit: u32,
) -> Result<Vec<JobId>> {
    let found = sqlx::query_as(IDLE_JOBS)
        .bind(submission.to_string())
        .bind(i64::from(limit))
        .fetch_all(tx)
        .await
        .map_err(failed)?;
    ids(found)
}

pub(super) async fn overdue_jobs(tx: &mut Connection, now: Timestamp, limit: u32) -> Result<Vec<JobId>> {
    let found = sqlx::query_as(OVERDUE_JOBS)
        .bind(now.as_millis())
        .bind(i64::from(limit))
        .fetch_all(tx)
        .await
        .map_err(failed)?;
    ids(found)
}

pub(super) async fn next_due(tx: &mut Connection) -> Result<Option<Timestamp>> {
    let (due,): (Option<i64>,) = sqlx::query_as(NEXT_DUE).fetch_one(tx).await.map_err(failed)?;
    Ok(due.map(Timestamp::from_millis))
}

fn ids(found: Vec<(String,)>) -> Result<Vec<JobId>> {
    found
        .into_iter()
        .map(|(id,)| id.parse().map_err(|error| StoreError::Broken(format!("job id: {error}"))))
        .collect()
}
