//! What jobs leave: records, cited pages, ledger rows, dead reports; and how resources are paced.

use gleaner_contract::{ContentHash, JobId, LedgerRow, Record, SubmissionId, Timestamp};
use gleaner_ports::jobs::{CitedPage, DeadRow, Filed, ResourceRow};

use super::{
    Result,
    dialect::{Connection, LATEST_READ, failed},
    rows::{self, from_json, json, storable},
};

pub(super) async fn insert_record(
    tx: &mut Connection,
    key: &ContentHash,
    submission: SubmissionId,
    record: &Record,
) -> Result<()> {
    sqlx::query("INSERT INTO records (job, key, submission, revision, record) VALUES ($1, $2, $3, $4, $5)")
        .bind(record.job.to_string())
        .bind(key.to_string())
        .bind(submission.to_string())
        .bind(i64::from(record.revision))
        .bind(json(record)?)
        .execute(tx)
        .await
        .map(drop)
        .map_err(failed)
}

pub(super) async fn latest_record(tx: &mut Connection, key: &ContentHash) -> Result<Option<Record>> {
    let found: Option<(String,)> =
        sqlx::query_as("SELECT record FROM records WHERE key = $1 ORDER BY revision DESC, job DESC LIMIT 1")
            .bind(key.to_string())
            .fetch_optional(tx)
            .await
            .map_err(failed)?;
    found.map(|(text,)| from_json("record", &text)).transpose()
}

pub(super) async fn latest_read(tx: &mut Connection, key: &ContentHash) -> Result<Option<Record>> {
    let found: Option<(String,)> =
        sqlx::query_as(LATEST_READ).bind(key.to_string()).fetch_optional(tx).await.map_err(failed)?;
    found.map(|(text,)| from_json("record", &text)).transpose()
}

pub(super) async fn record_of(tx: &mut Connection, job: JobId) -> Result<Option<Record>> {
    let found: Option<(String,)> = sqlx::query_as("SELECT record FROM records WHERE job = $1")
        .bind(job.to_string())
        .fetch_optional(tx)
        .await
        .map_err(failed)?;
    found.map(|(text,)| from_json("record", &text)).transpose()
}

pub(super) async fn put_cited(tx: &mut Connection, page: &CitedPage) -> Result<()> {
    sqlx::query(
        "INSERT INTO cited_pages (hash, content_type, url, text, body) VALUES ($1, $2, $3, $4, $5)
         ON CONFLICT DO NOTHING",
    )
    .bind(page.content_hash.to_string())
    .bind(&page.content_type)
    .bind(&page.url)
    .bind(&page.text)
    .bind(&page.body)
    .execute(tx)
    .await
    .map(drop)
    .map_err(failed)
}

pub(super) async fn has_cited(tx: &mut Connection, hash: &ContentHash) -> Result<bool> {
    let (there,): (bool,) = sqlx::query_as("SELECT EXISTS (SELECT 1 FROM cited_pages WHERE hash = $1)")
        .bind(hash.to_string())
        .fetch_one(tx)
        .await
        .map_err(failed)?;
    Ok(there)
}

pub(super) async fn cited(tx: &mut Connection, hash: &ContentHash) -> Result<Option<CitedPage>> {
    sqlx::query("SELECT * FROM cited_pages WHERE hash = $1")
        .bind(hash.to_string())
        .fetch_optional(tx)
        .await
        .map_err(failed)?
        .map(|row| rows::cited(&row))
        .transpose()
}

pub(super) async fn append_ledger(tx: &mut Connection, ledger: &[LedgerRow]) -> Result<()> {
    for row in ledger {
        sqlx::query("INSERT INTO ledger (job, row) VALUES ($1, $2)")
            .bind(row.job.to_string())
            .bind(json(row)?)
            .execute(&mut *tx)
            .await
            .map_err(failed)?;
    }
    Ok(())
}

pub(super) async fn ledger(tx: &mut Connection, job: JobId) -> Result<Vec<LedgerRow>> {
    let found: Vec<(String,)> = sqlx::query_as("SELECT row FROM ledger WHERE job = $1 ORDER BY seq")
        .bind(job.to_string())
        .fetch_all(tx)
        .await
        .map_err(failed)?;
    found.into_iter().map(|(text,)| from_json("row", &text)).collect()
}

pub(super) async fn file_dead(tx: &mut Connection, row: &DeadRow) -> Result<()> {
    sqlx::query(
        "INSERT INTO dead (task, epoch, job, class, detail, envelope, at, queue)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
    )
    .bind(row.task.to_string())
    .bind(i64::from(row.epoch))
    .bind(row.job.to_string())
    .bind(&row.class)
    .bind(storable(&row.detail))
    .bind(&row.envelope)
    .bind(row.at.as_millis())
    .bind(storable(&row.queue))
    .execute(tx)
    .await
    .map(drop)
    .map_err(failed)
}

pub(super) async fn take_dead(tx: &mut Connection, number: i64) -> Result<Option<DeadRow>> {
    let found =
        sqlx::query("DELETE FROM dead WHERE seq = $1 RETURNING *").bind(number).fetch_optional(tx).await;
    found.map_err(failed)?.as_ref().map(rows::dead).transpose()
}

pub(super) async fn dead(tx: &mut Connection, after: i64, limit: u32) -> Result<Vec<Filed>> {
    sqlx::query("SELECT * FROM dead WHERE seq > $1 ORDER BY seq LIMIT $2")
        .bind(after)
        .bind(i64::from(limit))
        .fetch_all(tx)
        .await
        .map_err(failed)?
        .iter()
        .map(|row| Ok(Filed { number: rows::get(row, "seq")?, row: rows::dead(row)? }))
        .collect()
}

pub(super) async fn resource(tx: &mut Connection, name: &str) -> Result<Option<ResourceRow>> {
    let found: Option<(i64, i64, Vec<u8>)> =
        sqlx::query_as("SELECT next_at, delay_ms, health FROM resources WHERE name = $1")
            .bind(name)
            .fetch_optional(tx)
            .await
            .map_err(failed)?;
    Ok(found.map(|(next_at, delay_ms, health)| ResourceRow {
        name: name.to_owned(),
        next_at: Timestamp::from_millis(next_at),
        delay_ms: u64::try_from(delay_ms).unwrap_or(0),
        health,
    }))
}

pub(super) async fn save_resource(tx: &mut Connection, row: &ResourceRow) -> Result<()> {
    sqlx::query(
        "INSERT INTO resources (name, next_at, delay_ms, health) VALUES ($1, $2, $3, $4)
         ON CONFLICT (name) DO UPDATE SET
             next_at = excluded.next_at, delay_ms = excluded.delay_ms, health = excluded.health",
    )
    .bind(&row.name)
    .bind(row.next_at.as_millis())
    .bind(i64::try_from(row.delay_ms).unwrap_or(i64::MAX))
    .bind(&row.health)
    .execute(tx)
    .await
    .map(drop)
    .map_err(failed)
}
