//! A whole TOML or JSON document: defaults, targets, and the table that targets may come from.

use gleaner_contract::{Budget, Schema};

use crate::{
    batch::Batch,
    budget,
    defaults::Defaults,
    error::{Place, Problem},
    files::Files,
    node::{Node, Value},
    schemas::{Schemas, TARGETS_FILE},
    sheet::{self, Columns},
    source::Source,
    table::Table,
    target,
};

pub(crate) fn read(
    source: &Source<'_>,
    root: &Node,
    files: &dyn Files,
    caller_schema: Option<&Schema>,
    batch: &mut Batch<'_>,
) {
    let mut issues = batch.issues();
    let Value::Table(_) = root.value else {
        batch.problems([Problem {
            place: source.place(root.at),
            what: format!("the file is {}, not an object", root.kind()),
            hint: Some(r#"write {"schema": "product", "targets": [ … ]}"#.into()),
        }]);
        return batch.abandon_input();
    };
    let Some(mut table) = Table::of(root, "", &mut issues) else { return batch.abandon_input() };
    let mut schemas = Schemas::new(files, TARGETS_FILE, batch.options.limits);
    let defaults =
        Defaults::of_caller(batch.options, caller_schema).read(&mut table, &mut schemas, &mut issues);
    if let Some(node) = table.get("total") {
        let total = Budget::unlimited().overridden_by(&budget::read(node, "total", &mut issues));
        batch.set_total(source.place(node.at), total);
    }
    let from = table.get("from").and_then(|node| Columns::read(node, &mut issues));
    let targets = match table.get("targets") {
        Some(Node { value: Value::List(targets), .. }) => Some(targets),
        Some(other) => {
            other.misfit("targets", "a list of targets", &mut issues);
            None
        }
        None => None,
    };
    if let Some(each) = table.get("each") {
        target::refuse_each(each, &mut issues);
    }
    table.finish(&mut issues);
    let sound = issues.is_empty();
    batch.problems(issues.into_problems(source));
    batch.begin_input(&defaults);
    if sound && targets.is_none() && from.is_none() {
        batch.problems([Problem {
            place: Place::whole(source.name),
            what: "the file names no targets".into(),
            hint: Some("write [[targets]], or from = { csv = \"companies.csv\" }".into()),
        }]);
    }

    for node in targets.into_iter().flatten() {
        let mut issues = batch.issues();
        let outcome = target::read(node, &defaults, &mut schemas, &mut issues);
        let columns = || columns_of(node);
        if batch.admit(outcome, issues, source.place(node.at), target::written_id(node), columns).is_break() {
            break;
        }
    }
    if sound {
        batch.end_input(source.name);
    } else {
        batch.abandon_input();
    }
    if let Some(from) = from {
        sheet::read_referenced(&from, source, files, &defaults, batch);
    }
}

/// A target's table as cells, for the table of rejected ones.
pub(crate) fn columns_of(node: &Node) -> Vec<(String, String)> {
    match &node.value {
        Value::Table(entries) => {
            entries.iter().map(|(key, value)| (key.name.clone(), value.cell())).collect()
        }
        _ => vec![("target".to_owned(), node.cell())],
    }
}

#[cfg(test)]
mod tests;
