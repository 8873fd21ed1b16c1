//! Flow, coordinator and runner in one process, under faults that all come from one seed.
//!
//! A world is a scripted web, a few submissions, a job store that fails, a transport that loses, doubles, delays and
//! forgets, and processes that are killed. Whatever happens, every job must end once, with its counts in balance and
//! its budget kept; [`simulate`] says what did not hold. Under paused time the same seed gives the same run.
//!
//! Only transport, store, evidence and the two stages are the simulation's own: coordinator, runner and flow are those
//! of the product.

mod chaos;
mod journal;
mod observe;
mod options;
mod plan;
mod processes;
mod simulate;
mod site;
mod stages;
mod summary;
mod wire;
mod world;

pub use options::{Options, Pace, Sabotage};
pub use simulate::{simulate, simulate_over};
pub use summary::{Failure, Summary};

#[cfg(test)]
mod tests;
