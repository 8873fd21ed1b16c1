//! Schemas by built-in name, or from JSON Schema files.

use std::{collections::HashMap, path::Path};

use gleaner_contract::{Schema, schema::BUILT_IN};

use crate::{files::Files, nearest::nearest, options::Limits};

/// More schema files than this in one input are a mistake.
const MAX_FILES: usize = 1_000;

/// What paths in a targets file are relative to.
pub(crate) const TARGETS_FILE: &str = "the targets file";

/// Why there is no such schema: each problem, and what to do.
#[derive(Debug, Clone)]
pub(crate) struct NoSchema {
    pub(crate) problems: Vec<String>,
    pub(crate) hint: Option<String>,
}

/// Looks schemas up, each file once.
pub(crate) struct Schemas<'a> {
    files: &'a dyn Files,
    /// What paths are relative to, for messages.
    base: &'static str,
    limits: Limits,
    read: HashMap<String, Result<Schema, NoSchema>>,
}

impl<'a> Schemas<'a> {
    pub(crate) fn new(files: &'a dyn Files, base: &'static str, limits: Limits) -> Self {
        Self { files, base, limits, read: HashMap::new() }
    }

    /// What a targets file means by this: a built-in name, or a path.
    pub(crate) fn named(&mut self, written: &str) -> Result<Schema, NoSchema> {
        if let Some(schema) = Schema::built_in(written) {
            return Ok(schema);
        }
        if !written.contains(['/', '\\', '.']) {
            let shown: String = written.chars().take(80).collect();
            let hint = match nearest(written, BUILT_IN) {
                Some(name) => format!("did you mean `{name}`?"),
                None => format!("built in: {}; or write the path of a JSON Schema file", BUILT_IN.join(", ")),
            };
            return Err(NoSchema { problems: vec![format!("unknown schema `{shown}`")], hint: Some(hint) });
        }
        if !self.read.contains_key(written) && self.read.len() >= MAX_FILES {
            let problems = vec![format!("more than {MAX_FILES} schema files are named")];
            return Err(NoSchema { problems, hint: None });
        }
        let (files, base, limits) = (self.files, self.base, self.limits);
        self.read.entry(written.to_owned()).or_insert_with(|| read_file(written, files, base, limits)).clone()
    }
}

/// The schema in this JSON Schema file, named after the file.
pub(crate) fn read_file(
    path: &str,
    files: &dyn Files,
    base: &str,
    limits: Limits,
) -> Result<Schema, NoSchema> {
    let about = |what: String| format!("schema `{path}`: {what}");
    let fail = |what: String, hint: Option<String>| NoSchema { problems: vec![about(what)], hint };
    let bytes = files.read(path, limits.file_bytes).map_err(|error| {
        let hint = format!("built in are {}; paths are relative to {base}", BUILT_IN.join(", "));
        fail(error.to_string(), Some(hint))
    })?;
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&bytes);
    let json = serde_json::from_slice(bytes).map_err(|error| fail(format!("not JSON: {error}"), None))?;
    let name = Path::new(path).file_stem().map_or_else(|| path.into(), |stem| stem.to_string_lossy());
    let schema = Schema::from_json_schema(&name, &json).map_err(|error| NoSchema {
        problems: error.problems.into_iter().map(about).collect(),
        hint: Some(
            "a schema is a flat JSON Schema object: {\"properties\": {\"name\": {\"type\": \"string\"}}}"
                .into(),
        ),
    })?;
    let bad_units = schema.fields.iter().filter_map(|field| {
        let (what, hint) = crate::fields::check_unit(field.unit.as_deref()?).err()?;
        Some((format!("field `{}`: {what}", field.name), hint))
    });
    let (problems, hints): (Vec<_>, Vec<_>) = bad_units.unzip();
    match hints.into_iter().next() {
        None => Ok(schema),
        Some(hint) => Err(NoSchema { problems: problems.into_iter().map(about).collect(), hint: Some(hint) }),
    }
}
