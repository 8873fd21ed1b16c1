//! The numbers that a harvest job runs by.

use std::time::Duration;

use gleaner_contract::Money;
use serde::{Deserialize, Serialize};

use crate::frontier::FrontierLimits;

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Policy {
    /// Tries of one URL, the first included.
    pub max_attempts: u32,
    /// Crashes after which a task runs in quarantine, and after which it is given up.
    pub quarantine_after: u32,
    pub max_crashes: u32,
    /// Between tries: full jitter between zero and a bound that doubles from `backoff_base` to `backoff_cap`, on top of
    /// `backoff_base`.
    pub backoff_base: Duration,
    pub backoff_cap: Duration,
    /// How long one chain may take, from dispatch to report.
    pub chain_timeout: Duration,
    /// What the lease adds to it, so that a late but honest report still counts.
    pub lease_margin: Duration,
    /// Links deeper than this are not followed.
    pub max_depth: u16,
    /// URLs that one job remembers at most; links beyond are counted, not kept.
    pub max_urls_seen: u64,
    /// How far it goes into one corner of a site.
    #[serde(default)]
    pub frontier: FrontierLimits,
    /// What a page may take of a budget for bytes.
    pub page_bytes: u64,
    /// What asking for a page costs, where the way out is paid for.
    pub page_price: Option<Money>,
}

impl Default for Policy {
    fn default() -> Self {
        Self {
            max_attempts: 3,
            quarantine_after: 2,
            max_crashes: 4,
            backoff_base: Duration::from_secs(2),
            backoff_cap: Duration::from_secs(10),
            chain_timeout: Duration::from_secs(60),
            lease_margin: Duration::from_secs(15),
            max_depth: 3,
            max_urls_seen: 20_000,
            frontier: FrontierLimits::default(),
            page_bytes: 10 << 20,
            page_price: None,
        }
    }
}
