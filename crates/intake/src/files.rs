//! Where the files come from that a targets file refers to.

use std::fmt;

/// Reads files by the path that a targets file writes.
pub trait Files {
    /// The whole file, when it has at most `limit` bytes.
    fn read(&self, path: &str, limit: u64) -> Result<Vec<u8>, FileError>;
}

/// Why a file was not read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FileError {
    NotFound,
    NotAFile,
    TooLarge {
        limit: u64,
    },
    /// What the system said.
    Unreadable(String),
}

impl fmt::Display for FileError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotFound => f.write_str("no such file"),
            Self::NotAFile => f.write_str("not a regular file"),
            Self::TooLarge { limit } => write!(f, "file exceeds {limit} bytes"),
            Self::Unreadable(why) => f.write_str(why),
        }
    }
}

impl std::error::Error for FileError {}
