//! What breaks when: drawn from a seed before anything begins.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// Every process of the system; those without a number are spared towards the end.
pub(crate) const FLEET: [&str; 12] = [
    "coordinator",
    "coordinator-2",
    "crawler",
    "crawler-2",
    "crawler-quarantine",
    "renderer",
    "extractor",
    "extractor-2",
    "extractor-quarantine",
    "llm-router",
    "deep-job",
    "api",
];

/// From this share of the run on, one process of each kind is left alive, so that what grows in it can be told.
const SPARED_FROM: f64 = 0.4;

/// One thing that goes wrong.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Fault {
    /// SIGKILL, and started again.
    Kill(&'static str),
    /// SIGTERM, and started again once it has drained.
    Restart(&'static str),
    /// SIGSTOP, and SIGCONT after this long.
    Freeze(&'static str, Duration),
    /// A server dies as in a crash, and comes back after this long.
    Crash(&'static str, Duration),
    /// Redis forgets everything.
    Flush,
    /// Every page of this site answers 503 for this long.
    Unavailable(usize, Duration),
    /// Every page of this site takes three seconds for this long.
    Slow(usize, Duration),
}

impl Fault {
    pub(crate) fn kind(&self) -> &'static str {
        match self {
            Self::Kill(_) => "kill",
            Self::Restart(_) => "restart",
            Self::Freeze(..) => "freeze",
            Self::Crash("rabbitmq", _) => "rabbitmq crash",
            Self::Crash("redis", _) => "redis crash",
            Self::Crash(..) => "postgres crash",
            Self::Flush => "redis flush",
            Self::Unavailable(..) => "site unavailable",
            Self::Slow(..) => "site slow",
        }
    }
}

/// A fault and when it strikes, counted from the beginning of the load.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Planned {
    pub(crate) at: Duration,
    pub(crate) fault: Fault,
}

/// The faults of a run; each begins after the one before should be over.
pub(crate) fn plan(seed: u64, lasts: Duration, sites: usize) -> Vec<Planned> {
    let mut draw = Draw(seed);
    let mut planned = Vec::new();
    let mut led = false;
    let mut at = draw.seconds(5, 12);
    while at < lasts {
        let spared = at.as_secs_f64() >= SPARED_FROM * lasts.as_secs_f64();
        let mut fault = draw.fault(spared, sites);
        if spared && !led {
            // so that the coordinator that is spared leads
            (led, fault) = (true, Fault::Restart("coordinator-2"));
        }
        let takes = match &fault {
            Fault::Freeze(_, time) | Fault::Unavailable(_, time) | Fault::Slow(_, time) => *time,
            Fault::Crash(_, time) => *time + Duration::from_secs(10),
            _ => Duration::from_secs(2),
        };
        planned.push(Planned { at, fault });
        at += takes + draw.seconds(4, 16);
    }
    planned
}

/// SplitMix64: the same numbers for the same seed, on any machine.
#[derive(Debug)]
struct Draw(u64);

impl Draw {
    fn number(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, bound: usize) -> usize {
        // bounds are small, so the modulo favours nobody
        (self.number() % bound as u64) as usize
    }

    fn seconds(&mut self, from: usize, to: usize) -> Duration {
        Duration::from_millis((from * 1000 + self.below((to - from) * 1000)) as u64)
    }

    fn victim(&mut self, spared: bool) -> &'static str {
        let numbered = |name: &&str| !spared || name.ends_with(|c: char| c.is_ascii_digit());
        let victims: Vec<&'static str> = FLEET.into_iter().filter(numbered).collect();
        victims[self.below(victims.len())]
    }

    fn fault(&mut self, spared: bool, sites: usize) -> Fault {
        match self.below(100) {
            0..30 => Fault::Kill(self.victim(spared)),
            30..50 => Fault::Restart(self.victim(spared)),
            50..68 => Fault::Freeze(self.victim(false), self.seconds(2, 10)),
            68..75 => Fault::Crash("rabbitmq", self.seconds(0, 4)),
            75..80 => Fault::Crash("redis", self.seconds(0, 4)),
            80..86 => Fault::Crash("postgres", self.seconds(0, 4)),
            86..90 => Fault::Flush,
            90..95 => Fault::Unavailable(self.below(sites), self.seconds(3, 10)),
            _ => Fault::Slow(self.below(sites), self.seconds(3, 10)),
        }
    }
}

/// For a seed that nobody named.
pub(crate) fn now_nanos() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::from(since.subsec_nanos()) ^ since.as_secs()
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: Duration = Duration::from_secs(3600);

    #[test]
    fn the_same_seed_draws_the_same_faults() {
        assert_eq!(plan(7, HOUR, 4), plan(7, HOUR, 4));
        assert_ne!(plan(7, HOUR, 4), plan(8, HOUR, 4));
    }

    #[test]
    fn one_process_of_each_kind_is_spared_towards_the_end() {
        for seed in 0..20 {
            for Planned { at, fault } in plan(seed, HOUR, 4) {
                if let Fault::Kill(name) | Fault::Restart(name) = fault {
                    assert!(at < HOUR.mul_f64(SPARED_FROM) || name.ends_with('2'), "{name} at {at:?}");
                }
            }
        }
    }

    #[test]
    fn an_hour_has_every_kind_of_fault() {
        let kinds: std::collections::BTreeSet<_> =
            plan(7, HOUR, 4).iter().map(|planned| planned.fault.kind()).collect();
        assert_eq!(kinds.len(), 9, "{kinds:?}");
    }
}
