//! A store and a transport that fail as told.

use std::{
    collections::{BTreeSet, VecDeque},
    sync::{Arc, Mutex},
};

use async_trait::async_trait;
use gleaner_contract::{
    ContentHash, Envelope, JobId, LedgerRow, Queue, Record, SubmissionId, TaskId, Tenant, Timestamp,
    UrlReason,
};
use gleaner_ports::{
    Consumer, JobStore, JobTx, PublishError, StoreError, Transport,
    jobs::{
        CitedPage, Closed, DeadRow, JobRow, OutboxRow, ResourceRow, SubmissionRow, TaskRow, UnknownPermit,
    },
    transport::InProcess,
};

/// What a commit does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Commit {
    Done,
    /// Nothing of it happened.
    Unavailable,
    /// It happened, and nobody was told.
    Unknown,
}

#[derive(Debug, Default)]
pub(super) struct Faults {
    /// The next commits, first one first; those after them are done.
    pub(super) commits: Mutex<VecDeque<Commit>>,
    /// Commits that were done.
    pub(super) committed: Mutex<usize>,
    /// Tasks that cannot be saved.
    pub(super) broken: Mutex<BTreeSet<TaskId>>,
}

/// The store, with faults.
#[derive(Debug)]
pub(super) struct Faulty {
    pub(super) inner: Arc<dyn JobStore>,
    pub(super) faults: Arc<Faults>,
}

struct FaultyTx {
    inner: Box<dyn JobTx>,
    faults: Arc<Faults>,
}

#[async_trait]
impl JobStore for Faulty {
    async fn begin(&self) -> Result<Box<dyn JobTx>, StoreError> {
        Ok(Box::new(FaultyTx { inner: self.inner.begin().await?, faults: self.faults.clone() }))
    }
}

macro_rules! passed_on {
    ($($name:ident($($arg:ident: $kind:ty),*) -> $out:ty;)*) => {
        #[async_trait]
        impl JobTx for FaultyTx {
            $(async fn $name(&mut self, $($arg: $kind),*) -> Result<$out, StoreError> {
                self.inner.$name($($arg),*).await
            })*

            async fn save_task(&mut self, row: &TaskRow) -> Result<(), StoreError> {
                if self.faults.broken.lock().unwrap().contains(&row.id) {
                    return Err(StoreError::Broken("as told".to_owned()));
                }
                self.inner.save_task(row).await
            }

            async fn commit(self: Box<Self>) -> Result<(), StoreError> {
                let next = self.faults.commits.lock().unwrap().pop_front().unwrap_or(Commit::Done);
                if next == Commit::Unavailable {
                    return Err(StoreError::Unavailable("as told".to_owned()));
                }
                self.inner.commit().await?;
                if next == Commit::Unknown {
                    return Err(StoreError::CommitUnknown("as told".to_owned()));
                }
                *self.faults.committed.lock().unwrap() += 1;
                Ok(())
            }
        }
    };
}

passed_on! {
    insert_submission(row: &SubmissionRow) -> ();
    submission_of(tenant: &Tenant, content: &ContentHash) -> Option<SubmissionRow>;
    submission(id: SubmissionId) -> Option<SubmissionRow>;
    save_submission(row: &SubmissionRow) -> ();
    submissions(tenant: &Tenant, limit: u32) -> Vec<SubmissionRow>;
    insert_job(row: &JobRow) -> ();
    jobs(ids: &[JobId]) -> Vec<JobRow>;
    save_job(row: &JobRow) -> ();
    jobs_of(submission: SubmissionId, from_position: u32, limit: u32) -> Vec<JobRow>;
    due_jobs(now: Timestamp, limit: u32) -> Vec<JobId>;
    idle_jobs(submission: SubmissionId, limit: u32) -> Vec<JobId>;
    overdue_jobs(now: Timestamp, limit: u32) -> Vec<JobId>;
    next_due() -> Option<Timestamp>;
    insert_tasks(rows: &[TaskRow]) -> Vec<TaskId>;
    known_urls(job: JobId, urls: &[String]) -> BTreeSet<String>;
    tasks(ids: &[TaskId]) -> Vec<TaskRow>;
    ready_tasks(job: JobId, now: Timestamp, limit: u32) -> Vec<TaskRow>;
    next_ready(job: JobId) -> Option<Timestamp>;
    close_tasks(job: JobId, reason: UrlReason, now: Timestamp) -> Closed;
    lapsed_tasks(now: Timestamp, limit: u32) -> Vec<TaskRow>;
    open_tasks(after: Option<TaskId>, limit: u32) -> Vec<TaskRow>;
    open_by_resource() -> Vec<(String, u32)>;
    tasks_of(job: JobId) -> Vec<TaskRow>;
    add_unknown(permit: &UnknownPermit) -> ();
    take_unknown(task: TaskId, epoch: u32) -> Option<UnknownPermit>;
    put_outbox(row: &OutboxRow) -> ();
    claim_outbox(now: Timestamp, claimed_until: Timestamp, limit: u32) -> Vec<OutboxRow>;
    delete_outbox(sent: &[(TaskId, u32)]) -> ();
    next_outbox() -> Option<Timestamp>;
    insert_record(key: &ContentHash, submission: SubmissionId, record: &Record) -> ();
    latest_record(key: &ContentHash) -> Option<Record>;
    latest_read(key: &ContentHash) -> Option<Record>;
    record_of(job: JobId) -> Option<Record>;
    put_cited(page: &CitedPage) -> ();
    has_cited(hash: &ContentHash) -> bool;
    cited(hash: &ContentHash) -> Option<CitedPage>;
    append_ledger(rows: &[LedgerRow]) -> ();
    ledger(job: JobId) -> Vec<LedgerRow>;
    file_dead(row: &DeadRow) -> ();
    dead(limit: u32) -> Vec<DeadRow>;
    resource(name: &str) -> Option<ResourceRow>;
    save_resource(row: &ResourceRow) -> ();
}

/// Queues in this process that refuse to confirm while told so. What is `Unknown` arrives all the same.
#[derive(Debug, Clone, Default)]
pub(super) struct Wire {
    pub(super) inner: InProcess,
    pub(super) refusal: Arc<Mutex<Option<PublishError>>>,
}

impl Wire {
    pub(super) fn refuse(&self, error: impl Into<Option<PublishError>>) {
        *self.refusal.lock().unwrap() = error.into();
    }
}

#[async_trait]
impl Transport for Wire {
    async fn publish(&self, queue: Queue, envelope: Envelope) -> Result<(), PublishError> {
        let refusal = *self.refusal.lock().unwrap();
        match refusal {
            Some(PublishError::Unknown) => {
                self.inner.publish(queue, envelope).await?;
                Err(PublishError::Unknown)
            }
            Some(error) => Err(error),
            None => self.inner.publish(queue, envelope).await,
        }
    }

    async fn consume(&self, queue: Queue, prefetch: usize) -> Result<Box<dyn Consumer>, PublishError> {
        self.inner.consume(queue, prefetch).await
    }

    async fn capacity(&self, queue: Queue) -> Result<usize, PublishError> {
        self.inner.capacity(queue).await
    }
}
