//! The check of a named subject: known identifiers first, then names, then the domain.

use gleaner_contract::{FieldSpec, Subject, SubjectMatch};
use gleaner_evidence::ids;

use super::{
    IDENTIFIERS,
    names::{Care, compare, is_accessory_of, names_nothing, says_more},
};
use crate::{
    concepts::{self, About, Id},
    doc::Doc,
    entity::{Entities, Entity},
    page_names::PageNames,
    wanted::Wanted,
};

/// An identifier found by itself in the text must be as long as this to mean anything.
const MIN_LOOSE_ID: usize = 6;

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

    /// Whether an entity is the subject, by what it says of itself; `None` when it says nothing that tells.
    pub(super) fn entity(
        &self,
        entities: &Entities<'_>,
        entity: &Entity<'_>,
        names: &PageNames,
    ) -> Option<SubjectMatch> {
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
                return Some(SubjectMatch::Exact);
            }
            // A GTIN that differs is another product; a part number may be the shop's own.
            differs |= *id == Id::Gtin && said.iter().any(|said| ids::gtin(said).is_some());
        }
        if differs {
            return Some(SubjectMatch::Other);
        }
        let (name, said) = (self.subject.name.as_deref()?, entity.node.str("name")?);
        match compare(name, said, self.care_under(names)) {
            SubjectMatch::Unknown if self.theme == About::Organization || !says_more(name, said) => None,
            own => Some(own),
        }
    }

    /// Under a heading that is the very name, what is called otherwise is something beside it.
    fn care_under(&self, names: &PageNames) -> Care {
        let is_name = |heading: &str| {
            let name = self.subject.name.as_deref();
            name.is_some_and(|name| compare(name, heading, Care::Usual) == SubjectMatch::Exact)
        };
        match self.care() {
            Care::Usual if names.heading.as_ref().is_some_and(|heading| is_name(&heading.text)) => {
                Care::Strict
            }
            care => care,
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
            let by_entity = mains.iter().filter_map(|main| self.entity(entities, main, names)).max();
            if let Some(decided @ (SubjectMatch::Exact | SubjectMatch::Other)) = by_entity {
                return decided;
            }
            if self.is_labelled(doc) {
                return SubjectMatch::Exact;
            }
        }
        let by_name = self.subject.name.as_deref().map(|name| self.by_name(name, names));
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

    /// How the page's names agree with the subject's. What heads the page outweighs a part of its title that repeats
    /// the name: `Battery | Acme Drill 18V`.
    fn by_name(&self, name: &str, names: &PageNames) -> SubjectMatch {
        let care = self.care();
        let best = names.all().map(|said| compare(name, said, care)).max().unwrap_or_default();
        let headed = names.heading.as_ref().map(|heading| heading.text.as_str());
        let beside = match care {
            Care::None => false,
            Care::Usual => names.whole().any(|whole| is_accessory_of(name, whole)),
            Care::Strict => {
                headed.is_some_and(|heading| names.begins_title(heading) && !names_nothing(heading))
            }
        };
        if beside {
            headed.map_or(SubjectMatch::Unknown, |heading| compare(name, heading, care)).min(best)
        } else {
            best
        }
    }

    /// Pages that a link led to on a shop are mostly of other things. Companies are told by their host.
    fn care(&self) -> Care {
        match self.theme {
            About::Organization => Care::None,
            _ if self.subject.linked => Care::Strict,
            _ => Care::Usual,
        }
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
