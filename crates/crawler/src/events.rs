//! What happens in the crawl stage, told once.

use std::time::Duration;

use gleaner_contract::{Shown, TaskId, UrlReason};
use gleaner_ports::{EvidenceError, FetchError};
use tracing::{debug, info, warn};

pub(crate) fn fetched(task: TaskId, url: &str, reason: UrlReason, bytes: u64, requests: u32, took: Duration) {
    info!(
        task.id = %task, url.full = %Shown(url), reason = reason.as_str(), page.size_bytes = bytes, http.requests = requests,
        "stored page"
    );
    gleaner_telemetry::meters().visit(took, "2xx");
}

pub(crate) fn not_modified(task: TaskId, url: &str, took: Duration) {
    info!(task.id = %task, url.full = %Shown(url), "page is not modified");
    gleaner_telemetry::meters().visit(took, "3xx");
}

pub(crate) fn not_fetched(task: TaskId, url: &str, error: &FetchError, took: Duration) {
    info!(
        task.id = %task, url.full = %Shown(url), reason = error.reason.as_str(), http.response.status_code = error.status,
        error.detail = error.detail, "page was not fetched"
    );
    let class = match error.status {
        Some(400..=499) => "4xx",
        Some(500..=599) => "5xx",
        // no answer, or one that was refused for something else
        _ => "error",
    };
    gleaner_telemetry::meters().visit(took, class);
}

pub(crate) fn at_hand(task: TaskId, url: &str, reason: UrlReason) {
    debug!(task.id = %task, url.full = %Shown(url), reason = reason.as_str(), "capture is at hand");
}

pub(crate) fn reading_looked_up(task: TaskId, hit: bool) {
    debug!(task.id = %task, lookup.hit = hit, "looked up what the same text gave before");
    gleaner_telemetry::meters().evidence_lookup("reading", hit);
}

pub(crate) fn robots_fetched(origin: &str, found: bool) {
    debug!(url.origin = %origin, robots.found = found, "robots.txt read");
}

pub(crate) fn robots_unreachable(origin: &str, reason: UrlReason, detail: &str) {
    debug!(url.origin = %origin, reason = reason.as_str(), error.detail = detail, "robots.txt could not be had");
}

pub(crate) fn fetched_elsewhere(task: TaskId, url: &str) {
    debug!(task.id = %task, url.full = %Shown(url), "another task is fetching the page");
}

pub(crate) fn leases_away(error: &EvidenceError) {
    warn!(error = %error, "leases are away, page may be asked for twice");
}
