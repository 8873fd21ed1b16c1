//! Schemas: the built-in ones, and JSON Schema 2020-12 files with `x-gleaner` hints.
//!
//! A schema is a flat object: strings, numbers, integers, booleans, and arrays of those.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::field::{FieldFormat, FieldMode, FieldSpec, FieldType};

/// A named list of wanted fields, in the order in which `data` shows them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Schema {
    pub name: String,
    pub fields: Vec<FieldSpec>,
}

/// All that is wrong with a schema, each with the place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SchemaError {
    pub problems: Vec<String>,
}

impl fmt::Display for SchemaError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.problems.join("; "))
    }
}

impl std::error::Error for SchemaError {}

/// The names of the built-in schemas.
pub const BUILT_IN: [&str; 5] = ["product", "company", "supplier", "prospect", "article"];

const HINTS: [&str; 5] = ["unit", "aliases", "mode", "labels", "critical"];

impl Schema {
    /// The built-in schema of this name.
    pub fn built_in(name: &str) -> Option<Self> {
        let fields = match name {
            "product" => product(),
            "company" => company(),
            "supplier" | "prospect" => {
                let mut fields = company();
                fields.extend(business());
                fields
            }
            "article" => article(),
            _ => return None,
        };
        Some(Self { name: name.to_owned(), fields })
    }

    /// Reads a JSON Schema 2020-12 whose root is an object of scalars and arrays of scalars.
    pub fn from_json_schema(name: &str, schema: &Value) -> Result<Self, SchemaError> {
        let mut problems = Vec::new();
        let mut fields = Vec::new();
        let required: Vec<&str> =
            schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
        match schema["properties"].as_object() {
            None => problems.push("a schema needs an object of `properties`".to_owned()),
            Some(properties) if properties.is_empty() => {
                problems.push("`properties` names no field".to_owned())
            }
            Some(properties) => {
                for (field, body) in properties {
                    match read_property(field, body) {
                        Ok(spec) => fields.push(spec),
                        Err(problem) => problems.push(format!("field `{field}`: {problem}")),
                    }
                }
                for name in required.iter().filter(|name| !properties.contains_key(**name)) {
                    problems.push(format!("`required` names `{name}`, which `properties` does not"));
                }
            }
        }
        if problems.is_empty() {
            Ok(Self { name: name.to_owned(), fields })
        } else {
            Err(SchemaError { problems })
        }
    }

    pub fn field(&self, name: &str) -> Option<&FieldSpec> {
        self.fields.iter().find(|field| field.name == name)
    }
}

/// What a property without `type` may say its values are, in ways that are not read.
const UNREAD: [&str; 9] =
    ["$ref", "anyOf", "oneOf", "allOf", "not", "const", "properties", "items", "prefixItems"];

fn read_property(name: &str, body: &Value) -> Result<FieldSpec, String> {
    let mut spec = FieldSpec::named(name);
    read_body(&mut spec, body)?;
    check_field(&spec)?;
    Ok(spec)
}

/// Reads a property, the items of an array, or what a property may be besides null. What stands outside overrides.
fn read_body(spec: &mut FieldSpec, body: &Value) -> Result<(), String> {
    let Some(members) = body.as_object() else {
        return Err("write an object, such as {\"type\": \"string\"}".into());
    };
    match members.get("type") {
        Some(written) => match type_name(written)? {
            "array" if spec.array => return Err("arrays of arrays are not supported".into()),
            "array" => {
                spec.array = true;
                if let Some(items) = members.get("items") {
                    read_body(spec, items)?;
                }
            }
            name => spec.field_type = read_type(name)?,
        },
        None => {
            match (besides_null(members), UNREAD.iter().find(|keyword| members.contains_key(**keyword))) {
                (Some(one), _) => read_body(spec, one)?,
                (None, Some(keyword)) => {
                    return Err(format!("`{keyword}` is not supported: write the `type` of its values"));
                }
                // what says nothing of its values is text
                (None, None) => {}
            }
        }
    }
    if let Some(format) = members.get("format") {
        spec.format = read_format(format);
    }
    if let Some(labels) = members.get("enum") {
        spec.labels = read_labels(labels)?;
        spec.mode = FieldMode::Classified;
    }
    if let Some(description) = body["description"].as_str() {
        spec.description = Some(description.to_owned());
    }
    read_hints(spec, body)
}

/// The one schema that `anyOf` or `oneOf` leaves besides null: how optional values are often written.
fn besides_null(members: &Map<String, Value>) -> Option<&Value> {
    let choices = members.get("anyOf").or_else(|| members.get("oneOf"))?.as_array()?;
    let mut others = choices.iter().filter(|choice| choice["type"] != "null");
    others.next().filter(|_| others.next().is_none())
}

fn read_labels(written: &Value) -> Result<Vec<String>, String> {
    let values = written.as_array().ok_or("`enum` is a list of texts")?;
    let others = values.iter().filter(|value| !value.is_null());
    let labels: Option<Vec<String>> = others.map(|value| value.as_str().map(str::to_owned)).collect();
    labels.filter(|labels| !labels.is_empty()).ok_or_else(|| "`enum` is supported for texts alone".into())
}

/// What a field must obey, wherever it was written.
pub fn check_field(spec: &FieldSpec) -> Result<(), String> {
    if spec.name.is_empty() || spec.name.chars().count() > 100 {
        return Err("a field's name has 1 to 100 characters".into());
    }
    match spec.mode {
        FieldMode::Classified if spec.labels.is_empty() => Err("a classified field needs `labels`".into()),
        FieldMode::Quoted | FieldMode::Composed if !spec.labels.is_empty() => {
            Err("`labels` belong to mode \"classified\"".into())
        }
        _ if spec.unit.is_some() && !matches!(spec.field_type, FieldType::Number | FieldType::Integer) => {
            Err("`unit` belongs to a number or integer".into())
        }
        _ => Ok(()),
    }
}

/// The one type besides null: null is always allowed.
fn type_name(written: &Value) -> Result<&str, String> {
    let names = match written {
        Value::String(name) => return Ok(name),
        Value::Array(names) => names,
        _ => return Err("`type` is a name or a list of names".into()),
    };
    match names.iter().filter_map(Value::as_str).filter(|name| *name != "null").collect::<Vec<_>>()[..] {
        [one] => Ok(one),
        _ => Err("one type besides \"null\" is expected".into()),
    }
}

fn read_type(name: &str) -> Result<FieldType, String> {
    match name {
        "string" => Ok(FieldType::String),
        "number" => Ok(FieldType::Number),
        "integer" => Ok(FieldType::Integer),
        "boolean" => Ok(FieldType::Boolean),
        "object" => {
            Err("nested objects are not supported: write each wanted value as a field of its own".into())
        }
        "null" => Err("one type besides \"null\" is expected".into()),
        other => Err(format!("`{other}` is not a JSON type")),
    }
}

/// The format of this name; JSON Schema treats unknown formats as annotations, and so do we.
fn read_format(written: &Value) -> Option<FieldFormat> {
    match written.as_str()? {
        "date-time" => Some(FieldFormat::Date),
        "uri" | "url" | "iri" => Some(FieldFormat::Uri),
        _ => serde_json::from_value(written.clone()).ok(),
    }
}

fn read_hints(spec: &mut FieldSpec, body: &Value) -> Result<(), String> {
    let Some(hints) = body.get("x-gleaner") else { return Ok(()) };
    let hints: &Map<String, Value> = hints.as_object().ok_or("`x-gleaner` is an object")?;
    for (key, value) in hints {
        let bad = || format!("`x-gleaner.{key}` has a value of the wrong kind");
        match key.as_str() {
            "unit" => spec.unit = Some(value.as_str().ok_or_else(bad)?.to_owned()),
            "aliases" => spec.aliases = serde_json::from_value(value.clone()).map_err(|_| bad())?,
            "mode" => spec.mode = serde_json::from_value(value.clone()).map_err(|_| bad())?,
            "labels" => spec.labels = serde_json::from_value(value.clone()).map_err(|_| bad())?,
            "critical" => spec.critical = value.as_bool().ok_or_else(bad)?,
            _ => return Err(format!("`x-gleaner.{key}` is not a hint (known: {})", HINTS.join(", "))),
        }
    }
    Ok(())
}

fn text(name: &str) -> FieldSpec {
    FieldSpec::named(name)
}

fn formatted(name: &str, format: FieldFormat) -> FieldSpec {
    FieldSpec { format: Some(format), ..FieldSpec::named(name) }
}

fn critical(spec: FieldSpec) -> FieldSpec {
    FieldSpec { critical: true, ..spec }
}

fn composed(name: &str) -> FieldSpec {
    FieldSpec { mode: FieldMode::Composed, ..FieldSpec::named(name) }
}

fn list(spec: FieldSpec) -> FieldSpec {
    FieldSpec { array: true, ..spec }
}

fn product() -> Vec<FieldSpec> {
    vec![
        critical(text("name")),
        text("brand"),
        text("sku"),
        text("mpn"),
        formatted("gtin", FieldFormat::Gtin),
        critical(formatted("price", FieldFormat::Decimal)),
        formatted("currency", FieldFormat::Currency),
        formatted("availability", FieldFormat::Availability),
        text("description"),
        formatted("image", FieldFormat::Uri),
    ]
}

fn company() -> Vec<FieldSpec> {
    vec![
        critical(text("name")),
        text("legalName"),
        formatted("telephone", FieldFormat::Telephone),
        formatted("fax", FieldFormat::Telephone),
        formatted("email", FieldFormat::Email),
        text("street"),
        text("city"),
        text("region"),
        text("postalCode"),
        text("country"),
        formatted("website", FieldFormat::Uri),
        text("vatId"),
    ]
}

fn business() -> Vec<FieldSpec> {
    vec![
        composed("industry"),
        composed("summary"),
        list(text("products")),
        composed("valueProposition"),
        list(text("certifications")),
        FieldSpec { field_type: FieldType::Integer, ..FieldSpec::named("employees") },
        FieldSpec { field_type: FieldType::Integer, ..FieldSpec::named("founded") },
    ]
}

fn article() -> Vec<FieldSpec> {
    vec![
        critical(text("headline")),
        list(text("authors")),
        formatted("published", FieldFormat::Date),
        formatted("modified", FieldFormat::Date),
        text("language"),
        composed("summary"),
    ]
}

#[cfg(test)]
mod tests;
