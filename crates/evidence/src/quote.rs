//! The quote verifier: finds a quote in the text it claims to stand in, and tells whether a value parses out of it.
//!
//! A quote is accepted verbatim, or with other case, white space, quotes, dashes or digit forms; never when it is merely
//! similar, and never when it cuts through a word or a number (`29,00 €` out of `129,00 €`). Whether the page is about
//! the right subject is for others to say.

mod availability;
mod supports;

use std::{ops::Range, sync::OnceLock};

pub use availability::Availability;
pub use supports::{Unsupported, ValueKind, supports, supports_field};

use crate::{
    number::raw_numbers,
    text::{CodePoints, Folded, decimal_digit},
};

/// Longer quotes are refused: what proves a value is short.
pub const MAX_QUOTE: usize = 8_000;

/// Places that are looked at before a quote counts as missing.
const MAX_PLACES: usize = 20_000;

/// Where a quote stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// Code points in the text.
    pub range: Range<usize>,
    /// Whether it stands there verbatim.
    pub exact: bool,
}

/// Why a quote does not hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadQuote {
    #[error("the quote is empty")]
    Empty,
    #[error("the quote is longer than {MAX_QUOTE} characters")]
    TooLong,
    #[error("the quote is not in the text")]
    Missing,
    #[error("the offsets are not in the text")]
    OutOfText,
    #[error("the text at the offsets is not the quote")]
    Differs,
    #[error("the quote cuts through a word or a number")]
    Cut,
}

/// A text in which quotes are looked up; what the look-ups share is prepared once.
#[derive(Debug)]
pub struct Haystack<'t> {
    index: CodePoints<'t>,
    folded: OnceLock<Folded>,
}

impl<'t> Haystack<'t> {
    pub fn new(text: &'t str) -> Self {
        Self { index: CodePoints::new(text), folded: OnceLock::new() }
    }

    pub fn code_points(&self) -> &CodePoints<'t> {
        &self.index
    }

    /// The first place where the quote stands: verbatim if anywhere, else in another writing.
    pub fn find(&self, quote: &str) -> Result<Found, BadQuote> {
        self.find_near(quote, 0)
    }

    /// The place nearest to a code point where the quote stands: verbatim if anywhere, else in another writing.
    pub fn find_near(&self, quote: &str, near: usize) -> Result<Found, BadQuote> {
        let needle = folded_needle(quote)?;
        let mut cut = false;
        let mut nearest = |ranges: &mut dyn Iterator<Item = Range<usize>>| {
            ranges
                .filter(|range| {
                    let whole = !self.cuts(range);
                    cut |= !whole;
                    whole
                })
                .min_by_key(|range| range.start.abs_diff(near))
        };
        let verbatim =
            &mut places(self.index.text(), quote.trim()).filter_map(|bytes| self.index.range_of(bytes));
        if let Some(range) = nearest(verbatim) {
            return Ok(Found { range, exact: true });
        }
        let folded = self.folded.get_or_init(|| Folded::new(self.index.text()));
        let otherwise = &mut places(folded.text(), &needle).filter_map(|bytes| folded.origin(bytes));
        if let Some(range) = nearest(otherwise) {
            return Ok(Found { range, exact: false });
        }
        Err(if cut { BadQuote::Cut } else { BadQuote::Missing })
    }

    /// Whether the text at these offsets is the quote, verbatim or in another writing.
    pub fn check(&self, range: Range<usize>, quote: &str) -> Result<(), BadQuote> {
        let needle = folded_needle(quote)?;
        let slice = self.index.slice(range.clone()).ok_or(BadQuote::OutOfText)?;
        if slice != quote && Folded::new(slice).text().trim() != needle {
            return Err(BadQuote::Differs);
        }
        let blank = |c: &char| c.is_whitespace();
        let start = range.start + slice.chars().take_while(blank).count();
        let end = range.end - slice.chars().rev().take_while(blank).count();
        if self.cuts(&(start..end)) { Err(BadQuote::Cut) } else { Ok(()) }
    }

    fn cuts(&self, range: &Range<usize>) -> bool {
        match (self.index.byte_of(range.start), self.index.byte_of(range.end)) {
            (Some(start), Some(end)) => cuts(self.index.text(), &(start..end)),
            _ => true,
        }
    }
}

/// Where a quote stands in a text. For many quotes of one text, keep a [`Haystack`].
pub fn find(text: &str, quote: &str) -> Option<Range<usize>> {
    Haystack::new(text).find(quote).ok().map(|found| found.range)
}

/// Whether the text at these offsets is the quote. For many quotes of one text, keep a [`Haystack`].
pub fn check(text: &str, range: Range<usize>, quote: &str) -> Result<(), BadQuote> {
    Haystack::new(text).check(range, quote)
}

fn folded_needle(quote: &str) -> Result<String, BadQuote> {
    if quote.chars().nth(MAX_QUOTE).is_some() {
        return Err(BadQuote::TooLong);
    }
    let needle = Folded::new(quote).text().trim().to_owned();
    if needle.is_empty() { Err(BadQuote::Empty) } else { Ok(needle) }
}

/// Where a needle stands, overlaps included, in bytes.
fn places<'s>(text: &'s str, needle: &'s str) -> impl Iterator<Item = Range<usize>> + 's {
    let mut from = 0;
    std::iter::from_fn(move || {
        let start = from + text.get(from..)?.find(needle)?;
        from = start + text[start..].chars().next().map_or(1, char::len_utf8);
        Some(start..start + needle.len())
    })
    .take(MAX_PLACES)
}

/// Whether the ends of a byte range lie inside a word or a number of the text.
fn cuts(text: &str, bytes: &Range<usize>) -> bool {
    is_inside(text, bytes.start) || is_inside(text, bytes.end) || splits_groups(text, bytes)
}

/// Whether a position lies between two characters of one word or number.
fn is_inside(text: &str, at: usize) -> bool {
    let mut back = text[..at].chars().rev();
    let mut ahead = text[at..].chars();
    let (Some(before), Some(after)) = (back.next(), ahead.next()) else { return false };
    let digit = |c: char| decimal_digit(c).is_some();
    if digit(before) && digit(after) {
        return true;
    }
    // A point, colon, dash or no-break space between digits holds them together.
    let joins = |c: char| {
        matches!(
            c,
            '.' | ',' | ':' | '/' | '\'' | '\u{2019}' | '-' | '\u{2010}' | '\u{2011}' | '\u{a0}' | '\u{202f}'
        )
    };
    if (joins(before) && digit(after) && back.next().is_some_and(digit))
        || (digit(before) && joins(after) && ahead.next().is_some_and(digit))
    {
        return true;
    }
    is_letter(before) && is_letter(after) && !(before.is_lowercase() && after.is_uppercase())
}

/// Letters of scripts that set words apart.
fn is_letter(c: char) -> bool {
    let unspaced = matches!(c, '\u{e00}'..='\u{eff}' | '\u{1000}'..='\u{109f}' | '\u{1780}'..='\u{17ff}' | '\u{2e80}'..='\u{9fff}'
        | '\u{ac00}'..='\u{d7af}' | '\u{f900}'..='\u{faff}' | '\u{ff66}'..='\u{ff9f}' | '\u{20000}'..='\u{3ffff}');
    c.is_alphabetic() && !unspaced
}

/// Whether an end lies between groups of one number: `299,00` out of `1 299,00`.
fn splits_groups(text: &str, bytes: &Range<usize>) -> bool {
    const REACH: usize = 40;
    [bytes.start, bytes.end].into_iter().any(|at| {
        let mut from = at.saturating_sub(REACH);
        while !text.is_char_boundary(from) {
            from -= 1;
        }
        let mut to = (at + REACH).min(text.len());
        while !text.is_char_boundary(to) {
            to += 1;
        }
        // A dash for no cents belongs to a number, but may be left out of a quote of it.
        let before_digits =
            text[at..to].trim_start_matches(|c: char| c.is_whitespace() || matches!(c, '.' | ','));
        before_digits.starts_with(|c: char| decimal_digit(c).is_some())
            && raw_numbers(&text[from..to])
                .any(|raw| from + raw.range.start < at && at < from + raw.range.end)
    })
}

#[cfg(test)]
mod tests;
