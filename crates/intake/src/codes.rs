//! Codes of closed lists: countries, currencies, units.

use gleaner_contract::{Country, Currency, RejectReason};

use crate::{issues::Issues, node::Node};

pub(crate) fn country(node: &Node, label: &str, issues: &mut Issues) -> Option<Country> {
    let text = node.text(label, issues)?;
    let country = text.parse().ok();
    if country.is_none() {
        let written: String = text.chars().take(40).collect();
        let what = format!("`{written}` is not a country code of ISO 3166");
        let hint = match country_named(&text) {
            Some(code) => format!("did you mean `{code}`?"),
            None => "write two letters, such as DE".to_owned(),
        };
        issues.add_hinted(node.at, RejectReason::UnknownCountry, what, hint);
    }
    country
}

pub(crate) fn currency(node: &Node, label: &str, issues: &mut Issues) -> Option<Currency> {
    let text = node.text(label, issues)?;
    let currency = text.parse().ok();
    if currency.is_none() {
        let written: String = text.chars().take(40).collect();
        let what = format!("`{written}` is not a currency code of ISO 4217");
        let hint = match text.to_lowercase().as_str() {
            "€" | "euro" | "euros" => "did you mean `EUR`?",
            "£" | "pound" | "pounds" => "did you mean `GBP`?",
            "us$" | "dollar" | "dollars" => "did you mean `USD`?",
            _ => "write three letters, such as EUR",
        };
        issues.add_hinted(node.at, RejectReason::UnknownCurrency, what, hint);
    }
    currency
}

/// The code of what was written as a name, as three letters, or as a code in common use that ISO does not list.
fn country_named(text: &str) -> Option<&'static str> {
    let upper = text.to_uppercase();
    match upper.as_str() {
        "UK" | "UNITED KINGDOM" | "GREAT BRITAIN" | "ENGLAND" => return Some("GB"),
        "USA" | "UNITED STATES" | "AMERICA" => return Some("US"),
        "EL" => return Some("GR"),
        _ => {}
    }
    let by_name = rust_iso3166::ALL_NAME.iter().position(|name| name.to_uppercase() == upper);
    match by_name {
        Some(index) => rust_iso3166::ALL_ALPHA2.get(index).copied(),
        None => rust_iso3166::from_alpha3(&upper).map(|country| country.alpha2),
    }
}
