//! How much a link promises: its text and address against the names of the wanted fields.

use std::collections::BTreeSet;

use gleaner_contract::{
    Brief, FieldSpec,
    pack::{Link, Region},
};
use url::Url;

const BASE: i32 = 100;
const FIELD_IN_TEXT: i32 = 120;
const FIELD_IN_PATH: i32 = 80;
const SUBJECT: i32 = 100;
/// Field and subject words beyond these add nothing.
const MAX_WORDS: i32 = 3;

/// Where companies say who and where they are, and how likely.
const CONTACT: &[(&str, i32)] = &[
    ("contact", 400),
    ("contacts", 400),
    ("kontakt", 400),
    ("contacto", 400),
    ("contatti", 400),
    ("contato", 400),
    ("impressum", 450),
    ("imprint", 450),
    ("kontakty", 400),
    ("yhteystiedot", 400),
    ("colofon", 350),
    ("mentions", 300),
    ("legal", 250),
    ("about", 300),
    ("ueber", 300),
    ("apropos", 300),
    ("empresa", 250),
    ("company", 250),
    ("unternehmen", 250),
    ("firma", 200),
    ("location", 250),
    ("locations", 250),
    ("address", 300),
    ("standorte", 250),
    ("offices", 250),
    ("directions", 200),
    ("anfahrt", 200),
    ("team", 120),
    ("who", 100),
    ("datenschutz", 120),
    ("privacy", 100),
    ("terms", 60),
    ("agb", 120),
];

/// Where makers say what a product is.
const PRODUCT: &[(&str, i32)] = &[
    ("specification", 350),
    ("specifications", 350),
    ("specs", 350),
    ("spec", 350),
    ("technical", 300),
    ("technische", 300),
    ("datasheet", 300),
    ("details", 200),
    ("detail", 150),
    ("features", 150),
    ("product", 120),
    ("products", 80),
    ("produkt", 120),
    ("produkte", 80),
    ("item", 80),
    ("dp", 80),
];

const COMPANY_FIELDS: &[&str] = &[
    "telephone",
    "tel",
    "phone",
    "fax",
    "email",
    "street",
    "city",
    "postalcode",
    "zipcode",
    "vatid",
    "legalname",
    "address",
    "org",
    "industry",
    "founded",
    "employees",
    "state",
    "region",
    "certifications",
];
const PRODUCT_FIELDS: &[&str] = &[
    "price",
    "currency",
    "sku",
    "mpn",
    "gtin",
    "brand",
    "availability",
    "weight",
    "width",
    "height",
    "length",
    "material",
    "color",
    "model",
];

/// The words that make a link worth a visit, for one brief.
#[derive(Debug)]
pub(super) struct Scorer {
    fields: BTreeSet<String>,
    subject: BTreeSet<String>,
    known: Vec<(&'static str, i32)>,
}

impl Scorer {
    pub(super) fn of(brief: &Brief) -> Self {
        let names = |field: &FieldSpec| -> Vec<String> {
            std::iter::once(&field.name).chain(&field.aliases).flat_map(|name| split(name)).collect()
        };
        let fields: BTreeSet<String> =
            brief.fields.iter().flat_map(names).filter(|word| word.len() > 2).collect();
        let subject = brief.subject.name.iter().chain(brief.subject.known.values());
        let subject = subject.flat_map(|text| split(text)).filter(|word| word.len() > 2).collect();
        let wants = |kind: &[&str]| {
            brief.fields.iter().any(|field| kind.iter().any(|known| field.name.eq_ignore_ascii_case(known)))
        };
        let mut known = Vec::new();
        if wants(COMPANY_FIELDS) {
            known.extend(CONTACT);
        }
        if wants(PRODUCT_FIELDS) {
            known.extend(PRODUCT);
        }
        Self { fields, subject, known }
    }

    pub(super) fn score(&self, link: &Link, url: &Url) -> u16 {
        let text: BTreeSet<String> = split(&link.text).take(24).collect();
        let path: BTreeSet<String> = split(url.path()).take(24).collect();
        let hits = |words: &BTreeSet<String>, wanted: &BTreeSet<String>| {
            i32::try_from(words.intersection(wanted).count()).unwrap_or(MAX_WORDS).min(MAX_WORDS)
        };
        let promised = self.known.iter().filter(|(word, _)| text.contains(*word) || path.contains(*word));
        let promised = promised.map(|(_, worth)| *worth).max().unwrap_or(0);
        let both: BTreeSet<String> = text.union(&path).cloned().collect();
        let depth =
            i32::try_from(url.path().split('/').filter(|part| !part.is_empty()).count()).unwrap_or(20);
        let score = BASE
            + FIELD_IN_TEXT * hits(&text, &self.fields)
            + FIELD_IN_PATH * hits(&path, &self.fields)
            + SUBJECT * hits(&both, &self.subject)
            + promised
            - 4 * depth.min(10)
            - if url.query().is_some() { 20 } else { 0 }
            - if link.nofollow { 60 } else { 0 }
            - match link.region {
                Region::Aside => 20,
                Region::Footer => 10,
                _ => 0,
            };
        u16::try_from(score.max(0)).unwrap_or(u16::MAX)
    }
}

/// Lower-case words: split at anything but letters and digits, and where lower case turns upper.
fn split(text: &str) -> impl Iterator<Item = String> {
    let mut words = vec![String::new()];
    let mut after_lower = false;
    for c in text.chars().take(400) {
        if !c.is_alphanumeric() || (after_lower && c.is_uppercase()) {
            words.push(String::new());
        }
        if c.is_alphanumeric()
            && let Some(word) = words.last_mut()
        {
            word.extend(c.to_lowercase());
        }
        after_lower = c.is_lowercase();
    }
    words.into_iter().filter(|word| !word.is_empty())
}

#[cfg(test)]
mod tests;
