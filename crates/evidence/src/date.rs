//! Days as pages write them.
//!
//! `2026-11-22`, `22 November 2026`, `22. November 2026`, `Nov 22, 2026`, `22.11.2026`, `22/11/2026`. All-digit dates with
//! slashes or dashes whose order no hint settles keep both readings. Two-digit years are refused.

mod months;

use std::{ops::Range, sync::LazyLock};

use jiff::civil::Date;
use regex::{Captures, Regex};

use crate::{
    hints::{DateOrder, Hints},
    text::Marks,
};

/// A day and where it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Day {
    pub date: Date,
    /// The second reading of an ambiguous writing that no hint settled.
    pub other: Option<Date>,
    /// Code points in the text.
    pub range: Range<usize>,
}

impl Day {
    /// Whether this day is among the readings.
    pub fn may_be(&self, date: Date) -> bool {
        self.date == date || self.other == Some(date)
    }
}

static DAYS: LazyLock<Regex> = LazyLock::new(|| {
    let name = months::PATTERN;
    let pattern = format!(
        r"(?xi)
        (?P<iso_y>(?:1[5-9]|20|21)\d\d) - (?P<iso_m>\d\d) - (?P<iso_d>\d\d) (?:T[0-9:.]*(?:Z|[+-]\d\d:?\d\d)?)?
        | (?P<y1>\d{{4}}) / (?P<m1>\d\d?) / (?P<d1>\d\d?)
        | (?P<y2>\d{{4}}) 年 \s? (?P<m2>\d\d?) \s? 月 \s? (?P<d2>\d\d?) \s? 日
        | (?P<a>\d\d?) (?P<sep>\s?[./-]\s?) (?P<b>\d\d?) \s?[./-]\s? (?P<y3>\d{{4}})
        | (?P<d4>\d\d?) (?:st|nd|rd|th|er|º|°|\.)? (?:[\s-]|\sde\s|\sof\s)* (?P<n4>{name}) \.? (?:[\s,-]|\sde\s)* (?P<y4>\d{{4}})
        | (?P<n5>{name}) \.? \s* (?P<d5>\d\d?) (?:st|nd|rd|th)? [\s,]+ (?P<y5>\d{{4}})
        "
    );
    Regex::new(&pattern).expect("a constant pattern")
});

/// All days in a text, in order.
pub fn find_all(text: &str, hints: &Hints) -> Vec<Day> {
    let mut marks = Marks::new(text);
    DAYS.captures_iter(text)
        .filter_map(|found| {
            let whole = found.get_match();
            let glued = text[..whole.start()]
                .ends_with(|c: char| c.is_alphanumeric() || matches!(c, '.' | '/' | '-'))
                || text[whole.end()..].starts_with(|c: char| c.is_ascii_digit() || c == '/');
            if glued {
                return None;
            }
            let (date, other) = readings(&found, hints)?;
            Some(Day { date, other, range: marks.range(whole.range()) })
        })
        .collect()
}

/// Reads a text that is one day and nothing else.
pub fn parse(text: &str, hints: &Hints) -> Option<Day> {
    let day = find_all(text, hints).into_iter().next()?;
    let lead = text.chars().take_while(|c| c.is_whitespace()).count();
    let end = text.trim_end().chars().count();
    (day.range == (lead..end)).then_some(day)
}

fn readings(found: &Captures<'_>, hints: &Hints) -> Option<(Date, Option<Date>)> {
    let number = |name: &str| found.name(name).and_then(|digits| digits.as_str().parse::<i16>().ok());
    for (y, m, d) in [("iso_y", "iso_m", "iso_d"), ("y1", "m1", "d1"), ("y2", "m2", "d2")] {
        if let Some(year) = number(y) {
            return Some((day(year, number(m)?, number(d)?)?, None));
        }
    }
    for (d, n, y) in [("d4", "n4", "y4"), ("d5", "n5", "y5")] {
        if let Some(name) = found.name(n) {
            return Some((day(number(y)?, months::number(name.as_str())?, number(d)?)?, None));
        }
    }
    let (a, b, year) = (number("a")?, number("b")?, number("y3")?);
    let (day_first, month_first) = (day(year, b, a), day(year, a, b));
    // Points are written where the day comes first.
    if found.name("sep").is_some_and(|sep| sep.as_str().contains('.')) {
        return Some((day_first?, None));
    }
    match (day_first, month_first, hints.order_of_dates()) {
        (Some(one), Some(other), None) if one != other => Some((one, Some(other))),
        (Some(one), _, None | Some(DateOrder::DayFirst)) | (Some(one), None, _) => Some((one, None)),
        (_, Some(one), _) => Some((one, None)),
        (None, None, _) => None,
    }
}

fn day(year: i16, month: i16, day: i16) -> Option<Date> {
    if !(1500..=2199).contains(&year) {
        return None;
    }
    Date::new(year, month.try_into().ok()?, day.try_into().ok()?).ok()
}

#[cfg(test)]
mod tests;
