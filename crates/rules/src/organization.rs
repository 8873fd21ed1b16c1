//! Names of organizations that no structured data gives: who holds the copyright, legal names, what the title and the
//! host agree on.

use std::{ops::Range, sync::LazyLock};

use gleaner_evidence::{ids, shape, text::CodePoints};
use regex::Regex;

use crate::{
    candidate::{Candidate, Place},
    concepts::Id,
    ctx::Ctx,
    page_names::segments,
    wanted::Wanted,
};

/// Points from which on a name is one, and what they come to as confidence.
const ENOUGH: u32 = 2;
const BASE: u8 = 60;

static CONTINUED: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"\p{Lu}\p{Ll}+ (?:by|in|at|on|with) $").expect("a constant pattern"));

/// A name with what speaks for it.
#[derive(Debug)]
struct Named {
    text: String,
    range: Range<usize>,
    points: u32,
}

pub(crate) fn read(ctx: &Ctx<'_>, wanted: &Wanted<'_>, found: &mut Vec<Candidate>) {
    if !matches!(wanted.id(), Id::OrganizationName | Id::LegalName) {
        return;
    }
    let text = ctx.doc.scanned();
    let points = CodePoints::new(text);
    let mut all: Vec<Named> = Vec::new();
    for copyright in shape::copyrights(text) {
        add(&points, &mut all, copyright.range, 2);
    }
    for legal in shape::legal_names(text) {
        // `Skin by Lovely Inc.`: the name begins before the small word.
        let before =
            points.slice(legal.range.start.saturating_sub(24)..legal.range.start).unwrap_or_default();
        if CONTINUED.is_match(before) {
            continue;
        }
        add(&points, &mut all, legal.range, 1);
    }
    if wanted.id() == Id::OrganizationName {
        let titles = ctx.names.title.iter().chain(&ctx.names.graph_title).chain(&ctx.names.site);
        for title in titles {
            for (_, segment) in segments(title) {
                let segment = segment.trim();
                // Titles are not visible: the name must stand in the text too.
                if let Some(range) = gleaner_evidence::quote::find(text, segment)
                    .filter(|_| (3..=60).contains(&segment.chars().count()))
                {
                    add(&points, &mut all, range, 0);
                }
            }
        }
    }
    if let Some(host) = site(ctx).filter(|_| wanted.id() == Id::OrganizationName) {
        for range in writings(text, &host) {
            add(&points, &mut all, range, 0);
        }
    }
    for named in &mut all {
        named.points += support(ctx, &named.text);
    }
    for named in all.iter().filter(|named| is_name(named)) {
        let confidence = BASE + 4 * u8::try_from(named.points.min(6)).unwrap_or(6);
        found.push(Candidate::text(
            named.text.clone(),
            Place::visible(named.range.clone()),
            confidence,
            ctx.subjects.page,
        ));
    }
}

/// A name without what copyright lines put before it; one writing once, with the points of its best place.
fn add(points: &CodePoints<'_>, all: &mut Vec<Named>, range: Range<usize>, worth: u32) {
    static LEAD: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(r"(?i)^(?:[^\pL\pN]+|[\u{80}-\u{bf}Ââï½¿]+[^\pL\pN]|copyright\b|\d{4}(?:\s?[-–]\s?\d{2,4})?\b|by\b|contact\b|about\b|welcome to\b|home\b)\s*").expect("a constant pattern")
    });
    let Some(written) = points.slice(range.clone()) else { return };
    let mut name = written;
    while let Some(lead) = LEAD.find(name).filter(|lead| !lead.is_empty()) {
        name = &name[lead.end()..];
    }
    let name = name.trim_end_matches([' ', ',', ';', ':', '-', '–', '|']);
    let start = range.start + written[..written.len() - written.trim_start().len()].chars().count();
    let lead = written.find(name).map_or(0, |at| written[..at].chars().count());
    let start = start.max(range.start) + lead.saturating_sub(start - range.start);
    let range = start..start + name.chars().count();
    match all.iter_mut().find(|known| known.text == name) {
        Some(known) => known.points = known.points.max(worth),
        None => all.push(Named { text: name.to_owned(), range, points: worth }),
    }
}

/// Whether a name is no part of a longer one or of an address: no capital word and no sign that joins words beside it.
fn stands_alone(text: &str, bytes: Range<usize>) -> bool {
    static AFTER: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(r"^(?:[ \u{a0}](?:\p{Lu}|&|\+|\d)|,? (?:Inc|Ltd|LLC|LLP)|\.\pL|['’-]\pL|®|™)")
            .expect("a constant pattern")
    });
    static BEFORE: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(r"(?:\p{Lu}[\pL.'’-]*[ \u{a0}]|[Tt]he[ ]|[&@./-][ ]?|\d )$").expect("a constant pattern")
    });
    let mut from = bytes.start.saturating_sub(40);
    while !text.is_char_boundary(from) {
        from += 1;
    }
    !AFTER.is_match(&text[bytes.end..]) && !BEFORE.is_match(&text[from..bytes.start])
}

/// Whether all words but small ones begin with a capital or a digit.
fn is_capital(name: &str) -> bool {
    name.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).all(|word| {
        word.starts_with(|c: char| c.is_uppercase() || c.is_ascii_digit() || !c.is_lowercase())
            && word.chars().count() > 1
            || matches!(word, "of" | "and" | "the" | "for" | "de" | "at" | "in")
    })
}

fn squashed(text: &str) -> String {
    ids::name(text).chars().filter(|c| c.is_alphanumeric()).collect()
}

/// The label that a site is registered under: `acme` of `www.acme.co.uk`.
fn site(ctx: &Ctx<'_>) -> Option<String> {
    let mut labels = ctx.doc.host()?.rsplit('.').skip(1);
    let first = labels.next()?;
    let label = if matches!(first, "co" | "com" | "org" | "net" | "gov" | "ac" | "edu" | "gob") {
        labels.next()?
    } else {
        first
    };
    Some(label.chars().filter(|c| c.is_alphanumeric()).collect())
}

/// Where the text writes a site's name in words of its own: `Acme Tools` for `acmetools`. One place for each writing.
fn writings(text: &str, site: &str) -> Vec<Range<usize>> {
    const MOST: usize = 8;
    let mut found: Vec<Range<usize>> = Vec::new();
    let mut seen: Vec<&str> = Vec::new();
    if site.len() < 4 {
        return found;
    }
    // Code points, then bytes, of each word's start and end, with its letters.
    let mut words: Vec<(Range<usize>, Range<usize>, String)> = Vec::new();
    let (mut point, mut from) = (0, None);
    for (byte, c) in text.char_indices().chain([(text.len(), ' ')]) {
        match (from, c.is_alphanumeric()) {
            (None, true) => from = Some((point, byte)),
            (Some((start, first)), false) => {
                let plain = text[first..byte]
                    .chars()
                    .filter(|c| c.is_alphanumeric())
                    .flat_map(char::to_lowercase)
                    .collect();
                words.push((start..point, first..byte, plain));
                from = None;
            }
            _ => {}
        }
        point += 1;
    }
    for (index, (points, bytes, _)) in words.iter().enumerate() {
        let mut rest = site;
        for (last_points, last_bytes, plain) in words[index..].iter().take(MOST) {
            let Some(left) = rest.strip_prefix(plain.as_str()) else { break };
            rest = left;
            if rest.is_empty() {
                let written = &text[bytes.start..last_bytes.end];
                let whole = stands_alone(text, bytes.start..last_bytes.end);
                if whole
                    && is_capital(written)
                    && !written.contains('\n')
                    && !seen.contains(&written)
                    && found.len() < MOST
                {
                    seen.push(written);
                    found.push(points.start..last_points.end);
                }
                break;
            }
        }
    }
    found
}

/// What host, title and site name say for a name.
fn support(ctx: &Ctx<'_>, name: &str) -> u32 {
    let plain = squashed(name);
    if plain.len() < 3 {
        return 0;
    }
    let host = site(ctx).unwrap_or_default();
    let alike = plain == host || strsim::normalized_levenshtein(&plain, &host) >= 0.8;
    let within = plain.len() >= 5 && host.contains(&plain) && plain.len() * 10 >= host.len() * 8
        || host.len() >= 4 && plain.starts_with(&host) && host.len() * 10 >= plain.len() * 7;
    let titled = ctx
        .names
        .title
        .iter()
        .chain(&ctx.names.site)
        .any(|title| segments(title).iter().any(|(_, segment)| squashed(segment) == plain));
    let mentioned = ctx
        .names
        .title
        .iter()
        .chain(&ctx.names.site)
        .any(|title| plain.len() >= 5 && squashed(title).contains(&plain));
    2 * u32::from(alike)
        + u32::from(within && !alike) * 2
        + u32::from(titled)
        + u32::from(mentioned && !titled)
}

/// Whether a text can be a name at all. A single word needs more than a copyright line to be one.
fn is_name(named: &Named) -> bool {
    const NOT: &[&str] = &[
        "home",
        "contact",
        "contact us",
        "about",
        "about us",
        "welcome",
        "company",
        "inc",
        "ltd",
        "all rights reserved",
        "google",
        "map data",
        "openstreetmap",
    ];
    const NO_WORD: &[&str] = &[
        "notice",
        "infringement",
        "infringements",
        "statement",
        "policy",
        "trademark",
        "trademarks",
        "authors",
        "agent",
        "law",
        "feedback",
        "privacy",
        "terms",
    ];
    let text = named.text.as_str();
    let words: Vec<String> = text.split_whitespace().map(str::to_lowercase).collect();
    let letters = text.chars().filter(|c| c.is_alphabetic()).count();
    let enough = if words.len() == 1 { ENOUGH + 1 } else { ENOUGH };
    // Bytes of another charset.
    let garbled = text.contains(['Â', 'Ã', '�']) && !text.is_ascii();
    (1..=9).contains(&words.len())
        && letters >= 3
        && named.points >= enough
        && !garbled
        && text.starts_with(|c: char| c.is_uppercase() || c.is_numeric() || !c.is_ascii())
        && !NOT
            .iter()
            .any(|not| words.join(" ").starts_with(not) && words.len() <= not.split(' ').count() + 1)
        && !words.iter().any(|word| NO_WORD.contains(&word.as_str()))
        && !text.contains(['\n', '|', '@'])
}
