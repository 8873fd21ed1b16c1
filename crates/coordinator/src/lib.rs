//! The coordinator: the only writer of job state.
//!
//! It takes reports in batches, asks `flow` what follows, and stores state and outbox in one transaction for the whole
//! batch before it acknowledges anything. It dispatches what is due under a window, paces hosts, and reissues what
//! vanished. It never fetches, reads a page, or decides what a report means.

mod again;
mod begun;
mod cite;
mod config;
mod coordinator;
mod dead;
mod dispatch;
mod events;
mod intake;
mod outbox;
mod pacing;
mod reaper;
mod recover;
mod rows;
mod submit;
mod unit;

pub use again::{ReplayError, Replayed, Requeued};
pub use config::{BreakerConfig, CoordinatorConfig};
pub use coordinator::{Coordinator, Progress};
pub use rows::{read_spec, read_state};
pub use submit::{Admissions, Submitted};
pub use unit::CommitError;

#[cfg(test)]
mod tests;
