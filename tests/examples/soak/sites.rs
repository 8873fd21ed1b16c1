//! The sites that are harvested: companies with linked pages, and products. Some pages change between rounds.

use std::{
    cell::{Cell, RefCell},
    collections::BTreeMap,
    time::Duration,
};

use gleaner_testkit::{Page, Site};

use crate::harness::{company, product};

pub(crate) const SITES: usize = 4;
const COMPANIES: usize = 12;
const PRODUCTS: usize = 8;
const LINKS: usize = 3;
/// Of each site in one round: twenty targets in all.
const COMPANIES_A_ROUND: usize = 3;
const PRODUCTS_A_ROUND: usize = 2;
pub(crate) const TARGETS_A_ROUND: usize = SITES * (COMPANIES_A_ROUND + PRODUCTS_A_ROUND);

/// How a site answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mood {
    Well,
    Unavailable,
    Slow,
}

/// What was asked for, by page.
#[derive(Debug, Default)]
pub(crate) struct Asked {
    /// How many jobs were to read it.
    pub(crate) visits: u64,
    pub(crate) hits: u64,
}

pub(crate) struct Sites {
    sites: Vec<Site>,
    moods: RefCell<Vec<Mood>>,
    round: Cell<usize>,
    asked: RefCell<BTreeMap<String, Asked>>,
}

impl Sites {
    pub(crate) async fn start() -> Self {
        let mut sites = Vec::new();
        for _ in 0..SITES {
            sites.push(Site::start().await.expect("a loopback port is free"));
        }
        let started = Self {
            sites,
            moods: RefCell::new(vec![Mood::Well; SITES]),
            round: Cell::new(0),
            asked: RefCell::default(),
        };
        (0..SITES).for_each(|site| started.fill(site));
        started
    }

    /// From now on this site answers so.
    pub(crate) fn turn(&self, site: usize, mood: Mood) {
        self.moods.borrow_mut()[site] = mood;
        self.fill(site);
    }

    /// Every page of the site, as it is in this round.
    fn fill(&self, site: usize) {
        let mood = self.moods.borrow()[site];
        let set = |path: &str, page: Page| {
            let page = page.after(Duration::from_millis(if mood == Mood::Slow { 3000 } else { 300 }));
            let page = if mood == Mood::Unavailable { Page::status(503) } else { page };
            self.sites[site].set(path, page);
        };
        // a third of the pages changes from one round to the next
        let version = |page: usize| (self.round.get() + page) / 3;
        for n in 0..COMPANIES {
            let phone = format!("<p>Tel: +49 40 55{:03}{n:02}</p>", version(n) % 1000);
            set(&format!("/home-{n}"), company(&links(n), &phone));
            for link in links(n) {
                set(&link, company(&[], &format!("<p>About {link}</p>")));
            }
        }
        for n in 0..PRODUCTS {
            let price = format!("{}.50", 10 + version(n) % 90);
            set(&format!("/item-{n}"), product(&format!("Item{n}"), &price, ""));
        }
    }

    /// The targets of the next round, as a targets file; their pages change before it.
    pub(crate) fn next_round(&self) -> String {
        let round = self.round.get() + 1;
        self.round.set(round);
        let mut written = String::from("budget = { urls = 5, seconds = 900 }\n");
        let mut asked = self.asked.borrow_mut();
        for (at, site) in self.sites.iter().enumerate() {
            self.fill(at);
            let mut target = |schema: &str, path: String, further: Vec<String>| {
                let url = site.url(&path);
                written.push_str(&format!(
                    "[[targets]]\nid = \"{at}{path}-{round}\"\nschema = \"{schema}\"\nurls = [\"{url}\"]\n"
                ));
                for path in std::iter::once(path).chain(further) {
                    asked.entry(format!("{at}{path}")).or_default().visits += 1;
                }
            };
            for n in (0..COMPANIES_A_ROUND).map(|n| (round * COMPANIES_A_ROUND + n) % COMPANIES) {
                target("company", format!("/home-{n}"), links(n));
            }
            for n in (0..PRODUCTS_A_ROUND).map(|n| (round * PRODUCTS_A_ROUND + n) % PRODUCTS) {
                target("product", format!("/item-{n}"), Vec::new());
            }
        }
        written
    }

    /// What was asked for so far, by site and path.
    pub(crate) fn asked(&self) -> std::cell::Ref<'_, BTreeMap<String, Asked>> {
        {
            let mut asked = self.asked.borrow_mut();
            for (at, site) in self.sites.iter().enumerate() {
                for hit in site.take_hits().into_iter().filter(|hit| hit.path != "/robots.txt") {
                    asked.entry(format!("{at}{}", hit.path)).or_default().hits += 1;
                }
            }
        }
        self.asked.borrow()
    }

    /// The most requests that one site ever answered at once.
    pub(crate) fn most_in_flight(&self) -> usize {
        self.sites.iter().map(Site::most_in_flight).max().unwrap_or_default()
    }
}

fn links(company: usize) -> Vec<String> {
    (0..LINKS).map(|page| format!("/contact-{company}-{page}")).collect()
}
