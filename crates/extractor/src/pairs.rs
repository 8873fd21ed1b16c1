//! Pairs: a label beside its value, wherever a page puts them side by side.
//!
//! Rows and definition lists are noted by the walk; sibling elements by [`Labels`]; `label: value` lines here, once the
//! text is whole. Too many pairs do no harm: who reads them looks for labels that it knows.

mod labels;

use gleaner_contract::pack::{BlockKind, Pair};

use crate::lines::{Line, Range};

pub(crate) use labels::Labels;

const MAX_LABEL_POINTS: u32 = 60;
const MAX_LABEL_WORDS: usize = 7;
const MAX_VALUE_POINTS: u32 = 2000;
/// Longer lines are not looked through for colons.
const MAX_LINE_POINTS: u32 = 3000;
const MAX_LINE_PAIRS: usize = 32;

/// A label and its value, not trimmed yet.
#[derive(Debug, Clone, Copy)]
pub(crate) struct RawPair {
    pub(crate) label: Range,
    pub(crate) value: Range,
}

/// Whether a text may be the label of something.
fn is_label(range: Range, text: &str) -> bool {
    let points = range.points();
    let own = range.of(text);
    points > 0
        && points <= MAX_LABEL_POINTS
        && !own.contains('\n')
        && own.chars().any(char::is_alphabetic)
        && own.split(' ').count() <= MAX_LABEL_WORDS
}

/// The pairs that lines show by a colon: in themselves, or by what follows.
pub(crate) fn line_pairs(text: &str, lines: &[Line], pairs: &mut Vec<RawPair>, max: usize) {
    for (index, line) in lines.iter().enumerate() {
        if pairs.len() >= max {
            return;
        }
        let own = line.range.of(text);
        let mut rest = line.range;
        for segment in own.split(" | ") {
            let (range, after) = rest.split(text, segment.len());
            rest = after.split(text, after.of(text).len().min(" | ".len())).1;
            if range.points() <= MAX_LINE_POINTS {
                colon_pairs(text, range, pairs);
            }
        }
        if let Some(next) = lines.get(index + 1).filter(|_| own.ends_with([':', '：']))
            && line.block.kind != BlockKind::TableRow
            && next.block.region == line.block.region
            && is_label(line.range, text)
        {
            pairs.push(RawPair { label: line.range, value: next.range });
        }
    }
}

/// `Tel: 123`, and `Tel: 123 Fax: 456` as two.
fn colon_pairs(text: &str, range: Range, pairs: &mut Vec<RawPair>) {
    let own = range.of(text);
    let mut label_from = 0;
    let mut open: Option<(usize, usize, usize)> = None;
    let most = pairs.len() + MAX_LINE_PAIRS;
    for (colon, mark) in own.match_indices([':', '：']) {
        if pairs.len() >= most {
            return;
        }
        let after = colon + mark.len();
        if !is_colon_of_label(own, colon, after) {
            continue;
        }
        if let Some((from, to, value_from)) = open {
            // the next label is the last word before the colon, or what follows a separator
            let value = &own[value_from..colon];
            let cut = value
                .rfind([',', ';', '•', '·', '|', '–', '/'])
                .map(|at| at + value[at..].chars().next().map_or(1, char::len_utf8));
            let cut = cut.or_else(|| value.trim_end().rfind(' ')).unwrap_or(0);
            if cut == 0 {
                continue;
            }
            push(text, range, (from, to), (value_from, value_from + cut), pairs);
            label_from = value_from + cut;
        }
        open = Some((label_from, colon, after));
    }
    if let Some((from, to, value_from)) = open {
        push(text, range, (from, to), (value_from, own.len()), pairs);
    }
}

/// Not the colon of a time, an address or an emoticon.
fn is_colon_of_label(text: &str, colon: usize, after: usize) -> bool {
    let before = text[..colon].trim_end().chars().next_back();
    let mut next = text[after..].chars();
    let (next, follows) = (next.next(), next.next());
    let between_digits =
        before.is_some_and(|c| c.is_ascii_digit()) && next.is_some_and(|c| c.is_ascii_digit());
    before.is_some_and(|c| c.is_alphanumeric() || matches!(c, ')' | '.' | '#' | '*' | '?' | '№' | '"' | '\''))
        && !between_digits
        && !(next == Some('/') && follows == Some('/'))
}

fn push(text: &str, line: Range, label: (usize, usize), value: (usize, usize), pairs: &mut Vec<RawPair>) {
    let pair = RawPair { label: line.part(text, label.0, label.1), value: line.part(text, value.0, value.1) };
    if let Some(pair) = trimmed(pair, text).filter(|pair| is_label(pair.label, text)) {
        pairs.push(pair);
    }
}

/// Without the white space, colons and separators around both sides; `None` if a side is empty.
fn trimmed(pair: RawPair, text: &str) -> Option<RawPair> {
    let edge = |c: char| c.is_whitespace() || matches!(c, ':' | '：' | '|' | ',' | ';' | '•' | '·');
    let trim = |range: Range| {
        let own = range.of(text);
        let start = own.len() - own.trim_start_matches(edge).len();
        // what ends a value is a part of it, but for white space
        let end = own.trim_end_matches(edge).len();
        (end > start).then(|| range.part(text, start, end))
    };
    Some(RawPair { label: trim(pair.label)?, value: trim(pair.value)? })
}

/// The pairs of a page in order, each once.
pub(crate) fn finish(text: &str, raw: &[RawPair]) -> Vec<Pair> {
    let mut pairs: Vec<Pair> = raw
        .iter()
        // before anything walks through them
        .filter(|pair| {
            pair.label.points() <= 4 * MAX_LABEL_POINTS && pair.value.points() <= 2 * MAX_VALUE_POINTS
        })
        .filter_map(|pair| trimmed(*pair, text))
        .filter(|pair| pair.value.points() <= MAX_VALUE_POINTS && is_wide_label(pair.label, text))
        .map(|pair| Pair { label: pair.label.span(), value: pair.value.span() })
        .collect();
    pairs.sort_unstable_by_key(|pair| (pair.label, pair.value));
    pairs.dedup();
    pairs
}

/// Cells of tables may be longer labels than lines have.
fn is_wide_label(range: Range, text: &str) -> bool {
    range.points() <= 3 * MAX_LABEL_POINTS && range.of(text).chars().any(char::is_alphabetic)
}

#[cfg(test)]
mod tests;
