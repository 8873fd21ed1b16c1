//! Words that tell which links may lead to a page with a field.

use gleaner_contract::FieldSpec;

use crate::concepts::{self, About, Id};

/// Pages that tell who a company is and where.
const CONTACT: &[&str] = &[
    "contact",
    "kontakt",
    "contacto",
    "contatti",
    "contactez",
    "impressum",
    "imprint",
    "about",
    "über uns",
    "ueber uns",
    "legal",
    "mentions",
    "locations",
    "standorte",
    "offices",
    "aviso legal",
    "chi siamo",
    "quienes somos",
    "qui sommes nous",
    "over ons",
    "company",
    "unternehmen",
];

/// Pages that tell what a product is like.
const DETAILS: &[&str] = &[
    "specifications",
    "specs",
    "technical",
    "datasheet",
    "datenblatt",
    "technische daten",
    "details",
    "product",
    "produkt",
    "fiche technique",
];

/// The words that a link to a page with this field would carry, in lower case: the field's own names, then those of
/// the pages that usually tell it.
pub fn concept_words(spec: &FieldSpec) -> Vec<String> {
    let own = std::iter::once(&spec.name).chain(&spec.aliases).map(|name| concepts::words(name).join(" "));
    let concept = concepts::resolve(spec, About::Any);
    let pages = match concept.map(|concept| (concept.about, concept.id)) {
        Some((About::Organization, _)) => CONTACT,
        Some((About::Product, Id::Price | Id::Currency | Id::Availability)) => {
            &["product", "produkt", "shop", "buy", "price", "preis", "prix"]
        }
        Some((About::Product, _)) | None => DETAILS,
        Some((About::Article, _)) => &["article", "news", "blog", "artikel", "story"],
        Some((About::Any, _)) => &[],
    };
    let mut words: Vec<String> = Vec::new();
    for word in own.chain(pages.iter().map(|word| (*word).to_owned())).filter(|word| !word.is_empty()) {
        if !words.contains(&word) {
            words.push(word);
        }
    }
    words
}

#[cfg(test)]
mod tests;
