//! Amounts of money as pages write them, with their currency before or after.
//!
//! A sign that several countries share (`$`, `kr`, `¥`) names a currency only with a hint; all its candidates are kept.
//! Which of a page's prices is the product's is for others to say.

mod signs;

use std::{ops::Range, sync::LazyLock};

use gleaner_contract::Currency;
use regex::Regex;
use rust_decimal::Decimal;

use crate::{
    hints::Hints,
    number::{Preference, Raw, raw_at, raw_numbers},
    text::Marks,
};

/// An amount with the sign, code or word of its currency.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mention {
    pub amount: Decimal,
    /// The second reading of an ambiguous writing that no hint settled.
    pub other: Option<Decimal>,
    /// The currency, where sign and hints leave just one.
    pub currency: Option<Currency>,
    /// All currencies that the sign may stand for, as ISO 4217 codes; the likeliest first.
    pub candidates: &'static [&'static str],
    /// Amount and sign, in code points.
    pub range: Range<usize>,
}

/// The sign, code or word of a currency.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sign {
    /// The currencies that it may stand for, as ISO 4217 codes; the likeliest first.
    pub candidates: &'static [&'static str],
    /// Code points in the text.
    pub range: Range<usize>,
}

impl Mention {
    /// Whether this amount is among the readings.
    pub fn may_be(&self, amount: Decimal) -> bool {
        self.amount == amount || self.other == Some(amount)
    }
}

/// All amounts of money in a text, in order.
pub fn find_all(text: &str, hints: &Hints) -> Vec<Mention> {
    let mut marks = Marks::new(text);
    let mentions = pair(text);
    mentions
        .into_iter()
        .map(|Pair { raw, candidates, range }| {
            let (amount, other) = raw.readings(hints, Preference::Group);
            Mention {
                amount,
                other,
                currency: resolve(candidates, hints),
                candidates,
                range: marks.range(range),
            }
        })
        .collect()
}

/// The one amount of a short text, such as a cell: `None` when there is none or more than one.
pub fn parse(text: &str, hints: &Hints) -> Option<Mention> {
    let mut mentions = find_all(text, hints);
    if mentions.len() == 1 { mentions.pop() } else { None }
}

/// All signs, codes and words of currencies in a text, with or without an amount, in order.
pub fn signs(text: &str) -> Vec<Sign> {
    let mut marks = Marks::new(text);
    found_signs(text).map(|(bytes, candidates)| Sign { candidates, range: marks.range(bytes) }).collect()
}

/// The one currency that candidates and hints leave.
pub fn resolve(candidates: &[&str], hints: &Hints) -> Option<Currency> {
    if let [only] = candidates {
        return only.parse().ok();
    }
    let local = [hints.currency, Hints { currency: None, ..hints.clone() }.local_currency()];
    local.into_iter().flatten().find(|currency| candidates.contains(&currency.code()))
}

struct Pair {
    raw: Raw,
    candidates: &'static [&'static str],
    range: Range<usize>,
}

/// An amount beside a sign, with the space between them.
struct Beside {
    raw: Raw,
    gap: usize,
}

/// Gives each sign the amount before or after it. Where both are near, the nearer wins, then the side that the
/// text's other signs use.
fn pair(text: &str) -> Vec<Pair> {
    let signs: Vec<_> = found_signs(text).collect();
    if signs.is_empty() {
        return Vec::new();
    }
    let numbers: Vec<Raw> = raw_numbers(text).map(|raw| with_split_cents(text, raw)).collect();
    let sides: Vec<_> =
        signs.iter().map(|(sign, _)| (before(text, &numbers, sign), after(text, sign))).collect();
    let only = |first: bool| {
        sides
            .iter()
            .filter(|(before, after)| {
                if first { after.is_some() && before.is_none() } else { before.is_some() && after.is_none() }
            })
            .count()
    };
    let sign_first = only(true) >= only(false);

    let mut pairs: Vec<Pair> = Vec::with_capacity(signs.len());
    let mut taken = 0;
    for ((sign, candidates), (before, after)) in signs.into_iter().zip(sides) {
        let before = before.filter(|side| side.raw.range.start >= taken);
        let chosen = match (before, after) {
            (Some(around), _) if around.raw.range.end > sign.end => Some(around),
            (Some(before), Some(after)) if before.gap == after.gap => {
                Some(if sign_first { after } else { before })
            }
            (Some(before), Some(after)) => Some(if before.gap < after.gap { before } else { after }),
            (before, after) => before.or(after),
        };
        if let Some(Beside { raw, .. }) = chosen {
            let range = sign.start.min(raw.range.start)..sign.end.max(raw.range.end);
            if range.start >= taken {
                taken = range.end;
                pairs.push(Pair { raw, candidates, range });
            }
        }
    }
    pairs
}

fn before(text: &str, numbers: &[Raw], sign: &Range<usize>) -> Option<Beside> {
    let index = numbers.partition_point(|raw| raw.range.end <= sign.start).checked_sub(1)?;
    let raw = numbers[index].clone();
    let gap = gap(&text[raw.range.end..sign.start])?;
    // `12€90`: the sign is the decimal mark.
    if gap == 0 && !raw.has_fraction {
        let cents = &text[sign.end..];
        let digits = cents.bytes().take_while(u8::is_ascii_digit).count();
        if digits == 2 && text[sign.clone()].chars().all(|c| !c.is_alphanumeric()) {
            let value = raw.value + Decimal::new(cents[..2].parse().ok()?, 2);
            return Some(Beside { raw: Raw { range: raw.range.start..sign.end + 2, value, ..raw }, gap });
        }
    }
    Some(Beside { raw, gap })
}

fn after(text: &str, sign: &Range<usize>) -> Option<Beside> {
    let rest = &text[sign.end..];
    let space: usize = rest.chars().take_while(|c| is_space(*c)).map(char::len_utf8).sum();
    let gap = gap(&rest[..space])?;
    let start = sign.end + space;
    if !text[start..].starts_with(|c: char| c.is_numeric() || matches!(c, '-' | '\u{2212}' | '.')) {
        return None;
    }
    let raw = with_split_cents(text, raw_at(text, start)?);
    Some(Beside { raw, gap })
}

/// The width of what stands between amount and sign, when it is no more than a little space.
fn gap(between: &str) -> Option<usize> {
    let width = between.chars().count();
    (width <= 2 && between.chars().all(is_space)).then_some(width)
}

fn is_space(c: char) -> bool {
    matches!(c, ' ' | '\u{a0}' | '\u{202f}' | '\u{2009}')
}

/// `9 .99` and `9 . 99`: whole and cents that the page sets apart.
fn with_split_cents(text: &str, raw: Raw) -> Raw {
    static SPLIT: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(r"^[ \u{a0}\u{202f}](?:,|\.[ \u{a0}\u{202f}]?)([0-9]{2})(?:[^0-9.,]|[.,](?:[^0-9]|$)|$)")
            .expect("a constant pattern")
    });
    if raw.has_fraction {
        return raw;
    }
    let cents = SPLIT.captures(&text[raw.range.end..]).and_then(|found| found.get(1));
    match cents.and_then(|cents| Some((cents.end(), cents.as_str().parse().ok()?))) {
        Some((end, cents)) => Raw {
            value: raw.value + Decimal::new(cents, 2),
            grouped: None,
            has_fraction: true,
            range: raw.range.start..raw.range.end + end,
        },
        None => raw,
    }
}

/// Signs that are no part of a longer word, at bytes.
fn found_signs(text: &str) -> impl Iterator<Item = (Range<usize>, &'static [&'static str])> + '_ {
    signs::pattern().find_iter(text).filter_map(move |found| {
        let inside = |c: char| c.is_alphabetic();
        let word = found.as_str();
        let glued_before = word.starts_with(inside) && text[..found.start()].ends_with(inside);
        let glued_after = word.ends_with(inside) && text[found.end()..].starts_with(inside);
        if glued_before || glued_after {
            return None;
        }
        let candidates = signs::candidates(word)?;
        // A code that is also an English word counts only right beside an amount with cents.
        let doubtful = signs::is_also_a_word(word) && !has_cents_beside(text, &found.range());
        (!doubtful).then(|| (found.range(), candidates))
    })
}

fn has_cents_beside(text: &str, sign: &Range<usize>) -> bool {
    static BEFORE: LazyLock<Regex> =
        LazyLock::new(|| Regex::new(r"[0-9][.,][0-9]{2}[ \u{a0}]?$").expect("a constant pattern"));
    static AFTER: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(r"^[ \u{a0}]?[0-9][0-9.,]{0,14}[.,][0-9]{2}(?:[^0-9]|$)").expect("a constant pattern")
    });
    let mut from = sign.start.saturating_sub(8);
    while !text.is_char_boundary(from) {
        from += 1;
    }
    BEFORE.is_match(&text[from..sign.start]) || AFTER.is_match(&text[sign.end..])
}

#[cfg(test)]
mod tests;
