//! Job state and evidence on SQLite: the truth of an embedded run in one file, its evidence in a second, both under a
//! lock on their directory.

mod cache;
mod dir;
mod jobs;
mod open;
mod rows;

pub use cache::SqliteCache;
pub use dir::{StateDir, StateDirError};
pub use jobs::SqliteJobs;
pub use open::OpenError;

#[cfg(test)]
mod tests;
