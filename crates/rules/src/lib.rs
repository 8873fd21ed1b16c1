//! The rules tier: fields straight from an evidence pack, each value with its quote.
//!
//! [`read`] is pure. It promises that each value parses out of a quote that stands verbatim at its offsets, and it says
//! of each finding whether it is about the target. Which finding a record publishes is for the flow to say; classified
//! and composed fields are left to models.

mod address;
mod candidate;
mod concepts;
mod contact;
mod ctx;
mod doc;
mod entity;
mod heading;
mod labelled;
mod meta;
mod organization;
mod page_limit;
mod page_names;
mod price;
mod read;
mod stock;
mod structured;
mod subject;
mod tree;
mod value;
mod wanted;
mod words;

pub use read::{Reading, read};
pub use words::concept_words;
