//! One host: how it is paced now, and what it teaches about that.

use std::time::Duration;

use gleaner_contract::{HostAdvice, Ticket, Timestamp, wire};
use gleaner_ports::{JobTx, StoreError, jobs::ResourceRow};
use serde::{Deserialize, Serialize};

use super::{
    MAX_DELAY, Starting,
    breaker::Breaker,
    slowdown::{Slowdown, Usual},
};
use crate::{config::CoordinatorConfig, events, rows::encode};

const MAX_RETRY_AFTER: Duration = Duration::from_secs(24 * 3600);

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Host {
    row: ResourceRow,
    health: Health,
}

/// What a host's answers taught.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Health {
    slowdown: Slowdown,
    breaker: Breaker,
}

/// What a chain that starts is to its host.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Start {
    Plain,
    /// The one chain that finds out whether the host answers again.
    Probe,
}

impl Host {
    pub(super) async fn load(tx: &mut Box<dyn JobTx>, resource: &str) -> Result<Self, StoreError> {
        let row = tx.resource(resource).await?.unwrap_or_else(|| ResourceRow {
            name: resource.to_owned(),
            next_at: Timestamp::default(),
            delay_ms: 0,
            health: Vec::new(),
        });
        // what cannot be read, as of another version, is learned anew: no page need wait for that
        let health = wire::decode(&row.health).unwrap_or_default();
        Ok(Self { row, health })
    }

    pub(super) async fn save(&mut self, tx: &mut Box<dyn JobTx>) -> Result<(), StoreError> {
        let is_usual = self.health == Health::default();
        self.row.health = if is_usual { Vec::new() } else { encode(&self.health)? };
        tx.save_resource(&self.row).await
    }

    fn usual(&self, config: &CoordinatorConfig) -> Usual {
        let delay = config.host_delay.max(Duration::from_millis(self.row.delay_ms));
        Usual { delay, chains: config.per_host }
    }

    /// Between two dispatches.
    pub(super) fn delay(&self, config: &CoordinatorConfig) -> Duration {
        self.usual(config).delay.max(self.health.slowdown.delay())
    }

    /// At once.
    pub(super) fn chains(&self, config: &CoordinatorConfig) -> u32 {
        self.health.slowdown.chains(config.per_host)
    }

    /// Whether nothing but probes may ask it.
    pub(super) fn is_open(&self) -> bool {
        self.health.breaker.is_open()
    }

    /// When it may be asked next. `under_way` are its chains.
    pub(super) fn ready_at(&self, under_way: u32) -> Timestamp {
        self.row.next_at.max(self.health.breaker.ready_at(under_way == 0))
    }

    /// A chain starts. Whether it changed what is known of the host, and what it is to it.
    pub(super) fn start(
        &mut self,
        config: &CoordinatorConfig,
        chain: Starting,
        now: Timestamp,
    ) -> (bool, Start) {
        let before = self.clone();
        self.health.slowdown.rest(now);
        let is_probe = self.health.breaker.started(chain.task, chain.epoch, chain.lease_until);
        let delay = self.delay(config);
        if !delay.is_zero() {
            self.row.next_at = now.after(delay);
        }
        let start = if is_probe { Start::Probe } else { Start::Plain };
        (*self != before, start)
    }

    /// A chain came home, with this to say of the host. Whether that changed anything.
    pub(super) fn learn(
        &mut self,
        config: &CoordinatorConfig,
        chain: &Ticket,
        advice: &HostAdvice,
        now: Timestamp,
    ) -> bool {
        let before = self.clone();
        if let Some(delay) = advice.crawl_delay_ms {
            let delay = Duration::from_millis(delay).min(MAX_DELAY);
            self.row.delay_ms = u64::try_from(delay.as_millis()).unwrap_or(u64::MAX);
            self.not_before(now.after(delay));
        }
        if let Some(wait) = advice.retry_after_ms {
            self.not_before(now.after(Duration::from_millis(wait).min(MAX_RETRY_AFTER)));
        }
        let usual = self.usual(config);
        let slowdown = &mut self.health.slowdown;
        if advice.pushback {
            if let Some(until) = slowdown.raise(usual, now) {
                events::host_pushed_back(&self.row.name, slowdown.delay(), slowdown.chains(usual.chains));
                self.not_before(until);
            }
        } else if advice.answered == Some(true) {
            slowdown.ease(usual);
        }
        if let Some(change) = self.health.breaker.heard(config.breaker, advice.answered, chain, now) {
            events::host_break(&self.row.name, change);
        }
        *self != before
    }

    fn not_before(&mut self, at: Timestamp) {
        self.row.next_at = self.row.next_at.max(at);
    }
}
