//! A stage takes one message and returns messages. The runner does the rest.

use std::{fmt::Debug, time::Duration};

use async_trait::async_trait;
use gleaner_contract::Message;

/// Why a stage could not do its work. What a page did wrong is not among these: that is an outcome, told in a report.
#[derive(Debug, thiserror::Error)]
pub enum StageError {
    /// A service of ours did not answer: tried again with backoff.
    #[error("{0}")]
    Transient(String),
    /// Not now; not charged as an attempt.
    #[error("come back in {after:?}")]
    Snooze { after: Duration },
    /// A message that this stage does not take.
    #[error("stage does not take `{0}`")]
    NotMine(&'static str),
    /// A broken promise of ours.
    #[error("internal: {0}")]
    Bug(String),
}

/// One stage.
#[async_trait]
pub trait StageRun: Send + Sync + Debug {
    /// Runs one message to its outputs: the next stage's message, or the chain's report.
    async fn run(&self, message: Message) -> Result<Vec<Message>, StageError>;
}
