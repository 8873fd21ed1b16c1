//! What the operator lets in that is refused by default: `CIDR:PORT` rules, one list for each purpose.

use std::{fmt, net::IpAddr, str::FromStr};

use ipnet::IpNet;
use serde::{Deserialize, Deserializer, de};

/// What a connection is for. A rule of one purpose never opens another's connections.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Purpose {
    Crawl,
    Model,
    Search,
    Webhook,
}

impl Purpose {
    pub const ALL: [Self; 4] = [Self::Crawl, Self::Model, Self::Search, Self::Webhook];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Crawl => "crawl",
            Self::Model => "model",
            Self::Search => "search",
            Self::Webhook => "webhook",
        }
    }
}

impl FromStr for Purpose {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        Self::ALL.into_iter().find(|purpose| purpose.as_str() == text).ok_or(())
    }
}

/// One rule: connections to this network, on this port or on any.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct AllowRule {
    network: IpNet,
    port: Option<u16>,
}

/// Why a text is no rule.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadRule {
    #[error("`{0}` is not CIDR:PORT, such as 127.0.0.1/32:8080, [::1]/128:8080 or 10.0.0.0/8:*")]
    Syntax(String),
    #[error("`{0}` would let in every address; name the networks that are meant")]
    TooWide(String),
}

impl AllowRule {
    /// Just this address and port: what a configured endpoint lets in for its own purpose.
    pub fn exactly(address: IpAddr, port: u16) -> Self {
        Self { network: IpNet::from(address), port: Some(port) }
    }

    /// Whether the rule opens this port of this address. A v4 rule never opens a v6 address that carries a v4 one.
    pub(crate) fn lets_in(&self, address: IpAddr, port: u16) -> bool {
        self.opens_port(port) && self.network.contains(&address)
    }

    pub(crate) fn opens_port(&self, port: u16) -> bool {
        self.port.is_none_or(|open| open == port)
    }
}

impl FromStr for AllowRule {
    type Err = BadRule;

    fn from_str(text: &str) -> Result<Self, BadRule> {
        let syntax = || BadRule::Syntax(text.chars().take(80).collect());
        let (network, port) = text.rsplit_once(':').ok_or_else(syntax)?;
        let port = match port {
            "*" => None,
            digits => Some(digits.parse().ok().filter(|&port| port != 0).ok_or_else(syntax)?),
        };
        // `[::1]/128`, `[::1/128]` and `[::1]`; without brackets only what has its prefix length is unambiguous
        let bare: String = network.chars().filter(|c| !matches!(c, '[' | ']')).collect();
        let network = match bare.contains('/') {
            true => bare.parse::<IpNet>().map_err(|_| syntax())?,
            false => match bare.parse::<IpAddr>() {
                Ok(address) if address.is_ipv4() || network.starts_with('[') => IpNet::from(address),
                _ => return Err(syntax()),
            },
        };
        if network.prefix_len() == 0 {
            return Err(BadRule::TooWide(text.into()));
        }
        Ok(Self { network: network.trunc(), port })
    }
}

impl fmt::Display for AllowRule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let prefix = self.network.prefix_len();
        match self.network.addr() {
            IpAddr::V4(v4) => write!(f, "{v4}/{prefix}:")?,
            IpAddr::V6(v6) => write!(f, "[{v6}]/{prefix}:")?,
        }
        match self.port {
            Some(port) => write!(f, "{port}"),
            None => f.write_str("*"),
        }
    }
}

impl<'de> Deserialize<'de> for AllowRule {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(de::Error::custom)
    }
}
