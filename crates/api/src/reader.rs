//! Reads what jobs are and left, of one tenant, page by page.

use std::{io, sync::Arc};

use gleaner_contract::{
    ContentHash, Currency, JobId, LedgerKind, LedgerRow, Record, SubmissionId, Tenant, UrlOutcome,
};
use gleaner_coordinator::read_spec;
use gleaner_ports::{
    JobStore, JobTx, StoreError,
    jobs::{JobRow, TaskRow},
};

use crate::views::{Capture, JobView, SubmissionView};

/// Why nothing was read.
#[derive(Debug, thiserror::Error)]
pub enum ReaderError {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error("stored page cannot be unpacked")]
    Damaged(#[from] io::Error),
}

type Result<T> = std::result::Result<T, ReaderError>;

/// The read side of a job store. What belongs to another tenant is not there.
#[derive(Debug, Clone)]
pub struct Reader {
    store: Arc<dyn JobStore>,
    tenant: Tenant,
}

impl Reader {
    pub fn new(store: Arc<dyn JobStore>, tenant: Tenant) -> Self {
        Self { store, tenant }
    }

    async fn begin(&self) -> Result<Box<dyn JobTx>> {
        Ok(self.store.begin().await?)
    }

    /// Newest first.
    pub async fn submissions(&self, limit: u32) -> Result<Vec<SubmissionView>> {
        let rows = self.begin().await?.submissions(&self.tenant, limit).await?;
        Ok(rows.iter().map(SubmissionView::from).collect())
    }

    pub async fn submission(&self, id: SubmissionId) -> Result<Option<SubmissionView>> {
        let found = self.begin().await?.submission(id).await?;
        Ok(found.filter(|row| row.tenant == self.tenant).map(|row| SubmissionView::from(&row)))
    }

    async fn rows(&self, submission: SubmissionId, from: u32, limit: u32) -> Result<Vec<JobRow>> {
        let mut rows = self.begin().await?.jobs_of(submission, from, limit).await?;
        rows.retain(|row| row.tenant == self.tenant);
        Ok(rows)
    }

    async fn row(&self, id: JobId) -> Result<Option<JobRow>> {
        let found = self.begin().await?.jobs(&[id]).await?.pop();
        Ok(found.filter(|row| row.tenant == self.tenant))
    }

    /// A page of a submission's jobs in the order of its targets, from `position`.
    pub async fn jobs(&self, submission: SubmissionId, from: u32, limit: u32) -> Result<Vec<JobView>> {
        let rows = self.rows(submission, from, limit).await?;
        Ok(rows.iter().map(JobView::try_from).collect::<std::result::Result<_, _>>()?)
    }

    pub async fn job(&self, id: JobId) -> Result<Option<JobView>> {
        Ok(self.row(id).await?.as_ref().map(JobView::try_from).transpose()?)
    }

    /// The record of an ended job.
    pub async fn record(&self, job: JobId) -> Result<Option<Record>> {
        match self.row(job).await? {
            Some(row) => Ok(self.begin().await?.record_of(row.id).await?),
            None => Ok(None),
        }
    }

    /// The records of those jobs that ended, among `limit` jobs in the order of the submission's targets, from `position`.
    pub async fn records(&self, submission: SubmissionId, from: u32, limit: u32) -> Result<Vec<Record>> {
        let rows = self.rows(submission, from, limit).await?;
        let mut tx = self.begin().await?;
        let mut records = Vec::new();
        for row in rows.iter().filter(|row| row.ended_at.is_some()) {
            records.extend(tx.record_of(row.id).await?);
        }
        Ok(records)
    }

    /// Every URL that the job saw, every field that it wanted, and what it spent; `None` where there is no such job.
    pub async fn ledger(&self, job: JobId) -> Result<Option<Vec<LedgerRow>>> {
        let Some(row) = self.row(job).await? else { return Ok(None) };
        let currency = read_spec(&row)?.target.budget.currency();
        let mut tx = self.begin().await?;
        let tasks = tx.tasks_of(job).await?.into_iter();
        let mut rows: Vec<LedgerRow> = tasks.map(|task| url_row(task, currency)).collect();
        rows.extend(tx.ledger(job).await?);
        rows.sort_by_key(|row: &LedgerRow| row.kind);
        Ok(Some(rows))
    }

    /// A page that this record of the tenant's cites.
    pub async fn capture(&self, job: JobId, hash: &ContentHash) -> Result<Option<Capture>> {
        let Some(record) = self.record(job).await? else { return Ok(None) };
        let mut evidence = record.fields.into_values().flat_map(|field| field.evidence);
        let Some(cited) = evidence.find(|evidence| evidence.capture == *hash) else { return Ok(None) };
        let Some(page) = self.begin().await?.cited(hash).await? else { return Ok(None) };
        // the page's own URL may be another tenant's: pages are kept once for all
        Ok(Some(Capture { url: cited.url, body: page.unpack()?, content_type: page.content_type }))
    }
}

fn url_row(task: TaskRow, currency: Currency) -> LedgerRow {
    let (outcome, reason) = match task.outcome {
        Some((outcome, reason)) => (outcome.as_str().to_owned(), reason.as_str().to_owned()),
        None => (UrlOutcome::Open.as_str().to_owned(), task.state.as_str().to_owned()),
    };
    LedgerRow {
        job: task.job,
        kind: LedgerKind::Url,
        subject: task.url,
        outcome,
        reason,
        detail: task.detail,
        at: task.ended_at.unwrap_or_default(),
        cost: task.cost.told(currency),
        count: 1,
    }
}
