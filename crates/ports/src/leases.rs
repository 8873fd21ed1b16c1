//! Leases: the right to do a thing alone for a while, among all processes.
//!
//! A lease that nobody gives back ends by itself, so it spares work and never guards correctness.

use std::{
    collections::HashMap,
    fmt::Debug,
    sync::{Mutex, PoisonError},
    time::Duration,
};

use async_trait::async_trait;
use tokio::time::Instant;

use crate::EvidenceError;

/// Whether a lease was had.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lease {
    Mine,
    /// Somebody else's, for so long at most.
    Held(Duration),
}

/// Leases by name.
#[async_trait]
pub trait Leases: Send + Sync + Debug {
    /// Takes the lease for `ttl`, or extends it where `holder` has it already.
    async fn acquire(&self, name: &str, holder: &str, ttl: Duration) -> Result<Lease, EvidenceError>;

    /// Gives it back, if it is this holder's.
    async fn release(&self, name: &str, holder: &str) -> Result<(), EvidenceError>;
}

/// Leases among the tasks of one process.
#[derive(Debug, Default)]
pub struct InProcessLeases {
    held: Mutex<HashMap<String, (String, Instant)>>,
}

impl InProcessLeases {
    pub fn new() -> Self {
        Self::default()
    }
}

#[async_trait]
impl Leases for InProcessLeases {
    async fn acquire(&self, name: &str, holder: &str, ttl: Duration) -> Result<Lease, EvidenceError> {
        let now = Instant::now();
        // a poisoned lock only means that a holder panicked between two whole operations
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        held.retain(|_, (_, until)| *until > now);
        match held.get(name) {
            Some((other, until)) if other != holder => Ok(Lease::Held(*until - now)),
            _ => {
                held.insert(name.to_owned(), (holder.to_owned(), now + ttl));
                Ok(Lease::Mine)
            }
        }
    }

    async fn release(&self, name: &str, holder: &str) -> Result<(), EvidenceError> {
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        if held.get(name).is_some_and(|(owner, _)| owner == holder) {
            held.remove(name);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::InProcessLeases;

    async fn fresh() -> (InProcessLeases, ()) {
        (InProcessLeases::new(), ())
    }

    crate::leases_conformance!(fresh, start_paused = true);
}
