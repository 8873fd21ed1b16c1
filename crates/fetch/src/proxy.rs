//! The proxies that pages leave by, where the operator names any; and which host leaves by which.
//!
//! A proxy is told addresses that the gate has judged, never names: see `client::proxied`. Its own address is the
//! operator's word, and dialled as such; nothing that a page says leads there.

use std::fmt;

use gleaner_contract::ContentHash;
use hyper::Uri;
use percent_encoding::percent_decode_str;
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Deserializer, de};
use url::Url;

/// RFC 1929 has one byte for the length of either.
const MAX_LOGIN_BYTES: usize = 255;

/// How a proxy is spoken to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ProxyKind {
    /// CONNECT over plain TCP.
    Http,
    /// CONNECT over TLS.
    Https,
    Socks5,
}

/// One proxy. Shown without its login.
#[derive(Clone)]
pub(crate) struct ProxyServer {
    pub(crate) kind: ProxyKind,
    /// Where it is dialled; the scheme says whether TLS is spoken to it.
    pub(crate) uri: Uri,
    pub(crate) login: Option<Login>,
    shown: String,
}

#[derive(Debug, Clone)]
pub(crate) struct Login {
    pub(crate) user: SecretString,
    pub(crate) password: SecretString,
}

/// Why a text names no proxies. What was written may hold a password, so it is not repeated.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadProxy {
    #[error(
        "proxy {0} is not http://, https:// or socks5:// with a host, and perhaps user:password@ and a port"
    )]
    Syntax(usize),
    #[error("proxy {0} would resolve names itself, past every check of addresses: write socks5://")]
    ResolvesNames(usize),
    #[error("user or password of proxy {0} exceeds {MAX_LOGIN_BYTES} bytes")]
    LongLogin(usize),
}

/// The proxies that a text names, separated by white space or commas.
pub(crate) fn parse(text: &str) -> Result<Vec<ProxyServer>, BadProxy> {
    let written = text.split(|c: char| c.is_whitespace() || c == ',').filter(|item| !item.is_empty());
    written.zip(1..).map(|(item, number)| one(item, number)).collect()
}

fn one(text: &str, number: usize) -> Result<ProxyServer, BadProxy> {
    let syntax = || BadProxy::Syntax(number);
    let url = Url::parse(text).map_err(|_| syntax())?;
    let (kind, port) = match url.scheme() {
        "http" => (ProxyKind::Http, url.port_or_known_default()),
        "https" => (ProxyKind::Https, url.port_or_known_default()),
        "socks5" => (ProxyKind::Socks5, url.port().or(Some(1080))),
        "socks5h" | "socks4" | "socks4a" => return Err(BadProxy::ResolvesNames(number)),
        _ => return Err(syntax()),
    };
    let (host, port) = url.host_str().filter(|host| !host.is_empty()).zip(port).ok_or_else(syntax)?;
    if !matches!(url.path(), "" | "/") || url.query().is_some() || url.fragment().is_some() {
        return Err(syntax());
    }
    let spoken = if kind == ProxyKind::Https { "https" } else { "http" };
    let uri = format!("{spoken}://{host}:{port}/").parse().map_err(|_| syntax())?;
    Ok(ProxyServer {
        kind,
        uri,
        login: login(&url, number)?,
        shown: format!("{}://{host}:{port}", url.scheme()),
    })
}

fn login(url: &Url, number: usize) -> Result<Option<Login>, BadProxy> {
    if url.username().is_empty() && url.password().is_none() {
        return Ok(None);
    }
    let part = |text: &str| {
        let plain = percent_decode_str(text).decode_utf8().map_err(|_| BadProxy::Syntax(number))?;
        match plain.len() <= MAX_LOGIN_BYTES {
            true => Ok(SecretString::from(plain.into_owned())),
            false => Err(BadProxy::LongLogin(number)),
        }
    };
    Ok(Some(Login { user: part(url.username())?, password: part(url.password().unwrap_or_default())? }))
}

/// Which of the proxies a host leaves by: always the same one. A change of the list moves those hosts alone whose proxy
/// left it, or who are the new one's.
pub(crate) fn choose<'p, T>(
    proxies: &'p [T],
    server: impl Fn(&T) -> &ProxyServer,
    host: &str,
) -> Option<&'p T> {
    proxies.iter().max_by_key(|proxy| {
        let proxy = server(proxy);
        // by user too: providers tell ways out apart by it
        let user = proxy.login.as_ref().map(|login| login.user.expose_secret()).unwrap_or_default();
        ContentHash::of_parts([proxy.shown.as_bytes(), user.as_bytes(), host.as_bytes()])
    })
}

impl fmt::Display for ProxyServer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.shown)
    }
}

impl fmt::Debug for ProxyServer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// For `deserialize_with`: a text or a list of texts, checked.
pub(crate) fn deserialize<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<SecretString>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Written {
        Text(String),
        List(Vec<String>),
    }
    // what is wrong may be a secret, which the message of an error would repeat
    let written = Written::deserialize(deserializer)
        .map_err(|_| de::Error::custom("proxies are the text of a URL, or a list of them"))?;
    let text = match written {
        Written::Text(text) => text,
        Written::List(list) => list.join("\n"),
    };
    parse(&text).map_err(de::Error::custom)?;
    Ok(Some(SecretString::from(text)))
}

#[cfg(test)]
mod tests;
