//! A job store in memory, with the transactions of one writer.

use std::{collections::BTreeSet, fmt, sync::Arc};

use async_trait::async_trait;
use gleaner_contract::{
    ContentHash, JobId, JobStatus, LedgerRow, Record, SubmissionId, TaskId, Tenant, Timestamp, UrlReason,
};
use tokio::sync::{Mutex, OwnedMutexGuard};

use super::{
    CitedPage, Closed, DeadRow, Filed, JobRow, JobStore, JobTx, OutboxRow, ResourceRow, StoreError,
    SubmissionRow, TaskRow, UnknownPermit,
};

mod groups;
mod leavings;
mod messages;
mod table;
mod tables;
mod tasks;
#[cfg(test)]
mod tests;

use tables::Tables;

type Result<T> = std::result::Result<T, StoreError>;

/// Jobs in memory. Clones share them. Transactions wait for each other, in the order in which they began.
#[derive(Clone, Default)]
pub struct MemoryJobs {
    tables: Arc<Mutex<Tables>>,
}

impl MemoryJobs {
    pub fn new() -> Self {
        Self::default()
    }
}

impl fmt::Debug for MemoryJobs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MemoryJobs").finish_non_exhaustive()
    }
}

#[async_trait]
impl JobStore for MemoryJobs {
    async fn begin(&self) -> Result<Box<dyn JobTx>> {
        Ok(Box::new(MemoryTx { tables: self.tables.clone().lock_owned().await }))
    }
}

/// Writes in place and keeps what it wrote over, so that a transaction costs what it changes and not what there is.
struct MemoryTx {
    tables: OwnedMutexGuard<Tables>,
}

impl Drop for MemoryTx {
    fn drop(&mut self) {
        // after a commit there is nothing left to take back
        self.tables.rollback();
    }
}

#[async_trait]
impl JobTx for MemoryTx {
    async fn insert_submission(&mut self, row: &SubmissionRow) -> Result<()> {
        self.tables.insert_submission(row)
    }

    async fn submission_of(
        &mut self,
        tenant: &Tenant,
        content: &ContentHash,
    ) -> Result<Option<SubmissionRow>> {
        Ok(self.tables.submission_of(tenant, content))
    }

    async fn submission(&mut self, id: SubmissionId) -> Result<Option<SubmissionRow>> {
        Ok(self.tables.submission(id))
    }

    async fn save_submission(&mut self, row: &SubmissionRow) -> Result<()> {
        self.tables.save_submission(row)
    }

    async fn submissions(&mut self, tenant: &Tenant, limit: u32) -> Result<Vec<SubmissionRow>> {
        Ok(self.tables.submissions(tenant, limit))
    }

    async fn insert_job(&mut self, row: &JobRow) -> Result<()> {
        self.tables.insert_job(row)
    }

    async fn jobs(&mut self, ids: &[JobId]) -> Result<Vec<JobRow>> {
        Ok(self.tables.jobs(ids))
    }

    async fn save_job(&mut self, row: &JobRow) -> Result<()> {
        self.tables.save_job(row)
    }

    async fn jobs_of(
        &mut self,
        submission: SubmissionId,
        from_position: u32,
        limit: u32,
    ) -> Result<Vec<JobRow>> {
        Ok(self.tables.jobs_of(submission, from_position, limit))
    }

    async fn due_jobs(&mut self, now: Timestamp, limit: u32) -> Result<Vec<JobId>> {
        Ok(self.tables.due_jobs(now, limit))
    }

    async fn idle_jobs(&mut self, submission: SubmissionId, limit: u32) -> Result<Vec<JobId>> {
        Ok(self.tables.idle_jobs(submission, limit))
    }

    async fn overdue_jobs(&mut self, now: Timestamp, limit: u32) -> Result<Vec<JobId>> {
        Ok(self.tables.overdue_jobs(now, limit))
    }

    async fn wake_waiting(&mut self, now: Timestamp) -> Result<u64> {
        Ok(self.tables.wake_waiting(now))
    }

    async fn next_due(&mut self) -> Result<Option<Timestamp>> {
        Ok(self.tables.next_due())
    }

    async fn insert_tasks(&mut self, rows: &[TaskRow]) -> Result<Vec<TaskId>> {
        self.tables.insert_tasks(rows)
    }

    async fn known_urls(&mut self, job: JobId, urls: &[String]) -> Result<BTreeSet<String>> {
        Ok(self.tables.known_urls(job, urls))
    }

    async fn tasks(&mut self, ids: &[TaskId]) -> Result<Vec<TaskRow>> {
        Ok(self.tables.tasks(ids))
    }

    async fn save_task(&mut self, row: &TaskRow) -> Result<()> {
        self.tables.save_task(row)
    }

    async fn ready_tasks(&mut self, job: JobId, now: Timestamp, limit: u32) -> Result<Vec<TaskRow>> {
        Ok(self.tables.ready_tasks(job, now, limit))
    }

    async fn next_ready(&mut self, job: JobId) -> Result<Option<Timestamp>> {
        Ok(self.tables.next_ready(job))
    }

    async fn close_tasks(&mut self, job: JobId, reason: UrlReason, now: Timestamp) -> Result<Closed> {
        self.tables.close_tasks(job, reason, now)
    }

    async fn lapsed_tasks(&mut self, now: Timestamp, limit: u32) -> Result<Vec<TaskRow>> {
        Ok(self.tables.lapsed_tasks(now, limit))
    }

    async fn open_tasks(&mut self, after: Option<TaskId>, limit: u32) -> Result<Vec<TaskRow>> {
        Ok(self.tables.open_tasks(after, limit))
    }

    async fn open_by_resource(&mut self) -> Result<Vec<(String, u32)>> {
        Ok(self.tables.open_by_resource())
    }

    async fn tasks_of(&mut self, job: JobId) -> Result<Vec<TaskRow>> {
        Ok(self.tables.tasks_of(job))
    }

    async fn add_unknown(&mut self, permit: &UnknownPermit) -> Result<()> {
        self.tables.add_unknown(permit)
    }

    async fn take_unknown(&mut self, task: TaskId, epoch: u32) -> Result<Option<UnknownPermit>> {
        Ok(self.tables.take_unknown(task, epoch))
    }

    async fn put_outbox(&mut self, row: &OutboxRow) -> Result<()> {
        self.tables.put_outbox(row)
    }

    async fn claim_outbox(
        &mut self,
        now: Timestamp,
        claimed_until: Timestamp,
        limit: u32,
    ) -> Result<Vec<OutboxRow>> {
        Ok(self.tables.claim_outbox(now, claimed_until, limit))
    }

    async fn release_outbox(&mut self) -> Result<u64> {
        Ok(self.tables.release_outbox())
    }

    async fn delete_outbox(&mut self, sent: &[(TaskId, u32)]) -> Result<()> {
        self.tables.delete_outbox(sent);
        Ok(())
    }

    async fn next_outbox(&mut self) -> Result<Option<Timestamp>> {
        Ok(self.tables.next_outbox())
    }

    async fn insert_record(
        &mut self,
        key: &ContentHash,
        _submission: SubmissionId,
        record: &Record,
    ) -> Result<()> {
        self.tables.insert_record(key, record)
    }

    async fn latest_record(&mut self, key: &ContentHash) -> Result<Option<Record>> {
        Ok(self.tables.latest_record(key, |_| true))
    }

    async fn latest_read(&mut self, key: &ContentHash) -> Result<Option<Record>> {
        Ok(self.tables.latest_record(key, |record| record.status != JobStatus::Failed))
    }

    async fn record_of(&mut self, job: JobId) -> Result<Option<Record>> {
        Ok(self.tables.record_of(job))
    }

    async fn put_cited(&mut self, page: &CitedPage) -> Result<()> {
        self.tables.put_cited(page);
        Ok(())
    }

    async fn has_cited(&mut self, hash: &ContentHash) -> Result<bool> {
        Ok(self.tables.cited(hash).is_some())
    }

    async fn cited(&mut self, hash: &ContentHash) -> Result<Option<CitedPage>> {
        Ok(self.tables.cited(hash))
    }

    async fn append_ledger(&mut self, rows: &[LedgerRow]) -> Result<()> {
        self.tables.append_ledger(rows);
        Ok(())
    }

    async fn ledger(&mut self, job: JobId) -> Result<Vec<LedgerRow>> {
        Ok(self.tables.ledger_of(job))
    }

    async fn file_dead(&mut self, row: &DeadRow) -> Result<()> {
        self.tables.file_dead(row);
        Ok(())
    }

    async fn take_dead(&mut self, number: i64) -> Result<Option<DeadRow>> {
        Ok(self.tables.take_dead(number))
    }

    async fn dead(&mut self, after: i64, limit: u32) -> Result<Vec<Filed>> {
        Ok(self.tables.dead(after, limit))
    }

    async fn resource(&mut self, name: &str) -> Result<Option<ResourceRow>> {
        Ok(self.tables.resource(name))
    }

    async fn save_resource(&mut self, row: &ResourceRow) -> Result<()> {
        self.tables.save_resource(row);
        Ok(())
    }

    async fn commit(mut self: Box<Self>) -> Result<()> {
        self.tables.keep();
        Ok(())
    }
}
