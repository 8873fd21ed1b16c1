//! robots.txt (RFC 9309) of the hosts at hand: one request for each origin and day, shared by all tasks.

use std::{
    collections::HashMap,
    sync::{Arc, PoisonError},
    time::Duration,
};

use gleaner_contract::{Tenant, Timestamp};
use gleaner_fetch::robots::Robots;
use gleaner_ports::{
    Clock, EvidenceError, EvidenceStore, FetchError, FetchRequest, Fetched, Fetcher, Validators,
    evidence::StoredRobots,
};
use tokio::sync::Mutex;
use url::Url;

use crate::events;

/// RFC 9309, section 2.4: a cached copy is not used for more than a day.
const KEEP: Duration = Duration::from_secs(24 * 3600);

/// An origin that could not be reached is asked again after this time.
const KEEP_UNREACHABLE: Duration = Duration::from_secs(60);

/// Origins remembered in memory; past that they are looked up in the store again.
const REMEMBERED: usize = 10_000;

const TIMEOUT: Duration = Duration::from_secs(15);

type Slot = Arc<Mutex<Option<Known>>>;

/// What is remembered of one origin.
#[derive(Debug)]
struct Known {
    until: Timestamp,
    robots: Arc<Robots>,
    unreachable: bool,
}

/// What robots.txt says of a URL.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Verdict {
    pub(crate) allowed: bool,
    /// The file could not be had, so everything is disallowed.
    pub(crate) unreachable: bool,
    pub(crate) crawl_delay_ms: Option<u64>,
}

#[derive(Debug)]
pub(crate) struct RobotsCache {
    agent: String,
    origins: std::sync::Mutex<HashMap<(Tenant, String), Slot>>,
}

impl RobotsCache {
    pub(crate) fn new(agent: String) -> Self {
        Self { agent, origins: std::sync::Mutex::default() }
    }

    pub(crate) async fn verdict(
        &self,
        tenant: &Tenant,
        url: &Url,
        fetcher: &dyn Fetcher,
        evidence: &EvidenceStore,
        clock: &dyn Clock,
    ) -> Result<Verdict, EvidenceError> {
        let origin = url.origin().ascii_serialization();
        let slot = {
            let mut origins = self.origins.lock().unwrap_or_else(PoisonError::into_inner);
            if origins.len() >= REMEMBERED {
                origins.clear();
            }
            origins.entry((tenant.clone(), origin.clone())).or_default().clone()
        };
        // held while the file is fetched, so that all tasks of an origin wait for one request
        let mut known = slot.lock().await;
        let (robots, unreachable) = match &*known {
            Some(known) if known.until > clock.now() => (known.robots.clone(), known.unreachable),
            _ => {
                let stored = load(tenant, &origin, url, fetcher, evidence, clock).await?;
                let keep = if stored.unreachable { KEEP_UNREACHABLE } else { KEEP };
                let robots = Arc::new(match (&stored.text, stored.unreachable) {
                    (_, true) => Robots::deny_all(),
                    (Some(text), false) => Robots::parse(text.as_bytes()),
                    (None, false) => Robots::allow_all(),
                });
                *known = Some(Known {
                    until: stored.fetched_at.after(keep),
                    robots: robots.clone(),
                    unreachable: stored.unreachable,
                });
                (robots, stored.unreachable)
            }
        };
        drop(known);
        let found = robots.check_url(&self.agent, url);
        Ok(Verdict {
            allowed: found.allowed,
            unreachable,
            crawl_delay_ms: found.crawl_delay.map(|seconds| (seconds.clamp(0.0, 86_400.0) * 1000.0) as u64),
        })
    }
}

async fn load(
    tenant: &Tenant,
    origin: &str,
    url: &Url,
    fetcher: &dyn Fetcher,
    evidence: &EvidenceStore,
    clock: &dyn Clock,
) -> Result<StoredRobots, EvidenceError> {
    if let Some(stored) = evidence.robots(tenant, origin).await?
        && !stored.unreachable
        && stored.fetched_at.after(KEEP) > clock.now()
    {
        return Ok(stored);
    }
    let mut file = url.clone();
    file.set_path("/robots.txt");
    file.set_query(None);
    let answer = fetcher
        .fetch(FetchRequest {
            url: file,
            validators: Validators::default(),
            headers: Vec::new(),
            max_bytes: gleaner_fetch::robots::MAX_ROBOTS_BYTES as u64 * 2,
            timeout: TIMEOUT,
            follow_off_host: true,
        })
        .await;
    let stored = StoredRobots {
        text: text_of(&answer),
        unreachable: is_unreachable(&answer),
        fetched_at: clock.now(),
    };
    events::robots_fetched(origin, stored.text.is_some());
    evidence.put_robots(tenant, origin, &stored).await?;
    Ok(stored)
}

fn text_of(answer: &Result<Fetched, FetchError>) -> Option<String> {
    match answer {
        Ok(Fetched::Body { body, .. }) => {
            let kept = &body[..body.len().min(gleaner_fetch::robots::MAX_ROBOTS_BYTES)];
            Some(String::from_utf8_lossy(kept).into_owned())
        }
        _ => None,
    }
}

/// RFC 9309, section 2.3.1: 4xx means none, anything else that is not a file means everything is disallowed.
fn is_unreachable(answer: &Result<Fetched, FetchError>) -> bool {
    match answer {
        Ok(_) => false,
        Err(error) => !error.status.is_some_and(|status| (400..500).contains(&status) && status != 429),
    }
}
