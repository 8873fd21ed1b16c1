//! What an operator may set of the coordinator.

use std::time::Duration;

use gleaner_flow::Policy;

/// The coordinator's knobs. Times are whole durations; counts are per process.
#[derive(Debug, Clone)]
pub struct CoordinatorConfig {
    /// Reports that one transaction takes at most.
    pub batch_max: usize,
    /// How long a batch waits for more reports once it has one.
    pub batch_wait: Duration,
    /// Open chains allowed, as a multiple of the crawlers' total prefetch.
    pub window_factor: usize,
    /// Chains under way on one host at once.
    pub per_host: u32,
    /// The same on all hosts of one registrable domain together.
    pub per_domain: u32,
    /// Least time between two dispatches to one host, where its robots.txt asks for no more.
    pub host_delay: Duration,
    /// What follows when a host does not answer.
    pub breaker: BreakerConfig,
    /// How often lapsed leases and deadlines are looked for.
    pub reap_every: Duration,
    /// How long a claimed outbox row stays ours.
    pub outbox_claim: Duration,
    /// What jobs run by.
    pub policy: Policy,
    /// The extractor's version, told in records.
    pub extractor: String,
}

impl CoordinatorConfig {
    /// The defaults, which the configuration file explains.
    pub fn new(extractor: impl Into<String>) -> Self {
        Self {
            batch_max: 100,
            batch_wait: Duration::from_millis(5),
            window_factor: 4,
            per_host: 2,
            per_domain: 4,
            host_delay: Duration::from_millis(100),
            breaker: BreakerConfig::default(),
            reap_every: Duration::from_secs(1),
            outbox_claim: Duration::from_secs(30),
            policy: Policy::default(),
            extractor: extractor.into(),
        }
    }
}

/// When a host that does not answer is left alone, and how it is probed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BreakerConfig {
    /// Chains in a row without an answer, or with a 5xx, after which it is asked by probes alone; 0 is never.
    pub failures: u32,
    /// Before the first probe, doubled for each one after it.
    pub wait: Duration,
    /// Failed probes after which it is given up.
    pub probes: u32,
}

impl Default for BreakerConfig {
    fn default() -> Self {
        Self { failures: 5, wait: Duration::from_secs(10), probes: 3 }
    }
}
