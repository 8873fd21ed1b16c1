//! Normal forms in which two writings of one identifier or name are equal.

use crate::text::Folded;

/// A GTIN in 14 digits, so that its 8, 12 and 13-digit forms are equal; `None` when the check digit or the length is wrong.
pub fn gtin(text: &str) -> Option<String> {
    let digits: String = text.chars().filter(|c| !c.is_whitespace() && *c != '-').collect();
    let well_formed = matches!(digits.len(), 8 | 12 | 13 | 14) && digits.bytes().all(|b| b.is_ascii_digit());
    (well_formed && has_check_digit(&digits)).then(|| format!("{digits:0>14}"))
}

/// Whether the last digit is the check digit of the GS1 General Specifications, section 7.9.
pub(crate) fn has_check_digit(digits: &str) -> bool {
    let sum: u32 = digits
        .bytes()
        .rev()
        .enumerate()
        .map(|(place, b)| u32::from(b - b'0') * if place % 2 == 0 { 1 } else { 3 })
        .sum();
    sum.is_multiple_of(10) && digits.bytes().any(|b| b != b'0')
}

/// A SKU or MPN without case, spaces and separators: `AD-18 v` and `ad18V` are equal.
pub fn part_number(text: &str) -> String {
    Folded::new(text).text().chars().filter(|c| c.is_alphanumeric()).collect()
}

/// A name without case, punctuation and legal form: `ACME Tools, Inc.` and `Acme Tools` are equal.
pub fn name(text: &str) -> String {
    let folded = Folded::new(text);
    let plain = folded.text().replace('&', " and ");
    let words: Vec<String> = plain
        .split(|c: char| c.is_whitespace() || matches!(c, ',' | '(' | ')' | '/' | '-' | '|'))
        .map(|word| word.chars().filter(|c| c.is_alphanumeric() || is_mark(*c)).collect::<String>())
        .filter(|word| !word.is_empty())
        .collect();
    let kept = crate::shape::without_legal_form(&words);
    let kept = if kept.is_empty() { &words[..] } else { kept };
    kept.join(" ")
}

fn is_mark(c: char) -> bool {
    unicode_normalization::char::canonical_combining_class(c) != 0
}

#[cfg(test)]
mod tests;
