//! Headers that the operator has sent to single hosts: a login, a cookie.
//!
//! They go to the very origin that they are for, whoever asks and however it was come to, and to no other. What comes of
//! it is kept under other names than what anybody would get: see [`Apart`].

use std::{
    collections::{BTreeMap, HashMap},
    fmt,
    path::PathBuf,
};

use gleaner_contract::ContentHash;
use gleaner_ports::Apart;
use reqwest::header::{self, HeaderMap, HeaderName, HeaderValue};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Deserializer, de};
use url::Url;

use crate::client::NOT_FOR_CALLERS;

/// What is sent to one origin, as it is configured.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Credential {
    /// `host` or `host:port`.
    pub host: String,
    #[serde(default)]
    pub scheme: CredentialScheme,
    #[serde(default)]
    pub headers: BTreeMap<String, SecretString>,
    /// The value of the header of that name.
    pub cookie: Option<SecretString>,
    /// A file of lines `Name: value`; once loaded, they are in `header_lines`.
    pub header_file: Option<PathBuf>,
    #[serde(skip)]
    pub header_lines: Option<SecretString>,
}

/// Over what they may travel.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum CredentialScheme {
    Http,
    #[default]
    Https,
}

/// Why credentials cannot be used. Counted from 1; what they hold is not repeated.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadCredential {
    #[error("credential {0}: `host` is not a host, or a host and a port")]
    Host(usize),
    #[error("credential {0}: another one is for the same host")]
    Again(usize),
    #[error("credential {0}: a header cannot be sent, or belongs to the connection")]
    Header(usize),
    #[error("credential {0}: there is nothing to send; set `headers`, `cookie` or `header_file`")]
    Nothing(usize),
}

/// What is sent to each origin.
#[derive(Clone, Default)]
pub struct Credentials {
    by_origin: HashMap<String, Sent>,
}

#[derive(Clone)]
struct Sent {
    headers: HeaderMap,
    fingerprint: ContentHash,
}

impl Credentials {
    pub fn new(configured: &[Credential]) -> Result<Self, BadCredential> {
        let mut by_origin = HashMap::new();
        for (credential, number) in configured.iter().zip(1..) {
            let origin = credential.origin().ok_or(BadCredential::Host(number))?;
            let headers = credential.sent().ok_or(BadCredential::Header(number))?;
            if headers.is_empty() {
                if credential.header_file.is_some() && credential.header_lines.is_none() {
                    // still unread
                    continue;
                }
                return Err(BadCredential::Nothing(number));
            }
            // a map of headers has no order of its own
            let mut lines: Vec<_> =
                headers.iter().map(|(name, value)| [name.as_str().as_bytes(), value.as_bytes()]).collect();
            lines.sort_unstable();
            let fingerprint = ContentHash::of_parts(lines.into_iter().flatten());
            if by_origin.insert(origin, Sent { headers, fingerprint }).is_some() {
                return Err(BadCredential::Again(number));
            }
        }
        Ok(Self { by_origin })
    }

    /// What is sent when this URL is asked for.
    pub(crate) fn headers(&self, url: &Url) -> Option<&HeaderMap> {
        self.of(url).map(|sent| &sent.headers)
    }

    fn of(&self, url: &Url) -> Option<&Sent> {
        if self.by_origin.is_empty() {
            return None;
        }
        self.by_origin.get(&url.origin().ascii_serialization())
    }
}

impl Apart for Credentials {
    fn apart(&self, url: &str) -> Option<ContentHash> {
        if self.by_origin.is_empty() {
            return None;
        }
        self.of(&Url::parse(url).ok()?).map(|sent| sent.fingerprint)
    }
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.by_origin.keys()).finish()
    }
}

impl Credential {
    /// The origin in the form that URLs are compared by.
    fn origin(&self) -> Option<String> {
        let scheme = match self.scheme {
            CredentialScheme::Http => "http",
            CredentialScheme::Https => "https",
        };
        if self.host.contains(['/', '\\', '@', '?', '#']) {
            return None;
        }
        let url = Url::parse(&format!("{scheme}://{}/", self.host)).ok()?;
        Some(url.origin().ascii_serialization())
    }

    /// All headers, or none where one cannot be sent.
    fn sent(&self) -> Option<HeaderMap> {
        let lines = self.header_lines.as_ref().map(|lines| lines.expose_secret().lines());
        let lines = lines.into_iter().flatten().filter(|line| !line.trim().is_empty());
        let of_lines =
            lines.map(|line| line.split_once(':').map(|(name, value)| (name.trim(), value.trim())));
        let of_map = self.headers.iter().map(|(name, value)| Some((name.as_str(), value.expose_secret())));
        let cookie = self.cookie.iter().map(|value| Some((header::COOKIE.as_str(), value.expose_secret())));
        let mut headers = HeaderMap::new();
        for line in of_map.chain(cookie).chain(of_lines) {
            let (name, value) = line?;
            let name = HeaderName::try_from(name).ok().filter(|name| !NOT_FOR_CALLERS.contains(name))?;
            let mut value = HeaderValue::try_from(value).ok()?;
            value.set_sensitive(true);
            headers.append(name, value);
        }
        Some(headers)
    }
}

/// For `deserialize_with`: a list of credentials, checked as far as it stands there.
pub(crate) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<Credential>, D::Error> {
    let credentials: Vec<Credential> = Vec::deserialize(deserializer).map_err(|error: D::Error| {
        let said = error.to_string();
        // other messages repeat what was written, which may be a secret
        match ["unknown field `", "missing field `", "unknown variant `"]
            .iter()
            .any(|start| said.starts_with(start))
        {
            true => error,
            false => {
                de::Error::custom("credentials are tables of host, scheme, headers, cookie and header_file")
            }
        }
    })?;
    Credentials::new(&credentials).map_err(de::Error::custom)?;
    Ok(credentials)
}

#[cfg(test)]
mod tests;
