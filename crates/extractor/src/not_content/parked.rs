//! Domains without a site: parked, for sale, expired, or a server as it was installed.

use super::{
    Kind::Parked,
    look::Look,
    marks::Strength::{Faint, Plain},
    phrases::PARKED,
};

/// What such a page may say at most, in code points, where its markup tells and where its words do.
const MAX_MARKED: u32 = 4000;
const MAX_POINTS: u32 = 2500;
const MAX_PROSE: u32 = 1200;
/// Up to here a page says nothing beside that.
const BRIEF: u32 = 600;

/// Where domains for sale lead: host, and how the path begins.
const OFFERS: &[(&str, &str)] = &[
    ("hugedomains.com", "/domain_profile"),
    ("dan.com", "/buy-domain/"),
    ("sedo.com", "/search/details"),
    ("afternic.com", "/forsale/"),
    ("afternic.com", "/domain/"),
];

pub(super) fn why(look: &Look<'_>) -> Option<String> {
    marked(look).or_else(|| offered(look)).map(str::to_owned).or_else(|| said(look))
}

fn marked(look: &Look<'_>) -> Option<&'static str> {
    if look.points > MAX_MARKED || look.prose > MAX_PROSE {
        return None;
    }
    let faint = || look.marks().first(Parked, Faint).filter(|_| look.is_bare());
    look.marks().first(Parked, Plain).or_else(faint)
}

fn offered(look: &Look<'_>) -> Option<&'static str> {
    let host = look.host().trim_start_matches("www.");
    let offers = |&&(at, path): &&(&str, &str)| host == at && look.signs.url.path().starts_with(path);
    OFFERS.iter().find(offers).map(|_| "offer of a domain")
}

fn said(look: &Look<'_>) -> Option<String> {
    // who sells domains says so, too
    if look.points > MAX_POINTS || look.prose > MAX_PROSE || look.has_contact() {
        return None;
    }
    let headed = PARKED.held_in(&look.title).or_else(|| PARKED.held_in(&look.headings));
    let said = headed.or_else(|| PARKED.within(&look.text()).filter(|_| is_untitled(look)))?;
    Some(format!("says `{said}`"))
}

/// Whether no title names a site: there is none, or it is the domain, or nearly nothing else is said.
fn is_untitled(look: &Look<'_>) -> bool {
    let host = look.host().trim_start_matches("www.");
    look.title.is_empty() || look.title.iter().any(|piece| piece.starts_with(host)) || look.points <= BRIEF
}
