//! The `budget` section: counters of the contract, over the default bounds.

use std::collections::BTreeMap;

use gleaner_contract::{Budget, Counter};
use serde::{Deserialize, Deserializer, de};

pub(crate) fn default() -> Budget {
    Budget::unlimited().with(Counter::URLS, 10).with(Counter::SECONDS, 120)
}

pub(crate) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Budget, D::Error> {
    let mut limits = Vec::new();
    for (name, bound) in BTreeMap::<String, toml::Value>::deserialize(deserializer)? {
        let Some(counter) = Counter::known(&name) else {
            let known: Vec<_> = Counter::KNOWN.iter().map(|counter| format!("`{counter}`")).collect();
            let known = known.join(", ");
            return Err(de::Error::custom(format_args!("unknown field `{name}`, expected one of {known}")));
        };
        let written = bound.as_str().map_or_else(|| bound.to_string(), str::to_owned);
        let limit = counter.parse_limit(&written);
        let limit = limit.map_err(|what| de::Error::custom(format_args!("`{name}` is {what}")))?;
        limits.push((counter, limit));
    }
    Ok(default().overridden_by(&limits))
}
