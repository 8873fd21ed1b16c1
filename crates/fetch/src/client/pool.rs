//! HTTP clients whose resolver is the gate, or whose proxies are told what the gate resolved.
//!
//! A rule of the gate is about an address *and* a port, and a resolver is told only the name; so each port has a client
//! of its own. Connections are kept for reuse within a client: they were judged when they were dialled.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
    time::Duration,
};

use reqwest::{
    Client, ClientBuilder, Response,
    dns::{Addrs, Name, Resolve, Resolving},
    header::{self, HeaderMap, HeaderValue},
    redirect,
};
use rustls::ClientConfig;
use url::Url;

use super::{fault::Fault, proxied::ProxiedClient};
use crate::{
    config::FetchConfig,
    credentials::BadCredential,
    egress::Gate,
    proxy::{self, BadProxy},
};

/// Ports are few, unless a rule opens all of them.
const MAX_CLIENTS: usize = 32;
const IDLE: Duration = Duration::from_secs(30);
const MAX_IDLE_PER_HOST: usize = 2;

/// Why no client could be made.
#[derive(Debug, thiserror::Error)]
pub enum ClientError {
    #[error("user agent `{0}` cannot be sent in a header")]
    UserAgent(String),
    /// robots.txt files could not address us.
    #[error("user agent `{0}` does not begin with a name of letters")]
    NoProductToken(String),
    #[error(transparent)]
    Proxy(#[from] BadProxy),
    #[error(transparent)]
    Credential(#[from] BadCredential),
    #[error("could not set up the HTTP client")]
    Setup(#[source] reqwest::Error),
}

#[derive(Debug)]
pub(super) struct Pool {
    user_agent: HeaderValue,
    limits: Limits,
    gate: Gate,
    tls: ClientConfig,
    clients: Mutex<HashMap<u16, Client>>,
    proxied: Vec<ProxiedClient>,
}

/// Bounds of a connection that clients are built with.
#[derive(Debug, Clone, Copy)]
pub(super) struct Limits {
    pub(super) connect_timeout: Duration,
    pub(super) max_headers: usize,
    pub(super) max_header_bytes: u32,
    pub(super) idle: Duration,
    pub(super) max_idle_per_host: usize,
}

impl Pool {
    pub(super) fn new(config: &FetchConfig, gate: Gate, tls: ClientConfig) -> Result<Self, ClientError> {
        // fails when another part of the process was first, with the same provider
        let _ = rustls::crypto::ring::default_provider().install_default();
        let user_agent = HeaderValue::from_str(&config.user_agent)
            .map_err(|_| ClientError::UserAgent(config.user_agent.escape_debug().take(80).collect()))?;
        if config.product_token().is_empty() {
            return Err(ClientError::NoProductToken(config.user_agent.chars().take(80).collect()));
        }
        let limits = Limits {
            connect_timeout: config.connect_timeout,
            max_headers: config.max_headers,
            max_header_bytes: u32::try_from(config.max_header_bytes).unwrap_or(u32::MAX),
            idle: IDLE,
            max_idle_per_host: MAX_IDLE_PER_HOST,
        };
        let proxied = |proxy| ProxiedClient::new(proxy, gate.clone(), tls.clone(), limits);
        let proxied = config.proxies()?.into_iter().map(proxied).collect();
        Ok(Self { user_agent, limits, gate, tls, clients: Mutex::default(), proxied })
    }

    /// Sends a GET, by the proxy of its host where there are proxies. What the gate refuses is not sent either way.
    pub(super) async fn get(&self, url: &Url, port: u16, mut headers: HeaderMap) -> Result<Response, Fault> {
        headers.entry(header::USER_AGENT).or_insert_with(|| self.user_agent.clone());
        let host = url.host_str().unwrap_or_default();
        if let Some(proxied) = proxy::choose(&self.proxied, ProxiedClient::server, host) {
            return proxied.get(url, headers).await;
        }
        let client = self.client(port).map_err(|source| Fault::of_client(&source))?;
        client.get(url.clone()).headers(headers).send().await.map_err(|error| Fault::of_request(&error))
    }

    /// The client for one port.
    fn client(&self, port: u16) -> Result<Client, ClientError> {
        let mut clients = self.clients.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(client) = clients.get(&port) {
            return Ok(client.clone());
        }
        if clients.len() >= MAX_CLIENTS {
            clients.clear();
        }
        let client = self.builder(port).build().map_err(ClientError::Setup)?;
        clients.insert(port, client.clone());
        Ok(client)
    }

    #[expect(clippy::disallowed_methods, reason = "here is the gate: its resolver is the client's")]
    fn builder(&self, port: u16) -> ClientBuilder {
        Client::builder()
            .tls_backend_preconfigured(self.tls.clone())
            .dns_resolver(GateResolver { gate: self.gate.clone(), port })
            .no_proxy()
            .redirect(redirect::Policy::none())
            .retry(reqwest::retry::never())
            .referer(false)
            // off unless another crate of the build turns the features on
            .no_gzip()
            .no_brotli()
            .no_zstd()
            .no_deflate()
            .no_hickory_dns()
            .connect_timeout(self.limits.connect_timeout)
            .pool_idle_timeout(self.limits.idle)
            .pool_max_idle_per_host(self.limits.max_idle_per_host)
            .http1_max_headers(self.limits.max_headers)
            .http2_max_header_list_size(self.limits.max_header_bytes)
    }
}

struct GateResolver {
    gate: Gate,
    port: u16,
}

impl Resolve for GateResolver {
    fn resolve(&self, name: Name) -> Resolving {
        let (gate, port) = (self.gate.clone(), self.port);
        Box::pin(async move {
            let addresses = gate.resolve(name.as_str(), port).await?;
            Ok(Box::new(addresses.into_iter()) as Addrs)
        })
    }
}
