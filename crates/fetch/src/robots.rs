//! robots.txt (RFC 9309): *whether* a URL may be fetched; never when, that is pacing.
//!
//! Behaves as Google's open-source parser does, its forgiveness of typos included: the longest matching rule wins, allow
//! wins a tie, a group of our own name shuts out the group of `*`. Lines of other kinds than allow and disallow, a
//! Crawl-delay and sitemaps among them, never end a group of agents (RFC 9309, 2.2.4). Beyond that parser, paths are
//! compared without needless escapes (2.2.2). At most 500 KiB are read (2.5).

use std::time::Duration;

use bytes::Bytes;
use gleaner_contract::{ErrorClass, UrlReason};
use gleaner_ports::{FetchError, Fetched};
use serde::Serialize;
use url::Url;

mod parse;
mod pattern;
#[cfg(test)]
mod tests;

use parse::Line;
use pattern::Path;

/// What lies beyond in a file is ignored.
pub const MAX_ROBOTS_BYTES: usize = 500 * 1024;

/// Redirects to a robots.txt that are followed (RFC 9309, 2.3.1.2).
pub const MAX_ROBOTS_REDIRECTS: usize = 5;

/// Longer delays are read as this one.
const MAX_CRAWL_DELAY: Duration = Duration::from_secs(24 * 3600);

/// A parsed robots.txt.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Robots {
    groups: Vec<Group>,
}

#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Group {
    /// Product tokens in lower case; `*` is `any`.
    agents: Vec<String>,
    any: bool,
    rules: Vec<Rule>,
    crawl_delay: Option<Duration>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Rule {
    allow: bool,
    pattern: String,
}

/// What a robots.txt says about one URL.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct RobotsVerdict {
    pub allowed: bool,
    /// The rule that decided, such as `disallow: /cart`; none when nothing matched.
    pub rule: Option<String>,
    /// Seconds to leave between fetches.
    pub crawl_delay: Option<f64>,
}

impl Robots {
    /// Reads a file. Every file is readable: what makes no sense is passed over.
    pub fn parse(body: &[u8]) -> Self {
        let mut robots = Self::default();
        let mut open = false;
        for line in parse::lines(&body[..body.len().min(MAX_ROBOTS_BYTES)]) {
            match line {
                Line::UserAgent(value) => {
                    if !open {
                        robots.groups.push(Group::default());
                        open = true;
                    }
                    if let Some(group) = robots.groups.last_mut() {
                        group.name(value);
                    }
                }
                Line::Allow(value) => {
                    open = false;
                    robots.rule(true, value);
                }
                Line::Disallow(value) => {
                    open = false;
                    robots.rule(false, value);
                }
                Line::CrawlDelay(value) => {
                    if let (Some(group), Some(delay)) = (robots.groups.last_mut(), delay(value)) {
                        group.crawl_delay = Some(delay);
                    }
                }
            }
        }
        robots
    }

    /// What holds when a site has no robots.txt (4xx).
    pub fn allow_all() -> Self {
        Self::default()
    }

    /// The same for one agent alone: the groups that speak to it.
    pub fn for_agent(mut self, agent: &str) -> Self {
        let agent = agent.to_ascii_lowercase();
        let named = self.groups.iter().any(|group| group.agents.contains(&agent));
        self.groups.retain(|group| if named { group.agents.contains(&agent) } else { group.any });
        for group in &mut self.groups {
            group.agents.retain(|name| *name == agent);
        }
        self
    }

    /// About as many bytes as it takes in memory.
    pub fn weight(&self) -> usize {
        let of_rule = |rule: &Rule| size_of::<Rule>() + rule.pattern.capacity();
        let of_group = |group: &Group| {
            let agents: usize = group.agents.iter().map(|name| size_of::<String>() + name.capacity()).sum();
            size_of::<Group>() + agents + group.rules.iter().map(of_rule).sum::<usize>()
        };
        size_of::<Self>() + self.groups.iter().map(of_group).sum::<usize>()
    }

    /// Whether `agent`, a product token such as `gleaner`, may fetch `url`.
    pub fn check_url(&self, agent: &str, url: &Url) -> RobotsVerdict {
        self.decide(agent, &url[url::Position::BeforePath..url::Position::AfterQuery])
    }

    /// The same for a URL as text, whose path is taken as it stands, dots and all.
    pub fn check(&self, agent: &str, url: &str) -> RobotsVerdict {
        self.decide(agent, &path_of(url))
    }

    fn decide(&self, agent: &str, path: &str) -> RobotsVerdict {
        let path = Path::of(path);
        let agent = agent.to_ascii_lowercase();
        let own = |group: &&Group| group.agents.contains(&agent);
        let named = self.groups.iter().any(|group| own(&group));
        let groups = self.groups.iter().filter(|group| if named { own(group) } else { group.any });

        let mut best: Option<(usize, &Rule)> = None;
        let mut crawl_delay = None;
        for group in groups {
            crawl_delay = crawl_delay.or(group.crawl_delay);
            for rule in &group.rules {
                let Some(length) = rule.matched(&path) else { continue };
                let better = best.is_none_or(|(longest, winner)| {
                    length > longest || (length == longest && rule.allow && !winner.allow)
                });
                if length > 0 && better {
                    best = Some((length, rule));
                }
            }
        }
        RobotsVerdict {
            allowed: best.is_none_or(|(_, rule)| rule.allow),
            rule: best.map(|(_, rule)| {
                format!("{}: {}", if rule.allow { "allow" } else { "disallow" }, rule.pattern)
            }),
            crawl_delay: crawl_delay.map(|delay| delay.as_secs_f64()),
        }
    }

    /// Adds a rule to the last group; before the first user-agent line it belongs to nobody.
    fn rule(&mut self, allow: bool, value: &[u8]) {
        if let Some(group) = self.groups.last_mut() {
            group.rules.push(Rule { allow, pattern: pattern::escape(value) });
        }
    }
}

impl Group {
    fn name(&mut self, value: &[u8]) {
        if value.first() == Some(&b'*') && value.get(1).is_none_or(u8::is_ascii_whitespace) {
            self.any = true;
            return;
        }
        let token: String = value
            .iter()
            .take_while(|byte| byte.is_ascii_alphabetic() || matches!(byte, b'-' | b'_'))
            .map(|byte| char::from(byte.to_ascii_lowercase()))
            .collect();
        self.agents.push(token);
    }
}

impl Rule {
    /// The length of the pattern when it matches, which is its weight.
    fn matched(&self, path: &Path) -> Option<usize> {
        let matches = |pattern: &str| path.matches(pattern);
        if matches(&self.pattern) {
            return Some(self.pattern.len());
        }
        // an allowed `/dir/index.html` also allows `/dir/`
        let slash = self.pattern.rfind('/').filter(|_| self.allow)?;
        let folder = &self.pattern[..=slash];
        let index = self.pattern[slash..].starts_with("/index.htm");
        (index && matches(&format!("{folder}$"))).then_some(folder.len() + 1)
    }
}

/// The file that an answer holds, none where the site has none; or why it could not be had, so that everything is
/// closed. A site that leads in circles to it is open, one that asks to be asked later (429) is not (RFC 9309, 2.3.1).
pub fn file_of(answer: Result<Fetched, FetchError>) -> Result<Option<Bytes>, FetchError> {
    match answer {
        Ok(Fetched::Body { body, .. }) => Ok(Some(body.slice(..body.len().min(MAX_ROBOTS_BYTES)))),
        Ok(Fetched::Redirect { .. }) => Ok(None),
        Ok(Fetched::NotModified { requests, .. }) => Err(FetchError {
            reason: UrlReason::Protocol,
            class: ErrorClass::Permanent,
            status: Some(304),
            retry_after: None,
            requests,
            bytes: 0,
            detail: "304 to a request that was not conditional".into(),
        }),
        Err(error) => match (error.reason, error.status) {
            (UrlReason::HttpStatus, Some(429)) => Err(error),
            (UrlReason::HttpStatus, Some(300..=499)) => Ok(None),
            (UrlReason::TooManyRedirects | UrlReason::RedirectLoop, _) => Ok(None),
            _ => Err(error),
        },
    }
}

fn delay(value: &[u8]) -> Option<Duration> {
    let seconds: f64 = std::str::from_utf8(value).ok()?.split_ascii_whitespace().next()?.parse().ok()?;
    (seconds >= 0.0).then(|| Duration::from_secs_f64(seconds.min(MAX_CRAWL_DELAY.as_secs_f64())))
}

/// Path and query of a URL given as text; `/` when there is none.
fn path_of(url: &str) -> String {
    let start = if url.starts_with("//") { 2 } else { 0 };
    let early = url[start..].find(['/', '?', ';']).map(|at| at + start);
    let authority = match url[start..].find("://").map(|at| at + start) {
        Some(scheme_end) if early.is_none_or(|early| early >= scheme_end) => scheme_end + 3,
        _ => start,
    };
    let fragment = url[start..].find('#').map(|at| at + start);
    let Some(path_start) = url[authority..].find(['/', '?', ';']).map(|at| at + authority) else {
        return "/".into();
    };
    if fragment.is_some_and(|at| at < path_start) {
        return "/".into();
    }
    let path = &url[path_start..fragment.unwrap_or(url.len())];
    if path.starts_with('/') { path.into() } else { format!("/{path}") }
}
