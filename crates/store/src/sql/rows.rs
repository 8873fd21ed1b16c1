//! Between columns and the rows that the job store speaks of.

use std::borrow::Cow;

use gleaner_contract::{Amounts, Lane, Tenant, Timestamp, UrlOutcome, UrlReason};
use gleaner_ports::{
    StoreError,
    jobs::{CitedPage, DeadRow, JobRow, OutboxRow, SubmissionRow, TaskRow, TaskState},
};
use serde::{Serialize, de::DeserializeOwned};
use sqlx::Row;

use super::dialect::{Database, DbRow, failed};

type Result<T> = std::result::Result<T, StoreError>;

pub(crate) fn json<T: Serialize>(value: &T) -> Result<String> {
    serde_json::to_string(value).map_err(|error| StoreError::Broken(error.to_string()))
}

pub(crate) fn from_json<T: DeserializeOwned>(column: &str, text: &str) -> Result<T> {
    serde_json::from_str(text).map_err(|error| StoreError::Broken(format!("column `{column}`: {error}")))
}

pub(crate) fn get<'r, T: sqlx::Decode<'r, Database> + sqlx::Type<Database>>(
    row: &'r DbRow,
    column: &str,
) -> Result<T> {
    row.try_get(column).map_err(failed)
}

fn parsed<T: std::str::FromStr>(row: &DbRow, column: &str) -> Result<T> {
    let text: &str = get(row, column)?;
    text.parse().map_err(|_| StoreError::Broken(format!("column `{column}` holds `{text}`")))
}

fn number<T: TryFrom<i64>>(row: &DbRow, column: &str) -> Result<T> {
    let number: i64 = get(row, column)?;
    number.try_into().map_err(|_| StoreError::Broken(format!("column `{column}` holds {number}")))
}

fn time(row: &DbRow, column: &str) -> Result<Timestamp> {
    Ok(Timestamp::from_millis(get(row, column)?))
}

fn maybe_time(row: &DbRow, column: &str) -> Result<Option<Timestamp>> {
    Ok(get::<Option<i64>>(row, column)?.map(Timestamp::from_millis))
}

/// Text without the one character that Postgres has no room for.
pub(crate) fn storable(text: &str) -> Cow<'_, str> {
    if text.contains('\0') { Cow::Owned(text.replace('\0', "\u{fffd}")) } else { Cow::Borrowed(text) }
}

pub(crate) fn lane_number(lane: Lane) -> i64 {
    match lane {
        Lane::Hi => 0,
        Lane::Lo => 1,
    }
}

pub(crate) fn state_number(state: TaskState) -> i64 {
    match state {
        TaskState::Found => 0,
        TaskState::Waiting => 1,
        TaskState::Open => 2,
        TaskState::Done => 3,
    }
}

pub(crate) fn submission(row: &DbRow) -> Result<SubmissionRow> {
    Ok(SubmissionRow {
        id: parsed(row, "id")?,
        tenant: Tenant(get(row, "tenant")?),
        content: parsed(row, "content")?,
        created_at: time(row, "created_at")?,
        jobs: number(row, "jobs")?,
        ended: number(row, "ended")?,
        account: get(row, "account")?,
    })
}

pub(crate) fn job(row: &DbRow) -> Result<JobRow> {
    Ok(JobRow {
        id: parsed(row, "id")?,
        submission: parsed(row, "submission")?,
        tenant: Tenant(get(row, "tenant")?),
        position: number(row, "position")?,
        target: get(row, "target")?,
        record_key: parsed(row, "record_key")?,
        lane: match get::<i64>(row, "lane")? {
            0 => Lane::Hi,
            1 => Lane::Lo,
            other => return Err(StoreError::Broken(format!("column `lane` holds {other}"))),
        },
        status: parsed(row, "status")?,
        spec: get(row, "spec")?,
        state: get(row, "state")?,
        next_due: maybe_time(row, "next_due")?,
        deadline: maybe_time(row, "deadline")?,
        served: get(row, "served")?,
        created_at: time(row, "created_at")?,
        ended_at: maybe_time(row, "ended_at")?,
    })
}

pub(crate) fn task(row: &DbRow) -> Result<TaskRow> {
    let (outcome, reason): (Option<&str>, Option<&str>) = (get(row, "outcome")?, get(row, "reason")?);
    let outcome: Option<(UrlOutcome, UrlReason)> = match (outcome, reason) {
        (Some(_), Some(_)) => Some((parsed(row, "outcome")?, parsed(row, "reason")?)),
        (None, None) => None,
        _ => return Err(StoreError::Broken("columns `outcome` and `reason` do not go together".to_owned())),
    };
    Ok(TaskRow {
        id: parsed(row, "id")?,
        job: parsed(row, "job")?,
        url: get(row, "url")?,
        depth: number(row, "depth")?,
        score: number(row, "score")?,
        resource: get(row, "resource")?,
        state: match get::<i64>(row, "state")? {
            0 => TaskState::Found,
            1 => TaskState::Waiting,
            2 => TaskState::Open,
            3 => TaskState::Done,
            other => return Err(StoreError::Broken(format!("column `state` holds {other}"))),
        },
        epoch: number(row, "epoch")?,
        attempt: number(row, "attempt")?,
        crashes: number(row, "crashes")?,
        not_before: time(row, "not_before")?,
        lease_until: maybe_time(row, "lease_until")?,
        permit: amounts(row, "permit")?,
        fresh_after: maybe_time(row, "fresh_after")?,
        outcome,
        detail: get(row, "detail")?,
        ended_at: maybe_time(row, "ended_at")?,
        cost: amounts(row, "cost")?,
    })
}

pub(crate) fn amounts(row: &DbRow, column: &str) -> Result<Amounts> {
    from_json(column, get(row, column)?)
}

pub(crate) fn outbox(row: &DbRow) -> Result<OutboxRow> {
    Ok(OutboxRow {
        task: parsed(row, "task")?,
        epoch: number(row, "epoch")?,
        not_before: time(row, "not_before")?,
        envelope: get(row, "envelope")?,
    })
}

pub(crate) fn cited(row: &DbRow) -> Result<CitedPage> {
    Ok(CitedPage {
        content_hash: parsed(row, "hash")?,
        content_type: get(row, "content_type")?,
        url: get(row, "url")?,
        text: get(row, "text")?,
        body: get(row, "body")?,
    })
}

pub(crate) fn dead(row: &DbRow) -> Result<DeadRow> {
    Ok(DeadRow {
        task: parsed(row, "task")?,
        epoch: number(row, "epoch")?,
        job: parsed(row, "job")?,
        class: get(row, "class")?,
        detail: get(row, "detail")?,
        envelope: get(row, "envelope")?,
        at: time(row, "at")?,
        queue: get(row, "queue")?,
    })
}
