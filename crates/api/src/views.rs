//! What the API shows of rows, and the client reads again.

use gleaner_contract::{JobId, JobStatus, SubmissionId, Timestamp, UrlCounts};
use gleaner_coordinator::{Requeued, read_state};
use gleaner_ports::{
    StoreError,
    jobs::{JobRow, SubmissionRow},
};
use serde::{Deserialize, Serialize};

/// A group of jobs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SubmissionView {
    pub id: SubmissionId,
    pub created_at: Timestamp,
    pub jobs: u32,
    /// How many of them are terminal.
    pub ended: u32,
}

/// One target's job.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct JobView {
    pub job: JobId,
    pub submission: SubmissionId,
    /// The caller's id of the target.
    pub id: String,
    /// Its place among the submission's targets, from 0.
    pub position: u32,
    pub status: JobStatus,
    pub urls: UrlCounts,
    pub pages_read: u32,
    pub created_at: Timestamp,
    pub ended_at: Option<Timestamp>,
}

/// What became of a submission that was sent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Accepted {
    pub id: SubmissionId,
    pub jobs: usize,
    /// It was accepted before and is carried on with.
    pub resumed: bool,
    /// Targets that do not run, each with what is wrong with it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub rejected: Vec<String>,
}

/// A job that was taken up again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RequeuedView {
    pub submission: SubmissionId,
    /// The job that does the work from here on: another than was asked for, where that one had ended.
    pub job: JobId,
    /// The job had ended, and its target was submitted again.
    pub anew: bool,
    /// Tasks that need not wait for their next try any longer.
    pub woken: u32,
}

impl From<Requeued> for RequeuedView {
    fn from(Requeued { submission, job, anew, woken }: Requeued) -> Self {
        Self { submission, job, anew, woken }
    }
}

/// Whether the API can work, and its version.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Readiness {
    pub ready: bool,
    /// Older ones do not tell.
    #[serde(default)]
    pub version: Option<String>,
}

/// A page that a record cites.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Capture {
    /// Where the record says that it was read.
    pub url: String,
    pub content_type: Option<String>,
    pub body: Vec<u8>,
}

impl From<&SubmissionRow> for SubmissionView {
    fn from(row: &SubmissionRow) -> Self {
        Self { id: row.id, created_at: row.created_at, jobs: row.jobs, ended: row.ended }
    }
}

impl TryFrom<&JobRow> for JobView {
    type Error = StoreError;

    fn try_from(row: &JobRow) -> Result<Self, StoreError> {
        let state = read_state(row)?;
        Ok(Self {
            job: row.id,
            submission: row.submission,
            id: row.target.clone(),
            position: row.position,
            status: row.status,
            urls: state.counts,
            pages_read: state.pages_read,
            created_at: row.created_at,
            ended_at: row.ended_at,
        })
    }
}
