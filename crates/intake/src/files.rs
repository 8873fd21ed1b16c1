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
    Directory,
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
            Self::Directory => f.write_str("is a directory"),
            Self::NotAFile => f.write_str("not a regular file"),
            Self::TooLarge { limit } => write!(f, "file exceeds {limit} bytes"),
            Self::Unreadable(why) => f.write_str(why),
        }
    }
}

impl FileError {
    /// What to do about it, when that does not depend on who named the file.
    pub(crate) fn hint(&self) -> Option<String> {
        match self {
            Self::TooLarge { .. } => Some("split it, and run the parts one after the other".into()),
            Self::NotFound | Self::Directory | Self::NotAFile | Self::Unreadable(_) => None,
        }
    }
}

impl std::error::Error for FileError {}
