//! What the tests of all forms share: inputs in memory.

use std::collections::HashMap;

use gleaner_contract::{RejectReason, Schema};

use crate::{
    FileError, Files, Format, Intake, IntakeError, Options, Rejected, SchemaChoice, batch::Batch,
    disk::read_bytes,
};

/// Files by the path that refers to them.
#[derive(Debug, Default)]
pub(crate) struct MemoryFiles(HashMap<String, Vec<u8>>);

impl MemoryFiles {
    pub(crate) fn of(files: &[(&str, &str)]) -> Self {
        Self(files.iter().map(|(path, text)| ((*path).to_owned(), text.as_bytes().to_vec())).collect())
    }
}

impl Files for MemoryFiles {
    fn read(&self, path: &str, limit: u64) -> Result<Vec<u8>, FileError> {
        let bytes = self.0.get(path).ok_or(FileError::NotFound)?;
        if bytes.len() as u64 > limit { Err(FileError::TooLarge { limit }) } else { Ok(bytes.clone()) }
    }
}

pub(crate) fn read_all(
    format: Format,
    bytes: &[u8],
    files: &MemoryFiles,
    options: &Options,
) -> Result<Intake, IntakeError> {
    let mut batch = Batch::new(options);
    let schema = match &options.schema {
        Some(SchemaChoice::Named(name)) => Schema::built_in(name),
        Some(SchemaChoice::Given(schema)) => Some(schema.clone()),
        _ => None,
    };
    read_bytes("input", format, bytes, files, schema.as_ref(), &mut batch);
    batch.finish()
}

pub(crate) fn options_as(schema: &str) -> Options {
    Options { schema: Some(SchemaChoice::Named(schema.into())), ..Options::default() }
}

/// What runs of this input, when nothing is wrong with it as a whole.
pub(crate) fn read(format: Format, text: &str, options: &Options) -> Intake {
    read_all(format, text.as_bytes(), &MemoryFiles::default(), options).expect("right as a whole")
}

/// Checks that the whole input is refused, with these lines among what is said.
pub(crate) fn check_refused(format: Format, text: &str, options: &Options, expected: &[&str]) {
    let error = read_all(format, text.as_bytes(), &MemoryFiles::default(), options).expect_err("refused");
    check_lines(&error.to_string(), expected);
}

pub(crate) fn check_lines(said: &str, expected: &[&str]) {
    for line in expected {
        assert!(said.lines().any(|other| other.trim() == *line), "no line {line:?} in:\n{said}");
    }
}

/// Checks that one target is rejected for this reason, with these words, and that the target `good` runs.
pub(crate) fn check_rejected(intake: &Intake, reason: RejectReason, message: &str, hint: &str) {
    let [Rejected { reason: actual, message: said, hint: hinted, .. }] = &intake.rejected[..] else {
        panic!("not one rejection: {:#?}", intake.rejected)
    };
    assert_eq!((*actual, said.as_str()), (reason, message));
    assert!(hinted.as_deref().unwrap_or("").contains(hint), "{hinted:?} lacks {hint:?}");
    let ids: Vec<_> = intake.submission.targets.iter().map(|target| target.id.as_str()).collect();
    assert_eq!(ids, ["good"]);
}
