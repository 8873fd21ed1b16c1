//! From file and environment to the tree: every setting is tried alone first, so that all that is wrong is told at once.

mod settings;

use std::{
    fs::File,
    io::{ErrorKind, Read},
    path::Path,
};

use secrecy::SecretString;
use serde::Deserialize;
use toml::Table;

use crate::{
    env::Variables,
    error::{ConfigError, Problem},
    sections::Config,
};

/// The default configuration, with every key explained.
pub const SAMPLE: &str = include_str!("../gleaner.toml");

/// What the file is called.
pub const FILE_NAME: &str = "gleaner.toml";

const MAX_FILE_BYTES: u64 = 1 << 20;
const MAX_SECRET_BYTES: u64 = 64 << 10;

/// Reads the configuration file, if there is one, the environment over it, and the files that hold secrets.
pub fn load(file: Option<&Path>, variables: &Variables) -> Result<Config, ConfigError> {
    let text = file.map(|path| Ok((path.to_string_lossy(), read_text(path, MAX_FILE_BYTES)?))).transpose();
    let text = text.map_err(|what| {
        let place = file.map(|path| path.display().to_string()).unwrap_or_default();
        let hint = Some(format!("`gleaner config > {FILE_NAME}` writes a file with every key explained"));
        ConfigError { problems: vec![Problem { place, what, hint }] }
    })?;
    let (config, mut problems) =
        settle(text.as_ref().map(|(name, text)| (&**name, text.as_str())), variables)?;
    let Some(mut config) = config else { return Err(ConfigError { problems }) };
    for secret in config.secrets() {
        // one that is given twice is told of as such
        let Some(path) = secret.file.as_ref().filter(|_| secret.value.is_none()) else { continue };
        match read_secret(path) {
            Ok(text) => {
                *secret.value = Some(text);
                *secret.file = None;
            }
            Err(what) => {
                let what = format!("`{}`: {what}", path.display());
                problems.push(Problem { place: format!("{}_file", secret.name), what, hint: None });
            }
        }
    }
    checked(config, problems)
}

/// Reads a file's text (its name is for messages), and variables over it. Opens nothing.
pub fn parse(file: Option<(&str, &str)>, variables: &Variables) -> Result<Config, ConfigError> {
    match settle(file, variables)? {
        (Some(config), problems) => checked(config, problems),
        (None, problems) => Err(ConfigError { problems }),
    }
}

fn checked(config: Config, mut problems: Vec<Problem>) -> Result<Config, ConfigError> {
    if let Err(error) = config.check() {
        problems.extend(error.problems);
    }
    if problems.is_empty() { Ok(config) } else { Err(ConfigError { problems }) }
}

/// Every setting in its place, and what is wrong with single ones. No tree where they do not fit together.
fn settle(
    file: Option<(&str, &str)>,
    variables: &Variables,
) -> Result<(Option<Config>, Vec<Problem>), ConfigError> {
    let mut problems = Vec::new();
    let mut tree = Table::new();
    let of_file = file.map(|(name, text)| settings::of_file(name, text)).transpose()?.unwrap_or_default();
    for setting in of_file.into_iter().chain(settings::of_environment(variables)) {
        match setting.settle(try_alone) {
            Ok((path, value)) => settings::insert(&mut tree, &path, value),
            Err(problem) => problems.push(problem),
        }
    }
    match Config::deserialize(tree) {
        Ok(config) => return Ok((Some(config), problems)),
        // each setting was right alone: only the same key as table and as value can come here
        Err(error) if problems.is_empty() => problems.push(Problem {
            place: file.map_or("environment", |(name, _)| name).to_owned(),
            what: error.message().to_owned(),
            hint: None,
        }),
        Err(_) => {}
    }
    Ok((None, problems))
}

/// Whether this setting is right over the defaults.
fn try_alone(path: &[String], value: &toml::Value) -> Result<(), String> {
    let mut tree = Table::new();
    settings::insert(&mut tree, path, value.clone());
    Config::deserialize(tree).map(drop).map_err(|error| error.message().to_owned())
}

fn read_secret(path: &Path) -> Result<SecretString, String> {
    read_text(path, MAX_SECRET_BYTES).map(|text| SecretString::from(text.trim_end()))
}

fn read_text(path: &Path, limit: u64) -> Result<String, String> {
    // asked before opening: opening a pipe would wait for its writer
    let found = path.metadata().map_err(|error| match error.kind() {
        ErrorKind::NotFound => "no such file".to_owned(),
        _ => error.to_string(),
    })?;
    if !found.is_file() {
        return Err("not a regular file".into());
    }
    let file = File::open(path).map_err(|error| error.to_string())?;
    let mut text = String::new();
    file.take(limit + 1).read_to_string(&mut text).map_err(|error| error.to_string())?;
    if text.len() as u64 > limit { Err(format!("file exceeds {limit} bytes")) } else { Ok(text) }
}

#[cfg(test)]
mod tests;
