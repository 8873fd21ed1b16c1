//! The `budget` section: counters of the contract, over the default bounds.

use std::collections::BTreeMap;

use gleaner_contract::{Budget, Counter, Money};
use serde::{Deserialize, Deserializer, de};

#[derive(Deserialize)]
#[serde(untagged)]
enum Bound {
    Count(u64),
    Money(Money),
}

/// In place of a bound: lifts the default one.
const UNLIMITED: &str = "unlimited";

pub(crate) fn default() -> Budget {
    Budget::unlimited().with(Counter::URLS, 10).with(Counter::SECONDS, 120)
}

pub(crate) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Budget, D::Error> {
    let mut budget = default();
    for (name, bound) in BTreeMap::<String, toml::Value>::deserialize(deserializer)? {
        let Some(counter) = Counter::known(&name) else {
            let known: Vec<_> = Counter::KNOWN.iter().map(|counter| format!("`{counter}`")).collect();
            let known = known.join(", ");
            return Err(de::Error::custom(format_args!("unknown field `{name}`, expected one of {known}")));
        };
        if bound.as_str() == Some(UNLIMITED) {
            budget = budget.without(&counter);
            continue;
        }
        let wanted = if counter == Counter::MONEY {
            "money, such as \"0.05 USD\", or \"unlimited\""
        } else {
            "a whole number from 0, or \"unlimited\""
        };
        let bad = |wanted: &str| de::Error::custom(format_args!("`{name}` is {wanted}"));
        budget = match (bound.try_into(), counter == Counter::MONEY) {
            (Ok(Bound::Count(count)), false) => {
                let limit = counter.bound(count).map_err(|what| bad(&what))?;
                budget.with(counter, limit)
            }
            (Ok(Bound::Money(money)), true) => budget.with_money(&money),
            _ => return Err(bad(wanted)),
        };
    }
    Ok(budget)
}
