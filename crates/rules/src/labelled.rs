//! Labelled rows: spec tables, definition lists, `label: value` lines.

use gleaner_contract::{
    SubjectMatch,
    pack::{Pair, Region, Span},
};
use gleaner_evidence::quote::ValueKind;

use crate::{
    candidate::{Candidate, Place},
    concepts::{About, Id},
    ctx::Ctx,
    structured::{is_empty_value, is_unfit},
    value::{self, Parsed},
    wanted::Wanted,
};

const LABELLED: u8 = 84;
/// Rows in margins speak of other things more often.
const IN_MARGIN: u8 = 20;
/// Each row after the first with another value.
const LATER: u8 = 6;

/// Rows looked at for a field.
const MAX_ROWS: usize = 40;

/// Code points of a line that is a label and its value.
const MAX_LINE: u32 = 80;

pub(crate) fn read(ctx: &Ctx<'_>, wanted: &Wanted<'_>, limit: u32, found: &mut Vec<Candidate>) {
    // Shapes with labels of their own are read as shapes.
    if matches!(
        wanted.id(),
        Id::Telephone
            | Id::Fax
            | Id::Price
            | Id::Currency
            | Id::OrganizationName
            | Id::Street
            | Id::City
            | Id::Region
            | Id::PostalCode
            | Id::Country
            | Id::ProductName
    ) {
        return;
    }
    let rows = ctx.doc.pack.pairs.iter().filter(|pair| wanted.is_named(ctx.doc.text(pair.label))).cloned();
    let mut seen: Vec<Parsed> = Vec::new();
    for pair in rows.chain(lines(ctx, wanted)).take(MAX_ROWS) {
        let pair = &pair;
        let region = ctx.doc.region_at(pair.value.start);
        let is_product = wanted.about() == About::Product || ctx.theme == About::Product;
        if region == Region::Navigation
            || is_product && (region == Region::Footer || pair.value.start >= limit)
        {
            continue;
        }
        let Some(parsed) = parse(ctx, wanted, pair) else { continue };
        if seen.iter().any(|known| known.value == parsed.value) {
            continue;
        }
        let later = u8::try_from(seen.len().min(5)).unwrap_or(5) * LATER;
        let margin = if is_product && region == Region::Aside { IN_MARGIN } else { 0 };
        found.extend(candidate(ctx, pair, &parsed, LABELLED - later - margin, ctx.subjects.page));
        seen.push(parsed);
    }
}

/// Lines that begin with a label and no colon: `Product Code - 39139301`, `SKU 12-345`.
fn lines(ctx: &Ctx<'_>, wanted: &Wanted<'_>) -> Vec<Pair> {
    let is_code = matches!(wanted.id(), Id::Sku | Id::Mpn | Id::Gtin | Id::Isbn);
    if !is_code && !matches!(wanted.id(), Id::Brand) {
        return Vec::new();
    }
    let short = ctx.doc.pack.blocks.iter().filter(|block| block.span.end - block.span.start <= MAX_LINE);
    short.filter_map(|block| line(ctx, wanted, block.span, is_code)).take(MAX_ROWS).collect()
}

fn line(ctx: &Ctx<'_>, wanted: &Wanted<'_>, span: Span, is_code: bool) -> Option<Pair> {
    let text = ctx.doc.text(span);
    let ends = text.match_indices([' ', '\u{a0}']).map(|(at, _)| at).take(5);
    // The longest label wins: `product code`, not `product`.
    let mut cuts: Vec<usize> = ends.filter(|at| wanted.is_named(&text[..*at])).collect();
    let cut = cuts.pop()?;
    let rest = text[cut..].trim_start();
    let value = rest.trim_start_matches(['-', '–', '—', '#', '=', '№']).trim_start();
    let separated = value.len() < rest.len();
    let begins_as_code =
        value.split_whitespace().next().is_some_and(|word| word.chars().any(|c| c.is_ascii_digit()));
    if value.is_empty()
        || !(separated || is_code && begins_as_code)
        || is_code && value.split_whitespace().count() > 3
    {
        return None;
    }
    let points = |to: usize| u32::try_from(text[..to].chars().count()).unwrap_or(0);
    let from = span.start + points(text.len() - value.len());
    Some(Pair { label: Span::new(span.start, span.start + points(cut)), value: Span::new(from, span.end) })
}

fn parse(ctx: &Ctx<'_>, wanted: &Wanted<'_>, pair: &Pair) -> Option<Parsed> {
    let (label, text) = (ctx.doc.text(pair.label), ctx.doc.text(pair.value));
    if text.contains('\n') && wanted.kind == ValueKind::Text {
        return None;
    }
    let mut parsed = value::parse(text, label, wanted.spec, wanted.kind, &ctx.doc.hints)?;
    if matches!(wanted.id(), Id::Sku | Id::Mpn) {
        parsed = code(text, &parsed)?;
    }
    (!is_empty_value(&parsed) && !is_unfit(wanted, &parsed)).then_some(parsed)
}

/// The code at the start of a text: one word with a digit, or all of it when it has spaces and digits throughout.
fn code(text: &str, whole: &Parsed) -> Option<Parsed> {
    let all = value::slice(text, &whole.range);
    let first = all
        .split([' ', '\u{a0}', '|', ',', ';', '('])
        .next()?
        .trim_start_matches('#')
        .trim_end_matches(['.', ',', ':']);
    let has_digit = |text: &str| text.chars().any(|c| c.is_ascii_digit());
    let written =
        if first.len() < all.len() && all.split_whitespace().all(has_digit) && all.chars().count() <= 24 {
            all
        } else {
            first
        };
    let is_capitals = |text: &str| text.chars().all(|c| c.is_ascii_uppercase() || c == '-');
    let is_code =
        has_digit(written) || (written == all && written.chars().count() >= 3 && is_capitals(written));
    if !is_code {
        return None;
    }
    // `Height0.9`: cells that ran together.
    let glued = written
        .find(|c: char| c.is_ascii_digit())
        .is_some_and(|at| written[..at].chars().filter(|c| c.is_lowercase()).count() >= 4);
    if glued {
        return None;
    }
    let lead = all.find(written).map(|at| all[..at].chars().count())?;
    let start = whole.range.start + lead;
    (written.chars().count() >= 2).then(|| Parsed {
        value: written.into(),
        unit: None,
        range: start..start + written.chars().count(),
    })
}

/// The quote is the value alone, or label and value where the value's unit stands in the label.
fn candidate(
    ctx: &Ctx<'_>,
    pair: &Pair,
    parsed: &Parsed,
    confidence: u8,
    subject: SubjectMatch,
) -> Option<Candidate> {
    let start = pair.value.start as usize;
    let mut range = start + parsed.range.start..start + parsed.range.end;
    if let Some(unit) = &parsed.unit {
        let text = ctx.doc.text(pair.value);
        let says_unit = gleaner_evidence::units::mentioned(value::slice(text, &parsed.range));
        let label_first = pair.label.end <= pair.value.start;
        if says_unit.is_empty() && label_first && !unit.is_empty() {
            range.start = pair.label.start as usize;
        }
    }
    (!range.is_empty()).then(|| Candidate {
        value: parsed.value.clone(),
        unit: parsed.unit.clone(),
        place: Place::visible(range),
        confidence,
        subject,
    })
}
