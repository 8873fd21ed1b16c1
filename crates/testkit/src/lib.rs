//! Fixture sites, a receiver for telemetry and other things that tests lean on.

pub mod management;
pub mod otlp;
pub mod own;
pub mod services;
pub mod site;

pub use management::Management;
pub use otlp::OtlpReceiver;
pub use own::OwnServices;
pub use site::{Hit, Page, Site};
