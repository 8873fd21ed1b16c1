//! Targets that come over a network: they refer to no file here, and nothing about them is taken on trust.

use std::collections::HashSet;

use gleaner_contract::{Budget, Counter, Submission, Target, schema::check_field};

use crate::{
    batch::Batch,
    disk::read_bytes,
    error::{IntakeError, Place, Problem},
    fields::check_unit,
    files::{FileError, Files},
    options::{Format, Intake, Limits, Options},
    seed,
    target::{HEAVY, refuse_heavy},
};

/// What a received input is called in messages.
const BODY: &str = "body";

const LONGEST_ID: usize = 1_000;

/// Nothing of this machine is anybody's to name.
struct NoFiles;

impl Files for NoFiles {
    fn read(&self, _: &str, _: u64) -> Result<Vec<u8>, FileError> {
        Err(FileError::Unreadable(
            "a file is not read here: name a built-in schema, or write its fields".into(),
        ))
    }
}

/// Reads a targets document as JSON; it may refer to no file.
pub fn from_json(text: &[u8], options: &Options) -> Result<Intake, IntakeError> {
    let mut batch = Batch::new(options);
    read_bytes(BODY, Format::Json, text, &NoFiles, None, &mut batch);
    batch.finish()
}

/// Whether a submission that was made elsewhere is one that intake could have made.
pub fn check(submission: &Submission, limits: &Limits) -> Result<(), IntakeError> {
    let mut problems = Vec::new();
    let mut wrong = |place: &str, what: String, hint: Option<String>| {
        let place = Place { file: place.to_owned(), line: None, column: None };
        problems.push(Problem { place, what, hint });
    };
    if submission.targets.is_empty() {
        wrong(BODY, "there is no target".into(), None);
    }
    if submission.targets.len() > limits.targets {
        wrong(BODY, format!("there are more than {} targets", limits.targets), None);
    }
    if let Some(what) = bad_budget(&submission.total) {
        wrong("total", what, None);
    }
    let mut ids = HashSet::new();
    for (position, target) in submission.targets.iter().enumerate().take(limits.targets) {
        let place = format!("targets[{position}]");
        if !ids.insert(target.id.as_str()) {
            wrong(&place, format!("the id `{}` is taken", shown(&target.id)), None);
        }
        if !same_currency(&target.budget, &submission.total) {
            wrong(&place, "its budget counts money otherwise than `total`".into(), None);
        }
        if let Some((what, hint)) = bad_target(target, limits) {
            wrong(&place, what, hint);
        }
    }
    if problems.is_empty() { Ok(()) } else { Err(IntakeError { problems }) }
}

/// The first thing that is wrong with a target, and what to do about it.
fn bad_target(target: &Target, limits: &Limits) -> Option<(String, Option<String>)> {
    let wrong = |what: String| Some((what, None));
    if target.id.is_empty() || target.id.len() > LONGEST_ID {
        return wrong(format!("an id has 1 to {LONGEST_ID} bytes"));
    }
    if target.urls.len() > limits.list_items {
        return wrong(format!("it has more than {} URLs", limits.list_items));
    }
    for url in &target.urls {
        match seed::canonical(url) {
            Ok(canonical) if canonical == *url => {}
            Ok(canonical) => return wrong(format!("its URL is written `{}`", shown(&canonical))),
            Err(bad) => return Some((bad.what, bad.hint.map(str::to_owned))),
        }
    }
    if target.schema.fields.is_empty() || target.schema.fields.len() > limits.list_items {
        return wrong(format!("a schema has 1 to {} fields", limits.list_items));
    }
    let mut names = HashSet::new();
    for field in &target.schema.fields {
        if !names.insert(field.name.as_str()) {
            return wrong(format!("the field `{}` is there twice", shown(&field.name)));
        }
        if let Err(what) = check_field(field) {
            return wrong(format!("field `{}`: {what}", shown(&field.name)));
        }
        if let Some(Err((what, hint))) = field.unit.as_deref().map(check_unit) {
            return Some((what, Some(hint)));
        }
    }
    if let Some(what) = bad_budget(&target.budget) {
        return wrong(what);
    }
    refuse_heavy(target).map(|what| (what, Some(HEAVY.to_owned())))
}

/// A bound that could not have been written.
fn bad_budget(budget: &Budget) -> Option<String> {
    Counter::KNOWN.into_iter().find_map(|counter| {
        let limit = budget.limit(&counter)?;
        // money is written with its currency; all others are read as they would have been written
        if counter == Counter::MONEY {
            return limit.is_sign_negative().then(|| format!("`{counter}` is negative"));
        }
        counter.parse_limit(&limit.to_string()).err().map(|what| format!("`{counter}` is {what}"))
    })
}

fn same_currency(one: &Budget, other: &Budget) -> bool {
    let counts_money = |budget: &Budget| budget.limit(&Counter::MONEY).is_some();
    !(counts_money(one) && counts_money(other)) || one.currency() == other.currency()
}

fn shown(text: &str) -> String {
    text.chars().take(80).collect::<String>().escape_debug().to_string()
}

#[cfg(test)]
mod tests;
