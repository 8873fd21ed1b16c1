//! Tracing, and OTLP traces, metrics and logs: no-ops without an endpoint.
//!
//! Each job is one trace, whatever process works on it and however often it is restarted: the trace's id is the job's.

mod context;
mod export;
mod json;
mod meters;
mod root;
mod setup;

pub use context::{current_traceparent, job_traceparent, set_parent};
pub use export::Scrape;
pub use meters::{Meters, meters};
pub use opentelemetry::KeyValue;
pub use root::{in_trace, job_span};
pub use setup::{Guard, LogFormat, Telemetry, TelemetryError};

#[cfg(test)]
mod tests;
