//! robots.txt (RFC 9309): *whether* a URL may be fetched; never when, that is pacing.
//!
//! Behaves as Google's open-source parser does, its forgiveness of typos included: the longest matching rule wins, allow
//! wins a tie, a group of our own name shuts out the group of `*`. A Crawl-delay is a rule like allow and disallow; lines
//! of other kinds, sitemaps among them, never end a group (RFC 9309, 2.2.4). At most 500 KiB are read (2.5).

use std::time::Duration;

use gleaner_contract::UrlReason;
use gleaner_ports::{FetchError, Fetched};
use serde::Serialize;
use url::Url;

mod parse;
mod pattern;
#[cfg(test)]
mod tests;

use parse::Line;

/// What lies beyond in a file is ignored.
pub const MAX_ROBOTS_BYTES: usize = 500 * 1024;

/// Longer delays are read as this one.
const MAX_CRAWL_DELAY: Duration = Duration::from_secs(24 * 3600);

/// At most this many sitemap lines are kept.
const MAX_SITEMAPS: usize = 1000;

/// A parsed robots.txt.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Robots {
    groups: Vec<Group>,
    sitemaps: Vec<String>,
    deny_all: bool,
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
                    open = false;
                    if let (Some(group), Some(delay)) = (robots.groups.last_mut(), delay(value)) {
                        group.crawl_delay = Some(delay);
                    }
                }
                Line::Sitemap(value) if robots.sitemaps.len() < MAX_SITEMAPS => {
                    robots.sitemaps.push(String::from_utf8_lossy(value).into_owned());
                }
                Line::Sitemap(_) => {}
            }
        }
        robots
    }

    /// What holds when a site has no robots.txt (4xx).
    pub fn allow_all() -> Self {
        Self::default()
    }

    /// What holds while robots.txt cannot be had (5xx, unreachable).
    pub fn deny_all() -> Self {
        Self { deny_all: true, ..Self::default() }
    }

    /// What holds after asking for a robots.txt (RFC 9309, 2.3.1): a site that has none, or leads in circles to it, is
    /// open; one that cannot be asked, or asks to be asked later (429), is closed.
    pub fn of_answer(answer: &Result<Fetched, FetchError>) -> Self {
        match answer {
            Ok(Fetched::Body { body, .. }) => Self::parse(body),
            Ok(Fetched::NotModified { .. }) => Self::deny_all(),
            Err(error) => match (error.reason, error.status) {
                (UrlReason::HttpStatus, Some(429)) => Self::deny_all(),
                (UrlReason::HttpStatus, Some(300..=499)) => Self::allow_all(),
                (UrlReason::TooManyRedirects | UrlReason::RedirectLoop, _) => Self::allow_all(),
                _ => Self::deny_all(),
            },
        }
    }

    /// Sitemap lines, as written.
    pub fn sitemaps(&self) -> &[String] {
        &self.sitemaps
    }

    /// Whether `agent`, a product token such as `gleaner`, may fetch `url`.
    pub fn check_url(&self, agent: &str, url: &Url) -> RobotsVerdict {
        // patterns are compared with upper-case escapes, so the path needs them too
        let path = pattern::escape(url[url::Position::BeforePath..url::Position::AfterQuery].as_bytes());
        self.decide(agent, &path)
    }

    /// The same for a URL as text, which must be percent-encoded already and is compared as it stands.
    pub fn check(&self, agent: &str, url: &str) -> RobotsVerdict {
        self.decide(agent, &path_of(url))
    }

    fn decide(&self, agent: &str, path: &str) -> RobotsVerdict {
        if self.deny_all {
            let rule = Some("robots.txt could not be had".into());
            return RobotsVerdict { allowed: false, rule, crawl_delay: None };
        }
        let agent = agent.to_ascii_lowercase();
        let own = |group: &&Group| group.agents.contains(&agent);
        let named = self.groups.iter().any(|group| own(&group));
        let groups = self.groups.iter().filter(|group| if named { own(group) } else { group.any });

        let mut best: Option<(usize, &Rule)> = None;
        let mut crawl_delay = None;
        for group in groups {
            crawl_delay = crawl_delay.or(group.crawl_delay);
            for rule in &group.rules {
                let Some(length) = rule.matched(path) else { continue };
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
    fn matched(&self, path: &str) -> Option<usize> {
        let matches = |pattern: &str| pattern::matches(path, pattern);
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
