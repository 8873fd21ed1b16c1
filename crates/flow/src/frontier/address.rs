//! The shape of an address: where it belongs, what it is a variant of, and whether it goes on for ever.
//!
//! Every text is an address here; only canonical ones are told apart well.

use std::borrow::Cow;

use gleaner_contract::ContentHash;

use super::{FrontierLimits, noise};

/// Parameters whose value is which page it is, and those that lead there. Where there are no others, each address is a
/// page of its own and no variant.
const IDENTIFIERS: &[&str] = &[
    "art",
    "article",
    "articleid",
    "article_id",
    "artikel",
    "doc",
    "docid",
    "gtin",
    "id",
    "item",
    "itemid",
    "item_id",
    "model",
    "page_id",
    "pageid",
    "pid",
    "post",
    "post_id",
    "prod",
    "prodid",
    "product",
    "product_id",
    "productid",
    "products_id",
    "sku",
    "slug",
    "uid",
];
const ROUTES: &[&str] =
    &["action", "controller", "lang", "language", "module", "option", "route", "task", "view"];

/// What stands before the number of a page of a list.
const PAGES: &[&str] = &[
    "page", "pages", "pagina", "pag", "pg", "seite", "seiten", "side", "sida", "sivu", "strana", "strona",
    "stranka",
];

/// Folders that are told apart.
const FOLDERS: usize = 2;

/// What an address counts towards: 32 bits of a hash, since a collision only lets two families share a count.
pub(super) type Family = u32;

/// An address, read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Address {
    /// The same for every address of the page, whatever its session.
    pub(super) page: u64,
    /// Whether it carries what [`page`](Self::page) leaves out.
    pub(super) noisy: bool,
    pub(super) host: Family,
    /// The pages below one path.
    pub(super) prefix: Family,
    /// The same of the page that it is a variant of.
    pub(super) beside: Family,
    /// The page that it is a variant of, by its query, a date or a number.
    pub(super) variants: Option<Family>,
    /// Whether pages beside it that repeat each other say anything of this one. Names right below the root do not: that
    /// is where sites say who they are.
    pub(super) has_neighbours: bool,
}

impl Address {
    pub(super) fn of(url: &str) -> Self {
        let plain = noise::plain(url);
        let noisy = plain.is_some();
        let url = plain.map_or(Cow::Borrowed(url), Cow::Owned);
        let (resource, path, query) = parts(&url);
        let names = names(query);
        let segments: Vec<&str> = segments(path).collect();
        let open = open_places(&segments);
        let is_variant = open != segments || !(names.is_empty() || is_page(&names));
        let family = |kind: &str, path: &[&str], names: &[String]| {
            let names = names.iter().map(String::as_str);
            let parts = [kind, resource].into_iter().chain(path.iter().copied()).chain(["?"]).chain(names);
            hash(parts) as Family
        };
        let leaf = segments.len().saturating_sub(1);
        let beside = below(&segments[..leaf], segments.last().copied());
        // what hangs on a path by its query is below it
        let below = if names.is_empty() { beside.clone() } else { below(&segments, Some(QUERY)) };
        let has_neighbours = is_variant || !below.is_empty();
        Self {
            page: hash([&*url]),
            noisy,
            host: family("host", &[], &[]),
            prefix: family("prefix", &below, &[]),
            beside: family("prefix", &beside, &[]),
            variants: is_variant.then(|| family("variants", &open, &names)),
            has_neighbours,
        }
    }
}

/// Whether the address by itself is one that no site needs: overlong, nested, or going round.
pub(super) fn is_endless(url: &str, limits: &FrontierLimits) -> bool {
    if url.len() > limits.url_bytes {
        return true;
    }
    let (_, path, _) = parts(url);
    let segments: Vec<&str> = segments(path).take(limits.path_segments + 1).collect();
    let repeats = |segment: &&&str| segments.iter().filter(|other| other == segment).count();
    segments.len() > limits.path_segments
        || segments.iter().any(|segment| repeats(&segment) >= limits.segment_repeats)
}

/// Host and port, path, query.
fn parts(url: &str) -> (&str, &str, &str) {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    let (rest, query) = rest.split_once('?').unwrap_or((rest, ""));
    match rest.find('/') {
        Some(at) => (&rest[..at], &rest[at..], query),
        None => (rest, "", query),
    }
}

fn segments(path: &str) -> impl Iterator<Item = &str> {
    path.split('/').filter(|segment| !segment.is_empty())
}

/// The names of a query, each once and in order; those of lists (`filter[3]`) without their places.
fn names(query: &str) -> Vec<String> {
    let mut names: Vec<String> = query
        .split('&')
        .filter_map(|param| param.split('=').next())
        .filter(|name| !name.is_empty())
        .map(|name| name.chars().filter(|c| !c.is_ascii_digit()).collect::<String>().to_lowercase())
        .collect();
    names.sort();
    names.dedup();
    names
}

/// Whether parameters of these names say which page it is.
fn is_page(names: &[String]) -> bool {
    let is = |known: &[&str], name: &String| known.contains(&name.as_str());
    names.iter().all(|name| is(IDENTIFIERS, name) || is(ROUTES, name))
        && names.iter().any(|name| is(IDENTIFIERS, name))
}

/// What stands for anything.
const ANY: &str = "*";

/// What stands for a name that only a query gives.
const QUERY: &str = "?";

/// A folder's name, or [`ANY`] where it carries a number: years, versions and whatever a server makes up.
fn shape(segment: &str) -> &str {
    let mut bytes = segment.bytes();
    while let Some(byte) = bytes.next() {
        match byte {
            b'0'..=b'9' => return ANY,
            // the digits of `%C3` are no digits
            b'%' => {
                bytes.next();
                bytes.next();
            }
            _ => {}
        }
    }
    segment
}

/// The segments, with [`ANY`] for the date or page number that they end with.
fn open_places<'p>(segments: &[&'p str]) -> Vec<&'p str> {
    let mut open = segments.to_vec();
    let Some(leaf) = open.pop() else { return open };
    let stem = leaf.split_once('.').map_or(leaf, |(stem, _)| stem);
    let is_paged = |word: &str| PAGES.iter().any(|page| word.eq_ignore_ascii_case(page));
    let before = open.last().copied().unwrap_or_default();
    let (word, last) = split_number(stem);
    let numbered = !last.is_empty() && (is_paged(word) || word.is_empty() && is_paged(before));
    // by a number of a list's page, or by a date after at most one word
    if numbered || is_date(stem) || stem.split_once(['-', '_']).is_some_and(|(_, rest)| is_date(rest)) {
        open.push(ANY);
        return open;
    }
    // a year and a month, or these and a day, in segments of their own; a year alone may be any number
    let parts: Vec<&str> = open.iter().rev().take(2).copied().collect();
    let dated = match parts[..] {
        [month, year] if is_year(year) && is_small(month) && is_small(stem) => 2,
        [year, ..] if is_year(year) && is_small(stem) => 1,
        _ => 0,
    };
    open.truncate(open.len() - dated);
    open.push(if dated > 0 { ANY } else { leaf });
    open
}

/// What stands before the digits at the end, without the mark between, and the digits.
fn split_number(stem: &str) -> (&str, &str) {
    let word = stem.trim_end_matches(|c: char| c.is_ascii_digit());
    (word.trim_end_matches(['-', '_']), &stem[word.len()..])
}

fn is_year(text: &str) -> bool {
    text.len() == 4
        && text.bytes().all(|b| b.is_ascii_digit())
        && (text.starts_with("19") || text.starts_with("20"))
}

/// A month, a day or a week.
fn is_small(text: &str) -> bool {
    let digits = text.strip_prefix(['w', 'W']).unwrap_or(text);
    (1..=2).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit())
}

/// `2026-11`, `2026-11-28`, `2026-W48`, also with `_`, or `20261128`.
fn is_date(stem: &str) -> bool {
    if stem.len() == 8 && stem.bytes().all(|b| b.is_ascii_digit()) {
        let is_within = |part: &str, most: u8| part.parse().is_ok_and(|n: u8| (1..=most).contains(&n));
        return is_year(&stem[..4]) && is_within(&stem[4..6], 12) && is_within(&stem[6..], 31);
    }
    let mut parts = stem.split(['-', '_']);
    let year = parts.next().unwrap_or_default();
    let rest: Vec<&str> = parts.collect();
    is_year(year) && (1..=2).contains(&rest.len()) && rest.iter().all(|part| is_small(part))
}

/// The folders that a page is told by. Right below the root its own name is, where it carries a number or is none.
fn below<'p>(folders: &[&'p str], name: Option<&'p str>) -> Vec<&'p str> {
    match name {
        Some(QUERY) if folders.is_empty() => vec![QUERY],
        Some(name) if folders.is_empty() && shape(name) == ANY => vec![ANY],
        _ => folders.iter().take(FOLDERS).map(|folder| shape(folder)).collect(),
    }
}

/// The same on every machine, since it is kept.
fn hash<'a>(parts: impl IntoIterator<Item = &'a str>) -> u64 {
    let hash = ContentHash::of_parts(parts.into_iter().map(str::as_bytes));
    hash.as_bytes().iter().take(8).fold(0, |bits, byte| bits << 8 | u64::from(*byte))
}

#[cfg(test)]
mod tests;
