//! Cells for tables that people open in a spreadsheet, where a cell may be run as a formula.

use std::borrow::Cow;

/// The text to write as a cell: what a spreadsheet would run as a formula gets a leading `'`, which makes it text.
///
/// Guarded are cells that start with `=`, `+`, `-`, `@`, a tab or a line break, also after blanks, and their full-width
/// forms (OWASP, "CSV injection"). A plain number such as `-12.5` is no formula and stays as it is.
pub fn guarded_cell(text: &str) -> Cow<'_, str> {
    let starts_formula = |c: char| matches!(c, '=' | '+' | '-' | '@' | '＝' | '＋' | '－' | '＠');
    let breaks = text.starts_with(['\t', '\r', '\n']);
    if (breaks || text.trim_start().starts_with(starts_formula)) && !is_plain_number(text) {
        Cow::Owned(format!("'{text}"))
    } else {
        Cow::Borrowed(text)
    }
}

/// Digits with at most one point, signed or not.
fn is_plain_number(text: &str) -> bool {
    let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
    digits.starts_with(|c: char| c.is_ascii_digit())
        && digits.bytes().all(|b| b.is_ascii_digit() || b == b'.')
        && digits.bytes().filter(|b| *b == b'.').count() <= 1
}

#[cfg(test)]
mod tests;
