//! What is wrong, where, and what to do about it.

use std::fmt;

use gleaner_contract::RejectReason;

/// Problems shown in full; the rest are counted.
const SHOWN: usize = 50;

/// Where something was written. Lines and columns count from 1; columns are characters.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    pub file: String,
    pub line: Option<usize>,
    pub column: Option<usize>,
}

/// One thing wrong with a whole input.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    pub place: Place,
    pub what: String,
    pub hint: Option<String>,
}

/// All that is wrong with the inputs as such. Nothing of them runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IntakeError {
    pub problems: Vec<Problem>,
}

/// One row or target that does not run, though the others do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rejected {
    pub place: Place,
    /// The caller's id, when the row had one that could be read.
    pub id: Option<String>,
    /// The first thing wrong with it.
    pub reason: RejectReason,
    /// All that is wrong with it.
    pub message: String,
    pub hint: Option<String>,
    /// What was written, by column or key.
    pub columns: Vec<(String, String)>,
}

impl Place {
    pub(crate) fn whole(file: &str) -> Self {
        Self { file: file.to_owned(), line: None, column: None }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.file)?;
        for number in [self.line, self.column].into_iter().flatten() {
            write!(f, ":{number}")?;
        }
        Ok(())
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.place, self.what)?;
        self.hint.iter().try_for_each(|hint| write!(f, "\n  hint: {hint}"))
    }
}

impl fmt::Display for Rejected {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.place, self.message)?;
        self.hint.iter().try_for_each(|hint| write!(f, " (hint: {hint})"))
    }
}

impl fmt::Display for IntakeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, problem) in self.problems.iter().take(SHOWN).enumerate() {
            if index > 0 {
                f.write_str("\n")?;
            }
            write!(f, "{problem}")?;
        }
        match self.problems.len().saturating_sub(SHOWN) {
            0 => Ok(()),
            more => write!(f, "\n… and {more} more problems"),
        }
    }
}

impl std::error::Error for IntakeError {}
