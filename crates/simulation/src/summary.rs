//! What a simulation comes to.

use std::fmt;

use gleaner_contract::ContentHash;

/// A world in which everything held. The same seed gives the same summary.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Summary {
    pub seed: u64,
    pub jobs: u64,
    pub completed: u64,
    pub partial: u64,
    pub failed: u64,
    pub cancelled: u64,
    /// Chains that a crawler began, each as often as it was run.
    pub runs: u64,
    /// Requests for pages.
    pub fetches: u64,
    /// Reissues and retries: epochs beyond the first of each task.
    pub reissues: u64,
    /// Permits whose outcome stayed unknown.
    pub unknown: u64,
    pub kills: u32,
    pub wipes: u32,
    /// Milliseconds of its own time that the world took.
    pub took_ms: i64,
    /// Of every record and every URL's end.
    pub digest: ContentHash,
}

/// A world in which something did not hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    pub seed: u64,
    /// What did not hold, one line each.
    pub broke: Vec<String>,
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let seed = self.seed;
        writeln!(
            f,
            "seed {seed} broke; alone: GLEANER_SIM_SEED={seed} cargo test -p gleaner-simulation thousand"
        )?;
        for line in &self.broke {
            writeln!(f, "  {line}")?;
        }
        Ok(())
    }
}

impl std::error::Error for Failure {}
