//! Microdata and meta properties, whose text has a line for each: `name: value`.

use std::{collections::HashMap, ops::Range};

use serde_json::Value;

use super::{Leaf, Node};

const MAX_DEPTH: usize = 32;

/// Where the value of each line stands, by the whole line.
type Places<'t> = HashMap<&'t str, Vec<Range<usize>>>;

/// Each line as a property.
pub(super) fn properties(text: &str) -> Node {
    Node::Object(split(text).map(|(name, range)| (name.to_owned(), leaf(text, range))).collect())
}

/// The item that the data describes, with places from the lines.
pub(super) fn item(text: &str, data: &Value) -> Node {
    let mut places: Places<'_> = HashMap::new();
    for (name, range) in split(text) {
        places.entry(&text[range.start - name.len() - 2..range.end]).or_default().push(range);
    }
    // Places are taken from the end.
    places.values_mut().for_each(|ranges| ranges.reverse());
    node(data, "", &mut places, 0).unwrap_or(Node::Object(Vec::new()))
}

fn node(data: &Value, path: &str, places: &mut Places<'_>, depth: usize) -> Option<Node> {
    if depth > MAX_DEPTH {
        return None;
    }
    match data {
        Value::Object(properties) => {
            let nodes = properties.iter().filter_map(|(name, value)| {
                let inner = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
                Some((name.clone(), node(value, &inner, places, depth + 1)?))
            });
            Some(Node::Object(nodes.collect()))
        }
        Value::Array(items) => {
            Some(Node::Array(items.iter().filter_map(|item| node(item, path, places, depth + 1)).collect()))
        }
        Value::String(text) => {
            // The last place serves for all that follow: the same property with the same value says the same.
            let range = match places.get_mut(format!("{path}: {text}").as_str()) {
                Some(ranges) if ranges.len() > 1 => ranges.pop(),
                Some(ranges) => ranges.first().cloned(),
                None => None,
            };
            // Types have no place; an empty one fails the check of quotes.
            Some(Node::Leaf(Leaf { text: text.clone(), range: range.unwrap_or(0..0) }))
        }
        _ => None,
    }
}

fn split(text: &str) -> impl Iterator<Item = (&str, Range<usize>)> {
    let mut at = 0;
    text.split('\n').filter_map(move |line| {
        let start = at;
        at += line.len() + 1;
        let (name, value) = line.split_once(": ")?;
        let from = start + name.len() + 2;
        Some((name, from..from + value.len()))
    })
}

fn leaf(text: &str, range: Range<usize>) -> Node {
    Node::Leaf(Leaf { text: text[range.clone()].to_owned(), range })
}
