//! Telephone and fax numbers, e-mail addresses, VAT ids: told by their shape.

use std::{ops::Range, sync::LazyLock};

use gleaner_contract::pack::{PageType, Region, Span};
use gleaner_evidence::{
    shape::{self, Line, Telephone},
    text::CodePoints,
};
use regex::Regex;

use crate::{
    candidate::{Candidate, Place},
    concepts::Id,
    ctx::Ctx,
    wanted::Wanted,
};

/// With a label, on a page or in a part of one that is there to be contacted by.
const EXPECTED: u8 = 82;
const LABELLED: u8 = 78;
const BARE: u8 = 72;

pub(crate) fn read(ctx: &Ctx<'_>, wanted: &Wanted<'_>, found: &mut Vec<Candidate>) {
    let text = ctx.doc.scanned();
    let mut items: Vec<(String, Range<usize>, bool)> = Vec::new();
    match wanted.id() {
        id @ (Id::Telephone | Id::Fax) => {
            items.extend(
                telephones(ctx)
                    .into_iter()
                    .filter(|(_, line)| match line {
                        Line::Fax => id == Id::Fax,
                        Line::Voice | Line::Unlabelled => id == Id::Telephone,
                        Line::Both => true,
                    })
                    .map(|((number, range), line)| (number, range, line != Line::Unlabelled)),
            );
            if id == Id::Telephone {
                items.extend(dialled(ctx, &items));
            }
        }
        // `info [at] acme`: a value must stand in its quote as it is.
        Id::Email => items.extend(
            shape::emails(text)
                .into_iter()
                .filter(|email| email.address.chars().count() == email.range.len())
                .map(|email| (email.address, email.range, true)),
        ),
        Id::Vat => items.extend(shape::vat_ids(text).into_iter().map(|vat| (vat.id, vat.range, true))),
        _ => return,
    }
    let mut seen: Vec<String> = Vec::new();
    for (value, range, labelled) in items {
        let plain = plain(&value, wanted.id());
        if seen.contains(&plain) {
            continue;
        }
        // Of several, the first is the likeliest; a list wants them all.
        let later = if wanted.spec.array { 0 } else { u8::try_from(seen.len().min(6)).unwrap_or(6) * 2 };
        let value = if wanted.id() == Id::Vat {
            CodePoints::new(text).slice(range.clone()).unwrap_or_default().to_owned()
        } else {
            value
        };
        seen.push(plain);
        let confidence = if labelled && is_expected(ctx, range.start) {
            EXPECTED
        } else if labelled {
            LABELLED
        } else {
            BARE
        };
        found.push(Candidate::text(value, Place::visible(range), confidence - later, ctx.subjects.page));
    }
}

/// Lines above a number that hold no more than its label are as short as this.
const MAX_LABEL: u32 = 30;

type Numbered = ((String, Range<usize>), Line);

/// The numbers of each line of the page. A line is read with the label that may stand in the line above.
fn telephones(ctx: &Ctx<'_>) -> Vec<Numbered> {
    let doc = ctx.doc;
    let blocks = &doc.pack.blocks;
    let faxes = fax_columns(ctx);
    let end = CodePoints::new(doc.scanned()).len();
    let mut found: Vec<Numbered> = Vec::new();
    for (index, block) in blocks.iter().enumerate().take_while(|(_, block)| (block.span.end as usize) <= end)
    {
        let own = doc.text(block.span);
        if !own.contains(|c: char| c.is_ascii_digit()) {
            continue;
        }
        let label = index.checked_sub(1).map(|above| blocks[above].span).filter(|above| {
            above.end - above.start <= MAX_LABEL && !doc.text(*above).contains(|c: char| c.is_ascii_digit())
        });
        let start = label.map_or(block.span.start, |label| label.start);
        let text = doc.text(Span::new(start, block.span.end));
        let points = CodePoints::new(text);
        for mut phone in shape::telephones(text) {
            without_next_area(&mut phone);
            let range = phone.full_range.start + start as usize..phone.full_range.end + start as usize;
            let behind = points
                .slice(phone.full_range.end..(phone.full_range.end + 8).min(points.len()))
                .unwrap_or_default();
            let line = if says_fax(behind)
                || faxes
                    .iter()
                    .any(|column| column.start as usize <= range.start && range.end <= column.end as usize)
            {
                Line::Fax
            } else {
                phone.line
            };
            let number = points.slice(phone.full_range.clone()).unwrap_or_default().to_owned();
            if !number.is_empty() && !is_other_number(&number) {
                found.push(((number, range), line));
            }
        }
    }
    found
}

/// `2 004 - 2013` in a copyright line, and a post code with its four more digits.
fn is_other_number(number: &str) -> bool {
    static OTHER: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(r"^(?:(?:19|2 ?0)\d\d ?[-–] ?(?:19|20)\d\d|\d{5}-\d{4})$").expect("a constant pattern")
    });
    OTHER.is_match(number)
}

/// `(561) 630-1828 (561)` ends where the area code of the next number begins.
fn without_next_area(phone: &mut Telephone) {
    if phone.extension.is_none()
        && let Some((own, area)) = phone.number.rsplit_once('(')
        && area.ends_with(')')
        && own.chars().filter(char::is_ascii_digit).count() >= 7
    {
        let own = own.trim_end();
        let end = phone.range.start + own.chars().count();
        phone.number = own.to_owned();
        phone.range.end = end;
        phone.full_range.end = end;
    }
}

/// `(F)` and `(Fax)` right behind a number.
fn says_fax(behind: &str) -> bool {
    static FAX: LazyLock<Regex> =
        LazyLock::new(|| Regex::new(r"(?i)^[ \u{a0}]?\((?:fax|f)\)").expect("a constant pattern"));
    FAX.is_match(behind)
}

/// The cells of table columns that are headed as fax numbers.
fn fax_columns(ctx: &Ctx<'_>) -> Vec<Span> {
    let mut spans = Vec::new();
    for table in &ctx.doc.pack.tables {
        let Some((head, rows)) = table.rows.split_first() else { continue };
        for (column, _) in
            head.iter().enumerate().filter(|(_, cell)| Wanted::is_label_of(&[Id::Fax], &cell.text))
        {
            spans.extend(rows.iter().filter_map(|row| row.get(column)).map(|cell| cell.span));
        }
    }
    spans
}

/// The texts of `tel:` links that say the number they dial.
fn dialled(ctx: &Ctx<'_>, known: &[(String, Range<usize>, bool)]) -> Vec<(String, Range<usize>, bool)> {
    let links = ctx.doc.pack.links.iter().filter(|link| link.href.starts_with("tel:"));
    links
        .filter_map(|link| {
            let span = link.span?;
            let (start, end) = (span.start as usize, span.end as usize);
            if known.iter().any(|(_, range, _)| range.start < end && start < range.end) {
                return None;
            }
            let text = ctx.doc.text(span);
            let (said, dialled) = (digits(text), digits(&link.href));
            let is_number = !text.chars().any(char::is_alphabetic)
                && said.len() >= 6
                && dialled.ends_with(&said[said.len() - 6..]);
            is_number.then(|| (text.trim().to_owned(), start..end, true))
        })
        .collect()
}

fn digits(text: &str) -> String {
    text.chars().filter(char::is_ascii_digit).collect()
}

fn plain(value: &str, id: Id) -> String {
    match id {
        Id::Telephone | Id::Fax => {
            let digits = digits(value);
            if digits.is_empty() { value.to_lowercase() } else { digits }
        }
        _ => value.to_lowercase(),
    }
}

/// Whether a place of the text is there to tell how to reach someone.
fn is_expected(ctx: &Ctx<'_>, at: usize) -> bool {
    ctx.doc.pack.page_type == PageType::Company
        || matches!(ctx.doc.region_at(u32::try_from(at).unwrap_or(0)), Region::Footer | Region::Header)
}
