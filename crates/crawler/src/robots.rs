//! robots.txt (RFC 9309) of the hosts at hand: one request for each origin and day, shared by all tasks.

use std::{
    collections::HashMap,
    sync::{Arc, PoisonError},
    time::Duration,
};

use gleaner_contract::{Tenant, Timestamp};
use gleaner_fetch::{
    Anywhere, Failure, HopLimits, Hops, NotCome,
    robots::{MAX_ROBOTS_BYTES, MAX_ROBOTS_REDIRECTS, Robots, file_of},
};
use gleaner_ports::{
    Beyond, Clock, EvidenceError, EvidenceStore, FetchRequest, Fetcher, Validators, evidence::StoredRobots,
};
use tokio::sync::Mutex;
use url::Url;

use crate::events;

/// RFC 9309, section 2.4: a cached copy is not used for more than a day.
const KEEP: Duration = Duration::from_secs(24 * 3600);

/// An origin that could not be reached is asked again after this time, or when a task comes back to it.
const KEEP_UNREACHABLE: Duration = Duration::from_secs(60);

/// Bytes of parsed files held in memory; past that they are looked up in the store again.
const MAX_WEIGHT: usize = 64 << 20;

/// What an origin weighs beside its file.
const SLOT_WEIGHT: usize = 512;

const TIMEOUT: Duration = Duration::from_secs(15);

type Slot = Arc<Mutex<Option<Known>>>;

/// Why an origin's file could not be had, so that everything is closed.
#[derive(Debug, Clone)]
pub(crate) struct Unreachable {
    pub(crate) failure: Box<Failure>,
    /// It was the origin itself that failed, not another that its redirects led to.
    pub(crate) own: bool,
    /// It failed when another asked, who has told of it.
    pub(crate) remembered: bool,
}

/// What is remembered of one origin.
#[derive(Debug)]
struct Known {
    asked_at: Timestamp,
    until: Timestamp,
    robots: Result<Arc<Robots>, Unreachable>,
}

/// What robots.txt says of a URL.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Verdict {
    pub(crate) allowed: bool,
    pub(crate) crawl_delay_ms: Option<u64>,
}

#[derive(Debug, Default)]
struct Origins {
    slots: HashMap<(Tenant, String), Slot>,
    /// Of what was ever put into the slots.
    weight: usize,
}

impl Origins {
    fn slot(&mut self, tenant: &Tenant, origin: &str) -> Slot {
        let key = (tenant.clone(), origin.to_owned());
        if let Some(slot) = self.slots.get(&key) {
            return slot.clone();
        }
        self.add(SLOT_WEIGHT);
        self.slots.entry(key).or_default().clone()
    }

    fn add(&mut self, weight: usize) {
        self.weight += weight;
        if self.weight > MAX_WEIGHT {
            self.slots.clear();
            self.weight = weight;
        }
    }
}

#[derive(Debug)]
pub(crate) struct RobotsCache {
    agent: String,
    fetcher: Arc<dyn Fetcher>,
    evidence: EvidenceStore,
    clock: Arc<dyn Clock>,
    origins: std::sync::Mutex<Origins>,
}

impl RobotsCache {
    pub(crate) fn new(
        agent: String,
        fetcher: Arc<dyn Fetcher>,
        evidence: EvidenceStore,
        clock: Arc<dyn Clock>,
    ) -> Self {
        Self { agent, fetcher, evidence, clock, origins: std::sync::Mutex::default() }
    }

    /// What the origin's file says of a URL. Who comes back to an origin that could not be reached has it asked again.
    pub(crate) async fn verdict(
        &self,
        tenant: &Tenant,
        url: &Url,
        comes_back: bool,
    ) -> Result<Result<Verdict, Unreachable>, EvidenceError> {
        let came_at = self.clock.now();
        let origin = url.origin().ascii_serialization();
        let slot = self.origins().slot(tenant, &origin);
        // held while the file is fetched, so that all tasks of an origin wait for one request
        let mut known = slot.lock().await;
        let robots = match &*known {
            Some(known)
                if known.until > self.clock.now()
                    && (known.robots.is_ok() || !comes_back || known.asked_at >= came_at) =>
            {
                known.robots.clone().map_err(|cause| Unreachable { remembered: true, ..cause })
            }
            _ => {
                let fresh = self.load(tenant, &origin, url).await?;
                let robots = fresh.robots.clone();
                self.origins().add(robots.as_ref().map_or(0, |robots| robots.weight()));
                *known = Some(fresh);
                robots
            }
        };
        drop(known);
        Ok(robots.map(|robots| {
            let found = robots.check_url(&self.agent, url);
            let crawl_delay_ms =
                found.crawl_delay.map(|seconds| (seconds.clamp(0.0, 86_400.0) * 1000.0) as u64);
            Verdict { allowed: found.allowed, crawl_delay_ms }
        }))
    }

    fn origins(&self) -> std::sync::MutexGuard<'_, Origins> {
        self.origins.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn load(&self, tenant: &Tenant, origin: &str, url: &Url) -> Result<Known, EvidenceError> {
        let now = self.clock.now();
        if let Some(stored) = self.evidence.robots(tenant, origin).await?
            && stored.fetched_at.after(KEEP) > now
        {
            return Ok(self.known(&stored));
        }
        match self.file(url).await {
            Ok(text) => {
                events::robots_fetched(origin, text.is_some());
                let stored = StoredRobots { text, fetched_at: self.clock.now() };
                self.evidence.put_robots(tenant, origin, &stored).await?;
                Ok(self.known(&stored))
            }
            Err(unreachable) => {
                let error = &unreachable.failure.error;
                events::robots_unreachable(origin, error.reason, &error.detail);
                let asked_at = self.clock.now();
                let until = asked_at.after(KEEP_UNREACHABLE);
                Ok(Known { asked_at, until, robots: Err(unreachable) })
            }
        }
    }

    fn known(&self, stored: &StoredRobots) -> Known {
        let robots = stored.text.as_deref().map_or_else(Robots::allow_all, Robots::parse);
        Known {
            asked_at: stored.fetched_at,
            until: stored.fetched_at.after(KEEP),
            robots: Ok(Arc::new(robots.for_agent(&self.agent))),
        }
    }

    /// The file of this URL's origin, as far as it is read; none where there is none.
    async fn file(&self, url: &Url) -> Result<Option<Vec<u8>>, Unreachable> {
        let mut file = url.clone();
        file.set_path("/robots.txt");
        file.set_query(None);
        let request = FetchRequest {
            url: file.clone(),
            validators: Validators::default(),
            headers: Vec::new(),
            max_bytes: MAX_ROBOTS_BYTES as u64,
            beyond: Beyond::Cut,
            timeout: TIMEOUT,
        };
        let limits = HopLimits { max_redirects: MAX_ROBOTS_REDIRECTS, total_timeout: TIMEOUT };
        let (answer, at) = match Hops::new(&*self.fetcher, limits).fetch(request, None, &mut Anywhere).await {
            Ok(fetched) => (Ok(fetched), file),
            Err(NotCome::Failed(failure)) => (Err(failure.error), failure.at),
            Err(NotCome::Stopped(never)) => match never {},
        };
        match file_of(answer) {
            Ok(text) => Ok(text.map(Vec::from)),
            Err(error) => {
                let own = at.origin() == url.origin();
                Err(Unreachable { failure: Box::new(Failure { at, error }), own, remembered: false })
            }
        }
    }
}

#[cfg(test)]
mod tests;
