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
