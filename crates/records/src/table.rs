//! What a person sees in a terminal: each target with its values, short quotes, and what is missing and why.

use std::{collections::BTreeMap, path::PathBuf};

use gleaner_contract::{Counter, FieldState, JobId, Money, Record, UrlCounts};
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};
use url::Url;

use crate::{csv::plain, entries::entries, words};

/// Columns of a terminal that nothing is known of.
const USUAL: usize = 124;

/// What is left of a narrow terminal is not made narrower than this.
const LEAST: usize = 60;

/// What stands below the records.
#[derive(Debug, Clone, Default)]
pub struct Footer {
    pub urls: UrlCounts,
    pub files: Vec<PathBuf>,
    /// Why targets failed: by job, the URL that could not be read, and why.
    pub why: BTreeMap<JobId, String>,
    /// What to try next, a line each.
    pub next: Vec<String>,
    /// Columns of the terminal, where they are known.
    pub width: Option<usize>,
}

/// How wide the parts of a line are.
#[derive(Debug, Clone, Copy)]
struct Columns {
    value: usize,
    quote: usize,
    place: usize,
}

impl Columns {
    /// Shares what `width` leaves beside a label of `label` columns.
    fn sharing(width: usize, label: usize) -> Self {
        // two before each part
        let left = width.clamp(LEAST, USUAL).saturating_sub(label + 4 * 2);
        let (value, quote) = (left * 34 / 102, left * 40 / 102);
        Self { value, quote, place: left - value - quote }
    }
}

/// Whether to use colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Paint {
    Colour,
    Plain,
}

impl Paint {
    fn wrap(self, code: &str, text: &str) -> String {
        match self {
            Self::Colour => format!("\u{1b}[{code}m{text}\u{1b}[0m"),
            Self::Plain => text.to_owned(),
        }
    }
}

/// The whole text, ready to print.
pub fn render(records: &[Record], footer: &Footer, paint: Paint) -> String {
    let mut out = String::new();
    for record in records {
        target(record, footer, paint, &mut out);
    }
    let urls = &footer.urls;
    out.push_str(&format!(
        "urls: {} discovered = {} fetched + {} reused + {} failed + {} skipped",
        urls.discovered, urls.fetched, urls.reused, urls.failed, urls.skipped
    ));
    if urls.open > 0 {
        out.push_str(&format!(" + {} open", urls.open));
    }
    out.push('\n');
    if let Some(money) = money(records) {
        out.push_str(&format!("money: {money}\n"));
    }
    for file in &footer.files {
        out.push_str(&format!("left: {}\n", file.display()));
    }
    for line in &footer.next {
        out.push_str(&paint.wrap("2", &format!("next: {line}")));
        out.push('\n');
    }
    out
}

fn target(record: &Record, footer: &Footer, paint: Paint, out: &mut String) {
    let name = paint.wrap("1", &printable(&record.id));
    let subject = serde_json::to_value(record.subject).map(|subject| plain(&subject)).unwrap_or_default();
    out.push_str(&format!(
        "{name}  {}: {} · subject {subject} · revision {}\n",
        record.status.as_str(),
        words::stop_reason(&record.stop_reason),
        record.revision
    ));
    if let Some(why) = footer.why.get(&record.job) {
        out.push_str(&format!("  {}\n", paint.wrap("31", &printable(why))));
    }
    let widest = record.data.keys().map(|field| field.width()).max().unwrap_or(0).min(24);
    let columns = Columns::sharing(footer.width.unwrap_or(USUAL), widest);
    for field in record.data.keys() {
        for entry in entries(record, field) {
            let label = pad(field, widest);
            if entry.record.state == FieldState::Supported {
                let unit = entry.record.unit.as_deref().map(|unit| format!(" {unit}")).unwrap_or_default();
                let value = pad(&format!("{}{unit}", plain(entry.value)), columns.value);
                let evidence = entry.record.evidence.first();
                let quote = evidence.map(|evidence| format!("“{}”", evidence.quote)).unwrap_or_default();
                let place = evidence.map(|evidence| path_of(&evidence.url)).unwrap_or_default();
                let (quote, place) = (pad(&quote, columns.quote), cut(&place, columns.place));
                out.push_str(&format!(
                    "  {label}  {value}  {}  {}\n",
                    paint.wrap("36", &quote),
                    paint.wrap("2", &place)
                ));
            } else {
                let why = words::field_reason(entry.record.state, entry.record.reason);
                out.push_str(&format!("  {label}  {}\n", paint.wrap("2", &format!("– {why}"))));
            }
        }
    }
    for change in &record.changes {
        let (from, to) = (cut(&plain(&change.from), columns.value), cut(&plain(&change.to), columns.value));
        out.push_str(&format!(
            "  {} {from} → {to}\n",
            paint.wrap("33", &format!("changed {}:", printable(&change.field)))
        ));
    }
    out.push('\n');
}

/// What all targets cost together; nothing when their currencies differ.
fn money(records: &[Record]) -> Option<Money> {
    let of = |record: &Record| plain(record.cost.get(&Counter::MONEY)?).parse::<Money>().ok();
    records.iter().filter_map(of).map(Some).reduce(|sum, one| {
        let (sum, one) = (sum?, one?);
        (sum.currency == one.currency).then(|| Money::new(sum.amount + one.amount, one.currency))
    })?
}

fn path_of(url: &str) -> String {
    Url::parse(url).map_or_else(
        |_| url.to_owned(),
        |url| url.query().map_or_else(|| url.path().to_owned(), |query| format!("{}?{query}", url.path())),
    )
}

/// A line for a terminal: control characters and line breaks of pages, inputs and records must not reach it.
pub fn printable(text: &str) -> String {
    let text = gleaner_evidence::text::squeeze(text);
    text.chars().map(|c| if c.is_control() || is_bidi(c) { '\u{fffd}' } else { c }).collect()
}

/// Marks that reorder what follows them.
pub(crate) fn is_bidi(c: char) -> bool {
    matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

fn cut(text: &str, width: usize) -> String {
    let text = printable(text);
    if text.width() <= width {
        return text;
    }
    let mut out = String::new();
    let mut used = 1;
    for c in text.chars() {
        used += c.width().unwrap_or(0);
        if used > width {
            break;
        }
        out.push(c);
    }
    out.push('…');
    out
}

fn pad(text: &str, width: usize) -> String {
    let text = cut(text, width);
    let missing = width.saturating_sub(text.width());
    text + &" ".repeat(missing)
}

#[cfg(test)]
mod tests;
