//! The crawl stage: takes crawl hints, keeps pages as evidence, passes their keys on.
//!
//! It fetches at most one page a message, conditionally where a capture is at hand, and never again what this chain or a
//! fresh enough other one has fetched. Every redirect is held against scope and robots.txt before it is followed. What a
//! page says is the extractor's affair; when to come is the coordinator's.

mod events;
mod robots;
mod stage;
pub mod visit;
mod way;

pub use stage::{CrawlConfig, CrawlStage};

#[cfg(test)]
mod tests;
