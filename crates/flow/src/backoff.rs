//! How long to wait before the next try: exponential with full jitter, derived from the task, so that the same history
//! gives the same wait.

use std::time::Duration;

use gleaner_contract::{ContentHash, TaskId};

use crate::policy::Policy;

/// The wait before try `attempt + 1`. A stated wait (Retry-After) wins when it is longer.
pub fn delay(policy: &Policy, task: TaskId, attempt: u32, stated: Option<Duration>) -> Duration {
    let doubled = policy.backoff_base.saturating_mul(2_u32.saturating_pow(attempt.saturating_sub(1)));
    let bound = doubled.min(policy.backoff_cap).saturating_sub(policy.backoff_base);
    let seed = ContentHash::of_parts([task.to_string().as_bytes(), &attempt.to_le_bytes()]);
    let share = u32::from_le_bytes([seed.as_bytes()[0], seed.as_bytes()[1], seed.as_bytes()[2], 0]);
    let jitter = bound.mul_f64(f64::from(share) / f64::from(1_u32 << 24));
    (policy.backoff_base + jitter).max(stated.unwrap_or_default())
}

#[cfg(test)]
mod tests;
