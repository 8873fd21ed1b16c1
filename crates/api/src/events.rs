//! What happens at the API, told once. Never keys or bodies.

use gleaner_contract::{JobId, SubmissionId};
use gleaner_coordinator::Requeued;
use tracing::{error, info, warn};

use crate::keys::Caller;

pub(crate) fn serving(address: std::net::SocketAddr, keys: usize) {
    info!(server.address = %address, keys.count = keys, "serving the API");
}

pub(crate) fn accepted(caller: &Caller, submission: SubmissionId, jobs: usize, resumed: bool) {
    info!(tenant = %caller.tenant, key.name = caller.key, submission.id = %submission, submission.jobs = jobs, resumed, "accepted");
}

pub(crate) fn cancelled(caller: &Caller, job: JobId) {
    info!(tenant = %caller.tenant, key.name = caller.key, job.id = %job, "cancelled");
}

pub(crate) fn requeued(caller: &Caller, job: JobId, requeued: &Requeued) {
    info!(tenant = %caller.tenant, key.name = caller.key, job.id = %job, job.next = %requeued.job, "requeued");
}

pub(crate) fn store_away(id: &str, error: &dyn std::error::Error) {
    warn!(error.id = id, error = %error, "job store is away");
}

pub(crate) fn not_ready(why: &str) {
    warn!(error = why, "not ready");
}

pub(crate) fn failed(id: &str, error: &dyn std::fmt::Display) {
    error!(error.id = id, error = %error, "request failed on our side");
}
