//! Regions: where on a page an element stands, by its name, its role, or the words of its class and id.

use gleaner_contract::pack::Region;
use html5ever::{LocalName, local_name};

use crate::{dom::Element, words::words};

/// The share of a page's text, in percent, above which class words do not make an element a margin.
const MAX_MARGIN_SHARE: u64 = 40;

/// Words of what stands beside the content.
const ASIDE: &[&str] = &[
    "sidebar",
    "sidemenu",
    "sidenav",
    "aside",
    "related",
    "recommended",
    "recommendations",
    "newsletter",
    "social",
    "sharing",
    "share",
    "advert",
    "advertisement",
    "ads",
    "cookie",
    "cookies",
    "consent",
    "popup",
    "modal",
    "subscribe",
    "taboola",
    "outbrain",
];

/// The region that an element opens, if it does, inside of `outer`.
pub(crate) fn region_of(
    element: &Element,
    name: &LocalName,
    outer: Region,
    text: u32,
    all_text: u32,
) -> Option<Region> {
    let in_main = outer == Region::Main;
    let by_name = match *name {
        local_name!("main") => Some(Region::Main),
        local_name!("article") if outer == Region::Body => Some(Region::Main),
        local_name!("nav") => Some(Region::Navigation),
        local_name!("aside") => Some(Region::Aside),
        local_name!("header") if !in_main => Some(Region::Header),
        local_name!("footer") if !in_main => Some(Region::Footer),
        _ => element.attr(&local_name!("role")).and_then(|role| match role.trim_ascii() {
            "main" => Some(Region::Main),
            "navigation" | "menu" | "menubar" => Some(Region::Navigation),
            "complementary" => Some(Region::Aside),
            "banner" if !in_main => Some(Region::Header),
            "contentinfo" if !in_main => Some(Region::Footer),
            _ => None,
        }),
    };
    let is_margin = u64::from(text) * 100 <= u64::from(all_text) * MAX_MARGIN_SHARE;
    match by_name {
        // some sites wrap everything in one of these
        Some(Region::Main) => Some(Region::Main),
        Some(region) => is_margin.then_some(region),
        None if is_margin && is_container(name) && matches!(outer, Region::Body | Region::Main) => {
            by_words(element, in_main)
        }
        None => None,
    }
}

fn is_container(name: &LocalName) -> bool {
    matches!(
        *name,
        local_name!("div")
            | local_name!("section")
            | local_name!("ul")
            | local_name!("ol")
            | local_name!("table")
            | local_name!("td")
            | local_name!("tr")
    )
}

fn by_words(element: &Element, in_main: bool) -> Option<Region> {
    let named = [&local_name!("class"), &local_name!("id")];
    let all = named.into_iter().filter_map(|name| element.attr(name)).flat_map(words).take(24);
    for word in all {
        let is = |known: &[&str]| known.iter().any(|known| word.eq_ignore_ascii_case(known));
        if is(&[
            "nav",
            "navbar",
            "navigation",
            "menu",
            "topmenu",
            "mainmenu",
            "breadcrumb",
            "breadcrumbs",
            "pagination",
            "pager",
        ]) {
            return Some(Region::Navigation);
        }
        if is(ASIDE) {
            return Some(Region::Aside);
        }
        if in_main {
            continue;
        }
        if is(&["footer", "foot", "bottombar", "subfooter", "colophon"]) {
            return Some(Region::Footer);
        }
        if is(&["masthead", "topbar", "header", "banner"]) {
            return Some(Region::Header);
        }
    }
    None
}
