//! Pacing: decides when a host may be asked again, and how many chains a host and a registrable domain may have under way.
//!
//! One owner for all of it, so that a slow host never fills the dispatch window or a worker's prefetch. It never decides
//! whether to fetch. What it learns of hosts is kept with the jobs, so that the next process knows it.

use std::{
    collections::{BTreeMap, HashMap, hash_map::Entry},
    sync::Arc,
    time::Duration,
};

use gleaner_contract::{HostAdvice, JobId, TaskId, Ticket, Timestamp};
use gleaner_ports::{JobTx, StoreError};

use crate::{begun::Begun, config::CoordinatorConfig, events};

mod breaker;
mod domain;
mod host;
mod line;
mod slowdown;

pub(crate) use breaker::Change;
use domain::domain_of;
use host::Host;
pub(crate) use host::Start;
pub(crate) use line::HasBegun;
use line::Line;

/// The longest wait between two dispatches that a host may bring upon itself.
const MAX_DELAY: Duration = Duration::from_secs(300);

/// Hosts remembered in memory; past that they are looked up in the store again.
const MOST_KNOWN: usize = 20_000;

#[derive(Debug)]
pub(crate) struct Pacer {
    config: Arc<CoordinatorConfig>,
    known: HashMap<String, Host>,
    /// Chains under way, as the store counted them for this round of dispatching.
    in_flight: HashMap<String, u32>,
    in_flight_of_domain: HashMap<String, u32>,
    /// Jobs that were passed over for a resource. Lost with the process, which costs them a wait.
    lines: BTreeMap<String, Line>,
    round: i64,
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

/// A chain that starts.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Starting {
    pub(crate) task: TaskId,
    pub(crate) epoch: u32,
    pub(crate) lease_until: Timestamp,
}

impl Pacer {
    pub(crate) fn new(config: &CoordinatorConfig) -> Self {
        let config = CoordinatorConfig {
            per_host: config.per_host.max(1),
            per_domain: config.per_domain.max(1),
            ..config.clone()
        };
        Self {
            config: Arc::new(config),
            known: HashMap::new(),
            in_flight: HashMap::new(),
            in_flight_of_domain: HashMap::new(),
            lines: BTreeMap::new(),
            round: 0,
        }
    }

    /// Begins a round of dispatching, and gives it a number above all before it.
    pub(crate) fn begin_round(&mut self, in_flight: Vec<(String, u32)>, now: Timestamp) -> i64 {
        self.in_flight_of_domain.clear();
        for (resource, chains) in &in_flight {
            *self.in_flight_of_domain.entry(domain_of(resource).to_owned()).or_default() += chains;
        }
        self.in_flight = in_flight.into_iter().collect();
        if self.known.len() > MOST_KNOWN {
            self.known.clear();
        }
        self.round = now.as_millis().max(self.round + 1);
        self.round
    }

    /// The job waits for its turn on this resource.
    pub(crate) fn line_up(&mut self, resource: &str, job: JobId, has_begun: HasBegun) {
        self.lines.entry(resource.to_owned()).or_default().join(job, has_begun);
    }

    /// How many more jobs may begin on this resource.
    pub(crate) fn room_to_begin(&self, resource: &str, begun: &Begun) -> usize {
        begun.room(resource, self.delay(resource), self.config.per_host)
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
            // while a host is probed nobody's clock need begin, unless nobody else is there to probe it
            let order = if self.is_open(&resource) {
                [HasBegun::Yes, HasBegun::NotYet]
            } else {
                [HasBegun::NotYet, HasBegun::Yes]
            };
            let Some(line) = self.lines.get_mut(&resource) else { continue };
            for _ in 0..free.min(most - called.len()) {
                let may = |has_begun: &HasBegun| *has_begun == HasBegun::Yes || room > 0;
                let next = order
                    .into_iter()
                    .filter(may)
                    .find_map(|has_begun| line.call(has_begun).map(|job| (job, has_begun)));
                let Some((job, has_begun)) = next else { break };
                room -= usize::from(has_begun == HasBegun::NotYet);
                called.push(job);
            }
            if line.is_empty() {
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
            .filter(|(resource, line)| line.has_begun_ones() || self.room_to_begin(resource, begun) > 0)
            .map(|(resource, _)| self.ready_at(resource))
            .min()
    }

    /// How many more chains the host may have under way, and its whole domain with it.
    fn slots(&self, resource: &str) -> u32 {
        let of_domain = self.in_flight_of_domain.get(domain_of(resource)).copied().unwrap_or(0);
        let chains = self.known.get(resource).map_or(self.config.per_host, |host| host.chains(&self.config));
        chains.saturating_sub(self.under_way(resource)).min(self.config.per_domain.saturating_sub(of_domain))
    }

    fn under_way(&self, resource: &str) -> u32 {
        self.in_flight.get(resource).copied().unwrap_or(0)
    }

    /// Between two dispatches.
    fn delay(&self, resource: &str) -> Duration {
        self.known.get(resource).map_or(self.config.host_delay, |host| host.delay(&self.config))
    }

    fn is_open(&self, resource: &str) -> bool {
        self.known.get(resource).is_some_and(Host::is_open)
    }

    /// When the host may be asked next.
    fn ready_at(&self, resource: &str) -> Timestamp {
        let of = |host: &Host| host.ready_at(self.under_way(resource));
        self.known.get(resource).map_or(Timestamp::default(), of)
    }

    /// How many chains may start on the resource now.
    fn free(&self, resource: &str, now: Timestamp) -> usize {
        let one_by_one = !self.delay(resource).is_zero() || self.is_open(resource);
        match self.slots(resource) as usize {
            _ if self.ready_at(resource) > now => 0,
            slots if one_by_one => slots.min(1),
            slots => slots,
        }
    }

    pub(crate) async fn turn(
        &mut self,
        tx: &mut Box<dyn JobTx>,
        resource: &str,
        now: Timestamp,
    ) -> Result<Turn, StoreError> {
        // before its chains are counted: it may be allowed fewer than others
        self.host(tx, resource).await?;
        if self.slots(resource) == 0 {
            return Ok(Turn::Busy);
        }
        let ready_at = self.ready_at(resource);
        Ok(if ready_at > now { Turn::At(ready_at) } else { Turn::Go })
    }

    /// A chain starts on the resource.
    pub(crate) async fn started(
        &mut self,
        tx: &mut Box<dyn JobTx>,
        resource: &str,
        chain: Starting,
        now: Timestamp,
    ) -> Result<Start, StoreError> {
        *self.in_flight.entry(resource.to_owned()).or_default() += 1;
        *self.in_flight_of_domain.entry(domain_of(resource).to_owned()).or_default() += 1;
        let config = self.config.clone();
        let host = self.host(tx, resource).await?;
        let (changed, start) = host.start(&config, chain, now);
        if changed {
            host.save(tx).await?;
        }
        if start == Start::Probe {
            events::host_probed(resource);
        }
        Ok(start)
    }

    /// A chain on the resource came home, maybe with something learned of it.
    pub(crate) async fn heard(
        &mut self,
        tx: &mut Box<dyn JobTx>,
        resource: &str,
        chain: &Ticket,
        advice: Option<&HostAdvice>,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        // one that tells nothing is of interest only if it was a probe
        if advice.is_none() && !self.is_open(resource) {
            return Ok(());
        }
        let config = self.config.clone();
        let host = self.host(tx, resource).await?;
        let nothing = HostAdvice::default();
        if host.learn(&config, chain, advice.unwrap_or(&nothing), now) {
            host.save(tx).await?;
        }
        Ok(())
    }

    /// What was learned of these did not become durable: it will be told again, and must not count twice.
    pub(crate) fn forget(&mut self, resources: &[String]) {
        for resource in resources {
            self.known.remove(resource);
        }
    }

    async fn host(&mut self, tx: &mut Box<dyn JobTx>, resource: &str) -> Result<&mut Host, StoreError> {
        match self.known.entry(resource.to_owned()) {
            Entry::Occupied(known) => Ok(known.into_mut()),
            Entry::Vacant(slot) => Ok(slot.insert(Host::load(tx, resource).await?)),
        }
    }
}
