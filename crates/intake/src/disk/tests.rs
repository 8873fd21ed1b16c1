use std::fs;

use proptest::prelude::*;

use super::*;
use crate::testing::{MemoryFiles, check_lines, options_as, read_all};

#[test]
fn what_a_file_refers_to_is_relative_to_it() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = |name: &str| folder.path().join(name);
    fs::write(path("s.json"), r#"{"properties": {"a": {}}}"#).expect("written");
    fs::write(path("c.csv"), "id,url\n1,a.example\n").expect("written");
    fs::write(path("t.toml"), "schema = 's.json'\nfrom = { csv = 'c.csv' }\n").expect("written");
    let intake = from_path(&path("t.toml"), &Options::default()).expect("right");
    assert_eq!(intake.submission.targets[0].schema.name, "s");

    let choice = Some(SchemaChoice::File(path("s.json")));
    let options = Options { schema: choice, ..Options::default() };
    let csv = path("c.csv").to_string_lossy().into_owned();
    let both = from_inputs(&[csv.as_str(), "b.example/x", "b.example/x"], &options).expect("right");
    let ids: Vec<_> = both.submission.targets.iter().map(|target| target.id.as_str()).collect();
    assert_eq!(ids, ["1", "https://b.example/x", "https://b.example/x#2"]);
    let again = from_inputs(&[csv.as_str(), csv.as_str()], &options).expect("right");
    assert_eq!(again.rejected[0].message, format!("the id `1` is taken by {csv}:2"));
}

#[test]
fn urls_need_a_schema_and_bad_ones_are_rejected() {
    let error = from_urls(&["https://a.example/"], &Options::default()).expect_err("refused");
    check_lines(&error.to_string(), &["command line: no schema says which fields are wanted"]);
    let intake = from_urls(&["https://a.example/#x", "nope"], &options_as("product")).expect("right");
    assert_eq!(intake.submission.targets[0].id, "https://a.example/");
    assert_eq!(intake.rejected[0].message, "`nope` is not a URL");
    assert_eq!(intake.rejected[0].columns, [("url".to_owned(), "nope".to_owned())]);
}

#[test]
fn a_schema_of_the_caller_that_is_none_is_refused() {
    let error = from_urls(&["a.example"], &options_as("produkt")).expect_err("refused");
    check_lines(
        &error.to_string(),
        &["command line: unknown schema `produkt`", "hint: did you mean `product`?"],
    );
}

#[test]
fn files_that_cannot_be_read_are_named() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = |name: &str| folder.path().join(name);
    fs::create_dir(path("d.toml")).expect("made");
    fs::write(path("x.txt"), "").expect("written");
    for (name, said) in [
        ("none.toml", "could not read the file: no such file"),
        ("none.xls", "could not read the file: no such file"),
        ("d.toml", "could not read the file: is a directory"),
        (".", "could not read the file: is a directory"),
        ("x.txt", "the file's form is not known by its extension"),
    ] {
        let error = from_path(&path(name), &Options::default()).expect_err("refused");
        assert_eq!(error.problems[0].what, said);
    }
    fs::write(path("big.csv"), "id,url\n").expect("written");
    let mut options = options_as("product");
    options.limits.file_bytes = 3;
    let error = from_path(&path("big.csv"), &options).expect_err("refused");
    assert_eq!(error.problems[0].what, "could not read the file: file exceeds 3 bytes");
    assert_eq!(error.problems[0].hint.as_deref(), Some("split it, and run the parts one after the other"));
}

/// Checks whether an input that is not there is taken for a file.
fn check_input(input: &str, is_file: bool) {
    let told = match from_inputs(&[input], &options_as("product")) {
        Ok(intake) => format!("{:?}", intake.submission.targets),
        Err(error) => error.to_string(),
    };
    assert_eq!(told.contains("no such file"), is_file, "{input}: {told}");
}

#[test]
fn a_mistyped_file_name_is_no_host() {
    for file in [
        "companies.xls",
        "no-such.XLSX",
        "./missing.xlsx",
        "../x",
        "/no/such",
        "~/x",
        "a\\b",
        "data/list.txt",
        "no-such.csv",
        "x/none.json",
    ] {
        check_input(file, true);
    }
    for url in [
        "shop.example",
        "shop.example/42",
        "shop.example/feed.xml",
        "//shop.example/x",
        "https://a.example/x.csv",
    ] {
        check_input(url, false);
    }
}

#[test]
fn a_schema_of_the_command_line_is_looked_for_in_the_working_directory() {
    for choice in [SchemaChoice::File("no-such.json".into()), SchemaChoice::Named("./no-such.json".into())] {
        let options = Options { schema: Some(choice), ..Options::default() };
        let error = from_urls(&["a.example"], &options).expect_err("refused").to_string();
        assert!(error.contains("paths are relative to the working directory"), "{error}");
    }
}

const FORMATS: [Format; 4] = [Format::Toml, Format::Json, Format::JsonLines, Format::Csv];
const SEEDS: [&str; 4] = [
    "schema = \"product\"\nbudget = { urls = 10, money = \"0.05 USD\" }\nfields.w = { type = \"number\", unit = \"kg\" }\n\
     from = { csv = \"c.csv\", url = \"w\" }\n[[targets]]\nid = 42\nurls = [\"a.example\"]\nknown = { sku = \"x\" }\n",
    "{\"schema\": \"product\", \"targets\": [{\"id\": \"\\u00e9\", \"urls\": [\"https://a.example/\"], \"scope\": {}}]}",
    "{\"id\": 1, \"schema\": \"c.json\", \"country\": \"DE\"}\n{\"budget\": {\"urls\": 1e3}}\n",
    "\u{feff}id;name;url\n1;\"a;\"\"b\";x.example|y.example\n\n2;;\n",
];

fn read_anything(bytes: &[u8]) {
    let files =
        MemoryFiles::of(&[("c.csv", "id,w\n1,a.example\n"), ("c.json", "{\"properties\":{\"a\":{}}}")]);
    for format in FORMATS {
        let read = read_all(format, bytes, &files, &options_as("product"));
        if let Ok(intake) = &read {
            let mut ids: Vec<_> = intake.submission.targets.iter().map(|target| &target.id).collect();
            ids.sort();
            ids.dedup();
            assert_eq!(ids.len(), intake.submission.targets.len(), "ids are unique");
            crate::write_rejected_csv(&intake.rejected, Vec::new()).expect("memory takes all");
        }
    }
}

proptest! {
    #[test]
    fn no_bytes_make_it_panic(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        read_anything(&bytes);
    }

    #[test]
    fn no_damaged_sample_makes_it_panic(
        seed in 0..SEEDS.len(),
        edits in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>(), 0..3_u8), 1..8),
    ) {
        let mut bytes = SEEDS[seed].as_bytes().to_vec();
        for (index, byte, kind) in edits {
            let at = index.index(bytes.len());
            match kind {
                0 => bytes[at] = byte,
                1 => bytes.insert(at, byte),
                _ if bytes.len() > 1 => { bytes.remove(at); }
                _ => {}
            }
        }
        read_anything(&bytes);
    }
}
