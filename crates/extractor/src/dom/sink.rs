//! Parsing: html5ever builds the tree, this keeps it small.
//!
//! html5ever scans its stack of open elements for most tags and a tag's attributes for each attribute, so a page made
//! for it costs the square of its size. Hence the caps, checked after each chunk of the page.

use std::{
    borrow::Cow,
    cell::{Cell, RefCell},
};

use html5ever::{
    Attribute, LocalName, Namespace, QualName, TokenizerResult,
    buffer_queue::BufferQueue,
    interface::{ElemName, ElementFlags, NodeOrText, QuirksMode, TreeSink},
    tendril::StrTendril,
    tokenizer::{Tag, Token, TokenSink, TokenSinkResult, Tokenizer, TokenizerOpts},
    tree_builder::{TreeBuilder, TreeBuilderOpts},
};

use super::{DOCUMENT, Data, Dom, Element, NONE, Node, NodeId};
use crate::error::PackLimits;

/// The parser is asked how it fares each time it has read this many bytes.
const CHUNK: usize = 16 * 1024;

/// Characters that can end an attribute, in one unfinished token.
const MAX_OPEN_SEPARATORS: usize = 60_000;

/// Open elements that tags may make the parser look through, all tags together.
const MAX_DEPTH_WORK: u64 = 60_000_000;

/// Attributes that further `<html>` and `<body>` tags may add to the first.
const MAX_ADDED_ATTRIBUTES: usize = 256;

/// Attribute comparisons of the whole page.
const MAX_ATTRIBUTE_WORK: u64 = 500_000_000;

/// Parses a page. Never fails: what is beyond the limits is cut, and the tree says so.
pub(crate) fn parse(text: &str, limits: &PackLimits) -> Dom {
    let sink = Sink::new(limits);
    let builder = TreeBuilder::new(sink, TreeBuilderOpts::default());
    let tokenizer = Tokenizer::new(
        Watch { builder, tokens: Cell::new(0), attribute_work: Cell::new(0), depth_work: Cell::new(0) },
        TokenizerOpts::default(),
    );
    let queue = BufferQueue::default();
    let mut open_separators = 0;
    let mut truncated = false;
    let mut rest = text;
    while !rest.is_empty() {
        let (chunk, tail) = rest.split_at(rest.floor_char_boundary(CHUNK));
        rest = tail;
        let tokens = tokenizer.sink.tokens.get();
        queue.push_back(StrTendril::from(chunk));
        while !matches!(tokenizer.feed(&queue), TokenizerResult::Done) {}
        if tokenizer.sink.tokens.get() == tokens {
            open_separators += chunk.bytes().filter(|byte| is_separator(*byte)).count();
        } else {
            open_separators = 0;
        }
        if open_separators > MAX_OPEN_SEPARATORS
            || tokenizer.sink.attribute_work.get() > MAX_ATTRIBUTE_WORK
            || tokenizer.sink.depth_work.get() > MAX_DEPTH_WORK
            || tokenizer.sink.builder.sink.full.get()
        {
            truncated = true;
            break;
        }
    }
    tokenizer.end();
    let nodes = tokenizer.sink.builder.sink.nodes.take();
    Dom { nodes: nodes.into_iter().map(|(node, _)| node).collect(), truncated }
}

fn is_separator(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\n' | b'\r' | b'\x0c' | b'/' | b'"' | b'\'')
}

/// Counts the tokens on their way to the tree builder.
struct Watch {
    builder: TreeBuilder<Handle, Sink>,
    tokens: Cell<u64>,
    attribute_work: Cell<u64>,
    depth_work: Cell<u64>,
}

impl TokenSink for Watch {
    type Handle = Handle;

    fn process_token(&self, token: Token, line_number: u64) -> TokenSinkResult<Handle> {
        match &token {
            // told in the midst of a token
            Token::ParseError(_) => return TokenSinkResult::Continue,
            Token::TagToken(Tag { attrs, .. }) => {
                let count = attrs.len() as u64;
                self.attribute_work.set(self.attribute_work.get() + count * count);
                let depth = u64::from(self.builder.sink.depth.get());
                self.depth_work.set(self.depth_work.get() + depth);
            }
            _ => {}
        }
        self.tokens.set(self.tokens.get() + 1);
        self.builder.process_token(token, line_number)
    }

    fn end(&self) {
        self.builder.end();
    }

    fn adjusted_current_node_present_but_not_in_html_namespace(&self) -> bool {
        self.builder.adjusted_current_node_present_but_not_in_html_namespace()
    }
}

/// A node as the tree builder knows it.
#[derive(Debug, Clone)]
pub(super) struct Handle {
    id: NodeId,
    name: Name,
}

#[derive(Debug, Clone)]
pub(super) struct Name {
    ns: Namespace,
    local: LocalName,
}

impl ElemName for &Name {
    fn ns(&self) -> &Namespace {
        &self.ns
    }

    fn local_name(&self) -> &LocalName {
        &self.local
    }
}

/// Grows the tree until it is full.
struct Sink {
    /// Each node with its depth.
    nodes: RefCell<Vec<(Node, u32)>>,
    full: Cell<bool>,
    /// Of the node that came last: about how many elements are open.
    depth: Cell<u32>,
    max_nodes: usize,
    max_depth: u32,
}

impl Sink {
    fn new(limits: &PackLimits) -> Self {
        let sink = Self {
            nodes: RefCell::new(Vec::with_capacity(4096)),
            full: Cell::new(false),
            depth: Cell::new(0),
            max_nodes: limits.nodes,
            max_depth: limits.depth,
        };
        sink.create(Data::Other);
        sink
    }

    fn create(&self, data: Data) -> NodeId {
        let mut nodes = self.nodes.borrow_mut();
        if nodes.len() >= self.max_nodes {
            self.full.set(true);
        }
        let id = nodes.len() as NodeId;
        nodes.push((Node { parent: NONE, prev: NONE, next: NONE, first: NONE, last: NONE, data }, 0));
        id
    }

    fn detach(&self, id: NodeId) {
        let mut nodes = self.nodes.borrow_mut();
        let node = &mut nodes[id as usize].0;
        let (parent, prev, next) = (node.parent, node.prev, node.next);
        (node.parent, node.prev, node.next) = (NONE, NONE, NONE);
        if prev != NONE {
            nodes[prev as usize].0.next = next;
        } else if parent != NONE {
            nodes[parent as usize].0.first = next;
        }
        if next != NONE {
            nodes[next as usize].0.prev = prev;
        } else if parent != NONE {
            nodes[parent as usize].0.last = prev;
        }
    }

    /// Puts a node that has no parent between `prev` and `next`, children of `parent`.
    fn insert(&self, parent: NodeId, prev: NodeId, next: NodeId, id: NodeId) {
        let mut nodes = self.nodes.borrow_mut();
        let depth = nodes[parent as usize].1 + 1;
        let (node, own_depth) = &mut nodes[id as usize];
        (node.parent, node.prev, node.next) = (parent, prev, next);
        *own_depth = depth;
        if prev == NONE {
            nodes[parent as usize].0.first = id;
        } else {
            nodes[prev as usize].0.next = id;
        }
        if next == NONE {
            nodes[parent as usize].0.last = id;
        } else {
            nodes[next as usize].0.prev = id;
        }
        self.depth.set(depth);
        if depth > self.max_depth {
            self.full.set(true);
        }
    }

    /// Puts a node or text there; text joins the text before it.
    fn put(&self, parent: NodeId, prev: NodeId, next: NodeId, child: NodeOrText<Handle>) {
        let id = match child {
            NodeOrText::AppendNode(handle) => {
                self.detach(handle.id);
                handle.id
            }
            NodeOrText::AppendText(text) => {
                if prev != NONE
                    && let Data::Text(before) = &mut self.nodes.borrow_mut()[prev as usize].0.data
                {
                    before.push_tendril(&text);
                    return;
                }
                self.create(Data::Text(text))
            }
        };
        self.insert(parent, prev, next, id);
    }

    fn other(&self) -> Handle {
        let name = Name { ns: Namespace::default(), local: LocalName::default() };
        Handle { id: self.create(Data::Other), name }
    }
}

impl TreeSink for Sink {
    type Handle = Handle;
    type Output = Self;
    type ElemName<'a> = &'a Name;

    fn finish(self) -> Self {
        self
    }

    fn parse_error(&self, _: Cow<'static, str>) {}

    fn get_document(&self) -> Handle {
        let name = Name { ns: Namespace::default(), local: LocalName::default() };
        Handle { id: DOCUMENT, name }
    }

    fn elem_name<'a>(&'a self, target: &'a Handle) -> &'a Name {
        &target.name
    }

    fn create_element(&self, name: QualName, attrs: Vec<Attribute>, _: ElementFlags) -> Handle {
        let known = Name { ns: name.ns.clone(), local: name.local.clone() };
        Handle { id: self.create(Data::Element(Element { name, attrs })), name: known }
    }

    fn create_comment(&self, _: StrTendril) -> Handle {
        self.other()
    }

    fn create_pi(&self, _: StrTendril, _: StrTendril) -> Handle {
        self.other()
    }

    fn append(&self, parent: &Handle, child: NodeOrText<Handle>) {
        let last = self.nodes.borrow()[parent.id as usize].0.last;
        self.put(parent.id, last, NONE, child);
    }

    fn append_based_on_parent_node(
        &self,
        element: &Handle,
        prev_element: &Handle,
        child: NodeOrText<Handle>,
    ) {
        if self.nodes.borrow()[element.id as usize].0.parent == NONE {
            self.append(prev_element, child);
        } else {
            self.append_before_sibling(element, child);
        }
    }

    fn append_doctype_to_document(&self, _: StrTendril, _: StrTendril, _: StrTendril) {}

    fn get_template_contents(&self, _: &Handle) -> Handle {
        // a fragment of its own that hangs nowhere: what is in a template is not on the page
        self.other()
    }

    fn same_node(&self, x: &Handle, y: &Handle) -> bool {
        x.id == y.id
    }

    fn set_quirks_mode(&self, _: QuirksMode) {}

    fn append_before_sibling(&self, sibling: &Handle, new_node: NodeOrText<Handle>) {
        if let NodeOrText::AppendNode(handle) = &new_node {
            self.detach(handle.id);
        }
        let (parent, prev) = {
            let nodes = self.nodes.borrow();
            let node = &nodes[sibling.id as usize].0;
            (node.parent, node.prev)
        };
        if parent != NONE {
            self.put(parent, prev, sibling.id, new_node);
        }
    }

    fn add_attrs_if_missing(&self, target: &Handle, attrs: Vec<Attribute>) {
        let mut nodes = self.nodes.borrow_mut();
        if let Data::Element(element) = &mut nodes[target.id as usize].0.data {
            for attr in attrs {
                let room = element.attrs.len() < MAX_ADDED_ATTRIBUTES;
                if room && !element.attrs.iter().any(|known| known.name == attr.name) {
                    element.attrs.push(attr);
                }
            }
        }
    }

    fn remove_from_parent(&self, target: &Handle) {
        self.detach(target.id);
    }

    fn reparent_children(&self, node: &Handle, new_parent: &Handle) {
        loop {
            let child = self.nodes.borrow()[node.id as usize].0.first;
            if child == NONE {
                break;
            }
            self.detach(child);
            let last = self.nodes.borrow()[new_parent.id as usize].0.last;
            self.insert(new_parent.id, last, NONE, child);
        }
    }
}
