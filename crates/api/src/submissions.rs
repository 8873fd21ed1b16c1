//! What is submitted: a targets document, or a submission that the command line made of one.

use axum::http::{HeaderMap, StatusCode, header};
use gleaner_contract::{Budget, Submission};
use gleaner_intake::{Intake, IntakeError, Limits, Options, check, from_json};
use serde::Deserialize as _;
use serde_json::Value;

use crate::error::Refusal;

/// The content type of a submission whose targets, schemas and budgets are all resolved.
pub(crate) const RESOLVED: &str = "application/vnd.gleaner.submission+json";
const DOCUMENT: &str = "application/json";

/// A submission, and what is wrong with targets that do not run.
pub(crate) fn read(
    headers: &HeaderMap,
    body: &[u8],
    default_budget: &Budget,
) -> Result<(Submission, Vec<String>), Refusal> {
    let content_type =
        headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let content_type = content_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    match content_type.as_str() {
        DOCUMENT => {
            let options = Options { default_budget: default_budget.clone(), ..Options::default() };
            let Intake { submission, rejected, .. } = from_json(body, &options).map_err(wrong)?;
            let rejected: Vec<String> = rejected.iter().map(ToString::to_string).collect();
            if submission.targets.is_empty() {
                let refusal = Refusal::unprocessable("no target is left to run");
                return Err(refusal.hint(rejected.join("\n")));
            }
            Ok((submission, rejected))
        }
        RESOLVED => {
            let written: Value = serde_json::from_slice(body)
                .map_err(|error| Refusal::bad(format!("the body is not JSON: {error}")))?;
            let submission = Submission::deserialize(&written)
                .map_err(|error| Refusal::unprocessable(format!("the body is no submission: {error}")))?;
            let read = serde_json::to_value(&submission).map_err(|error| Refusal::internal(&error))?;
            if let Some(key) = unknown("", &written, &read) {
                return Err(Refusal::unprocessable(format!("unknown key `{key}`")));
            }
            check(&submission, &Limits::default()).map_err(wrong)?;
            Ok((submission, Vec::new()))
        }
        _ => Err(Refusal::new(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "unsupported_media_type",
            format!("the body is a targets document, sent as `{DOCUMENT}`"),
        )),
    }
}

fn wrong(error: IntakeError) -> Refusal {
    Refusal::unprocessable(error.to_string())
}

/// The first key that was written and not read: a typing error, or a field of a newer version.
fn unknown(path: &str, written: &Value, read: &Value) -> Option<String> {
    match (written, read) {
        (Value::Object(written), Value::Object(read)) => written.iter().find_map(|(key, value)| {
            let path = if path.is_empty() { key.clone() } else { format!("{path}.{key}") };
            match read.get(key) {
                Some(read) => unknown(&path, value, read),
                // what is empty is not written again
                None if is_blank(value) => None,
                None => Some(path),
            }
        }),
        (Value::Array(written), Value::Array(read)) => written
            .iter()
            .zip(read)
            .enumerate()
            .find_map(|(at, (written, read))| unknown(&format!("{path}[{at}]"), written, read)),
        _ => None,
    }
}

fn is_blank(value: &Value) -> bool {
    match value {
        Value::Null | Value::Bool(false) => true,
        Value::Array(items) => items.is_empty(),
        Value::Object(entries) => entries.is_empty(),
        _ => false,
    }
}
