//! What `proto/` holds: for each type that leaves a process, its JSON Schema and golden bytes of it.
//!
//! The example `write_proto` writes these files and the tests compare them, so that a change of any format shows in a
//! review as a change of `proto/`.

mod pages;
mod results;
mod tasks;

use schemars::{JsonSchema, generate::SchemaSettings};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::{Value, json};

use crate::wire::{self, WireError};

/// One type: its schema, and golden values.
#[derive(Debug, Clone)]
pub struct Format {
    /// `kind.op.version` for messages.
    pub name: &'static str,
    pub schema: Value,
    pub goldens: Vec<Golden>,
}

/// One value of a [`Format`], as bytes and as an independent reader must see it.
#[derive(Debug, Clone)]
pub struct Golden {
    /// The format's name, and after `-` what is special about this value.
    pub name: String,
    pub bytes: Vec<u8>,
    /// The value as JSON. Binary data is written `{"$bytes": "<hex>"}`.
    pub seen: Value,
    /// Decodes into the type and encodes again.
    pub rewrite: fn(&[u8]) -> Result<Vec<u8>, WireError>,
}

/// A file of `proto/`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct File {
    /// Below `proto/`, with `/`.
    pub path: String,
    pub bytes: Vec<u8>,
}

/// Every format there is.
pub fn formats() -> Vec<Format> {
    let mut formats = tasks::formats();
    formats.extend(pages::formats());
    formats.extend(results::formats());
    formats
}

/// Every file that is generated.
pub fn files() -> Vec<File> {
    let mut files = Vec::new();
    for format in formats() {
        files.push(File { path: format!("{}.schema.json", format.name), bytes: pretty(format.schema) });
        for golden in format.goldens {
            let path = format!("golden/v1/{}", golden.name);
            files.push(File { path: format!("{path}.msgpack"), bytes: golden.bytes });
            files.push(File { path: format!("{path}.json"), bytes: pretty(golden.seen) });
        }
    }
    files.sort_by(|a, b| a.path.cmp(&b.path));
    files
}

/// The format of `T` with goldens of these values, each with what is special about it.
fn format<T>(name: &'static str, values: &[(&str, T)]) -> Format
where
    T: JsonSchema + Serialize + DeserializeOwned,
{
    // what a reader may expect: fields with a default may be missing
    let schema =
        SchemaSettings::draft2020_12().for_deserialize().into_generator().into_root_schema_for::<T>();
    Format {
        name,
        schema: schema.into(),
        goldens: values.iter().map(|(special, value)| golden(name, special, value)).collect(),
    }
}

fn golden<T: Serialize + DeserializeOwned>(name: &str, special: &str, value: &T) -> Golden {
    Golden {
        name: if special.is_empty() { name.to_owned() } else { format!("{name}-{special}") },
        bytes: wire::encode(value).expect("strings, numbers, lists, and maps with string keys"),
        seen: serde_json::to_value(value).expect("strings, numbers, lists, and maps with string keys"),
        rewrite: |bytes| wire::encode(&wire::decode::<T>(bytes)?),
    }
}

/// How the JSON of a golden shows binary data, which JSON itself has no form for.
fn binary(bytes: &[u8]) -> Value {
    let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    json!({ "$bytes": hex })
}

fn pretty(mut value: Value) -> Vec<u8> {
    value.sort_all_objects();
    let mut text = serde_json::to_vec_pretty(&value).expect("a JSON value");
    text.push(b'\n');
    text
}
