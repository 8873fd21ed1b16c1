//! Numbers as pages write them, read as exact decimals.
//!
//! `1.299,00`, `1,299.00`, `1 299,00`, `1'299.00`, `129,–`, `1½`, `3/4`, `-5`. Where one writing has two readings
//! (`1.299`), a hint decides, otherwise its shape, and the other reading is kept in [`Number::other`].
//! Versions, dates, exponents and numbers inside identifiers are no numbers.

mod read;

use std::ops::Range;

use rust_decimal::Decimal;

use crate::{
    hints::{DecimalMark, Hints},
    text::Marks,
};

pub(crate) use read::{Raw, raw_at, raw_numbers};

/// A number and where it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Number {
    pub value: Decimal,
    /// The second reading of an ambiguous writing that no hint settled.
    pub other: Option<Decimal>,
    /// Code points in the text it was read from.
    pub range: Range<usize>,
}

impl Number {
    /// Whether this value is among the readings.
    pub fn may_be(&self, value: Decimal) -> bool {
        self.value == value || self.other == Some(value)
    }
}

/// Why a text is not one number.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadNumber {
    #[error("`{0}` holds no number")]
    None(String),
    #[error("`{0}` holds more than a number")]
    More(String),
}

/// Reads a text that is one number and nothing else.
pub fn parse(text: &str, hints: &Hints) -> Result<Number, BadNumber> {
    let shown = || text.chars().take(40).collect();
    let trimmed = text.trim();
    let lead = text.len() - text.trim_start().len();
    let raw = raw_numbers(trimmed).next().ok_or_else(|| BadNumber::None(shown()))?;
    if raw.range != (0..trimmed.len()) {
        return Err(BadNumber::More(shown()));
    }
    let (value, other) = raw.readings(hints, Preference::Point);
    let range = Marks::new(text).range(lead..lead + trimmed.len());
    Ok(Number { value, other, range })
}

/// All numbers of a text, in order.
pub fn find_all(text: &str, hints: &Hints) -> Vec<Number> {
    let mut marks = Marks::new(text);
    raw_numbers(text)
        .map(|raw| {
            let (value, other) = raw.readings(hints, Preference::Point);
            Number { value, other, range: marks.range(raw.range) }
        })
        .collect()
}

/// How one separator before three digits reads when no hint settles it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Preference {
    /// A point is a decimal mark, a comma groups: technical data.
    Point,
    /// Either groups: prices have no thousandths.
    Group,
}

impl Raw {
    /// The reading, and the other one when the writing stays ambiguous.
    pub(crate) fn readings(&self, hints: &Hints, preference: Preference) -> (Decimal, Option<Decimal>) {
        let Some((grouped, mark)) = self.grouped else { return (self.value, None) };
        match hints.decimal_mark() {
            Some(decimal) if decimal == mark => (self.value, None),
            Some(_) => (grouped, None),
            None if preference == Preference::Point && mark == DecimalMark::Point => {
                (self.value, Some(grouped))
            }
            None => (grouped, Some(self.value)),
        }
    }
}

#[cfg(test)]
mod tests;
