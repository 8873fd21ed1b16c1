//! What the environment tells, read once.

use std::{fs::File, path::PathBuf, sync::LazyLock};

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Fault {
    step: String,
    text: String,
    action: Action,
    times: u32,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Action {
    Crash,
    Panic,
    Skip,
}

#[expect(clippy::disallowed_methods, reason = "not part of a release, so no setting of an operator's")]
static TOLD: LazyLock<(Vec<Fault>, Option<PathBuf>)> = LazyLock::new(|| {
    let faults = std::env::var("GLEANER_FAULTS").unwrap_or_default();
    let faults = faults.split(',').filter(|one| !one.is_empty());
    let faults = faults.map(|one| parse(one).unwrap_or_else(|| panic!("GLEANER_FAULTS: `{one}`"))).collect();
    (faults, std::env::var_os("GLEANER_FAULTS_DIR").map(PathBuf::from))
});

fn parse(written: &str) -> Option<Fault> {
    let (place, action) = written.split_once('=')?;
    let (step, text) = place.split_once('@').unwrap_or((place, ""));
    let (action, times) = action.split_once('*').unwrap_or((action, "1"));
    let action = match action {
        "crash" => Action::Crash,
        "panic" => Action::Panic,
        "skip" => Action::Skip,
        _ => return None,
    };
    Some(Fault { step: step.to_owned(), text: text.to_owned(), action, times: times.parse().ok()? })
}

pub(super) fn at(part: &str, step: &str, subject: &str) {
    let (faults, dir) = &*TOLD;
    let here = |fault: &&Fault| fault.step.split_once('.') == Some((part, step));
    for fault in faults.iter().filter(here).filter(|fault| subject.contains(&fault.text)) {
        if fault.action == Action::Skip || !comes(fault, dir.as_ref()) {
            continue;
        }
        match fault.action {
            // no destructor runs and nothing is flushed, as by a kill
            Action::Crash => std::process::abort(),
            Action::Panic => panic!("as told at {part}.{step}"),
            Action::Skip => {}
        }
    }
}

pub(super) fn skips(step: &str) -> bool {
    let (faults, dir) = &*TOLD;
    let told = faults.iter().find(|fault| fault.step == step && fault.action == Action::Skip);
    if let Some(fault) = told {
        comes(fault, dir.as_ref());
    }
    told.is_some()
}

/// Takes one of the fault's times, if one is left.
fn comes(fault: &Fault, dir: Option<&PathBuf>) -> bool {
    let Some(dir) = dir else { return true };
    let mark = |time: u32| dir.join(format!("{}.{time}", fault.step));
    (1..=fault.times).any(|time| File::create_new(mark(time)).is_ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn faults_are_read_as_they_are_written() {
        let fault = |step: &str, text: &str, action, times| {
            Some(Fault { step: step.into(), text: text.into(), action, times })
        };
        assert_eq!(parse("crawl.ran=crash"), fault("crawl.ran", "", Action::Crash, 1));
        assert_eq!(parse("crawl.run@/bad=panic*100"), fault("crawl.run", "/bad", Action::Panic, 100));
        assert_eq!(parse("fence=skip"), fault("fence", "", Action::Skip, 1));
        for wrong in ["crawl.ran", "a=explode", "a=crash*x"] {
            assert_eq!(parse(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn a_fault_comes_as_often_as_it_is_told_to() {
        let dir = tempfile::tempdir().unwrap();
        let fault = parse("step=crash*2").unwrap();
        let path = dir.path().to_path_buf();
        let came: Vec<bool> = (0..4).map(|_| comes(&fault, Some(&path))).collect();
        assert_eq!(came, [true, true, false, false]);
        assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 2);
    }
}
