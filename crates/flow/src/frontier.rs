//! The frontier's memory: what keeps a job out of spaces that have no end.
//!
//! Each URL counts towards families: the pages of a host, those below one path, and the variants of one page. A family takes so many URLs
//! and no more; one whose pages keep repeating what others said is closed. It decides by addresses and likenesses alone,
//! so a site cannot talk it out of a limit, and it remembers a bounded number of families, pages and likenesses.
//!
//! It never decides what a URL is worth, and seeds pass it by: who names a page wants it.

use std::collections::{BTreeMap, BTreeSet};

use gleaner_contract::{SimHash, UrlReason};
use serde::{Deserialize, Serialize};

mod address;
mod noise;

use address::{Address, Family, is_endless};

pub use noise::plain;

/// How far a job goes into one corner of a site.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct FrontierLimits {
    /// Longer addresses, deeper paths, and paths with one segment as often as this are traps.
    pub url_bytes: usize,
    pub path_segments: usize,
    pub segment_repeats: usize,
    /// Pages of one host, and those below one of its paths, told apart by its first two folders.
    pub urls_per_host: u16,
    pub urls_per_prefix: u16,
    /// Variants of one page: addresses with the same path and names of parameters, or that differ in a date or a page
    /// number.
    pub urls_per_variant: u16,
    /// Pages in a row that repeat others, after which their family is closed, and the bits by which they may differ.
    pub alike_in_a_row: u8,
    pub alike_bits: u32,
}

impl Default for FrontierLimits {
    fn default() -> Self {
        Self {
            url_bytes: 2_000,
            path_segments: 12,
            segment_repeats: 3,
            urls_per_host: 2_000,
            urls_per_prefix: 200,
            urls_per_variant: 30,
            alike_in_a_row: 5,
            alike_bits: 3,
        }
    }
}

/// Families of one kind that are told apart. Those that come later count as one.
const MAX_FAMILIES: usize = 512;

/// Pages that are kept under an address with a session or the like.
const MAX_NOISY: usize = 512;

/// Likenesses that later pages are held against.
const MAX_LIKENESSES: usize = 128;

/// What is remembered of one family: URLs, and pages in a row that repeated others.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Tally(u16, u8);

/// Families of one kind. The one of all that found no place has the number 0.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Tallies(BTreeMap<Family, Tally>);

impl Tallies {
    /// The family that this one counts as.
    fn place(&self, family: Family) -> Family {
        if self.0.contains_key(&family) || self.0.len() < MAX_FAMILIES { family } else { 0 }
    }

    fn of(&self, family: Family) -> Tally {
        self.0.get(&self.place(family)).copied().unwrap_or_default()
    }

    fn count(&mut self, family: Family) {
        let tally = self.0.entry(self.place(family)).or_default();
        tally.0 = tally.0.saturating_add(1);
    }
}

/// The memory of one job. Its size is bounded: at most 24 KiB as it is stored.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Frontier {
    #[serde(skip_serializing_if = "is_empty")]
    hosts: Tallies,
    #[serde(skip_serializing_if = "is_empty")]
    prefixes: Tallies,
    #[serde(skip_serializing_if = "is_empty")]
    variants: Tallies,
    /// The pages of kept addresses that carry more than the page's name.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    noisy: BTreeSet<u64>,
    /// Of pages that were read and were no near-duplicates, the latest last.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    likenesses: Vec<u64>,
}

fn is_empty(tallies: &Tallies) -> bool {
    tallies.0.is_empty()
}

impl Frontier {
    /// Takes in an address that the target itself names.
    pub(crate) fn name(&mut self, url: &str) {
        let address = Address::of(url);
        if address.noisy && self.noisy.len() < MAX_NOISY {
            self.noisy.insert(address.page);
        }
    }

    /// Counts the link to a page, or says why it is not followed. `here` are the pages that the same page led to.
    pub(crate) fn admit(
        &mut self,
        limits: &FrontierLimits,
        url: &str,
        here: &mut BTreeSet<u64>,
    ) -> Result<(), UrlReason> {
        if is_endless(url, limits) {
            return Err(UrlReason::Trap);
        }
        let address = Address::of(url);
        if self.noisy.contains(&address.page) || here.contains(&address.page) {
            return Err(UrlReason::SamePage);
        }
        if self.has_closed(limits, &address) {
            return Err(UrlReason::NearDuplicate);
        }
        let variants = address.variants;
        if variants.is_some_and(|family| self.variants.of(family).0 >= limits.urls_per_variant) {
            return Err(UrlReason::VariantBudget);
        }
        if self.prefixes.of(address.prefix).0 >= limits.urls_per_prefix
            || self.hosts.of(address.host).0 >= limits.urls_per_host
        {
            return Err(UrlReason::PrefixBudget);
        }
        if address.noisy {
            if self.noisy.len() >= MAX_NOISY {
                // so many pages that only sessions lead to, and no telling any more which of them are known
                return Err(UrlReason::Trap);
            }
            self.noisy.insert(address.page);
        }
        here.insert(address.page);
        self.hosts.count(address.host);
        self.prefixes.count(address.prefix);
        if let Some(family) = variants {
            self.variants.count(family);
        }
        Ok(())
    }

    /// Whether pages beside this one kept repeating others.
    pub(crate) fn is_closed(&self, limits: &FrontierLimits, url: &str) -> bool {
        self.has_closed(limits, &Address::of(url))
    }

    fn has_closed(&self, limits: &FrontierLimits, address: &Address) -> bool {
        let closed = |tally: Tally| tally.1 >= limits.alike_in_a_row;
        // a closed path takes the variants of its pages with it, but variants no path
        address.variants.is_some_and(|family| closed(self.variants.of(family)))
            || [address.prefix, address.beside].into_iter().any(|family| closed(self.prefixes.of(family)))
    }

    /// A page was read. Its family is closed once enough in a row repeated what others had said.
    pub(crate) fn learn(&mut self, limits: &FrontierLimits, url: &str, likeness: SimHash) {
        let known = self.likenesses.iter().map(|bits| SimHash::from_bits(*bits));
        let repeats = known.into_iter().any(|known| known.distance(likeness) <= limits.alike_bits);
        if !repeats {
            if self.likenesses.len() >= MAX_LIKENESSES {
                self.likenesses.remove(0);
            }
            self.likenesses.push(likeness.bits());
        }
        let address = Address::of(url);
        if !address.has_neighbours {
            return;
        }
        // of pages that nobody counted nothing is known
        let tally = match address.variants {
            Some(family) => self.variants.0.get_mut(&family),
            None => self.prefixes.0.get_mut(&address.prefix),
        };
        let Some(Tally(_, alike)) = tally else { return };
        if *alike < limits.alike_in_a_row {
            *alike = if repeats { *alike + 1 } else { 0 };
        }
    }
}

#[cfg(test)]
mod tests;
