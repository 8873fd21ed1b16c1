//! Tasks: the URLs of jobs.

use std::collections::BTreeSet;

use gleaner_contract::{JobId, TaskId, Timestamp, UrlOutcome, UrlReason};
use gleaner_ports::{
    StoreError,
    jobs::{Closed, TaskRow},
};
use serde_json::{Value, json};

use super::{
    Result,
    dialect::{Connection, INSERT_TASKS, KNOWN_URLS, NEXT_READY, TASKS_BY_ID, failed},
    id_list, one_changed,
    rows::{self, json as to_json, state_number, storable},
};

pub(crate) const READY: &str = "SELECT * FROM tasks WHERE job = $1 AND state < 2 AND not_before <= $2
    ORDER BY state DESC, score DESC, seq LIMIT $3";

pub(crate) const LAPSED: &str =
    "SELECT * FROM tasks WHERE state = 2 AND lease_until <= $1 ORDER BY lease_until LIMIT $2";

pub(crate) const OPEN: &str = "SELECT * FROM tasks WHERE state = 2 AND id > $1 ORDER BY id LIMIT $2";

pub(crate) const OPEN_BY_RESOURCE: &str =
    "SELECT resource, COUNT(*) FROM tasks WHERE state = 2 GROUP BY resource ORDER BY resource";

/// All rows by one statement, so that a page of links costs one round trip.
pub(super) async fn insert(tx: &mut Connection, tasks: &[TaskRow]) -> Result<Vec<TaskId>> {
    let rows = tasks.iter().map(as_json).collect::<Result<Vec<Value>>>()?;
    let added: Vec<(String,)> = sqlx::query_as(INSERT_TASKS)
        .bind(Value::from(rows).to_string())
        .fetch_all(tx)
        .await
        .map_err(failed)?;
    added
        .into_iter()
        .map(|(id,)| id.parse().map_err(|error| StoreError::Broken(format!("task id: {error}"))))
        .collect()
}

fn as_json(row: &TaskRow) -> Result<Value> {
    Ok(json!([
        row.id,
        row.job,
        row.url,
        row.depth,
        row.score,
        row.resource,
        state_number(row.state),
        row.epoch,
        row.attempt,
        row.crashes,
        row.not_before.as_millis(),
        row.lease_until.map(Timestamp::as_millis),
        to_json(&row.permit)?,
        row.fresh_after.map(Timestamp::as_millis),
        row.outcome.map(|(outcome, _)| outcome.as_str()),
        row.outcome.map(|(_, reason)| reason.as_str()),
        storable(&row.detail),
        row.ended_at.map(Timestamp::as_millis),
        to_json(&row.cost)?,
    ]))
}

pub(super) async fn known_urls(tx: &mut Connection, job: JobId, urls: &[String]) -> Result<BTreeSet<String>> {
    let found: Vec<(String,)> = sqlx::query_as(KNOWN_URLS)
        .bind(job.to_string())
        .bind(id_list(urls))
        .fetch_all(tx)
        .await
        .map_err(failed)?;
    Ok(found.into_iter().map(|(url,)| url).collect())
}

pub(super) async fn by_ids(tx: &mut Connection, ids: &[TaskId]) -> Result<Vec<TaskRow>> {
    sqlx::query(TASKS_BY_ID)
        .bind(id_list(ids))
        .fetch_all(tx)
        .await
        .map_err(failed)?
        .iter()
        .map(rows::task)
        .collect()
}

pub(super) async fn save(tx: &mut Connection, row: &TaskRow) -> Result<()> {
    let done = sqlx::query(
        "UPDATE tasks SET score = $2, state = $3, epoch = $4, attempt = $5, crashes = $6, not_before = $7,
                          lease_until = $8, permit = $9, fresh_after = $10, outcome = $11, reason = $12, detail = $13,
                          ended_at = $14, cost = $15
         WHERE id = $1",
    )
    .bind(row.id.to_string())
    .bind(i64::from(row.score))
    .bind(state_number(row.state))
    .bind(i64::from(row.epoch))
    .bind(i64::from(row.attempt))
    .bind(i64::from(row.crashes))
    .bind(row.not_before.as_millis())
    .bind(row.lease_until.map(Timestamp::as_millis))
    .bind(to_json(&row.permit)?)
    .bind(row.fresh_after.map(Timestamp::as_millis))
    .bind(row.outcome.map(|(outcome, _)| outcome.as_str()))
    .bind(row.outcome.map(|(_, reason)| reason.as_str()))
    .bind(storable(&row.detail))
    .bind(row.ended_at.map(Timestamp::as_millis))
    .bind(to_json(&row.cost)?)
    .execute(tx)
    .await
    .map_err(failed)?;
    one_changed(&done, "saving a task")
}

pub(super) async fn ready(
    tx: &mut Connection,
    job: JobId,
    now: Timestamp,
    limit: u32,
) -> Result<Vec<TaskRow>> {
    sqlx::query(READY)
        .bind(job.to_string())
        .bind(now.as_millis())
        .bind(i64::from(limit))
        .fetch_all(tx)
        .await
        .map_err(failed)?
        .iter()
        .map(rows::task)
        .collect()
}

pub(super) async fn next_ready(tx: &mut Connection, job: JobId) -> Result<Option<Timestamp>> {
    let (at,): (Option<i64>,) =
        sqlx::query_as(NEXT_READY).bind(job.to_string()).fetch_one(tx).await.map_err(failed)?;
    Ok(at.map(Timestamp::from_millis))
}

pub(super) async fn close(
    tx: &mut Connection,
    job: JobId,
    reason: UrlReason,
    now: Timestamp,
) -> Result<Closed> {
    sqlx::query(
        "INSERT INTO unknown_permits (task, epoch, job, permit)
         SELECT id, epoch, job, permit FROM tasks WHERE job = $1 AND state < 3 AND permit <> '{}'",
    )
    .bind(job.to_string())
    .execute(&mut *tx)
    .await
    .map_err(failed)?;
    let (open,): (i64,) = sqlx::query_as("SELECT COUNT(*) FROM tasks WHERE job = $1 AND state = 2")
        .bind(job.to_string())
        .fetch_one(&mut *tx)
        .await
        .map_err(failed)?;
    let done = sqlx::query(
        "UPDATE tasks SET state = 3, outcome = $2, reason = $3, ended_at = $4, lease_until = NULL, permit = '{}'
         WHERE job = $1 AND state < 3",
    )
    .bind(job.to_string())
    .bind(UrlOutcome::Skipped.as_str())
    .bind(reason.as_str())
    .bind(now.as_millis())
    .execute(tx)
    .await
    .map_err(failed)?;
    let open = u32::try_from(open).unwrap_or(u32::MAX);
    let closed = u32::try_from(done.rows_affected()).unwrap_or(u32::MAX);
    Ok(Closed { idle: closed.saturating_sub(open), open })
}

pub(super) async fn lapsed(tx: &mut Connection, now: Timestamp, limit: u32) -> Result<Vec<TaskRow>> {
    sqlx::query(LAPSED)
        .bind(now.as_millis())
        .bind(i64::from(limit))
        .fetch_all(tx)
        .await
        .map_err(failed)?
        .iter()
        .map(rows::task)
        .collect()
}

pub(super) async fn open(tx: &mut Connection, after: Option<TaskId>, limit: u32) -> Result<Vec<TaskRow>> {
    sqlx::query(OPEN)
        .bind(after.map(|id| id.to_string()).unwrap_or_default())
        .bind(i64::from(limit))
        .fetch_all(tx)
        .await
        .map_err(failed)?
        .iter()
        .map(rows::task)
        .collect()
}

pub(super) async fn open_by_resource(tx: &mut Connection) -> Result<Vec<(String, u32)>> {
    let found: Vec<(String, i64)> = sqlx::query_as(OPEN_BY_RESOURCE).fetch_all(tx).await.map_err(failed)?;
    let counted = |(resource, count)| (resource, u32::try_from(count).unwrap_or(u32::MAX));
    Ok(found.into_iter().map(counted).collect())
}

pub(super) async fn of_job(tx: &mut Connection, job: JobId) -> Result<Vec<TaskRow>> {
    sqlx::query("SELECT * FROM tasks WHERE job = $1 ORDER BY seq")
        .bind(job.to_string())
        .fetch_all(tx)
        .await
        .map_err(failed)?
        .iter()
        .map(rows::task)
        .collect()
}
