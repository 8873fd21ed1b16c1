//! Building the pack: one parse, one look over the tree, one walk through it.

use gleaner_contract::{
    EvidencePack, Layer, TextHash,
    pack::{PageType, Table},
};
use html5ever::local_name;
use url::Url;

use crate::{
    charset,
    content_hosts::ContentHosts,
    dom,
    dom::Dom,
    error::{PackError, PackLimits},
    language::{detected, language},
    lines::{Line, folded},
    links::{base_of, links, resolve},
    main_text,
    not_content::{self, NotContent},
    page_type::{Signs, page_type},
    pairs, plain,
    sniff::{self, Content},
    structured::structured,
    survey::Survey,
    table::RawTable,
    text_hash::text_hash,
    walk::walk,
};

/// Raised whenever the same bytes may give another pack.
pub const EXTRACTOR_VERSION: &str = "2";

/// What pages may call us in a `<meta>` for robots.
const OWN_NAME: &str = "gleaner";

const MAX_TITLE: usize = 2000;

/// A page, as it was judged.
#[derive(Debug, Clone, PartialEq)]
pub enum Judged {
    Content(EvidencePack),
    /// It is never evidence; the pack is for people who want to see what it says, if it says anything.
    NotContent(NotContent, EvidencePack),
}

impl Judged {
    /// All that the page says; the page's type tells whether it is content.
    pub fn into_pack(self) -> EvidencePack {
        match self {
            Self::Content(pack) | Self::NotContent(_, pack) => pack,
        }
    }
}

/// All that a page says. The same bytes, type, address and limits give the same pack.
///
/// `url` is where the page came from, after redirects: links are read against it.
pub fn build_pack(
    bytes: &[u8],
    content_type: Option<&str>,
    url: &Url,
    limits: &PackLimits,
) -> Result<EvidencePack, PackError> {
    judge_page(bytes, content_type, url, limits, &ContentHosts::default()).map(Judged::into_pack)
}

/// The same, and whether it is content. Pages of `trusted` hosts always are.
pub fn judge_page(
    bytes: &[u8],
    content_type: Option<&str>,
    url: &Url,
    limits: &PackLimits,
    trusted: &ContentHosts,
) -> Result<Judged, PackError> {
    if bytes.trim_ascii().is_empty() {
        return Err(PackError::Empty);
    }
    let content = sniff::content(bytes, content_type)?;
    let decoded = charset::decode(bytes, content_type);
    let text = &decoded.text[..decoded.text.floor_char_boundary(limits.text_bytes)];
    let cut = text.len() < decoded.text.len();
    let (mut pack, not_content) = match content {
        Content::Html => from_html(text, url, limits),
        Content::Plain => (from_plain(text, limits), None),
    };
    pack.truncated |= cut;
    pack.text_hash = text_hash(&pack);
    // challenges may be all script, and say nothing
    if let Some(found) = not_content.filter(|_| !trusted.cover(url)) {
        pack.page_type = PageType::NotContent;
        return Ok(Judged::NotContent(found, pack));
    }
    if pack.visible.is_empty() && pack.structured.is_empty() {
        return Err(if pack.truncated { PackError::Unparsable } else { PackError::Empty });
    }
    Ok(Judged::Content(pack))
}

/// The text that offsets of this layer count in; `block` names the structured block.
pub fn layer_text(pack: &EvidencePack, layer: Layer, block: Option<u32>) -> Option<&str> {
    match (layer, block) {
        (Layer::Visible, None) => Some(&pack.visible),
        (Layer::Structured, Some(block)) => {
            pack.structured.iter().find(|known| known.block == block).map(|block| block.text.as_str())
        }
        _ => None,
    }
}

fn from_html(text: &str, url: &Url, limits: &PackLimits) -> (EvidencePack, Option<NotContent>) {
    let dom = dom::parse(text, limits);
    let survey = Survey::of(&dom);
    let mut walked = walk(&dom, &survey, limits);
    let (structured, structured_cut) = structured(&dom, &survey, limits);
    main_text::mark(&mut walked.lines);

    let attr = |node, name| dom.element(node).and_then(|element| element.attr(&name));
    let base = base_of(url, survey.base.and_then(|base| attr(base, local_name!("href"))));
    let title =
        survey.title.map(|title| folded(&dom.text_below(title, MAX_TITLE))).filter(|title| !title.is_empty());
    let canonical = survey
        .canonical
        .and_then(|link| attr(link, local_name!("href")))
        .and_then(|href| resolve(&base, href))
        .filter(|href| href.starts_with("http"));

    let (tables, column_pairs, tables_cut) = tables(&walked.tables, &walked.text, limits);
    walked.pairs.extend(column_pairs);
    pairs::line_pairs(&walked.text, &walked.lines, &mut walked.pairs, limits.pairs);

    let links = links(&walked.links, &walked.text, &base);
    let page_type = page_type(&Signs { url, structured: &structured });
    let not_content = not_content::judge(not_content::Signs {
        url,
        title: title.as_deref(),
        page_type,
        text: &walked.text,
        lines: &walked.lines,
        links: &links,
        dom: &dom,
    });
    let pack = EvidencePack {
        extractor: EXTRACTOR_VERSION.to_owned(),
        text_hash: TextHash::of(&[]),
        language: language(&dom, &survey, &walked.text),
        title,
        page_type,
        canonical,
        nofollow: is_nofollow(&dom, &survey),
        pairs: pairs::finish(&walked.text, &walked.pairs),
        links,
        blocks: blocks(walked.lines),
        visible: walked.text,
        tables,
        structured,
        truncated: dom.truncated || walked.truncated || structured_cut || tables_cut,
    };
    (pack, not_content)
}

fn from_plain(text: &str, limits: &PackLimits) -> EvidencePack {
    let (visible, mut lines, truncated) = plain::read(text, limits.visible);
    let mut raw = Vec::new();
    pairs::line_pairs(&visible, &lines, &mut raw, limits.pairs);
    main_text::mark(&mut lines);
    EvidencePack {
        extractor: EXTRACTOR_VERSION.to_owned(),
        text_hash: TextHash::of(&[]),
        title: None,
        language: detected(&visible),
        page_type: PageType::Other,
        canonical: None,
        nofollow: false,
        pairs: pairs::finish(&visible, &raw),
        blocks: blocks(lines),
        visible,
        tables: Vec::new(),
        structured: Vec::new(),
        links: Vec::new(),
        truncated,
    }
}

fn blocks(lines: Vec<Line>) -> Vec<gleaner_contract::pack::Block> {
    lines.into_iter().map(|line| line.block).collect()
}

/// The grids, the pairs of their columns, and whether some did not fit.
fn tables(raw: &[RawTable], text: &str, limits: &PackLimits) -> (Vec<Table>, Vec<pairs::RawPair>, bool) {
    let mut budget = limits.cells;
    let mut tables = Vec::new();
    let mut pairs = Vec::new();
    for table in raw {
        let Some(grid) = table.grid(text, &mut budget) else { return (tables, pairs, true) };
        tables.push(grid);
        pairs.extend(table.column_pairs());
    }
    (tables, pairs, false)
}

/// The strictest of all that is said to everybody and to us holds.
fn is_nofollow(dom: &Dom, survey: &Survey) -> bool {
    survey.metas.iter().filter_map(|meta| dom.element(*meta)).any(|meta| {
        let is = |name, known: &str| {
            meta.attr(&name).is_some_and(|value| value.trim_ascii().eq_ignore_ascii_case(known))
        };
        ["robots", OWN_NAME].iter().any(|known| is(local_name!("name"), known))
            && meta
                .attr(&local_name!("content"))
                .unwrap_or("")
                .split(',')
                .any(|word| ["nofollow", "none"].iter().any(|no| word.trim_ascii().eq_ignore_ascii_case(no)))
    })
}

#[cfg(test)]
mod tests;
