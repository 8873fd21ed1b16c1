//! Clocks whose time is a test's own.

use std::{
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
    time::Duration,
};

use gleaner_contract::Timestamp;

use super::Clock;

/// Tokio's clock on top of a fixed start: under paused time it moves only when the runtime does.
#[derive(Debug, Clone, Copy)]
pub struct RuntimeClock {
    start: Timestamp,
    origin: tokio::time::Instant,
}

impl RuntimeClock {
    /// Must be made inside a runtime.
    pub fn starting_at(start: Timestamp) -> Self {
        Self { start, origin: tokio::time::Instant::now() }
    }
}

impl Clock for RuntimeClock {
    fn now(&self) -> Timestamp {
        self.start.after(self.origin.elapsed())
    }
}

/// A clock that stands still until it is moved: for tests whose runtime must not run ahead, as paused time does while a
/// database's thread is at work. Clones share the time.
#[derive(Debug, Clone)]
pub struct ManualClock {
    millis: Arc<AtomicI64>,
}

impl ManualClock {
    pub fn starting_at(start: Timestamp) -> Self {
        Self { millis: Arc::new(AtomicI64::new(start.as_millis())) }
    }

    /// Moves the time on; returns what it is then.
    pub fn advance(&self, by: Duration) -> Timestamp {
        let now = self.now().after(by);
        self.set(now);
        now
    }

    /// May move it back, as a machine's clock can.
    pub fn set(&self, now: Timestamp) {
        self.millis.store(now.as_millis(), Ordering::SeqCst);
    }
}

impl Clock for ManualClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_millis(self.millis.load(Ordering::SeqCst))
    }
}
