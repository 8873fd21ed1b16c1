//! What the caller says beside the input, and what the caller gets.

use std::path::{Path, PathBuf};

use gleaner_contract::{Budget, Counter, FieldSpec, Limit, Schema, Submission};

use crate::error::{Problem, Rejected};

/// What was read: what runs, and what does not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Intake {
    pub submission: Submission,
    /// In the order of the inputs.
    pub rejected: Vec<Rejected>,
    /// What was passed over, and may have been meant otherwise.
    pub warnings: Vec<Problem>,
}

/// What the caller says beside the input.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// For targets whose input names no schema.
    pub schema: Option<SchemaChoice>,
    /// Fields added to every target's schema, or put in place of its field of the same name.
    pub fields: Vec<FieldSpec>,
    /// Bounds for each target that its input does not set.
    pub default_budget: Budget,
    /// Bounds for all targets together, over what inputs set.
    pub total: Vec<(Counter, Limit)>,
    /// Read from stored captures only.
    pub offline: bool,
    pub limits: Limits,
}

/// A schema, as the caller names it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SchemaChoice {
    /// A built-in name, or a path to a JSON Schema file as a targets file would write it.
    Named(String),
    /// A JSON Schema file, relative to the working directory.
    File(PathBuf),
    Given(Schema),
}

/// How much input is taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of each file.
    pub file_bytes: u64,
    /// Targets of all inputs together, rejected ones included.
    pub targets: usize,
    /// Bytes of each cell or text.
    pub cell_bytes: usize,
    /// Items of one list: URLs of a target, aliases of a field.
    pub list_items: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { file_bytes: 64 << 20, targets: 1_000_000, cell_bytes: 64 << 10, list_items: 1_000 }
    }
}

/// A written form of targets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    Toml,
    Json,
    /// One target a line.
    JsonLines,
    /// Comma, semicolon or tab between cells, whichever the header uses.
    Csv,
}

impl Format {
    /// The form that a file's extension promises.
    pub fn of_path(path: &Path) -> Option<Self> {
        match path.extension()?.to_str()?.to_ascii_lowercase().as_str() {
            "toml" => Some(Self::Toml),
            "json" => Some(Self::Json),
            "jsonl" | "ndjson" => Some(Self::JsonLines),
            "csv" | "tsv" => Some(Self::Csv),
            _ => None,
        }
    }
}
