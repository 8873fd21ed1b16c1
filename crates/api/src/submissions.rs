//! What is submitted: a targets document, or a submission that the command line made of one.

use axum::http::{HeaderMap, StatusCode, header};
use gleaner_contract::{Budget, Submission};
use gleaner_intake::{Intake, IntakeError, Limits, Options, check, from_json};
use serde_ignored::Path;
use serde_json::error::Category;

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
            let mut unknown = None;
            let mut reader = serde_json::Deserializer::from_slice(body);
            let submission: Submission = serde_ignored::deserialize(&mut reader, |path| {
                unknown.get_or_insert_with(|| place(&path));
            })
            .and_then(|submission| reader.end().map(|()| submission))
            .map_err(|error| match error.classify() {
                Category::Data => Refusal::unprocessable(format!("the body is no submission: {error}")),
                _ => Refusal::bad(format!("the body is not JSON: {error}")),
            })?;
            if let Some(key) = unknown {
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

/// `targets[0].scope.host`
fn place(path: &Path<'_>) -> String {
    match path {
        Path::Root => String::new(),
        Path::Seq { parent, index } => format!("{}[{index}]", place(parent)),
        Path::Map { parent: Path::Root, key } => key.clone(),
        Path::Map { parent, key } => format!("{}.{key}", place(parent)),
        Path::Some { parent } | Path::NewtypeStruct { parent } | Path::NewtypeVariant { parent } => {
            place(parent)
        }
    }
}
