//! Pacing: decides when a host may be asked again, and how many chains it may have under way.
//!
//! One owner for all of it, so that a slow host never fills the dispatch window or a worker's prefetch. It never decides
//! whether to fetch.

use std::{collections::HashMap, time::Duration};

use gleaner_contract::{HostAdvice, Timestamp};
use gleaner_ports::{JobTx, StoreError, jobs::ResourceRow};

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
        Self { per_host: per_host.max(1), least_delay, known: HashMap::new(), in_flight: HashMap::new() }
    }

    /// Begins a round of dispatching.
    pub(crate) fn begin_round(&mut self, in_flight: Vec<(String, u32)>) {
        self.in_flight = in_flight.into_iter().collect();
    }

    pub(crate) async fn turn(
        &mut self,
        tx: &mut Box<dyn JobTx>,
        resource: &str,
        now: Timestamp,
    ) -> Result<Turn, StoreError> {
        if self.in_flight.get(resource).copied().unwrap_or(0) >= self.per_host {
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
        if !self.known.contains_key(resource) {
            let row = tx.resource(resource).await?.unwrap_or_else(|| ResourceRow {
                name: resource.to_owned(),
                next_at: Timestamp::default(),
                delay_ms: 0,
            });
            self.known.insert(resource.to_owned(), row);
        }
        Ok(self.known.entry(resource.to_owned()).or_insert_with(|| ResourceRow {
            name: resource.to_owned(),
            next_at: Timestamp::default(),
            delay_ms: 0,
        }))
    }
}
