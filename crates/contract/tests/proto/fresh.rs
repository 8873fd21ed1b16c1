use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::Path,
};

use gleaner_contract::{CrawlTask, ExtractTask, Report, proto};

use crate::proto_dir;

fn generated(dir: &Path, below: &str, found: &mut BTreeSet<String>) {
    for entry in fs::read_dir(dir).unwrap().map(Result::unwrap) {
        let name = entry.file_name().into_string().unwrap();
        if entry.file_type().unwrap().is_dir() {
            generated(&entry.path(), &format!("{below}{name}/"), found);
        } else if name != "README.md" {
            found.insert(format!("{below}{name}"));
        }
    }
}

#[test]
fn schemas_and_goldens_are_what_the_code_makes_now() {
    for file in proto::files() {
        let stored = fs::read(proto_dir().join(&file.path)).unwrap_or_default();
        assert!(stored == file.bytes, "proto/{} is stale or missing: run `just proto`", file.path);
    }
}

#[test]
fn nothing_lies_in_proto_that_the_code_does_not_make() {
    let mut found = BTreeSet::new();
    generated(&proto_dir(), "", &mut found);
    let made: BTreeSet<String> = proto::files().into_iter().map(|file| file.path).collect();
    let stray: Vec<_> = found.difference(&made).collect();
    assert!(stray.is_empty(), "no code makes these files of proto/ any more: {stray:?}");
}

#[test]
fn every_format_has_a_name_of_its_own_and_a_golden() {
    let mut names = BTreeMap::new();
    for format in proto::formats() {
        assert!(!format.goldens.is_empty(), "{}", format.name);
        for golden in format.goldens {
            assert_eq!(names.insert(golden.name.clone(), format.name), None, "{}", golden.name);
        }
    }
    for message in [CrawlTask::TYPE, ExtractTask::TYPE, Report::TYPE] {
        assert!(names.values().any(|name| *name == message), "{message}");
    }
}

#[test]
fn generated_text_is_sorted_and_ends_with_one_line_break() {
    for file in proto::files().iter().filter(|file| !file.path.ends_with(".msgpack")) {
        let text = std::str::from_utf8(&file.bytes).unwrap();
        let mut sorted: serde_json::Value = serde_json::from_str(text).unwrap();
        sorted.sort_all_objects();
        assert_eq!(text, format!("{}\n", serde_json::to_string_pretty(&sorted).unwrap()), "{}", file.path);
    }
}
