//! All tables of the store, and what holds for each of them.

use gleaner_contract::{ContentHash, JobId, LedgerRow, Record, SubmissionId, TaskId, Timestamp};

use super::{
    super::{
        CitedPage, DeadRow, JobRow, OutboxRow, ResourceRow, StoreError, SubmissionRow, TaskRow, UnknownPermit,
    },
    table::Table,
};

/// A message on its way out: when it may be claimed, and its place among those put.
#[derive(Clone)]
pub(super) struct Outgoing {
    pub(super) due_at: Timestamp,
    pub(super) seq: u64,
    pub(super) row: OutboxRow,
}

#[derive(Default)]
pub(super) struct Tables {
    pub(super) submissions: Table<SubmissionId, SubmissionRow>,
    pub(super) jobs: Table<JobId, JobRow>,
    pub(super) places: Table<(SubmissionId, u32), JobId>,
    pub(super) tasks: Table<TaskId, TaskRow>,
    pub(super) urls: Table<(JobId, String), TaskId>,
    /// Each job's tasks in the order they were found.
    pub(super) found: Table<(JobId, u64), TaskId>,
    pub(super) unknown: Table<(TaskId, u32), UnknownPermit>,
    pub(super) outbox: Table<(TaskId, u32), Outgoing>,
    pub(super) records: Table<JobId, (ContentHash, Record)>,
    pub(super) pages: Table<ContentHash, CitedPage>,
    pub(super) ledger: Table<u64, LedgerRow>,
    pub(super) filed: Table<u64, DeadRow>,
    pub(super) resources: Table<String, ResourceRow>,
}

impl Tables {
    pub(super) fn rollback(&mut self) {
        self.submissions.rollback();
        self.jobs.rollback();
        self.places.rollback();
        self.tasks.rollback();
        self.urls.rollback();
        self.found.rollback();
        self.unknown.rollback();
        self.outbox.rollback();
        self.records.rollback();
        self.pages.rollback();
        self.ledger.rollback();
        self.filed.rollback();
        self.resources.rollback();
    }

    /// What was written stays.
    pub(super) fn keep(&mut self) {
        self.submissions.keep();
        self.jobs.keep();
        self.places.keep();
        self.tasks.keep();
        self.urls.keep();
        self.found.keep();
        self.unknown.keep();
        self.outbox.keep();
        self.records.keep();
        self.pages.keep();
        self.ledger.keep();
        self.filed.keep();
        self.resources.keep();
    }
}

pub(super) fn broken(what: impl Into<String>) -> StoreError {
    StoreError::Broken(what.into())
}

/// The first `limit` of these after sorting by `key`.
pub(super) fn first_by<T, K: Ord>(
    rows: impl Iterator<Item = T>,
    limit: u32,
    key: impl FnMut(&T) -> K,
) -> Vec<T> {
    let mut rows: Vec<T> = rows.collect();
    rows.sort_by_key(key);
    rows.truncate(count(limit));
    rows
}

pub(super) fn count(limit: u32) -> usize {
    usize::try_from(limit).unwrap_or(usize::MAX)
}
