//! Labels beside values in plain elements: `<span class=label>Weight</span><span>1.4 kg</span>`, and rows of such.

use html5ever::{LocalName, local_name};

use super::{RawPair, is_label};
use crate::{
    dom::Element,
    lines::Range,
    words::{has_word, words},
};

const LABELS: &[&str] = &["label", "lbl", "key", "term"];
const VALUES: &[&str] = &["value", "val", "data"];
/// With one of these beside, a `name` or `title` is a label's.
const SPECS: &[&str] = &[
    "spec",
    "specs",
    "specification",
    "attr",
    "attribute",
    "attributes",
    "property",
    "param",
    "parameter",
    "feature",
    "field",
    "detail",
    "characteristic",
    "char",
];
const NAMES: &[&str] = &["name", "title", "head", "heading"];

const MAX_BESIDE_POINTS: u32 = 300;

/// Rows of two that an element must hold for them to be pairs with nothing else to say so.
const MIN_ROWS: usize = 2;

/// What the markup says an element is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
enum Hint {
    #[default]
    None,
    Label,
    Value,
}

/// What an element with text leaves to the one around it.
#[derive(Debug)]
pub(crate) struct Closed {
    hint: Hint,
    /// Two texts side by side that may be a pair.
    row: Option<RawPair>,
}

/// The children of an open element, as far as pairs ask.
#[derive(Debug, Default)]
pub(crate) struct Labels {
    hint: Hint,
    own_text: bool,
    children: usize,
    first: Option<(Range, Hint)>,
    last: Option<(Range, Hint)>,
    rows: Vec<RawPair>,
}

impl Labels {
    pub(crate) fn of(element: &Element, name: &LocalName) -> Self {
        Self { hint: hint_of(element, name), ..Self::default() }
    }

    /// Text of the element itself.
    pub(crate) fn own_text(&mut self, range: Range, text: &str, pairs: &mut Vec<RawPair>) {
        self.own_text = true;
        if let Some((label, Hint::Label)) = self.last.take()
            && starts_line(label, text)
            && is_label(label, text)
            && range.points() <= MAX_BESIDE_POINTS
            && !text[label.end.byte as usize..range.start.byte as usize].contains('\n')
        {
            pairs.push(RawPair { label, value: range });
        }
    }

    /// An element with text in it has ended.
    pub(crate) fn child(&mut self, range: Range, closed: Closed, text: &str, pairs: &mut Vec<RawPair>) {
        if let Some((label, Hint::Label)) = self.last
            && closed.hint != Hint::Label
            && is_label(label, text)
            && range.points() <= MAX_BESIDE_POINTS
        {
            pairs.push(RawPair { label, value: range });
        }
        self.children += 1;
        self.first = self.first.or(Some((range, closed.hint)));
        self.last = Some((range, closed.hint));
        self.rows.extend(closed.row);
    }

    /// The element has ended.
    pub(crate) fn close(self, text: &str, pairs: &mut Vec<RawPair>) -> Closed {
        if self.rows.len() >= MIN_ROWS && self.rows.len() * 2 >= self.children {
            pairs.extend(&self.rows);
        }
        let row = match (self.first, self.last) {
            (Some((label, _)), Some((value, hint)))
                if self.children == 2
                    && !self.own_text
                    && is_label(label, text)
                    && value.points() <= MAX_BESIDE_POINTS =>
            {
                let row = RawPair { label, value };
                if hint == Hint::Value {
                    pairs.push(row);
                }
                Some(row)
            }
            _ => None,
        };
        // what only wraps a label is one
        let inner = self.first.filter(|_| self.children == 1 && !self.own_text).map(|(_, hint)| hint);
        let hint = if self.hint == Hint::None { inner.unwrap_or_default() } else { self.hint };
        Closed { hint, row }
    }
}

fn hint_of(element: &Element, name: &LocalName) -> Hint {
    match *name {
        local_name!("label") | local_name!("strong") | local_name!("b") => return Hint::Label,
        local_name!("span")
        | local_name!("div")
        | local_name!("p")
        | local_name!("em")
        | local_name!("i")
        | local_name!("h3")
        | local_name!("h4")
        | local_name!("h5")
        | local_name!("h6")
        | local_name!("li") => {}
        _ => return Hint::None,
    }
    let Some(class) = element.attr(&local_name!("class")) else { return Hint::None };
    if has_word(class, VALUES) {
        Hint::Value
    } else if has_word(class, LABELS) || (has_word(class, NAMES) && has_word(class, SPECS)) {
        // `label` also names small badges; those say so
        if words(class).any(|word| word.eq_ignore_ascii_case("badge")) { Hint::None } else { Hint::Label }
    } else {
        Hint::None
    }
}

fn starts_line(range: Range, text: &str) -> bool {
    let before = &text[..range.start.byte as usize];
    before.is_empty() || before.ends_with(['\n', '|']) || before.ends_with(" | ")
}
