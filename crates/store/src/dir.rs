//! The state directory: where truth and evidence lie, held by one process at a time.

use std::{
    fs::{self, File, OpenOptions, TryLockError},
    io::{self, Read, Seek, Write},
    path::{Path, PathBuf},
};

/// Why the directory cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum StateDirError {
    #[error("another gleaner is at work in `{dir}`{by}")]
    Held { dir: String, by: String },
    #[error("could not use the state directory `{dir}`")]
    Io { dir: String, source: io::Error },
}

/// A locked state directory. The lock goes with the process, however it ends.
#[derive(Debug)]
pub struct StateDir {
    path: PathBuf,
    _lock: File,
}

impl StateDir {
    /// Creates the directory, for its owner alone, and takes its lock.
    pub fn open(path: &Path) -> Result<Self, StateDirError> {
        Self::lock(path).map_err(|error| match error {
            Failure::Held(by) => StateDirError::Held { dir: path.display().to_string(), by },
            Failure::Io(source) => StateDirError::Io { dir: path.display().to_string(), source },
        })
    }

    fn lock(path: &Path) -> Result<Self, Failure> {
        let mut builder = fs::DirBuilder::new();
        builder.recursive(true);
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        builder.create(path)?;
        let mut file =
            OpenOptions::new().read(true).write(true).create(true).truncate(false).open(path.join("lock"))?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                let mut holder = String::new();
                // for the message only
                let _ = file.take(32).read_to_string(&mut holder);
                let by =
                    if holder.is_empty() { String::new() } else { format!(" (process {})", holder.trim()) };
                return Err(Failure::Held(by));
            }
            Err(TryLockError::Error(error)) => return Err(error.into()),
        }
        file.set_len(0)?;
        file.rewind()?;
        write!(file, "{}", std::process::id())?;
        Ok(Self { path: path.to_owned(), _lock: file })
    }

    /// The file of jobs and records.
    pub fn truth(&self) -> PathBuf {
        Self::truth_in(&self.path)
    }

    /// The file of captures and packs.
    pub fn evidence(&self) -> PathBuf {
        Self::evidence_in(&self.path)
    }

    /// Where the file of jobs and records lies in a directory that is not held.
    pub fn truth_in(dir: &Path) -> PathBuf {
        dir.join("truth.sqlite")
    }

    /// Where the file of captures and packs lies in a directory that is not held.
    pub fn evidence_in(dir: &Path) -> PathBuf {
        dir.join("evidence.sqlite")
    }
}

enum Failure {
    Held(String),
    Io(io::Error),
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}
