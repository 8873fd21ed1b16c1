//! The worker loop around a stage: receive, decode, run under a deadline, publish, settle, drain.
//!
//! It promises that a delivery is acknowledged only after everything it led to was published, that a message past its
//! deadline is dropped, and that a stage's panic costs its own message only. What a message means is the stage's affair.

mod events;
mod handle;
mod worker;

pub use worker::{Session, Worker, WorkerOptions};

#[cfg(test)]
mod tests;
