//! The entries of a record's field: its own, or one for each item of an array.

use gleaner_contract::{FieldRecord, Record, field::pointer};
use serde_json::Value;

/// One entry beside the value that it speaks of.
#[derive(Debug, Clone, Copy)]
pub struct Entry<'r> {
    pub pointer: &'r str,
    pub record: &'r FieldRecord,
    /// Null where the pointer leads nowhere.
    pub value: &'r Value,
}

/// The entries of this field, in the order of its items.
pub fn entries<'r>(record: &'r Record, field: &str) -> Vec<Entry<'r>> {
    let own = pointer(field);
    let value = record.data.get(field).unwrap_or(&Value::Null);
    let mut found: Vec<(usize, Entry<'r>)> = record
        .fields
        .iter()
        .filter_map(|(key, entry)| {
            if *key == own {
                return Some((0, Entry { pointer: key, record: entry, value }));
            }
            let item: usize = key.strip_prefix(&own)?.strip_prefix('/')?.parse().ok()?;
            Some((
                item,
                Entry { pointer: key, record: entry, value: value.get(item).unwrap_or(&Value::Null) },
            ))
        })
        .collect();
    found.sort_by_key(|(item, _)| *item);
    found.into_iter().map(|(_, entry)| entry).collect()
}
