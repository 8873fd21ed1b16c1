//! The job store: the truth about submissions, jobs, tasks, records and what they cite. Only the coordinator writes job
//! state; readers see committed rows.
//!
//! All work happens in transactions. Locks are taken in one order: job, task, submission.

use std::{collections::BTreeSet, fmt::Debug, io};

use async_trait::async_trait;
use gleaner_contract::{
    Amounts, ContentHash, JobId, JobStatus, Lane, LedgerRow, Page, Record, SubmissionId, TaskId, Tenant,
    Timestamp, UrlOutcome, UrlReason,
};

use crate::blob;

#[cfg(any(test, feature = "doubles"))]
mod faulty;
#[cfg(any(test, feature = "doubles"))]
mod memory;

#[cfg(any(test, feature = "doubles"))]
pub use faulty::{Commit, FaultyJobs};
#[cfg(any(test, feature = "doubles"))]
pub use memory::MemoryJobs;

/// Why the store did not do as asked. Nothing of the transaction took effect, unless `CommitUnknown`.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// Away, busy or full: wait and try again.
    #[error("job store is unavailable: {0}")]
    Unavailable(String),
    /// The commit may or may not have happened.
    #[error("outcome of the commit is unknown: {0}")]
    CommitUnknown(String),
    /// A row cannot be read or breaks a rule of the store.
    #[error("job store: {0}")]
    Broken(String),
}

/// A group of jobs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SubmissionRow {
    pub id: SubmissionId,
    pub tenant: Tenant,
    /// What was submitted: the same content resumes, or makes new revisions.
    pub content: ContentHash,
    pub created_at: Timestamp,
    /// How many jobs it has, and how many of them are terminal.
    pub jobs: u32,
    pub ended: u32,
    /// The shared budget and its account, as the coordinator encodes them.
    pub account: Vec<u8>,
}

/// One target's job.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JobRow {
    pub id: JobId,
    pub submission: SubmissionId,
    pub tenant: Tenant,
    /// Its place among the submission's targets, from 0.
    pub position: u32,
    /// The caller's id of the target.
    pub target: String,
    /// What revisions of one record have in common.
    pub record_key: ContentHash,
    pub lane: Lane,
    pub status: JobStatus,
    /// `gleaner_contract::Target` and options, as the coordinator encodes them; never changes.
    pub spec: Vec<u8>,
    /// The state machine's state, as the coordinator encodes it.
    pub state: Vec<u8>,
    /// When the dispatcher should look at it again; `None` while it has nothing to dispatch.
    pub next_due: Option<Timestamp>,
    /// When its wall clock runs out, once it was dispatched first.
    pub deadline: Option<Timestamp>,
    /// The dispatcher's round in which it was served last: least recently served goes first.
    pub served: i64,
    pub created_at: Timestamp,
    pub ended_at: Option<Timestamp>,
}

/// Where a task stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum TaskState {
    /// In the frontier: discovered, not admitted.
    Found,
    /// Admitted, waiting for its next try.
    Waiting,
    /// Dispatched: a chain is under way, or lost.
    Open,
    Done,
}

impl TaskState {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Found => "found",
            Self::Waiting => "waiting",
            Self::Open => "open",
            Self::Done => "done",
        }
    }
}

/// One URL of a job.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TaskRow {
    pub id: TaskId,
    pub job: JobId,
    /// Canonical; unique within the job.
    pub url: String,
    pub depth: u16,
    /// Higher is sooner.
    pub score: u16,
    /// What its dispatch is paced by: the URL's host.
    pub resource: String,
    pub state: TaskState,
    pub epoch: u32,
    /// Tries that counted.
    pub attempt: u32,
    /// Times that its worker went away.
    pub crashes: u32,
    pub not_before: Timestamp,
    /// While open: past it the task is reissued.
    pub lease_until: Option<Timestamp>,
    /// While open: what its permit reserves.
    pub permit: Amounts,
    /// Captures newer than this serve.
    pub fresh_after: Option<Timestamp>,
    /// Once done.
    pub outcome: Option<(UrlOutcome, UrlReason)>,
    /// For people: what went wrong last, at most a line.
    pub detail: String,
    pub ended_at: Option<Timestamp>,
    /// Once done: what it spent.
    pub cost: Amounts,
}

/// A permit whose outcome is not known: settled by (task, epoch), once, if its report still comes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnknownPermit {
    pub job: JobId,
    pub task: TaskId,
    pub epoch: u32,
    pub permit: Amounts,
}

/// A message to be published, written in the transaction that decided on it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OutboxRow {
    pub task: TaskId,
    pub epoch: u32,
    pub not_before: Timestamp,
    /// `gleaner_contract::Envelope`, encoded.
    pub envelope: Vec<u8>,
}

/// A page that a record cites: its text and bytes are kept as long as the record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CitedPage {
    pub content_hash: ContentHash,
    pub content_type: Option<String>,
    /// The URL that it was read from, after redirects.
    pub url: String,
    /// The pack's visible text, zstd.
    pub text: Vec<u8>,
    /// The page's bytes, zstd.
    pub body: Vec<u8>,
}

impl CitedPage {
    /// The page as it is kept: its visible text and its bytes, compressed.
    pub fn pack(page: &Page, text: &str, body: &[u8]) -> io::Result<Self> {
        Ok(Self {
            content_hash: page.content_hash,
            content_type: page.content_type.clone(),
            url: page.final_url.clone(),
            text: blob::pack(text.as_bytes(), LEVEL)?,
            body: blob::pack(body, LEVEL)?,
        })
    }

    /// The page's bytes.
    pub fn unpack(&self) -> io::Result<Vec<u8>> {
        blob::unpack(&self.body)
    }
}

/// Kept for good, so worth more time than what a cache holds.
const LEVEL: i32 = 3;

/// A message that could not be handled.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeadRow {
    pub task: TaskId,
    pub epoch: u32,
    pub job: JobId,
    /// Why: `poison` (broke its batch, or its workers), `unreadable`, or how the broker says that it died.
    pub class: String,
    /// The queue that it was in; empty where it was in none.
    pub queue: String,
    pub detail: String,
    pub envelope: Vec<u8>,
    pub at: Timestamp,
}

/// A dead message in the table, and its number there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Filed {
    /// Grows with each that is filed.
    pub number: i64,
    pub row: DeadRow,
}

/// How a host, or another shared resource, is paced.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ResourceRow {
    pub name: String,
    pub next_at: Timestamp,
    /// Least time between two dispatches; learned from Crawl-delay.
    pub delay_ms: u64,
    /// What its answers taught, as the coordinator encodes it; empty where that is nothing.
    pub health: Vec<u8>,
}

/// How many tasks closing a frontier ended.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Closed {
    /// Those in the frontier or waiting for another try.
    pub idle: u32,
    /// Those whose chain was under way.
    pub open: u32,
}

/// Opens transactions.
#[async_trait]
pub trait JobStore: Send + Sync + Debug {
    async fn begin(&self) -> Result<Box<dyn JobTx>, StoreError>;
}

/// One transaction. Dropped without `commit`, nothing of it happened.
#[async_trait]
pub trait JobTx: Send {
    // submissions

    /// Fails as `Broken` when the id is taken.
    async fn insert_submission(&mut self, row: &SubmissionRow) -> Result<(), StoreError>;
    /// The newest submission of this content.
    async fn submission_of(
        &mut self,
        tenant: &Tenant,
        content: &ContentHash,
    ) -> Result<Option<SubmissionRow>, StoreError>;
    /// Locks it for this transaction.
    async fn submission(&mut self, id: SubmissionId) -> Result<Option<SubmissionRow>, StoreError>;
    /// Writes its counts and its account. Fails as `Broken` when there is no such row.
    async fn save_submission(&mut self, row: &SubmissionRow) -> Result<(), StoreError>;
    /// Newest first.
    async fn submissions(&mut self, tenant: &Tenant, limit: u32) -> Result<Vec<SubmissionRow>, StoreError>;

    // jobs

    /// Fails as `Broken` when the id or its place in the submission is taken, or there is no such submission.
    async fn insert_job(&mut self, row: &JobRow) -> Result<(), StoreError>;
    /// Locks these, in id order; unknown ids are left out.
    async fn jobs(&mut self, ids: &[JobId]) -> Result<Vec<JobRow>, StoreError>;
    /// Writes what may change; what it was accepted with stays. Fails as `Broken` when there is no such row.
    async fn save_job(&mut self, row: &JobRow) -> Result<(), StoreError>;
    /// A page of the submission's jobs in the order of its targets, from `position`.
    async fn jobs_of(
        &mut self,
        submission: SubmissionId,
        from_position: u32,
        limit: u32,
    ) -> Result<Vec<JobRow>, StoreError>;
    /// Unfinished jobs with `next_due` passed: higher lane first, then least recently served, then oldest.
    async fn due_jobs(&mut self, now: Timestamp, limit: u32) -> Result<Vec<JobId>, StoreError>;
    /// Unfinished jobs of this submission that have nothing due, for waking them when its budget frees.
    async fn idle_jobs(&mut self, submission: SubmissionId, limit: u32) -> Result<Vec<JobId>, StoreError>;
    /// Unfinished jobs whose deadline has passed.
    async fn overdue_jobs(&mut self, now: Timestamp, limit: u32) -> Result<Vec<JobId>, StoreError>;
    /// Lets the dispatcher look at every unfinished job that waits for a later time. How many.
    async fn wake_waiting(&mut self, now: Timestamp) -> Result<u64, StoreError>;
    /// The earliest `next_due` of unfinished jobs.
    async fn next_due(&mut self) -> Result<Option<Timestamp>, StoreError>;

    // tasks

    /// Inserts those whose (job, url) is new; returns which were. Fails as `Broken` when there is no such job.
    async fn insert_tasks(&mut self, rows: &[TaskRow]) -> Result<Vec<TaskId>, StoreError>;
    /// Which of these URLs the job has seen already.
    async fn known_urls(&mut self, job: JobId, urls: &[String]) -> Result<BTreeSet<String>, StoreError>;
    /// In id order; unknown ids are left out.
    async fn tasks(&mut self, ids: &[TaskId]) -> Result<Vec<TaskRow>, StoreError>;
    /// Fails as `Broken` when there is no such row. Job, URL, depth and resource stay.
    async fn save_task(&mut self, row: &TaskRow) -> Result<(), StoreError>;
    /// The next tasks to dispatch: found or waiting, due, those waiting first, then best score, then first found.
    async fn ready_tasks(
        &mut self,
        job: JobId,
        now: Timestamp,
        limit: u32,
    ) -> Result<Vec<TaskRow>, StoreError>;
    /// The earliest `not_before` of the job's found and waiting tasks.
    async fn next_ready(&mut self, job: JobId) -> Result<Option<Timestamp>, StoreError>;
    /// Ends every task of the job that is not done, as skipped for this reason. A permit that one holds, waiting or
    /// open, becomes unknown under its epoch.
    async fn close_tasks(
        &mut self,
        job: JobId,
        reason: UrlReason,
        now: Timestamp,
    ) -> Result<Closed, StoreError>;
    /// Open tasks whose lease has passed, oldest first.
    async fn lapsed_tasks(&mut self, now: Timestamp, limit: u32) -> Result<Vec<TaskRow>, StoreError>;
    /// Open tasks, oldest first, after this id.
    async fn open_tasks(&mut self, after: Option<TaskId>, limit: u32) -> Result<Vec<TaskRow>, StoreError>;
    /// How many tasks are open, by resource.
    async fn open_by_resource(&mut self) -> Result<Vec<(String, u32)>, StoreError>;
    /// The job's tasks in the order they were found.
    async fn tasks_of(&mut self, job: JobId) -> Result<Vec<TaskRow>, StoreError>;

    // permits

    /// Fails as `Broken` when this permit is unknown already.
    async fn add_unknown(&mut self, permit: &UnknownPermit) -> Result<(), StoreError>;
    /// Takes the unknown permit away, if it is there: it is being settled.
    async fn take_unknown(&mut self, task: TaskId, epoch: u32) -> Result<Option<UnknownPermit>, StoreError>;

    // outbox

    /// Fails as `Broken` when there is a row of this task and epoch.
    async fn put_outbox(&mut self, row: &OutboxRow) -> Result<(), StoreError>;
    /// Claims due rows until `claimed_until`: no other claim takes them before that. Those due longest come first, and
    /// among equals those put first.
    async fn claim_outbox(
        &mut self,
        now: Timestamp,
        claimed_until: Timestamp,
        limit: u32,
    ) -> Result<Vec<OutboxRow>, StoreError>;
    /// Ends every claim: whoever made them is gone. How many there were.
    async fn release_outbox(&mut self) -> Result<u64, StoreError>;
    /// Unknown rows are passed over.
    async fn delete_outbox(&mut self, sent: &[(TaskId, u32)]) -> Result<(), StoreError>;
    /// When the next unsent row is due: its `not_before`, or the end of the claim on it.
    async fn next_outbox(&mut self) -> Result<Option<Timestamp>, StoreError>;

    // what jobs leave

    /// Fails as `Broken` when the job has its record already.
    async fn insert_record(
        &mut self,
        key: &ContentHash,
        submission: SubmissionId,
        record: &Record,
    ) -> Result<(), StoreError>;
    /// The newest revision under this key.
    async fn latest_record(&mut self, key: &ContentHash) -> Result<Option<Record>, StoreError>;
    /// The newest revision under this key that did not fail: what changes are told against.
    async fn latest_read(&mut self, key: &ContentHash) -> Result<Option<Record>, StoreError>;
    async fn record_of(&mut self, job: JobId) -> Result<Option<Record>, StoreError>;
    /// Keeps a cited page; one that is kept already stays as it is.
    async fn put_cited(&mut self, page: &CitedPage) -> Result<(), StoreError>;
    async fn has_cited(&mut self, hash: &ContentHash) -> Result<bool, StoreError>;
    async fn cited(&mut self, hash: &ContentHash) -> Result<Option<CitedPage>, StoreError>;
    async fn append_ledger(&mut self, rows: &[LedgerRow]) -> Result<(), StoreError>;
    /// Rows that were appended, in order. The rows of URLs are the tasks themselves.
    async fn ledger(&mut self, job: JobId) -> Result<Vec<LedgerRow>, StoreError>;
    async fn file_dead(&mut self, row: &DeadRow) -> Result<(), StoreError>;
    /// Those filed first come first, from the one after this number.
    async fn dead(&mut self, after: i64, limit: u32) -> Result<Vec<Filed>, StoreError>;
    /// Takes it out of the table, if it is there.
    async fn take_dead(&mut self, number: i64) -> Result<Option<DeadRow>, StoreError>;

    // pacing

    async fn resource(&mut self, name: &str) -> Result<Option<ResourceRow>, StoreError>;
    async fn save_resource(&mut self, row: &ResourceRow) -> Result<(), StoreError>;

    async fn commit(self: Box<Self>) -> Result<(), StoreError>;
}
