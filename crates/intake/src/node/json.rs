//! JSON, with the place of each value: each level is parsed into the raw texts of its members, whose addresses in the
//! source are their places.

use std::fmt;

use serde::{
    Deserialize, Deserializer,
    de::{MapAccess, Visitor},
};
use serde_json::value::RawValue;

use super::{Key, Node, Value};

/// Each level is scanned once more for its members, so depth is bounded tightly.
const MAX_DEPTH: usize = 16;

/// What is not JSON, and where.
#[derive(Debug)]
pub(crate) struct Malformed {
    pub(crate) at: usize,
    pub(crate) what: String,
}

/// The value that `text` is, whose own offset in its source is `base`.
pub(crate) fn parse(text: &str, base: usize) -> Result<Node, Malformed> {
    let raw: &RawValue = serde_json::from_str(text).map_err(|error| malformed(text, base, &error))?;
    read(text, base, raw.get(), 0)
}

fn read(source: &str, base: usize, raw: &str, depth: usize) -> Result<Node, Malformed> {
    let at = base + (raw.as_ptr().addr() - source.as_ptr().addr());
    if depth > MAX_DEPTH {
        return Err(Malformed { at, what: format!("nested deeper than {MAX_DEPTH} levels") });
    }
    let fail = |error: serde_json::Error| malformed(raw, at, &error);
    let value = match raw.as_bytes().first() {
        Some(b'{') => {
            let members: Members<'_> = serde_json::from_str(raw).map_err(fail)?;
            let entries = members.0.into_iter().map(|(name, value)| {
                let node = read(source, base, value.get(), depth + 1)?;
                Ok((Key { at: node.at, name }, node))
            });
            Value::Table(entries.collect::<Result<_, _>>()?)
        }
        Some(b'[') => {
            let items: Vec<&RawValue> = serde_json::from_str(raw).map_err(fail)?;
            let items = items.into_iter().map(|item| read(source, base, item.get(), depth + 1));
            Value::List(items.collect::<Result<_, _>>()?)
        }
        Some(b'"') => Value::Text(serde_json::from_str(raw).map_err(fail)?),
        Some(b't') => Value::Bool(true),
        Some(b'f') => Value::Bool(false),
        Some(b'n') => Value::Null,
        _ => Value::Number(raw.to_owned()),
    };
    Ok(Node { at, value })
}

fn malformed(text: &str, at: usize, error: &serde_json::Error) -> Malformed {
    let line_start: usize =
        text.split_inclusive('\n').take(error.line().saturating_sub(1)).map(str::len).sum();
    let offset = (line_start + error.column().saturating_sub(1)).min(text.len());
    let message = error.to_string();
    let what = message.split(" at line ").next().unwrap_or(&message);
    Malformed { at: at + offset, what: format!("not JSON: {what}") }
}

/// An object's members in written order, repeated keys included.
struct Members<'a>(Vec<(String, &'a RawValue)>);

impl<'de> Deserialize<'de> for Members<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct InOrder;

        impl<'de> Visitor<'de> for InOrder {
            type Value = Members<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut members = Vec::new();
                while let Some(entry) = map.next_entry()? {
                    members.push(entry);
                }
                Ok(Members(members))
            }
        }

        deserializer.deserialize_map(InOrder)
    }
}
