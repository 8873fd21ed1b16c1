//! A job store over another, which fails as it was told.

use std::{
    collections::{BTreeSet, VecDeque},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use async_trait::async_trait;
use gleaner_contract::{
    ContentHash, JobId, LedgerRow, Record, SubmissionId, TaskId, Tenant, Timestamp, UrlReason,
};

use super::{
    CitedPage, Closed, DeadRow, Filed, JobRow, JobStore, JobTx, OutboxRow, ResourceRow, StoreError,
    SubmissionRow, TaskRow, UnknownPermit,
};

#[cfg(test)]
mod tests;

/// How a commit goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Commit {
    Done,
    /// `Unavailable`: nothing took effect.
    Unavailable,
    /// `CommitUnknown`, and everything took effect.
    UnknownDone,
    /// `CommitUnknown`, and nothing took effect.
    UnknownUndone,
}

/// The store beneath, with faults. Clones share them.
#[derive(Debug, Clone)]
pub struct FaultyJobs {
    inner: Arc<dyn JobStore>,
    faults: Arc<Mutex<Faults>>,
}

#[derive(Debug, Default)]
struct Faults {
    next: VecDeque<Commit>,
    done: usize,
    broken: BTreeSet<TaskId>,
    broken_cited: bool,
    away: bool,
}

impl FaultyJobs {
    pub fn over(inner: Arc<dyn JobStore>) -> Self {
        Self { inner, faults: Arc::default() }
    }

    /// The next commits go so, one for each of these and in this order, after those that were told before. Those beyond
    /// are done.
    pub fn commits(&self, next: impl IntoIterator<Item = Commit>) {
        self.faults().next.extend(next);
    }

    /// How many commits were done and told as such since this was asked last.
    pub fn take_done(&self) -> usize {
        std::mem::take(&mut self.faults().done)
    }

    /// This task cannot be saved until [`Self::mend`].
    pub fn break_task(&self, task: TaskId) {
        self.faults().broken.insert(task);
    }

    /// No cited page can be kept until [`Self::mend`].
    pub fn break_cited(&self) {
        self.faults().broken_cited = true;
    }

    /// No transaction can begin until [`Self::mend`].
    pub fn go_away(&self) {
        self.faults().away = true;
    }

    /// Every task can be saved again, and every transaction begin.
    pub fn mend(&self) {
        let mut faults = self.faults();
        faults.broken.clear();
        faults.broken_cited = false;
        faults.away = false;
    }

    fn faults(&self) -> MutexGuard<'_, Faults> {
        self.faults.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl JobStore for FaultyJobs {
    async fn begin(&self) -> Result<Box<dyn JobTx>, StoreError> {
        if self.faults().away {
            return Err(StoreError::Unavailable("memory is away, as told".to_owned()));
        }
        Ok(Box::new(FaultyTx { inner: self.inner.begin().await?, store: self.clone() }))
    }
}

struct FaultyTx {
    inner: Box<dyn JobTx>,
    store: FaultyJobs,
}

macro_rules! passed_on {
    ($($name:ident($($arg:ident: $kind:ty),*) -> $out:ty;)*) => {
        #[async_trait]
        impl JobTx for FaultyTx {
            $(async fn $name(&mut self, $($arg: $kind),*) -> Result<$out, StoreError> {
                self.inner.$name($($arg),*).await
            })*

            async fn save_task(&mut self, row: &TaskRow) -> Result<(), StoreError> {
                if self.store.faults().broken.contains(&row.id) {
                    return Err(StoreError::Broken("as told".to_owned()));
                }
                self.inner.save_task(row).await
            }

            async fn put_cited(&mut self, page: &CitedPage) -> Result<(), StoreError> {
                if self.store.faults().broken_cited {
                    return Err(StoreError::Broken("as told".to_owned()));
                }
                self.inner.put_cited(page).await
            }

            async fn commit(self: Box<Self>) -> Result<(), StoreError> {
                let next = self.store.faults().next.pop_front().unwrap_or(Commit::Done);
                match next {
                    Commit::Unavailable => return Err(StoreError::Unavailable("as told".to_owned())),
                    Commit::UnknownUndone => {
                        return Err(StoreError::CommitUnknown("as told, and not done".to_owned()));
                    }
                    Commit::Done | Commit::UnknownDone => self.inner.commit().await?,
                }
                if next == Commit::UnknownDone {
                    return Err(StoreError::CommitUnknown("as told, and done".to_owned()));
                }
                self.store.faults().done += 1;
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
    wake_waiting(now: Timestamp) -> u64;
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
    release_outbox() -> u64;
    delete_outbox(sent: &[(TaskId, u32)]) -> ();
    next_outbox() -> Option<Timestamp>;
    insert_record(key: &ContentHash, submission: SubmissionId, record: &Record) -> ();
    latest_record(key: &ContentHash) -> Option<Record>;
    latest_read(key: &ContentHash) -> Option<Record>;
    record_of(job: JobId) -> Option<Record>;
    has_cited(hash: &ContentHash) -> bool;
    cited(hash: &ContentHash) -> Option<CitedPage>;
    append_ledger(rows: &[LedgerRow]) -> ();
    ledger(job: JobId) -> Vec<LedgerRow>;
    file_dead(row: &DeadRow) -> ();
    dead(after: i64, limit: u32) -> Vec<Filed>;
    take_dead(number: i64) -> Option<DeadRow>;
    resource(name: &str) -> Option<ResourceRow>;
    save_resource(row: &ResourceRow) -> ();
}
