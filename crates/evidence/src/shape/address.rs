//! Postal addresses: post codes, the line of city and post code, street lines.

use std::{ops::Range, sync::LazyLock};

use regex::Regex;

use super::regions::{Region, region};
use crate::text::{CodePoints, Marks, squeeze};

/// A post code.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PostalCode {
    pub code: String,
    pub range: Range<usize>,
}

/// `Akron, OH 44303`, `20095 Hamburg`, `London SW1A 1AA`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CityLine {
    pub city: String,
    pub city_range: Range<usize>,
    pub region: Option<Region>,
    /// As written.
    pub region_range: Option<Range<usize>>,
    pub postal_code: Option<PostalCode>,
    pub range: Range<usize>,
}

/// `1720 Kirkwood Drive`, `Musterstraße 12`, `12 rue des Lilas`, `P.O. Box 12`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Street {
    pub line: String,
    pub range: Range<usize>,
}

const CITY: &str =
    r"(?P<city>\p{Lu}[\pL.'’-]+(?:[ ](?:[\p{Lu}][\pL.'’-]*|of|the|de|la|am|an|der|im|sur|upon)){0,3})";

static AMERICAN: LazyLock<Regex> = LazyLock::new(|| {
    let (codes, names) = region_patterns();
    Regex::new(&format!(
        r"{CITY}[ ]?,?[ \n|]{{1,3}}(?P<region>{names}|{codes})\.?,?[ \n|]{{1,3}}(?P<zip>\d{{5}}(?:-\d{{4}})?|[A-Z]\d[A-Z][ ]?\d[A-Z]\d)"
    ))
    .expect("a constant pattern")
});

/// Without a post code only a code in capitals after a comma tells.
static CITY_STATE: LazyLock<Regex> = LazyLock::new(|| {
    let (codes, names) = region_patterns();
    Regex::new(&format!(r"{CITY},[ ](?P<region>{codes}|{names})")).expect("a constant pattern")
});

static BRITISH: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(&format!(r"{CITY}[,.]?[ \n|]{{1,3}}(?P<zip>[A-Z]{{1,2}}\d[A-Z\d]?[ ]\d[ABD-HJLNP-UW-Z]{{2}})"))
        .expect("a constant pattern")
});

static CONTINENTAL: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(&format!(r"(?:\b(?:D|A|CH|F|B|L|NL|I|E)-)?(?P<zip>\b\d{{4,5}}(?:[ ][A-Z]{{2}})?)[ ]{CITY}"))
        .expect("a constant pattern")
});

static POST_CODE: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"\b(?:[A-Z]{1,2}\d[A-Z\d]?[ ]\d[ABD-HJLNP-UW-Z]{2}|[A-Z]\d[A-Z][ ]\d[A-Z]\d)")
        .expect("a constant pattern")
});

static STREET: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r"(?x)
        (?: \b[Pp]\.?\ ?[Oo]\.?\ [Bb]ox\ \d{1,7} )
      | (?: \b(?:Unit\ )?\d{1,6}(?:[-–]\d{1,6})?[A-Za-z]?\ 
            (?:[NSEW]\.?\ |North\ |South\ |East\ |West\ |[NS][EW]\ )?
            (?:(?:\p{Lu}[\pL.'’-]*|\d{1,3}(?:st|nd|rd|th)|of|the|de)\ ){1,5}
            (?:Street|St|Avenue|Ave|Road|Rd|Drive|Dr|Boulevard|Blvd|Lane|Ln|Way|Court|Ct|Place|Pl|Square|Sq|Parkway|Pkwy
              |Highway|Hwy|Terrace|Ter|Circle|Cir|Trail|Turnpike|Pike|Plaza|Loop|Row|Close|Crescent|Broadway|Expressway)\b\.?
            (?:\ (?:[NSEW]|[NS][EW]|North|South|East|West)\b\.?)?
            (?:,?[\ \n|]{1,3}(?:(?:Suite|Ste\.?|Unit|Apt\.?|Floor|Fl\.?|Room|Rm\.?|Bldg\.?|Building|Mail\ Code|\#)\ ?\#?\ ?[\pL\d-]{1,6}\b
                |(?:\d{1,2}(?:st|nd|rd|th)|First|Second|Third|Fourth|Fifth|Sixth|Seventh|Eighth|Ninth|Tenth)\ Fl(?:oor|\.)?))? )
      | (?: \b\p{Lu}[\pL.-]*(?:straße|strasse|str\.|weg|platz|allee|gasse|damm|ufer|ring)\ \d{1,4}\ ?[a-z]?\b )
      | (?: \b(?:Am|An\ der|Im|Auf\ der|Zum|Zur)\ \p{Lu}[\pL-]+\ \d{1,4}\ ?[a-z]?\b )
      | (?: \b\d{1,4}(?:\ ?bis)?,?\ (?:rue|avenue|boulevard|place|chemin|quai|allée|route)\ (?:[\pL'’-]+\ ?){1,5} )",
    )
    .expect("a constant pattern")
});

fn region_patterns() -> (String, String) {
    let (mut codes, mut names) = (Vec::new(), Vec::new());
    for code in b'A'..=b'Z' {
        for second in b'A'..=b'Z' {
            let text: String = [char::from(code), char::from(second)].iter().collect();
            if let Some(found) = region(&text) {
                codes.push(found.code.to_owned());
                names.push(regex::escape(found.name));
            }
        }
    }
    // the longer name first: West Virginia before Virginia is a matter of the anchor, New York of nothing
    names.sort_by_key(|name| std::cmp::Reverse(name.len()));
    (format!(r"(?:{})\b", codes.join("|")), names.join("|"))
}

/// All post codes that their shape alone tells: British and Canadian ones, and those beside a city.
pub fn postal_codes(text: &str) -> Vec<PostalCode> {
    let mut codes: Vec<PostalCode> =
        city_lines(text).into_iter().filter_map(|line| line.postal_code).collect();
    let mut marks = Marks::new(text);
    for found in POST_CODE.find_iter(text) {
        let range = marks.range(found.range());
        if codes.iter().all(|known| known.range.end <= range.start || known.range.start >= range.end) {
            codes.push(PostalCode { code: found.as_str().to_owned(), range });
        }
    }
    codes.sort_by_key(|code| code.range.start);
    codes
}

/// Lines that name a city beside a region or post code.
pub fn city_lines(text: &str) -> Vec<CityLine> {
    let points = CodePoints::new(text);
    // a pattern's matches lie on character boundaries
    let at = |found: regex::Match<'_>| points.range_of(found.range()).unwrap_or_default();
    let mut lines: Vec<CityLine> = Vec::new();
    for (pattern, continental) in
        [(&*AMERICAN, false), (&*BRITISH, false), (&*CITY_STATE, false), (&*CONTINENTAL, true)]
    {
        for found in pattern.captures_iter(text) {
            let (Some(whole), Some(city)) = (found.get(0), found.name("city")) else { continue };
            let city = city.range();
            let zip = found.name("zip");
            // four digits before a capital are as often a year
            if continental && zip.is_none_or(|zip| zip.len() == 4) {
                continue;
            }
            let Some(city) = settled(text, city, zip.is_some()) else { continue };
            let range = at(whole);
            if lines.iter().any(|known| known.range.start < range.end && range.start < known.range.end) {
                continue;
            }
            let named = found.name("region");
            lines.push(CityLine {
                city: text[city.clone()].to_owned(),
                city_range: points.range_of(city).unwrap_or_default(),
                region: named.and_then(|named| region(named.as_str())),
                region_range: named.map(at),
                postal_code: zip.map(|zip| PostalCode { code: zip.as_str().to_owned(), range: at(zip) }),
                range,
            });
        }
    }
    lines.sort_by_key(|line| line.range.start);
    lines
}

/// The city's own words among those before a region or post code: without the street before it, the county behind it, and
/// not at all where it is a person or a sentence.
fn settled(text: &str, words: Range<usize>, has_post_code: bool) -> Option<Range<usize>> {
    let mut start = words.start;
    let mut end = words.end;
    for word in text[words.clone()].split(' ') {
        let at = word.as_ptr() as usize - text.as_ptr() as usize;
        if STREET_WORDS.contains(&word.trim_end_matches(['.', ','])) {
            start = (at + word.len() + 1).min(words.end);
        }
    }
    let city = &text[start..end];
    if let Some(county) = COUNTIES.iter().find(|county| city.ends_with(**county)) {
        end -= county.len();
        end = start + text[start..end].trim_end().len();
    }
    let city = &text[start..end];
    let is_initial = |word: &str| word.len() == 2 && word.ends_with('.');
    let shouted = !has_post_code && city.chars().all(|c| !c.is_lowercase());
    let follows_street = has_post_code
        || STREET.find_iter(&text[..start]).last().is_some_and(|street| start - street.end() <= 3);
    if city.is_empty() || city.split(' ').any(is_initial) || shouted || !follows_street {
        return None;
    }
    Some(start..end)
}

/// Words that end a street's name, or follow it.
const STREET_WORDS: [&str; 36] = [
    "Street",
    "Avenue",
    "Ave",
    "Road",
    "Rd",
    "Drive",
    "Dr",
    "Boulevard",
    "Blvd",
    "Lane",
    "Ln",
    "Way",
    "Court",
    "Ct",
    "Place",
    "Pl",
    "Square",
    "Sq",
    "Parkway",
    "Pkwy",
    "Highway",
    "Hwy",
    "Terrace",
    "Circle",
    "Cir",
    "Loop",
    "Suite",
    "Ste",
    "Floor",
    "Fl",
    "Unit",
    "Building",
    "Bldg",
    "Estate",
    "NW",
    "SE",
];

/// Counties of the United Kingdom, which stand between city and post code.
const COUNTIES: [&str; 44] = [
    "Bedfordshire",
    "Berkshire",
    "Buckinghamshire",
    "Bucks",
    "Cambridgeshire",
    "Cheshire",
    "Cornwall",
    "Cumbria",
    "Derbyshire",
    "Devon",
    "Dorset",
    "Durham",
    "East Sussex",
    "West Sussex",
    "Essex",
    "Gloucestershire",
    "Greater Manchester",
    "Hampshire",
    "Hants",
    "Herefordshire",
    "Hertfordshire",
    "Herts",
    "Kent",
    "Lancashire",
    "Leicestershire",
    "Lincolnshire",
    "Merseyside",
    "Middlesex",
    "Norfolk",
    "Northamptonshire",
    "Northern Ireland",
    "Nottinghamshire",
    "Oxfordshire",
    "Oxon",
    "Shropshire",
    "Somerset",
    "South Yorkshire",
    "Staffordshire",
    "Suffolk",
    "Surrey",
    "Warwickshire",
    "West Midlands",
    "West Yorkshire",
    "Wiltshire",
];

/// All street lines.
pub fn streets(text: &str) -> Vec<Street> {
    let mut marks = Marks::new(text);
    STREET
        .find_iter(text)
        .map(|found| {
            let line = found.as_str().trim_end();
            let range = found.start()..found.start() + line.len();
            Street { line: squeeze(line), range: marks.range(range) }
        })
        .collect()
}

#[cfg(test)]
mod tests;
