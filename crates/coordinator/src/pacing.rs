//! Pacing: decides when a host may be asked again, and how many chains it may have under way.
//!
//! One owner for all of it, so that a slow host never fills the dispatch window or a worker's prefetch. It never decides
//! whether to fetch.

use std::{
    collections::{BTreeMap, HashMap, HashSet, VecDeque, hash_map::Entry},
    time::Duration,
};

use gleaner_contract::{HostAdvice, JobId, Timestamp};
use gleaner_ports::{JobTx, StoreError, jobs::ResourceRow};

use crate::begun::Begun;

/// The longest wait that a host may ask for.
const MAX_DELAY: Duration = Duration::from_secs(300);
const MAX_RETRY_AFTER: Duration = Duration::from_secs(24 * 3600);

#[derive(Debug)]
pub(crate) struct Pacer {
    per_host: u32,
    least_delay: Duration,
    known: HashMap<String, ResourceRow>,
    /// Chains under way, as the store counted them for this round of dispatching.
    in_flight: HashMap<String, u32>,
    /// Jobs that were passed over for a resource. Lost with the process, which costs them a wait.
    lines: BTreeMap<String, Line>,
    round: i64,
}

/// Who waits for a resource. Those that have not begun go first, as far as there is room for more to begin.
#[derive(Debug, Default)]
struct Line {
    begun: Queue,
    waiting: Queue,
}

/// First come first.
#[derive(Debug, Default)]
struct Queue {
    order: VecDeque<JobId>,
    members: HashSet<JobId>,
}

impl Queue {
    fn join(&mut self, job: JobId) {
        if self.members.insert(job) {
            self.order.push_back(job);
        }
    }

    fn call(&mut self) -> Option<JobId> {
        let job = self.order.pop_front()?;
        self.members.remove(&job);
        Some(job)
    }
}

/// Whether a job was dispatched before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum HasBegun {
    Yes,
    NotYet,
}

/// Whether a chain may start on a resource.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Turn {
    Go,
    /// Not before this instant.
    At(Timestamp),
    /// When another chain on it has ended.
    Busy,
}

impl Pacer {
    pub(crate) fn new(per_host: u32, least_delay: Duration) -> Self {
        Self {
            per_host: per_host.max(1),
            least_delay,
            known: HashMap::new(),
            in_flight: HashMap::new(),
            lines: BTreeMap::new(),
            round: 0,
        }
    }

    /// Begins a round of dispatching, and gives it a number above all before it.
    pub(crate) fn begin_round(&mut self, in_flight: Vec<(String, u32)>, now: Timestamp) -> i64 {
        self.in_flight = in_flight.into_iter().collect();
        self.round = now.as_millis().max(self.round + 1);
        self.round
    }

    /// The job waits for its turn on this resource.
    pub(crate) fn line_up(&mut self, resource: &str, job: JobId, has_begun: HasBegun) {
        let line = self.lines.entry(resource.to_owned()).or_default();
        match has_begun {
            HasBegun::Yes => line.begun.join(job),
            HasBegun::NotYet => line.waiting.join(job),
        }
    }

    /// How many more jobs may begin on this resource.
    pub(crate) fn room_to_begin(&self, resource: &str, begun: &Begun) -> usize {
        let asked = self.known.get(resource).map_or(0, |row| row.delay_ms);
        begun.room(resource, self.least_delay.max(Duration::from_millis(asked)), self.per_host)
    }

    /// Takes from the lines the jobs whose turn it is, at most `most`. One that does not use its turn leaves it to the
    /// next.
    pub(crate) fn called(&mut self, now: Timestamp, most: usize, begun: &Begun) -> Vec<JobId> {
        let free: Vec<(String, usize, usize)> = self
            .lines
            .keys()
            .map(|resource| (resource.clone(), self.free(resource, now), self.room_to_begin(resource, begun)))
            .collect();
        let mut called = Vec::new();
        for (resource, free, mut room) in free {
            let Some(line) = self.lines.get_mut(&resource) else { continue };
            for _ in 0..free.min(most - called.len()) {
                let first = if room > 0 { line.waiting.call() } else { None };
                room -= usize::from(first.is_some());
                let Some(job) = first.or_else(|| line.begun.call()) else { break };
                called.push(job);
            }
            if line.begun.order.is_empty() && line.waiting.order.is_empty() {
                self.lines.remove(&resource);
            }
        }
        called
    }

    /// When somebody in a line may go. Where too many chains are under way, the end of one tells.
    pub(crate) fn next_call(&self, begun: &Begun) -> Option<Timestamp> {
        self.lines
            .iter()
            .filter(|(resource, _)| self.slots(resource) > 0)
            .filter(|(resource, line)| {
                !line.begun.order.is_empty() || self.room_to_begin(resource, begun) > 0
            })
            .map(|(resource, _)| self.known.get(resource).map_or(Timestamp::default(), |row| row.next_at))
            .min()
    }

    fn slots(&self, resource: &str) -> u32 {
        self.per_host.saturating_sub(self.in_flight.get(resource).copied().unwrap_or(0))
    }

    /// How many chains may start on the resource now.
    fn free(&self, resource: &str, now: Timestamp) -> usize {
        let row = self.known.get(resource);
        let delayed = !self.least_delay.is_zero() || row.is_some_and(|row| row.delay_ms > 0);
        match self.slots(resource) as usize {
            _ if row.is_some_and(|row| row.next_at > now) => 0,
            slots if delayed => slots.min(1),
            slots => slots,
        }
    }

    pub(crate) async fn turn(
        &mut self,
        tx: &mut Box<dyn JobTx>,
        resource: &str,
        now: Timestamp,
    ) -> Result<Turn, StoreError> {
        if self.slots(resource) == 0 {
            return Ok(Turn::Busy);
        }
        let next_at = self.row(tx, resource).await?.next_at;
        Ok(if next_at > now { Turn::At(next_at) } else { Turn::Go })
    }

    /// A chain starts on the resource.
    pub(crate) async fn started(
        &mut self,
        tx: &mut Box<dyn JobTx>,
        resource: &str,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        *self.in_flight.entry(resource.to_owned()).or_default() += 1;
        let least = self.least_delay;
        let row = self.row(tx, resource).await?;
        let delay = least.max(Duration::from_millis(row.delay_ms));
        if !delay.is_zero() {
            row.next_at = now.after(delay);
            let row = row.clone();
            tx.save_resource(&row).await?;
        }
        Ok(())
    }

    /// A crawler learned something about a host.
    pub(crate) async fn learn(
        &mut self,
        tx: &mut Box<dyn JobTx>,
        advice: &HostAdvice,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let row = self.row(tx, &advice.host).await?;
        let before = row.clone();
        if let Some(delay) = advice.crawl_delay_ms {
            let delay = Duration::from_millis(delay).min(MAX_DELAY);
            row.delay_ms = u64::try_from(delay.as_millis()).unwrap_or(u64::MAX);
            row.next_at = row.next_at.max(now.after(delay));
        }
        if let Some(wait) = advice.retry_after_ms {
            row.next_at = row.next_at.max(now.after(Duration::from_millis(wait).min(MAX_RETRY_AFTER)));
        }
        if *row != before {
            let row = row.clone();
            tx.save_resource(&row).await?;
        }
        Ok(())
    }

    async fn row(&mut self, tx: &mut Box<dyn JobTx>, resource: &str) -> Result<&mut ResourceRow, StoreError> {
        match self.known.entry(resource.to_owned()) {
            Entry::Occupied(known) => Ok(known.into_mut()),
            Entry::Vacant(slot) => {
                let row = tx.resource(resource).await?.unwrap_or_else(|| ResourceRow {
                    name: resource.to_owned(),
                    next_at: Timestamp::default(),
                    delay_ms: 0,
                });
                Ok(slot.insert(row))
            }
        }
    }
}
