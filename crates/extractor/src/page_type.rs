//! What kind of page this is: by what it says to machines, then by plain signs. Cautious: `Other` when in doubt.

use gleaner_contract::pack::{PageType, StructuredBlock, Syntax};
use serde_json::Value;
use url::Url;

use crate::words::has_word;

/// Pages that say more than this are content, whatever their title says.
const MAX_WALL_POINTS: u32 = 1500;

/// More products than this at the top level make a listing.
const MAX_PRODUCTS: usize = 2;

/// Titles and headings of walls, in lower case.
const WALLS: &[&str] = &[
    "just a moment",
    "attention required! | cloudflare",
    "access denied",
    "access to this page has been denied",
    "are you a robot",
    "are you human",
    "verify you are human",
    "verifying you are human",
    "checking your browser",
    "security check",
    "robot or human",
    "pardon our interruption",
    "request unsuccessful",
    "ddos protection",
    "human verification",
    "bot verification",
    "captcha",
    "enable javascript and cookies to continue",
    "please verify you are a human",
    "unusual traffic",
    "403 forbidden",
    "404 not found",
    "page not found",
    "404 error",
    "error 404",
    "500 internal server error",
    "502 bad gateway",
    "503 service",
    "service unavailable",
    "site is under maintenance",
    "domain is for sale",
    "this domain is parked",
    "domain has expired",
    "buy this domain",
    "domain parking",
    "index of /",
    "before you continue to",
    "welcome to nginx",
    "apache2 ubuntu default page",
    "account suspended",
    "this account has been suspended",
];

/// How the titles of pages begin that ask for a password and show nothing else, in lower case.
const LOGINS: &[&str] = &[
    "log in",
    "login",
    "sign in",
    "signin",
    "anmelden",
    "connexion",
    "iniciar ses",
    "accedi",
    "inloggen",
    "entrar",
];

/// What of a page tells its type.
#[derive(Debug)]
pub(crate) struct Signs<'a> {
    pub(crate) url: &'a Url,
    pub(crate) title: Option<&'a str>,
    pub(crate) structured: &'a [StructuredBlock],
    /// The visible text.
    pub(crate) text: &'a str,
    pub(crate) points: u32,
    pub(crate) has_password: bool,
}

pub(crate) fn page_type(signs: &Signs<'_>) -> PageType {
    if is_wall(signs) {
        return PageType::NotContent;
    }
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

fn is_wall(signs: &Signs<'_>) -> bool {
    if signs.points > MAX_WALL_POINTS {
        return false;
    }
    let says = |text: &str| {
        let text = text.to_lowercase();
        WALLS.iter().any(|wall| text.contains(wall))
    };
    let asks_in = |text: &str| {
        let text = text.to_lowercase();
        LOGINS.iter().any(|login| text.starts_with(login))
    };
    let is_login =
        signs.has_password && (signs.title.is_some_and(asks_in) || signs.text.lines().take(3).any(asks_in));
    is_login || signs.title.is_some_and(says) || signs.text.lines().take(6).any(says)
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
