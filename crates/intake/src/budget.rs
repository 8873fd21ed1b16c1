//! Budgets: `{ urls = 10, seconds = 120, money = "0.05 USD" }`.

use gleaner_contract::{Budget, Counter, Money, RejectReason};
use rust_decimal::Decimal;

use crate::{
    issues::Issues,
    nearest::suggestion,
    node::{Node, Value},
    table::Table,
};

/// The bounds that this table sets. Counters are known in camelCase and in snake_case.
pub(crate) fn read(node: &Node, label: &str, issues: &mut Issues) -> Budget {
    let mut budget = Budget::unlimited();
    let Some(table) = Table::of(node, label, issues) else { return budget };
    for (key, value) in table.entries() {
        let label = table.label_of(&key.name);
        let Some(counter) = Counter::known(&key.name) else {
            let names: Vec<_> = Counter::KNOWN.iter().map(Counter::as_str).collect();
            let hint = suggestion(&key.name, names.iter().copied());
            issues.add_hinted(key.at, RejectReason::UnknownKey, format!("unknown key `{label}`"), hint);
            continue;
        };
        if counter == Counter::MONEY {
            if let Some(money) = read_money(value, &label, issues) {
                budget = budget.with_money(&money);
            }
        } else if let Some(limit) = read_count(&counter, value, &label, issues) {
            budget = budget.with(counter, limit);
        }
    }
    budget
}

fn read_count(counter: &Counter, node: &Node, label: &str, issues: &mut Issues) -> Option<Decimal> {
    let Value::Number(digits) = &node.value else {
        node.misfit(label, "a whole number", issues);
        return None;
    };
    let bound = match digits.parse() {
        Ok(count) => counter.bound(count),
        Err(_) => Err(format!("a whole number from 0, not {}", digits.chars().take(40).collect::<String>())),
    };
    bound.map_err(|what| issues.bad_value(node.at, format!("`{label}` is {what}"))).ok()
}

fn read_money(node: &Node, label: &str, issues: &mut Issues) -> Option<Money> {
    if let Value::Number(digits) = &node.value {
        let digits: String = digits.chars().take(20).collect();
        let what = format!("`{label}` needs its currency");
        let hint = format!("write it as text: \"{digits} USD\"");
        issues.add_hinted(node.at, RejectReason::BadValue, what, hint);
        return None;
    }
    let text = node.text(label, issues)?;
    text.parse().map_err(|error| issues.bad_value(node.at, format!("`{label}`: {error}"))).ok()
}
