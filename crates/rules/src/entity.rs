//! Entities: what structured data describes, and the properties on the way to a value.

use std::{collections::HashMap, ops::Range};

use gleaner_contract::{Layer, pack::Syntax};

use crate::{
    candidate::Place,
    doc::Doc,
    tree::{Leaf, Node},
};

/// Entities looked at on a page.
const MAX_ENTITIES: usize = 2_000;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Product,
    Organization,
    Article,
    Other,
}

/// A described thing.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Entity<'d> {
    pub(crate) node: &'d Node,
    /// Indexes the pack's structured blocks.
    pub(crate) block: usize,
    pub(crate) syntax: Syntax,
    pub(crate) kind: Kind,
    /// The property of another entity that it is the value of.
    pub(crate) via: Option<&'d str>,
}

/// All entities of a page, and what `@id` references point to.
#[derive(Debug, Default)]
pub(crate) struct Entities<'d> {
    pub(crate) all: Vec<Entity<'d>>,
    by_id: HashMap<&'d str, &'d Node>,
}

impl<'d> Entities<'d> {
    pub(crate) fn of(doc: &'d Doc<'_>) -> Self {
        let mut entities = Self::default();
        for (block, (tree, source)) in doc.trees.iter().zip(&doc.pack.structured).enumerate() {
            if matches!(source.syntax, Syntax::JsonLd | Syntax::Microdata) {
                entities.collect(tree, block, source.syntax, None);
            }
        }
        entities
    }

    fn collect(&mut self, node: &'d Node, block: usize, syntax: Syntax, via: Option<&'d str>) {
        match node {
            Node::Object(properties) => {
                if self.all.len() >= MAX_ENTITIES {
                    return;
                }
                if let Some(id) = node.str("@id").filter(|_| properties.len() > 2) {
                    self.by_id.entry(id).or_insert(node);
                }
                let typed = node.types().next().is_some();
                if typed {
                    self.all.push(Entity { node, block, syntax, kind: kind(node), via });
                }
                for (name, value) in properties {
                    let inner = matches!(name.as_str(), "@graph" | "mainEntity" | "mainEntityOfPage")
                        .then_some(via)
                        .unwrap_or(Some(name.as_str()));
                    self.collect(value, block, syntax, inner);
                }
            }
            Node::Array(items) => items.iter().for_each(|item| self.collect(item, block, syntax, via)),
            Node::Leaf(_) => {}
        }
    }

    /// What a reference stands for.
    pub(crate) fn resolve(&self, node: &'d Node) -> &'d Node {
        match node {
            Node::Object(properties) if properties.len() <= 2 => {
                node.str("@id").and_then(|id| self.by_id.get(id).copied()).unwrap_or(node)
            }
            _ => node,
        }
    }

    /// The scalars at the end of a path.
    pub(crate) fn follow(&self, node: &'d Node, path: &'d str) -> Vec<&'d Leaf> {
        let mut nodes = vec![node];
        for name in path.split('.') {
            nodes = nodes.iter().flat_map(|node| node.all(name)).map(|node| self.resolve(node)).collect();
        }
        nodes.into_iter().filter_map(Node::leaf).filter(|leaf| !leaf.range.is_empty()).collect()
    }
}

/// The place of a leaf.
pub(crate) fn place(doc: &Doc<'_>, block: usize, leaf: &Leaf) -> Option<Place> {
    part(doc, block, leaf.range.clone())
}

/// The place of a range of bytes of a block's text.
pub(crate) fn part(doc: &Doc<'_>, block: usize, bytes: Range<usize>) -> Option<Place> {
    let range = doc.haystack(Layer::Structured, Some(block))?.code_points().range_of(bytes)?;
    Some(Place { layer: Layer::Structured, block: Some(block), range })
}

fn kind(node: &Node) -> Kind {
    const PRODUCTS: &[&str] = &[
        "Product",
        "ProductGroup",
        "ProductModel",
        "IndividualProduct",
        "SomeProducts",
        "Book",
        "Vehicle",
        "Car",
        "Motorcycle",
        "MobileApplication",
        "SoftwareApplication",
        "VideoGame",
        "DietarySupplement",
        "Drug",
        "Game",
        "MusicAlbum",
    ];
    const ORGANIZATIONS: &[&str] = &[
        "Organization",
        "Corporation",
        "LocalBusiness",
        "NGO",
        "Hotel",
        "Restaurant",
        "Dentist",
        "Attorney",
        "Library",
        "Hospital",
        "Airline",
        "School",
        "CollegeOrUniversity",
        "Place",
        "Bakery",
        "Electrician",
        "Plumber",
        "Notary",
        "HVACBusiness",
    ];
    const ENDINGS: &[&str] = &[
        "Organization",
        "Business",
        "Store",
        "Shop",
        "Agency",
        "Service",
        "Clinic",
        "Contractor",
        "Dealer",
        "Repair",
        "Salon",
    ];
    let mut found = Kind::Other;
    for kind in node.types() {
        if PRODUCTS.contains(&kind) {
            return Kind::Product;
        }
        if kind.ends_with("Article") || matches!(kind, "BlogPosting" | "Report" | "LiveBlogPosting") {
            found = Kind::Article;
        } else if ORGANIZATIONS.contains(&kind) || ENDINGS.iter().any(|ending| kind.ends_with(ending)) {
            found = Kind::Organization;
        }
    }
    found
}
