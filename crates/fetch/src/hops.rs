//! Redirects: followed one request at a time, and every URL is put to a rule before it is asked for.
//!
//! What belongs to one place stays there: headers of the caller with the first origin, validators with the URL that
//! they are of. Addresses are the gate's matter, at each request.

use std::{collections::HashSet, convert::Infallible, time::Duration};

use async_trait::async_trait;
use gleaner_contract::{ErrorClass, UrlReason};
use gleaner_ports::{FetchError, FetchRequest, Fetched, Fetcher, Validators};
use tokio::time::Instant;
use url::Url;

use crate::{FetchConfig, canon};

/// Whether a URL may be asked for: the first one, and each that a redirect leads to.
#[async_trait]
pub trait HopRule: Send {
    /// How it ends where the rule says no.
    type Stop: Send;

    /// `hop` counts the redirects before this URL.
    async fn admit(&mut self, url: &Url, hop: usize) -> Result<(), Self::Stop>;
}

/// Every URL may be asked for; the gate alone has a say.
#[derive(Debug, Clone, Copy)]
pub struct Anywhere;

#[async_trait]
impl HopRule for Anywhere {
    type Stop = Infallible;

    async fn admit(&mut self, _: &Url, _: usize) -> Result<(), Infallible> {
        Ok(())
    }
}

/// Why nothing came.
#[derive(Debug)]
pub enum NotCome<S> {
    /// The rule said no.
    Stopped(S),
    Failed(Box<Failure>),
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// Where the last redirect before the failure led.
    pub at: Url,
    pub error: FetchError,
}

impl<S> NotCome<S> {
    pub fn failed(at: Url, error: FetchError) -> Self {
        Self::Failed(Box::new(Failure { at, error }))
    }
}

/// How far and how long redirects are followed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HopLimits {
    pub max_redirects: usize,
    /// For all requests together.
    pub total_timeout: Duration,
}

impl From<&FetchConfig> for HopLimits {
    fn from(config: &FetchConfig) -> Self {
        Self { max_redirects: config.max_redirects, total_timeout: config.total_timeout }
    }
}

/// A fetcher that finds what has moved.
#[derive(Debug, Clone, Copy)]
pub struct Hops<'f> {
    fetcher: &'f dyn Fetcher,
    limits: HopLimits,
}

impl<'f> Hops<'f> {
    pub fn new(fetcher: &'f dyn Fetcher, limits: HopLimits) -> Self {
        Self { fetcher, limits }
    }

    /// The page that `request` leads to, never a [`Fetched::Redirect`]; `requests` counts all of them. The validators are
    /// sent to `validated` alone, the URL that they are of. The timeout is for everything, the rule's waits included.
    pub async fn fetch<R: HopRule>(
        &self,
        request: FetchRequest,
        validated: Option<&str>,
        rule: &mut R,
    ) -> Result<Fetched, NotCome<R::Stop>> {
        let started = Instant::now();
        let mut asking = Duration::ZERO;
        let mut credentials = request.headers.as_slice();
        let mut url = canon::canonical_url(request.url.clone()).unwrap_or_else(|_| request.url.clone());
        let mut seen = HashSet::from([url.clone()]);
        let mut sent = 0;
        loop {
            rule.admit(&url, seen.len() - 1).await.map_err(NotCome::Stopped)?;
            let validators = if validated == Some(url.as_str()) {
                request.validators.clone()
            } else {
                Validators::default()
            };
            let left = request.timeout.saturating_sub(started.elapsed());
            let timeout = left.min(self.limits.total_timeout.saturating_sub(asking));
            let headers = credentials.to_vec();
            let hop = FetchRequest { url: url.clone(), validators, headers, timeout, ..request };
            let begun = Instant::now();
            let answer = self.fetcher.fetch(hop).await;
            asking += begun.elapsed();
            let to = match answer {
                Ok(Fetched::Redirect { to, requests }) => {
                    sent += requests;
                    to
                }
                Ok(mut fetched) => {
                    if let Fetched::Body { requests, .. } | Fetched::NotModified { requests, .. } =
                        &mut fetched
                    {
                        *requests += sent;
                    }
                    return Ok(fetched);
                }
                Err(mut error) => {
                    error.requests += sent;
                    return Err(NotCome::failed(url, error));
                }
            };
            let give_up = |reason, detail| {
                let class = ErrorClass::Permanent;
                let error = FetchError {
                    reason,
                    class,
                    status: None,
                    retry_after: None,
                    requests: sent,
                    bytes: 0,
                    detail,
                };
                Err(NotCome::failed(url.clone(), error))
            };
            if !seen.insert(to.clone()) {
                return give_up(UrlReason::RedirectLoop, "redirects in a circle".into());
            }
            if seen.len() > self.limits.max_redirects + 1 {
                let detail = format!("more than {} redirects", self.limits.max_redirects);
                return give_up(UrlReason::TooManyRedirects, detail);
            }
            if url.origin() != to.origin() {
                credentials = &[];
            }
            url = to;
        }
    }
}

#[cfg(test)]
mod tests;
