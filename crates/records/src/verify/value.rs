//! Whether a value can be read from its quote, as anything that a value of its form may be.
//!
//! A record does not carry its schema, so a string may be a text, an amount, a day and so on. A text stands in its quote to
//! the letter. Anything else must be written as records write it, so that no other spelling of it passes.

use gleaner_contract::{Currency, Evidence};
use gleaner_evidence::{
    Hints, date, money,
    quote::{Availability, ValueKind, supports},
    units,
};
use serde_json::Value;
use url::Url;

use super::verbatim;

/// How a quote says a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Said {
    /// The value can be read from it as it is.
    Exactly,
    /// It says the same text in other writing: `ACME` where the value, from another page, is `Acme`.
    Otherwise,
    Not,
}

/// `text` is the text that the quote stands in: it may name the currency of an amount that the quote gives bare.
pub(super) fn said(value: &Value, unit: Option<&str>, evidence: &Evidence, text: &str) -> Said {
    if is_said(value, unit, evidence, text) {
        Said::Exactly
    } else if unit.is_none() && supports(value, ValueKind::Text, &evidence.quote, &Hints::none()).is_ok() {
        Said::Otherwise
    } else {
        Said::Not
    }
}

fn is_said(value: &Value, unit: Option<&str>, evidence: &Evidence, text: &str) -> bool {
    let quote = evidence.quote.as_str();
    let hints = Hints { base: Url::parse(&evidence.url).ok(), ..Hints::none() };
    let reads = |kind, hints: &Hints| supports(value, kind, quote, hints).is_ok();
    match (value, unit) {
        (Value::Number(_), Some(unit)) => {
            units::unit(unit).is_ok_and(|unit| reads(ValueKind::Number(Some(unit)), &hints))
        }
        (Value::Number(_), None) => reads(ValueKind::Number(None), &hints),
        (Value::Bool(_), None) => reads(ValueKind::Boolean, &hints),
        (Value::String(amount), Some(unit)) => currency(unit).is_some_and(|currency| {
            is_plain_decimal(amount)
                && is_currency_of(currency, quote, text)
                && reads(ValueKind::Amount, &hints.clone().with_currency(currency))
        }),
        (Value::String(written), None) => {
            verbatim::stands_in(written, quote)
                || (is_plain_decimal(written) && reads(ValueKind::Amount, &hints))
                || (is_day(written) && reads(ValueKind::Date, &hints))
                || (is_availability(written) && reads(ValueKind::Availability, &hints))
                || (is_plain_url(written) && reads(ValueKind::Url, &hints))
                || (written.bytes().all(|b| b.is_ascii_digit()) && reads(ValueKind::Gtin, &hints))
                // `$` may stand for several currencies: which of them was for the target to say
                || currency(written).is_some_and(|currency| {
                    reads(ValueKind::Currency, &hints.clone().with_currency(currency))
                })
        }
        (Value::Bool(_) | Value::Null | Value::Array(_) | Value::Object(_), _) => false,
    }
}

/// The quote names the currency, else the text around it does, or neither names any: then the target did.
fn is_currency_of(currency: Currency, quote: &str, text: &str) -> bool {
    for place in [quote, text] {
        let signs = money::signs(place);
        if !signs.is_empty() {
            return signs.iter().any(|sign| sign.candidates.contains(&currency.code()));
        }
    }
    true
}

fn currency(code: &str) -> Option<Currency> {
    code.parse().ok().filter(|currency: &Currency| currency.code() == code)
}

/// Digits with at most one point between them: `129.00`.
fn is_plain_decimal(text: &str) -> bool {
    let digits = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
    let (whole, fraction) = text.split_once('.').map_or((text, None), |(whole, rest)| (whole, Some(rest)));
    digits(whole) && fraction.is_none_or(digits) && (whole == "0" || !whole.starts_with('0'))
}

fn is_day(text: &str) -> bool {
    date::parse(text, &Hints::none()).is_some_and(|day| day.date.to_string() == text)
}

fn is_availability(text: &str) -> bool {
    text.parse().is_ok_and(|state: Availability| state.name() == text)
}

fn is_plain_url(text: &str) -> bool {
    Url::parse(text).is_ok_and(|url| url.as_str() == text)
}
