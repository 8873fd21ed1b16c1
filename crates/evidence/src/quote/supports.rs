//! Whether a value parses out of its quote.

use gleaner_contract::{FieldFormat, FieldMode, FieldSpec, FieldType};
use rust_decimal::Decimal;
use serde_json::Value;

use super::{Availability, Haystack};
use crate::{
    date,
    hints::Hints,
    ids, money,
    number::{self, Number},
    text::Folded,
    units::{self, Unit, UnitError},
};

/// What a value is, as far as reading it out of a quote is concerned.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ValueKind {
    Text,
    /// A number, in a unit if one is wanted.
    Number(Option<Unit>),
    Integer(Option<Unit>),
    Boolean,
    /// A decimal amount as a string, such as a price.
    Amount,
    Url,
    Email,
    Telephone,
    Date,
    Gtin,
    Currency,
    Availability,
}

/// Why a quote does not support a value.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unsupported {
    #[error("the value is not {0}")]
    WrongType(&'static str),
    #[error("the quote does not say the value")]
    NotInQuote,
    #[error("the quote gives no unit")]
    NoUnit,
    #[error("the currency sign of the quote stands for several currencies")]
    AmbiguousCurrency,
    #[error("the value is not one of the field's labels")]
    NotALabel,
    #[error(transparent)]
    Unit(#[from] UnitError),
}

impl ValueKind {
    /// The kind of value that a field wants; an error when its unit is not known.
    pub fn of(field: &FieldSpec) -> Result<Self, UnitError> {
        let unit = field.unit.as_deref().map(units::unit).transpose();
        Ok(match (field.field_type, field.format) {
            (FieldType::Number, _) => Self::Number(unit?),
            (FieldType::Integer, _) => Self::Integer(unit?),
            (FieldType::Boolean, _) => Self::Boolean,
            (FieldType::String, None) => Self::Text,
            (FieldType::String, Some(format)) => match format {
                FieldFormat::Decimal => Self::Amount,
                FieldFormat::Uri => Self::Url,
                FieldFormat::Email => Self::Email,
                FieldFormat::Telephone => Self::Telephone,
                FieldFormat::Date => Self::Date,
                FieldFormat::Gtin => Self::Gtin,
                FieldFormat::Currency => Self::Currency,
                FieldFormat::Availability => Self::Availability,
            },
        })
    }
}

/// Whether a field's value (one item of it, for arrays) is supported by its quote, as the field's mode demands:
/// quoted values parse out of it, classified ones are among the labels, composed ones are text.
pub fn supports_field(
    value: &Value,
    field: &FieldSpec,
    quote: &str,
    hints: &Hints,
) -> Result<(), Unsupported> {
    match field.mode {
        FieldMode::Quoted => supports(value, ValueKind::of(field)?, quote, hints),
        FieldMode::Classified => {
            let label = value.as_str().ok_or(Unsupported::WrongType("a string"))?;
            if field.labels.iter().any(|known| known == label) { Ok(()) } else { Err(Unsupported::NotALabel) }
        }
        FieldMode::Composed => value.as_str().map(|_| ()).ok_or(Unsupported::WrongType("a string")),
    }
}

/// Whether a value parses out of its quote.
pub fn supports(value: &Value, kind: ValueKind, quote: &str, hints: &Hints) -> Result<(), Unsupported> {
    let text =
        || value.as_str().filter(|text| !text.trim().is_empty()).ok_or(Unsupported::WrongType("a string"));
    match kind {
        ValueKind::Text => said(says(quote, text()?)),
        ValueKind::Number(unit) => measured(decimal(value)?, unit, quote, hints),
        ValueKind::Integer(unit) => {
            let wanted = decimal(value)?;
            if !wanted.is_integer() {
                return Err(Unsupported::WrongType("an integer"));
            }
            measured(wanted, unit, quote, hints)
        }
        ValueKind::Boolean => truth(value.as_bool().ok_or(Unsupported::WrongType("a boolean"))?, quote),
        ValueKind::Amount => amount(decimal(value)?, quote, hints),
        ValueKind::Url => address(text()?, quote, hints),
        ValueKind::Email => email(text()?, quote),
        ValueKind::Telephone => telephone(text()?, quote),
        ValueKind::Date => day(text()?, quote, hints),
        ValueKind::Gtin => gtin(text()?, quote),
        ValueKind::Currency => currency(text()?, quote, hints),
        ValueKind::Availability => {
            let wanted: Availability =
                text()?.parse().map_err(|_| Unsupported::WrongType("an ItemAvailability"))?;
            said(Availability::read(quote).is_some_and(|read| wanted.is_supported_by(read)))
        }
    }
}

fn said(yes: bool) -> Result<(), Unsupported> {
    if yes { Ok(()) } else { Err(Unsupported::NotInQuote) }
}

/// Whether the quote holds a text, whole words of it, other writings allowed.
fn says(quote: &str, text: &str) -> bool {
    Haystack::new(quote).find(text).is_ok()
}

/// A JSON number, or a string that is a plain decimal.
fn decimal(value: &Value) -> Result<Decimal, Unsupported> {
    let text = match value {
        Value::Number(number) => number.to_string(),
        Value::String(text) => text.trim().to_owned(),
        _ => return Err(Unsupported::WrongType("a number")),
    };
    text.parse().or_else(|_| Decimal::from_scientific(&text)).map_err(|_| Unsupported::WrongType("a number"))
}

fn measured(wanted: Decimal, unit: Option<Unit>, quote: &str, hints: &Hints) -> Result<(), Unsupported> {
    let Some(unit) = unit else {
        return said(number::find_all(quote, hints).iter().any(|number| number.may_be(wanted)));
    };
    let is_wanted = |value: Decimal, from: Unit| {
        units::convert(value, from, unit)
            .is_ok_and(|converted| is_rounding_of(wanted, converted, from == unit))
    };
    let quantities = units::find_all(quote, hints);
    let dimensions = units::dimensions(quote, hints);
    let measured = quantities
        .iter()
        .any(|q| is_wanted(q.value, q.unit) || q.other.is_some_and(|other| is_wanted(other, q.unit)))
        || dimensions.iter().any(|d| d.values.iter().any(|value| is_wanted(*value, d.unit)));
    if measured {
        return Ok(());
    }
    // A label may give the unit for the number beside it: `Weight (kg): 1.4`.
    let bare: Vec<Number> = number::find_all(quote, hints)
        .into_iter()
        .filter(|number| !quantities.iter().any(|q| q.range.start == number.range.start))
        .collect();
    if bare.is_empty() {
        return Err(Unsupported::NotInQuote);
    }
    let labelled: Vec<Unit> =
        units::mentioned(quote).into_iter().filter(|named| named.dimension() == unit.dimension()).collect();
    if labelled.is_empty() {
        return Err(Unsupported::NoUnit);
    }
    said(labelled.iter().any(|from| {
        bare.iter().any(|n| is_wanted(n.value, *from) || n.other.is_some_and(|other| is_wanted(other, *from)))
    }))
}

/// Whether a wanted value is a conversion's result, or that result rounded to at least three significant digits.
fn is_rounding_of(wanted: Decimal, converted: Decimal, same_unit: bool) -> bool {
    if wanted == converted {
        return true;
    }
    let significant = wanted.mantissa().unsigned_abs().checked_ilog10().map_or(0, |digits| digits + 1);
    !same_unit
        && significant >= 3
        && converted
            .round_dp_with_strategy(wanted.scale(), rust_decimal::RoundingStrategy::MidpointAwayFromZero)
            == wanted
}

fn amount(wanted: Decimal, quote: &str, hints: &Hints) -> Result<(), Unsupported> {
    let stated = money::find_all(quote, hints);
    // Where the quote states money, other numbers in it (sizes, percents) are not the amount.
    said(if stated.is_empty() {
        number::find_all(quote, hints).iter().any(|number| number.may_be(wanted))
    } else {
        stated.iter().any(|mention| mention.may_be(wanted))
    })
}

fn truth(wanted: bool, quote: &str) -> Result<(), Unsupported> {
    const NO: &[&str] = &[
        "no", "not", "none", "false", "without", "never", "excluded", "nein", "nicht", "kein", "keine",
        "ohne", "falsch", "non", "sans", "faux", "sin", "falso", "senza", "nee", "niet", "geen", "zonder",
        "nej", "nie", "bez", "ne", "нет", "n/a", "não", "sem",
    ];
    const YES: &[&str] = &[
        "yes",
        "true",
        "with",
        "included",
        "includes",
        "available",
        "supported",
        "ja",
        "wahr",
        "mit",
        "inklusive",
        "vorhanden",
        "oui",
        "vrai",
        "avec",
        "inclus",
        "sí",
        "si",
        "sì",
        "verdadero",
        "con",
        "incluido",
        "vero",
        "incluso",
        "met",
        "inbegrepen",
        "tak",
        "ano",
        "да",
        "sim",
        "com",
    ];
    let folded = Folded::new(quote);
    let has = |list: &[&str]| {
        folded
            .text()
            .split(|c: char| !(c.is_alphanumeric() || c == '/' || is_mark(c)))
            .any(|word| !word.is_empty() && list.iter().any(|known| Folded::new(known).text() == word))
    };
    let no = has(NO) || quote.contains(['✗', '✘', '❌', '✖']);
    let yes = has(YES) || quote.contains(['✓', '✔', '✅', '☑']);
    said(if wanted { yes && !no } else { no })
}

fn is_mark(c: char) -> bool {
    unicode_normalization::char::canonical_combining_class(c) != 0
}

fn address(wanted: &str, quote: &str, hints: &Hints) -> Result<(), Unsupported> {
    // JSON writes `\/` for a slash.
    let quote = quote.replace("\\/", "/").replace("&amp;", "&");
    let wanted_url = url::Url::parse(wanted).map_err(|_| Unsupported::WrongType("an absolute URL"))?;
    let tokens =
        quote.split(|c: char| c.is_whitespace() || matches!(c, '"' | '\'' | '<' | '>' | '(' | ')' | '|'));
    let mut references =
        tokens.map(|token| token.trim_end_matches([',', ';', '.'])).filter(|token| !token.is_empty());
    said(references.any(|reference| {
        let absolute = match url::Url::parse(reference) {
            Ok(url) => Some(url),
            Err(_) => match &hints.base {
                Some(base) if reference.contains(['/', '.']) => base.join(reference).ok(),
                _ => None,
            },
        };
        // A page names its own site without a scheme: `www.example.org`.
        let bare = || {
            ["https", "http"].iter().any(|scheme| {
                url::Url::parse(&format!("{scheme}://{reference}")).is_ok_and(|url| url == wanted_url)
            })
        };
        absolute.as_ref() == Some(&wanted_url) || (reference.contains('.') && bare())
    }))
}

fn email(wanted: &str, quote: &str) -> Result<(), Unsupported> {
    if !wanted.contains('@') {
        return Err(Unsupported::WrongType("an e-mail address"));
    }
    let wanted = wanted.trim().to_lowercase();
    said(crate::shape::emails(quote).iter().any(|found| found.address.to_lowercase() == wanted))
}

/// The digits of the value are those of the quote, all of them, `(0)` aside.
fn telephone(wanted: &str, quote: &str) -> Result<(), Unsupported> {
    let digits = |text: &str| text.chars().filter(char::is_ascii_digit).collect::<String>();
    let wanted_digits = digits(wanted);
    if wanted_digits.len() < 3 {
        return Err(Unsupported::WrongType("a telephone number"));
    }
    let of_shape = crate::shape::telephones(quote).iter().any(|phone| {
        digits(&phone.number) == wanted_digits || digits(&phone.number.replace("(0)", "")) == wanted_digits
    });
    said(of_shape || digits(quote) == wanted_digits || says(quote, wanted))
}

fn day(wanted: &str, quote: &str, hints: &Hints) -> Result<(), Unsupported> {
    let wanted = date::parse(wanted, &Hints::none()).ok_or(Unsupported::WrongType("a date"))?.date;
    said(date::find_all(quote, hints).iter().any(|day| day.may_be(wanted)))
}

fn gtin(wanted: &str, quote: &str) -> Result<(), Unsupported> {
    let wanted = ids::gtin(wanted).ok_or(Unsupported::WrongType("a GTIN"))?;
    said(crate::shape::gtins(quote).iter().any(|found| ids::gtin(&found.digits).as_ref() == Some(&wanted)))
}

fn currency(wanted: &str, quote: &str, hints: &Hints) -> Result<(), Unsupported> {
    let wanted: gleaner_contract::Currency =
        wanted.parse().map_err(|_| Unsupported::WrongType("a currency code"))?;
    let signs = money::signs(quote);
    let named: Vec<_> = signs.iter().filter(|sign| sign.candidates.contains(&wanted.code())).collect();
    if named.is_empty() {
        // A code alone, as structured data gives it, may be one that no price on a page is written in.
        return said(quote.split(|c: char| !c.is_ascii_alphanumeric()).any(|word| word == wanted.code()));
    }
    if named.iter().any(|sign| money::resolve(sign.candidates, hints) == Some(wanted)) {
        return Ok(());
    }
    Err(Unsupported::AmbiguousCurrency)
}

#[cfg(test)]
mod tests;
