//! One target, from whichever form it was written in.

use std::collections::BTreeMap;

use gleaner_contract::{
    Brief, Country, Currency, RejectReason, Schema, Scope, Target,
    schema::BUILT_IN,
    wire::{MAX_BRIEF, encode},
};

use crate::{
    codes,
    defaults::{self, Defaults},
    fields,
    issues::Issues,
    nearest::suggestion,
    node::{Node, Value},
    schemas::Schemas,
    seed,
    table::Table,
};

/// What came of reading one target.
#[derive(Debug)]
pub(crate) enum Outcome {
    /// Its id is empty when none was written.
    Read(Box<Target>),
    /// Right as far as it goes, but nobody names a schema for it.
    NoSchema,
    /// What is wrong is in the issues.
    Wrong,
}

/// The id that was written, if it can be read at all.
pub(crate) fn written_id(node: &Node) -> Option<String> {
    let Value::Table(entries) = &node.value else { return None };
    let (_, id) = entries.iter().find(|(key, _)| key.name == "id")?;
    match &id.value {
        Value::Text(text) | Value::Number(text) => Some(text.trim().to_owned()),
        _ => None,
    }
}

/// Reads a target's table.
pub(crate) fn read(
    node: &Node,
    defaults: &Defaults<'_>,
    schemas: &mut Schemas<'_>,
    issues: &mut Issues,
) -> Outcome {
    let Value::Table(entries) = &node.value else {
        issues.bad_value(node.at, format!("a target is a table, not {}", node.kind()));
        return Outcome::Wrong;
    };
    if entries.iter().all(|(_, value)| value.is_blank()) {
        issues.add_hinted(
            node.at,
            RejectReason::Empty,
            "the target says nothing",
            "give it an id, a name or urls",
        );
        return Outcome::Wrong;
    }
    let Some(mut table) = Table::of(node, "", issues) else { return Outcome::Wrong };
    let id = table.written("id").and_then(|id| id.scalar("id", issues));
    let name = table.text("name", issues);
    let urls = read_urls(&mut table, issues);
    let country: Option<Country> =
        table.written("country").and_then(|n| codes::country(n, "country", issues));
    let currency: Option<Currency> =
        table.written("currency").and_then(|n| codes::currency(n, "currency", issues));
    let scope: Option<Scope> = table.get("scope").map(|n| crate::scope::read(n, "scope", issues));
    let budget = defaults::read_budget(&mut table, &defaults.budget, issues);
    let (own, changes) = defaults::read_schema(&mut table, schemas, issues);
    // a schema that was named but not found is no reason to judge this target's fields by another
    let misnamed = own.is_none() && table.written("schema").is_some();
    let schema = if misnamed { None } else { defaults.schema_with(own, &changes, issues) };
    let known = table.get("known").map(|n| read_known(n, schema.as_ref(), issues)).unwrap_or_default();
    if let Some(each) = table.get("each") {
        refuse_each(each, issues);
    }
    table.finish(issues);
    match schema {
        _ if !issues.is_empty() => Outcome::Wrong,
        None => Outcome::NoSchema,
        Some(schema) => {
            let target = Target {
                id: id.unwrap_or_default(),
                name,
                urls,
                known,
                country,
                currency,
                scope: scope.unwrap_or_else(|| defaults.scope.clone()),
                schema,
                budget,
                extra: BTreeMap::new(),
            };
            match refuse_heavy(&target) {
                Some(what) => {
                    issues.add_hinted(node.at, RejectReason::BadValue, what, HEAVY);
                    Outcome::Wrong
                }
                None => Outcome::Read(Box::new(target)),
            }
        }
    }
}

pub(crate) const HEAVY: &str = "ask for fewer fields, or shorten their descriptions, aliases and labels";

/// What workers are told of a target travels in every message about it.
pub(crate) fn refuse_heavy(target: &Target) -> Option<String> {
    let told = encode(&(Brief::of(target), &target.scope)).map_or(usize::MAX, |bytes| bytes.len());
    (told > MAX_BRIEF).then(|| {
        format!(
            "the target's fields, name, known values, hosts and scope take {told} bytes of a message, more than \
             {MAX_BRIEF}"
        )
    })
}

/// Says what to do instead of `each`.
pub(crate) fn refuse_each(node: &Node, issues: &mut Issues) {
    issues.add_hinted(
        node.at,
        RejectReason::BadValue,
        "`each` is not supported yet: a listing does not become targets of its own",
        "write each page of the listing as a target with its own URL",
    );
}

fn read_urls(table: &mut Table<'_>, issues: &mut Issues) -> Vec<String> {
    let written = table.texts("urls", issues).unwrap_or_default();
    let mut urls: Vec<String> = Vec::new();
    for (at, text) in written {
        match seed::canonical(&text) {
            Ok(url) if urls.contains(&url) => {}
            Ok(url) => urls.push(url),
            Err(bad) => match bad.hint {
                Some(hint) => issues.add_hinted(at, bad.reason, bad.what, hint),
                None => issues.add(at, bad.reason, bad.what),
            },
        }
    }
    urls
}

/// Known values, by names that the schema or a built-in schema has.
fn read_known(node: &Node, schema: Option<&Schema>, issues: &mut Issues) -> BTreeMap<String, String> {
    let mut known = BTreeMap::new();
    let Some(table) = Table::of(node, "known", issues) else { return known };
    for (key, value) in table.entries().filter(|(_, value)| !value.is_blank()) {
        let label = table.label_of(&key.name);
        let Some(value) = value.scalar(&label, issues) else { continue };
        let Some(schema) = schema else { continue };
        let name = fields::spelled(schema, &key.name);
        if schema.field(&name).is_some() {
            known.insert(name.into_owned(), value);
        } else if let Some(identifier) = built_in_name(&name) {
            known.insert(identifier, value);
        } else {
            let hint = suggestion(&key.name, schema.fields.iter().map(|field| field.name.as_str()));
            issues.add_hinted(key.at, RejectReason::UnknownKey, format!("unknown field `{label}`"), hint);
        }
    }
    known
}

/// The built-in schemas' spelling of this name: a company may be known by a `gtin` that its schema does not ask for.
fn built_in_name(written: &str) -> Option<String> {
    let camel = fields::camel_case(written);
    let schemas = BUILT_IN.iter().filter_map(|name| Schema::built_in(name));
    schemas.flat_map(|schema| schema.fields).map(|field| field.name).find(|name| *name == camel)
}
