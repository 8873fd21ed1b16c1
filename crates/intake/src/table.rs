//! Reads a table key by key, and then says which keys nobody asked for.

use std::collections::HashSet;

use gleaner_contract::RejectReason;

use crate::{
    issues::Issues,
    nearest::suggestion,
    node::{Key, Node, Value},
};

/// More keys than this in one table are a mistake.
const MAX_KEYS: usize = 1_000;

pub(crate) struct Table<'a> {
    label: String,
    entries: &'a [(Key, Node)],
    asked: Vec<&'static str>,
}

impl<'a> Table<'a> {
    /// `label` names the table in messages; empty at the root.
    pub(crate) fn of(node: &'a Node, label: &str, issues: &mut Issues) -> Option<Self> {
        let Value::Table(entries) = &node.value else {
            node.misfit(label, "a table", issues);
            return None;
        };
        if entries.len() > MAX_KEYS {
            issues.bad_value(node.at, format!("a table has {} keys, more than {MAX_KEYS}", entries.len()));
            return None;
        }
        let table = Self { label: label.to_owned(), entries, asked: Vec::new() };
        let mut seen = HashSet::new();
        for (key, _) in entries.iter().filter(|(key, _)| !seen.insert(key.name.as_str())) {
            issues.bad_value(key.at, format!("`{}` is written twice", table.label_of(&key.name)));
        }
        Some(table)
    }

    /// All entries, for tables whose keys are the caller's own. Null is absent.
    pub(crate) fn entries(&self) -> impl Iterator<Item = (&'a Key, &'a Node)> {
        let present = |(_, node): &&(Key, Node)| !matches!(node.value, Value::Null);
        self.entries.iter().filter(present).map(|(key, node)| (key, node))
    }

    /// The value of this key.
    pub(crate) fn get(&mut self, name: &'static str) -> Option<&'a Node> {
        if !self.asked.contains(&name) {
            self.asked.push(name);
        }
        self.entries().find(|(key, _)| key.name == name).map(|(_, node)| node)
    }

    /// The value of this key, where text is wanted: blank text is absent, as a blank cell is.
    pub(crate) fn written(&mut self, name: &'static str) -> Option<&'a Node> {
        self.get(name).filter(|node| !node.is_blank())
    }

    pub(crate) fn text(&mut self, name: &'static str, issues: &mut Issues) -> Option<String> {
        self.written(name)?.text(&self.label_of(name), issues)
    }

    pub(crate) fn truth(&mut self, name: &'static str, issues: &mut Issues) -> Option<bool> {
        self.get(name)?.truth(&self.label_of(name), issues)
    }

    pub(crate) fn texts(&mut self, name: &'static str, issues: &mut Issues) -> Option<Vec<(usize, String)>> {
        self.written(name)?.texts(&self.label_of(name), issues)
    }

    pub(crate) fn label_of(&self, name: &str) -> String {
        let name: String = name.chars().take(80).collect();
        if self.label.is_empty() { name } else { format!("{}.{name}", self.label) }
    }

    /// Reports the keys that nobody asked for.
    pub(crate) fn finish(self, issues: &mut Issues) {
        for (key, _) in self.entries.iter().filter(|(key, _)| !self.asked.contains(&key.name.as_str())) {
            let what = format!("unknown key `{}`", self.label_of(&key.name));
            let hint = suggestion(&key.name, self.asked.iter().copied());
            issues.add_hinted(key.at, RejectReason::UnknownKey, what, hint);
        }
    }
}
