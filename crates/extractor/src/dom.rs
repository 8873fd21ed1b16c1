//! The parsed page: nodes in one vector, linked by index.
//!
//! Nothing here recurses, not even dropping; depth, node count and attribute work are limited while parsing.

mod sink;

use html5ever::{Attribute, LocalName, QualName, local_name, ns, tendril::StrTendril};

pub(crate) use sink::parse;

/// An index into [`Dom`].
pub(crate) type NodeId = u32;

/// No node.
pub(crate) const NONE: NodeId = NodeId::MAX;

#[derive(Debug)]
pub(crate) struct Node {
    pub(crate) parent: NodeId,
    pub(crate) prev: NodeId,
    pub(crate) next: NodeId,
    pub(crate) first: NodeId,
    pub(crate) last: NodeId,
    pub(crate) data: Data,
}

#[derive(Debug)]
pub(crate) enum Data {
    Element(Element),
    Text(StrTendril),
    /// The document, comments, doctypes, template contents.
    Other,
}

#[derive(Debug)]
pub(crate) struct Element {
    name: QualName,
    pub(crate) attrs: Vec<Attribute>,
}

impl Element {
    /// The name of an HTML element; of one in another namespace, `svg` or `math` alone.
    pub(crate) fn name(&self) -> LocalName {
        if self.name.ns == ns!(html) || self.name.local == local_name!("svg") {
            self.name.local.clone()
        } else {
            local_name!("math")
        }
    }

    pub(crate) fn attr(&self, name: &LocalName) -> Option<&str> {
        self.attrs.iter().find(|attr| attr.name.local == *name).map(|attr| &*attr.value)
    }

    pub(crate) fn has(&self, name: &LocalName) -> bool {
        self.attr(name).is_some()
    }
}

/// A page's tree.
#[derive(Debug)]
pub(crate) struct Dom {
    nodes: Vec<Node>,
    /// The parser stopped before the end of the page.
    pub(crate) truncated: bool,
}

/// The document is the first node.
pub(crate) const DOCUMENT: NodeId = 0;

impl Dom {
    pub(crate) fn node(&self, id: NodeId) -> &Node {
        &self.nodes[id as usize]
    }

    pub(crate) fn len(&self) -> usize {
        self.nodes.len()
    }

    pub(crate) fn element(&self, id: NodeId) -> Option<&Element> {
        match &self.node(id).data {
            Data::Element(element) => Some(element),
            _ => None,
        }
    }

    /// The next node in document order that is not below `id`, within `root`.
    pub(crate) fn after(&self, mut id: NodeId, root: NodeId) -> NodeId {
        while id != root {
            let node = self.node(id);
            if node.next != NONE {
                return node.next;
            }
            id = node.parent;
            if id == NONE {
                break;
            }
        }
        NONE
    }

    /// The text below a node as it stands in the source, without scripts and styles, at most about `cap` bytes
    /// out of as many nodes.
    pub(crate) fn text_below(&self, root: NodeId, cap: usize) -> String {
        let mut text = String::new();
        let mut id = self.node(root).first;
        let mut left = cap;
        while id != NONE && text.len() < cap && left > 0 {
            left -= 1;
            let node = self.node(id);
            let below = match &node.data {
                Data::Text(piece) => {
                    text.push_str(piece);
                    NONE
                }
                Data::Element(element) => match element.name() {
                    local_name!("script") | local_name!("style") | local_name!("noscript") => NONE,
                    local_name!("br") | local_name!("p") | local_name!("div") | local_name!("li") => {
                        text.push(' ');
                        node.first
                    }
                    _ => node.first,
                },
                Data::Other => NONE,
            };
            id = if below == NONE { self.after(id, root) } else { below };
        }
        text
    }

    /// The text of a script, as it stands in the source.
    pub(crate) fn raw_text(&self, root: NodeId) -> String {
        let mut text = String::new();
        let mut id = self.node(root).first;
        while id != NONE {
            let node = self.node(id);
            if let Data::Text(piece) = &node.data {
                text.push_str(piece);
            }
            id = node.next;
        }
        text
    }
}

#[cfg(test)]
mod tests;
