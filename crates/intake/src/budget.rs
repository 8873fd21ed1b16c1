//! Budgets: `{ urls = 10, seconds = 120, money = "0.05 USD", bytes = "unlimited" }`.

use gleaner_contract::{Counter, Limit, RejectReason};

use crate::{issues::Issues, nearest::suggestion, node::Node, table::Table};

/// The bounds that this table sets or lifts. Counters are known in camelCase and in snake_case.
pub(crate) fn read(node: &Node, label: &str, issues: &mut Issues) -> Vec<(Counter, Limit)> {
    let mut limits = Vec::new();
    let Some(table) = Table::of(node, label, issues) else { return limits };
    for (key, value) in table.entries() {
        let label = table.label_of(&key.name);
        let Some(counter) = Counter::known(&key.name) else {
            let names: Vec<_> = Counter::KNOWN.iter().map(Counter::as_str).collect();
            let hint = suggestion(&key.name, names.iter().copied());
            issues.add_hinted(key.at, RejectReason::UnknownKey, format!("unknown key `{label}`"), hint);
            continue;
        };
        let Some(written) = value.scalar(&label, issues) else { continue };
        match counter.parse_limit(&written) {
            Ok(limit) => limits.push((counter, limit)),
            Err(what) => issues.bad_value(value.at, format!("`{label}` is {what}")),
        }
    }
    limits
}
