//! Wanted fields: `fields.weight = { type = "number", unit = "kg", critical = true }` adds a field to the schema, or
//! changes what it writes of the schema's own.

use gleaner_contract::{
    FieldFormat, FieldMode, FieldSpec, FieldType, RejectReason, Schema, schema::check_field,
};
use gleaner_evidence::units;
use serde::de::{DeserializeOwned, IntoDeserializer, value::StrDeserializer};

use crate::{
    issues::Issues,
    nearest::suggestion,
    node::{Node, Value},
    table::Table,
};

const TYPES: [&str; 5] = ["string", "number", "integer", "boolean", "array"];
const FORMATS: [&str; 8] =
    ["decimal", "uri", "email", "telephone", "date", "gtin", "currency", "availability"];
const MODES: [&str; 3] = ["quoted", "classified", "composed"];

/// What is written of one field; what is not written stays.
#[derive(Debug, Clone, Default)]
pub(crate) struct FieldChange {
    at: usize,
    name: String,
    field_type: Option<FieldType>,
    array: Option<bool>,
    format: Option<FieldFormat>,
    unit: Option<String>,
    aliases: Option<Vec<String>>,
    mode: Option<FieldMode>,
    labels: Option<Vec<String>>,
    critical: Option<bool>,
    description: Option<String>,
}

/// The table `fields`.
pub(crate) fn read(node: &Node, issues: &mut Issues) -> Vec<FieldChange> {
    let Some(table) = Table::of(node, "fields", issues) else { return Vec::new() };
    table
        .entries()
        .filter_map(|(key, body)| read_field(key.at, &key.name, body, &table.label_of(&key.name), issues))
        .collect()
}

fn read_field(at: usize, name: &str, body: &Node, label: &str, issues: &mut Issues) -> Option<FieldChange> {
    let mut table = Table::of(body, label, issues)?;
    let mut change = FieldChange { at, name: name.to_owned(), ..FieldChange::default() };
    change.array = table.truth("array", issues);
    match table.written("type") {
        Some(node) if matches!(&node.value, Value::Text(text) if text == "array") => {
            change.array = Some(true)
        }
        Some(node) => change.field_type = one_of(node, &table.label_of("type"), &TYPES, issues),
        None => {}
    }
    if let Some(items) = table.get("items") {
        change.array = Some(true);
        change.field_type = read_items(items, &table.label_of("items"), issues);
    }
    change.format =
        table.written("format").and_then(|n| one_of(n, &table.label_of("format"), &FORMATS, issues));
    change.mode = table.written("mode").and_then(|n| one_of(n, &table.label_of("mode"), &MODES, issues));
    change.unit = table.written("unit").and_then(|node| {
        let unit = node.text(&table.label_of("unit"), issues)?;
        match check_unit(&unit) {
            Ok(()) => Some(unit),
            Err((what, hint)) => {
                let what = format!("`{}`: {what}", table.label_of("unit"));
                issues.add_hinted(node.at, RejectReason::UnknownUnit, what, hint);
                None
            }
        }
    });
    let plain = |texts: Vec<(usize, String)>| texts.into_iter().map(|(_, text)| text).collect();
    change.aliases = table.texts("aliases", issues).map(plain);
    change.labels = table.texts("labels", issues).map(plain);
    change.critical = table.truth("critical", issues);
    change.description = table.text("description", issues);
    table.finish(issues);
    Some(change)
}

/// `items = "number"` or, as JSON Schema writes it, `items = { type = "number" }`.
fn read_items(node: &Node, label: &str, issues: &mut Issues) -> Option<FieldType> {
    if matches!(node.value, Value::Text(_)) {
        return one_of(node, label, &TYPES[..4], issues);
    }
    let mut table = Table::of(node, label, issues)?;
    let read = table.get("type").and_then(|n| one_of(n, &table.label_of("type"), &TYPES[..4], issues));
    table.finish(issues);
    read
}

/// One name of a closed list, as the type that serialises to those names.
fn one_of<T: DeserializeOwned>(
    node: &Node,
    label: &str,
    names: &'static [&'static str],
    issues: &mut Issues,
) -> Option<T> {
    let text = node.text(label, issues)?;
    let deserializer: StrDeserializer<'_, serde::de::value::Error> = text.as_str().into_deserializer();
    let read = if names.contains(&text.as_str()) { T::deserialize(deserializer).ok() } else { None };
    if read.is_none() {
        let shown: String = text.chars().take(40).collect();
        let what = format!("`{label}` cannot be \"{shown}\"");
        issues.add_hinted(node.at, RejectReason::BadValue, what, suggestion(&text, names.iter().copied()));
    }
    read
}

/// Says what is wrong with a unit, and what may be meant.
pub(crate) fn check_unit(unit: &str) -> Result<(), (String, String)> {
    if units::known(unit) {
        return Ok(());
    }
    let shown: String = unit.chars().take(40).collect();
    let hint = match units::suggest(unit) {
        Some(near) => format!("did you mean `{near}`?"),
        None => "write a unit's symbol, such as kg, mm, V or W".to_owned(),
    };
    Err((format!("unknown unit `{shown}`"), hint))
}

/// The schema's own spelling of a field that was written `legal_name` or `legalName`.
pub(crate) fn spelled<'a>(schema: &Schema, written: &'a str) -> std::borrow::Cow<'a, str> {
    if schema.field(written).is_some() || !written.contains('_') {
        return written.into();
    }
    let camel = camel_case(written);
    if schema.field(&camel).is_some() { camel.into() } else { written.into() }
}

pub(crate) fn camel_case(snake: &str) -> String {
    let mut words = snake.split('_');
    let mut camel = words.next().unwrap_or("").to_owned();
    for word in words {
        let mut letters = word.chars();
        camel.extend(letters.next().into_iter().flat_map(char::to_uppercase));
        camel.push_str(letters.as_str());
    }
    camel
}

/// Makes these changes, in order, and checks the fields that they touch.
pub(crate) fn apply(changes: &[FieldChange], schema: &mut Schema, issues: &mut Issues) {
    for change in changes {
        let name = spelled(schema, &change.name).into_owned();
        let index = schema.fields.iter().position(|field| field.name == name).unwrap_or_else(|| {
            schema.fields.push(FieldSpec::named(name));
            schema.fields.len() - 1
        });
        let spec = &mut schema.fields[index];
        change.clone().change(spec);
        if let Err(what) = check_field(spec) {
            issues.bad_value(change.at, format!("`fields.{}`: {what}", spec.name));
        }
    }
}

impl FieldChange {
    fn change(self, spec: &mut FieldSpec) {
        fn set<T>(field: &mut T, written: Option<T>) {
            if let Some(value) = written {
                *field = value;
            }
        }
        // what belongs to a field's former type or mode goes with it, unless it is written anew
        if self.field_type.is_some_and(|new| new != spec.field_type) {
            spec.unit = None;
            spec.format = None;
        }
        if self.mode.is_some_and(|new| new != FieldMode::Classified) {
            spec.labels.clear();
        }
        set(&mut spec.field_type, self.field_type);
        set(&mut spec.array, self.array);
        set(&mut spec.aliases, self.aliases);
        set(&mut spec.mode, self.mode);
        set(&mut spec.labels, self.labels);
        set(&mut spec.critical, self.critical);
        spec.format = self.format.or(spec.format);
        spec.unit = self.unit.or(spec.unit.take());
        spec.description = self.description.or(spec.description.take());
    }
}
