//! One look over the whole tree before it is read: where meta data stands, how much text each element holds, and which
//! table rows lay out a page instead of listing facts.

use html5ever::{LocalName, local_name};

use crate::dom::{DOCUMENT, Data, Dom, Element, NONE, NodeId};

/// What the first look found.
#[derive(Debug, Default)]
pub(crate) struct Survey {
    pub(crate) html: Option<NodeId>,
    pub(crate) title: Option<NodeId>,
    pub(crate) base: Option<NodeId>,
    pub(crate) canonical: Option<NodeId>,
    pub(crate) metas: Vec<NodeId>,
    pub(crate) json_ld: Vec<NodeId>,
    /// Top-level microdata items.
    pub(crate) items: Vec<NodeId>,
    /// Bytes of text below each node that a reader may see.
    text: Vec<u32>,
    /// Rows whose cells hold more than a line each.
    layout_rows: Vec<bool>,
}

/// What was met in a row so far.
#[derive(Debug, Default, Clone, Copy)]
struct RowCount {
    row: NodeId,
    breaks: u32,
    paragraphs: u32,
    blocks: bool,
    text: u32,
}

const LAYOUT_BREAKS: u32 = 3;
const LAYOUT_PARAGRAPHS: u32 = 3;
const LAYOUT_TEXT: u32 = 3000;

impl Survey {
    pub(crate) fn of(dom: &Dom) -> Self {
        let mut survey =
            Self { text: vec![0; dom.len()], layout_rows: vec![false; dom.len()], ..Self::default() };
        let mut rows: Vec<RowCount> = Vec::new();
        let mut items = 0_u32;
        let mut id = DOCUMENT;
        loop {
            let node = dom.node(id);
            let mut below = NONE;
            match &node.data {
                Data::Text(text) => {
                    let length = u32::try_from(text.trim_ascii().len()).unwrap_or(u32::MAX);
                    survey.text[id as usize] = length;
                    if let Some(row) = rows.last_mut() {
                        row.text = row.text.saturating_add(length);
                    }
                }
                Data::Element(element) => {
                    survey.note(id, element, items > 0);
                    items += u32::from(element.has(&local_name!("itemscope")));
                    note_row(id, element, &mut rows);
                    if !is_silent(&element.name()) {
                        below = node.first;
                    }
                }
                Data::Other => below = node.first,
            }
            if below != NONE {
                id = below;
                continue;
            }
            // up until there is a sibling
            loop {
                let node = dom.node(id);
                if let Data::Element(element) = &node.data {
                    items -= u32::from(element.has(&local_name!("itemscope")));
                    if rows.last().is_some_and(|row| row.row == id) {
                        survey.close_row(&mut rows);
                    }
                }
                if id == DOCUMENT {
                    return survey;
                }
                let text = survey.text[id as usize];
                let sum = &mut survey.text[node.parent as usize];
                *sum = sum.saturating_add(text);
                if node.next != NONE {
                    id = node.next;
                    break;
                }
                id = node.parent;
            }
        }
    }

    pub(crate) fn text_of(&self, id: NodeId) -> u32 {
        self.text[id as usize]
    }

    pub(crate) fn all_text(&self) -> u32 {
        self.text[DOCUMENT as usize]
    }

    pub(crate) fn is_layout_row(&self, id: NodeId) -> bool {
        self.layout_rows[id as usize]
    }

    fn note(&mut self, id: NodeId, element: &Element, in_item: bool) {
        match element.name() {
            local_name!("html") => self.html = self.html.or(Some(id)),
            local_name!("title") => self.title = self.title.or(Some(id)),
            local_name!("base") if element.has(&local_name!("href")) => self.base = self.base.or(Some(id)),
            local_name!("meta") => self.metas.push(id),
            local_name!("link") => {
                let rel = element.attr(&local_name!("rel")).unwrap_or("");
                if rel.split_ascii_whitespace().any(|word| word.eq_ignore_ascii_case("canonical")) {
                    self.canonical = self.canonical.or(Some(id));
                }
            }
            local_name!("script") => {
                let kind = element.attr(&local_name!("type")).unwrap_or("").trim_ascii();
                let kind = kind.split(';').next().unwrap_or("").trim_ascii();
                if kind.eq_ignore_ascii_case("application/ld+json") {
                    self.json_ld.push(id);
                }
            }
            _ => {}
        }
        if element.has(&local_name!("itemscope")) && (!in_item || !element.has(&local_name!("itemprop"))) {
            self.items.push(id);
        }
    }

    fn close_row(&mut self, rows: &mut Vec<RowCount>) {
        let Some(row) = rows.pop() else { return };
        self.layout_rows[row.row as usize] = row.blocks
            || row.breaks >= LAYOUT_BREAKS
            || row.paragraphs >= LAYOUT_PARAGRAPHS
            || row.text > LAYOUT_TEXT;
        if let Some(outer) = rows.last_mut() {
            outer.blocks = true;
            outer.text = outer.text.saturating_add(row.text);
        }
    }
}

fn note_row(id: NodeId, element: &Element, rows: &mut Vec<RowCount>) {
    let name = element.name();
    if name == local_name!("tr") {
        rows.push(RowCount { row: id, ..RowCount::default() });
        return;
    }
    let Some(row) = rows.last_mut() else { return };
    match name {
        // counted for each cell
        local_name!("td") | local_name!("th") => {
            row.blocks |= row.breaks >= LAYOUT_BREAKS || row.paragraphs >= LAYOUT_PARAGRAPHS;
            (row.breaks, row.paragraphs) = (0, 0);
        }
        local_name!("br") => row.breaks += 1,
        local_name!("p") => row.paragraphs += 1,
        local_name!("h1")
        | local_name!("h2")
        | local_name!("h3")
        | local_name!("h4")
        | local_name!("h5")
        | local_name!("h6")
        | local_name!("ul")
        | local_name!("ol")
        | local_name!("dl")
        | local_name!("pre")
        | local_name!("form")
        | local_name!("article")
        | local_name!("section") => row.blocks = true,
        _ => {}
    }
}

/// Elements whose content no reader sees as text.
pub(crate) fn is_silent(name: &LocalName) -> bool {
    matches!(
        *name,
        local_name!("script")
            | local_name!("style")
            | local_name!("noscript")
            | local_name!("template")
            | local_name!("svg")
            | local_name!("iframe")
            | local_name!("video")
            | local_name!("audio")
            | local_name!("canvas")
            | local_name!("noframes")
            | local_name!("noembed")
            | local_name!("datalist")
            | local_name!("title")
    )
}
