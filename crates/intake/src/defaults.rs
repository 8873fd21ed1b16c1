//! What an input says once for all its targets.

use gleaner_contract::{Budget, RejectReason, Schema, Scope};

use crate::{
    fields::{self, FieldChange},
    issues::Issues,
    node::Node,
    options::Options,
    schemas::Schemas,
    table::Table,
};

/// What a target has unless it says otherwise.
#[derive(Debug, Clone)]
pub(crate) struct Defaults<'o> {
    pub(crate) options: &'o Options,
    /// The file's, or else the caller's; with the file's and the caller's fields.
    pub(crate) schema: Option<Schema>,
    pub(crate) budget: Budget,
    pub(crate) scope: Scope,
}

impl<'o> Defaults<'o> {
    /// What the caller says, for inputs that say nothing themselves.
    pub(crate) fn of_caller(options: &'o Options, schema: Option<&Schema>) -> Self {
        let schema = schema.map(|schema| with_options(schema.clone(), options));
        Self { options, schema, budget: options.default_budget.clone(), scope: Scope::default() }
    }

    /// Reads `schema`, `fields`, `budget` and `scope` of a file's root.
    pub(crate) fn read(self, table: &mut Table<'_>, schemas: &mut Schemas<'_>, issues: &mut Issues) -> Self {
        let (schema, changes) = read_schema(table, schemas, issues);
        let fields =
            table.get("fields").filter(|_| self.schema.is_none() && table.written("schema").is_none());
        if let Some(node) = fields {
            issues.add_hinted(
                node.at,
                RejectReason::UnknownSchema,
                "`fields` has no schema to add to",
                "write `schema` in the file, or pass --as product",
            );
        }
        let budget = read_budget(table, &self.budget, issues);
        let scope = table.get("scope").map(|node| crate::scope::read(node, "scope", issues));
        Self {
            options: self.options,
            schema: self.schema_with(schema, &changes, issues),
            budget,
            scope: scope.unwrap_or(self.scope),
        }
    }

    /// The schema of what names `own` or none, and changes fields of it.
    pub(crate) fn schema_with(
        &self,
        own: Option<Schema>,
        changes: &[FieldChange],
        issues: &mut Issues,
    ) -> Option<Schema> {
        let mut schema = own.or_else(|| self.schema.clone())?;
        fields::apply(changes, &mut schema, issues);
        Some(with_options(schema, self.options))
    }
}

/// `schema` and `fields` of a file or a target.
pub(crate) fn read_schema(
    table: &mut Table<'_>,
    schemas: &mut Schemas<'_>,
    issues: &mut Issues,
) -> (Option<Schema>, Vec<FieldChange>) {
    let schema = table.written("schema").and_then(|node| named(node, schemas, issues));
    let changes = table.get("fields").map(|node| fields::read(node, issues)).unwrap_or_default();
    (schema, changes)
}

/// `budget` of a file or a target, over what holds without it.
pub(crate) fn read_budget(table: &mut Table<'_>, under: &Budget, issues: &mut Issues) -> Budget {
    match table.get("budget") {
        Some(node) => {
            under.clone().overridden_by(&crate::budget::read(node, &table.label_of("budget"), issues))
        }
        None => under.clone(),
    }
}

fn named(node: &Node, schemas: &mut Schemas<'_>, issues: &mut Issues) -> Option<Schema> {
    let written = node.text("schema", issues)?;
    match schemas.named(&written) {
        Ok(schema) => Some(schema),
        Err(error) => {
            let mut hint = error.hint;
            for what in error.problems {
                match hint.take() {
                    Some(hint) => issues.add_hinted(node.at, RejectReason::UnknownSchema, what, hint),
                    None => issues.add(node.at, RejectReason::UnknownSchema, what),
                }
            }
            None
        }
    }
}

fn with_options(mut schema: Schema, options: &Options) -> Schema {
    for field in &options.fields {
        match schema.fields.iter_mut().find(|own| own.name == field.name) {
            Some(own) => own.clone_from(field),
            None => schema.fields.push(field.clone()),
        }
    }
    schema
}
