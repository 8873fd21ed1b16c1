//! Hosts that the operator vouches for: their pages are content, whatever they look like.

use url::Url;

/// Hosts, each with its subdomains.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ContentHosts(Vec<String>);

impl ContentHosts {
    /// Of names as URLs have them: lower case, ASCII.
    pub fn new(hosts: Vec<String>) -> Self {
        Self(hosts)
    }

    pub(crate) fn cover(&self, url: &Url) -> bool {
        let host = url.host_str().unwrap_or_default().trim_end_matches('.');
        let is_below = |name: &String| {
            host.strip_suffix(name.as_str()).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
        };
        self.0.iter().any(is_below)
    }
}

#[cfg(test)]
mod tests;
