//! Seeds: the addresses that people write, as canonical http or https URLs.
//!
//! The canonical form is the fetcher's: the WHATWG serialisation without fragment. Unlike a link found on a page, a seed
//! with a user name or password in it is refused: it would end up in records.

use gleaner_contract::RejectReason;
use url::{Host, Url};

/// Longer URLs are refused, here and by the fetcher.
const MAX_URL_BYTES: usize = 8 * 1024;

/// Why a text is no seed.
#[derive(Debug)]
pub(crate) struct BadSeed {
    pub(crate) reason: RejectReason,
    pub(crate) what: String,
    pub(crate) hint: Option<&'static str>,
}

/// The canonical URL of what was written; a bare domain is meant as https.
pub(crate) fn canonical(text: &str) -> Result<String, BadSeed> {
    let text = text.trim();
    let shown: String = text.chars().take(120).collect();
    let bad = |what: String, hint| BadSeed { reason: RejectReason::BadUrl, what, hint };
    let refused = |what: String, hint| BadSeed { reason: RejectReason::RefusedUrl, what, hint };
    if text.len() > MAX_URL_BYTES {
        return Err(bad(format!("`{shown}…` exceeds {MAX_URL_BYTES} bytes"), None));
    }
    let in_full = if text.contains(char::is_whitespace) {
        "write it in full: https://shop.example/page, and | between two URLs"
    } else {
        "write it in full: https://shop.example/page"
    };
    let syntax = |error: url::ParseError| bad(format!("`{shown}` is not a URL: {error}"), Some(in_full));
    let scheme = scheme_of(text);
    let mut url = match scheme {
        Some(_) => Url::parse(text).map_err(syntax)?,
        None => {
            let url = Url::parse(&format!("https://{}", text.trim_start_matches('/'))).map_err(syntax)?;
            if !is_host_as_written(text.trim_start_matches('/'), &url) {
                return Err(bad(format!("`{shown}` is not a URL"), Some(in_full)));
            }
            url
        }
    };
    if !matches!(url.scheme(), "http" | "https") {
        let what = format!("`{shown}` is refused: only http and https are fetched");
        return Err(refused(what, None));
    }
    if !url.username().is_empty() || url.password().is_some() {
        // never shown: it may be a secret
        let what =
            format!("a URL of host `{}` carries a user name or password", url.host_str().unwrap_or(""));
        return Err(refused(what, Some("write the URL without what stands before the @")));
    }
    if labels(&url).any(|label| !label.contains(char::is_alphanumeric)) {
        return Err(bad(format!("`{shown}` is not a URL: its host has no name"), Some(in_full)));
    }
    url.set_fragment(None);
    if url.as_str().len() > MAX_URL_BYTES {
        return Err(bad(format!("`{shown}…` exceeds {MAX_URL_BYTES} bytes when encoded"), None));
    }
    Ok(url.into())
}

/// The names in a domain; a dot may end it.
fn labels(url: &Url) -> impl Iterator<Item = &str> {
    let domain = url.domain().map(|domain| domain.strip_suffix('.').unwrap_or(domain));
    domain.into_iter().flat_map(|domain| domain.split('.'))
}

/// Whether a text without scheme starts with a host: a dotted name or a whole address, not a word or a number.
fn is_host_as_written(text: &str, url: &Url) -> bool {
    let authority = text.split(['/', '?', '#']).next().unwrap_or("");
    match url.host() {
        Some(Host::Domain(host)) => labels(url).count() > 1 || host == "localhost",
        Some(Host::Ipv4(ip)) => authority.split(':').next() == Some(&*ip.to_string()),
        Some(Host::Ipv6(_)) => true,
        None => false,
    }
}

/// The scheme that was written. `acme.example:8080` has none: what follows its colon is a port.
fn scheme_of(text: &str) -> Option<&str> {
    let (scheme, rest) = text.split_once(':')?;
    let well_formed = scheme.starts_with(|c: char| c.is_ascii_alphabetic())
        && scheme.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'-' | b'.'));
    let port = rest.split(['/', '?', '#']).next().unwrap_or("");
    let is_port = !port.is_empty() && port.bytes().all(|b| b.is_ascii_digit());
    (well_formed && (!is_port || rest.starts_with("//"))).then_some(scheme)
}

#[cfg(test)]
mod tests;
