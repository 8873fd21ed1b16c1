//! One typed configuration tree, composed of the structs that each crate owns.
//!
//! `gleaner.toml` and the environment say the same things under the same names: `crawl.host_delay` is
//! `GLEANER__CRAWL__HOST_DELAY`. Unknown keys are errors, contradictions are refused, and all problems are reported
//! together. The default file ([`SAMPLE`]) is the documentation. No other crate reads the environment; stages never
//! depend on this crate, but are given their own struct.

mod budget;
mod check;
mod env;
mod error;
mod header;
mod hosts;
mod load;
mod sections;
mod size;
mod state_dir;

pub use env::{Variables, process_environment};
pub use error::{ConfigError, Problem};
pub use header::header;
pub use load::{FILE_NAME, SAMPLE, load, parse};
pub use sections::{
    ApiSection, ClientSection, Config, CoordinatorSection, CrawlSection, ExtractSection, LogFormat,
    OtlpProtocol, RetentionSection, StageSection, StateSection, TelemetrySection, WorkerSection,
};
