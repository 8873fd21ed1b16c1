//! Unknown permits and the outbox.

use gleaner_contract::{TaskId, Timestamp};
use gleaner_ports::{
    StoreError,
    jobs::{OutboxRow, UnknownPermit},
};
use sqlx::Row;

use super::{
    Result,
    dialect::{Connection, DUE_MESSAGES, failed},
    rows::{self, json},
};

pub(crate) const NEXT_MESSAGE: &str = "SELECT MIN(due_at) FROM outbox";

pub(super) async fn add_unknown(tx: &mut Connection, permit: &UnknownPermit) -> Result<()> {
    sqlx::query("INSERT INTO unknown_permits (task, epoch, job, permit) VALUES ($1, $2, $3, $4)")
        .bind(permit.task.to_string())
        .bind(i64::from(permit.epoch))
        .bind(permit.job.to_string())
        .bind(json(&permit.permit)?)
        .execute(tx)
        .await
        .map(drop)
        .map_err(failed)
}

pub(super) async fn take_unknown(
    tx: &mut Connection,
    task: TaskId,
    epoch: u32,
) -> Result<Option<UnknownPermit>> {
    let Some(row) =
        sqlx::query("DELETE FROM unknown_permits WHERE task = $1 AND epoch = $2 RETURNING job, permit")
            .bind(task.to_string())
            .bind(i64::from(epoch))
            .fetch_optional(tx)
            .await
            .map_err(failed)?
    else {
        return Ok(None);
    };
    let job: &str = row.try_get("job").map_err(failed)?;
    let job = job.parse().map_err(|error| StoreError::Broken(format!("job id: {error}")))?;
    Ok(Some(UnknownPermit { job, task, epoch, permit: rows::amounts(&row, "permit")? }))
}

pub(super) async fn put_outbox(tx: &mut Connection, row: &OutboxRow) -> Result<()> {
    sqlx::query("INSERT INTO outbox (task, epoch, due_at, not_before, envelope) VALUES ($1, $2, $3, $3, $4)")
        .bind(row.task.to_string())
        .bind(i64::from(row.epoch))
        .bind(row.not_before.as_millis())
        .bind(&row.envelope)
        .execute(tx)
        .await
        .map(drop)
        .map_err(failed)
}

pub(super) async fn claim_outbox(
    tx: &mut Connection,
    now: Timestamp,
    claimed_until: Timestamp,
    limit: u32,
) -> Result<Vec<OutboxRow>> {
    let found: Vec<OutboxRow> = sqlx::query(DUE_MESSAGES)
        .bind(now.as_millis())
        .bind(i64::from(limit))
        .fetch_all(&mut *tx)
        .await
        .map_err(failed)?
        .iter()
        .map(rows::outbox)
        .collect::<Result<_>>()?;
    for row in &found {
        sqlx::query("UPDATE outbox SET due_at = $3 WHERE task = $1 AND epoch = $2")
            .bind(row.task.to_string())
            .bind(i64::from(row.epoch))
            .bind(claimed_until.as_millis())
            .execute(&mut *tx)
            .await
            .map_err(failed)?;
    }
    Ok(found)
}

pub(super) async fn release_outbox(tx: &mut Connection) -> Result<u64> {
    let released = sqlx::query("UPDATE outbox SET due_at = not_before WHERE due_at > not_before");
    released.execute(tx).await.map(|done| done.rows_affected()).map_err(failed)
}

pub(super) async fn delete_outbox(tx: &mut Connection, sent: &[(TaskId, u32)]) -> Result<()> {
    for (task, epoch) in sent {
        sqlx::query("DELETE FROM outbox WHERE task = $1 AND epoch = $2")
            .bind(task.to_string())
            .bind(i64::from(*epoch))
            .execute(&mut *tx)
            .await
            .map_err(failed)?;
    }
    Ok(())
}

pub(super) async fn next_outbox(tx: &mut Connection) -> Result<Option<Timestamp>> {
    let (at,): (Option<i64>,) = sqlx::query_as(NEXT_MESSAGE).fetch_one(tx).await.map_err(failed)?;
    Ok(at.map(Timestamp::from_millis))
}
