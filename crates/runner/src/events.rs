//! What happens in the worker loop, told once: the log line and its fields.

use std::time::Duration;

use gleaner_contract::{Headers, Queue, Stage};
use gleaner_ports::PublishError;
use tracing::{error, info, warn};

pub(crate) fn consuming(queue: Queue, prefetch: usize) {
    info!(messaging.destination.name = %queue, messaging.prefetch = prefetch, "consuming");
}

pub(crate) fn session_over(queue: Queue) {
    warn!(messaging.destination.name = %queue, "session is over");
}

pub(crate) fn not_connected(stage: Stage, error: &PublishError) {
    warn!(stage = stage.as_str(), error = %error, "could not consume, will try again");
}

pub(crate) fn undecodable(headers: &Headers, error: &dyn std::error::Error) {
    warn!(
        messaging.message.type = %headers.message_type, task.id = %headers.task, task.epoch = headers.epoch,
        error = %error, "message cannot be read, filed as dead"
    );
}

pub(crate) fn newer(headers: &Headers) {
    info!(
        messaging.message.type = %headers.message_type, task.id = %headers.task, task.epoch = headers.epoch,
        "message is of a newer version, left to those who can read it"
    );
}

pub(crate) fn not_run_again(headers: &Headers, crashes: u32) {
    warn!(
        task.id = %headers.task, task.epoch = headers.epoch, task.crashes = crashes,
        "an earlier delivery did not come to its end, not run again"
    );
}

pub(crate) fn marks_away(headers: &Headers, error: &dyn std::error::Error) {
    warn!(task.id = %headers.task, error = %error, "spend mark could not be taken, paid work waits");
}

pub(crate) fn dropped_late(headers: &Headers) {
    info!(task.id = %headers.task, task.epoch = headers.epoch, "message is past its deadline, not run to its end");
}

pub(crate) fn stage_failed(headers: &Headers, error: &dyn std::error::Error) {
    warn!(task.id = %headers.task, task.epoch = headers.epoch, error = %error, "stage failed");
}

pub(crate) fn stage_panicked(headers: &Headers) {
    error!(task.id = %headers.task, task.epoch = headers.epoch, "stage panicked");
}

pub(crate) fn output_kept_back(headers: &Headers, error: PublishError) {
    warn!(
        task.id = %headers.task, task.epoch = headers.epoch, error = %error,
        "outputs were not published, message is given back"
    );
}

pub(crate) fn draining(running: usize, grace: Duration) {
    info!(messages.running = running, grace_s = grace.as_secs(), "draining");
}

pub(crate) fn drained() {
    info!("drained");
}
