//! JSON Lines: one target a line. A line that is no target is rejected alone.

use gleaner_contract::{RejectReason, Schema};

use crate::{
    batch::Batch,
    defaults::Defaults,
    document::columns_of,
    files::Files,
    node::json,
    schemas::{Schemas, TARGETS_FILE},
    source::Source,
    target::{self, Outcome},
};

/// How much of a broken line the table of rejected ones shows.
const SHOWN_CHARS: usize = 1_000;

pub(crate) fn read(
    source: &Source<'_>,
    files: &dyn Files,
    caller_schema: Option<&Schema>,
    batch: &mut Batch<'_>,
) {
    let defaults = Defaults::of_caller(batch.options, caller_schema);
    batch.begin_input(&defaults);
    let mut schemas = Schemas::new(files, TARGETS_FILE, batch.options.limits);
    let mut next = 0;
    for line in source.bytes.split(|byte| *byte == b'\n') {
        let start = next;
        next += line.len() + 1;
        if line.trim_ascii().is_empty() {
            continue;
        }
        let mut issues = batch.issues();
        let parsed = match std::str::from_utf8(line) {
            Ok(text) => json::parse(text, start).map_err(|error| (error.at, error.what)),
            Err(error) => Err((start + error.valid_up_to(), "the line is not UTF-8".to_owned())),
        };
        let admitted = match parsed {
            Ok(node) => {
                let outcome = target::read(&node, &defaults, &mut schemas, &mut issues);
                let id = target::written_id(&node);
                batch.admit(outcome, issues, source.place(node.at), id, || columns_of(&node))
            }
            Err((at, what)) => {
                let hint = r#"write one target a line: {"id": "42", "urls": ["https://shop.example/42"]}"#;
                issues.add_hinted(at, RejectReason::BadRow, what, hint);
                let shown = || String::from_utf8_lossy(line).chars().take(SHOWN_CHARS).collect();
                batch.admit(Outcome::Wrong, issues, source.place(at), None, || vec![("line".into(), shown())])
            }
        };
        if admitted.is_break() {
            break;
        }
    }
    batch.end_input(source.name);
}

#[cfg(test)]
mod tests;
