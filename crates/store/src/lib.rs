//! Job state: on SQLite the truth of an embedded run in one file, its evidence in a second, both under a lock on their
//! directory; on Postgres the truth of a deployment.

#![expect(clippy::duplicate_mod, reason = "`sql` is written once and compiled for each database")]

mod cache;
mod dir;
mod postgres;
mod sqlite;

pub use cache::SqliteCache;
pub use dir::{StateDir, StateDirError};
pub use postgres::{ConnectError, Leader, Leadership, PostgresConfig, PostgresJobs, Schema, Waiting};
pub use sqlite::{SqliteJobs, open::OpenError};

#[cfg(test)]
mod tests;
