//! Sitemaps: the pages and further sitemaps that a site offers (<https://www.sitemaps.org/protocol.html>).
//!
//! Reads URL sets, indexes and plain lists, gzipped or not. A broken file gives what stands before the break, and a
//! warning. No entity is expanded but the five of XML and characters by number; nothing refers outside the file.

use std::io::Read;

use flate2::read::MultiGzDecoder;
use serde::Serialize;

use crate::canon;

mod xml;

/// The protocol's own limit on a sitemap, unpacked.
pub const MAX_SITEMAP_BYTES: u64 = 50 << 20;

/// The protocol's own limit on what one sitemap lists.
pub const MAX_ENTRIES: usize = 50_000;

/// Warnings beyond these say nothing new.
const MAX_WARNINGS: usize = 20;

/// What a sitemap lists.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SitemapKind {
    /// Pages.
    Pages,
    /// Further sitemaps.
    Index,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SitemapEntry {
    /// An absolute http or https URL, as written.
    pub loc: String,
    /// As written: a date of some precision, or anything.
    pub lastmod: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sitemap {
    pub kind: SitemapKind,
    pub entries: Vec<SitemapEntry>,
    pub warnings: Vec<String>,
}

/// Why a file is no sitemap at all.
#[derive(Debug, thiserror::Error)]
pub enum SitemapError {
    #[error("neither a sitemap, a sitemap index nor a list of URLs")]
    NotASitemap,
    #[error("could not unpack the sitemap")]
    Gzip(#[source] std::io::Error),
    #[error("sitemap exceeds {MAX_SITEMAP_BYTES} bytes")]
    TooLarge,
}

/// Reads a sitemap from the bytes of a file.
pub fn parse(bytes: &[u8]) -> Result<Sitemap, SitemapError> {
    if !bytes.starts_with(&[0x1f, 0x8b]) {
        return unpacked(bytes);
    }
    let mut inflated = Vec::new();
    match MultiGzDecoder::new(bytes).take(MAX_SITEMAP_BYTES + 1).read_to_end(&mut inflated) {
        Ok(_) => unpacked(&inflated),
        Err(source) if inflated.is_empty() => Err(SitemapError::Gzip(source)),
        Err(source) => {
            let mut sitemap = unpacked(&inflated)?;
            sitemap.warn(format!("could not be unpacked to its end: {source}"));
            Ok(sitemap)
        }
    }
}

fn unpacked(bytes: &[u8]) -> Result<Sitemap, SitemapError> {
    if bytes.len() as u64 > MAX_SITEMAP_BYTES {
        return Err(SitemapError::TooLarge);
    }
    // heeds a byte order mark, and never fails
    let (text, _, _) = encoding_rs::UTF_8.decode(bytes);
    match text.trim_start().starts_with('<') {
        true => xml::parse(&text),
        false => list(&text),
    }
}

/// One URL a line.
fn list(text: &str) -> Result<Sitemap, SitemapError> {
    let mut sitemap = Sitemap::empty(SitemapKind::Pages);
    for line in text.lines().map(str::trim).filter(|line| !line.is_empty()) {
        if !sitemap.add(line, None) {
            break;
        }
    }
    if sitemap.entries.is_empty() { Err(SitemapError::NotASitemap) } else { Ok(sitemap) }
}

impl Sitemap {
    fn empty(kind: SitemapKind) -> Self {
        Self { kind, entries: Vec::new(), warnings: Vec::new() }
    }

    /// Adds an entry, or a warning about it; false once the sitemap is full.
    fn add(&mut self, loc: &str, lastmod: Option<&str>) -> bool {
        if self.entries.len() == MAX_ENTRIES {
            self.warn(format!("more than {MAX_ENTRIES} entries, the rest is ignored"));
            return false;
        }
        match canon::canonical(loc) {
            Ok(_) => {
                let lastmod = lastmod.map(|text| text.chars().take(40).collect());
                self.entries.push(SitemapEntry { loc: loc.into(), lastmod });
            }
            Err(source) => {
                let loc: String = loc.chars().filter(|c| !c.is_control()).take(80).collect();
                self.warn(format!("skipped `{loc}`: {source}"));
            }
        }
        true
    }

    fn warn(&mut self, warning: String) {
        if self.warnings.len() < MAX_WARNINGS {
            self.warnings.push(warning);
        }
    }
}

#[cfg(test)]
mod tests;
