//! What the heading says, and the brand that a link beside it names.

use std::{ops::Range, sync::LazyLock};

use gleaner_contract::pack::Region;
use gleaner_evidence::{ids, money};
use regex::Regex;

use crate::{
    candidate::{Candidate, Place},
    concepts::Id,
    ctx::Ctx,
    doc::Doc,
    value,
    wanted::Wanted,
};

const IN_TITLE: u8 = 76;
const ALONE: u8 = 64;
const BRAND_LINK: u8 = 72;
const BESIDE_HEADING: u8 = 66;

/// Lines between the heading and its brand.
const BESIDE: usize = 4;

/// Code points between the heading and a link to its brand.
const NEAR: u32 = 2_500;

pub(crate) fn read(ctx: &Ctx<'_>, wanted: &Wanted<'_>, limit: u32, found: &mut Vec<Candidate>) {
    match wanted.id() {
        Id::ProductName | Id::Headline => name(ctx, found),
        Id::Brand => {
            brand(ctx, limit, found);
            if found.is_empty() {
                beside(ctx, found);
            }
        }
        _ => {}
    }
}

fn name(ctx: &Ctx<'_>, found: &mut Vec<Candidate>) {
    let Some(heading) = &ctx.names.heading else { return };
    let within = without_price(ctx.doc, &heading.text);
    if !(2..=300).contains(&within.len()) {
        return;
    }
    let name = value::slice(&heading.text, &within);
    let confidence = match ctx.names.title.as_deref().map(ids::name) {
        Some(title) if title.contains(&ids::name(name)) && !ctx.names.title_goes_on(name) => IN_TITLE,
        // Title and heading speak of different things.
        Some(_) => return,
        None => ALONE,
    };
    let start = heading.span.start as usize;
    let place = Place::visible(start + within.start..start + within.end);
    found.push(Candidate::text(name, place, confidence, ctx.subjects.page));
}

/// A heading without the price, and the place, that classified ads put behind the name: `Oak table - £50 (Leeds)`.
pub(crate) fn without_price(doc: &Doc<'_>, heading: &str) -> Range<usize> {
    let whole = value::trimmed(heading);
    let Some(mention) = money::find_all(heading, &doc.hints).into_iter().last() else { return whole };
    let before = value::slice(heading, &(whole.start..mention.range.start));
    let kept = before.trim_end().trim_end_matches(['-', '–', '—', '|']);
    if kept.len() < before.trim_end().len() && kept.trim_end().chars().count() >= 3 {
        whole.start..whole.start + kept.trim_end().chars().count()
    } else {
        whole
    }
}

/// A link near the heading whose address says that it leads to a brand.
fn brand(ctx: &Ctx<'_>, limit: u32, found: &mut Vec<Candidate>) {
    const SAYS: &[&str] = &[
        "brand",
        "brands",
        "marke",
        "marken",
        "marque",
        "marques",
        "marca",
        "marcas",
        "merk",
        "merken",
        "manufacturer",
        "manufacturers",
        "hersteller",
        "vendor",
        "vendors",
        "designer",
        "designers",
    ];
    let Some(heading) = &ctx.names.heading else { return };
    let near = |at: u32| at < limit && at.abs_diff(heading.span.start) <= NEAR;
    let mut brands = Vec::new();
    for link in &ctx.doc.pack.links {
        let Some(span) = link.span.filter(|span| near(span.start)) else { continue };
        let path = link
            .href
            .split_once("://")
            .map_or("", |(_, rest)| rest.split_once('/').map_or("", |(_, path)| path))
            .to_lowercase();
        let says = path.split(['/', '-', '_', '?', '=', '&', '.']).any(|word| SAYS.contains(&word));
        let written = ctx.doc.text(span);
        // `Visit the Acme Store`, `Shop all Acme products`, `by Acme`.
        static AROUND: LazyLock<Regex> = LazyLock::new(|| {
            Regex::new(r"(?i)^\s*(?:(?:visit the|shop all|shop|see all|view all|see more|more from|more by|all|by|von|brand:?)\s+)?(.*?)(?:\s+(?:store|products|shop))?\s*$").expect("a constant pattern")
        });
        let Some(name) = AROUND.captures(written).and_then(|found| found.get(1)) else { continue };
        let text = name.as_str();
        let start = span.start + u32::try_from(written[..name.start()].chars().count()).unwrap_or(0);
        let fits = (2..=40).contains(&text.chars().count())
            && text.split(' ').count() <= 5
            && text.chars().any(char::is_alphabetic);
        if says && fits && !matches!(link.region, Region::Navigation | Region::Footer | Region::Header) {
            brands.push((start, text));
        }
    }
    // Several brands are a list of them.
    let mut names: Vec<String> = brands.iter().map(|(_, text)| ids::name(text)).collect();
    names.sort();
    names.dedup();
    if let ([_], Some((start, text))) = (names.as_slice(), brands.first()) {
        let start = *start as usize;
        found.push(Candidate::text(
            *text,
            Place::visible(start..start + text.chars().count()),
            BRAND_LINK,
            ctx.subjects.page,
        ));
    }
}

/// A short line just above the heading, or below it, with which the heading or the title begins: `Acme`, then
/// `Acme Drill 18V`.
fn beside(ctx: &Ctx<'_>, found: &mut Vec<Candidate>) {
    let Some(heading) = &ctx.names.heading else { return };
    let (name, title) =
        (ids::name(&heading.text), ctx.names.title.as_deref().map(ids::name).unwrap_or_default());
    let begins = |text: &str| {
        let starts = |whole: &str| whole.strip_prefix(text).is_some_and(|rest| rest.starts_with(' '));
        starts(&name) || (text != name && starts(&title) && title.contains(&name))
    };
    let blocks = &ctx.doc.pack.blocks;
    let near = (heading.block.saturating_sub(BESIDE)..(heading.block + BESIDE).min(blocks.len()))
        .filter(|index| *index != heading.block);
    for index in near {
        let text = ctx.doc.text(blocks[index].span);
        let capital = text.trim_start().starts_with(|c: char| c.is_uppercase() || c.is_numeric());
        let short = text.split_whitespace().count() <= 3 && (2..=30).contains(&text.trim().chars().count());
        let plain = ids::name(text);
        if short && capital && plain.len() >= 2 && begins(&plain) {
            let within = value::trimmed(text);
            let start = blocks[index].span.start as usize;
            found.push(Candidate::text(
                text.trim(),
                Place::visible(start + within.start..start + within.end),
                BESIDE_HEADING,
                ctx.subjects.page,
            ));
            return;
        }
    }
}
