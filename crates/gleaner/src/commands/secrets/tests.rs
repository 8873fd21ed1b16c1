use super::*;

fn files(dir: &Path) -> Vec<(String, String)> {
    let mut found = Vec::new();
    for folder in fs::read_dir(dir).unwrap() {
        for file in fs::read_dir(folder.unwrap().path()).unwrap() {
            let path = file.unwrap().path();
            assert_eq!(path.metadata().unwrap().permissions().mode() & 0o777, READABLE);
            found.push((path.display().to_string(), fs::read_to_string(&path).unwrap()));
        }
    }
    found.sort();
    found
}

#[test]
fn secrets_are_made_once_and_kept() {
    let dir = tempfile::tempdir().unwrap();
    init(dir.path()).unwrap();
    let made = files(dir.path());
    assert_eq!(made.len(), 9, "{made:?}");
    init(dir.path()).unwrap();
    assert_eq!(files(dir.path()), made);
    let keys = Keys::parse(&fs::read_to_string(dir.path().join("keys/api_keys")).unwrap()).unwrap();
    let key = fs::read_to_string(dir.path().join(API_KEY)).unwrap();
    assert_eq!(keys.caller(key.trim()).unwrap().tenant, Tenant::local());
    assert!(!fs::read_to_string(dir.path().join("keys/api_keys")).unwrap().contains(key.trim()));
}

#[test]
fn no_two_deployments_share_a_secret() {
    let (one, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    for dir in [&one, &other] {
        init(dir.path()).unwrap();
    }
    for name in ["broker/password", "cache/password", "database/password", API_KEY] {
        let read = |dir: &tempfile::TempDir| fs::read_to_string(dir.path().join(name)).unwrap();
        assert_ne!(read(&one), read(&other));
    }
}

#[test]
fn keys_that_others_have_stay_when_the_first_is_made_anew() {
    let dir = tempfile::tempdir().unwrap();
    init(dir.path()).unwrap();
    let other = Keys::generate(&Tenant("other".into()), "theirs").unwrap();
    let read = || fs::read_to_string(dir.path().join(KEYS)).unwrap();
    write_anew(dir.path(), KEYS, &format!("{}{}\n", read(), other.line)).unwrap();
    fs::remove_file(dir.path().join(API_KEY)).unwrap();
    init(dir.path()).unwrap();
    let keys = Keys::parse(&read()).unwrap();
    assert_eq!(keys.caller(&other.key).unwrap().tenant.0, "other");
    let first = fs::read_to_string(dir.path().join(API_KEY)).unwrap();
    assert_eq!(keys.caller(first.trim()).unwrap().tenant, Tenant::local());
}

#[test]
fn the_first_key_is_let_in_again_when_the_list_was_lost_and_not_when_it_was_taken_out() {
    let dir = tempfile::tempdir().unwrap();
    init(dir.path()).unwrap();
    let first = fs::read_to_string(dir.path().join(API_KEY)).unwrap();
    let known = || {
        let keys = Keys::parse(&fs::read_to_string(dir.path().join(KEYS)).unwrap()).unwrap();
        keys.caller(first.trim()).is_some()
    };
    fs::remove_file(dir.path().join(KEYS)).unwrap();
    init(dir.path()).unwrap();
    assert!(known());
    write_anew(dir.path(), KEYS, "# nobody\n").unwrap();
    init(dir.path()).unwrap();
    assert!(!known());
}
