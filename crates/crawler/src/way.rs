//! The rule of a crawl task's way: every URL on it, those of redirects included, lies in scope and is open to robots.

use async_trait::async_trait;
use gleaner_contract::{CrawlTask, ErrorClass, HostAdvice, PageOutcome, UrlReason};
use gleaner_fetch::{Failure, HopRule};
use gleaner_ports::{FetchError, StageError};
use tokio::time::{Instant, timeout_at};
use url::Url;

use crate::robots::{RobotsCache, Unreachable};

/// How a way ends before its page.
#[derive(Debug)]
pub(crate) enum Halt {
    Outcome(PageOutcome),
    Stage(StageError),
}

pub(crate) struct Way<'w> {
    task: &'w CrawlTask,
    robots: &'w RobotsCache,
    by: Instant,
    /// The host of the task itself, which is the one that dispatch paces.
    own: String,
    /// What was learned of a host on the way.
    pub(crate) advice: Option<HostAdvice>,
    /// A server has answered, if only by sending elsewhere.
    pub(crate) answered: bool,
}

#[async_trait]
impl HopRule for Way<'_> {
    type Stop = Halt;

    async fn admit(&mut self, url: &Url, hop: usize) -> Result<(), Halt> {
        if hop > 0 {
            self.answered = true;
            self.came();
            if let Some(outcome) = leaves_scope(self.task, url) {
                return Err(Halt::Outcome(outcome));
            }
        }
        let comes_back = self.task.ticket.attempt > 1 || self.task.thorough;
        let asked = self.robots.verdict(&self.task.ticket.tenant, url, comes_back);
        let Ok(verdict) = timeout_at(self.by, asked).await else {
            let detail = "robots.txt did not come in time";
            return Err(Halt::Outcome(failed(UrlReason::Timeout, ErrorClass::Transient, detail)));
        };
        let verdict = verdict.map_err(|error| Halt::Stage(StageError::Transient(error.to_string())))?;
        match verdict {
            Ok(verdict) => {
                if let (Some(crawl_delay_ms), 0) = (verdict.crawl_delay_ms, hop) {
                    self.own_advice().crawl_delay_ms = Some(crawl_delay_ms);
                }
                if verdict.allowed {
                    return Ok(());
                }
                Err(Halt::Outcome(skipped(UrlReason::Robots, "robots.txt disallows it")))
            }
            Err(cause) => {
                if !cause.remembered {
                    self.failed(&cause.failure);
                }
                Err(Halt::Outcome(kept_out(cause)))
            }
        }
    }
}

impl<'w> Way<'w> {
    pub(crate) fn new(task: &'w CrawlTask, url: &Url, robots: &'w RobotsCache, by: Instant) -> Self {
        Self { task, robots, by, own: host_and_port(url), advice: None, answered: false }
    }

    /// The task's own host answered as it should.
    pub(crate) fn came(&mut self) {
        self.own_advice().answered = Some(true);
    }

    /// A server did not answer as it should, or asked to be left alone for a while.
    pub(crate) fn failed(&mut self, failure: &Failure) {
        let Failure { at, error } = failure;
        let host = host_and_port(at);
        let retry_after_ms = error.retry_after.and_then(|wait| u64::try_from(wait.as_millis()).ok());
        // by our own deadline, however long the host would have taken
        let cut_off = error.reason == UrlReason::Timeout && Instant::now() >= self.by;
        if host == self.own {
            let advice = self.own_advice();
            advice.answered = shows_life(error).filter(|_| !cut_off);
            advice.pushback = matches!(error.status, Some(429 | 503 | 529));
            advice.retry_after_ms = retry_after_ms;
        } else if retry_after_ms.is_some() {
            self.advice = Some(HostAdvice { host, retry_after_ms, ..HostAdvice::default() });
        }
    }

    fn own_advice(&mut self) -> &mut HostAdvice {
        let host = self.own.clone();
        self.advice.get_or_insert_with(|| HostAdvice { host, ..HostAdvice::default() })
    }
}

/// Whether a host that failed so is up; nothing where it was not asked, as when its name or a proxy on the way could not be
/// reached, or where the failure tells of one page alone.
fn shows_life(error: &FetchError) -> Option<bool> {
    use UrlReason::{Connect, Protocol, Timeout};
    match error.status {
        Some(status) => Some(status < 500),
        None => {
            let of_host = error.requests > 0 && matches!(error.reason, Connect | Protocol | Timeout);
            (of_host && error.class == ErrorClass::Transient).then_some(false)
        }
    }
}

/// How it ends where a redirect leads a link away. A seed may have moved, say to `www`, and takes its target with it.
pub(crate) fn leaves_scope(task: &CrawlTask, to: &Url) -> Option<PageOutcome> {
    if task.depth == 0 || to.as_str() == task.url {
        return None;
    }
    let start = Url::parse(&task.url).ok();
    let own = task.brief.subject.hosts.iter().map(String::as_str);
    let own = own.chain(start.as_ref().and_then(Url::host_str));
    (!task.scope.admits(own, to)).then(|| {
        let detail = format!("redirects out of scope, to `{}`", to.host_str().unwrap_or_default());
        skipped(UrlReason::OutOfScope, &detail)
    })
}

/// How it ends where robots.txt could not be had.
fn kept_out(cause: Unreachable) -> PageOutcome {
    let (error, own) = (cause.failure.error, cause.own);
    if error.requests == 0 {
        // no host was dialled: the page would be refused in the same way
        return not_fetched(error);
    }
    let error = FetchError { detail: format!("robots.txt could not be had: {}", error.detail), ..error };
    let of_host =
        matches!(error.reason, UrlReason::Connect | UrlReason::Dns | UrlReason::Tls | UrlReason::Timeout);
    if own && of_host {
        not_fetched(error)
    } else if error.class == ErrorClass::Transient {
        not_fetched(FetchError { reason: UrlReason::RobotsUnreachable, ..error })
    } else {
        skipped(UrlReason::RobotsUnreachable, &error.detail)
    }
}

/// How it ends where no page came: what may not be asked for is skipped.
pub(crate) fn not_fetched(error: FetchError) -> PageOutcome {
    match error.reason {
        UrlReason::RefusedAddress
        | UrlReason::RefusedPort
        | UrlReason::RefusedScheme
        | UrlReason::BadUrl
        | UrlReason::OutOfScope => PageOutcome::Skipped { reason: error.reason, detail: error.detail },
        reason => {
            PageOutcome::Failed { reason, class: error.class, status: error.status, detail: error.detail }
        }
    }
}

pub(crate) fn failed(reason: UrlReason, class: ErrorClass, detail: &str) -> PageOutcome {
    PageOutcome::Failed { reason, class, status: None, detail: detail.to_owned() }
}

pub(crate) fn skipped(reason: UrlReason, detail: &str) -> PageOutcome {
    PageOutcome::Skipped { reason, detail: detail.to_owned() }
}

/// The name by which dispatch paces this host.
fn host_and_port(url: &Url) -> String {
    let host = url.host_str().unwrap_or_default();
    url.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"))
}
