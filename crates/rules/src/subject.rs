//! The subject check: which of a page's entities the target is, and whether the page is about it at all.

mod main_product;
mod named;
mod names;

pub(crate) use main_product::is_same_page;

use gleaner_contract::{MainEntity, Subject, SubjectMatch, pack::PageType};

use crate::{
    concepts::{About, Id},
    doc::Doc,
    entity::{Entities, Entity, Kind},
    heading,
    page_names::PageNames,
    value,
};

/// What a page is about, seen from the target.
#[derive(Debug)]
pub(crate) struct Subjects<'d> {
    /// For what the visible text and the page's meta properties say.
    pub(crate) page: SubjectMatch,
    /// The entities that may be the target, best first.
    pub(crate) entities: Vec<(Entity<'d>, SubjectMatch)>,
}

impl<'d> Subjects<'d> {
    pub(crate) fn of(
        doc: &Doc<'_>,
        entities: &Entities<'d>,
        names: &PageNames,
        subject: &Subject,
        theme: About,
    ) -> Self {
        let mains = main_entities(doc, entities, names, theme);
        if !subject.is_named() {
            // a company's pages are its own; whatever else a link leads to says nothing of what the target is
            let page = if subject.linked && theme != About::Organization {
                SubjectMatch::Unknown
            } else {
                SubjectMatch::Likely
            };
            return Self { page, entities: mains.into_iter().map(|entity| (entity, page)).collect() };
        }
        let check = named::Check::new(subject, theme);
        let page = check.page(doc, entities, names, &mains);
        let mut matched: Vec<(Entity<'d>, SubjectMatch)> = entities
            .all
            .iter()
            .filter(|entity| fits(entity.kind, theme))
            .filter_map(|entity| {
                let is_main = mains.iter().any(|main| std::ptr::eq(main.node, entity.node));
                match check.entity(entities, entity, names) {
                    // What says nothing of itself is what the page is, when it is the page's main thing.
                    None => is_main.then_some((*entity, page)),
                    Some(SubjectMatch::Unknown | SubjectMatch::Other) if !is_main => None,
                    Some(own) => Some((*entity, own)),
                }
            })
            .collect();
        matched.sort_by_key(|(_, own)| std::cmp::Reverse(*own));
        Self { page, entities: matched }
    }

    /// The page's one main thing, by which other pages can be told to be about it. Companies are told by their host.
    pub(crate) fn main_entity(
        &self,
        entities: &Entities<'d>,
        subject: &Subject,
        theme: About,
    ) -> Option<MainEntity> {
        if subject.is_named() || theme == About::Organization {
            return None;
        }
        let said = |path| {
            let mut texts = self.entities.iter().flat_map(|(entity, _)| entities.follow(entity.node, path));
            texts.find_map(|leaf| short(&leaf.text))
        };
        let known = IDENTITY
            .iter()
            .filter_map(|(name, paths)| Some(((*name).to_owned(), paths.iter().find_map(|path| said(path))?)))
            .collect();
        let found = MainEntity { name: said("name").or_else(|| said("headline")), known };
        (found != MainEntity::default()).then_some(found)
    }

    /// What a page without structured data calls its one thing: the heading that its title repeats.
    pub(crate) fn headed_entity(
        &self,
        doc: &Doc<'_>,
        entities: &Entities<'_>,
        names: &PageNames,
        subject: &Subject,
        theme: About,
    ) -> Option<MainEntity> {
        let described = entities.all.iter().any(|entity| fits(entity.kind, theme));
        let of_one_thing = matches!(theme, About::Product | About::Article)
            && !matches!(doc.pack.page_type, PageType::Listing | PageType::Company);
        if subject.is_named() || described || !of_one_thing {
            return None;
        }
        let heading = names.titled_heading().filter(|heading| !names.title_goes_on(&heading.text))?;
        let name = short(value::slice(&heading.text, &heading::without_price(doc, &heading.text)))?;
        Some(MainEntity { name: Some(name), ..MainEntity::default() })
    }

    /// The best that anything on the page comes to.
    pub(crate) fn best(&self) -> SubjectMatch {
        let entities = self.entities.iter().map(|(_, own)| *own).max();
        // An entity can make a page out for the target, but not for something else.
        entities.map_or(self.page, |entity| entity.max(self.page))
    }
}

fn fits(kind: Kind, theme: About) -> bool {
    match theme {
        About::Product => kind == Kind::Product,
        About::Organization => kind == Kind::Organization,
        About::Article => kind == Kind::Article,
        About::Any => kind != Kind::Other,
    }
}

/// The entities that the page is about.
fn main_entities<'d>(
    doc: &Doc<'_>,
    entities: &Entities<'d>,
    names: &PageNames,
    theme: About,
) -> Vec<Entity<'d>> {
    let of = |kind| entities.all.iter().filter(move |entity| entity.kind == kind).copied();
    match theme {
        About::Product => main_product::of(doc, entities, names),
        About::Organization => {
            let own = |entity: &Entity<'_>| {
                matches!(
                    entity.via,
                    None | Some(
                        "publisher"
                            | "about"
                            | "sourceOrganization"
                            | "creator"
                            | "provider"
                            | "brand"
                            | "location"
                            | "department"
                            | "itemListElement"
                            | "parentOrganization"
                    )
                )
            };
            of(Kind::Organization).filter(own).collect()
        }
        About::Article => of(Kind::Article).filter(|entity| entity.via.is_none()).take(1).collect(),
        About::Any => {
            let products = main_product::of(doc, entities, names);
            if products.is_empty() {
                entities
                    .all
                    .iter()
                    .filter(|e| e.via.is_none() && e.kind != Kind::Other)
                    .take(1)
                    .copied()
                    .collect()
            } else {
                products
            }
        }
    }
}

/// What names a thing beside its name: the field, and where schema.org keeps it.
const IDENTITY: &[(&str, &[&str])] = &[
    ("sku", &["sku"]),
    ("mpn", &["mpn"]),
    ("gtin", &["gtin", "gtin13", "gtin14", "gtin12", "gtin8", "isbn"]),
];

/// A name or identifier as it may travel: what is longer is neither.
fn short(text: &str) -> Option<String> {
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    (!text.is_empty() && text.chars().count() <= 200).then_some(text)
}

/// The kinds of `known` values that tell one thing from another.
const IDENTIFIERS: &[Id] = &[Id::Sku, Id::Mpn, Id::Gtin, Id::Isbn, Id::Vat];
