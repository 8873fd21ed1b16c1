//! A value as it was written, with its place: what TOML and JSON have in common.

pub(crate) mod json;
pub(crate) mod toml;

use gleaner_contract::RejectReason;

use crate::issues::Issues;

#[derive(Debug, Clone)]
pub(crate) struct Node {
    /// Byte offset in the source.
    pub(crate) at: usize,
    pub(crate) value: Value,
}

#[derive(Debug, Clone)]
pub(crate) enum Value {
    Null,
    Bool(bool),
    /// Its decimal digits, as written.
    Number(String),
    Text(String),
    List(Vec<Node>),
    /// In written order.
    Table(Vec<(Key, Node)>),
    /// A date or time, which no key wants.
    Time,
}

#[derive(Debug, Clone)]
pub(crate) struct Key {
    pub(crate) at: usize,
    pub(crate) name: String,
}

impl Node {
    pub(crate) fn kind(&self) -> &'static str {
        match self.value {
            Value::Null => "null",
            Value::Bool(_) => "a truth value",
            Value::Number(_) => "a number",
            Value::Text(_) => "text",
            Value::List(_) => "a list",
            Value::Table(_) => "a table",
            Value::Time => "a date",
        }
    }

    /// Null, or text that says nothing.
    pub(crate) fn is_blank(&self) -> bool {
        match &self.value {
            Value::Null => true,
            Value::Text(text) => text.trim().is_empty(),
            _ => false,
        }
    }

    /// Reports that this is not what `label` wants.
    pub(crate) fn misfit(&self, label: &str, wanted: &str, issues: &mut Issues) {
        issues.bad_value(self.at, format!("`{label}` is {wanted}, not {}", self.kind()));
    }

    /// Text, not blank, trimmed.
    pub(crate) fn text(&self, label: &str, issues: &mut Issues) -> Option<String> {
        match &self.value {
            Value::Text(text) => self.bounded(text, label, issues),
            _ => {
                self.misfit(label, "text", issues);
                None
            }
        }
    }

    /// Text or a number, as text: ids and identifiers are written both ways.
    pub(crate) fn scalar(&self, label: &str, issues: &mut Issues) -> Option<String> {
        match &self.value {
            Value::Text(text) | Value::Number(text) => self.bounded(text, label, issues),
            _ => {
                self.misfit(label, "text or a number", issues);
                None
            }
        }
    }

    pub(crate) fn truth(&self, label: &str, issues: &mut Issues) -> Option<bool> {
        match self.value {
            Value::Bool(truth) => Some(truth),
            _ => {
                self.misfit(label, "true or false", issues);
                None
            }
        }
    }

    /// A list of texts, without blank ones; one text stands for a list of one.
    pub(crate) fn texts(&self, label: &str, issues: &mut Issues) -> Option<Vec<(usize, String)>> {
        match &self.value {
            Value::List(items) if items.len() > issues.limits.list_items => {
                let limit = issues.limits.list_items;
                issues.bad_value(self.at, format!("`{label}` has {} items, more than {limit}", items.len()));
                None
            }
            Value::List(items) => {
                let item_label = format!("{label}[]");
                let written = items.iter().filter(|item| !item.is_blank());
                written.map(|item| Some((item.at, item.text(&item_label, issues)?))).collect()
            }
            Value::Text(_) => Some(vec![(self.at, self.text(label, issues)?)]),
            _ => {
                self.misfit(label, "a list of texts", issues);
                None
            }
        }
    }

    /// What a table of rejected targets shows of this value; a list reads back as a CSV cell of several.
    pub(crate) fn cell(&self) -> String {
        match &self.value {
            Value::Null => String::new(),
            Value::Bool(truth) => truth.to_string(),
            Value::Number(text) | Value::Text(text) => text.clone(),
            Value::List(items) => items.iter().map(Self::cell).collect::<Vec<_>>().join(" | "),
            Value::Table(entries) => {
                let pairs = entries.iter().map(|(key, value)| format!("{} = {}", key.name, value.cell()));
                pairs.collect::<Vec<_>>().join(", ")
            }
            Value::Time => String::from("(a date)"),
        }
    }

    fn bounded(&self, text: &str, label: &str, issues: &mut Issues) -> Option<String> {
        let limit = issues.limits.cell_bytes;
        let text = text.trim();
        if text.is_empty() {
            issues.add(self.at, RejectReason::Empty, format!("`{label}` is empty"));
        } else if text.len() > limit {
            issues.bad_value(self.at, format!("`{label}` exceeds {limit} bytes"));
        } else {
            return Some(text.to_owned());
        }
        None
    }
}
