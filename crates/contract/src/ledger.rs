//! The ledger: a row for each URL seen and each field wanted, and the URL equation that the rows must satisfy.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{amounts::Cost, closed::closed_list, ids::JobId, state::UrlOutcome, time::Timestamp};

closed_list!(
    /// What a ledger row is about.
    LedgerKind {
        Url = "url",
        Field = "field",
        Spend = "spend",
        Query = "query",
    }
);

/// What happened to one URL, field or reservation, and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct LedgerRow {
    pub job: JobId,
    pub kind: LedgerKind,
    /// The URL, the field's JSON Pointer, or the counter. `+N links of PAGE` where rows were folded into one.
    pub subject: String,
    pub outcome: String,
    pub reason: String,
    /// For people: what went wrong, at most a line.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub detail: String,
    pub at: Timestamp,
    #[serde(default)]
    pub cost: Cost,
    /// How many URLs the row stands for: more than one only for links that were too many to list.
    #[serde(default = "one", skip_serializing_if = "is_one")]
    pub count: u32,
}

fn one() -> u32 {
    1
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
fn is_one(count: &u32) -> bool {
    *count == 1
}

/// The terms of the URL equation, each counted where it happens.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct UrlCounts {
    pub discovered: u64,
    pub fetched: u64,
    pub reused: u64,
    pub failed: u64,
    pub skipped: u64,
    pub open: u64,
}

impl UrlCounts {
    /// discovered = fetched + reused + failed + skipped + open
    pub fn balances(&self) -> bool {
        self.discovered == self.fetched + self.reused + self.failed + self.skipped + self.open
    }

    /// Adds `count` URLs that ended so.
    pub fn add(&mut self, outcome: UrlOutcome, count: u64) {
        match outcome {
            UrlOutcome::Fetched => self.fetched += count,
            UrlOutcome::Reused => self.reused += count,
            UrlOutcome::Failed => self.failed += count,
            UrlOutcome::Skipped => self.skipped += count,
            UrlOutcome::Open => self.open += count,
        }
    }
}

#[cfg(test)]
mod tests;
