//! Where state lies when nobody says: the user's data directory.

use std::path::PathBuf;

use crate::{
    env::Variables,
    error::{ConfigError, Problem},
    sections::Config,
};

impl Config {
    /// `state.dir`, or else `gleaner` in the user's data directory (XDG base directories, or the system's own).
    pub fn state_dir(&self, variables: &Variables) -> Result<PathBuf, ConfigError> {
        if let Some(dir) = &self.state.dir {
            return Ok(dir.clone());
        }
        let absolute = |name: &str| variables.get(name).map(PathBuf::from).filter(|path| path.is_absolute());
        let home = || absolute("HOME");
        let data = absolute("XDG_DATA_HOME").or_else(|| match std::env::consts::OS {
            "macos" => home().map(|home| home.join("Library/Application Support")),
            "windows" => absolute("LOCALAPPDATA"),
            _ => home().map(|home| home.join(".local/share")),
        });
        data.map(|data| data.join("gleaner")).ok_or_else(|| ConfigError {
            problems: vec![Problem {
                place: "state.dir".into(),
                what: "no directory for state is known".into(),
                hint: Some("set `state.dir`, pass --state DIR, or set HOME".into()),
            }],
        })
    }
}

#[cfg(test)]
mod tests;
