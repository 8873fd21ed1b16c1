//! OpenGraph and the other meta properties that tell of the page, never those that change with each request.

use html5ever::local_name;

use crate::{dom::Dom, lines::folded, survey::Survey};

type Properties = Vec<(String, String)>;

const MAX_PROPERTIES: usize = 500;
const MAX_VALUE: usize = 10_000;

const GRAPH: &[&str] = &["og:", "product:", "business:", "place:", "book:", "profile:", "restaurant:"];

const OTHERS: &[&str] = &[
    "article:",
    "twitter:",
    "dc.",
    "dcterms.",
    "geo.",
    "citation_",
    "parsely-",
    "sailthru.",
    "product.",
    "eprints.",
];

const NAMES: &[&str] = &[
    "description",
    "author",
    "keywords",
    "title",
    "abstract",
    "subject",
    "publisher",
    "copyright",
    "owner",
    "company",
    "contact",
    "reply-to",
    "telephone",
    "phone",
    "email",
    "address",
    "city",
    "zipcode",
    "country",
    "language",
    "date",
    "news_keywords",
    "application-name",
    "brand",
    "price",
    "sku",
    "icbm",
    "pubdate",
    "page-topic",
    "byl",
    "hdl",
];

/// OpenGraph's properties, and the others after `title`.
pub(super) fn read(dom: &Dom, survey: &Survey) -> [Properties; 2] {
    let (mut graph, mut other) = (Properties::new(), Properties::new());
    let title = survey.title.map(|title| folded(&dom.text_below(title, MAX_VALUE)));
    if let Some(title) = title.filter(|title| !title.is_empty()) {
        other.push(("title".to_owned(), title));
    }
    for &meta in &survey.metas {
        let Some(element) = dom.element(meta) else { continue };
        let attr = |name| element.attr(&name).map(str::trim_ascii).filter(|value| !value.is_empty());
        let Some(content) = attr(local_name!("content")).filter(|content| content.len() <= MAX_VALUE) else {
            continue;
        };
        let name = attr(local_name!("property"))
            .or_else(|| attr(local_name!("name")))
            .or_else(|| attr(local_name!("itemprop")));
        let Some(name) = name.map(str::to_ascii_lowercase) else { continue };
        let is_any = |prefixes: &[&str]| prefixes.iter().any(|prefix| name.starts_with(prefix));
        let properties = if is_any(GRAPH) {
            &mut graph
        } else if is_any(OTHERS) || NAMES.contains(&name.as_str()) || element.has(&local_name!("itemprop")) {
            &mut other
        } else {
            continue;
        };
        let value = folded(content);
        if !value.is_empty() && properties.len() < MAX_PROPERTIES {
            properties.push((name, value));
        }
    }
    [graph, other]
}
