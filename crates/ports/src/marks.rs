//! Spend marks: of paid work, whether a delivery of it has begun already.
//!
//! Epochs fence effects, but money that was spent is spent. So paid work takes a mark before it begins, and where another
//! delivery of the same message took it, nobody runs it again.

use std::{
    collections::HashMap,
    fmt::Debug,
    sync::{Mutex, PoisonError},
};

use async_trait::async_trait;
use gleaner_contract::{TaskId, Timestamp};

use crate::EvidenceError;

/// Whether the work may begin.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mark {
    /// Nobody began it before.
    Taken,
    /// Somebody did, or nobody can know any more: it may have been paid for.
    Spent,
}

/// What is marked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MarkRequest<'a> {
    pub task: TaskId,
    pub epoch: u32,
    /// Of this delivery alone: the same asks again after a lost answer.
    pub nonce: &'a str,
    /// When the message was published. A keeper that forgot everything since then knows of no mark.
    pub sent_at: Option<Timestamp>,
    /// When nobody runs the message any more: an hour past it the mark may go.
    pub deadline: Timestamp,
}

/// Keeps marks for every process.
#[async_trait]
pub trait SpendMarks: Send + Sync + Debug {
    async fn take(&self, request: MarkRequest<'_>) -> Result<Mark, EvidenceError>;
}

/// Marks among the tasks of one process. They end with it, and so does every delivery.
#[derive(Debug, Default)]
pub struct InProcessMarks {
    taken: Mutex<HashMap<(TaskId, u32), (String, Timestamp)>>,
}

impl InProcessMarks {
    pub fn new() -> Self {
        Self::default()
    }
}

/// How long a mark outlives its message's deadline, in milliseconds.
pub const MARK_OUTLIVES: i64 = 3_600_000;

#[async_trait]
impl SpendMarks for InProcessMarks {
    async fn take(&self, request: MarkRequest<'_>) -> Result<Mark, EvidenceError> {
        let MarkRequest { task, epoch, nonce, deadline, .. } = request;
        // a poisoned lock only means that a holder panicked between two whole operations
        let mut taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        let (holder, _) = taken.entry((task, epoch)).or_insert_with(|| (nonce.to_owned(), deadline));
        let mark = if holder == nonce { Mark::Taken } else { Mark::Spent };
        if taken.len() > 10_000 {
            let over = |at: &Timestamp| at.as_millis() + MARK_OUTLIVES < deadline.as_millis();
            taken.retain(|_, (_, at)| !over(at));
        }
        Ok(mark)
    }
}

#[cfg(test)]
mod tests {
    use super::InProcessMarks;

    async fn fresh() -> (InProcessMarks, ()) {
        (InProcessMarks::new(), ())
    }

    crate::marks_conformance!(fresh);
}
