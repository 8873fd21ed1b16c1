//! The HTTP API of a deployment, and its client.
//!
//! It creates, cancels and requeues jobs and reads what became of them; a coordinator elsewhere does the rest. It speaks to the job
//! store alone. Every row belongs to a tenant, and a key shows its own tenant's rows and no others.

mod auth;
mod client;
mod error;
mod events;
mod handlers;
mod keys;
mod reader;
mod routes;
mod serve;
mod submissions;
mod turns;
mod views;

pub use client::{Client, ClientError};
pub use handlers::RECORDS;
pub use keys::{Caller, Keys, KeysError, NewKey};
pub use reader::{Reader, ReaderError};
pub use routes::{Api, ApiError};
pub use views::{Accepted, Capture, JobView, Readiness, RequeuedView, SubmissionView};

#[cfg(test)]
mod tests;
