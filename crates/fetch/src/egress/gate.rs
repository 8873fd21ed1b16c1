//! The one decision on whether a URL may be dialled, and at which addresses.

use std::{
    fmt, io,
    net::{IpAddr, SocketAddr},
    sync::Arc,
};

use serde::Serialize;
use url::{Host, Url};

use super::{
    address,
    allow::{AllowRule, Purpose},
    lookup::{Lookup, SystemLookup},
    reason::RefusalReason,
};
use crate::config::EgressConfig;

/// What the gate refused, and the address that it judged where it came to one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Refusal {
    pub reason: RefusalReason,
    pub address: Option<IpAddr>,
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.address {
            Some(address) => write!(f, "address {address} is refused ({})", self.reason),
            None => write!(f, "address is refused ({})", self.reason),
        }
    }
}

/// Why no address came out of the gate.
#[derive(Debug, thiserror::Error)]
pub enum GateError {
    #[error("{0}")]
    Refused(Refusal),
    #[error("could not resolve the host")]
    Unresolvable(#[source] io::Error),
}

impl From<Refusal> for GateError {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

/// What `egress-check` prints.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Verdict {
    pub allowed: bool,
    /// A [`RefusalReason`], or `unresolvable`.
    pub reason: Option<&'static str>,
    pub address: Option<IpAddr>,
}

/// The gate of one purpose. Cheap to clone.
#[derive(Clone)]
pub struct Gate {
    ports: Arc<[u16]>,
    rules: Arc<[AllowRule]>,
    lookup: Arc<dyn Lookup>,
}

impl fmt::Debug for Gate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Gate").field("ports", &self.ports).field("rules", &self.rules).finish_non_exhaustive()
    }
}

impl Gate {
    pub fn new(purpose: Purpose, config: &EgressConfig) -> Self {
        Self {
            ports: config.ports.as_slice().into(),
            rules: config.rules(purpose).into(),
            lookup: Arc::new(SystemLookup),
        }
    }

    /// The same gate over another source of addresses; its answers are judged like any other.
    pub fn with_lookup(self, lookup: impl Lookup) -> Self {
        Self { lookup: Arc::new(lookup), ..self }
    }

    /// All that can be judged without asking a name server: scheme, host, port, and the address when the host is one.
    pub(crate) fn precheck(&self, url: &Url) -> Result<Endpoint, Refusal> {
        let refuse = |reason| Refusal { reason, address: None };
        let default_port = match url.scheme() {
            "http" => 80,
            "https" => 443,
            _ => return Err(refuse(RefusalReason::Scheme)),
        };
        let port = url.port().unwrap_or(default_port);
        match url.host().ok_or_else(|| refuse(RefusalReason::NoHost))? {
            Host::Ipv4(v4) => self.admit(v4.into(), port).map(|()| Endpoint::Literal(v4.into(), port)),
            Host::Ipv6(v6) => self.admit(v6.into(), port).map(|()| Endpoint::Literal(v6.into(), port)),
            Host::Domain(name) => match self.may_open(port) {
                true => Ok(Endpoint::Name(name.into(), port)),
                false => Err(refuse(RefusalReason::Port)),
            },
        }
    }

    /// The addresses that may be dialled for this URL: all that its host has, or none.
    pub async fn check(&self, url: &Url) -> Result<Vec<SocketAddr>, GateError> {
        match self.precheck(url)? {
            Endpoint::Literal(address, port) => Ok(vec![SocketAddr::new(address, port)]),
            Endpoint::Name(host, port) => self.resolve(&host, port).await,
        }
    }

    /// Resolves a name once and judges every answer: one refused answer refuses the name.
    pub(crate) async fn resolve(&self, host: &str, port: u16) -> Result<Vec<SocketAddr>, GateError> {
        let answers = self.lookup.lookup(host).await.map_err(GateError::Unresolvable)?;
        if answers.is_empty() {
            return Err(GateError::Unresolvable(io::Error::new(io::ErrorKind::NotFound, "no address")));
        }
        for &address in &answers {
            self.admit(address, port)?;
        }
        Ok(answers.into_iter().map(|address| SocketAddr::new(address, port)).collect())
    }

    /// Whether one address may be dialled on this port.
    pub(crate) fn admit(&self, address: IpAddr, port: u16) -> Result<(), Refusal> {
        if self.rules.iter().any(|rule| rule.lets_in(address, port)) {
            return Ok(());
        }
        match address::refused(address) {
            Some(reason) => Err(Refusal { reason, address: Some(address) }),
            None if self.ports.contains(&port) => Ok(()),
            None => Err(Refusal { reason: RefusalReason::Port, address: Some(address) }),
        }
    }

    fn may_open(&self, port: u16) -> bool {
        self.ports.contains(&port) || self.rules.iter().any(|rule| rule.opens_port(port))
    }

    /// The verdict on a URL or an IP address as a person writes them; `None` when the text is neither.
    pub async fn verdict(&self, text: &str) -> Option<Verdict> {
        let url = parse_target(text)?;
        Some(match self.check(&url).await {
            Ok(addresses) => {
                Verdict { allowed: true, reason: None, address: addresses.first().map(SocketAddr::ip) }
            }
            Err(GateError::Refused(Refusal { reason, address })) => {
                Verdict { allowed: false, reason: Some(reason.as_str()), address }
            }
            Err(GateError::Unresolvable(_)) => {
                Verdict { allowed: false, reason: Some("unresolvable"), address: None }
            }
        })
    }
}

/// What a URL points at, as far as its text tells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Endpoint {
    /// An address that the gate has let through.
    Literal(IpAddr, u16),
    /// A name that is still to be resolved and judged.
    Name(String, u16),
}

impl Endpoint {
    pub(crate) fn port(&self) -> u16 {
        match self {
            Self::Literal(_, port) | Self::Name(_, port) => *port,
        }
    }
}

fn parse_target(text: &str) -> Option<Url> {
    let text = text.trim();
    if let Ok(v6) = text.trim_start_matches('[').trim_end_matches(']').parse::<std::net::Ipv6Addr>() {
        return Url::parse(&format!("http://[{v6}]/")).ok();
    }
    match Url::parse(text) {
        Ok(url) => Some(url),
        // a bare address in any spelling, with or without a port; a bare name is no URL
        Err(url::ParseError::RelativeUrlWithoutBase) if !text.contains(['/', '\\', '?', '#', '@']) => {
            Url::parse(&format!("http://{text}/"))
                .ok()
                .filter(|url| matches!(url.host(), Some(Host::Ipv4(_) | Host::Ipv6(_))))
        }
        Err(_) => None,
    }
}
