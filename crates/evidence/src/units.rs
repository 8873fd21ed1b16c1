//! Units of measure: what pages call them, exact factors between them, quantities and dimensions in a text.
//!
//! Factors are exact ratios, so that `1400 g` is `1.4 kg` and nothing else. Rounding, where a value was rounded by
//! whoever wrote it, is for the quote verifier to allow.

mod compound;
mod table;

use std::ops::Range;

use rust_decimal::Decimal;

use crate::{
    hints::Hints,
    number::{Preference, Raw, raw_numbers},
    text::Marks,
};

pub use table::Unit;

/// What a unit measures.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Dimension {
    Mass,
    Length,
    Area,
    Volume,
    Power,
    Energy,
    Voltage,
    Current,
    Charge,
    Frequency,
    Rotation,
    Temperature,
    Time,
    Data,
    DataRate,
    Speed,
    Pressure,
    Torque,
    Force,
    Angle,
    Luminosity,
    Sound,
    Resistance,
    Count,
    Share,
    Flow,
}

/// A number with its unit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Quantity {
    pub value: Decimal,
    /// The second reading of an ambiguous writing that no hint settled.
    pub other: Option<Decimal>,
    pub unit: Unit,
    /// Number and unit, in code points.
    pub range: Range<usize>,
}

/// Lengths joined by `×`, in one unit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dimensions {
    /// Two to four values, in the order of the page.
    pub values: Vec<Decimal>,
    pub unit: Unit,
    /// Code points in the text.
    pub range: Range<usize>,
}

/// Why a value cannot be converted.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum UnitError {
    #[error("unit `{name}` is not known{}", hint.map(|hint| format!(", did you mean `{hint}`?")).unwrap_or_default())]
    Unknown { name: String, hint: Option<&'static str> },
    #[error("`{from}` and `{to}` do not measure the same")]
    Mismatch { from: &'static str, to: &'static str },
    #[error("the converted value is too large")]
    TooLarge,
}

/// Whether a unit of this name, symbol or code (UN/ECE Recommendation 20) is known.
pub fn known(name: &str) -> bool {
    table::find(name).is_some()
}

/// The unit of a name, symbol or code; the error proposes the nearest name.
pub fn unit(name: &str) -> Result<Unit, UnitError> {
    table::find(name)
        .ok_or_else(|| UnitError::Unknown { name: name.chars().take(40).collect(), hint: suggest(name) })
}

/// The symbol of the known unit whose name is nearest to this one, if any is near.
pub fn suggest(name: &str) -> Option<&'static str> {
    let wanted: Vec<char> = name.trim().to_lowercase().chars().take(24).collect();
    let allowed = if wanted.len() <= 3 { 1 } else { 2 };
    table::names()
        .filter(|(alias, _)| alias.chars().count() > 1)
        .map(|(alias, unit)| {
            (distance(&wanted, &alias.to_lowercase().chars().collect::<Vec<_>>()), alias.len(), unit)
        })
        .filter(|(distance, ..)| *distance <= allowed)
        .min_by_key(|(distance, length, _)| (*distance, std::cmp::Reverse(*length)))
        .map(|(.., unit)| unit.symbol())
}

/// A value in another unit of the same dimension, exactly where the ratio is exact.
pub fn convert(value: Decimal, from: Unit, to: Unit) -> Result<Decimal, UnitError> {
    table::convert(value, from, to)
}

/// The quantities of a text, in order. `3 lb 4 oz` is one, in its smaller unit.
pub fn find_all(text: &str, hints: &Hints) -> Vec<Quantity> {
    // at bytes, until all are joined
    let mut found: Vec<Quantity> = Vec::new();
    for raw in raw_numbers(text) {
        if let Some((unit, end)) = unit_after(text, raw.range.end) {
            let (value, other) = raw.readings(hints, Preference::Point);
            let part = Quantity { value, other, unit, range: raw.range.start..end };
            match found.last_mut() {
                Some(whole) if follows(text, whole, &part) => match compound::sum(whole, &part) {
                    Some(sum) => *whole = sum,
                    None => found.push(part),
                },
                _ => found.push(part),
            }
        }
    }
    let mut marks = Marks::new(text);
    for quantity in &mut found {
        quantity.range = marks.range(quantity.range.clone());
    }
    found
}

/// Whether nothing but a space, a comma or an `and` stands between two quantities.
fn follows(text: &str, before: &Quantity, after: &Quantity) -> bool {
    let between = text.get(before.range.end..after.range.start);
    between.is_some_and(|between| {
        between.len() <= 6
            && !between.contains('\n')
            && matches!(between.trim(), "" | "," | "and" | "und" | "et" | "e" | "y" | "en" | "&")
    })
}

/// Reads a text that is one quantity and nothing else.
pub fn parse(text: &str, hints: &Hints) -> Option<Quantity> {
    let quantity = find_all(text, hints).into_iter().next()?;
    let whole = text.chars().count();
    let (lead, trail) = (whole - text.trim_start().chars().count(), text.trim_end().chars().count());
    (quantity.range == (lead..trail)).then_some(quantity)
}

/// The units that a text names, with or without a number before them: `Weight (kg)`.
pub fn mentioned(text: &str) -> Vec<Unit> {
    let mut units = Vec::new();
    for word in
        text.split(|c: char| c.is_whitespace() || matches!(c, '(' | ')' | '[' | ']' | ':' | ',' | ';' | '|'))
    {
        let word = word.trim_end_matches('.').trim_start_matches(|c: char| c.is_ascii_digit() || c == '.');
        if let Some(unit) = table::find(word).filter(|unit| !units.contains(unit)) {
            units.push(unit);
        }
    }
    units
}

/// Lengths joined by `×`, `x` or `*`: `12 × 8 × 3 cm`, `12 cm x 8 cm`.
pub fn dimensions(text: &str, hints: &Hints) -> Vec<Dimensions> {
    let numbers: Vec<Raw> = factors(text).collect();
    let mut marks = Marks::new(text);
    let mut found = Vec::new();
    let mut index = 0;
    while index < numbers.len() {
        let first = index;
        let mut unit = None;
        loop {
            let end = numbers[index].range.end;
            let after = unit_after(text, end).filter(|(unit, _)| unit.dimension() == Dimension::Length);
            if let Some((named, _)) = after {
                unit.get_or_insert(named);
            }
            let from = after.map_or(end, |(_, end)| end);
            let joined = numbers
                .get(index + 1)
                .is_some_and(|next| next.range.start >= from && is_times(&text[from..next.range.start]));
            if !joined || index - first >= 3 {
                if index > first
                    && let Some(unit) = unit
                {
                    let values = numbers[first..=index]
                        .iter()
                        .map(|raw| raw.readings(hints, Preference::Point).0)
                        .collect();
                    found.push(Dimensions {
                        values,
                        unit,
                        range: marks.range(numbers[first].range.start..from),
                    });
                }
                index += 1;
                break;
            }
            index += 1;
        }
    }
    found
}

/// The numbers of a text, with those glued to an `x` before them: `12x8`.
fn factors(text: &str) -> impl Iterator<Item = Raw> + '_ {
    let mut at = 0;
    std::iter::from_fn(move || {
        let raw = raw_numbers(&text[at..])
            .next()
            .map(|raw| Raw { range: raw.range.start + at..raw.range.end + at, ..raw });
        // Each scan starts behind the last number, where an `x` hides the next from the plain scanner.
        let glued = text[at..]
            .char_indices()
            .take(2)
            .find(|(_, c)| matches!(c, 'x' | 'X' | '×' | '*'))
            .map(|(i, c)| at + i + c.len_utf8());
        let beside = glued.filter(|start| at > 0 && text[*start..].starts_with(|c: char| c.is_ascii_digit()));
        let next = beside.and_then(|start| crate::number::raw_at(text, start)).or(raw)?;
        at = next.range.end;
        Some(next)
    })
}

fn is_times(between: &str) -> bool {
    matches!(between.trim(), "x" | "X" | "×" | "*" | "by")
}

/// The unit that stands behind a number, and the byte where it ends. The longest name wins.
fn unit_after(text: &str, number_end: usize) -> Option<(Unit, usize)> {
    let rest = &text[number_end..];
    let space: usize = rest
        .chars()
        .take_while(|c| matches!(c, ' ' | '\u{a0}' | '\u{202f}' | '\u{2009}' | '-'))
        .take(2)
        .map(char::len_utf8)
        .sum();
    let start = number_end + space;
    let mut ends: Vec<usize> = Vec::new();
    let mut previous = None;
    for (offset, c) in text[start..].char_indices().take(24) {
        if previous.is_some_and(|before| is_boundary(before, c)) {
            ends.push(start + offset);
        }
        if c.is_whitespace() && previous.is_none_or(char::is_whitespace) {
            break;
        }
        previous = Some(c);
    }
    if previous.is_some() && text[start..].chars().count() <= 24 {
        ends.push(text.len());
    }
    let whole = |end: &usize| !text[start..*end].ends_with(char::is_whitespace);
    ends.into_iter()
        .rev()
        .filter(whole)
        .find_map(|end| table::find_written(&text[start..end]).map(|unit| (unit, end)))
}

fn is_boundary(before: char, after: char) -> bool {
    let within = if after.is_ascii_digit() {
        before.is_alphabetic()
    } else {
        matches!(after, '²' | '³') || (before.is_alphanumeric() && after.is_alphabetic())
    };
    !within
}

/// The edit distance (insertions, deletions, substitutions) of two short names.
fn distance(a: &[char], b: &[char]) -> usize {
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, from) in a.iter().enumerate() {
        let mut diagonal = std::mem::replace(&mut row[0], i + 1);
        for (j, to) in b.iter().enumerate() {
            let cost = (diagonal + usize::from(from != to)).min(row[j] + 1).min(row[j + 1] + 1);
            diagonal = std::mem::replace(&mut row[j + 1], cost);
        }
    }
    row[b.len()]
}

#[cfg(test)]
mod tests;
