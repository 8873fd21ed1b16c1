//! The entry points, and the one place that reads files from disk.

use std::{
    fs::File,
    io::{ErrorKind, Read},
    path::{Path, PathBuf},
};

use gleaner_contract::Schema;

use crate::{
    batch::Batch,
    defaults::Defaults,
    document,
    error::{IntakeError, Place, Problem},
    files::{FileError, Files},
    lines,
    node::{json, toml},
    options::{Format, Intake, Options, SchemaChoice},
    schemas::{self, NoSchema, Schemas},
    sheet::{self, Columns},
    source::Source,
    target::Outcome,
};

/// Files below a folder; absolute paths are taken as they are.
#[derive(Debug, Clone)]
pub struct DiskFiles {
    base: PathBuf,
}

impl DiskFiles {
    pub fn below(base: impl Into<PathBuf>) -> Self {
        Self { base: base.into() }
    }

    /// Where the file lies. Asked before opening: opening a pipe would wait for its writer.
    fn find(&self, path: &str) -> Result<PathBuf, FileError> {
        let path = self.base.join(path);
        match path.metadata().map_err(told)? {
            meta if meta.is_dir() => Err(FileError::Directory),
            meta if !meta.is_file() => Err(FileError::NotAFile),
            _ => Ok(path),
        }
    }
}

impl Files for DiskFiles {
    fn read(&self, path: &str, limit: u64) -> Result<Vec<u8>, FileError> {
        let mut bytes = Vec::new();
        File::open(self.find(path)?)
            .map_err(told)?
            .take(limit.saturating_add(1))
            .read_to_end(&mut bytes)
            .map_err(told)?;
        if bytes.len() as u64 > limit { Err(FileError::TooLarge { limit }) } else { Ok(bytes) }
    }
}

fn told(error: std::io::Error) -> FileError {
    match error.kind() {
        ErrorKind::NotFound => FileError::NotFound,
        _ => FileError::Unreadable(error.to_string()),
    }
}

/// Reads one targets file; its extension says which form it has.
pub fn from_path(path: &Path, options: &Options) -> Result<Intake, IntakeError> {
    let mut batch = Batch::new(options);
    let schema = caller_schema(options)?;
    read_file(path, schema.as_ref(), &mut batch);
    batch.finish()
}

/// Takes URLs as targets, each called by its URL.
pub fn from_urls<S: AsRef<str>>(urls: &[S], options: &Options) -> Result<Intake, IntakeError> {
    let mut batch = Batch::new(options);
    let schema = caller_schema(options)?;
    read_urls(urls.iter().map(AsRef::as_ref), schema.as_ref(), &mut batch);
    batch.finish()
}

/// Takes files and URLs together, as they stand on a command line, as one submission.
pub fn from_inputs<S: AsRef<str>>(inputs: &[S], options: &Options) -> Result<Intake, IntakeError> {
    let mut batch = Batch::new(options);
    let schema = caller_schema(options)?;
    let (files, urls): (Vec<&str>, Vec<&str>) =
        inputs.iter().map(AsRef::as_ref).partition(|input| names_a_file(input));
    for file in files {
        read_file(Path::new(file), schema.as_ref(), &mut batch);
    }
    if !urls.is_empty() {
        read_urls(urls.into_iter(), schema.as_ref(), &mut batch);
    }
    batch.finish()
}

/// What files are called that a person may take for a list of targets, beside those that are read.
const FILE_ENDINGS: [&str; 15] = [
    "xls", "xlsx", "ods", "txt", "yaml", "yml", "json5", "zip", "gz", "xml", "html", "htm", "pdf", "docx",
    "md",
];

/// Whether an input is meant as a file: a mistyped name must not become a host that is asked.
fn names_a_file(input: &str) -> bool {
    let path = Path::new(input);
    if input.contains("://") || input.starts_with("//") {
        return false;
    }
    let first = input.split('/').next().unwrap_or(input);
    let ends_as_file = path
        .extension()
        .is_some_and(|ending| FILE_ENDINGS.iter().any(|known| ending.eq_ignore_ascii_case(known)));
    Format::of_path(path).is_some()
        || path.exists()
        || input.starts_with(['.', '/', '~'])
        || input.contains('\\')
        || (ends_as_file && (first == input || !first.contains(['.', ':'])))
}

/// The schema that a caller names, read from disk if need be.
pub fn schema(choice: &SchemaChoice, options: &Options) -> Result<Schema, IntakeError> {
    let here = DiskFiles::below("");
    let found = match choice {
        SchemaChoice::Given(schema) => Ok(schema.clone()),
        SchemaChoice::Named(name) => Schemas::new(&here, WORKING_DIRECTORY, options.limits).named(name),
        SchemaChoice::File(path) => {
            schemas::read_file(&path.to_string_lossy(), &here, WORKING_DIRECTORY, options.limits)
        }
    };
    found.map_err(|NoSchema { problems, mut hint }| {
        let place = Place::whole("command line");
        let problem = |what| Problem { place: place.clone(), what, hint: hint.take() };
        IntakeError { problems: problems.into_iter().map(problem).collect() }
    })
}

/// What paths on a command line are relative to.
const WORKING_DIRECTORY: &str = "the working directory";

fn caller_schema(options: &Options) -> Result<Option<Schema>, IntakeError> {
    options.schema.as_ref().map(|choice| schema(choice, options)).transpose()
}

fn read_file(path: &Path, caller_schema: Option<&Schema>, batch: &mut Batch<'_>) {
    let name = path.to_string_lossy();
    let here = DiskFiles::below("");
    let unreadable = |error: FileError| {
        let hint = match error {
            FileError::NotFound => Some("a URL is written in full: https://shop.example/page".to_owned()),
            _ => error.hint(),
        };
        (format!("could not read the file: {error}"), hint)
    };
    let read = match (Format::of_path(path), here.find(&name)) {
        (_, Err(error)) => Err(unreadable(error)),
        (Some(format), Ok(_)) => match here.read(&name, batch.options.limits.file_bytes) {
            Ok(bytes) => Ok((format, bytes)),
            Err(error) => Err(unreadable(error)),
        },
        (None, Ok(_)) => {
            let hint = "targets are written in .toml, .json, .jsonl or .csv; save a spreadsheet as CSV";
            Err(("the file's form is not known by its extension".to_owned(), Some(hint.to_owned())))
        }
    };
    match read {
        Ok((format, bytes)) => {
            let files = DiskFiles::below(path.parent().unwrap_or(Path::new("")));
            read_bytes(&name, format, &bytes, &files, caller_schema, batch);
        }
        Err((what, hint)) => batch.problems([Problem { place: Place::whole(&name), what, hint }]),
    }
}

/// Reads an input that is in memory; what it refers to comes from `files`.
pub(crate) fn read_bytes(
    name: &str,
    format: Format,
    bytes: &[u8],
    files: &dyn Files,
    caller_schema: Option<&Schema>,
    batch: &mut Batch<'_>,
) {
    let source = match Source::new(name, bytes) {
        Ok(source) => source,
        Err(problem) => return batch.problems([problem]),
    };
    let parsed = match format {
        Format::JsonLines => return lines::read(&source, files, caller_schema, batch),
        Format::Csv => {
            let defaults = Defaults::of_caller(batch.options, caller_schema);
            return sheet::read(&source, &Columns::default(), &source, files, &defaults, batch);
        }
        Format::Toml => toml::parse(&source),
        Format::Json => source.text().map_err(|problem| vec![problem]).and_then(|text| {
            json::parse(text, 0).map_err(|error| {
                vec![Problem { place: source.place(error.at), what: error.what, hint: None }]
            })
        }),
    };
    match parsed {
        Ok(root) => document::read(&source, &root, files, caller_schema, batch),
        Err(problems) => batch.problems(problems),
    }
}

fn read_urls<'a>(urls: impl Iterator<Item = &'a str>, caller_schema: Option<&Schema>, batch: &mut Batch<'_>) {
    use crate::node::{Key, Node, Value};

    let place = Place::whole("command line");
    let defaults = Defaults::of_caller(batch.options, caller_schema);
    batch.begin_input(&defaults);
    let here = DiskFiles::below("");
    let mut schemas = Schemas::new(&here, WORKING_DIRECTORY, batch.options.limits);
    for url in urls {
        let text = Node { at: 0, value: Value::Text(url.to_owned()) };
        let list = Node { at: 0, value: Value::List(vec![text]) };
        let entries = vec![(Key { at: 0, name: "urls".into() }, list)];
        let node = Node { at: 0, value: Value::Table(entries) };
        let mut issues = batch.issues();
        let outcome: Outcome = crate::target::read(&node, &defaults, &mut schemas, &mut issues);
        let columns = || vec![("url".to_owned(), url.to_owned())];
        if batch.admit(outcome, issues, place.clone(), None, columns).is_break() {
            break;
        }
    }
    batch.end_input("command line");
}

#[cfg(test)]
mod tests;
