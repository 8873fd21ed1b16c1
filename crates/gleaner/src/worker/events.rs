//! What happens to a worker process, told once.

use std::net::SocketAddr;

use tracing::{error, info, warn};

pub(crate) fn starting(name: &str, health: SocketAddr) {
    info!(worker = name, health.address = %health, "starting");
}

pub(crate) fn ready(name: &str) {
    info!(worker = name, "ready");
}

pub(crate) fn stopping(name: &str, signal: u8) {
    info!(worker = name, signal, "stopping");
}

pub(crate) fn stopped(name: &str) {
    info!(worker = name, "stopped");
}

pub(crate) fn failed(name: &str, error: &anyhow::Error) {
    error!(worker = name, error = format!("{error:#}"), "failed");
}

pub(crate) fn service_awaited(error: &dyn std::error::Error) {
    warn!(error = %error, "service does not answer yet, waiting");
}

pub(crate) fn standing_by() {
    info!("another coordinator leads, standing by");
}

pub(crate) fn leading() {
    info!("leading");
}

pub(crate) fn lead_lost() {
    warn!("lead lost, standing by");
}

pub(crate) fn lead_unknown(error: &dyn std::error::Error) {
    warn!(error = %error, "could not ask for the lead");
}

pub(crate) fn not_taken_over(error: &dyn std::error::Error) {
    warn!(error = %error, "could not take over, will try again");
}
