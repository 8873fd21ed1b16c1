//! What the operator may set: whom the gate lets in, and the limits of a fetch.

use std::{path::PathBuf, time::Duration};

use gleaner_contract::duration;
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;

use crate::{
    credentials::{self, Credential},
    egress::{AllowRule, Purpose},
    proxy::{self, BadProxy, ProxyServer},
};

/// The `egress` section: which addresses and ports may be dialled.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct EgressConfig {
    /// Ports of public addresses that may be dialled.
    pub ports: Vec<u16>,
    /// `CIDR:PORT` rules for fetching pages.
    pub crawl_allow: Vec<AllowRule>,
    /// … for model endpoints.
    pub model_allow: Vec<AllowRule>,
    /// … for search endpoints.
    pub search_allow: Vec<AllowRule>,
    /// … for webhook receivers.
    pub webhook_allow: Vec<AllowRule>,
}

impl Default for EgressConfig {
    fn default() -> Self {
        Self {
            ports: vec![80, 443, 8080, 8443],
            crawl_allow: Vec::new(),
            model_allow: Vec::new(),
            search_allow: Vec::new(),
            webhook_allow: Vec::new(),
        }
    }
}

impl EgressConfig {
    /// The rules of one purpose.
    pub(crate) fn rules(&self, purpose: Purpose) -> &[AllowRule] {
        match purpose {
            Purpose::Crawl => &self.crawl_allow,
            Purpose::Model => &self.model_allow,
            Purpose::Search => &self.search_allow,
            Purpose::Webhook => &self.webhook_allow,
        }
    }
}

/// The `fetch` section: who asks, by which way, and the limits of one fetch. Sizes are bytes after decoding.
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct FetchConfig {
    pub user_agent: String,
    /// Proxies that pages leave by: `http://`, `https://` or `socks5://`, perhaps with `user:password@`.
    #[serde(deserialize_with = "proxy::deserialize")]
    pub proxy: Option<SecretString>,
    /// A file of them; once loaded, they are in `proxy`.
    pub proxy_file: Option<PathBuf>,
    /// What is sent to single hosts.
    #[serde(deserialize_with = "credentials::deserialize")]
    pub credentials: Vec<Credential>,
    /// For finding the host, connecting and TLS.
    #[serde(deserialize_with = "duration::deserialize")]
    pub connect_timeout: Duration,
    /// For a whole fetch, redirects included.
    #[serde(deserialize_with = "duration::deserialize")]
    pub total_timeout: Duration,
    pub max_redirects: usize,
    pub max_body_bytes: u64,
    /// Decoded bytes for each byte on the wire; small bodies are spared.
    pub max_ratio: u64,
    pub max_header_bytes: usize,
    pub max_headers: usize,
    /// A body slower than this over a whole `rate_window` is given up.
    pub min_bytes_per_second: u64,
    #[serde(deserialize_with = "duration::deserialize")]
    pub rate_window: Duration,
}

impl Default for FetchConfig {
    fn default() -> Self {
        Self {
            user_agent: concat!(
                "gleaner/",
                env!("CARGO_PKG_VERSION"),
                " (+https://github.com/gleaner/gleaner)"
            )
            .into(),
            proxy: None,
            proxy_file: None,
            credentials: Vec::new(),
            connect_timeout: Duration::from_secs(10),
            total_timeout: Duration::from_secs(30),
            max_redirects: 20,
            max_body_bytes: 10 << 20,
            max_ratio: 200,
            max_header_bytes: 64 << 10,
            max_headers: 200,
            min_bytes_per_second: 256,
            rate_window: Duration::from_secs(10),
        }
    }
}

impl FetchConfig {
    /// The name that robots.txt files know us by: the user agent up to its version.
    pub fn product_token(&self) -> &str {
        let end = self.user_agent.find(|c: char| !(c.is_ascii_alphabetic() || matches!(c, '-' | '_')));
        &self.user_agent[..end.unwrap_or(self.user_agent.len())]
    }

    /// Whether the user agent says how whoever runs it can be asked: by a URL or an address of mail.
    pub fn has_contact(&self) -> bool {
        ["http://", "https://", "@"].iter().any(|mark| self.user_agent.contains(mark))
    }

    /// Checks the proxies, which may have come from a file.
    pub fn check_proxies(&self) -> Result<(), BadProxy> {
        self.proxies().map(drop)
    }

    pub(crate) fn proxies(&self) -> Result<Vec<ProxyServer>, BadProxy> {
        proxy::parse(self.proxy.as_ref().map(|proxies| proxies.expose_secret()).unwrap_or_default())
    }
}

#[cfg(test)]
mod tests;
