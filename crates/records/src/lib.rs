//! What is left of a job for people and programs: records, ledgers, reports, bundles, and their verification.
//!
//! It reads records and never makes one. Verification trusts nothing in a record: it starts from the bytes of the bundle.

pub mod bundle;
pub mod csv;
mod entries;
pub mod jsonl;
pub mod ledger;
pub mod report;
pub mod table;
pub mod verify;
mod words;

#[cfg(test)]
mod testing;

pub use entries::{Entry, entries};
pub use table::printable;
pub use words::url_hint;
