//! The environment: read in one place, given to everything else as a map.

use std::collections::BTreeMap;

/// What variables of configuration start with.
const PREFIX: &str = "GLEANER__";

/// Variables by name. Tests pass a map; nobody sets the process's own.
pub type Variables = BTreeMap<String, String>;

/// The process's environment. What is not Unicode is read with replacement characters, so that it is refused by name
/// where it matters and ignored where it does not.
#[expect(clippy::disallowed_methods, reason = "the one place that reads the environment")]
pub fn process_environment() -> Variables {
    std::env::vars_os()
        .map(|(name, value)| (name.to_string_lossy().into_owned(), value.to_string_lossy().into_owned()))
        .collect()
}

/// The variables of configuration, with the path that each one sets.
pub(crate) fn settings(variables: &Variables) -> impl Iterator<Item = (&str, Vec<String>, &str)> {
    variables.iter().filter_map(|(name, value)| {
        let path = name.strip_prefix(PREFIX)?;
        let path = path.split("__").map(str::to_ascii_lowercase).collect();
        Some((name.as_str(), path, value.as_str()))
    })
}
