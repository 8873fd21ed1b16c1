//! Between stored rows and what flow thinks in.

use gleaner_contract::{Amounts, Timestamp, wire};
use gleaner_flow::{Group, JobSpec, JobState, NewTask, TaskFacts, TaskPhase};
use gleaner_ports::{
    StoreError,
    jobs::{JobRow, SubmissionRow, TaskRow, TaskState},
};
use serde::{Serialize, de::DeserializeOwned};

pub(crate) fn encode<T: Serialize>(value: &T) -> Result<Vec<u8>, StoreError> {
    wire::encode(value).map_err(|error| StoreError::Broken(error.to_string()))
}

fn decode<T: DeserializeOwned>(what: &str, bytes: &[u8]) -> Result<T, StoreError> {
    wire::decode(bytes).map_err(|error| StoreError::Broken(format!("stored {what} cannot be read: {error}")))
}

/// What the job is about.
pub fn read_spec(row: &JobRow) -> Result<JobSpec, StoreError> {
    decode("job spec", &row.spec)
}

/// Where the job stands.
pub fn read_state(row: &JobRow) -> Result<JobState, StoreError> {
    decode("job state", &row.state)
}

pub(crate) fn read_group(row: &SubmissionRow) -> Result<Group, StoreError> {
    decode("submission account", &row.account)
}

pub(crate) fn facts(row: &TaskRow) -> TaskFacts {
    TaskFacts {
        id: row.id,
        url: row.url.clone(),
        phase: match row.state {
            TaskState::Found => TaskPhase::Found,
            TaskState::Waiting => TaskPhase::Waiting,
            TaskState::Open => TaskPhase::Open,
            TaskState::Done => TaskPhase::Done,
        },
        epoch: row.epoch,
        attempt: row.attempt,
        crashes: row.crashes,
        permit: row.permit.clone(),
        fresh_after: row.fresh_after,
    }
}

pub(crate) fn found_task(job: &JobRow, task: NewTask) -> TaskRow {
    TaskRow {
        id: task.id,
        job: job.id,
        url: task.url,
        depth: task.depth,
        score: task.score,
        resource: task.resource,
        state: TaskState::Found,
        epoch: 0,
        attempt: 0,
        crashes: 0,
        not_before: Timestamp::default(),
        lease_until: None,
        permit: Amounts::none(),
        fresh_after: None,
        outcome: None,
        detail: String::new(),
        ended_at: None,
        cost: Amounts::none(),
    }
}
