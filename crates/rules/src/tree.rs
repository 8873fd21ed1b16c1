//! Structured blocks as trees whose leaves know their place in the block's text.
//!
//! JSON-LD is read leniently, as the extractor does: what a strict parser refuses still has places.

mod json;
mod lines;

use std::ops::Range;

use gleaner_contract::pack::{StructuredBlock, Syntax};

/// A value of structured data.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Node {
    /// Properties in the order of the page; a name may come again.
    Object(Vec<(String, Node)>),
    Array(Vec<Node>),
    Leaf(Leaf),
}

/// A scalar and where it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Leaf {
    /// Escapes and character references resolved.
    pub(crate) text: String,
    /// Bytes in the block's text, without quotes around it.
    pub(crate) range: Range<usize>,
}

/// The tree of a block.
pub(crate) fn of(block: &StructuredBlock) -> Node {
    match block.syntax {
        Syntax::JsonLd => json::parse(&block.text),
        Syntax::Microdata => lines::item(&block.text, &block.data),
        Syntax::OpenGraph | Syntax::Meta => lines::properties(&block.text),
    }
}

impl Node {
    /// The first value of a property.
    pub(crate) fn get(&self, name: &str) -> Option<&Node> {
        match self {
            Self::Object(properties) => properties
                .iter()
                .filter(|(known, _)| local(known) == name)
                .find_map(|(_, node)| node.items().next()),
            Self::Array(items) => items.iter().find_map(|item| item.get(name)),
            Self::Leaf(_) => None,
        }
    }

    /// All values of a property, arrays taken apart.
    pub(crate) fn all<'n>(&'n self, name: &'n str) -> Box<dyn Iterator<Item = &'n Node> + 'n> {
        match self {
            Self::Object(properties) => Box::new(
                properties
                    .iter()
                    .filter(move |(known, _)| local(known) == name)
                    .flat_map(|(_, node)| node.items()),
            ),
            Self::Array(items) => Box::new(items.iter().flat_map(move |item| item.all(name))),
            Self::Leaf(_) => Box::new(std::iter::empty()),
        }
    }

    /// The items of an array, however nested; anything else is its own only item.
    pub(crate) fn items<'n>(&'n self) -> Box<dyn Iterator<Item = &'n Node> + 'n> {
        match self {
            Self::Array(items) => Box::new(items.iter().flat_map(Node::items)),
            _ => Box::new(std::iter::once(self)),
        }
    }

    pub(crate) fn leaf(&self) -> Option<&Leaf> {
        match self {
            Self::Leaf(leaf) => Some(leaf),
            // {"@value": "…"}
            Self::Object(_) => self.get("@value").and_then(Node::leaf),
            Self::Array(items) => items.first().and_then(Node::leaf),
        }
    }

    pub(crate) fn str(&self, name: &str) -> Option<&str> {
        self.get(name).and_then(Node::leaf).map(|leaf| leaf.text.as_str())
    }

    /// The schema.org types, without prefix.
    pub(crate) fn types(&self) -> impl Iterator<Item = &str> {
        self.all("@type").filter_map(Node::leaf).map(|leaf| local(&leaf.text))
    }
}

/// `schema:Product` and `http://schema.org/Product` without what stands before.
fn local(name: &str) -> &str {
    name.trim_end_matches('/').rsplit(['/', '#', ':']).next().unwrap_or(name)
}

#[cfg(test)]
mod tests;
