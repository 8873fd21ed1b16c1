//! Reads what ended jobs left in the store, page by page.

use std::sync::Arc;

use anyhow::Context as _;
use gleaner_contract::{
    ContentHash, Currency, JobId, LedgerKind, LedgerRow, Record, SubmissionId, Tenant, UrlOutcome,
};
use gleaner_coordinator::read_spec;
use gleaner_ports::{
    JobStore, JobTx,
    jobs::{CitedPage, JobRow, SubmissionRow, TaskRow},
};

use crate::exit::BadInput;

/// Jobs read at once.
const PAGE: u32 = 500;

/// The read side of the job store.
#[derive(Debug, Clone)]
pub(crate) struct Outputs {
    store: Arc<dyn JobStore>,
}

impl Outputs {
    pub(crate) fn new(store: Arc<dyn JobStore>) -> Self {
        Self { store }
    }

    async fn begin(&self) -> anyhow::Result<Box<dyn JobTx>> {
        self.store.begin().await.context("could not read the job store")
    }

    pub(crate) async fn submission(&self, id: SubmissionId) -> anyhow::Result<SubmissionRow> {
        let found = self.begin().await?.submission(id).await?;
        found.ok_or_else(|| {
            BadInput::new(format!("no submission `{id}`")).hint("`gleaner jobs` lists them").into()
        })
    }

    pub(crate) async fn submissions(&self, limit: u32) -> anyhow::Result<Vec<SubmissionRow>> {
        Ok(self.begin().await?.submissions(&Tenant::local(), limit).await?)
    }

    /// The jobs of a submission, in the order of its targets.
    pub(crate) async fn jobs(&self, submission: SubmissionId) -> anyhow::Result<Vec<JobRow>> {
        let mut jobs: Vec<JobRow> = Vec::new();
        loop {
            let from = jobs.last().map_or(0, |job| job.position + 1);
            let page = self.begin().await?.jobs_of(submission, from, PAGE).await?;
            if page.is_empty() {
                return Ok(jobs);
            }
            jobs.extend(page);
        }
    }

    /// The records of a submission's ended jobs, in the order of its targets.
    pub(crate) async fn records(&self, submission: SubmissionId) -> anyhow::Result<Vec<Record>> {
        let mut records = Vec::new();
        for page in self.jobs(submission).await?.chunks(PAGE as usize) {
            let mut tx = self.begin().await?;
            for job in page {
                records.extend(tx.record_of(job.id).await?);
            }
        }
        Ok(records)
    }

    /// A job by its own id, or the newest one whose target has this id.
    pub(crate) async fn find_job(&self, id: &str) -> anyhow::Result<JobRow> {
        if let Ok(job) = id.parse::<JobId>()
            && let Some(row) = self.begin().await?.jobs(&[job]).await?.pop()
        {
            return Ok(row);
        }
        for submission in self.submissions(1_000).await? {
            if let Some(row) = self.jobs(submission.id).await?.into_iter().find(|job| job.target == id) {
                return Ok(row);
            }
        }
        Err(BadInput::new(format!("no job or target `{id}`")).hint("`gleaner jobs` lists them").into())
    }

    pub(crate) async fn record(&self, job: JobId) -> anyhow::Result<Option<Record>> {
        Ok(self.begin().await?.record_of(job).await?)
    }

    /// Every URL that the job saw, every field that it wanted, and what it spent.
    pub(crate) async fn ledger(&self, job: JobId) -> anyhow::Result<Vec<LedgerRow>> {
        let mut tx = self.begin().await?;
        let mut currency = Currency::USD;
        for row in tx.jobs(&[job]).await? {
            currency = read_spec(&row)?.target.budget.currency();
        }
        let tasks = tx.tasks_of(job).await?.into_iter();
        let mut rows: Vec<LedgerRow> = tasks.map(|task| url_row(task, currency)).collect();
        rows.extend(tx.ledger(job).await?);
        rows.sort_by_key(|row| row.kind);
        Ok(rows)
    }

    pub(crate) async fn cited(&self, hash: &ContentHash) -> anyhow::Result<Option<CitedPage>> {
        Ok(self.begin().await?.cited(hash).await?)
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
