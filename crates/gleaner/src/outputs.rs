//! Reads what jobs are and left: in the state directory here, or of a deployment through its API.

use anyhow::Context as _;
use gleaner_api::{Capture, Client, JobView, RECORDS, Reader, SubmissionView};
use gleaner_contract::{ContentHash, JobId, LedgerRow, Record, SubmissionId};

use crate::exit::BadInput;

/// Jobs read at once.
const PAGE: u32 = 500;

/// Submissions among which a target's id is looked for.
const LOOKED_THROUGH: u32 = 500;

/// The read side of jobs.
#[derive(Debug, Clone)]
pub(crate) enum Outputs {
    Here(Reader),
    There(Client),
}

const STORE: &str = "could not read the job store";

impl Outputs {
    pub(crate) async fn submission(&self, id: SubmissionId) -> anyhow::Result<SubmissionView> {
        let found = match self {
            Self::Here(reader) => reader.submission(id).await.context(STORE)?,
            Self::There(client) => client.submission(id).await?,
        };
        found.ok_or_else(|| {
            BadInput::new(format!("no submission `{id}`")).hint("`gleaner jobs` lists them").into()
        })
    }

    pub(crate) async fn submissions(&self, limit: u32) -> anyhow::Result<Vec<SubmissionView>> {
        match self {
            Self::Here(reader) => reader.submissions(limit).await.context(STORE),
            Self::There(client) => Ok(client.submissions(limit).await?),
        }
    }

    /// The jobs of a submission, in the order of its targets.
    pub(crate) async fn jobs(&self, submission: SubmissionId) -> anyhow::Result<Vec<JobView>> {
        let mut jobs: Vec<JobView> = Vec::new();
        loop {
            let from = jobs.last().map_or(0, |job| job.position + 1);
            let page = match self {
                Self::Here(reader) => reader.jobs(submission, from, PAGE).await.context(STORE)?,
                Self::There(client) => client.jobs(submission, from, PAGE).await?,
            };
            if page.is_empty() {
                return Ok(jobs);
            }
            jobs.extend(page);
        }
    }

    /// The records of a submission's ended jobs, in the order of its targets.
    pub(crate) async fn records(&self, submission: SubmissionId) -> anyhow::Result<Vec<Record>> {
        let (jobs, mut records) = (self.submission(submission).await?.jobs, Vec::new());
        for from in (0..jobs).step_by(RECORDS as usize) {
            records.extend(match self {
                Self::Here(reader) => reader.records(submission, from, RECORDS).await.context(STORE)?,
                Self::There(client) => client.records(submission, from, RECORDS).await?,
            });
        }
        Ok(records)
    }

    /// A job by its own id, or the newest one whose target has this id.
    pub(crate) async fn find_job(&self, id: &str) -> anyhow::Result<JobView> {
        if let Ok(job) = id.parse::<JobId>() {
            let found = match self {
                Self::Here(reader) => reader.job(job).await.context(STORE)?,
                Self::There(client) => client.job(job).await?,
            };
            if let Some(job) = found {
                return Ok(job);
            }
        }
        for submission in self.submissions(LOOKED_THROUGH).await? {
            if let Some(job) = self.jobs(submission.id).await?.into_iter().find(|job| job.id == id) {
                return Ok(job);
            }
        }
        Err(BadInput::new(format!("no job or target `{id}`")).hint("`gleaner jobs` lists them").into())
    }

    pub(crate) async fn record(&self, job: JobId) -> anyhow::Result<Option<Record>> {
        match self {
            Self::Here(reader) => reader.record(job).await.context(STORE),
            Self::There(client) => Ok(client.record(job).await?),
        }
    }

    /// Every URL that the job saw, every field that it wanted, and what it spent.
    pub(crate) async fn ledger(&self, job: JobId) -> anyhow::Result<Vec<LedgerRow>> {
        let found = match self {
            Self::Here(reader) => reader.ledger(job).await.context(STORE)?,
            Self::There(client) => client.ledger(job).await?,
        };
        Ok(found.unwrap_or_default())
    }

    /// A page that this job's record cites.
    pub(crate) async fn capture(&self, job: JobId, hash: &ContentHash) -> anyhow::Result<Option<Capture>> {
        match self {
            Self::Here(reader) => reader.capture(job, hash).await.context(STORE),
            Self::There(client) => Ok(client.capture(job, hash).await?),
        }
    }
}
