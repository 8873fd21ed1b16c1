//! Microdata: items with their properties, in the shape of JSON-LD.

use html5ever::{LocalName, local_name};
use serde_json::{Map, Value, json};

use super::{add, line};
use crate::{
    dom::{Data, Dom, Element, NONE, NodeId},
    lines::folded,
};

/// Properties whose value is a text even where a link holds it.
const TEXTS: &[&str] = &[
    "name",
    "headline",
    "title",
    "brand",
    "manufacturer",
    "author",
    "publisher",
    "category",
    "telephone",
    "faxNumber",
    "email",
    "streetAddress",
    "addressLocality",
    "legalName",
    "sku",
    "mpn",
    "keywords",
    "about",
];

const MAX_VALUE: usize = 10_000;
/// Items in items.
const MAX_DEPTH: usize = 16;
const MAX_PROPERTIES: usize = 2000;

/// An item under way.
#[derive(Debug)]
struct Item {
    node: NodeId,
    /// The property of the item around it that it is the value of.
    name: String,
    /// `offers.` before the names of its properties.
    prefix: String,
    data: Map<String, Value>,
}

/// A top-level item: a line for each property, and the data. Takes from `work` what it read, `None` once it is spent or
/// when the item says nothing.
pub(super) fn read(dom: &Dom, root: NodeId, work: &mut usize) -> Option<(String, Value)> {
    let mut text = String::new();
    let mut properties = 0;
    let mut open = vec![item(dom.element(root)?, root, String::new(), String::new())];
    let mut id = dom.node(root).first;
    if id == NONE {
        return None;
    }
    loop {
        let node = dom.node(id);
        let mut below = NONE;
        if let Data::Element(element) = &node.data {
            below = node.first;
            let names = names_of(element);
            let is_item = element.has(&local_name!("itemscope"));
            if is_item && (names.is_empty() || open.len() >= MAX_DEPTH) {
                // an item of its own, read on its own
                below = NONE;
            } else if !names.is_empty() && properties < MAX_PROPERTIES {
                properties += names.len();
                let around = open.last_mut()?;
                if is_item {
                    let name = names.into_iter().next().unwrap_or_default();
                    let prefix = format!("{}{name}.", around.prefix);
                    open.push(item(element, id, name, prefix));
                } else {
                    let value = value_of(dom, id, element, &names);
                    *work = work.checked_sub(value.len())?;
                    if !value.is_empty() {
                        for name in names {
                            line(&mut text, &format!("{}{name}", around.prefix), &value);
                            add(&mut around.data, &name, Value::String(value.clone()));
                        }
                    }
                }
            }
        }
        if below != NONE {
            id = below;
            continue;
        }
        loop {
            if open.last().is_some_and(|item| item.node == id) {
                let closed = open.pop()?;
                match open.last_mut() {
                    Some(around) => add(&mut around.data, &closed.name, Value::Object(closed.data)),
                    None => return (!text.is_empty()).then_some((text, Value::Object(closed.data))),
                }
            }
            let node = dom.node(id);
            if node.next != NONE && id != root {
                id = node.next;
                break;
            }
            id = node.parent;
        }
    }
}

fn item(element: &Element, node: NodeId, name: String, prefix: String) -> Item {
    let mut data = Map::new();
    let types: Vec<Value> = element
        .attr(&local_name!("itemtype"))
        .unwrap_or("")
        .split_ascii_whitespace()
        .take(8)
        .map(|kind| {
            Value::String(kind.trim_end_matches('/').rsplit(['/', '#']).next().unwrap_or(kind).to_owned())
        })
        .collect();
    match types.as_slice() {
        [] => {}
        [one] => {
            data.insert("@type".to_owned(), one.clone());
        }
        _ => {
            data.insert("@type".to_owned(), json!(types));
        }
    }
    if let Some(name) = element.attr(&local_name!("itemid")) {
        data.insert("@id".to_owned(), Value::String(folded(name)));
    }
    Item { node, name, prefix, data }
}

fn names_of(element: &Element) -> Vec<String> {
    element
        .attr(&local_name!("itemprop"))
        .unwrap_or("")
        .split_ascii_whitespace()
        .take(4)
        .map(|name| name.rsplit('/').next().unwrap_or(name).chars().take(80).collect())
        .collect()
}

/// The value of a property as the HTML standard has it, but addresses stay as written.
fn value_of(dom: &Dom, id: NodeId, element: &Element, names: &[String]) -> String {
    let attr = |name: LocalName| element.attr(&name).map(|value| folded(head(value)));
    let text = || folded(&dom.text_below(id, MAX_VALUE));
    let value = match element.name() {
        local_name!("meta") => attr(local_name!("content")),
        // not standard, but what sites mean
        local_name!("a") if names.iter().any(|name| TEXTS.contains(&name.as_str())) => Some(text()),
        local_name!("a") | local_name!("area") | local_name!("link") => attr(local_name!("href")),
        local_name!("img")
        | local_name!("audio")
        | local_name!("embed")
        | local_name!("iframe")
        | local_name!("source")
        | local_name!("track")
        | local_name!("video") => attr(local_name!("src")),
        local_name!("object") => attr(local_name!("data")),
        local_name!("data") | local_name!("meter") => attr(local_name!("value")),
        local_name!("time") => attr(local_name!("datetime")).or_else(|| Some(text())),
        // nor this
        _ => attr(local_name!("content")).filter(|content| !content.is_empty()).or_else(|| Some(text())),
    };
    value.unwrap_or_default()
}

fn head(value: &str) -> &str {
    &value[..value.floor_char_boundary(MAX_VALUE)]
}
