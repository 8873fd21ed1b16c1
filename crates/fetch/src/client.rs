//! The fetcher on reqwest: one request, through the gate, within every limit.
//!
//! reqwest only carries bytes: redirects, proxies, retries and decoding are off, so that each is done where it is
//! bounded: decoding here, redirects in [`hops`](crate::hops), the operator's proxies in `proxied`. Cookies are never kept.
//! When to fetch, how often to try again and what to make of the page are the caller's matters.

use std::time::Duration;

use async_trait::async_trait;
use gleaner_contract::UrlReason;
use gleaner_ports::{FetchError, FetchRequest, Fetched, Fetcher, Validators};
use reqwest::{
    Response, StatusCode,
    header::{self, HeaderMap, HeaderName, HeaderValue},
};
use url::Url;

use crate::{
    canon,
    config::FetchConfig,
    credentials::Credentials,
    egress::{Gate, Refusal, RefusalReason},
    events, retry,
};

mod body;
mod decode;
mod fault;
mod pool;
mod proxied;
#[cfg(test)]
mod tests;
mod tls;

pub(crate) use fault::{Fault, Spent};
pub use pool::ClientError;

const ACCEPT: HeaderValue =
    HeaderValue::from_static("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8");

/// Headers that belong to the connection, not to whoever asks.
pub(crate) const NOT_FOR_CALLERS: [HeaderName; 6] = [
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
    credentials: Credentials,
}

impl HttpFetcher {
    pub fn new(config: FetchConfig, gate: Gate) -> Result<Self, ClientError> {
        Self::with_tls(config, gate, tls::config())
    }

    fn with_tls(config: FetchConfig, gate: Gate, tls: rustls::ClientConfig) -> Result<Self, ClientError> {
        let pool = pool::Pool::new(&config, gate.clone(), tls)?;
        let credentials = Credentials::new(&config.credentials)?;
        if !config.has_contact() {
            events::no_contact(&config.user_agent);
        }
        Ok(Self { config, gate, pool, credentials })
    }

    /// One request and its answer; `spent` tells what it cost, also when it is cut off.
    async fn ask(&self, request: &FetchRequest, spent: &mut Spent) -> Result<Fetched, Fault> {
        let url = canon::canonical_url(request.url.clone()).map_err(bad_url)?;
        let headers = caller_headers(&request.headers)?;
        let response = self.send(&url, &request.validators, headers, spent).await?;
        match redirect(&url, &response)? {
            Some(to) => Ok(Fetched::Redirect { to, requests: spent.requests }),
            None => self.page(url, request, response, spent).await,
        }
    }

    async fn send(
        &self,
        url: &Url,
        validators: &Validators,
        of_caller: HeaderMap,
        spent: &mut Spent,
    ) -> Result<Response, Fault> {
        let endpoint = self.gate.precheck(url).map_err(refused)?;
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
        headers.extend(self.credentials.headers(url).cloned().unwrap_or_default());
        headers.extend(of_caller);

        spent.requests += 1;
        let response = self.pool.get(url, endpoint.port(), headers).await.inspect_err(|fault| {
            if fault.unsent {
                spent.requests -= 1;
            }
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
        spent: &mut Spent,
    ) -> Result<Fetched, Fault> {
        let requests = spent.requests;
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
        // part of a page that was asked for whole is no page
        if !status.is_success() || status == StatusCode::PARTIAL_CONTENT {
            return Err(Fault {
                class: retry::class_of_status(status.as_u16()),
                status: Some(status.as_u16()),
                retry_after: text(headers, header::RETRY_AFTER).and_then(|value| retry::retry_after(&value)),
                ..Fault::permanent(UrlReason::HttpStatus, format!("HTTP {}", status.as_u16()))
            });
        }
        let content_type = text(headers, header::CONTENT_TYPE);
        let limits = body::Limits {
            max_bytes: request.max_bytes.min(self.config.max_body_bytes),
            beyond: request.beyond,
            max_ratio: self.config.max_ratio,
            min_bytes_per_second: self.config.min_bytes_per_second,
            rate_window: self.config.rate_window,
        };
        let body = body::read(response, &limits, &mut spent.bytes)
            .await
            .map_err(|fault| Fault { status: Some(status.as_u16()), ..fault })?;
        Ok(Fetched::Body {
            final_url,
            status: status.as_u16(),
            content_type,
            validators,
            body: body.into(),
            requests,
        })
    }
}

#[async_trait]
impl Fetcher for HttpFetcher {
    async fn fetch(&self, request: FetchRequest) -> Result<Fetched, FetchError> {
        let mut spent = Spent::default();
        let deadline = request.timeout.min(self.config.total_timeout);
        let outcome = match tokio::time::timeout(deadline, Box::pin(self.ask(&request, &mut spent))).await {
            Ok(outcome) => outcome,
            Err(_) => {
                Err(Fault::transient(UrlReason::Timeout, format!("no page within {}", seconds(deadline))))
            }
        };
        let host = request.url.host_str().unwrap_or_default();
        match outcome {
            Ok(fetched) => {
                events::fetched(host, &spent);
                Ok(fetched)
            }
            Err(fault) => {
                events::not_fetched(host, &spent, &fault);
                Err(fault.after(spent))
            }
        }
    }
}

fn seconds(duration: Duration) -> String {
    format!("{:.1} s", duration.as_secs_f64())
}

/// Where a response sends us, if it does.
fn redirect(url: &Url, response: &Response) -> Result<Option<Url>, Fault> {
    if !matches!(response.status().as_u16(), 301 | 302 | 303 | 307 | 308) {
        return Ok(None);
    }
    let Some(location) = response.headers().get(header::LOCATION) else { return Ok(None) };
    let next = canon::canonical_join(url, &reference(location.as_bytes())).map_err(bad_url)?;
    Ok(Some(next))
}

/// A Location as text. Bytes beyond ASCII that are no UTF-8 are escaped as they stand, as browsers do.
fn reference(location: &[u8]) -> String {
    match std::str::from_utf8(location) {
        Ok(text) => text.to_owned(),
        Err(_) => location
            .iter()
            .map(|&byte| if byte.is_ascii() { char::from(byte).to_string() } else { format!("%{byte:02X}") })
            .collect(),
    }
}

fn bad_url(source: canon::BadUrl) -> Fault {
    match source {
        canon::BadUrl::Scheme(_) => Fault::permanent(UrlReason::RefusedScheme, source.to_string()),
        canon::BadUrl::Syntax(why) => Fault::permanent(UrlReason::BadUrl, format!("{source}: {why}")),
        canon::BadUrl::TooLong => Fault::permanent(UrlReason::BadUrl, source.to_string()),
    }
}

fn refused(refusal: Refusal) -> Fault {
    let reason = match refusal.reason {
        RefusalReason::Scheme => UrlReason::RefusedScheme,
        RefusalReason::Port => UrlReason::RefusedPort,
        RefusalReason::NoHost => UrlReason::BadUrl,
        _ => UrlReason::RefusedAddress,
    };
    Fault { unsent: true, ..Fault::permanent(reason, refusal.to_string()) }
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
