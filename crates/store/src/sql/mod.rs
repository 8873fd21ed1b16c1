//! The job store's transaction: what SQLite and Postgres have in common, written once and compiled for each. Where they
//! differ, `dialect` says how.

use std::collections::BTreeSet;

use async_trait::async_trait;
use gleaner_contract::{
    ContentHash, JobId, LedgerRow, Record, SubmissionId, TaskId, Tenant, Timestamp, UrlReason,
};
use gleaner_ports::{
    JobTx, StoreError,
    jobs::{
        CitedPage, Closed, DeadRow, Filed, JobRow, OutboxRow, ResourceRow, SubmissionRow, TaskRow,
        UnknownPermit,
    },
};
use sqlx::Transaction;

use super::dialect::{self, Database, QueryResult};

pub(super) mod groups;
mod leavings;
pub(super) mod messages;
mod rows;
pub(super) mod tasks;

type Result<T> = std::result::Result<T, StoreError>;

pub(super) struct Tx {
    pub(super) tx: Transaction<'static, Database>,
}

#[async_trait]
impl JobTx for Tx {
    async fn insert_submission(&mut self, row: &SubmissionRow) -> Result<()> {
        groups::insert_submission(&mut self.tx, row).await
    }

    async fn submission_of(
        &mut self,
        tenant: &Tenant,
        content: &ContentHash,
    ) -> Result<Option<SubmissionRow>> {
        groups::submission_of(&mut self.tx, tenant, content).await
    }

    async fn submission(&mut self, id: SubmissionId) -> Result<Option<SubmissionRow>> {
        groups::submission(&mut self.tx, id).await
    }

    async fn save_submission(&mut self, row: &SubmissionRow) -> Result<()> {
        groups::save_submission(&mut self.tx, row).await
    }

    async fn submissions(&mut self, tenant: &Tenant, limit: u32) -> Result<Vec<SubmissionRow>> {
        groups::submissions(&mut self.tx, tenant, limit).await
    }

    async fn insert_job(&mut self, row: &JobRow) -> Result<()> {
        groups::insert_job(&mut self.tx, row).await
    }

    async fn jobs(&mut self, ids: &[JobId]) -> Result<Vec<JobRow>> {
        groups::jobs(&mut self.tx, ids).await
    }

    async fn save_job(&mut self, row: &JobRow) -> Result<()> {
        groups::save_job(&mut self.tx, row).await
    }

    async fn jobs_of(
        &mut self,
        submission: SubmissionId,
        from_position: u32,
        limit: u32,
    ) -> Result<Vec<JobRow>> {
        groups::jobs_of(&mut self.tx, submission, from_position, limit).await
    }

    async fn due_jobs(&mut self, now: Timestamp, limit: u32) -> Result<Vec<JobId>> {
        groups::due_jobs(&mut self.tx, now, limit).await
    }

    async fn idle_jobs(&mut self, submission: SubmissionId, limit: u32) -> Result<Vec<JobId>> {
        groups::idle_jobs(&mut self.tx, submission, limit).await
    }

    async fn overdue_jobs(&mut self, now: Timestamp, limit: u32) -> Result<Vec<JobId>> {
        groups::overdue_jobs(&mut self.tx, now, limit).await
    }

    async fn wake_waiting(&mut self, now: Timestamp) -> Result<u64> {
        groups::wake_waiting(&mut self.tx, now).await
    }

    async fn next_due(&mut self) -> Result<Option<Timestamp>> {
        groups::next_due(&mut self.tx).await
    }

    async fn insert_tasks(&mut self, rows: &[TaskRow]) -> Result<Vec<TaskId>> {
        tasks::insert(&mut self.tx, rows).await
    }

    async fn known_urls(&mut self, job: JobId, urls: &[String]) -> Result<BTreeSet<String>> {
        tasks::known_urls(&mut self.tx, job, urls).await
    }

    async fn tasks(&mut self, ids: &[TaskId]) -> Result<Vec<TaskRow>> {
        tasks::by_ids(&mut self.tx, ids).await
    }

    async fn save_task(&mut self, row: &TaskRow) -> Result<()> {
        tasks::save(&mut self.tx, row).await
    }

    async fn ready_tasks(&mut self, job: JobId, now: Timestamp, limit: u32) -> Result<Vec<TaskRow>> {
        tasks::ready(&mut self.tx, job, now, limit).await
    }

    async fn next_ready(&mut self, job: JobId) -> Result<Option<Timestamp>> {
        tasks::next_ready(&mut self.tx, job).await
    }

    async fn close_tasks(&mut self, job: JobId, reason: UrlReason, now: Timestamp) -> Result<Closed> {
        tasks::close(&mut self.tx, job, reason, now).await
    }

    async fn lapsed_tasks(&mut self, now: Timestamp, limit: u32) -> Result<Vec<TaskRow>> {
        tasks::lapsed(&mut self.tx, now, limit).await
    }

    async fn open_tasks(&mut self, after: Option<TaskId>, limit: u32) -> Result<Vec<TaskRow>> {
        tasks::open(&mut self.tx, after, limit).await
    }

    async fn open_by_resource(&mut self) -> Result<Vec<(String, u32)>> {
        tasks::open_by_resource(&mut self.tx).await
    }

    async fn tasks_of(&mut self, job: JobId) -> Result<Vec<TaskRow>> {
        tasks::of_job(&mut self.tx, job).await
    }

    async fn add_unknown(&mut self, permit: &UnknownPermit) -> Result<()> {
        messages::add_unknown(&mut self.tx, permit).await
    }

    async fn take_unknown(&mut self, task: TaskId, epoch: u32) -> Result<Option<UnknownPermit>> {
        messages::take_unknown(&mut self.tx, task, epoch).await
    }

    async fn put_outbox(&mut self, row: &OutboxRow) -> Result<()> {
        messages::put_outbox(&mut self.tx, row).await
    }

    async fn claim_outbox(
        &mut self,
        now: Timestamp,
        claimed_until: Timestamp,
        limit: u32,
    ) -> Result<Vec<OutboxRow>> {
        messages::claim_outbox(&mut self.tx, now, claimed_until, limit).await
    }

    async fn release_outbox(&mut self) -> Result<u64> {
        messages::release_outbox(&mut self.tx).await
    }

    async fn delete_outbox(&mut self, sent: &[(TaskId, u32)]) -> Result<()> {
        messages::delete_outbox(&mut self.tx, sent).await
    }

    async fn next_outbox(&mut self) -> Result<Option<Timestamp>> {
        messages::next_outbox(&mut self.tx).await
    }

    async fn insert_record(
        &mut self,
        key: &ContentHash,
        submission: SubmissionId,
        record: &Record,
    ) -> Result<()> {
        leavings::insert_record(&mut self.tx, key, submission, record).await
    }

    async fn latest_record(&mut self, key: &ContentHash) -> Result<Option<Record>> {
        leavings::latest_record(&mut self.tx, key).await
    }

    async fn latest_read(&mut self, key: &ContentHash) -> Result<Option<Record>> {
        leavings::latest_read(&mut self.tx, key).await
    }

    async fn record_of(&mut self, job: JobId) -> Result<Option<Record>> {
        leavings::record_of(&mut self.tx, job).await
    }

    async fn put_cited(&mut self, page: &CitedPage) -> Result<()> {
        leavings::put_cited(&mut self.tx, page).await
    }

    async fn has_cited(&mut self, hash: &ContentHash) -> Result<bool> {
        leavings::has_cited(&mut self.tx, hash).await
    }

    async fn cited(&mut self, hash: &ContentHash) -> Result<Option<CitedPage>> {
        leavings::cited(&mut self.tx, hash).await
    }

    async fn append_ledger(&mut self, rows: &[LedgerRow]) -> Result<()> {
        leavings::append_ledger(&mut self.tx, rows).await
    }

    async fn ledger(&mut self, job: JobId) -> Result<Vec<LedgerRow>> {
        leavings::ledger(&mut self.tx, job).await
    }

    async fn file_dead(&mut self, row: &DeadRow) -> Result<()> {
        leavings::file_dead(&mut self.tx, row).await
    }

    async fn take_dead(&mut self, number: i64) -> Result<Option<DeadRow>> {
        leavings::take_dead(&mut self.tx, number).await
    }

    async fn dead(&mut self, after: i64, limit: u32) -> Result<Vec<Filed>> {
        leavings::dead(&mut self.tx, after, limit).await
    }

    async fn resource(&mut self, name: &str) -> Result<Option<ResourceRow>> {
        leavings::resource(&mut self.tx, name).await
    }

    async fn save_resource(&mut self, row: &ResourceRow) -> Result<()> {
        leavings::save_resource(&mut self.tx, row).await
    }

    async fn commit(self: Box<Self>) -> Result<()> {
        self.tx.commit().await.map_err(dialect::commit_failed)
    }
}

/// Ids as one JSON array, which both read as a table.
fn id_list<T: ToString>(ids: &[T]) -> String {
    let texts: Vec<String> = ids.iter().map(ToString::to_string).collect();
    serde_json::Value::from(texts).to_string()
}

/// Fails unless exactly one row was changed.
fn one_changed(done: &QueryResult, what: &str) -> Result<()> {
    match done.rows_affected() {
        1 => Ok(()),
        other => Err(StoreError::Broken(format!("{what} changed {other} rows"))),
    }
}
