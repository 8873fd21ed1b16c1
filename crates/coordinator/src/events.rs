//! What happens in the coordinator, told once.

use std::time::Duration;

use gleaner_contract::{Headers, JobId, Queue, SubmissionId, TaskId, Ticket, UrlReason};
use gleaner_flow::{JobSpec, JobState};
use gleaner_ports::{Death, PublishError};
use gleaner_telemetry::{KeyValue, in_trace};
use tracing::{debug, error, info, warn};

use crate::{pacing::Change, unit::CommitError};

pub(crate) fn submitted(submission: SubmissionId, jobs: usize) {
    info!(submission.id = %submission, submission.jobs = jobs, "accepted");
}

pub(crate) fn requeued(job: JobId, tasks: u32) {
    info!(job.id = %job, tasks.count = tasks, "due at once");
}

pub(crate) fn replayed(job: JobId, task: TaskId, epoch: u32, queue: Queue) {
    in_trace(job, || info!(task.id = %task, task.epoch = epoch, queue = %queue, "dead letter sent again"));
}

pub(crate) fn recovered(tasks: usize) {
    info!(tasks.count = tasks, "put back what an earlier run left under way");
}

/// With it the root span of the job's trace is sent, from its first dispatch to its end.
pub(crate) fn job_ended(spec: &JobSpec, state: &JobState) {
    let (job, status) = (spec.job, state.status.as_str());
    let stop = state.stop.as_ref().map(ToString::to_string).unwrap_or_default();
    in_trace(job, || info!(job.id = %job, job.status = status, job.stop_reason = stop, "job ended"));
    gleaner_telemetry::meters().job_ended(status);
    let ended = state.ended_at.unwrap_or(spec.created_at);
    let attributes = vec![
        KeyValue::new("job.id", job.to_string()),
        KeyValue::new("job.status", status),
        KeyValue::new("job.stop_reason", stop),
        KeyValue::new("job.pages_read", i64::from(state.pages_read)),
    ];
    gleaner_telemetry::job_span(job, state.started_at.unwrap_or(ended), ended, attributes);
}

pub(crate) fn dispatched(tasks: usize, open: usize) {
    debug!(tasks.count = tasks, chains.open = open, "dispatched");
}

pub(crate) fn reissued(job: JobId, task: TaskId, epoch: u32) {
    in_trace(job, || warn!(task.id = %task, task.epoch = epoch, "lease passed without a report"));
    gleaner_telemetry::meters().reissues(1);
}

pub(crate) fn late_report(ticket: &Ticket, settled: bool) {
    in_trace(ticket.job, || {
        info!(task.id = %ticket.task, task.epoch = ticket.epoch, permit.settled = settled, "report of a closed epoch");
    });
}

pub(crate) fn evidence_expired(ticket: &Ticket) {
    in_trace(ticket.job, || warn!(task.id = %ticket.task, "cited page has left the evidence store"));
}

pub(crate) fn batch_committed(reports: usize) {
    debug!(batch.reports = reports, "batch committed");
}

pub(crate) fn batch_bisected(reports: usize, error: &CommitError) {
    warn!(batch.reports = reports, error = %error, "batch failed, bisecting");
    gleaner_telemetry::meters().batches_bisected(1);
}

pub(crate) fn report_dead(task: TaskId, epoch: u32, error: &str) {
    error!(task.id = %task, task.epoch = epoch, error, "report filed as dead");
    gleaner_telemetry::meters().dead(1);
}

pub(crate) fn finding_uncited(ticket: &Ticket, field: &str) {
    in_trace(ticket.job, || {
        error!(task.id = %ticket.task, finding.field = field, "finding cites another page than the report's, dropped");
    });
}

pub(crate) fn set_aside(job: JobId, error: &CommitError) {
    in_trace(job, || error!(job.id = %job, error = %error, "job cannot be carried on, set aside"));
}

pub(crate) fn store_away(error: &CommitError) {
    warn!(error = %error, "job store is away, waiting");
}

pub(crate) fn reports_away(error: &PublishError) {
    warn!(error = %error, "could not consume reports, will try again");
}

pub(crate) fn ledger_mismatch(job: JobId, what: &str, told: u64, found: u64) {
    in_trace(
        job,
        || error!(job.id = %job, ledger.what = what, rows.told = told, rows.found = found, "ledger does not match the tasks"),
    );
}

pub(crate) fn closed(job: JobId, reason: UrlReason, tasks: u64) {
    in_trace(job, || debug!(job.id = %job, reason = reason.as_str(), tasks.count = tasks, "frontier closed"));
}

pub(crate) fn publish_held(error: PublishError) {
    warn!(error = %error, "publish was not confirmed, kept in the outbox");
}

pub(crate) fn took_over(messages: u64, jobs: u64) {
    info!(outbox.released = messages, jobs.woken = jobs, "took over");
}

pub(crate) fn dead_letters_away(error: &PublishError) {
    warn!(error = %error, "could not consume dead letters, will try again");
}

pub(crate) fn readopted(headers: &Headers, death: Option<&Death>) {
    let reason = death.map_or("unknown", |death| &death.reason);
    in_trace(headers.job, || {
        warn!(task.id = %headers.task, task.epoch = headers.epoch, reason, "dead letter of a task that waits for it, taken up again");
    });
}

pub(crate) fn filed(headers: &Headers, class: &str) {
    error!(task.id = %headers.task, task.epoch = headers.epoch, class, "dead letter filed");
    gleaner_telemetry::meters().dead(1);
}

pub(crate) fn host_pushed_back(host: &str, delay: Duration, chains: u32) {
    let delay_ms = u64::try_from(delay.as_millis()).unwrap_or(u64::MAX);
    info!(host.name = host, host.delay_ms = delay_ms, host.chains = chains, "host pushed back, asked less");
    gleaner_telemetry::meters().pushed_back();
}

pub(crate) fn host_probed(host: &str) {
    info!(host.name = host, "probing a host that did not answer");
    gleaner_telemetry::meters().host_break("probe");
}

pub(crate) fn host_break(host: &str, change: Change) {
    let state = match change {
        Change::Opened => {
            warn!(host.name = host, "host does not answer, its pages wait");
            "open"
        }
        Change::Closed => {
            info!(host.name = host, "host answers again");
            "closed"
        }
        Change::GivenUp => {
            warn!(host.name = host, "host answers no probe, its pages wait no longer");
            "given_up"
        }
    };
    gleaner_telemetry::meters().host_break(state);
}
