//! Postal addresses, told by their shape: a street above a line of city, region and post code, a country below.

mod refine;

use std::ops::Range;

use gleaner_contract::Country;
use gleaner_evidence::{
    shape::{self, CityLine},
    text::{CodePoints, squeeze},
};

use crate::{
    candidate::{Candidate, Place},
    concepts::Id,
    ctx::Ctx,
    wanted::Wanted,
};

/// Street and city together, or a city with its post code.
const WHOLE: u8 = 82;
/// A city with its region alone.
const PART: u8 = 70;
const BARE: u8 = 66;

/// Code points between the parts of one address.
const NEAR: usize = 90;

/// The addresses of a page, read once for all fields.
#[derive(Debug, Default)]
pub(crate) struct Addresses {
    lines: Vec<Line>,
    streets: Vec<Range<usize>>,
    countries: Vec<Range<usize>>,
}

/// A city's line, its parts checked.
#[derive(Debug)]
struct Line {
    city: Option<Range<usize>>,
    region: Option<Range<usize>>,
    code: Option<Range<usize>>,
    whole: Range<usize>,
}

impl Addresses {
    pub(crate) fn of(text: &str, country: Option<Country>) -> Self {
        let points = CodePoints::new(text);
        let mut streets: Vec<Range<usize>> = Vec::new();
        for street in shape::streets(text).iter().chain(&refine::capitals(text)) {
            let range = refine::street(&points, street);
            if streets.iter().all(|known| known.end <= range.start || range.end <= known.start) {
                streets.push(range);
            }
        }
        streets.sort_by_key(|range| range.start);
        // Two in a row without a city between them are the lines of one address.
        streets.dedup_by(|next, known| {
            let gap = points.slice(known.end..next.start).unwrap_or("?");
            let joined = gap.chars().count() <= 3 && gap.chars().all(|c| c.is_whitespace() || c == ',');
            if joined {
                known.end = next.end;
            }
            joined
        });
        let all = shape::city_lines(text);
        let has_regions = all.iter().any(|line| line.region.is_some() && line.postal_code.is_some());
        let lines = all.iter().filter(|line| {
            refine::fits(line, country, has_regions) && !refine::is_house_number(&points, line)
        });
        Self {
            lines: lines.filter_map(|line| Line::of(&points, line, &streets)).collect(),
            streets,
            countries: shape::countries(text).into_iter().map(|(_, range)| range).collect(),
        }
    }
}

impl Line {
    fn of(points: &CodePoints<'_>, line: &CityLine, streets: &[Range<usize>]) -> Option<Self> {
        let (city, county) = refine::city(points, line);
        let whole = line.range.clone();
        // Prose names cities with their states as well, and capitals make words of codes.
        if line.postal_code.is_none() {
            let text = points.slice(city.clone()?)?;
            let shouted = text.chars().filter(|c| c.is_alphabetic()).all(char::is_uppercase);
            if shouted && !streets.iter().any(|street| is_before(street, &whole)) {
                return None;
            }
        }
        Some(Self {
            city,
            region: line.region_range.clone().or(county),
            code: line.postal_code.as_ref().map(|code| code.range.clone()),
            whole,
        })
    }
}

pub(crate) fn read(ctx: &Ctx<'_>, wanted: &Wanted<'_>, found: &mut Vec<Candidate>) {
    let all = ctx.addresses;
    let points = CodePoints::new(ctx.doc.scanned());
    let is_whole =
        |line: &Line| line.code.is_some() || all.streets.iter().any(|street| is_before(street, &line.whole));
    let of_line = |part: fn(&Line) -> Option<Range<usize>>| {
        all.lines
            .iter()
            .filter_map(move |line| Some((part(line)?, if is_whole(line) { WHOLE } else { PART })))
            .collect::<Vec<_>>()
    };
    let items: Vec<(Range<usize>, u8)> = match wanted.id() {
        Id::Street => {
            let sure = |street: &Range<usize>| {
                if all.lines.iter().any(|line| is_before(street, &line.whole)) { WHOLE } else { BARE }
            };
            all.streets.iter().map(|street| (street.clone(), sure(street))).collect()
        }
        Id::City => of_line(|line| line.city.clone()),
        Id::Region => of_line(|line| line.region.clone()),
        Id::PostalCode => of_line(|line| line.code.clone()),
        Id::Country => {
            let below = |country: &Range<usize>| {
                all.lines.iter().any(|line| is_before(&line.whole, country) && is_whole(line))
            };
            all.countries
                .iter()
                .filter(|country| below(country))
                .map(|country| (country.clone(), WHOLE))
                .collect()
        }
        _ => return,
    };
    let mut seen: Vec<String> = Vec::new();
    for (range, sure) in items {
        let Some(text) = points.slice(range.clone()) else { continue };
        let value = squeeze(text);
        let plain = value.to_lowercase();
        if seen.contains(&plain) {
            continue;
        }
        let later = if wanted.spec.array { 0 } else { u8::try_from(seen.len().min(6)).unwrap_or(6) * 2 };
        seen.push(plain);
        found.push(Candidate::text(value, Place::visible(range), sure - later, ctx.subjects.page));
    }
}

/// Whether one part ends shortly before the next.
fn is_before(one: &Range<usize>, next: &Range<usize>) -> bool {
    one.end <= next.start && next.start - one.end <= NEAR
}
