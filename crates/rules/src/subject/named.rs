//! The check of a named subject: known identifiers first, then names, then the domain.

use std::collections::BTreeSet;

use gleaner_contract::{FieldSpec, Subject, SubjectMatch};
use gleaner_evidence::ids;

use super::IDENTIFIERS;
use crate::{
    concepts::{self, About, Id},
    doc::Doc,
    entity::{Entities, Entity},
    page_names::PageNames,
    wanted::Wanted,
};

/// An identifier found by itself in the text must be as long as this to mean anything.
const MIN_LOOSE_ID: usize = 6;

/// Words that tell one model from its siblings.
const MODEL_WORDS: &[&str] = &[
    "pro", "plus", "max", "mini", "lite", "ultra", "air", "xl", "xxl", "xs", "premium", "deluxe", "kids",
    "junior", "set", "kit", "case", "cover",
];

#[derive(Debug)]
pub(super) struct Check<'s> {
    subject: &'s Subject,
    theme: About,
    /// What is known that tells things apart.
    known: Vec<(Id, &'s str)>,
}

impl<'s> Check<'s> {
    pub(super) fn new(subject: &'s Subject, theme: About) -> Self {
        let known = subject.known.iter().filter_map(|(name, value)| {
            let id = concepts::resolve(&FieldSpec::named(name.as_str()), theme)?.id;
            (IDENTIFIERS.contains(&id) && !value.trim().is_empty()).then_some((id, value.as_str()))
        });
        Self { subject, theme, known: known.collect() }
    }

    /// Whether an entity is the subject, by what it says of itself.
    pub(super) fn entity(&self, entities: &Entities<'_>, entity: &Entity<'_>) -> SubjectMatch {
        let mut differs = false;
        for (id, known) in &self.known {
            let said: Vec<&str> = IDENTIFIERS
                .iter()
                .filter(|other| **other == *id || is_part_number(**other) && is_part_number(*id))
                .filter_map(|id| concepts::of(*id))
                .flat_map(|concept| concept.paths())
                .flat_map(|path| entities.follow(entity.node, path))
                .map(|leaf| leaf.text.as_str())
                .collect();
            if said.iter().any(|said| same_id(*id, known, said)) {
                return SubjectMatch::Exact;
            }
            // A GTIN that differs is another product; a part number may be the shop's own.
            differs |= *id == Id::Gtin && said.iter().any(|said| ids::gtin(said).is_some());
        }
        if differs {
            return SubjectMatch::Other;
        }
        match (&self.subject.name, entity.node.str("name")) {
            (Some(name), Some(said)) => compare(name, said),
            _ => SubjectMatch::Unknown,
        }
    }

    /// Whether the page as a whole is about the subject.
    pub(super) fn page(
        &self,
        doc: &Doc<'_>,
        entities: &Entities<'_>,
        names: &PageNames,
        mains: &[Entity<'_>],
    ) -> SubjectMatch {
        if self.theme != About::Organization {
            let by_entity = mains.iter().map(|main| self.entity(entities, main)).max();
            if let Some(decided @ (SubjectMatch::Exact | SubjectMatch::Other)) = by_entity {
                return decided;
            }
            if self.is_labelled(doc) {
                return SubjectMatch::Exact;
            }
        }
        let by_name = self
            .subject
            .name
            .as_deref()
            .map(|name| names.all().map(|said| compare(name, said)).max().unwrap_or_default());
        let at_home = doc.host().is_some_and(|host| {
            self.subject
                .hosts
                .iter()
                .any(|known| known.strip_prefix("www.").unwrap_or(known).eq_ignore_ascii_case(host))
        });
        let decided = match (self.theme, by_name) {
            (About::Organization, Some(SubjectMatch::Exact)) => SubjectMatch::Exact,
            (About::Organization, _) if at_home || self.names_host(doc) => SubjectMatch::Likely,
            (About::Organization, Some(by_name)) => by_name,
            (_, Some(by_name)) => by_name,
            (_, None) => SubjectMatch::Unknown,
        };
        if decided < SubjectMatch::Likely && self.is_mentioned(doc) { SubjectMatch::Likely } else { decided }
    }

    /// Whether a labelled row gives a known identifier.
    fn is_labelled(&self, doc: &Doc<'_>) -> bool {
        self.known.iter().any(|(id, known)| {
            doc.pack.pairs.iter().any(|pair| {
                same_id(*id, known, doc.text(pair.value))
                    && Wanted::is_label_of(&[*id, Id::Sku, Id::Mpn, Id::Gtin], doc.text(pair.label))
            })
        })
    }

    /// Whether a long identifier stands somewhere in the main text.
    fn is_mentioned(&self, doc: &Doc<'_>) -> bool {
        self.known.iter().any(|(_, known)| {
            let telling = known.chars().count() >= MIN_LOOSE_ID && known.chars().any(|c| c.is_ascii_digit());
            telling && gleaner_evidence::quote::find(doc.scanned(), known).is_some()
        })
    }

    /// Whether the host is the name: `acmetools.example` for Acme Tools.
    fn names_host(&self, doc: &Doc<'_>) -> bool {
        let plain = |text: &str| text.chars().filter(|c| c.is_alphanumeric()).collect::<String>();
        let Some(name) =
            self.subject.name.as_deref().map(|name| plain(&ids::name(name))).filter(|name| name.len() >= 4)
        else {
            return false;
        };
        doc.host().and_then(|host| host.split('.').next()).is_some_and(|label| plain(label) == name)
    }
}

fn is_part_number(id: Id) -> bool {
    matches!(id, Id::Sku | Id::Mpn)
}

fn same_id(id: Id, known: &str, said: &str) -> bool {
    match id {
        Id::Gtin | Id::Isbn => match (ids::gtin(known), ids::gtin(said)) {
            (Some(known), Some(said)) => known == said,
            _ => ids::part_number(known) == ids::part_number(said),
        },
        _ => ids::part_number(known) == ids::part_number(said),
    }
}

/// How the subject's name and a name on the page agree.
pub(super) fn compare(name: &str, said: &str) -> SubjectMatch {
    let (name, said) = (ids::name(name), ids::name(said));
    if name.is_empty() || said.is_empty() {
        return SubjectMatch::Unknown;
    }
    if name == said {
        return SubjectMatch::Exact;
    }
    let words = |text: &str| text.split(' ').map(str::to_owned).collect::<BTreeSet<_>>();
    let (wanted, found) = (words(&name), words(&said));
    let telling = |set: BTreeSet<&String>| {
        set.iter()
            .any(|word| word.chars().any(|c| c.is_ascii_digit()) || MODEL_WORDS.contains(&word.as_str()))
    };
    let missing = telling(wanted.difference(&found).collect());
    let added = telling(found.difference(&wanted).collect());
    let common = wanted.intersection(&found).count();
    if missing && added || common == 0 {
        return SubjectMatch::Other;
    }
    if missing || added {
        return SubjectMatch::Unknown;
    }
    // All words of the shorter one, and enough of them to be a name.
    let shorter = wanted.len().min(found.len());
    if common == shorter && (common >= 2 || wanted.len() == 1 && said.starts_with(&name)) {
        return SubjectMatch::Likely;
    }
    if common * 3 >= wanted.len() * 2 {
        SubjectMatch::Likely
    } else if common * 3 < wanted.len() {
        SubjectMatch::Other
    } else {
        SubjectMatch::Unknown
    }
}

#[cfg(test)]
mod tests;
