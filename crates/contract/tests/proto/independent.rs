//! Python's msgpack decodes every golden, strictly, and must see what the JSON beside it says.

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Output},
};

use crate::proto_dir;

const READER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/proto/reader.py");

/// Debian's Python first: its packages are not those of another Python on PATH.
fn python() -> &'static str {
    let reads = |python: &&str| {
        let tried = Command::new(python).args(["-c", "import msgpack"]).output();
        tried.is_ok_and(|output| output.status.success())
    };
    ["/usr/bin/python3", "python3"].into_iter().find(reads).expect(
        "this test needs a python3 with the module msgpack: scripts/test installs it, or `apt-get install python3-msgpack`",
    )
}

fn read(dir: &Path) -> Output {
    Command::new(python()).arg(READER).arg(dir).output().unwrap()
}

fn told(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

#[test]
fn an_independent_reader_sees_in_each_golden_what_its_json_says() {
    let output = read(&proto_dir().join("golden/v1"));
    assert!(output.status.success(), "{}", told(&output));
    let goldens: usize = gleaner_contract::proto::formats().iter().map(|format| format.goldens.len()).sum();
    assert_eq!(told(&output).trim(), format!("{goldens} goldens read"));
}

/// A folder with one golden and these bytes in its place.
fn folder(name: &str, bytes: &[u8], json: &str) -> PathBuf {
    let dir = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    fs::create_dir_all(&dir).unwrap();
    fs::write(dir.join("golden.msgpack"), bytes).unwrap();
    fs::write(dir.join("golden.json"), json).unwrap();
    dir
}

fn check(name: &str, bytes: &[u8], json: &str, expected: bool) {
    let output = read(&folder(name, bytes, json));
    assert_eq!(output.status.success(), expected, "{name}: {}", told(&output));
}

#[test]
fn the_independent_reader_refuses_what_differs() {
    check("equal", b"\x81\xa1a\x01", r#"{"a": 1}"#, true);
    check("bytes", b"\x81\xa1a\xc4\x02\x00\xff", r#"{"a": {"$bytes": "00ff"}}"#, true);
    check("text-for-bytes", b"\x81\xa1a\xa200", r#"{"a": {"$bytes": "3030"}}"#, false);
    check("other-number", b"\x81\xa1a\x02", r#"{"a": 1}"#, false);
    check("integer-for-float", b"\x81\xa1a\x01", r#"{"a": 1.0}"#, false);
    check("true-for-one", b"\x81\xa1a\xc3", r#"{"a": 1}"#, false);
    check("more", b"\x82\xa1a\x01\xa1b\x01", r#"{"a": 1}"#, false);
    check("less", b"\x80", r#"{"a": 1}"#, false);
    check("key-is-no-text", b"\x81\x01\x01", r#"{"1": 1}"#, false);
    check("key-twice", b"\x82\xa1a\x01\xa1a\x01", r#"{"a": 1}"#, false);
    check("trailing", b"\x81\xa1a\x01\xc0", r#"{"a": 1}"#, false);
    check("truncated", b"\x81\xa1a", r#"{"a": 1}"#, false);
    check("list-for-map", b"\x91\x01", r#"{"a": 1}"#, false);
}
