//! Scope: `{ hosts = […], include = […], exclude = […] }`.

use gleaner_contract::{RejectReason, Scope};
use url::Host;

use crate::{issues::Issues, node::Node, table::Table};

pub(crate) fn read(node: &Node, label: &str, issues: &mut Issues) -> Scope {
    let Some(mut table) = Table::of(node, label, issues) else { return Scope::default() };
    let hosts = table.texts("hosts", issues).unwrap_or_default();
    let hosts = hosts.into_iter().filter_map(|(at, text)| read_host(at, &text, issues)).collect();
    let include = paths(table.texts("include", issues), issues);
    let exclude = paths(table.texts("exclude", issues), issues);
    table.finish(issues);
    Scope { hosts, include, exclude }
}

fn read_host(at: usize, text: &str, issues: &mut Issues) -> Option<String> {
    match Host::parse(text) {
        Ok(host) => Some(host.to_string()),
        Err(_) => {
            let shown: String = text.chars().take(80).collect();
            let what = format!("`{shown}` is not a host");
            issues.add_hinted(at, RejectReason::BadValue, what, "write the host alone, such as shop.example");
            None
        }
    }
}

fn paths(texts: Option<Vec<(usize, String)>>, issues: &mut Issues) -> Vec<String> {
    let mut paths = Vec::new();
    for (at, text) in texts.unwrap_or_default() {
        if text.starts_with(['/', '*']) {
            paths.push(text);
        } else {
            let shown: String = text.chars().take(80).collect();
            let what = format!("`{shown}` is not a path pattern");
            issues.add_hinted(
                at,
                RejectReason::BadValue,
                what,
                "patterns start with / or *, such as /products/*",
            );
        }
    }
    paths
}
