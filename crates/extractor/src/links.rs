//! Links: where they lead, canonical, with the place of their text.

use std::collections::HashSet;

use gleaner_contract::pack::{Link, Region};
use html5ever::local_name;
use url::Url;

use crate::{
    dom::Element,
    lines::{Range, folded},
};

/// Longer addresses are traps or payloads.
const MAX_HREF: usize = 8 * 1024;

/// What `rel` says of a link that the page does not vouch for.
const RESERVED: [&str; 3] = ["nofollow", "ugc", "sponsored"];

/// A link as it stands on the page.
#[derive(Debug)]
pub(crate) struct RawLink {
    href: String,
    /// What stands for the text where there is none.
    label: String,
    region: Region,
    nofollow: bool,
    /// Its text, where it has one.
    pub(crate) range: Option<Range>,
}

impl RawLink {
    pub(crate) fn new(element: &Element, region: Region) -> Self {
        let attr = |name| element.attr(&name).unwrap_or("");
        let href = attr(local_name!("href"));
        let href = if href.len() > MAX_HREF { String::new() } else { href.to_owned() };
        let label = [attr(local_name!("aria-label")), attr(local_name!("title")), attr(local_name!("alt"))]
            .into_iter()
            .find(|label| !label.trim_ascii().is_empty())
            .map(folded)
            .unwrap_or_default();
        let nofollow = attr(local_name!("rel"))
            .split_ascii_whitespace()
            .any(|word| RESERVED.iter().any(|reserved| word.eq_ignore_ascii_case(reserved)));
        Self { href, label, region, nofollow, range: None }
    }
}

/// The address against which a page's references are read.
pub(crate) fn base_of(url: &Url, base: Option<&str>) -> Url {
    base.filter(|href| href.len() <= MAX_HREF)
        .and_then(|href| url.join(href.trim_ascii()).ok())
        .filter(|base| matches!(base.scheme(), "http" | "https"))
        .unwrap_or_else(|| url.clone())
}

/// The canonical address of a reference: http(s) without fragment and userinfo, or `tel:` and `mailto:`.
pub(crate) fn resolve(base: &Url, href: &str) -> Option<String> {
    let href = href.trim_ascii();
    if href.is_empty() || href.starts_with('#') {
        return None;
    }
    let mut url = base.join(href).ok()?;
    match url.scheme() {
        "http" | "https" => {
            url.set_fragment(None);
            // these two fail only where a URL has no host, which http and https always have
            let _ = url.set_username("");
            let _ = url.set_password(None);
        }
        "tel" | "mailto" => {}
        _ => return None,
    }
    (url.as_str().len() <= MAX_HREF).then(|| url.into())
}

/// Every distinct link with its text, in the order of the page.
pub(crate) fn links(raw: &[RawLink], text: &str, base: &Url) -> Vec<Link> {
    let mut seen = HashSet::new();
    let mut links = Vec::with_capacity(raw.len());
    for link in raw {
        let Some(href) = resolve(base, &link.href) else { continue };
        let (label, span) = match link.range {
            Some(range) => (range.of(text).replace('\n', " "), Some(range.span())),
            None => (link.label.clone(), None),
        };
        if seen.insert((href.clone(), label.clone())) {
            links.push(Link { href, text: label, region: link.region, span, nofollow: link.nofollow });
        }
    }
    links
}
