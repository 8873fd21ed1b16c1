//! HTTP clients whose resolver is the gate.
//!
//! A rule of the gate is about an address *and* a port, and a resolver is told only the name; so each port has a client
//! of its own. Connections are kept for reuse within a client: they were judged when they were dialled.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
    time::Duration,
};

use reqwest::{
    Certificate, Client, ClientBuilder,
    dns::{Addrs, Name, Resolve, Resolving},
    header::HeaderValue,
    redirect,
};

use crate::{config::FetchConfig, egress::Gate, events};

/// Ports are few, unless a rule opens all of them.
const MAX_CLIENTS: usize = 32;
const IDLE: Duration = Duration::from_secs(30);

/// Why no client could be made.
#[derive(Debug, thiserror::Error)]
pub enum ClientError {
    #[error("user agent `{0}` cannot be sent in a header")]
    UserAgent(String),
    /// robots.txt files could not address us.
    #[error("user agent `{0}` does not begin with a name of letters")]
    NoProductToken(String),
    #[error("could not set up the HTTP client")]
    Setup(#[source] reqwest::Error),
}

#[derive(Debug)]
pub(super) struct Pool {
    user_agent: HeaderValue,
    connect_timeout: Duration,
    max_headers: usize,
    max_header_bytes: u32,
    gate: Gate,
    clients: Mutex<HashMap<u16, Client>>,
}

impl Pool {
    pub(super) fn new(config: &FetchConfig, gate: Gate) -> Result<Self, ClientError> {
        // fails when another part of the process was first, with the same provider
        let _ = rustls::crypto::ring::default_provider().install_default();
        let user_agent = HeaderValue::from_str(&config.user_agent)
            .map_err(|_| ClientError::UserAgent(config.user_agent.escape_debug().take(80).collect()))?;
        if config.product_token().is_empty() {
            return Err(ClientError::NoProductToken(config.user_agent.chars().take(80).collect()));
        }
        Ok(Self {
            user_agent,
            connect_timeout: config.connect_timeout,
            max_headers: config.max_headers,
            max_header_bytes: u32::try_from(config.max_header_bytes).unwrap_or(u32::MAX),
            gate,
            clients: Mutex::default(),
        })
    }

    /// The client for one port.
    pub(super) fn client(&self, port: u16) -> Result<Client, ClientError> {
        let mut clients = self.clients.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(client) = clients.get(&port) {
            return Ok(client.clone());
        }
        if clients.len() >= MAX_CLIENTS {
            clients.clear();
        }
        let client = match self.builder(port).build() {
            Ok(client) => client,
            // a machine without certificates can still read plain http
            Err(source) => {
                let none: [Certificate; 0] = [];
                let client = self.builder(port).tls_certs_only(none).build().map_err(ClientError::Setup)?;
                events::no_certificates(&source);
                client
            }
        };
        clients.insert(port, client.clone());
        Ok(client)
    }

    #[expect(clippy::disallowed_methods, reason = "here is the gate: its resolver is the client's")]
    fn builder(&self, port: u16) -> ClientBuilder {
        Client::builder()
            .user_agent(self.user_agent.clone())
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
            .connect_timeout(self.connect_timeout)
            .pool_idle_timeout(IDLE)
            .pool_max_idle_per_host(2)
            .http1_max_headers(self.max_headers)
            .http2_max_header_list_size(self.max_header_bytes)
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
