//! Records as a table for spreadsheets: for each field its value, state, quote and URL.

use std::io::{self, Write};

use gleaner_contract::{Record, sheet::guarded_cell};
use serde_json::Value;

use crate::entries::entries;

/// Between the items of an array in one cell.
const ITEMS: &str = " | ";

const FIXED: [&str; 6] = ["id", "status", "stopReason", "subject", "revision", "job"];

/// A row for each record; the columns are the union of all fields and passed-through columns.
///
/// No two columns have one name: a field named as a column of ours becomes `data.NAME`, a passed-through column named as
/// one before it `input.NAME`.
pub fn write(records: &[Record], out: impl Write) -> io::Result<()> {
    let fields = union(records.iter().flat_map(|record| record.data.keys()));
    let extra = union(records.iter().flat_map(|record| record.extra.keys()));
    let mut table = csv::Writer::from_writer(out);
    let mut header: Vec<String> = FIXED.map(str::to_owned).to_vec();
    for field in &fields {
        let names = |field: &str| ["", ".state", ".quote", ".url"].map(|suffix| format!("{field}{suffix}"));
        let mut own = names(field);
        while own.iter().any(|name| header.contains(name)) {
            own = names(&format!("data.{}", own[0]));
        }
        header.extend(own);
    }
    for name in &extra {
        let mut own = (*name).to_owned();
        while header.contains(&own) {
            own = format!("input.{own}");
        }
        header.push(own);
    }
    table.write_record(header.iter().map(|cell| guarded_cell(cell).into_owned()))?;
    for record in records {
        let mut row = vec![
            record.id.clone(),
            record.status.as_str().to_owned(),
            record.stop_reason.to_string(),
            plain(&serde_json::to_value(record.subject)?),
            record.revision.to_string(),
            record.job.to_string(),
        ];
        for field in &fields {
            row.extend(cells(record, field));
        }
        row.extend(extra.iter().map(|name| record.extra.get(*name).cloned().unwrap_or_default()));
        table.write_record(row.iter().map(|cell| guarded_cell(cell).into_owned()))?;
    }
    table.flush()
}

fn cells(record: &Record, field: &str) -> [String; 4] {
    let Some(value) = record.data.get(field) else { return Default::default() };
    let value = match value {
        Value::Array(items) => items.iter().map(plain).collect::<Vec<_>>().join(ITEMS),
        other => plain(other),
    };
    let entries = entries(record, field);
    let state = entries.first().map(|entry| entry.record.state.as_str()).unwrap_or_default();
    let of_first = |part: fn(&gleaner_contract::Evidence) -> &str| {
        let parts = entries.iter().filter_map(|entry| entry.record.evidence.first()).map(part);
        parts.collect::<Vec<_>>().join(ITEMS)
    };
    [value, state.to_owned(), of_first(|evidence| &evidence.quote), of_first(|evidence| &evidence.url)]
}

/// A scalar as people write it.
pub(crate) fn plain(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

fn union<'r>(names: impl Iterator<Item = &'r String>) -> Vec<&'r str> {
    let mut all: Vec<&str> = Vec::new();
    let mut seen = std::collections::HashSet::new();
    for name in names {
        if seen.insert(name.as_str()) {
            all.push(name);
        }
    }
    all
}

#[cfg(test)]
mod tests;
