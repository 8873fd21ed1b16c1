//! What kind of page this is, if it is content: by what it says to machines, then by plain signs. Cautious: `Other` when in
//! doubt. Whether it is content is asked in `not_content`.

use gleaner_contract::pack::{PageType, StructuredBlock, Syntax};
use serde_json::Value;
use url::Url;

use crate::words::has_word;

/// More products than this at the top level make a listing.
const MAX_PRODUCTS: usize = 2;

/// What of a page tells its type.
#[derive(Debug)]
pub(crate) struct Signs<'a> {
    pub(crate) url: &'a Url,
    pub(crate) structured: &'a [StructuredBlock],
}

pub(crate) fn page_type(signs: &Signs<'_>) -> PageType {
    let mut types = Types::default();
    for block in signs.structured {
        match block.syntax {
            Syntax::JsonLd | Syntax::Microdata => types.collect(&block.data, 0),
            Syntax::OpenGraph => types.graph = block.data.get("og:type").and_then(first_text).unwrap_or(""),
            Syntax::Meta => {}
        }
    }
    if types.products > MAX_PRODUCTS || (types.listing && types.products == 0) {
        return PageType::Listing;
    }
    if types.products > 0 || has_word(types.graph, &["product"]) {
        return PageType::Product;
    }
    if types.article || types.graph.eq_ignore_ascii_case("article") {
        return PageType::Article;
    }
    let about =
        ["about", "contact", "kontakt", "impressum", "imprint", "company", "contacto", "contatti", "legal"];
    if types.company || has_word(signs.url.path(), &about) {
        return PageType::Company;
    }
    PageType::Other
}

#[derive(Debug, Default)]
struct Types<'a> {
    products: usize,
    article: bool,
    company: bool,
    listing: bool,
    graph: &'a str,
}

impl<'a> Types<'a> {
    /// Looks at the top level, and through `@graph` and `mainEntity`.
    fn collect(&mut self, data: &'a Value, depth: u8) {
        if depth > 4 {
            return;
        }
        match data {
            Value::Array(items) => items.iter().for_each(|item| self.collect(item, depth + 1)),
            Value::Object(object) => {
                match object.get("@type") {
                    Some(Value::String(kind)) => self.count(kind),
                    Some(Value::Array(kinds)) => {
                        kinds.iter().filter_map(Value::as_str).for_each(|kind| self.count(kind))
                    }
                    _ => {}
                }
                for inner in ["@graph", "mainEntity"] {
                    if let Some(inner) = object.get(inner) {
                        self.collect(inner, depth + 1);
                    }
                }
            }
            _ => {}
        }
    }

    fn count(&mut self, kind: &str) {
        match kind.rsplit(['/', ':', '#']).next().unwrap_or(kind) {
            "Product" | "ProductGroup" | "ProductModel" | "IndividualProduct" | "Book" | "Vehicle"
            | "Car" => {
                self.products += 1;
            }
            "ItemList" | "CollectionPage" | "SearchResultsPage" | "OfferCatalog" | "ProductCollection" => {
                self.listing = true;
            }
            "AboutPage" | "ContactPage" | "Organization" | "Corporation" | "LocalBusiness" => {
                self.company = true
            }
            kind if kind.ends_with("Article")
                || matches!(kind, "BlogPosting" | "Report" | "LiveBlogPosting") =>
            {
                self.article = true;
            }
            kind => {
                let endings = [
                    "Business",
                    "Store",
                    "Shop",
                    "Restaurant",
                    "Organization",
                    "Agency",
                    "Service",
                    "Clinic",
                ];
                self.company |= endings.iter().any(|ending| kind.ends_with(ending));
            }
        }
    }
}

fn first_text(value: &Value) -> Option<&str> {
    value.as_str().or_else(|| value.as_array()?.first()?.as_str())
}

#[cfg(test)]
mod tests;
