//! Reads the tree once, in document order: writes the visible text and notes cells, links and pairs on the way.

mod element;

use gleaner_contract::pack::{BlockKind, Region};
use html5ever::{LocalName, local_name};

use crate::{
    dom::{DOCUMENT, Data, Dom, Element, NONE, NodeId},
    error::PackLimits,
    lines::{Line, Pos, Range, Style, Writer},
    links::RawLink,
    pairs::{Labels, RawPair},
    region::region_of,
    survey::{Survey, is_silent},
    table::{Grids, RawCell, RawTable},
};

use element::{is_block, is_hidden, row_style, style_of};

/// What the walk brings home.
#[derive(Debug)]
pub(crate) struct Walked {
    pub(crate) text: String,
    pub(crate) lines: Vec<Line>,
    pub(crate) tables: Vec<RawTable>,
    pub(crate) links: Vec<RawLink>,
    pub(crate) pairs: Vec<RawPair>,
    pub(crate) truncated: bool,
}

/// What an open element is to the walk, beside a place for text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Role {
    Plain,
    /// Its place among the links, if there was room.
    Link(Option<usize>),
    Table,
    Caption,
    Row,
    Cell {
        header: bool,
        rows: u16,
        columns: u16,
    },
    Term,
    Definition,
}

/// An open element.
#[derive(Debug)]
struct Frame {
    node: NodeId,
    style: Style,
    role: Role,
    block: bool,
    /// Its first visible character, once there is one.
    start: Option<Pos>,
    labels: Labels,
}

#[derive(Debug)]
struct Walk<'a> {
    dom: &'a Dom,
    survey: &'a Survey,
    limits: &'a PackLimits,
    writer: Writer,
    frames: Vec<Frame>,
    /// Frames from here on hold no visible character yet.
    unstarted: usize,
    grids: Grids,
    links: Vec<RawLink>,
    pairs: Vec<RawPair>,
    /// Where an element ended that does not break the line.
    closed: Option<Pos>,
    /// The last `dt` not yet answered by a `dd`.
    term: Option<Range>,
    truncated: bool,
}

pub(crate) fn walk(dom: &Dom, survey: &Survey, limits: &PackLimits) -> Walked {
    let mut walk = Walk {
        dom,
        survey,
        limits,
        writer: Writer::new(survey.all_text() as usize, limits.visible),
        frames: Vec::new(),
        unstarted: 0,
        grids: Grids::default(),
        links: Vec::new(),
        pairs: Vec::new(),
        closed: None,
        term: None,
        truncated: false,
    };
    walk.run();
    walk.writer.break_line();
    Walked {
        text: walk.writer.text,
        lines: walk.writer.lines,
        tables: walk.grids.finished,
        links: walk.links,
        pairs: walk.pairs,
        truncated: walk.truncated || walk.writer.truncated,
    }
}

impl Walk<'_> {
    fn run(&mut self) {
        let mut id = self.dom.node(DOCUMENT).first;
        while id != NONE {
            let node = self.dom.node(id);
            let entered = match &node.data {
                Data::Text(text) => {
                    self.text(text);
                    false
                }
                Data::Element(element) => self.enter(id, element),
                Data::Other => false,
            };
            if entered && node.first != NONE {
                id = node.first;
                continue;
            }
            loop {
                if self.frames.last().is_some_and(|frame| frame.node == id) {
                    self.leave();
                }
                let node = self.dom.node(id);
                if node.next != NONE {
                    id = node.next;
                    break;
                }
                id = node.parent;
                if id == NONE {
                    return;
                }
            }
        }
    }

    fn text(&mut self, text: &str) {
        let style = self.style();
        if self.stands_apart(text) {
            self.writer.space();
        }
        let Some(first) = self.writer.write(text, &style) else { return };
        for frame in &mut self.frames[self.unstarted..] {
            frame.start = Some(first);
        }
        self.unstarted = self.frames.len();
        if let Some(frame) = self.frames.last_mut() {
            let range = Range { start: first, end: self.writer.end() };
            frame.labels.own_text(range, &self.writer.text, &mut self.pairs);
        }
    }

    /// Whether `text` opens an element right behind another, as `<i>35 cm</i><i>Height</i>` does: styles set those
    /// apart, though the markup does not. What may be one word stays one.
    fn stands_apart(&self, text: &str) -> bool {
        let opens = self.frames.last().is_some_and(|frame| frame.start.is_none());
        opens
            && self.closed == Some(self.writer.end())
            && text.starts_with(char::is_uppercase)
            && self
                .writer
                .text
                .ends_with(|c: char| c.is_lowercase() || c.is_numeric() || matches!(c, ')' | '.'))
    }

    fn style(&self) -> Style {
        self.frames.last().map_or(
            Style {
                kind: BlockKind::Other,
                level: 0,
                region: Region::Body,
                preformatted: false,
                link: false,
                form: false,
                row: false,
            },
            |frame| frame.style,
        )
    }

    /// Opens an element; `false` when nothing below it is read.
    fn enter(&mut self, id: NodeId, element: &Element) -> bool {
        let name = element.name();
        match name {
            local_name!("br") => {
                self.boundary();
                return false;
            }
            local_name!("hr") => {
                self.boundary();
                return false;
            }
            local_name!("input") => {
                self.button(element);
                return false;
            }
            local_name!("area") => {
                self.link(element);
                return false;
            }
            local_name!("head") => return false,
            _ if is_silent(&name) || is_hidden(element) => return false,
            _ => {}
        }
        let outer = self.style();
        let mut style = style_of(element, &name, outer);
        if let Some(region) =
            region_of(element, &name, outer.region, self.survey.text_of(id), self.survey.all_text())
        {
            style.region = region;
        }
        let role = self.role(id, element, &name, &mut style);
        let block = is_block(&name) && !matches!(role, Role::Cell { .. } if style.row);
        if block {
            self.boundary_for(outer.row && style.row);
        }
        let labels = Labels::of(element, &name);
        self.frames.push(Frame { node: id, style, role, block, start: None, labels });
        true
    }

    fn role(&mut self, id: NodeId, element: &Element, name: &LocalName, style: &mut Style) -> Role {
        match *name {
            local_name!("a") if element.has(&local_name!("href")) => {
                // side by side, links are set apart on the screen
                if self
                    .links
                    .last()
                    .and_then(|last| last.range)
                    .is_some_and(|last| last.end == self.writer.end())
                {
                    self.writer.space();
                }
                Role::Link(self.link(element))
            }
            local_name!("table") => {
                self.grids.open();
                Role::Table
            }
            local_name!("caption") => Role::Caption,
            local_name!("tr") => {
                if !self.survey.is_layout_row(id) {
                    row_style(style);
                }
                self.grids.row();
                Role::Row
            }
            local_name!("td") | local_name!("th") => {
                if style.row {
                    self.writer.cell();
                }
                let span = |name| -> u16 {
                    element.attr(&name).and_then(|n| n.trim_ascii().parse().ok()).unwrap_or(1).clamp(1, 1000)
                };
                Role::Cell {
                    header: *name == local_name!("th"),
                    rows: span(local_name!("rowspan")),
                    columns: span(local_name!("colspan")),
                }
            }
            local_name!("dl") => {
                self.term = None;
                Role::Plain
            }
            local_name!("dt") => Role::Term,
            local_name!("dd") => Role::Definition,
            _ => Role::Plain,
        }
    }

    fn leave(&mut self) {
        let Some(frame) = self.frames.pop() else { return };
        self.unstarted = self.unstarted.min(self.frames.len());
        let range = frame.start.map(|start| Range { start, end: self.writer.end() });
        match frame.role {
            Role::Plain => {}
            Role::Link(link) => self.close_link(link, range),
            Role::Table => self.grids.close(),
            Role::Caption => self.grids.caption(range),
            Role::Row => {
                let pairs = self.grids.close_row();
                self.pairs.extend(pairs);
            }
            Role::Cell { header, rows, columns } => {
                let range = range.unwrap_or_else(|| {
                    let end = self.writer.end();
                    Range { start: end, end }
                });
                self.grids.cell(RawCell { range, header, rows, columns });
            }
            Role::Term => self.term = range,
            Role::Definition => {
                if let (Some(label), Some(value)) = (self.term, range) {
                    self.pairs.push(RawPair { label, value });
                }
            }
        }
        if frame.block {
            let outer = self.style();
            self.boundary_for(outer.row && frame.style.row);
        }
        if let Some(range) = range {
            self.closed = (!frame.block).then_some(range.end);
            let (text, pairs) = (&self.writer.text, &mut self.pairs);
            let inside_row = matches!(frame.role, Role::Row | Role::Cell { .. });
            let closed = frame.labels.close(text, pairs);
            if let Some(outer) = self.frames.last_mut().filter(|_| !inside_row) {
                outer.labels.child(range, closed, text, pairs);
            }
        }
        if self.pairs.len() > self.limits.pairs {
            self.pairs.truncate(self.limits.pairs);
            self.truncated = true;
        }
    }

    fn boundary(&mut self) {
        let row = self.style().row;
        self.boundary_for(row);
    }

    fn boundary_for(&mut self, in_row: bool) {
        if in_row {
            self.writer.space();
        } else {
            self.writer.break_line();
        }
    }

    /// A button's face is text that a reader sees.
    fn button(&mut self, element: &Element) {
        let kind = element.attr(&local_name!("type")).unwrap_or("");
        let is_button = ["submit", "button", "reset"].iter().any(|button| kind.eq_ignore_ascii_case(button));
        if let Some(value) = element.attr(&local_name!("value")).filter(|_| is_button && !is_hidden(element))
        {
            self.boundary();
            self.text(value);
            self.boundary();
        }
    }

    fn link(&mut self, element: &Element) -> Option<usize> {
        if self.links.len() >= self.limits.links {
            self.truncated = true;
            return None;
        }
        self.links.push(RawLink::new(element, self.style().region));
        Some(self.links.len() - 1)
    }

    fn close_link(&mut self, link: Option<usize>, range: Option<Range>) {
        if let Some(link) = link {
            self.links[link].range = range;
        }
    }
}
