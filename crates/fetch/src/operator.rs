//! A client for servers that the operator named: a deployment's own API, a worker's health.
//!
//! No page, redirect or message ever chooses what is asked here, so the gate has no say. Redirects are not followed, no
//! proxy is read from the environment, answers are capped, and every request has a deadline.

use std::time::Duration;

use reqwest::{Client, Method, header, redirect};
use secrecy::{ExposeSecret, SecretString};
use tokio::time::timeout;
use url::Url;

/// What is asked.
#[derive(Debug, Clone)]
pub struct Ask<'a> {
    pub method: &'a str,
    pub url: Url,
    /// Sent as `Authorization: Bearer`.
    pub key: Option<&'a SecretString>,
    /// With its content type.
    pub body: Option<(&'a str, Vec<u8>)>,
    /// The longest answer that is read, in bytes.
    pub max_bytes: usize,
    /// For the whole exchange.
    pub within: Duration,
}

/// What was answered.
#[derive(Debug, Clone)]
pub struct OperatorAnswer {
    pub status: u16,
    /// By lower-case name; values that are no text are left out.
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub enum OperatorError {
    #[error("could not set up the HTTP client")]
    Setup(#[source] reqwest::Error),
    #[error("no answer from `{place}`")]
    Unreachable { place: String, source: reqwest::Error },
    #[error("no answer from `{place}` within {within:?}")]
    Late { place: String, within: Duration },
    #[error("answer of `{place}` exceeds {limit} bytes")]
    TooLong { place: String, limit: usize },
    #[error("`{0}` is no HTTP method")]
    Method(String),
}

/// Asks servers of the operator's.
#[derive(Debug, Clone)]
pub struct OperatorClient {
    client: Client,
}

impl OperatorClient {
    #[expect(
        clippy::disallowed_methods,
        reason = "for what the operator named, and nothing that a page could name"
    )]
    pub fn new() -> Result<Self, OperatorError> {
        // fails when another part of the process was first, with the same provider
        let _ = rustls::crypto::ring::default_provider().install_default();
        let builder = || {
            Client::builder()
                .no_proxy()
                .redirect(redirect::Policy::none())
                .referer(false)
                .connect_timeout(Duration::from_secs(5))
        };
        // a machine without certificates can still speak plain http
        let none: [reqwest::Certificate; 0] = [];
        let client = builder().build().or_else(|_| builder().tls_certs_only(none).build());
        Ok(Self { client: client.map_err(OperatorError::Setup)? })
    }

    pub async fn ask(&self, ask: Ask<'_>) -> Result<OperatorAnswer, OperatorError> {
        let place = ask.url.origin().ascii_serialization();
        let within = ask.within;
        match timeout(within, self.exchange(ask, &place)).await {
            Ok(answered) => answered,
            Err(_) => Err(OperatorError::Late { place, within }),
        }
    }

    async fn exchange(&self, ask: Ask<'_>, place: &str) -> Result<OperatorAnswer, OperatorError> {
        let method: Method = ask.method.parse().map_err(|_| OperatorError::Method(ask.method.to_owned()))?;
        let mut request = self.client.request(method, ask.url);
        if let Some(key) = ask.key {
            request = request.bearer_auth(key.expose_secret());
        }
        if let Some((content_type, body)) = ask.body {
            request = request.header(header::CONTENT_TYPE, content_type).body(body);
        }
        let unreachable = |source: reqwest::Error| OperatorError::Unreachable {
            place: place.to_owned(),
            source: source.without_url(),
        };
        let mut response = request.send().await.map_err(unreachable)?;
        let text = |(name, value): (&header::HeaderName, &header::HeaderValue)| {
            Some((name.as_str().to_owned(), value.to_str().ok()?.to_owned()))
        };
        let headers = response.headers().iter().filter_map(text).collect();
        let status = response.status().as_u16();
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(unreachable)? {
            if body.len() + chunk.len() > ask.max_bytes {
                return Err(OperatorError::TooLong { place: place.to_owned(), limit: ask.max_bytes });
            }
            body.extend_from_slice(&chunk);
        }
        Ok(OperatorAnswer { status, headers, body })
    }
}
