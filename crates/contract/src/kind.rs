//! Kinds of jobs, and the sources that a job may start from.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{closed::closed_list, hash::ContentHash};

closed_list!(
    /// What a job does. It owns its messages: their types are written `kind.op.version`.
    Kind {
        /// Targets to records.
        Harvest = "harvest",
        /// One model call, by role.
        Ask = "ask",
        /// A site, page by page.
        Crawl = "crawl",
    }
);

/// Where a job's pages come from. Harvest jobs start from the URLs of their target alone.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Source {
    /// A canonical URL.
    Url(String),
    /// An uploaded document, by the hash of its bytes.
    Document(ContentHash),
    /// A collection of items, by the caller's key.
    Collection(String),
}

#[cfg(test)]
mod tests;
