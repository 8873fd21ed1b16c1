//! Concepts: what a wanted field means, with all the names under which pages say it.

mod table;

use gleaner_contract::FieldSpec;

pub(crate) use table::{About, Concept, Id};

/// What the fields of a brief are about, taken together.
pub(crate) fn theme(fields: &[FieldSpec]) -> About {
    let count =
        |about| fields.iter().filter(|spec| table::of_any(spec).is_some_and(|c| c.about == about)).count();
    let best = [About::Product, About::Organization, About::Article].map(|about| (count(about), about));
    // The first of equals: `max_by_key` would take the last.
    best.into_iter()
        .rev()
        .max_by_key(|(count, _)| *count)
        .filter(|(count, _)| *count > 0)
        .map_or(About::Any, |(_, a)| a)
}

/// What a field means in a brief of this theme: by its name, then by its aliases.
pub(crate) fn resolve(spec: &FieldSpec, theme: About) -> Option<&'static Concept> {
    let mut names = std::iter::once(&spec.name).chain(&spec.aliases);
    names.find_map(|name| table::named(&plain(name), theme))
}

/// The first concept of this id.
pub(crate) fn of(id: Id) -> Option<&'static Concept> {
    table::by_id(id)
}

/// A name or label without case, spaces and punctuation: `postalCode`, `Postal code:` and `POSTAL_CODE` are equal.
pub(crate) fn plain(name: &str) -> String {
    name.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

/// The words of a label in the order of the page, lower case; `camelCase` is two.
pub(crate) fn words(name: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut before = ' ';
    for c in name.chars() {
        if !c.is_alphanumeric() || (before.is_lowercase() && c.is_uppercase()) {
            words.push(String::new());
        }
        if c.is_alphanumeric() {
            words.last_mut().expect("never empty").extend(c.to_lowercase());
        }
        before = c;
    }
    words.retain(|word| !word.is_empty());
    words
}

#[cfg(test)]
mod tests;
