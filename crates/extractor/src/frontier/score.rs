//! How much a link promises: its text and address against the names of the wanted fields.

use std::collections::{BTreeMap, BTreeSet};

use gleaner_contract::{
    Brief, FieldSpec,
    pack::{Link, PageType, Region},
};
use url::Url;

mod topics;

use topics::Topic;

const BASE: i32 = 100;
const FIELD_IN_TEXT: i32 = 120;
const FIELD_IN_PATH: i32 = 80;
const SUBJECT: i32 = 100;
/// Fields of a brief that a link can tell of.
const MAX_BITS: usize = 32;
/// Field and subject words beyond these add nothing.
const MAX_WORDS: i32 = 3;

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

/// Fields that are answered where a shop says how it sells.
const TERMS_FIELDS: &[&str] = &[
    "shipping",
    "shippingcost",
    "delivery",
    "deliverytime",
    "returns",
    "returnpolicy",
    "warranty",
    "guarantee",
    "payment",
];
const RANGE_FIELDS: &[&str] = &["products", "services", "valueproposition"];
const CERTIFICATE_FIELDS: &[&str] = &["certifications"];

/// The words that make a link worth a visit, for one brief and one page that links are on.
#[derive(Debug)]
pub(super) struct Scorer {
    fields: BTreeSet<String>,
    subject: BTreeSet<String>,
    /// The words of the subject's name, of which most make a link one to it.
    name: BTreeSet<String>,
    identifiers: Vec<BTreeSet<String>>,
    /// What is looked for, and which fields would be answered there.
    topics: Vec<(Topic, u32)>,
    /// The words of each field, in the brief's order; empty where there are more fields than bits.
    field_words: Vec<BTreeSet<String>>,
    product: bool,
    page: PageType,
}

/// What is hoped for behind a link.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Promise {
    pub(super) score: u16,
    /// As in [`gleaner_contract::FoundLink`].
    pub(super) fields: u32,
}

impl Promise {
    /// Of two links to one page. No bits say that it may answer anything.
    pub(super) fn or(self, other: Self) -> Self {
        let told = self.fields != 0 && other.fields != 0;
        Self { score: self.score.max(other.score), fields: if told { self.fields | other.fields } else { 0 } }
    }
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
    /// `title` is the page's, which names the subject where the brief does not; `page` is what the page is.
    pub(super) fn of(brief: &Brief, title: Option<&str>, page: PageType) -> Self {
        let names = |field: &FieldSpec| -> BTreeSet<String> {
            let names = std::iter::once(&field.name).chain(&field.aliases).flat_map(|name| split(name));
            names.filter(|word| word.len() > 2).collect()
        };
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
        // fields that neither knows may stand on pages of both kinds
        let (company, product) = (company || !product, product || !company);
        let is_wanted = |topic: &Topic| match topic {
            Topic::Contact | Topic::Legal | Topic::About => company,
            Topic::Range => wants(RANGE_FIELDS),
            Topic::Certificates => wants(CERTIFICATE_FIELDS),
            Topic::Spec => product,
            Topic::Terms => wants(TERMS_FIELDS),
        };
        let with_fields = |topic: Topic| (topic, bits(brief, |field| topic.answers(&field.name)));
        Self {
            fields: brief.fields.iter().flat_map(names).collect(),
            subject,
            name: name.into_iter().flat_map(split).filter(telling).collect(),
            identifiers: brief.subject.known.values().map(|known| split(known).collect()).collect(),
            topics: Topic::ALL.into_iter().filter(is_wanted).map(with_fields).collect(),
            field_words: if brief.fields.len() > MAX_BITS {
                Vec::new()
            } else {
                brief.fields.iter().map(names).collect()
            },
            product,
            page,
        }
    }

    /// `None` when a link suggests neither a wanted field nor the subject.
    pub(super) fn promise(
        &self,
        link: &Link,
        url: &Url,
        words: &Words,
        siblings: &Siblings,
    ) -> Option<Promise> {
        let Words { text, path, both } = words;
        let hits = |words: &BTreeSet<String>, wanted: &BTreeSet<String>| {
            i32::try_from(words.intersection(wanted).count()).unwrap_or(MAX_WORDS).min(MAX_WORDS)
        };
        let worth = |known: &[(&str, i32)], counts: &dyn Fn(&str) -> bool| {
            let promised = known.iter().filter(|(word, _)| both.contains(*word) && counts(word));
            promised.map(|(_, worth)| *worth).max().unwrap_or(0)
        };
        // what many links of a shop carry tells none of them from the others
        let is_told_apart = |topic: Topic| matches!(topic, Topic::Spec | Topic::Range);
        let found = |&(topic, fields): &(Topic, u32)| {
            let worth = worth(topic.words(), &|word| !is_told_apart(topic) || siblings.tells(word));
            (worth > 0).then_some((topic, worth, fields))
        };
        let topics: Vec<(Topic, i32, u32)> = self.topics.iter().filter_map(found).collect();
        let page = if self.product { worth(PRODUCT_PAGES, &|_| true) } else { 0 };
        let named = |word: &&String| !GENERAL.contains(&word.as_str()) && siblings.tells(word);
        let field = both.intersection(&self.fields).any(|word| named(&word));
        let is_of_subject = self.is_of_subject(both, siblings);
        if topics.is_empty() && !field && !is_of_subject {
            return None;
        }
        let depth =
            i32::try_from(url.path().split('/').filter(|part| !part.is_empty()).count()).unwrap_or(20);
        let best = topics.iter().max_by_key(|(_, worth, _)| *worth);
        let score = BASE
            + FIELD_IN_TEXT * hits(text, &self.fields)
            + FIELD_IN_PATH * hits(path, &self.fields)
            + SUBJECT * hits(both, &self.subject)
            + best.map_or(0, |(_, worth, _)| *worth).max(page)
            + self.place(link, best.map(|(topic, ..)| *topic), is_of_subject)
            - 4 * depth.min(10)
            - if url.query().is_some() { 20 } else { 0 }
            - if link.nofollow { 60 } else { 0 };
        let score = u16::try_from(score.max(0)).unwrap_or(u16::MAX);
        let own = self
            .field_words
            .iter()
            .enumerate()
            .filter(|(_, names)| both.intersection(names).any(|word| named(&word)));
        let fields = topics.iter().fold(0, |bits, (.., fields)| bits | fields);
        let fields = own.fold(fields, |bits, (at, _)| bits | 1 << at);
        // a page of the subject may say anything of it
        Some(Promise { score, fields: if is_of_subject { 0 } else { fields } })
    }

    /// What the place of a link adds: where it stands, and on what page.
    fn place(&self, link: &Link, topic: Option<Topic>, is_of_subject: bool) -> i32 {
        let is_company = matches!(topic, Some(Topic::Contact | Topic::Legal | Topic::About));
        let region = match link.region {
            // where sites put imprint and contact
            Region::Footer | Region::Header | Region::Navigation if is_company => 0,
            Region::Main => 10,
            Region::Aside => -20,
            Region::Footer => -10,
            _ => 0,
        };
        let within = matches!(link.region, Region::Main | Region::Body);
        let page = match self.page {
            PageType::Product if within && topic == Some(Topic::Spec) => 40,
            PageType::Listing if within && is_of_subject => 60,
            PageType::Company if is_company => 30,
            // what an article links to is mostly about something else
            PageType::Article if within => -20,
            _ => 0,
        };
        region + page
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

/// A bit for each field that may be so: fields of which nothing is known may. None where there are more fields than bits.
fn bits(brief: &Brief, is: impl Fn(&FieldSpec) -> Option<bool>) -> u32 {
    if brief.fields.len() > MAX_BITS {
        return 0;
    }
    let may = brief.fields.iter().enumerate().filter(|(_, field)| is(field) != Some(false));
    may.fold(0, |bits, (at, _)| bits | 1 << at)
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
            // the dot that a Turkish capital leaves behind
            word.extend(c.to_lowercase().filter(|c| *c != '\u{307}'));
        }
        after_lower = c.is_lowercase();
    }
    words.into_iter().filter(|word| !word.is_empty())
}

#[cfg(test)]
mod tests;
