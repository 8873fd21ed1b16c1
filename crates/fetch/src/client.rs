//! The fetcher on reqwest: one page, through the gate at every hop, within every limit.
//!
//! reqwest only carries bytes: redirects, proxies, retries and decoding are off, so that each is done here, where it is
//! bounded. Cookies are never kept. When to fetch, how often to try again and what to make of the page are the
//! caller's matters.

use std::{collections::HashSet, time::Duration};

use async_trait::async_trait;
use gleaner_contract::UrlReason;
use gleaner_ports::{FetchError, FetchRequest, Fetched, Fetcher, Validators};
use reqwest::{
    Response, StatusCode,
    header::{self, HeaderMap, HeaderName, HeaderValue},
};
use tracing::debug;
use url::Url;

use crate::{
    canon,
    config::FetchConfig,
    egress::{Gate, Refusal, RefusalReason},
    retry,
};

mod body;
mod decode;
mod fault;
mod pool;
#[cfg(test)]
mod tests;

use fault::Fault;
pub use pool::ClientError;

const ACCEPT: HeaderValue =
    HeaderValue::from_static("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8");

/// Headers that belong to the connection, not to whoever asks.
const NOT_FOR_CALLERS: [HeaderName; 6] = [
    header::HOST,
    header::CONTENT_LENGTH,
    header::TRANSFER_ENCODING,
    header::CONNECTION,
    header::UPGRADE,
    header::TE,
];

/// Fetches pages for the purpose of its gate.
#[derive(Debug)]
pub struct HttpFetcher {
    config: FetchConfig,
    gate: Gate,
    pool: pool::Pool,
}

impl HttpFetcher {
    pub fn new(config: FetchConfig, gate: Gate) -> Result<Self, ClientError> {
        let pool = pool::Pool::new(&config, gate.clone())?;
        Ok(Self { config, gate, pool })
    }

    /// The hops of one fetch; `requests` counts those that were sent, also when the fetch is cut off.
    async fn follow(&self, request: &FetchRequest, requests: &mut u32) -> Result<Fetched, Fault> {
        let start = canon::canonical_url(request.url.clone()).map_err(bad_url)?;
        let mut credentials = Some(caller_headers(&request.headers)?);
        let mut seen = HashSet::from([start.clone()]);
        let mut url = start.clone();
        loop {
            let response = self.send(&url, &request.validators, credentials.as_ref(), requests).await?;
            let Some(next) = redirect(&url, &response)? else {
                return self.page(url, request, response, *requests).await;
            };
            if next.host_str() != start.host_str() && !request.follow_off_host {
                return Err(Fault::permanent(UrlReason::OutOfScope, "redirects to another host"));
            }
            if !seen.insert(next.clone()) {
                return Err(Fault::permanent(UrlReason::RedirectLoop, "redirects in a circle"));
            }
            if seen.len() > self.config.max_redirects + 1 {
                let detail = format!("more than {} redirects", self.config.max_redirects);
                return Err(Fault::permanent(UrlReason::TooManyRedirects, detail));
            }
            if url.origin() != next.origin() {
                credentials = None;
            }
            url = next;
        }
    }

    async fn send(
        &self,
        url: &Url,
        validators: &Validators,
        credentials: Option<&HeaderMap>,
        requests: &mut u32,
    ) -> Result<Response, Fault> {
        let endpoint = self.gate.precheck(url).map_err(refused)?;
        let client = self.pool.client(endpoint.port()).map_err(|source| Fault::of_client(&source))?;
        let mut headers = HeaderMap::new();
        headers.insert(header::ACCEPT, ACCEPT);
        headers.insert(header::ACCEPT_ENCODING, HeaderValue::from_static(decode::ACCEPT_ENCODING));
        let conditions = [
            (header::IF_NONE_MATCH, &validators.etag),
            (header::IF_MODIFIED_SINCE, &validators.last_modified),
        ];
        for (name, value) in conditions {
            if let Some(value) = value.as_deref().and_then(|value| HeaderValue::from_str(value).ok()) {
                headers.insert(name, value);
            }
        }
        headers.extend(credentials.cloned().unwrap_or_default());

        *requests += 1;
        let response = client.get(url.clone()).headers(headers).send().await.map_err(|error| {
            let fault = Fault::of_request(&error);
            // what the resolver refused was never dialled
            if fault.refused {
                *requests -= 1;
            }
            fault
        })?;
        let headers = response.headers();
        let bytes: usize = headers.iter().map(|(name, value)| name.as_str().len() + value.len() + 4).sum();
        if headers.len() > self.config.max_headers || bytes > self.config.max_header_bytes {
            let detail = format!("{} headers of {bytes} bytes", headers.len());
            return Err(Fault::permanent(UrlReason::HeadersTooLarge, detail));
        }
        Ok(response)
    }

    async fn page(
        &self,
        final_url: Url,
        request: &FetchRequest,
        response: Response,
        requests: u32,
    ) -> Result<Fetched, Fault> {
        let status = response.status();
        let headers = response.headers();
        let validators = Validators {
            etag: text(headers, header::ETAG),
            last_modified: text(headers, header::LAST_MODIFIED),
        };
        let conditional = request.validators != Validators::default();
        if status == StatusCode::NOT_MODIFIED && conditional {
            return Ok(Fetched::NotModified { final_url, validators, requests });
        }
        if !status.is_success() {
            return Err(Fault {
                class: retry::class_of_status(status.as_u16()),
                status: Some(status.as_u16()),
                retry_after: text(headers, header::RETRY_AFTER).and_then(|value| retry::retry_after(&value)),
                ..Fault::permanent(UrlReason::HttpStatus, format!("HTTP {}", status.as_u16()))
            });
        }
        let content_type = text(headers, header::CONTENT_TYPE);
        let robots_tag = text(headers, HeaderName::from_static("x-robots-tag"));
        let limits = body::Limits {
            max_bytes: request.max_bytes.min(self.config.max_body_bytes),
            max_ratio: self.config.max_ratio,
            min_bytes_per_second: self.config.min_bytes_per_second,
            rate_window: self.config.rate_window,
        };
        let body = body::read(response, &limits)
            .await
            .map_err(|fault| Fault { status: Some(status.as_u16()), ..fault })?;
        Ok(Fetched::Body {
            final_url,
            status: status.as_u16(),
            content_type,
            validators,
            body: body.into(),
            robots_tag,
            requests,
        })
    }
}

#[async_trait]
impl Fetcher for HttpFetcher {
    async fn fetch(&self, request: FetchRequest) -> Result<Fetched, FetchError> {
        let mut requests = 0;
        let deadline = request.timeout.min(self.config.total_timeout);
        let outcome =
            match tokio::time::timeout(deadline, Box::pin(self.follow(&request, &mut requests))).await {
                Ok(outcome) => outcome,
                Err(_) => {
                    Err(Fault::transient(UrlReason::Timeout, format!("no page within {}", seconds(deadline))))
                }
            };
        let host = request.url.host_str().unwrap_or_default();
        match outcome {
            Ok(fetched) => {
                debug!(url.host = host, requests, "fetched");
                Ok(fetched)
            }
            Err(fault) => {
                debug!(url.host = host, requests, reason = %fault.reason, status = fault.status, "not fetched");
                Err(fault.with_requests(requests))
            }
        }
    }
}

fn seconds(duration: Duration) -> String {
    format!("{}s", duration.as_secs_f64())
}

/// Where a response sends us, if it does.
fn redirect(url: &Url, response: &Response) -> Result<Option<Url>, Fault> {
    if !matches!(response.status().as_u16(), 301 | 302 | 303 | 307 | 308) {
        return Ok(None);
    }
    let Some(location) = response.headers().get(header::LOCATION) else { return Ok(None) };
    let next = canon::canonical_join(url, &String::from_utf8_lossy(location.as_bytes())).map_err(bad_url)?;
    Ok(Some(next))
}

fn bad_url(source: canon::BadUrl) -> Fault {
    match source {
        canon::BadUrl::Scheme(_) => Fault::permanent(UrlReason::RefusedScheme, source.to_string()),
        _ => Fault::permanent(UrlReason::BadUrl, source.to_string()),
    }
}

fn refused(refusal: Refusal) -> Fault {
    let reason = match refusal.reason {
        RefusalReason::Scheme => UrlReason::RefusedScheme,
        RefusalReason::Port => UrlReason::RefusedPort,
        RefusalReason::NoHost => UrlReason::BadUrl,
        _ => UrlReason::RefusedAddress,
    };
    Fault { refused: true, ..Fault::permanent(reason, refusal.to_string()) }
}

fn caller_headers(headers: &[(String, String)]) -> Result<HeaderMap, Fault> {
    let mut map = HeaderMap::new();
    for (name, value) in headers {
        let parsed = HeaderName::try_from(name).ok().zip(HeaderValue::try_from(value).ok());
        match parsed.filter(|(name, _)| !NOT_FOR_CALLERS.contains(name)) {
            Some((name, value)) => map.append(name, value),
            None => {
                let name: String = name.chars().filter(|c| c.is_ascii_graphic()).take(40).collect();
                return Err(Fault::permanent(UrlReason::Internal, format!("header `{name}` cannot be sent")));
            }
        };
    }
    Ok(map)
}

/// A header as text, its repetitions joined as HTTP joins them.
fn text(headers: &HeaderMap, name: HeaderName) -> Option<String> {
    let values: Vec<_> =
        headers.get_all(name).iter().map(|value| String::from_utf8_lossy(value.as_bytes())).collect();
    (!values.is_empty()).then(|| values.join(", "))
}
