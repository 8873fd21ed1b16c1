//! The clock: injected, so that tests may own time.

use std::{
    fmt::Debug,
    time::{SystemTime, UNIX_EPOCH},
};

use gleaner_contract::Timestamp;

#[cfg(any(test, feature = "doubles"))]
mod owned;

#[cfg(any(test, feature = "doubles"))]
pub use owned::{ManualClock, RuntimeClock};

/// Tells the time of day.
pub trait Clock: Send + Sync + Debug {
    fn now(&self) -> Timestamp;
}

/// The machine's clock.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Timestamp::from_millis(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
    }
}

#[cfg(test)]
mod tests;
