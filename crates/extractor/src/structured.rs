//! Structured data: what a page says to machines, each block with a text of its own for quotes to stand in.

mod json_ld;
mod lenient;
mod meta;
mod microdata;

use gleaner_contract::pack::{StructuredBlock, Syntax};
use serde_json::{Map, Value};

use crate::{dom::Dom, error::PackLimits, survey::Survey};

/// The structured blocks of a page; `true` if some were left out for want of room.
pub(crate) fn structured(dom: &Dom, survey: &Survey, limits: &PackLimits) -> (Vec<StructuredBlock>, bool) {
    let mut blocks = Blocks { blocks: Vec::new(), bytes: 0, truncated: false, limits };
    for &script in &survey.json_ld {
        if let Some((text, data)) = json_ld::read(&dom.raw_text(script)) {
            blocks.push(Syntax::JsonLd, text, data);
        }
    }
    let mut work = limits.structured_bytes;
    for &item in &survey.items {
        if let Some((text, data)) = microdata::read(dom, item, &mut work) {
            blocks.push(Syntax::Microdata, text, data);
        }
    }
    let [graph, other] = meta::read(dom, survey);
    for (syntax, properties) in [(Syntax::OpenGraph, graph), (Syntax::Meta, other)] {
        if !properties.is_empty() {
            let (text, data) = properties_block(properties);
            blocks.push(syntax, text, data);
        }
    }
    (blocks.blocks, blocks.truncated)
}

struct Blocks<'a> {
    blocks: Vec<StructuredBlock>,
    bytes: usize,
    truncated: bool,
    limits: &'a PackLimits,
}

impl Blocks<'_> {
    fn push(&mut self, syntax: Syntax, text: String, data: Value) {
        let bytes = self.bytes + text.len();
        if self.blocks.len() >= self.limits.structured_blocks || bytes > self.limits.structured_bytes {
            self.truncated = true;
            return;
        }
        self.bytes = bytes;
        let block = self.blocks.len() as u32;
        self.blocks.push(StructuredBlock { block, syntax, text, data });
    }
}

/// A line for each property, and the same as a map; what comes twice becomes an array.
fn properties_block(properties: Vec<(String, String)>) -> (String, Value) {
    let mut text = String::new();
    let mut data = Map::new();
    for (name, value) in properties {
        line(&mut text, &name, &value);
        add(&mut data, &name, Value::String(value));
    }
    (text, Value::Object(data))
}

fn line(text: &mut String, name: &str, value: &str) {
    if !text.is_empty() {
        text.push('\n');
    }
    text.push_str(name);
    text.push_str(": ");
    text.push_str(value);
}

fn add(data: &mut Map<String, Value>, name: &str, value: Value) {
    match data.get_mut(name) {
        None => {
            data.insert(name.to_owned(), value);
        }
        Some(Value::Array(values)) => values.push(value),
        Some(known) => *known = Value::Array(vec![known.take(), value]),
    }
}

#[cfg(test)]
mod tests;
