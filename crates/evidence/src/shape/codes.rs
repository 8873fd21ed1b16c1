//! Numbers with a check: GTIN, ISBN, VAT ids.

use std::{ops::Range, sync::LazyLock};

use regex::Regex;

use crate::{ids, text::Marks};

/// A GTIN or ISBN whose check digit is right.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Code {
    /// The digits alone (an ISBN-10 may end in `X`).
    pub digits: String,
    /// Code points of what the page writes.
    pub range: Range<usize>,
}

/// A VAT id of a country of Europe.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VatId {
    /// Country prefix and number, without spaces and points.
    pub id: String,
    /// Code points of what the page writes.
    pub range: Range<usize>,
}

/// GTINs (EAN, UPC, ISBN-13) of 8, 12, 13 or 14 digits with a right check digit.
pub fn gtins(text: &str) -> Vec<Code> {
    static GTIN: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(
            r"97[89](?:[- ]?[0-9]){10}|[0-9] [0-9]{5} [0-9]{5} [0-9]|[0-9] [0-9]{6} [0-9]{6}|[0-9]{8,14}",
        )
        .expect("a constant pattern")
    });
    codes(text, &GTIN, |digits| ids::gtin(digits).is_some())
}

/// ISBNs of ten or thirteen digits with a right check digit.
pub fn isbns(text: &str) -> Vec<Code> {
    static ISBN: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(r"97[89](?:[- ]?[0-9]){10}|[0-9](?:[- ]?[0-9]){8}[- ]?[0-9Xx]")
            .expect("a constant pattern")
    });
    codes(text, &ISBN, |digits| match digits.len() {
        13 => ids::gtin(digits).is_some(),
        10 => is_isbn10(digits),
        _ => false,
    })
}

fn codes(text: &str, pattern: &Regex, is_right: impl Fn(&str) -> bool) -> Vec<Code> {
    let mut marks = Marks::new(text);
    pattern
        .find_iter(text)
        .filter_map(|found| {
            let inside = |c: char| c.is_alphanumeric() || c == '_';
            if text[..found.start()].ends_with(inside) || text[found.end()..].starts_with(inside) {
                return None;
            }
            let digits: String = found.as_str().chars().filter(char::is_ascii_alphanumeric).collect();
            is_right(&digits)
                .then(|| Code { digits: digits.to_ascii_uppercase(), range: marks.range(found.range()) })
        })
        .collect()
}

/// ISO 2108, annex A: the weighted sum is a multiple of eleven.
fn is_isbn10(digits: &str) -> bool {
    let value = |(place, c): (usize, char)| {
        let digit = if place == 9 && matches!(c, 'X' | 'x') { Some(10) } else { c.to_digit(10) };
        digit.map(|digit| digit * (10 - u32::try_from(place).unwrap_or(0)))
    };
    let sum: Option<u32> = digits.chars().enumerate().map(value).sum();
    sum.is_some_and(|sum| sum % 11 == 0 && sum > 0)
}

/// VAT ids with a country prefix of the EU, Great Britain, Norway or Switzerland.
pub fn vat_ids(text: &str) -> Vec<VatId> {
    static VAT: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(
            r"(?x)
            ATU[\ ]?\d{8} | BE[\ ]?[01](?:[.\ ]?\d{3}){3} | BG\d{9,10} | CHE[-\ ]?\d{3}[.\ ]?\d{3}[.\ ]?\d{3}(?:[\ ]?(?:MWST|TVA|IVA))?
            | CY\d{8}[A-Z] | CZ[\ ]?\d{8,10} | DE[\ ]?\d{3}[\ ]?\d{3}[\ ]?\d{3} | DK[\ ]?\d{2}[\ ]?\d{2}[\ ]?\d{2}[\ ]?\d{2} | EE[\ ]?\d{9}
            | EL[\ ]?\d{9} | ES[\ -]?(?:[A-Z][\ -]?\d{7}[A-Z0-9]|\d{8}[\ -]?[A-Z]) | FI[\ ]?\d{8} | FR[\ ]?[0-9A-Z]{2}[\ ]?\d{3}[\ ]?\d{3}[\ ]?\d{3}
            | GB[\ ]?\d{3}[\ ]?\d{4}[\ ]?\d{2} | HR[\ ]?\d{11} | HU[\ ]?\d{8} | IE[\ ]?\d[0-9A-Z]\d{5}[A-Z]{1,2} | IT[\ ]?\d{11}
            | LT(?:\d{9}|\d{12}) | LU[\ ]?\d{8} | LV[\ ]?\d{11} | MT\d{8} | NL[\ ]?\d{9}[.\ ]?B[.\ ]?\d{2} | NO[\ ]?\d{9}[\ ]?MVA
            | PL[\ ]?\d{10} | PT[\ ]?\d{9} | RO[\ ]?\d{6,10} | SE[\ ]?\d{12} | SI[\ ]?\d{8} | SK[\ ]?\d{10} | XI[\ ]?\d{9}",
        )
        .expect("a constant pattern")
    });
    let mut marks = Marks::new(text);
    VAT.find_iter(text)
        .filter_map(|found| {
            let inside = |c: char| c.is_alphanumeric() || c == '_';
            let glued = text[..found.start()].ends_with(inside) || text[found.end()..].starts_with(inside);
            let id = found.as_str().chars().filter(char::is_ascii_alphanumeric).collect();
            (!glued).then(|| VatId { id, range: marks.range(found.range()) })
        })
        .collect()
}

#[cfg(test)]
mod tests;
