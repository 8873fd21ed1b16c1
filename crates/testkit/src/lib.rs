//! Fixture sites, a receiver for telemetry and other things that tests lean on.

pub mod otlp;
pub mod services;
pub mod site;

pub use otlp::OtlpReceiver;
pub use site::{Hit, Page, Site};
