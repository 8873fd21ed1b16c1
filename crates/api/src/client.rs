//! The API as a program asks it.

use std::time::Duration;

use gleaner_contract::{ContentHash, JobId, Lane, LedgerRow, Record, Submission, SubmissionId};
use gleaner_fetch::{Ask, OperatorAnswer, OperatorClient, OperatorError};
use secrecy::SecretString;
use serde::de::DeserializeOwned;
use serde_json::Value;
use url::Url;

use crate::{
    handlers::MAX_BODY,
    submissions::RESOLVED,
    views::{Accepted, Capture, JobView, Readiness, RequeuedView, SubmissionView},
};

/// The longest answer, in bytes: a page may be long.
const MAX_ANSWER: usize = 64 << 20;
const PATIENCE: Duration = Duration::from_secs(30);

/// More than the API itself takes at most.
const SUBMIT: Duration = Duration::from_secs(200);

/// A deployment, asked with a key.
#[derive(Debug, Clone)]
pub struct Client {
    client: OperatorClient,
    base: Url,
    key: Option<SecretString>,
}

/// Why the deployment did not do as asked.
#[derive(Debug, thiserror::Error)]
pub enum ClientError {
    #[error("`{0}` is no address of a deployment")]
    Url(String),
    #[error(transparent)]
    Unreachable(#[from] OperatorError),
    /// No key, or one that is not known there.
    #[error("the deployment refused the key")]
    Key,
    #[error("{message}")]
    Refused { status: u16, message: String, hint: Option<String> },
    #[error("the answer is not of a deployment of this version")]
    Answer,
}

impl ClientError {
    /// Whether the same may succeed later.
    pub fn is_passing(&self) -> bool {
        match self {
            Self::Unreachable(_) => true,
            Self::Refused { status, .. } => matches!(status, 429 | 500..=599),
            _ => false,
        }
    }
}

type Result<T> = std::result::Result<T, ClientError>;

impl Client {
    pub fn new(url: &str, key: Option<SecretString>) -> Result<Self> {
        let base =
            Url::parse(url).ok().filter(|url| matches!(url.scheme(), "http" | "https") && url.has_host());
        let base = base.ok_or_else(|| ClientError::Url(url.chars().take(100).collect()))?;
        Ok(Self { client: OperatorClient::new()?, base, key })
    }

    pub async fn submit(&self, submission: &Submission, lane: Lane) -> Result<Accepted> {
        let body = serde_json::to_vec(submission).map_err(|_| ClientError::Answer)?;
        if body.len() > MAX_BODY {
            // a server that refuses a body in the middle of it is not always heard
            let message = format!("the submission takes {} bytes, more than {MAX_BODY}", body.len());
            return Err(ClientError::Refused {
                status: 413,
                message,
                hint: Some("split the targets".into()),
            });
        }
        let path = format!("v1/submissions?lane={}", lane.as_str());
        json(&self.ask("POST", &path, Some((RESOLVED, body)), SUBMIT).await?)
    }

    pub async fn submissions(&self, limit: u32) -> Result<Vec<SubmissionView>> {
        self.get(&format!("v1/submissions?limit={limit}")).await
    }

    pub async fn submission(&self, id: SubmissionId) -> Result<Option<SubmissionView>> {
        found(self.get(&format!("v1/submissions/{id}")).await)
    }

    pub async fn jobs(&self, submission: SubmissionId, from: u32, limit: u32) -> Result<Vec<JobView>> {
        self.get(&format!("v1/submissions/{submission}/jobs?from={from}&limit={limit}")).await
    }

    pub async fn job(&self, id: JobId) -> Result<Option<JobView>> {
        found(self.get(&format!("v1/jobs/{id}")).await)
    }

    pub async fn record(&self, job: JobId) -> Result<Option<Record>> {
        found(self.get(&format!("v1/jobs/{job}/record")).await)
    }

    /// See [`crate::Reader::records`]; a page holds [`crate::RECORDS`] at most.
    pub async fn records(&self, submission: SubmissionId, from: u32, limit: u32) -> Result<Vec<Record>> {
        let path = format!("v1/submissions/{submission}/records?from={from}&limit={limit}");
        let answer = self.ask("GET", &path, None, PATIENCE).await?;
        let lines = answer.body.split(|byte| *byte == b'\n').filter(|line| !line.is_empty());
        lines.map(|line| serde_json::from_slice(line).map_err(|_| ClientError::Answer)).collect()
    }

    pub async fn ledger(&self, job: JobId) -> Result<Option<Vec<LedgerRow>>> {
        found(self.get(&format!("v1/jobs/{job}/ledger")).await)
    }

    pub async fn capture(&self, job: JobId, hash: &ContentHash) -> Result<Option<Capture>> {
        let answer = match self.ask("GET", &format!("v1/jobs/{job}/captures/{hash}"), None, PATIENCE).await {
            Err(ClientError::Refused { status: 404, .. }) => return Ok(None),
            answer => answer?,
        };
        let header = |name: &str| {
            answer.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.clone())
        };
        let url = header("gleaner-url").unwrap_or_default();
        Ok(Some(Capture { url, content_type: header("gleaner-content-type"), body: answer.body }))
    }

    /// How the API says it is, ready or not. Needs no key.
    pub async fn readiness(&self) -> Result<Readiness> {
        let answer = self.exchange("GET", "readyz", None, PATIENCE).await?;
        match answer.status {
            200 | 503 => json(&answer),
            status => Err(refused(status, &answer)),
        }
    }

    /// Where it is, for people.
    pub fn place(&self) -> String {
        self.base.origin().ascii_serialization()
    }

    /// How many jobs that ended by it; `None` where there is no such submission.
    pub async fn cancel_submission(&self, id: SubmissionId) -> Result<Option<u64>> {
        self.cancel(&format!("v1/submissions/{id}/cancel")).await
    }

    /// See [`Self::cancel_submission`].
    pub async fn cancel_job(&self, id: JobId) -> Result<Option<u64>> {
        self.cancel(&format!("v1/jobs/{id}/cancel")).await
    }

    /// `None` where there is no such job.
    pub async fn requeue_job(&self, id: JobId) -> Result<Option<RequeuedView>> {
        let answer = self.ask("POST", &format!("v1/jobs/{id}/requeue"), None, SUBMIT).await;
        found(answer.and_then(|answer| json(&answer)))
    }

    async fn cancel(&self, path: &str) -> Result<Option<u64>> {
        let Some(answer) = found(self.ask("POST", path, None, SUBMIT).await)? else { return Ok(None) };
        let told: Value = json(&answer)?;
        told["cancelled"].as_u64().map(Some).ok_or(ClientError::Answer)
    }

    async fn get<T: DeserializeOwned>(&self, path: &str) -> Result<T> {
        json(&self.ask("GET", path, None, PATIENCE).await?)
    }

    async fn ask(
        &self,
        method: &str,
        path: &str,
        body: Option<(&str, Vec<u8>)>,
        within: Duration,
    ) -> Result<OperatorAnswer> {
        let answer = self.exchange(method, path, body, within).await?;
        match answer.status {
            200..=299 => Ok(answer),
            401 => Err(ClientError::Key),
            status => Err(refused(status, &answer)),
        }
    }

    async fn exchange(
        &self,
        method: &str,
        path: &str,
        body: Option<(&str, Vec<u8>)>,
        within: Duration,
    ) -> Result<OperatorAnswer> {
        let base = self.base.as_str().trim_end_matches('/');
        let url = Url::parse(&format!("{base}/{path}")).map_err(|_| ClientError::Url(base.to_owned()))?;
        let ask = Ask { method, url, key: self.key.as_ref(), body, max_bytes: MAX_ANSWER, within };
        Ok(self.client.ask(ask).await?)
    }
}

fn refused(status: u16, answer: &OperatorAnswer) -> ClientError {
    let told: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
    let text = |name: &str| told["error"][name].as_str().map(str::to_owned);
    let message = text("message").unwrap_or_else(|| format!("the deployment answered {status}"));
    ClientError::Refused { status, message, hint: text("hint") }
}

fn json<T: DeserializeOwned>(answer: &OperatorAnswer) -> Result<T> {
    serde_json::from_slice(&answer.body).map_err(|_| ClientError::Answer)
}

fn found<T>(answer: Result<T>) -> Result<Option<T>> {
    match answer {
        Ok(found) => Ok(Some(found)),
        Err(ClientError::Refused { status: 404, .. }) => Ok(None),
        Err(error) => Err(error),
    }
}
