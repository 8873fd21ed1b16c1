//! What happens between us and the broker, told once.

use gleaner_contract::Queue;
use tracing::{debug, warn};

use crate::{connect::RabbitError, message::Unreadable};

pub(crate) fn published(queue: Queue, outcome: &'static str) {
    debug!(messaging.destination.name = %queue, outcome, "published");
    gleaner_telemetry::meters().published(&queue.to_string(), outcome);
}

pub(crate) fn publish_failed(queue: Queue, message: &str, why: &str) {
    warn!(messaging.destination.name = %queue, messaging.message.id = message, error = why, "publish was not confirmed");
}

pub(crate) fn returned(queue: Queue, message: &str) {
    warn!(messaging.destination.name = %queue, messaging.message.id = message, "message was returned: its queue is missing, declared again");
}

pub(crate) fn settled(queue: Queue, outcome: &'static str) {
    gleaner_telemetry::meters().settled(&queue.to_string(), outcome);
}

/// Nothing is lost by that: the broker delivers it again.
pub(crate) fn settled_in_vain(queue: Queue, outcome: &'static str) {
    warn!(messaging.destination.name = %queue, outcome, "session was over before a message could be settled");
    gleaner_telemetry::meters().settled(&queue.to_string(), "session_over");
}

pub(crate) fn unreadable(queue: Queue, message: &str, error: &Unreadable) {
    warn!(messaging.destination.name = %queue, messaging.message.id = message, error = %error, "message is none of ours, filed as dead");
}

pub(crate) fn consumer_failed(queue: Queue, error: &dyn std::error::Error) {
    warn!(messaging.destination.name = %queue, error = %error, "consumer ended");
}

pub(crate) fn not_connected(error: &RabbitError) {
    warn!(error = %error, "broker cannot be used");
}
