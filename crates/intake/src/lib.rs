//! Reads targets in every written form: TOML, JSON, JSONL, CSV and plain URLs.
//!
//! All forms become one [`gleaner_contract::Submission`]; the same targets written in two forms are equal. What is wrong
//! with a whole file is reported all together ([`IntakeError`]); what is wrong with one row or target rejects that one
//! ([`Rejected`]) and leaves the others alone. No bytes make it panic, and every size has a cap ([`Limits`]).
//!
//! Parsing is pure: files are read in [`disk`] alone, behind [`Files`]. No host is looked up here and no address judged;
//! that is the egress gate's.

mod batch;
mod budget;
mod codes;
mod defaults;
pub mod disk;
mod document;
mod error;
mod fields;
mod files;
mod issues;
mod lines;
mod nearest;
mod node;
mod options;
mod received;
mod rejected_csv;
mod schemas;
mod scope;
mod seed;
mod sheet;
mod source;
mod table;
mod target;
#[cfg(test)]
mod testing;

pub use disk::{from_inputs, from_path, from_urls, schema};
pub use error::{IntakeError, Place, Problem, Rejected};
pub use files::{FileError, Files};
pub use options::{Format, Intake, Limits, Options, SchemaChoice};
pub use received::{check, from_json};
pub use rejected_csv::write_rejected_csv;
