//! The scanner: finds the numbers of a text and splits each into sign, groups and fraction.

use std::ops::Range;

use rust_decimal::Decimal;

use crate::{
    hints::DecimalMark,
    text::{decimal_digit, is_vulgar_fraction},
};

/// Digits that a decimal can hold exactly.
const MAX_DIGITS: usize = 28;
const MAX_PARTS: usize = 12;

/// A number as written, at bytes of its text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Raw {
    pub(crate) range: Range<usize>,
    /// The value; of an ambiguous writing the one with a fraction.
    pub(crate) value: Decimal,
    /// Set when the writing is ambiguous: the value with its one separator as a group mark, and that separator.
    pub(crate) grouped: Option<(Decimal, DecimalMark)>,
    /// Whether digits stand after a decimal mark, or might.
    pub(crate) has_fraction: bool,
}

/// All numbers of a text, in order; those glued to a letter before them are identifiers and left out.
pub(crate) fn raw_numbers(text: &str) -> impl Iterator<Item = Raw> + '_ {
    let mut at = 0;
    std::iter::from_fn(move || {
        while let Some((offset, _)) =
            text[at..].char_indices().find(|(_, c)| is_digit(*c) || is_vulgar_fraction(*c))
        {
            let start = with_lead(text, at, at + offset);
            let glued = text[..start].chars().next_back().is_some_and(|c| c.is_alphanumeric() || c == '_');
            let (raw, end) = scan(text, start);
            at = end.max(at + offset + 1);
            while !text.is_char_boundary(at) {
                at += 1;
            }
            match raw {
                Some(raw) if !glued => return Some(raw),
                _ => {}
            }
        }
        None
    })
}

/// The number that starts at a byte, sign included.
pub(crate) fn raw_at(text: &str, start: usize) -> Option<Raw> {
    scan(text, start).0
}

/// Moves the start of a digit run back over its decimal point (`.5`) and sign (`-5`).
fn with_lead(text: &str, floor: usize, digit: usize) -> usize {
    let before = |at: usize| text[floor..at].chars().next_back();
    let word = |c: char| c.is_alphanumeric() || matches!(c, '.' | ',' | ')' | ']' | '%' | '\'');
    let mut start = digit;
    if text[digit..].starts_with(is_digit)
        && before(start) == Some('.')
        && !text[..start - 1].chars().next_back().is_some_and(word)
    {
        start -= 1;
    }
    if let Some(sign) = before(start).filter(|c| is_sign(*c)) {
        let at = start - sign.len_utf8();
        if !text[..at].chars().next_back().is_some_and(|c| word(c) || is_sign(c)) {
            start = at;
        }
    }
    start
}

/// Reads at `start` (sign, point or digit): the number, if it is one, and where the scan ended.
fn scan(text: &str, start: usize) -> (Option<Raw>, usize) {
    let mut cursor = Cursor { text, at: start };
    let negative = match cursor.peek() {
        Some(c) if is_sign(c) => {
            cursor.bump();
            c != '+'
        }
        _ => false,
    };
    if cursor.peek().is_some_and(is_vulgar_fraction) {
        let value = cursor.vulgar();
        let range = start..cursor.at;
        return (value.map(|value| Raw::certain(range, signed(value, negative))), cursor.at);
    }
    let mut parts = vec![cursor.digits()];
    let mut separators = Vec::new();
    while let Some((separator, part)) = cursor.continuation(&parts, &separators) {
        separators.push(separator);
        parts.push(part);
        if parts.len() > MAX_PARTS {
            return (None, cursor.skip_word());
        }
    }
    if parts.iter().map(String::len).sum::<usize>() > MAX_DIGITS || cursor.is_exponent() {
        return (None, cursor.skip_word());
    }
    let Some(mut raw) = interpret(&parts, &separators) else { return (None, cursor.at) };
    if separators.is_empty() {
        match cursor.fraction(&parts[0]) {
            Fraction::Added(part) => raw.value += part,
            Fraction::Whole(value) => raw.value = value,
            Fraction::None => cursor.dash_for_cents(),
        }
    }
    raw.value = signed(raw.value, negative);
    raw.grouped = raw.grouped.map(|(value, mark)| (signed(value, negative), mark));
    raw.range = start..cursor.at;
    (Some(raw), cursor.at)
}

fn signed(value: Decimal, negative: bool) -> Decimal {
    if negative { -value } else { value }
}

impl Raw {
    fn certain(range: Range<usize>, value: Decimal) -> Self {
        Self { range, value, grouped: None, has_fraction: !value.is_integer() }
    }
}

/// What groups or splits digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Separator {
    Point,
    Comma,
    Apostrophe,
    Space(char),
}

impl Separator {
    fn of(c: char) -> Option<Self> {
        Some(match c {
            '.' => Self::Point,
            ',' | '\u{66b}' => Self::Comma,
            '\u{66c}' | '\'' | '\u{2019}' => Self::Apostrophe,
            ' ' | '\u{a0}' | '\u{202f}' | '\u{2009}' => Self::Space(c),
            _ => return None,
        })
    }

    fn mark(self) -> Option<DecimalMark> {
        match self {
            Self::Point => Some(DecimalMark::Point),
            Self::Comma => Some(DecimalMark::Comma),
            _ => None,
        }
    }
}

/// Reads the parts of a number; `None` for versions, dates and other things with too many separators.
fn interpret(parts: &[String], separators: &[Separator]) -> Option<Raw> {
    let whole = |parts: &[String]| parts.concat().parse::<Decimal>().ok();
    let split = |parts: &[String], fraction: &str| {
        let whole = parts.concat();
        format!("{}.{fraction}", if whole.is_empty() { "0" } else { &whole }).parse::<Decimal>().ok()
    };
    let certain = |value: Decimal, has_fraction| Raw { range: 0..0, value, grouped: None, has_fraction };
    let Some((&last, others)) = separators.split_last() else { return Some(certain(whole(parts)?, false)) };
    let (fraction, wholes) = parts.split_last()?;
    if others.is_empty() {
        let Some(mark) = last.mark() else { return Some(certain(whole(parts)?, false)) };
        let value = split(wholes, fraction)?;
        let groups = is_grouped(parts, last) && !wholes[0].starts_with('0');
        return Some(Raw {
            range: 0..0,
            value,
            grouped: if groups { Some((whole(parts)?, mark)) } else { None },
            has_fraction: true,
        });
    }
    if others.iter().all(|&other| other == last) {
        return if is_grouped(parts, last) { Some(certain(whole(parts)?, false)) } else { None };
    }
    let group = others[0];
    let decimal =
        last.mark().is_some() && others.iter().all(|&other| other == group) && is_grouped(wholes, group);
    if decimal { Some(certain(split(wholes, fraction)?, true)) } else { None }
}

/// Thousands (`1.299.000`), or lakhs and crores with commas (`1,29,999`).
fn is_grouped(parts: &[String], separator: Separator) -> bool {
    let [first, middle @ .., last] = parts else { return true };
    let lengths = |size: usize| middle.iter().all(|part| part.len() == size);
    let thousands = (1..=3).contains(&first.len()) && lengths(3);
    let lakhs = separator == Separator::Comma && (1..=2).contains(&first.len()) && lengths(2);
    last.len() == 3 && (thousands || lakhs)
}

enum Fraction {
    None,
    /// `1 1/2`, `1½`: to be added to the whole.
    Added(Decimal),
    /// `1/2`: the digits were a numerator.
    Whole(Decimal),
}

struct Cursor<'t> {
    text: &'t str,
    at: usize,
}

impl Cursor<'_> {
    fn peek(&self) -> Option<char> {
        self.text[self.at..].chars().next()
    }

    fn bump(&mut self) {
        self.at += self.peek().map_or(0, char::len_utf8);
    }

    /// A run of digits, as ASCII.
    fn digits(&mut self) -> String {
        let mut digits = String::new();
        while let Some(digit) = self.peek().and_then(decimal_digit) {
            digits.push(char::from(b'0' + digit));
            self.bump();
        }
        digits
    }

    /// A separator with the digits after it, when they belong to the number.
    fn continuation(&mut self, parts: &[String], separators: &[Separator]) -> Option<(Separator, String)> {
        let back = self.at;
        let separator = Separator::of(self.peek()?)?;
        self.bump();
        let part = self.digits();
        let belongs = match separator {
            Separator::Point | Separator::Comma => !part.is_empty(),
            // Any two numbers may stand side by side: only an unbroken chain of thousands is one number.
            Separator::Apostrophe | Separator::Space(_) => {
                part.len() == 3
                    && separators.iter().all(|&other| other == separator)
                    && (1..=3).contains(&parts[0].len())
                    && !parts[0].starts_with('0')
                    && (separator == Separator::Apostrophe || !self.is_phone_like())
            }
        };
        if !belongs {
            self.at = back;
            return None;
        }
        Some((separator, part))
    }

    /// `310-566` behind a space: the next number's first digits, not this one's last group.
    fn is_phone_like(&self) -> bool {
        let mut rest = self.text[self.at..].chars();
        match rest.next() {
            Some('-' | '/' | '\u{2010}' | '\u{2011}') => rest.next().is_some_and(is_digit),
            Some('.') => rest.take(3).filter(|c| is_digit(*c)).count() == 3,
            _ => false,
        }
    }

    /// `1e5`: the writer's program leaked a float, or this is an identifier.
    fn is_exponent(&self) -> bool {
        let mut rest = self.text[self.at..].chars();
        matches!(rest.next(), Some('e' | 'E'))
            && match rest.next() {
                Some('+' | '-') => rest.next().is_some_and(is_digit),
                next => next.is_some_and(is_digit),
            }
    }

    fn skip_word(&mut self) -> usize {
        while self.peek().is_some_and(|c| c.is_alphanumeric() || matches!(c, '.' | ',' | '+' | '-')) {
            self.bump();
        }
        self.at
    }

    /// `½` as a number of its own.
    fn vulgar(&mut self) -> Option<Decimal> {
        let (numerator, denominator) = match self.peek()? {
            '½' => (1, 2),
            '¼' => (1, 4),
            '¾' => (3, 4),
            '⅓' => (1, 3),
            '⅔' => (2, 3),
            '⅛' => (1, 8),
            '⅜' => (3, 8),
            '⅝' => (5, 8),
            '⅞' => (7, 8),
            '⅕' => (1, 5),
            '⅖' => (2, 5),
            '⅗' => (3, 5),
            '⅘' => (4, 5),
            '⅙' => (1, 6),
            '⅚' => (5, 6),
            _ => {
                self.bump();
                return None;
            }
        };
        self.bump();
        Some(Decimal::from(numerator) / Decimal::from(denominator))
    }

    fn fraction(&mut self, digits: &str) -> Fraction {
        let back = self.at;
        if self.peek() == Some('/') || self.peek() == Some('\u{2044}') {
            if let Some(value) = self.slash(digits) {
                return Fraction::Whole(value);
            }
            self.at = back;
            return Fraction::None;
        }
        if matches!(self.peek(), Some(' ' | '\u{a0}' | '\u{202f}' | '-')) {
            self.bump();
            if self.peek().is_some_and(is_vulgar_fraction) {
                return self.vulgar().map_or(Fraction::None, Fraction::Added);
            }
            let numerator = self.digits();
            if !numerator.is_empty()
                && numerator.len() <= 2
                && let Some(value) = self.slash(&numerator)
            {
                return Fraction::Added(value);
            }
            self.at = back;
            return Fraction::None;
        }
        if self.peek().is_some_and(is_vulgar_fraction)
            && let Some(value) = self.vulgar()
        {
            return Fraction::Added(value);
        }
        self.at = back;
        Fraction::None
    }

    /// `/2` after a numerator: halves, eighths and the like, never a date or a pair such as `24/7`.
    fn slash(&mut self, numerator: &str) -> Option<Decimal> {
        if !matches!(self.peek(), Some('/' | '\u{2044}')) {
            return None;
        }
        self.bump();
        let denominator: u32 = self.digits().parse().ok()?;
        let numerator: u32 = numerator.parse().ok()?;
        let usual = matches!(denominator, 2 | 3 | 4 | 5 | 6 | 8 | 16 | 32 | 64);
        let more =
            matches!(self.peek(), Some('/' | '.' | ',')) && self.text[self.at + 1..].starts_with(is_digit);
        (usual && !more && (1..denominator).contains(&numerator))
            .then(|| Decimal::from(numerator) / Decimal::from(denominator))
    }

    /// `129,–` and `12.-`: a dash for no cents.
    fn dash_for_cents(&mut self) {
        let rest = &self.text[self.at..];
        let Some(mark) = rest.chars().next().filter(|c| matches!(c, ',' | '.' | ':')) else { return };
        let dashes: usize = rest[mark.len_utf8()..]
            .chars()
            .take_while(|c| matches!(c, '-' | '\u{2013}' | '\u{2014}' | '\u{2212}'))
            .map(char::len_utf8)
            .sum();
        let end = mark.len_utf8() + dashes;
        if dashes > 0 && dashes <= 6 && !rest[end..].starts_with(char::is_alphanumeric) {
            self.at += end;
        }
    }
}

fn is_digit(c: char) -> bool {
    decimal_digit(c).is_some()
}

fn is_sign(c: char) -> bool {
    matches!(c, '-' | '+' | '\u{2212}' | '\u{2013}')
}
