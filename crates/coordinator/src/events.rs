//! What happens in the coordinator, told once.

use gleaner_contract::{JobId, JobStatus, StopReason, SubmissionId, TaskId, UrlReason};
use tracing::{debug, error, info, warn};

use crate::unit::CommitError;

pub(crate) fn submitted(submission: SubmissionId, jobs: usize) {
    info!(submission.id = %submission, jobs, "accepted");
}

pub(crate) fn recovered(tasks: usize) {
    info!(tasks, "put back what an earlier run left under way");
}

pub(crate) fn job_ended(job: JobId, status: JobStatus, stop: Option<&StopReason>) {
    let stop = stop.map(ToString::to_string).unwrap_or_default();
    info!(job.id = %job, job.status = status.as_str(), job.stop_reason = stop, "job ended");
    gleaner_telemetry::meters().job_ended(status.as_str());
}

pub(crate) fn dispatched(tasks: usize, open: usize) {
    debug!(tasks, chains.open = open, "dispatched");
}

pub(crate) fn reissued(task: TaskId, epoch: u32) {
    warn!(task.id = %task, task.epoch = epoch, "lease passed without a report");
    gleaner_telemetry::meters().reissues(1);
}

pub(crate) fn late_report(task: TaskId, epoch: u32, settled: bool) {
    info!(task.id = %task, task.epoch = epoch, permit.settled = settled, "report of a closed epoch");
}

pub(crate) fn evidence_expired(task: TaskId) {
    warn!(task.id = %task, "cited page has left the evidence store");
}

pub(crate) fn batch_committed(reports: usize) {
    debug!(reports, "batch committed");
}

pub(crate) fn batch_bisected(reports: usize, error: &CommitError) {
    warn!(reports, error = %error, "batch failed, bisecting");
    gleaner_telemetry::meters().batches_bisected(1);
}

pub(crate) fn report_dead(task: TaskId, epoch: u32, error: &str) {
    error!(task.id = %task, task.epoch = epoch, error, "report filed as dead");
    gleaner_telemetry::meters().dead(1);
}

pub(crate) fn finding_uncited(task: TaskId, field: &str) {
    error!(task.id = %task, field, "finding cites another page than the report's, dropped");
}

pub(crate) fn set_aside(job: JobId, error: &CommitError) {
    error!(job.id = %job, error = %error, "job cannot be carried on, set aside");
}

pub(crate) fn store_away(error: &CommitError) {
    warn!(error = %error, "job store is away, waiting");
}

pub(crate) fn ledger_mismatch(job: JobId, what: &str, told: u64, found: u64) {
    error!(job.id = %job, what, told, found, "ledger does not match the tasks");
}

pub(crate) fn closed(job: JobId, reason: UrlReason, tasks: u64) {
    debug!(job.id = %job, reason = reason.as_str(), tasks, "frontier closed");
}

pub(crate) fn publish_held(error: gleaner_ports::PublishError) {
    warn!(error = %error, "publish was not confirmed, kept in the outbox");
}
