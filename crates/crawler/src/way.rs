//! The rule of a crawl task's way: every URL on it, those of redirects included, lies in scope and is open to robots.

use std::time::Duration;

use async_trait::async_trait;
use gleaner_contract::{CrawlTask, ErrorClass, HostAdvice, PageOutcome, UrlReason};
use gleaner_fetch::HopRule;
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
    pub(crate) task: &'w CrawlTask,
    pub(crate) robots: &'w RobotsCache,
    pub(crate) by: Instant,
    /// What was learned of hosts on the way.
    pub(crate) advice: Option<HostAdvice>,
    /// A server has answered, if only by sending elsewhere.
    pub(crate) answered: bool,
}

#[async_trait]
impl HopRule for Way<'_> {
    type Stop = Halt;

    async fn admit(&mut self, url: &Url, hop: usize) -> Result<(), Halt> {
        self.answered |= hop > 0;
        if hop > 0
            && let Some(outcome) = leaves_scope(self.task, url)
        {
            return Err(Halt::Outcome(outcome));
        }
        let asked = self.robots.verdict(&self.task.ticket.tenant, url, self.task.ticket.attempt > 1);
        let Ok(verdict) = timeout_at(self.by, asked).await else {
            let detail = "robots.txt did not come in time";
            return Err(Halt::Outcome(failed(UrlReason::Timeout, ErrorClass::Transient, detail)));
        };
        let verdict = verdict.map_err(|error| Halt::Stage(StageError::Transient(error.to_string())))?;
        match verdict {
            Ok(verdict) => {
                // the host of the task itself is the one that dispatch paces
                if let (Some(crawl_delay_ms), None) = (verdict.crawl_delay_ms, &self.advice) {
                    let advice = HostAdvice { host: host_and_port(url), ..HostAdvice::default() };
                    self.advice = Some(HostAdvice { crawl_delay_ms: Some(crawl_delay_ms), ..advice });
                }
                if verdict.allowed {
                    return Ok(());
                }
                Err(Halt::Outcome(skipped(UrlReason::Robots, "robots.txt disallows it")))
            }
            Err(cause) => {
                self.told_to_wait(&cause.failure.at, cause.failure.error.retry_after);
                Err(Halt::Outcome(kept_out(cause)))
            }
        }
    }
}

impl Way<'_> {
    /// A server asked to be left alone for a while.
    pub(crate) fn told_to_wait(&mut self, at: &Url, wait: Option<Duration>) {
        let Some(wait) = wait else { return };
        let host = host_and_port(at);
        let advice = self.advice.take().filter(|advice| advice.host == host);
        let retry_after_ms = u64::try_from(wait.as_millis()).ok();
        self.advice = Some(HostAdvice { host, retry_after_ms, ..advice.unwrap_or_default() });
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
