//! A host that asked to be asked less is asked less: its delay doubles and its chains are halved each time, and answers
//! take both back step by step.

use std::time::Duration;

use gleaner_contract::Timestamp;
use serde::{Deserialize, Serialize};

use super::MAX_DELAY;

/// The least that the first pushback slows a host down to.
const LEAST_DELAY: Duration = Duration::from_secs(1);

/// So many answers take back what one pushback did to the delay, and give back one chain.
const ANSWERS: u32 = 10;

/// A host that has not pushed back for so long is asked as usual again, however few its answers were.
const REST: Duration = Duration::from_secs(3600);

/// How a host is asked while it bears that.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Usual {
    /// Between two dispatches, what its robots.txt asks for included.
    pub(super) delay: Duration,
    /// Chains at once.
    pub(super) chains: u32,
}

#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct Slowdown {
    /// Least time between two dispatches; zero where the usual one will do.
    delay_ms: u64,
    /// What an answer takes off it.
    step_ms: u64,
    /// Chains at once, where that is fewer than usual.
    chains: Option<u32>,
    /// Answers since the last pushback that counted.
    answers: u32,
    /// Nothing was asked between that one and this instant: what pushes back before it was asked before.
    until: Timestamp,
}

impl Slowdown {
    pub(super) fn delay(&self) -> Duration {
        Duration::from_millis(self.delay_ms)
    }

    pub(super) fn chains(&self, usual: u32) -> u32 {
        self.chains.map_or(usual, |chains| chains.clamp(1, usual))
    }

    /// The host pushed back. Returns from when on it may be asked again, unless this pushback is one of a volley that
    /// has been heard already.
    pub(super) fn raise(&mut self, usual: Usual, now: Timestamp) -> Option<Timestamp> {
        if now < self.until {
            return None;
        }
        let delay = usual.delay.max(self.delay()).saturating_mul(2).clamp(LEAST_DELAY, MAX_DELAY);
        let delay = delay.max(usual.delay);
        self.delay_ms = u64::try_from(delay.as_millis()).unwrap_or(u64::MAX);
        self.step_ms = self.delay_ms.div_ceil(u64::from(ANSWERS));
        self.chains = Some((self.chains(usual.chains) / 2).max(1));
        self.answers = 0;
        self.until = now.after(delay);
        Some(self.until)
    }

    /// Time goes by.
    pub(super) fn rest(&mut self, now: Timestamp) {
        if now >= self.until.after(REST) {
            *self = Self::default();
        }
    }

    /// The host answered.
    pub(super) fn ease(&mut self, usual: Usual) {
        if self.delay_ms == 0 && self.chains.is_none() {
            return;
        }
        self.answers = self.answers.saturating_add(1);
        self.delay_ms = self.delay_ms.saturating_sub(self.step_ms);
        if self.delay() <= usual.delay {
            self.delay_ms = 0;
        }
        if self.answers.is_multiple_of(ANSWERS) {
            self.chains =
                self.chains.map(|chains| chains.saturating_add(1)).filter(|chains| *chains < usual.chains);
        }
        if self.delay_ms == 0 && self.chains.is_none() {
            *self = Self::default();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn usual(delay_ms: u64, chains: u32) -> Usual {
        Usual { delay: Duration::from_millis(delay_ms), chains }
    }

    /// Delays in milliseconds, and chains, after each pushback in a row.
    fn raised(usual: Usual, times: usize) -> Vec<(u128, u32)> {
        let (mut slowdown, mut now) = (Slowdown::default(), Timestamp::from_millis(1));
        let raise = |_| {
            now = slowdown.raise(usual, now).expect("nothing was asked in between");
            (slowdown.delay().as_millis(), slowdown.chains(usual.chains))
        };
        (0..times).map(raise).collect()
    }

    #[test]
    fn each_pushback_doubles_the_delay_and_halves_the_chains_within_bounds() {
        let from_fast = raised(usual(100, 8), 11);
        assert_eq!(from_fast[..5], [(1_000, 4), (2_000, 2), (4_000, 1), (8_000, 1), (16_000, 1)]);
        assert_eq!(from_fast[8..], [(256_000, 1), (300_000, 1), (300_000, 1)]);
        assert_eq!(raised(usual(5_000, 2), 2), [(10_000, 1), (20_000, 1)]);
        assert_eq!(raised(usual(900_000, 1), 1), [(900_000, 1)], "never faster than usual");
    }

    #[test]
    fn a_volley_of_pushbacks_counts_once() {
        let (mut slowdown, now) = (Slowdown::default(), Timestamp::from_millis(1));
        let until = slowdown.raise(usual(0, 8), now).expect("the first one");
        assert_eq!(until, now.after(Duration::from_secs(1)));
        assert_eq!(slowdown.raise(usual(0, 8), now.after(Duration::from_millis(999))), None);
        assert_eq!(slowdown.delay(), Duration::from_secs(1));
        assert!(slowdown.raise(usual(0, 8), until).is_some());
    }

    #[test]
    fn an_hour_without_a_pushback_ends_a_slowdown() {
        let mut slowdown = Slowdown::default();
        let until = slowdown.raise(usual(0, 8), Timestamp::from_millis(1)).expect("the first one");
        slowdown.rest(until.after(Duration::from_secs(3599)));
        assert_ne!(slowdown, Slowdown::default());
        slowdown.rest(until.after(Duration::from_secs(3600)));
        assert_eq!(slowdown, Slowdown::default());
    }

    #[test]
    fn answers_take_a_slowdown_back_step_by_step_until_nothing_is_left_of_it() {
        let (mut slowdown, usual) = (Slowdown::default(), usual(100, 4));
        let until = slowdown.raise(usual, Timestamp::from_millis(1)).expect("the first one");
        slowdown.raise(usual, until).expect("the second one");
        let mut seen = Vec::new();
        while slowdown != Slowdown::default() {
            seen.push((slowdown.delay().as_millis(), slowdown.chains(4)));
            slowdown.ease(usual);
        }
        assert_eq!(seen[..4], [(2_000, 1), (1_800, 1), (1_600, 1), (1_400, 1)]);
        assert_eq!(seen[10], (0, 2));
        assert_eq!(seen.len(), 30, "a chain for ten answers");
    }
}
