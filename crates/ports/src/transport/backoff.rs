//! Waits between tries to begin a session.

use std::time::Duration;

use tokio::time::sleep;

const FIRST: Duration = Duration::from_millis(250);
const LONGEST: Duration = Duration::from_secs(5);

/// Each wait is twice as long as the one before, from 0.25 s to 5 s.
#[derive(Debug)]
pub struct Backoff {
    next: Duration,
}

impl Default for Backoff {
    fn default() -> Self {
        Self { next: FIRST }
    }
}

impl Backoff {
    pub async fn wait(&mut self) {
        let wait = self.next;
        self.next = (wait * 2).min(LONGEST);
        sleep(wait).await;
    }

    /// It went well: the next failure is a first one.
    pub fn reset(&mut self) {
        *self = Self::default();
    }
}

#[cfg(test)]
mod tests {
    use tokio::time::Instant;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn waits_grow_to_a_bound_and_begin_anew_after_a_success() {
        let mut backoff = Backoff::default();
        let mut waits = Vec::new();
        for turn in 0..8 {
            if turn == 6 {
                backoff.reset();
            }
            let before = Instant::now();
            backoff.wait().await;
            waits.push(before.elapsed().as_millis());
        }
        assert_eq!(waits, [250, 500, 1_000, 2_000, 4_000, 5_000, 250, 500]);
    }
}
