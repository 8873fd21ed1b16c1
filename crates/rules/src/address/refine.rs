//! What the shapes of addresses leave over: streets that run into cities, counties taken for cities, suites on the next
//! line.

use std::{ops::Range, sync::LazyLock};

use gleaner_contract::Country;
use gleaner_evidence::{
    shape::{CityLine, Street},
    text::CodePoints,
};
use regex::Regex;

/// Words that end a street or a part of it; what follows is the city.
const STREET_WORDS: &[&str] = &[
    "street",
    "avenue",
    "ave",
    "road",
    "rd",
    "drive",
    "dr",
    "boulevard",
    "blvd",
    "lane",
    "ln",
    "way",
    "court",
    "ct",
    "place",
    "pl",
    "square",
    "sq",
    "parkway",
    "pkwy",
    "highway",
    "hwy",
    "terrace",
    "circle",
    "cir",
    "trail",
    "plaza",
    "loop",
    "row",
    "close",
    "crescent",
    "broadway",
    "suite",
    "ste",
    "unit",
    "floor",
    "fl",
    "building",
    "bldg",
    "estate",
    "house",
    "box",
    "turnpike",
    "pike",
    "expressway",
    "apt",
    "room",
    "level",
];

/// Counties that pages of Great Britain and Ireland write between city and post code, apart from those in `shire`.
const COUNTIES: &[&str] = &[
    "essex",
    "kent",
    "surrey",
    "sussex",
    "middlesex",
    "norfolk",
    "suffolk",
    "devon",
    "cornwall",
    "dorset",
    "somerset",
    "cumbria",
    "merseyside",
    "herts",
    "bucks",
    "berks",
    "hants",
    "wilts",
    "glos",
    "lancs",
    "leics",
    "lincs",
    "northants",
    "notts",
    "oxon",
    "cambs",
    "beds",
    "yorks",
    "humberside",
    "cleveland",
    "cheshire",
    "northumberland",
    "rutland",
    "avon",
    "clwyd",
    "dyfed",
    "gwent",
    "gwynedd",
    "powys",
    "wales",
    "scotland",
    "midlands",
    "england",
    "uk",
    "lothian",
    "fife",
];

/// Those of them that are countries.
const COUNTRIES: &[&str] = &["wales", "scotland", "england", "uk"];

/// Words that no name of a city has.
const NO_CITY: &[&str] = &[
    "department",
    "county",
    "association",
    "registrations",
    "registration",
    "university",
    "college",
    "company",
    "office",
    "inc",
    "llc",
    "ltd",
    "corp",
    "licensed",
    "license",
    "plumbing",
    "services",
    "service",
    "phone",
    "tel",
    "fax",
    "email",
    "copyright",
    "limited",
    "contact",
    "address",
    "the",
    "or",
    "and",
    "not",
    "any",
    "for",
    "from",
    "with",
    "to",
    "by",
    "plc",
    "registered",
    "northern",
    "wisconsin",
    "court",
    "board",
    "school",
    "church",
    "bank",
    "group",
    "state",
];

/// The city of a line, without the street before it; `None` when nothing of it is a city. Then the county behind it,
/// where the line has no region.
pub(super) fn city(points: &CodePoints<'_>, line: &CityLine) -> (Option<Range<usize>>, Option<Range<usize>>) {
    let all = words(points, line.city_range.clone());
    let cut = all.iter().rposition(|(word, _)| is_street_word(word)).map_or(0, |at| at + 1);
    let own = &all[cut..];
    let kept = if line.region.is_some() { own } else { without_counties(own) };
    let county = own[kept.len()..].iter().filter(|(word, _)| !COUNTRIES.contains(&word.as_str()));
    let county = county.map(|(_, range)| range.clone()).reduce(|first, last| first.start..last.end);
    let city = if kept.is_empty() && cut == 0 { before_county(points, line) } else { named(kept) };
    (city, county)
}

/// Words without the counties at their end, and the directions before those.
fn without_counties(words: &[Word]) -> &[Word] {
    let mut kept = words;
    while let [rest @ .., (last, _)] = kept
        && is_county(last)
    {
        kept = match rest {
            [rest @ .., (direction, _)]
                if matches!(
                    direction.as_str(),
                    "south" | "north" | "west" | "east" | "greater" | "county"
                ) =>
            {
                rest
            }
            rest => rest,
        };
    }
    kept
}

/// The range of words that are a city's name.
fn named(words: &[Word]) -> Option<Range<usize>> {
    let initials = words.first().is_some_and(|(word, _)| word.chars().count() == 1);
    let strange = words
        .iter()
        .any(|(word, _)| NO_CITY.contains(&word.as_str()) || word.chars().any(|c| c.is_ascii_digit()));
    let range = words.first()?.1.start..words.last()?.1.end;
    (!initials && !strange).then_some(range)
}

/// Whether what stands before a city is a house number and not a post code.
pub(super) fn is_house_number(points: &CodePoints<'_>, line: &CityLine) -> bool {
    line.region.is_none()
        && line.postal_code.as_ref().is_some_and(|code| code.range.start < line.city_range.start)
        && words(points, line.city_range.clone()).iter().any(|(word, _)| is_street_word(word))
}

/// Whether a line is written as a country's lines are, as far as known: digits before the city where that is done.
pub(super) fn fits(line: &CityLine, country: Option<Country>, has_regions: bool) -> bool {
    let Some(code) = &line.postal_code else { return true };
    if code.range.start > line.city_range.start {
        return true;
    }
    // `2014 UK`: four digits and two letters are a code in the Netherlands alone.
    let letters = code.code.chars().any(char::is_alphabetic);
    match country.map(Country::code) {
        Some("US" | "CA" | "GB" | "IE" | "AU" | "NZ") => false,
        Some("NL") => true,
        _ => !letters && !has_regions,
    }
}

/// The word before a county that stands alone: `Stevenage, Hertfordshire SG1 2DX`.
fn before_county(points: &CodePoints<'_>, line: &CityLine) -> Option<Range<usize>> {
    static BEFORE: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(r"(?:^|[,\n|]\s*)(\p{Lu}\pL+(?:[ -]\p{Lu}?\pL+){0,2})\s*[,\n|]\s*$")
            .expect("a constant pattern")
    });
    let from = line.city_range.start.saturating_sub(60);
    let before = points.slice(from..line.city_range.start)?;
    let found = BEFORE.captures(before)?.get(1)?;
    if found.as_str().split([' ', '-']).any(|word| {
        is_street_word(&plain(word)) || is_county(&plain(word)) || NO_CITY.contains(&plain(word).as_str())
    }) {
        return None;
    }
    let start = from + before[..found.start()].chars().count();
    Some(start..start + found.as_str().chars().count())
}

/// A word in its plain form, and where it stands.
type Word = (String, Range<usize>);

fn words(points: &CodePoints<'_>, range: Range<usize>) -> Vec<Word> {
    let mut words = Vec::new();
    let mut at = range.start;
    for word in points.slice(range).unwrap_or_default().split([' ', '\n']) {
        let end = at + word.chars().count();
        if !plain(word).is_empty() {
            words.push((plain(word), at..end));
        }
        at = end + 1;
    }
    words
}

fn plain(word: &str) -> String {
    word.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

fn is_street_word(word: &str) -> bool {
    STREET_WORDS.contains(&word)
}

fn is_county(word: &str) -> bool {
    COUNTIES.contains(&word) || word.len() > 7 && word.ends_with("shire")
}

/// A street with what belongs to it before and behind: `Unit 3`, `Suite 200`, `6th Floor`, `N.W.`.
pub(super) fn street(points: &CodePoints<'_>, street: &Street) -> Range<usize> {
    static BEHIND: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(
            r"(?i)^(?:[,.]?[ \n]|[ ]?\|[ ]|,)(?:[ ]?(?:N\.?W|N\.?E|S\.?W|S\.?E)\b\.?,?[ \n]?)?(?:(?:suite|ste|unit|apt|floor|room|rm|bldg|building|#)\.?[ ]?#?[ ]?[a-z]{0,2}-?\d[\d-]{0,5}[a-z]?\b(?:[ ](?:north|south|east|west)\b)?|(?:suite|ste|unit)[ ][a-z]\b|(?:\d{1,2}(?:st|nd|rd|th)|first|second|third|fourth|fifth|sixth|seventh|eighth|ninth|tenth)[ ](?:floor|fl\b\.?))",
        )
        .expect("a constant pattern")
    });
    static BEFORE: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(r"(?:(?:Unit|Suite|Flat|Level|Lvl)[ ]?$|(?:^|[\n|,]\s*)(?P<house>\p{Lu}[\pL'’]+[ ](?:\p{Lu}[\pL'’]+[ ])?(?:House|Courthouse),?[ \n])$)")
            .expect("a constant pattern")
    });
    let mut range = street.range.clone();
    let behind = points.slice(range.end..(range.end + 40).min(points.len())).unwrap_or_default();
    if let Some(found) = BEHIND.find(behind) {
        range.end += found.as_str().trim_end().chars().count();
    }
    // A unit's own name comes before the street's.
    static ESTATE: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(r"^,?[ \n](?:\p{Lu}[\pL'’]+[ ]){1,3}(?:Trading Estate|Industrial Estate|Industrial Park|Business Park|Retail Park|Business Centre|Road|Street|Lane)\b").expect("a constant pattern")
    });
    let from = range.start.saturating_sub(50);
    let before = points.slice(from..range.start).unwrap_or_default();
    if let Some(found) = BEFORE.captures(before) {
        let part = found.name("house").unwrap_or(found.get_match());
        range.start = from + before[..part.start()].chars().count();
        let behind = points.slice(range.end..(range.end + 60).min(points.len())).unwrap_or_default();
        if let Some(found) = ESTATE.find(behind).filter(|_| part.as_str().starts_with("Unit")) {
            range.end += found.as_str().chars().count();
        }
    }
    range
}

/// Streets in capitals, which the shapes leave out since headings are written so too.
pub(super) fn capitals(text: &str) -> Vec<Street> {
    static CAPITALS: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(r"\b(?:\d{1,6}[ ](?:[NSEW]{1,2}\.?[ ])?(?:[A-Z][A-Z.'’]*[ ]|\d{1,3}(?:st|nd|rd|th|ST|ND|RD|TH)[ ]){1,4}(?:STREET|ST|AVENUE|AVE|ROAD|RD|DRIVE|DR|BLVD|BOULEVARD|LANE|LN|COURT|HWY|HIGHWAY|PKWY|PARKWAY)\b\.?|P\.?[ ]?O\.?[ ]BOX[ ]\d{1,7}\b)").expect("a constant pattern")
    });
    let points = CodePoints::new(text);
    CAPITALS
        .find_iter(text)
        .filter_map(|found| {
            Some(Street { line: found.as_str().to_owned(), range: points.range_of(found.range())? })
        })
        .collect()
}
