//! What of a page tells whether it is content: its title and headings, how much it says beside them, and what its markup
//! loads and is called.

use std::cell::OnceCell;

use gleaner_contract::pack::{BlockKind, Link, PageType, Region};
use url::Url;

use super::{
    marks::Marks,
    phrases::{lower, pieces},
};
use crate::{dom::Dom, lines::Line};

/// Pages that say more than this, in code points, are content, whatever they say. Menus and footers count.
pub(super) const MAX_POINTS: u32 = 12_000;
/// From here on a line is a sentence, not a label.
const SENTENCE: u32 = 40;
/// The share of a line, in percent, above which it is a link.
const MAX_LINKED: u32 = 50;
/// Headings that are looked at.
const MAX_HEADINGS: usize = 3;
/// Lines that stand for headings where a page has no title either.
const FIRST_LINES: usize = 3;
/// What main headings say beside what a page is.
const EXCLAMATIONS: &[&str] = &[
    "oops", "ooops", "whoops", "oh no", "ups", "uups", "upps", "hoppla", "sorry", "error", "fehler", "erreur",
];

/// What is known of a page before it is judged.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Signs<'a> {
    pub(crate) url: &'a Url,
    pub(crate) title: Option<&'a str>,
    pub(crate) page_type: PageType,
    pub(crate) text: &'a str,
    pub(crate) lines: &'a [Line],
    pub(crate) links: &'a [Link],
    pub(crate) dom: &'a Dom,
}

/// A page, looked at.
#[derive(Debug)]
pub(super) struct Look<'a> {
    pub(super) signs: Signs<'a>,
    pub(super) title: Vec<String>,
    /// Pieces of the first headings where content stands, or of the first lines.
    pub(super) headings: Vec<String>,
    /// Pieces of each of the main ones.
    mains: Vec<Vec<String>>,
    /// Code points of all visible text, and of its sentences outside of menus and footers.
    pub(super) points: u32,
    pub(super) prose: u32,
    /// Code points of all text where content stands, links aside: of sentences, labels and values.
    pub(super) body: u32,
    marks: OnceCell<Marks>,
}

impl<'a> Look<'a> {
    /// `None` for a page that says too much to be anything but content.
    pub(super) fn at(signs: Signs<'a>) -> Option<Self> {
        let points = signs.lines.last().map_or(0, |line| line.block.span.end);
        if points > MAX_POINTS {
            return None;
        }
        let title = signs.title.map(pieces).unwrap_or_default();
        let of_line = |line: &Line| pieces(line.range.of(signs.text));
        let headings =
            || signs.lines.iter().filter(|line| line.block.kind == BlockKind::Heading && is_body(line));
        let mut first: Vec<&Line> = headings().take(MAX_HEADINGS).collect();
        if first.is_empty() && title.is_empty() {
            first = signs.lines.iter().take(FIRST_LINES).collect();
        }
        let mains = headings().filter(|line| line.block.level == 1).take(MAX_HEADINGS);
        let body = || signs.lines.iter().filter(|line| is_body(line) && !is_link(line));
        let sum = |points: u32, line: &Line| points + line.range.points();
        Some(Self {
            title,
            headings: first.into_iter().flat_map(of_line).collect(),
            mains: mains.map(of_line).collect(),
            points,
            prose: body().filter(|line| line.range.points() >= SENTENCE).fold(0, sum),
            body: body().fold(0, sum),
            marks: OnceCell::new(),
            signs,
        })
    }

    /// The marks in its markup, which are looked for once somebody asks: most pages say too much for that.
    pub(super) fn marks(&self) -> &Marks {
        self.marks.get_or_init(|| Marks::of(self.signs.dom))
    }

    /// Whether it says nothing, and loads nothing that could.
    pub(super) fn is_bare(&self) -> bool {
        self.points == 0 && self.signs.links.is_empty() && self.marks().loads == 0
    }

    /// What headings say by these phrases, unless a main heading says something else: what stands in the headings beside it
    /// may be a message that is hidden until it is needed.
    pub(super) fn headed(&self, said: impl Fn(&[String]) -> Option<&'static str>) -> Option<&'static str> {
        let host = self.host();
        let is_other = |main: &Vec<String>| {
            said(main).is_none()
                && !main
                    .iter()
                    .all(|piece| piece == host || is_number(piece) || EXCLAMATIONS.contains(&piece.as_str()))
        };
        said(&self.headings).filter(|_| !self.mains.iter().any(is_other))
    }

    /// Each line with its text in lower case.
    pub(super) fn lines(&self) -> impl Iterator<Item = (&'a Line, String)> {
        let Signs { lines, text, .. } = self.signs;
        lines.iter().map(move |line| (line, lower(line.range.of(text))))
    }

    pub(super) fn text(&self) -> String {
        lower(self.signs.text)
    }

    pub(super) fn host(&self) -> &'a str {
        self.signs.url.host_str().unwrap_or_default()
    }

    /// Whether it says how to reach somebody.
    pub(super) fn has_contact(&self) -> bool {
        self.signs.links.iter().any(|link| link.href.starts_with("tel:") || link.href.starts_with("mailto:"))
    }

    /// Whether a part of the path is one of these.
    pub(super) fn path_has(&self, parts: &[&str]) -> bool {
        self.signs
            .url
            .path()
            .split('/')
            .any(|part| parts.iter().any(|known| part.eq_ignore_ascii_case(known)))
    }
}

pub(super) fn is_number(piece: &str) -> bool {
    piece.bytes().all(|byte| byte.is_ascii_digit())
}

/// Whether a line stands where content stands.
pub(super) fn is_body(line: &Line) -> bool {
    matches!(line.block.region, Region::Body | Region::Main | Region::Aside)
}

pub(super) fn is_link(line: &Line) -> bool {
    line.link_points * 100 > line.range.points() * MAX_LINKED
}
