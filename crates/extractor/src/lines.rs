//! Writes the visible text: folds white space, drops what no reader sees, one line for each block.
//!
//! Every place is known twice: in bytes for slicing here, in code points for everyone else.

use gleaner_contract::pack::{Block, BlockKind, Region, Span};

/// A place in the visible text.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Pos {
    pub(crate) byte: u32,
    pub(crate) point: u32,
}

/// A range of the visible text.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Range {
    pub(crate) start: Pos,
    pub(crate) end: Pos,
}

impl Range {
    pub(crate) fn span(self) -> Span {
        Span::new(self.start.point, self.end.point)
    }

    pub(crate) fn of(self, text: &str) -> &str {
        &text[self.start.byte as usize..self.end.byte as usize]
    }

    pub(crate) fn points(self) -> u32 {
        self.end.point - self.start.point
    }

    /// The parts before and after byte `at` of its text, a character boundary.
    pub(crate) fn split(self, text: &str, at: usize) -> (Self, Self) {
        let middle = self.start.moved(&self.of(text)[..at]);
        (Self { start: self.start, end: middle }, Self { start: middle, end: self.end })
    }

    /// The part from byte `from` to byte `to` of its text, both on character boundaries.
    pub(crate) fn part(self, text: &str, from: usize, to: usize) -> Self {
        let own = self.of(text);
        let start = self.start.moved(&own[..from]);
        Self { start, end: start.moved(&own[from..to]) }
    }
}

impl Pos {
    fn moved(self, text: &str) -> Self {
        Self { byte: self.byte + text.len() as u32, point: self.point + text.chars().count() as u32 }
    }
}

/// What holds for text where it is written.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Style {
    pub(crate) kind: BlockKind,
    /// 1 to 6 inside a heading.
    pub(crate) level: u8,
    pub(crate) region: Region,
    pub(crate) preformatted: bool,
    pub(crate) link: bool,
    pub(crate) form: bool,
    /// Inside a cell of a one-line row: blocks do not break the line.
    pub(crate) row: bool,
}

/// A finished line.
#[derive(Debug)]
pub(crate) struct Line {
    pub(crate) block: Block,
    pub(crate) range: Range,
    /// Code points inside of links.
    pub(crate) link_points: u32,
    pub(crate) form: bool,
}

#[derive(Debug)]
pub(crate) struct Writer {
    pub(crate) text: String,
    pub(crate) lines: Vec<Line>,
    /// Behind the last visible character.
    end: Pos,
    /// The open line's start and style.
    line: Option<(Pos, Style)>,
    link_points: u32,
    space: bool,
    separator: bool,
    /// Heading blocks that the next block stands under, outermost first.
    headings: Vec<(u8, u32)>,
    max_points: u32,
    pub(crate) truncated: bool,
}

impl Writer {
    pub(crate) fn new(capacity: usize, max_points: u32) -> Self {
        Self {
            text: String::with_capacity(capacity),
            lines: Vec::new(),
            end: Pos::default(),
            line: None,
            link_points: 0,
            space: false,
            separator: false,
            headings: Vec::new(),
            max_points,
            truncated: false,
        }
    }

    /// Behind the last visible character.
    pub(crate) fn end(&self) -> Pos {
        self.end
    }

    /// Writes text. The place of its first visible character, if it has one.
    pub(crate) fn write(&mut self, text: &str, style: &Style) -> Option<Pos> {
        let mut first = None;
        let mut rest = text;
        while !rest.is_empty() {
            // runs of plain ASCII are copied whole
            let run = rest.bytes().position(|byte| !byte.is_ascii_graphic()).unwrap_or(rest.len());
            if run > 0 {
                if self.end.point >= self.max_points {
                    self.truncated = true;
                    return first;
                }
                let start = self.open(style);
                first = first.or(Some(start));
                let (head, tail) = rest.split_at(run);
                self.push(head, run as u32, style);
                rest = tail;
                continue;
            }
            let Some(c) = rest.chars().next() else { break };
            rest = &rest[c.len_utf8()..];
            match class(c) {
                Class::Space if style.preformatted && c == '\n' => self.break_line(),
                Class::Space => self.space = true,
                Class::Invisible => {}
                Class::Visible => {
                    if self.end.point >= self.max_points {
                        self.truncated = true;
                        return first;
                    }
                    let start = self.open(style);
                    first = first.or(Some(start));
                    self.push(c.encode_utf8(&mut [0; 4]), 1, style);
                }
            }
        }
        first
    }

    /// Separates what follows by a space, if it stands on the same line.
    pub(crate) fn space(&mut self) {
        self.space = true;
    }

    /// Separates what follows from the cell before, if it stands on the same line.
    pub(crate) fn cell(&mut self) {
        self.separator = true;
    }

    /// Ends the line, if anything stands on it.
    pub(crate) fn break_line(&mut self) {
        self.space = false;
        self.separator = false;
        let Some((start, style)) = self.line.take() else { return };
        let index = self.lines.len() as u32;
        if style.level > 0 {
            self.headings.retain(|(level, _)| *level < style.level);
        }
        let block = Block {
            kind: style.kind,
            span: Span::new(start.point, self.end.point),
            region: style.region,
            level: style.level,
            heading: self.headings.last().map(|(_, heading)| *heading),
            main: false,
        };
        if style.level > 0 {
            self.headings.push((style.level, index));
        }
        let range = Range { start, end: self.end };
        self.lines.push(Line { block, range, link_points: self.link_points, form: style.form });
        self.link_points = 0;
    }

    /// Makes room for a visible character; its place.
    fn open(&mut self, style: &Style) -> Pos {
        let (separator, space) = (std::mem::take(&mut self.separator), std::mem::take(&mut self.space));
        if self.line.is_some() {
            let between = if separator {
                " | "
            } else if space {
                " "
            } else {
                ""
            };
            self.text.push_str(between);
            self.end.byte += between.len() as u32;
            self.end.point += between.len() as u32;
        } else {
            if !self.text.is_empty() {
                self.text.push('\n');
                self.end.byte += 1;
                self.end.point += 1;
            }
            self.line = Some((self.end, *style));
        }
        self.end
    }

    fn push(&mut self, text: &str, points: u32, style: &Style) {
        self.text.push_str(text);
        self.end.byte += text.len() as u32;
        self.end.point += points;
        if style.link {
            self.link_points += points;
        }
    }
}

enum Class {
    Space,
    Invisible,
    Visible,
}

fn class(c: char) -> Class {
    match c {
        '\u{200b}'..='\u{200f}'
        | '\u{202a}'..='\u{202e}'
        | '\u{2060}'..='\u{2064}'
        | '\u{2066}'..='\u{206f}'
        | '\u{feff}'
        | '\u{ad}'
        | '\u{34f}'
        | '\u{61c}'
        | '\u{115f}'
        | '\u{1160}'
        | '\u{17b4}'
        | '\u{17b5}'
        | '\u{180b}'..='\u{180f}'
        | '\u{3164}'
        | '\u{fe00}'..='\u{fe0f}'
        | '\u{ffa0}'
        | '\u{fff9}'..='\u{fffb}'
        | '\u{e0000}'..='\u{e0fff}' => Class::Invisible,
        _ if c.is_whitespace() => Class::Space,
        _ if c.is_control() => Class::Invisible,
        _ => Class::Visible,
    }
}

/// Text with white space folded and invisible characters dropped, as the visible text has it.
pub(crate) fn folded(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut space = false;
    for c in text.chars() {
        match class(c) {
            Class::Space => space = true,
            Class::Invisible => {}
            Class::Visible => {
                if space && !out.is_empty() {
                    out.push(' ');
                }
                space = false;
                out.push(c);
            }
        }
    }
    out
}

#[cfg(test)]
mod tests;
