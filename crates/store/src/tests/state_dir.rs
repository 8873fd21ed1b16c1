use crate::{StateDir, StateDirError};

#[test]
fn a_second_opener_is_told_who_holds_the_directory() {
    let parent = tempfile::tempdir().unwrap();
    let path = parent.path().join("state");
    let held = StateDir::open(&path).unwrap();
    let Err(error) = StateDir::open(&path) else { panic!("two hold the directory") };
    assert!(matches!(error, StateDirError::Held { .. }), "{error:?}");
    let told = error.to_string();
    assert!(told.contains(&format!("process {}", std::process::id())), "{told}");
    assert!(told.contains(&path.display().to_string()), "{told}");
    drop(held);
    StateDir::open(&path).unwrap();
}

#[test]
fn truth_and_evidence_are_two_files_in_the_directory() {
    let parent = tempfile::tempdir().unwrap();
    let path = parent.path().join("deep").join("state");
    let state = StateDir::open(&path).unwrap();
    assert_eq!(state.truth().parent(), Some(path.as_path()));
    assert_eq!(state.evidence().parent(), Some(path.as_path()));
    assert_ne!(state.truth(), state.evidence());
}

#[test]
fn a_path_that_is_no_directory_is_refused() {
    let parent = tempfile::tempdir().unwrap();
    let path = parent.path().join("file");
    std::fs::write(&path, "").unwrap();
    let outcome = StateDir::open(&path);
    assert!(matches!(outcome, Err(StateDirError::Io { .. })), "{outcome:?}");
}

#[cfg(unix)]
#[test]
fn the_directory_is_for_its_owner_alone() {
    use std::os::unix::fs::PermissionsExt;

    let parent = tempfile::tempdir().unwrap();
    let path = parent.path().join("state");
    let _held = StateDir::open(&path).unwrap();
    assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o700);
}
