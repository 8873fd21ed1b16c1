//! A host that does not answer is left alone but for single probes, so that its pages wait for it instead of failing one
//! after the other. When probes fail, too, it is given up: its pages are asked for as ever, and fail for their own reasons.

use std::time::Duration;

use gleaner_contract::{TaskId, Ticket, Timestamp};
use serde::{Deserialize, Serialize};

use super::MAX_DELAY;
use crate::config::BreakerConfig;

/// After this time a host that was given up gets another chance of being waited for.
const REST: Duration = Duration::from_secs(600);

#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct Breaker {
    /// Chains in a row that came home without an answer.
    failures: u32,
    state: State,
}

#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", rename_all_fields = "camelCase")]
enum State {
    #[default]
    Closed,
    Open {
        /// When the next probe may go. While one is under way: when it is lost at the latest.
        probe_at: Timestamp,
        /// Probes that came home without an answer.
        failed: u32,
        probe: Option<Probe>,
    },
    GivenUp {
        at: Timestamp,
    },
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Probe {
    task: TaskId,
    epoch: u32,
}

impl Probe {
    fn is(&self, chain: &Ticket) -> bool {
        (self.task, self.epoch) == (chain.task, chain.epoch)
    }
}

/// What an answer, or none, changes for a host.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Change {
    /// It is asked by probes alone from now on.
    Opened,
    /// It answers again.
    Closed,
    /// No probe was answered.
    GivenUp,
}

impl Breaker {
    /// Whether it lets nothing but probes through.
    pub(super) fn is_open(&self) -> bool {
        matches!(self.state, State::Open { .. })
    }

    /// When the host may be asked, as far as this is about. With no chain under way on it, none of them is a probe.
    pub(super) fn ready_at(&self, idle: bool) -> Timestamp {
        match &self.state {
            State::Open { probe: Some(_), .. } if idle => Timestamp::default(),
            State::Open { probe_at, .. } => *probe_at,
            State::Closed | State::GivenUp { .. } => Timestamp::default(),
        }
    }

    /// A chain starts. Whether it is a probe.
    pub(super) fn started(&mut self, task: TaskId, epoch: u32, lease_until: Timestamp) -> bool {
        let State::Open { probe_at, probe, .. } = &mut self.state else { return false };
        *probe = Some(Probe { task, epoch });
        *probe_at = lease_until;
        true
    }

    /// A chain came home, and knows whether the host answered, or nothing of that.
    pub(super) fn heard(
        &mut self,
        config: BreakerConfig,
        answered: Option<bool>,
        chain: &Ticket,
        now: Timestamp,
    ) -> Option<Change> {
        match answered {
            Some(true) => {
                let was = std::mem::take(self);
                (was.state != State::Closed).then_some(Change::Closed)
            }
            Some(false) => self.failed(config, chain, now),
            None => {
                if let State::Open { probe_at, probe, .. } = &mut self.state
                    && probe.take_if(|probe| probe.is(chain)).is_some()
                {
                    *probe_at = now;
                }
                None
            }
        }
    }

    fn failed(&mut self, config: BreakerConfig, chain: &Ticket, now: Timestamp) -> Option<Change> {
        self.failures = self.failures.saturating_add(1);
        match &mut self.state {
            State::Closed if config.failures > 0 && self.failures >= config.failures => {
                self.state = State::Open { probe_at: now.after(config.wait), failed: 0, probe: None };
                Some(Change::Opened)
            }
            State::Closed => None,
            State::Open { probe_at, failed, probe } => {
                // others were asked before it broke
                probe.take_if(|probe| probe.is(chain))?;
                *failed = failed.saturating_add(1);
                if *failed >= config.probes {
                    self.state = State::GivenUp { at: now };
                    return Some(Change::GivenUp);
                }
                let wait = config.wait.saturating_mul(2_u32.saturating_pow(*failed));
                *probe_at = now.after(wait.min(MAX_DELAY.max(config.wait)));
                None
            }
            State::GivenUp { at } => {
                if at.after(REST) <= now {
                    *self = Self { failures: 1, state: State::Closed };
                }
                None
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use gleaner_contract::{Amounts, JobId, Lane, Tenant};

    use super::*;

    const CONFIG: BreakerConfig = BreakerConfig { failures: 2, wait: Duration::from_secs(10), probes: 3 };

    fn at(seconds: u64) -> Timestamp {
        Timestamp::from_millis(1).after(Duration::from_secs(seconds))
    }

    fn chain(name: &str) -> Ticket {
        let born = at(0);
        Ticket {
            tenant: Tenant::local(),
            job: JobId::derive(born, &[b"job"]),
            task: TaskId::derive(born, &[name.as_bytes()]),
            epoch: 1,
            attempt: 1,
            lane: Lane::Lo,
            deadline: born,
            permit: Amounts::none(),
            quarantined: false,
        }
    }

    /// One that two failures opened at 0 seconds.
    fn open() -> Breaker {
        let mut breaker = Breaker::default();
        assert_eq!(breaker.heard(CONFIG, Some(false), &chain("a"), at(0)), None);
        assert_eq!(breaker.heard(CONFIG, Some(false), &chain("b"), at(0)), Some(Change::Opened));
        breaker
    }

    fn probe(breaker: &mut Breaker, name: &str) -> Ticket {
        let chain = chain(name);
        assert!(breaker.started(chain.task, chain.epoch, at(900)));
        chain
    }

    #[test]
    fn an_answer_in_between_keeps_it_closed() {
        let mut breaker = Breaker::default();
        for answered in [false, true, false, true, false] {
            assert_eq!(breaker.heard(CONFIG, Some(answered), &chain("a"), at(0)), None);
        }
        assert!(!breaker.is_open());
    }

    #[test]
    fn without_a_number_of_failures_it_never_opens() {
        let mut breaker = Breaker::default();
        let never = BreakerConfig { failures: 0, ..CONFIG };
        for _ in 0..100 {
            assert_eq!(breaker.heard(never, Some(false), &chain("a"), at(0)), None);
        }
    }

    #[test]
    fn probes_go_one_by_one_at_growing_distances_until_it_is_given_up() {
        let mut breaker = open();
        let mut told = Vec::new();
        for (due, name) in [(10, "1"), (20 + 10, "2"), (30 + 40, "3")] {
            assert_eq!(breaker.ready_at(true), at(due));
            let chain = probe(&mut breaker, name);
            assert_eq!(breaker.ready_at(false), at(900), "while it is under way no other goes");
            told.push(breaker.heard(CONFIG, Some(false), &chain, at(due)));
        }
        assert_eq!(told, [None, None, Some(Change::GivenUp)]);
        assert_eq!((breaker.is_open(), breaker.ready_at(true)), (false, Timestamp::default()));
    }

    #[test]
    fn what_was_asked_before_it_broke_is_no_failed_probe() {
        let mut breaker = open();
        probe(&mut breaker, "1");
        for _ in 0..9 {
            assert_eq!(breaker.heard(CONFIG, Some(false), &chain("late"), at(11)), None);
        }
        assert_eq!(breaker.ready_at(false), at(900));
    }

    #[test]
    fn one_answer_to_anybody_closes_it() {
        let mut breaker = open();
        assert_eq!(breaker.heard(CONFIG, Some(true), &chain("late"), at(1)), Some(Change::Closed));
        assert_eq!(breaker, Breaker::default());
    }

    #[test]
    fn a_probe_that_told_nothing_or_was_lost_makes_room_for_the_next() {
        let mut breaker = open();
        let chain = probe(&mut breaker, "1");
        assert_eq!(breaker.heard(CONFIG, None, &chain, at(12)), None);
        assert_eq!(breaker.ready_at(false), at(12));
        probe(&mut breaker, "2");
        assert_eq!(breaker.ready_at(true), Timestamp::default(), "nothing is under way");
    }

    #[test]
    fn one_that_was_given_up_gets_another_chance_after_a_rest() {
        let mut breaker = Breaker { failures: 9, state: State::GivenUp { at: at(0) } };
        assert_eq!(breaker.heard(CONFIG, Some(false), &chain("a"), at(599)), None);
        assert_eq!(breaker.heard(CONFIG, Some(false), &chain("a"), at(600)), None);
        assert_eq!(breaker.heard(CONFIG, Some(false), &chain("a"), at(600)), Some(Change::Opened));
        let mut breaker = Breaker { failures: 9, state: State::GivenUp { at: at(0) } };
        assert_eq!(breaker.heard(CONFIG, Some(true), &chain("a"), at(1)), Some(Change::Closed));
    }
}
