//! Fixture sites, a receiver for telemetry and other things that tests lean on.

pub mod container;
pub mod management;
pub mod otlp;
pub mod own;
pub mod proxy;
pub mod services;
pub mod site;

pub use container::BrokerContainer;
pub use management::Management;
pub use otlp::OtlpReceiver;
pub use own::OwnServices;
pub use proxy::{Link, Proxy};
pub use site::{Hit, Page, Site};
