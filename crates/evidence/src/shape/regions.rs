//! States of the USA, provinces of Canada, and countries by the names that pages write.

use std::{ops::Range, sync::LazyLock};

use regex::Regex;

use crate::text::Marks;

/// A state or province.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Region {
    pub code: &'static str,
    pub name: &'static str,
    /// ISO 3166 code of its country.
    pub country: &'static str,
}

macro_rules! regions {
    ($country:literal: $($code:literal $name:literal,)*) => {
        &[$(Region { code: $code, name: $name, country: $country },)*]
    };
}

const US: &[Region] = regions!("US":
    "AL" "Alabama", "AK" "Alaska", "AZ" "Arizona", "AR" "Arkansas", "CA" "California", "CO" "Colorado",
    "CT" "Connecticut", "DE" "Delaware", "DC" "District of Columbia", "FL" "Florida", "GA" "Georgia", "HI" "Hawaii",
    "ID" "Idaho", "IL" "Illinois", "IN" "Indiana", "IA" "Iowa", "KS" "Kansas", "KY" "Kentucky", "LA" "Louisiana",
    "ME" "Maine", "MD" "Maryland", "MA" "Massachusetts", "MI" "Michigan", "MN" "Minnesota", "MS" "Mississippi",
    "MO" "Missouri", "MT" "Montana", "NE" "Nebraska", "NV" "Nevada", "NH" "New Hampshire", "NJ" "New Jersey",
    "NM" "New Mexico", "NY" "New York", "NC" "North Carolina", "ND" "North Dakota", "OH" "Ohio", "OK" "Oklahoma",
    "OR" "Oregon", "PA" "Pennsylvania", "PR" "Puerto Rico", "RI" "Rhode Island", "SC" "South Carolina",
    "SD" "South Dakota", "TN" "Tennessee", "TX" "Texas", "UT" "Utah", "VT" "Vermont", "VA" "Virginia",
    "WA" "Washington", "WV" "West Virginia", "WI" "Wisconsin", "WY" "Wyoming",
);

const CA: &[Region] = regions!("CA":
    "AB" "Alberta", "BC" "British Columbia", "MB" "Manitoba", "NB" "New Brunswick", "NL" "Newfoundland and Labrador",
    "NS" "Nova Scotia", "NT" "Northwest Territories", "NU" "Nunavut", "ON" "Ontario", "PE" "Prince Edward Island",
    "QC" "Quebec", "SK" "Saskatchewan", "YT" "Yukon",
);

const COUNTRIES: &[(&str, &str)] = &[
    ("United States of America", "US"),
    ("United States", "US"),
    ("USA", "US"),
    ("U.S.A.", "US"),
    ("United Kingdom", "GB"),
    ("Great Britain", "GB"),
    ("England", "GB"),
    ("Scotland", "GB"),
    ("Wales", "GB"),
    ("UK", "GB"),
    ("Canada", "CA"),
    ("Australia", "AU"),
    ("New Zealand", "NZ"),
    ("Ireland", "IE"),
    ("Germany", "DE"),
    ("Deutschland", "DE"),
    ("Austria", "AT"),
    ("Österreich", "AT"),
    ("Switzerland", "CH"),
    ("Schweiz", "CH"),
    ("France", "FR"),
    ("Belgium", "BE"),
    ("Netherlands", "NL"),
    ("Nederland", "NL"),
    ("Luxembourg", "LU"),
    ("Italy", "IT"),
    ("Italia", "IT"),
    ("Spain", "ES"),
    ("España", "ES"),
    ("Portugal", "PT"),
    ("Poland", "PL"),
    ("Denmark", "DK"),
    ("Sweden", "SE"),
    ("Norway", "NO"),
    ("Finland", "FI"),
    ("India", "IN"),
    ("China", "CN"),
    ("Japan", "JP"),
    ("Singapore", "SG"),
    ("Hong Kong", "HK"),
    ("South Africa", "ZA"),
    ("Mexico", "MX"),
    ("Brazil", "BR"),
    ("Israel", "IL"),
    ("Turkey", "TR"),
    ("United Arab Emirates", "AE"),
];

/// The state or province of this code or name. Codes must be in capitals, since many are words.
pub fn region(text: &str) -> Option<Region> {
    let text = text.trim().trim_end_matches('.');
    US.iter().chain(CA).find(|region| region.code == text || region.name.eq_ignore_ascii_case(text)).copied()
}

/// Every country named, with its ISO 3166 code and its code points.
pub fn countries(text: &str) -> Vec<(&'static str, Range<usize>)> {
    static NAMES: LazyLock<Regex> = LazyLock::new(|| {
        let names: Vec<String> = COUNTRIES.iter().map(|(name, _)| regex::escape(name)).collect();
        Regex::new(&format!(r"\b(?:{})", names.join("|"))).expect("constant names")
    });
    let mut marks = Marks::new(text);
    NAMES
        .find_iter(text)
        .filter(|found| !text[found.end()..].starts_with(|c: char| c.is_alphanumeric()))
        .filter_map(|found| {
            let (_, code) = COUNTRIES.iter().find(|(name, _)| *name == found.as_str())?;
            Some((*code, marks.range(found.range())))
        })
        .collect()
}
