//! Canonical URLs: the WHATWG serialisation without fragment and userinfo.
//!
//! Nothing else is dropped or reordered: a query parameter that looks like tracking may be what selects the page, and
//! two readers of a URL must agree on it. Canonicalising twice is canonicalising once.

use url::Url;

/// Longer URLs are refused: what is longer is a trap or a payload.
pub const MAX_URL_BYTES: usize = 8 * 1024;

/// Why a text has no canonical URL.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadUrl {
    #[error("not a URL")]
    Syntax(#[from] url::ParseError),
    #[error("scheme `{0}` is not http or https")]
    Scheme(String),
    #[error("URL exceeds {MAX_URL_BYTES} bytes")]
    TooLong,
}

/// The canonical URL of an absolute http or https URL.
pub fn canonical(text: &str) -> Result<Url, BadUrl> {
    bounded(text)?;
    canonical_url(Url::parse(text)?)
}

/// The canonical URL of a reference found at `base`: a link, or a Location header.
pub(crate) fn canonical_join(base: &Url, reference: &str) -> Result<Url, BadUrl> {
    bounded(reference)?;
    canonical_url(base.join(reference)?)
}

/// The canonical form of what is parsed already.
pub(crate) fn canonical_url(mut url: Url) -> Result<Url, BadUrl> {
    if !matches!(url.scheme(), "http" | "https") {
        return Err(BadUrl::Scheme(url.scheme().chars().take(40).collect()));
    }
    url.set_fragment(None);
    // these two fail only where a URL has no host, which http and https always have
    let _ = url.set_username("");
    let _ = url.set_password(None);
    bounded(url.as_str())?;
    Ok(url)
}

fn bounded(text: &str) -> Result<(), BadUrl> {
    if text.len() > MAX_URL_BYTES { Err(BadUrl::TooLong) } else { Ok(()) }
}

#[cfg(test)]
mod tests;
