//! Which links of a page are worth a visit: in scope, pages by their looks, and scored by the wanted fields.

mod scope;
mod score;

use std::collections::{BTreeMap, HashSet};

use gleaner_contract::{
    Brief, EvidencePack, FoundLink, Links, Page, Scope, UrlReason, pack::Link, wire::MAX_LINKS,
};
use url::Url;

use scope::Limits;
use score::{Promise, Scorer, Siblings, Words};

/// What MessagePack adds to a link's URL, at most.
const LINK_OVERHEAD: usize = 40;

/// An address in scope, with all that the page calls it.
struct Admitted<'p> {
    href: &'p str,
    url: Url,
    links: Vec<(&'p Link, Words)>,
}

/// The best links that fit a report, and how many were left out for which reason. Each address counts once.
pub(crate) fn links_of(pack: &EvidencePack, brief: &Brief, scope: &Scope, page: &Page) -> Links {
    let limits = Limits::of(scope, brief, page);
    let scorer = Scorer::of(brief, pack.title.as_deref(), pack.page_type);
    let mut dropped: BTreeMap<UrlReason, u32> = BTreeMap::new();
    let mut seen: HashSet<&str> = HashSet::from([page.url.as_str(), page.final_url.as_str()]);
    let mut siblings = Siblings::default();
    // in the order of the page
    let mut admitted: Vec<Admitted<'_>> = Vec::new();
    let mut places: BTreeMap<&str, usize> = BTreeMap::new();
    for link in &pack.links {
        let href = link.href.as_str();
        let Ok(url) = Url::parse(href) else { continue };
        if !matches!(url.scheme(), "http" | "https") {
            continue;
        }
        if let Some(&place) = places.get(href) {
            // the same address under another text
            let words = Words::of(link, &url);
            admitted[place].links.push((link, words));
            continue;
        }
        if !seen.insert(href) {
            continue;
        }
        let refused = if pack.nofollow { Some(UrlReason::Robots) } else { limits.refuse(&url) };
        match refused {
            Some(reason) => *dropped.entry(reason).or_default() += 1,
            None => {
                let words = Words::of(link, &url);
                siblings.add(&words);
                places.insert(href, admitted.len());
                admitted.push(Admitted { href, url, links: vec![(link, words)] });
            }
        }
    }
    let mut best: Vec<(Promise, &str)> = Vec::new();
    for Admitted { href, url, links } in &admitted {
        let promises = links.iter().filter_map(|(link, words)| scorer.promise(link, url, words, &siblings));
        match promises.reduce(Promise::or) {
            Some(promise) => best.push((promise, *href)),
            None => *dropped.entry(UrlReason::Irrelevant).or_default() += 1,
        }
    }
    // stable: among equals, the first on the page
    best.sort_by_key(|(promise, _)| std::cmp::Reverse(promise.score));
    let mut room = MAX_LINKS;
    let mut found = Vec::new();
    for (Promise { score, fields }, href) in best {
        match room.checked_sub(href.len() + LINK_OVERHEAD) {
            Some(left) => {
                room = left;
                found.push(FoundLink { url: href.to_owned(), score, promises: fields });
            }
            None => *dropped.entry(UrlReason::FrontierFull).or_default() += 1,
        }
    }
    Links { found, dropped }
}

#[cfg(test)]
mod tests;
