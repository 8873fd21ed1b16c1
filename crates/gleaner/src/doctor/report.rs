//! What the check-up found, for people and for programs.

use std::{
    fmt::Display,
    io::{self, Write},
};

use serde_json::{Value, json};

use crate::exit::Outcome;

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Verdict {
    Ok,
    /// A fact; nobody needs to act.
    Note,
    /// Somebody should look.
    Warn,
    /// Work stands still, or will.
    Bad,
}

impl Verdict {
    fn as_str(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Note => "note",
            Self::Warn => "warn",
            Self::Bad => "bad",
        }
    }
}

/// One thing that was looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Check {
    pub(crate) name: String,
    pub(crate) verdict: Verdict,
    /// One line.
    pub(crate) found: String,
    /// What to do next.
    pub(crate) hint: Option<String>,
}

impl Check {
    pub(crate) fn ok(name: impl Into<String>, found: impl Display) -> Self {
        Self::new(name, Verdict::Ok, found, None)
    }

    pub(crate) fn note(name: impl Into<String>, found: impl Display) -> Self {
        Self::new(name, Verdict::Note, found, None)
    }

    pub(crate) fn warn(name: impl Into<String>, found: impl Display, hint: impl Into<String>) -> Self {
        Self::new(name, Verdict::Warn, found, Some(hint.into()))
    }

    pub(crate) fn bad(name: impl Into<String>, found: impl Display, hint: impl Into<String>) -> Self {
        Self::new(name, Verdict::Bad, found, Some(hint.into()))
    }

    fn new(name: impl Into<String>, verdict: Verdict, found: impl Display, hint: Option<String>) -> Self {
        // servers may answer in several lines
        let found = found.to_string().split_whitespace().collect::<Vec<_>>().join(" ");
        Self { name: name.into(), verdict, found, hint }
    }
}

/// Every check, in the order in which it is read.
#[derive(Debug, Default)]
pub(crate) struct Report {
    pub(crate) checks: Vec<Check>,
    /// A server that workers need cannot be used.
    pub(crate) unusable: bool,
}

impl Report {
    /// The worst of all; notes are none.
    pub(crate) fn verdict(&self) -> Verdict {
        let worst = self.checks.iter().map(|check| check.verdict).max();
        worst.filter(|worst| *worst > Verdict::Note).unwrap_or(Verdict::Ok)
    }

    pub(crate) fn outcome(&self) -> Outcome {
        match self.verdict() {
            _ if self.unusable => Outcome::Unusable,
            Verdict::Bad => Outcome::Refused,
            _ => Outcome::Completed,
        }
    }

    /// `{"checks":[{name,verdict,found,hint}],"verdict":…}`
    pub(crate) fn json(&self) -> Value {
        let check = |check: &Check| {
            json!({
                "name": check.name,
                "verdict": check.verdict.as_str(),
                "found": check.found,
                "hint": check.hint,
            })
        };
        json!({
            "checks": self.checks.iter().map(check).collect::<Vec<_>>(),
            "verdict": self.verdict().as_str(),
        })
    }

    /// A line for each check, with what to do below it.
    pub(crate) fn write(&self, to: &mut impl Write) -> io::Result<()> {
        let width = self.checks.iter().map(|check| check.name.len()).max().unwrap_or(0);
        for Check { name, verdict, found, hint } in &self.checks {
            writeln!(to, "{:<4}  {name:<width$}  {found}", verdict.as_str())?;
            if let Some(hint) = hint {
                writeln!(to, "{:<4}  {:<width$}  -> {hint}", "", "")?;
            }
        }
        Ok(())
    }

    /// How many of each that somebody has to act on.
    pub(crate) fn summary(&self) -> String {
        let count = |verdict| self.checks.iter().filter(|check| check.verdict == verdict).count();
        let (bad, warn) = (count(Verdict::Bad), count(Verdict::Warn));
        format!(
            "{}: {bad} bad and {warn} warned of, in {} checks",
            self.verdict().as_str(),
            self.checks.len()
        )
    }
}
