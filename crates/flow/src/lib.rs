//! The pure state machine of each kind of job: (job state, event) → (job state, effects).
//!
//! It decides everything that follows from a report, a lapsed lease or a spent budget, and does nothing itself: no I/O,
//! no clock, no randomness. Whoever drives it stores the state and carries out the effects in one transaction.

pub mod account;
pub mod backoff;
pub mod fields;
pub mod frontier;
pub mod harvest;
pub mod policy;
pub mod record;

pub use account::{Account, Group};
pub use frontier::FrontierLimits;
pub use harvest::{Context, Effect, Event, JobSpec, JobState, NewTask, TaskFacts, TaskPhase};
pub use policy::Policy;
pub use record::{Before, build_record};
