//! Which of a page's products the page is about.

use gleaner_evidence::ids;
use url::Url;

use crate::{
    doc::Doc,
    entity::{Entities, Entity, Kind},
    page_names::PageNames,
};

/// The main product, once for each block that describes it. Empty when several are described and nothing tells.
pub(super) fn of<'d>(doc: &Doc<'_>, entities: &Entities<'d>, names: &PageNames) -> Vec<Entity<'d>> {
    let products: Vec<Entity<'d>> = entities
        .all
        .iter()
        .filter(|entity| entity.kind == Kind::Product && may_be_main(entity))
        .copied()
        .collect();
    let Some(first) = products.first() else { return Vec::new() };
    if products.iter().all(|product| same(product, first)) {
        return products;
    }
    let by_address: Vec<_> = products.iter().filter(|product| is_at(doc, product)).copied().collect();
    if let Some(main) = by_address.first()
        && by_address.iter().all(|product| same(product, main))
    {
        return with_equals(&products, main);
    }
    let by_name: Vec<_> = products
        .iter()
        .filter(|product| product.node.str("name").is_some_and(|name| names.is_titled(name)))
        .copied()
        .collect();
    if let Some(main) = by_name.first()
        && by_name.iter().all(|product| same(product, main))
    {
        return with_equals(&products, main);
    }
    // One with an offer among bare mentions.
    let offered: Vec<_> =
        products.iter().filter(|product| product.node.get("offers").is_some()).copied().collect();
    match offered.as_slice() {
        [only] => with_equals(&products, only),
        _ => Vec::new(),
    }
}

fn may_be_main(entity: &Entity<'_>) -> bool {
    matches!(entity.via, None | Some("itemOffered" | "about" | "itemReviewed"))
}

fn with_equals<'d>(products: &[Entity<'d>], main: &Entity<'d>) -> Vec<Entity<'d>> {
    products.iter().filter(|product| same(product, main)).copied().collect()
}

/// Whether two descriptions are of one product, by what both of them say.
fn same(one: &Entity<'_>, other: &Entity<'_>) -> bool {
    if std::ptr::eq(one.node, other.node) {
        return true;
    }
    let both = |name| Some((one.node.str(name)?, other.node.str(name)?));
    for id in ["sku", "gtin13", "mpn"] {
        if let Some((a, b)) = both(id) {
            return ids::part_number(a) == ids::part_number(b);
        }
    }
    both("name").is_some_and(|(a, b)| {
        let (a, b) = (ids::name(a), ids::name(b));
        a == b || (a.len().min(b.len()) >= 12 && (a.starts_with(&b) || b.starts_with(&a)))
    })
}

/// Whether an entity's own address is the page's.
fn is_at(doc: &Doc<'_>, entity: &Entity<'_>) -> bool {
    let Some(base) = &doc.url else { return false };
    let canonical = doc.pack.canonical.as_deref().and_then(|href| Url::parse(href).ok());
    let own = ["url", "@id"].into_iter().filter_map(|name| entity.node.str(name));
    let offered = entity.node.all("offers").filter_map(|offer| offer.str("url"));
    own.chain(offered).filter(|href| !href.starts_with('#')).filter_map(|href| base.join(href).ok()).any(
        |url| {
            is_same_page(&url, base)
                || canonical.as_ref().is_some_and(|canonical| is_same_page(&url, canonical))
        },
    )
}

/// Host and path; a site's front page names no product.
pub(crate) fn is_same_page(one: &Url, other: &Url) -> bool {
    let path = |url: &Url| url.path().trim_end_matches('/').to_owned();
    one.host_str() == other.host_str()
        && path(one) == path(other)
        && !path(one).is_empty()
        && (one.query().is_none() || one.query() == other.query() || other.query().is_none())
}
