//! Values out of short texts: what a cell, a property or the rest of a labelled line says, as the field wants it.

use std::{ops::Range, sync::LazyLock};

use gleaner_contract::FieldSpec;
use gleaner_evidence::{
    Hints, date, ids, money, number,
    quote::{Availability, ValueKind},
    shape,
    units::{self, Unit},
};
use regex::Regex;
use rust_decimal::Decimal;
use serde_json::{Number, Value};

/// Names and codes are shorter than this; longer texts are prose.
const MAX_TEXT: usize = 300;

/// A value read from a text.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Parsed {
    pub(crate) value: Value,
    pub(crate) unit: Option<String>,
    /// What of the text says it, in code points.
    pub(crate) range: Range<usize>,
}

/// Reads the one value of a text. `label` is what stands beside it, which may name the unit.
pub(crate) fn parse(
    text: &str,
    label: &str,
    spec: &FieldSpec,
    kind: ValueKind,
    hints: &Hints,
) -> Option<Parsed> {
    let whole = trimmed(text);
    let string =
        |value: String, range: Range<usize>| Some(Parsed { value: Value::String(value), unit: None, range });
    match kind {
        ValueKind::Text => {
            let value = slice(text, &whole);
            (!value.is_empty() && value.chars().count() <= MAX_TEXT)
                .then(|| string(value.to_owned(), whole.clone()))?
        }
        ValueKind::Number(unit) => measured(text, label, spec, unit, hints),
        ValueKind::Integer(unit) => {
            measured(text, label, spec, unit, hints).filter(|parsed| parsed.value.is_i64())
        }
        ValueKind::Boolean => {
            let fits =
                |value| gleaner_evidence::quote::supports(&Value::Bool(value), kind, text, hints).is_ok();
            let value = if text.chars().count() > 40 {
                return None;
            } else if fits(true) {
                true
            } else if fits(false) {
                false
            } else {
                return None;
            };
            Some(Parsed { value: Value::Bool(value), unit: None, range: whole })
        }
        ValueKind::Amount => amount(text, hints),
        ValueKind::Url => {
            let value = slice(text, &whole);
            let base = hints.base.as_ref()?;
            let bare = value.contains('.') && !value.contains(['/', ' ']) && label_of_site(value);
            let url =
                if bare { url::Url::parse(&format!("https://{value}")) } else { base.join(value) }.ok()?;
            let fits = matches!(url.scheme(), "http" | "https") && !value.contains(char::is_whitespace);
            fits.then(|| string(url.into(), whole))?
        }
        ValueKind::Email => {
            // `info [at] acme`: a value must stand in its quote as it is.
            let email = shape::emails(text)
                .into_iter()
                .find(|email| email.address.chars().count() == email.range.len())?;
            string(email.address, email.range)
        }
        ValueKind::Telephone => {
            let phones = shape::telephones(text);
            if let Some(phone) = phones.into_iter().next() {
                return string(phone.number, phone.range);
            }
            let value = slice(text, &whole);
            let digits = value.chars().filter(char::is_ascii_digit).count();
            let plain = value.chars().all(|c| {
                c.is_ascii_digit() || matches!(c, '+' | '-' | '.' | ' ' | '(' | ')' | '/' | '\u{a0}')
            });
            (plain && (7..=15).contains(&digits)).then(|| string(value.to_owned(), whole))?
        }
        ValueKind::Date => {
            let day = date::find_all(text, hints).into_iter().next()?;
            let written = slice(text, &day.range);
            string(instant(written).unwrap_or_else(|| day.date.to_string()), day.range)
        }
        ValueKind::Gtin => {
            let code = shape::gtins(text).into_iter().find(|code| ids::gtin(&code.digits).is_some())?;
            string(code.digits, code.range)
        }
        ValueKind::Currency => {
            let code = slice(text, &whole).to_ascii_uppercase();
            if let Ok(currency) = code.parse::<gleaner_contract::Currency>() {
                return string(currency.code().to_owned(), whole);
            }
            let sign = money::signs(text).into_iter().next()?;
            string(money::resolve(sign.candidates, hints)?.code().to_owned(), sign.range)
        }
        ValueKind::Availability => {
            if text.chars().count() > 120 {
                return None;
            }
            let state = Availability::read(text)?;
            string(state.name().to_owned(), whole)
        }
    }
}

/// An amount of money: the first one that the text states with a sign, else its only number.
pub(crate) fn amount(text: &str, hints: &Hints) -> Option<Parsed> {
    let mentions = money::find_all(text, hints);
    if let Some(mention) = mentions.first() {
        let currency = mention.currency.map(|currency| currency.code().to_owned());
        let value = decimal_text(mention.amount)?;
        return Some(Parsed { value: Value::String(value), unit: currency, range: mention.range.clone() });
    }
    let number = number::parse(text, hints).ok()?;
    Some(Parsed { value: Value::String(decimal_text(number.value)?), unit: None, range: number.range })
}

/// A positive amount as a decimal string.
pub(crate) fn decimal_text(amount: Decimal) -> Option<String> {
    (amount > Decimal::ZERO).then(|| amount.to_string())
}

fn measured(text: &str, label: &str, spec: &FieldSpec, unit: Option<Unit>, hints: &Hints) -> Option<Parsed> {
    let Some(unit) = unit else {
        let number = match number::parse(text, hints) {
            Ok(number) => number,
            Err(_) if text.chars().count() <= 60 => number::find_all(text, hints).into_iter().next()?,
            Err(_) => return None,
        };
        if number.other.is_some() || is_bound(text, &number.range) {
            return None;
        }
        return Some(Parsed { value: json_number(number.value)?, unit: None, range: number.range });
    };
    let mut quantities =
        units::find_all(text, hints).into_iter().filter(|q| q.unit.dimension() == unit.dimension());
    let quantity = quantities.next();
    let mut begins_range = |quantity: &units::Quantity| {
        let next = quantities.next();
        next.is_some_and(|next| joins(slice(text, &(quantity.range.end..next.range.start))))
    };
    let (value, other, from, range) = match quantity {
        Some(quantity) if begins_range(&quantity) => return None,
        Some(quantity) => (quantity.value, quantity.other, quantity.unit, quantity.range),
        None => {
            let number = number::parse(text, hints).ok()?;
            let from =
                units::mentioned(label).into_iter().find(|named| named.dimension() == unit.dimension())?;
            (number.value, number.other, from, number.range)
        }
    };
    // Where nothing settles which of two readings is meant, either may be wrong a thousandfold.
    if other.is_some() || is_bound(text, &range) {
        return None;
    }
    let value = units::convert(value, from, unit).ok()?;
    Some(Parsed { value: json_number(value)?, unit: spec.unit.clone(), range })
}

/// Whether a number only says what a value does not exceed, or ends a range: `< 5 cm`, `up to 5 cm`, `3 - 5 cm`.
fn is_bound(text: &str, range: &Range<usize>) -> bool {
    static BOUND: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(
            r"(?i)(?:[<>≤≥⩽⩾]=?|(?:^|[^\pL])(?:up to|upto|max\.?|maximum|maximal|min\.?|minimum|mindestens|at least|at most|less than|more than|under|over|bis(?: zu)?|unter|über|jusqu['’]à|hasta|fino a|tot|upp till|op til|do|до)|[0-9]\s*\pL{0,3}[\x22″']?\s*(?:[-–—~…]|to|bis|à|a|till|tot)):?\s*$",
        )
        .expect("a constant pattern")
    });
    BOUND.is_match(slice(text, &(0..range.start)))
}

/// Whether the text between two quantities makes a range of them.
fn joins(between: &str) -> bool {
    matches!(
        between.trim().to_lowercase().as_str(),
        "-" | "–" | "—" | "~" | "…" | "to" | "bis" | "à" | "a" | "till" | "tot"
    )
}

fn json_number(value: Decimal) -> Option<Value> {
    let value = value.normalize();
    if value.is_integer() {
        return Some(Value::Number(Number::from(i64::try_from(value).ok()?)));
    }
    Number::from_f64(value.to_string().parse().ok()?).map(Value::Number)
}

/// An instant in RFC 3339, where a text is one: `2026-11-22T10:00:00Z`.
fn instant(text: &str) -> Option<String> {
    let (_, time) = text.split_once('T')?;
    let zoned = time.ends_with('Z') || time.contains('+') || time.contains('-');
    let full = time.chars().filter(|c| *c == ':').count() >= 2
        && (!time.contains(['+', '-']) || time.rfind(':') > time.rfind(['+', '-']));
    (zoned && full).then(|| text.to_owned())
}

fn label_of_site(text: &str) -> bool {
    text.rsplit('.')
        .next()
        .is_some_and(|last| last.len() >= 2 && last.bytes().all(|b| b.is_ascii_alphabetic()))
}

/// The text without white space around it, in code points.
pub(crate) fn trimmed(text: &str) -> Range<usize> {
    let lead = text.chars().take_while(|c| c.is_whitespace()).count();
    let len = text.trim().chars().count();
    lead..lead + len
}

pub(crate) fn slice<'t>(text: &'t str, range: &Range<usize>) -> &'t str {
    let mut ends = text.char_indices().map(|(at, _)| at).chain([text.len()]);
    let start = ends.nth(range.start).unwrap_or(text.len());
    let end = if range.is_empty() { start } else { ends.nth(range.len() - 1).unwrap_or(text.len()) };
    &text[start..end]
}
