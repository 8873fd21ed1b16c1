//! What a target's pages are: links and redirects may lead there and nowhere else.

use url::Url;

use crate::target::Scope;

impl Scope {
    /// Whether a page at `url` is the target's. `own` are the target's own hosts, which count where the scope names none;
    /// `www.` makes no difference.
    pub fn admits<'h>(&self, own: impl IntoIterator<Item = &'h str>, url: &Url) -> bool {
        let host = url.host_str().unwrap_or_default().trim_start_matches("www.");
        let is_host = |name: &str| matches(name.to_ascii_lowercase().trim_start_matches("www."), host);
        let at_home = match self.hosts.as_slice() {
            [] => own.into_iter().any(is_host),
            hosts => hosts.iter().any(|name| is_host(name)),
        };
        let path = match url.query() {
            Some(query) => &format!("{}?{query}", url.path()),
            None => url.path(),
        };
        let among = |patterns: &[String]| {
            patterns.iter().any(|pattern| matches(pattern, path) || matches(pattern, url.path()))
        };
        at_home && (self.include.is_empty() || among(&self.include)) && !among(&self.exclude)
    }
}

/// Whether a text is what a pattern says, where `*` stands for any characters.
fn matches(pattern: &str, text: &str) -> bool {
    let mut parts = pattern.split('*');
    let Some(mut rest) = parts.next().and_then(|first| text.strip_prefix(first)) else { return false };
    let Some(last) = parts.next_back() else { return rest.is_empty() };
    for part in parts {
        match rest.find(part) {
            Some(at) => rest = &rest[at + part.len()..],
            None => return false,
        }
    }
    rest.ends_with(last)
}

#[cfg(test)]
mod tests;
