//! Which jobs have begun and not ended, by the host that they began on.
//!
//! A job's clock runs from its first dispatch. If every job of a long list on one host began at once, each would wait for
//! the others until its time was over. So only as many begin as the host can serve in good time; the rest wait unbegun.

use std::{
    collections::{HashMap, HashSet, hash_map::Entry},
    time::Duration,
};

use gleaner_contract::JobId;

/// Jobs at work on a host at most, however fast it may be asked.
const MOST: u32 = 16;

/// A job should get a page of its host at least this often.
const PAGE_EVERY: Duration = Duration::from_secs(8);

/// Lost with the process: after a restart, jobs that had begun are counted once they are dispatched again.
#[derive(Debug, Default)]
pub(crate) struct Begun {
    by_host: HashMap<String, HashSet<JobId>>,
    host_of: HashMap<JobId, String>,
}

impl Begun {
    /// The job was dispatched; the host that it began on keeps counting it.
    pub(crate) fn began(&mut self, job: JobId, host: &str) {
        if let Entry::Vacant(unknown) = self.host_of.entry(job) {
            unknown.insert(host.to_owned());
            self.by_host.entry(host.to_owned()).or_default().insert(job);
        }
    }

    pub(crate) fn ended(&mut self, job: JobId) {
        let Some(host) = self.host_of.remove(&job) else { return };
        if let Some(jobs) = self.by_host.get_mut(&host) {
            jobs.remove(&job);
            if jobs.is_empty() {
                self.by_host.remove(&host);
            }
        }
    }

    pub(crate) fn counts(&self, job: JobId) -> bool {
        self.host_of.contains_key(&job)
    }

    /// Every job that is counted.
    pub(crate) fn jobs(&self) -> Vec<JobId> {
        self.host_of.keys().copied().collect()
    }

    /// How many more jobs may begin on a host that is asked every `delay`, with at most `chains` at once.
    pub(crate) fn room(&self, host: &str, delay: Duration, chains: u32) -> usize {
        let most = MOST.max(chains.saturating_mul(2));
        let most = match u32::try_from(PAGE_EVERY.as_millis() / delay.as_millis().max(1)) {
            Ok(served) if !delay.is_zero() => served.clamp(1, most),
            _ => most,
        };
        (most as usize).saturating_sub(self.by_host.get(host).map_or(0, HashSet::len))
    }
}

#[cfg(test)]
mod tests {
    use gleaner_contract::Timestamp;

    use super::*;

    fn job(at: u8) -> JobId {
        JobId::derive(Timestamp::from_millis(1), &[&[at]])
    }

    #[test]
    fn as_many_jobs_begin_as_a_host_serves_in_good_time() {
        let begun = Begun::default();
        for (delay, room) in [(0, 16), (100, 16), (1_000, 8), (3_000, 2), (8_000, 1), (60_000, 1)] {
            assert_eq!(begun.room("a", Duration::from_millis(delay), 2), room, "{delay} ms");
        }
        assert_eq!(begun.room("a", Duration::ZERO, 50), 100, "never fewer than keep its chains busy");
    }

    #[test]
    fn an_ended_job_makes_room_on_the_host_that_it_began_on() {
        let mut begun = Begun::default();
        begun.began(job(1), "a");
        begun.began(job(1), "b");
        begun.began(job(2), "a");
        assert_eq!((begun.room("a", Duration::ZERO, 1), begun.room("b", Duration::ZERO, 1)), (14, 16));
        begun.ended(job(1));
        begun.ended(job(1));
        assert_eq!(begun.room("a", Duration::ZERO, 1), 15);
    }
}
