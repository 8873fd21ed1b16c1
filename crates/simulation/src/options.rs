//! What may be told of a simulation, beside its seed.

use std::time::Duration;

/// A broken promise, built in on purpose: to see that the observer notices.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sabotage {
    /// Reports are delivered under the newest epoch of their task, so that no fence holds.
    ForgedEpochs,
    /// Reports are acknowledged when they are delivered: one that its coordinator did not commit is gone.
    AckedEarly,
    /// Pages are twice as large as what the crawler says and may fetch.
    BeyondPermit,
    /// The crawler reads links that nobody dispatched.
    Wandering,
}

/// How long everything takes: under paused time as in a deployment, in real time a fraction of that.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pace(pub u32);

impl Pace {
    /// What a duration of a deployment is here.
    pub(crate) fn of(self, duration: Duration) -> Duration {
        duration / self.0.max(1)
    }

    pub(crate) fn millis(self, millis: u64) -> Duration {
        self.of(Duration::from_millis(millis))
    }

    pub(crate) fn seconds(self, seconds: u64) -> Duration {
        self.of(Duration::from_secs(seconds))
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Options {
    pub sabotage: Option<Sabotage>,
    pub pace: Pace,
}

impl Default for Options {
    fn default() -> Self {
        Self { sabotage: None, pace: Pace(1) }
    }
}
