//! A pack made ready for look-ups: every text with its offsets, every structured block as a tree.

use gleaner_contract::{
    EvidencePack, Layer, Page, Subject,
    pack::{Block, Region, Span},
};
use gleaner_evidence::{Hints, quote::Haystack};
use url::Url;

use crate::tree::{self, Node};

/// Recognisers read at most this much of a page's visible text, in bytes.
const MAX_SCANNED: usize = 600_000;

#[derive(Debug)]
pub(crate) struct Doc<'p> {
    pub(crate) pack: &'p EvidencePack,
    pub(crate) page: &'p Page,
    pub(crate) url: Option<Url>,
    pub(crate) hints: Hints,
    /// One tree for each structured block.
    pub(crate) trees: Vec<Node>,
    visible: Haystack<'p>,
    structured: Vec<Haystack<'p>>,
}

impl<'p> Doc<'p> {
    pub(crate) fn new(pack: &'p EvidencePack, page: &'p Page, subject: &Subject) -> Self {
        let url = Url::parse(&page.final_url).or_else(|_| Url::parse(&page.url)).ok();
        let hints = hints(pack, url.clone(), subject);
        Self {
            pack,
            page,
            url,
            hints,
            trees: pack.structured.iter().map(tree::of).collect(),
            visible: Haystack::new(&pack.visible),
            structured: pack.structured.iter().map(|block| Haystack::new(&block.text)).collect(),
        }
    }

    /// The visible text of a span; empty when it is none of the text's.
    pub(crate) fn text(&self, span: Span) -> &'p str {
        self.visible.code_points().slice(span.start as usize..span.end as usize).unwrap_or_default()
    }

    /// The start of the visible text, as far as recognisers read it.
    pub(crate) fn scanned(&self) -> &'p str {
        let text = &self.pack.visible;
        &text[..text.floor_char_boundary(MAX_SCANNED)]
    }

    /// The block at a code point of the visible text.
    pub(crate) fn block_at(&self, at: u32) -> Option<(usize, &'p Block)> {
        let index = self.pack.blocks.partition_point(|block| block.span.start <= at).checked_sub(1)?;
        Some((index, &self.pack.blocks[index]))
    }

    pub(crate) fn region_at(&self, at: u32) -> Region {
        self.block_at(at).map_or(Region::Body, |(_, block)| block.region)
    }

    /// The text that a layer's offsets count in; `block` indexes [`EvidencePack::structured`].
    pub(crate) fn haystack(&self, layer: Layer, block: Option<usize>) -> Option<&Haystack<'p>> {
        match (layer, block) {
            (Layer::Visible, None) => Some(&self.visible),
            (Layer::Structured, Some(block)) => self.structured.get(block),
            _ => None,
        }
    }

    /// The host without `www.`.
    pub(crate) fn host(&self) -> Option<&str> {
        let host = self.url.as_ref()?.host_str()?;
        Some(host.strip_prefix("www.").unwrap_or(host))
    }
}

/// What settles ambiguous writings of this page: what the target says, then the country of its address or language.
pub(crate) fn hints(pack: &EvidencePack, url: Option<Url>, subject: &Subject) -> Hints {
    let by_host = || {
        let host = url.as_ref()?.host_str()?;
        let (_, last) = host.rsplit_once('.')?;
        // Country codes that the world registers under say nothing of a country.
        let open = ["io", "co", "me", "tv", "ai", "cc", "ws", "fm", "ly", "to", "gg", "sh", "im", "app"];
        if open.contains(&last) {
            return None;
        }
        if last == "uk" { "GB".parse().ok() } else { last.parse().ok().filter(|_| last.len() == 2) }
    };
    let by_language = || {
        let (_, region) = pack.language.as_deref()?.split_once(['-', '_'])?;
        region.parse().ok()
    };
    let hints = Hints {
        country: subject.country.or_else(by_host).or_else(by_language),
        currency: subject.currency,
        base: url,
        ..Hints::none()
    };
    let of_language = || {
        pack.language.as_deref()?.split(['-', '_']).next().and_then(gleaner_evidence::hints::mark_of_language)
    };
    match hints.decimal_mark().or_else(of_language) {
        Some(mark) => hints.with_decimal(mark),
        None => hints,
    }
}
