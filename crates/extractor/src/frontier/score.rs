//! How much a link promises: its text and address against the names of the wanted fields.

use std::collections::{BTreeMap, BTreeSet};

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
    ("contactus", 400),
    ("contactez", 400),
    ("contacter", 400),
    ("contattaci", 400),
    ("お問い合わせ", 400),
    ("联系我们", 400),
    ("about", 300),
    ("aboutus", 300),
    ("über", 300),
    ("sommes", 250),
    ("siamo", 250),
    ("somos", 250),
    ("nosotros", 250),
    ("sobre", 200),
    ("ons", 200),
    ("oss", 200),
    ("nas", 200),
    ("会社概要", 300),
    ("关于我们", 300),
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
    ("datenblatt", 300),
    ("datasheet", 300),
    ("details", 200),
    ("detail", 150),
    ("features", 150),
];

/// What lifts a page of the subject above others, and says nothing of any page by itself.
const PRODUCT_PAGES: &[(&str, i32)] =
    &[("product", 120), ("products", 80), ("produkt", 120), ("produkte", 80), ("item", 80), ("dp", 80)];

/// Names of fields that links carry for other reasons: `/brand/acme`, `Name A-Z`.
const GENERAL: &[&str] = &[
    "name",
    "title",
    "url",
    "image",
    "brand",
    "category",
    "currency",
    "description",
    "language",
    "number",
    "code",
    "date",
    "author",
    "authors",
];

/// A word that more links than this carry, and more than a share of all, tells none of them from the others.
const SHARED: usize = 3;
const SHARE: usize = 4;

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
    /// The words of the subject's name, of which most make a link one to it.
    name: BTreeSet<String>,
    identifiers: Vec<BTreeSet<String>>,
    company: bool,
    product: bool,
}

/// A link's words.
#[derive(Debug)]
pub(super) struct Words {
    text: BTreeSet<String>,
    path: BTreeSet<String>,
    both: BTreeSet<String>,
}

impl Words {
    pub(super) fn of(link: &Link, url: &Url) -> Self {
        let text: BTreeSet<String> = split(&link.text).take(24).collect();
        let path: BTreeSet<String> = split(url.path()).take(24).collect();
        let both = text.union(&path).cloned().collect();
        Self { text, path, both }
    }
}

/// How many links of a page carry each word.
#[derive(Debug, Default)]
pub(super) struct Siblings {
    links: usize,
    counts: BTreeMap<String, usize>,
}

impl Siblings {
    pub(super) fn add(&mut self, words: &Words) {
        self.links += 1;
        for word in &words.both {
            *self.counts.entry(word.clone()).or_default() += 1;
        }
    }

    /// Whether a word tells some links from the others.
    fn tells(&self, word: &str) -> bool {
        let count = self.counts.get(word).copied().unwrap_or(0);
        count <= SHARED || count * SHARE <= self.links
    }
}

impl Scorer {
    /// `title` is the page's, which names the subject where the brief does not.
    pub(super) fn of(brief: &Brief, title: Option<&str>) -> Self {
        let names = |field: &FieldSpec| -> Vec<String> {
            std::iter::once(&field.name).chain(&field.aliases).flat_map(|name| split(name)).collect()
        };
        let fields: BTreeSet<String> =
            brief.fields.iter().flat_map(names).filter(|word| word.len() > 2).collect();
        let telling = |word: &String| word.len() > 2 || word.bytes().any(|b| b.is_ascii_digit());
        let subject = brief.subject.name.iter().chain(brief.subject.known.values());
        let subject = subject.flat_map(|text| split(text)).filter(telling).collect();
        let wants = |kind: &[&str]| {
            brief.fields.iter().any(|field| kind.iter().any(|known| field.name.eq_ignore_ascii_case(known)))
        };
        let (company, product) = (wants(COMPANY_FIELDS), wants(PRODUCT_FIELDS));
        let titled = || {
            let cut = [" | ", " - ", " – "].iter().filter_map(|mark| title?.find(mark)).min();
            title.map(|title| &title[..cut.unwrap_or(title.len())]).filter(|_| product && !company)
        };
        let name = match &brief.subject.name {
            Some(name) => Some(name.as_str()),
            None if brief.subject.known.is_empty() => titled(),
            None => None,
        };
        Self {
            fields,
            subject,
            name: name.into_iter().flat_map(split).filter(telling).collect(),
            identifiers: brief.subject.known.values().map(|known| split(known).collect()).collect(),
            // fields that neither knows may stand on pages of both kinds
            company: company || !product,
            product: product || !company,
        }
    }

    /// `None` when a link suggests neither a wanted field nor the subject.
    pub(super) fn score(&self, link: &Link, url: &Url, words: &Words, siblings: &Siblings) -> Option<u16> {
        let Words { text, path, both } = words;
        let hits = |words: &BTreeSet<String>, wanted: &BTreeSet<String>| {
            i32::try_from(words.intersection(wanted).count()).unwrap_or(MAX_WORDS).min(MAX_WORDS)
        };
        let worth = |known: &[(&str, i32)], counts: &dyn Fn(&str) -> bool| {
            let promised = known.iter().filter(|(word, _)| both.contains(*word) && counts(word));
            promised.map(|(_, worth)| *worth).max().unwrap_or(0)
        };
        let contact = if self.company { worth(CONTACT, &|_| true) } else { 0 };
        let details = if self.product { worth(PRODUCT, &|word| siblings.tells(word)) } else { 0 };
        let page = if self.product { worth(PRODUCT_PAGES, &|_| true) } else { 0 };
        let field = both
            .intersection(&self.fields)
            .any(|word| !GENERAL.contains(&word.as_str()) && siblings.tells(word));
        if contact == 0 && details == 0 && !field && !self.is_of_subject(both, siblings) {
            return None;
        }
        let depth =
            i32::try_from(url.path().split('/').filter(|part| !part.is_empty()).count()).unwrap_or(20);
        let score = BASE
            + FIELD_IN_TEXT * hits(text, &self.fields)
            + FIELD_IN_PATH * hits(path, &self.fields)
            + SUBJECT * hits(both, &self.subject)
            + contact.max(details).max(page)
            - 4 * depth.min(10)
            - if url.query().is_some() { 20 } else { 0 }
            - if link.nofollow { 60 } else { 0 }
            - match link.region {
                Region::Aside => 20,
                Region::Footer => 10,
                _ => 0,
            };
        Some(u16::try_from(score.max(0)).unwrap_or(u16::MAX))
    }

    /// Whether a link carries a known identifier, or most words of the name: one that not every sibling has, and one
    /// with digits where the name has such, since these tell models apart.
    fn is_of_subject(&self, words: &BTreeSet<String>, siblings: &Siblings) -> bool {
        if self.identifiers.iter().any(|known| !known.is_empty() && known.is_subset(words)) {
            return true;
        }
        let has_digit = |word: &&String| word.bytes().any(|b| b.is_ascii_digit());
        let said: Vec<&String> = words.intersection(&self.name).collect();
        let numbered = !self.name.iter().any(|word| has_digit(&word)) || said.iter().any(has_digit);
        said.len() * 2 > self.name.len() && numbered && said.iter().any(|word| siblings.tells(word))
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
