//! The scripted web: what each page says, and what happens to those who ask for it.

use std::collections::BTreeMap;

use fastrand::Rng;

/// What happens to whoever asks for a page. Counts are of tries by one task.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fate {
    Read,
    /// A server's error, so many times.
    Flaky(u32),
    /// The same, with a wait asked for.
    Limited(u32),
    Gone,
    Robots,
    /// The stage says that it cannot now, so many times.
    Snoozed(u32),
    /// A service of the crawler is away, so many times.
    ServiceAway(u32),
    CrawlPanics(u32),
    CrawlHangs(u32),
    ExtractPanics(u32),
    ExtractHangs(u32),
}

/// One page.
#[derive(Debug, Clone)]
pub(crate) struct Page {
    pub(crate) fate: Fate,
    pub(crate) body: String,
    pub(crate) links: Vec<String>,
    /// Fields by name, and their values.
    pub(crate) says: Vec<(&'static str, String)>,
    /// It cites another page for what it says.
    pub(crate) lies: bool,
    pub(crate) latency_ms: u64,
}

/// Every page there is, by URL.
#[derive(Debug, Clone, Default)]
pub(crate) struct Site {
    pages: BTreeMap<String, Page>,
}

pub(crate) const FIELDS: [&str; 2] = ["name", "price"];

const MOST_PAGES: usize = 6;

impl Site {
    pub(crate) fn draw(rng: &mut Rng, hosts: usize) -> Self {
        let mut pages = BTreeMap::new();
        for host in 0..hosts {
            let count = rng.usize(1..=MOST_PAGES);
            for number in 0..count {
                let url = url(host, number);
                let page = draw_page(rng, &url, host, count);
                pages.insert(url, page);
            }
        }
        Self { pages }
    }

    pub(crate) fn page(&self, url: &str) -> Option<&Page> {
        self.pages.get(url)
    }
}

pub(crate) fn url(host: usize, number: usize) -> String {
    format!("http://site{host}.example/{number}")
}

fn draw_page(rng: &mut Rng, url: &str, host: usize, count: usize) -> Page {
    let links = (0..rng.usize(0..4)).map(|_| self::url(host, rng.usize(0..count))).collect();
    let mut says = Vec::new();
    for field in FIELDS {
        if rng.u32(0..5) == 0 {
            says.push((field, format!("{field} {}", rng.u32(0..3))));
        }
    }
    let told: Vec<&str> = says.iter().map(|(_, value): &(&str, String)| value.as_str()).collect();
    let filler = "x".repeat(rng.usize(100..20_000));
    Page {
        fate: draw_fate(rng),
        body: format!("{url} says: {} {filler}", told.join(", ")),
        links,
        says,
        lies: rng.u32(0..12) == 0,
        latency_ms: if rng.u32(0..8) == 0 { rng.u64(1_000..45_000) } else { rng.u64(5..1_500) },
    }
}

fn draw_fate(rng: &mut Rng) -> Fate {
    let times = rng.u32(1..=4);
    match rng.u32(0..24) {
        0 => Fate::Flaky(times),
        1 => Fate::Limited(times),
        2 => Fate::Gone,
        3 => Fate::Robots,
        4 => Fate::Snoozed(times),
        5 => Fate::ServiceAway(times),
        6 => Fate::CrawlPanics(times),
        7 => Fate::CrawlHangs(times),
        8 => Fate::ExtractPanics(times),
        9 => Fate::ExtractHangs(times),
        _ => Fate::Read,
    }
}
