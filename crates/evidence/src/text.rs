//! Offsets: every position that leaves this crate counts Unicode code points, `end` exclusive.
//!
//! Promises that a range handed out slices back to exactly what it names. What counts as the text of a page (visible,
//! structured, PDF) is decided by whoever extracts it.

mod fold;

use std::ops::Range;

pub use fold::Folded;
pub(crate) use fold::{decimal_digit, is_vulgar_fraction};

/// Code points between two entries of the index.
const STRIDE: usize = 128;

/// A text with a sampled index between code points and bytes: built in one pass, each look-up walks at most one stride.
#[derive(Debug, Clone)]
pub struct CodePoints<'t> {
    text: &'t str,
    /// The byte offset of code points 0, 128, 256, …; empty for ASCII, where both counts agree.
    samples: Vec<usize>,
    len: usize,
}

impl<'t> CodePoints<'t> {
    pub fn new(text: &'t str) -> Self {
        if text.is_ascii() {
            return Self { text, samples: Vec::new(), len: text.len() };
        }
        let mut samples = Vec::with_capacity(text.len() / STRIDE + 1);
        let mut len = 0;
        for (byte, _) in text.char_indices() {
            if len % STRIDE == 0 {
                samples.push(byte);
            }
            len += 1;
        }
        Self { text, samples, len }
    }

    pub fn text(&self) -> &'t str {
        self.text
    }

    /// The text's length in code points.
    pub fn len(&self) -> usize {
        self.len
    }

    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// The byte offset of a code point; the text's byte length for `len()`, `None` past it.
    pub fn byte_of(&self, code_point: usize) -> Option<usize> {
        if code_point >= self.len {
            return (code_point == self.len).then_some(self.text.len());
        }
        if self.samples.is_empty() {
            return Some(code_point);
        }
        let sample = self.samples[code_point / STRIDE];
        self.text[sample..].char_indices().nth(code_point % STRIDE).map(|(byte, _)| sample + byte)
    }

    /// The code point that starts at a byte offset; `None` inside a character and past the end.
    pub fn code_point_of(&self, byte: usize) -> Option<usize> {
        if !self.text.is_char_boundary(byte) {
            return None;
        }
        if self.samples.is_empty() {
            return Some(byte);
        }
        let index = self.samples.partition_point(|&sample| sample <= byte) - 1;
        Some(index * STRIDE + self.text[self.samples[index]..byte].chars().count())
    }

    /// The text of a range of code points; `None` when it is reversed or leaves the text.
    pub fn slice(&self, range: Range<usize>) -> Option<&'t str> {
        let (start, end) = (self.byte_of(range.start)?, self.byte_of(range.end)?);
        self.text.get(start..end)
    }

    /// A byte range as a range of code points.
    pub fn range_of(&self, bytes: Range<usize>) -> Option<Range<usize>> {
        Some(self.code_point_of(bytes.start)?..self.code_point_of(bytes.end)?)
    }

    /// Where a needle stands verbatim, without overlaps, in order. Nothing for an empty needle.
    pub fn find_all<'s>(&'s self, needle: &'s str) -> impl Iterator<Item = Range<usize>> + 's {
        let mut marks = Marks::new(self.text);
        self.text
            .match_indices(needle)
            .filter(|(_, found)| !found.is_empty())
            .map(move |(byte, found)| marks.range(byte..byte + found.len()))
    }
}

/// Turns byte ranges that come in ascending order into code points, in one walk over the text.
#[derive(Debug)]
pub(crate) struct Marks<'t> {
    text: &'t str,
    byte: usize,
    code_point: usize,
}

impl<'t> Marks<'t> {
    pub(crate) fn new(text: &'t str) -> Self {
        Self { text, byte: 0, code_point: 0 }
    }

    /// The code points of a byte range that starts no earlier than the one before.
    pub(crate) fn range(&mut self, bytes: Range<usize>) -> Range<usize> {
        if bytes.start < self.byte {
            *self = Self::new(self.text);
        }
        self.code_point += self.text[self.byte..bytes.start].chars().count();
        self.byte = bytes.start;
        self.code_point..self.code_point + self.text[bytes].chars().count()
    }
}

/// The text with each run of white space (no-break and zero-width included) as one space, trimmed.
pub fn squeeze(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for word in
        text.split(|c: char| c.is_whitespace() || fold::is_invisible(c)).filter(|word| !word.is_empty())
    {
        if !out.is_empty() {
            out.push(' ');
        }
        out.push_str(word);
    }
    out
}

#[cfg(test)]
mod tests;
