//! What is wrong with a bundle fails, and nothing outside of it is read.

use std::{fs, path::Path};

use gleaner_contract::ContentHash;
use serde_json::{Value, json};

use super::super::{Report, Unusable, verify, verify_lines};
use crate::{
    bundle::Writer,
    testing::{BODY, Shop, URL, add},
};

fn verified(spoil: impl FnOnce(&Shop)) -> Report {
    let shop = Shop::new();
    spoil(&shop);
    verify(std::slice::from_ref(&shop.record), shop.bundle()).expect("the bundle has an index")
}

/// Everything fails, for this reason.
#[track_caller]
fn check(spoil: impl FnOnce(&Shop), what: &str) {
    let report = verified(spoil);
    assert_eq!(report.failures.len(), report.quotes, "{:#?}", report.failures);
    assert!(report.failures.iter().all(|failure| failure.what.contains(what)), "{:#?}", report.failures);
}

fn rows(dir: &Path) -> Vec<Value> {
    let index = fs::read_to_string(dir.join("index.jsonl")).expect("an index");
    index.lines().map(|line| serde_json::from_str(line).expect("a row")).collect()
}

fn write_rows(dir: &Path, rows: &[Value]) {
    let index: String = rows.iter().map(|row| format!("{row}\n")).collect();
    fs::write(dir.join("index.jsonl"), index).expect("the bundle is writable");
}

fn with_row(change: impl FnOnce(&mut Value)) -> impl FnOnce(&Shop) {
    |shop| {
        let mut rows = rows(shop.bundle());
        change(&mut rows[0]);
        write_rows(shop.bundle(), &rows);
    }
}

#[test]
fn a_page_that_is_not_there_fails() {
    check(|shop| fs::remove_file(shop.page()).expect("it is there"), "No such file");
    check(|shop| write_rows(shop.bundle(), &[]), "is not in the bundle");
    check(with_row(|row| row["url"] = json!("https://shop.example/saw")), "was not read from");
}

#[test]
fn an_index_that_names_a_file_elsewhere_fails() {
    let outside = tempfile::NamedTempFile::new().expect("a temporary file");
    fs::write(&outside, BODY).expect("it is writable");
    let absolute = outside.path().display().to_string();
    for file in ["../page.bin", "/etc/hostname", absolute.as_str(), "", ".", "index.jsonl"] {
        check(with_row(|row| row["file"] = json!(file)), "the bundle's index looks for page");
    }
}

#[test]
fn a_page_that_is_a_link_or_a_directory_is_not_read() {
    let elsewhere = tempfile::NamedTempFile::new().expect("a temporary file");
    fs::write(&elsewhere, BODY).expect("it is writable");
    for target in [elsewhere.path(), Path::new("/dev/zero")] {
        check(
            |shop| {
                fs::remove_file(shop.page()).expect("it is there");
                std::os::unix::fs::symlink(target, shop.page()).expect("links can be made");
            },
            "is no plain file",
        );
    }
    check(
        |shop| {
            fs::remove_file(shop.page()).expect("it is there");
            fs::create_dir(shop.page()).expect("directories can be made");
        },
        "is no plain file",
    );
}

#[test]
fn another_length_than_the_index_tells_fails() {
    check(with_row(|row| row["bytes"] = json!(BODY.len() - 1)), "other bytes");
    check(|shop| fs::write(shop.page(), &BODY[..BODY.len() - 1]).expect("writable"), "other bytes");
    check(|shop| fs::write(shop.page(), "").expect("writable"), "other bytes");
}

#[test]
fn an_index_that_tells_a_page_twice_holds_only_when_both_agree() {
    let again = |change: fn(&mut Value)| {
        verified(|shop| {
            let mut rows = rows(shop.bundle());
            let mut row = rows[0].clone();
            change(&mut row);
            rows.push(row);
            write_rows(shop.bundle(), &rows);
        })
    };
    assert!(again(|_| {}).holds());
    assert!(again(|row| row["url"] = json!("https://shop.example/other")).holds());
    for change in [
        (|row| row["contentType"] = json!("text/plain")) as fn(&mut Value),
        |row| row["bytes"] = json!(1),
        |row| row["file"] = json!("../x"),
    ] {
        let report = again(change);
        assert_eq!(report.failures.len(), 1, "{:#?}", report.failures);
        assert!(report.failures[0].what.contains("tells two things of page"), "{:#?}", report.failures);
    }
}

#[test]
fn a_page_is_read_as_the_type_that_its_own_address_gave() {
    let latin =
        "<html><body><h1>Stra\u{df}e</h1></body></html>".chars().map(|c| c as u8).collect::<Vec<u8>>();
    let hash = ContentHash::of(&latin);
    let dir = tempfile::tempdir().expect("a temporary directory");
    let mut writer = Writer::open(dir.path()).expect("new");
    for (url, charset) in [("https://a.example/", "utf-8"), (URL, "iso-8859-1")] {
        let urls = [url.to_owned()].into();
        writer.add(hash, Some(&format!("text/html; charset={charset}")), &urls, &latin).expect("writable");
    }
    writer.finish().expect("writable");
    let mut record = crate::testing::blank("42");
    let evidence = gleaner_contract::Evidence {
        quote: "Straße".into(),
        capture: hash,
        start: 0,
        end: 6,
        ..Shop::new().record.fields["/name"].evidence[0].clone()
    };
    record.data.insert("street".into(), json!("Straße"));
    record.fields.insert("/street".into(), crate::testing::supported(None, evidence));
    let report = verify(&[record], dir.path()).expect("a bundle");
    assert!(report.holds(), "{:#?}", report.failures);
}

#[test]
fn a_line_of_the_index_that_is_no_row_fails_by_its_number() {
    for line in ["{", "[]", "\u{0}", r#"{"hash":"blake3:00","url":"u","bytes":1,"file":"f"}"#] {
        let report = verified(|shop| {
            let index = shop.bundle().join("index.jsonl");
            let whole = fs::read_to_string(&index).expect("an index");
            fs::write(index, format!("{whole}{line}\n")).expect("writable");
        });
        assert_eq!(report.failures.len(), 1, "{:#?}", report.failures);
        assert!(report.failures[0].what.contains("line 2"), "{:#?}", report.failures);
    }
}

#[test]
fn more_pages_than_are_kept_in_memory_are_all_checked() {
    let shop = Shop::new();
    let mut writer = Writer::open(shop.bundle()).expect("a bundle");
    let mut records = Vec::new();
    for number in 0..100 {
        let body = BODY.replace("<p>Only", &format!("<p>{number:03} Only"));
        add(&mut writer, URL, &body);
        let mut record = shop.record.clone();
        let only_name = |key: &str| key == "/name";
        record.data.retain(|name, _| name == "name");
        record.fields.retain(|key, _| only_name(key));
        for field in record.fields.values_mut() {
            field.evidence[0].capture = ContentHash::of(body.as_bytes());
        }
        records.push(record);
    }
    writer.finish().expect("writable");
    records.extend(records.clone());
    let report = verify(&records, shop.bundle()).expect("a bundle");
    assert!(report.holds(), "{:#?}", report.failures);
    assert_eq!(report.quotes, 200);
}

#[test]
fn a_line_that_is_no_record_is_a_failure_and_the_others_are_checked() {
    let shop = Shop::new();
    let good = serde_json::to_string(&shop.record).expect("a record");
    let lines = [good.as_bytes(), b"{}", b"\xff\xfe", b"", good.as_bytes()].join(&b'\n');
    let report = verify_lines(lines.as_slice(), shop.bundle()).expect("a bundle");
    assert_eq!((report.records, report.failures.len()), (2, 2), "{:#?}", report.failures);
    assert!(report.failures[1].what.contains("line 3"), "{:#?}", report.failures);
}

#[test]
fn unknown_keys_of_a_record_are_passed_over() {
    let shop = Shop::new();
    let mut record = serde_json::to_value(&shop.record).expect("a record");
    record["more"] = json!({ "a": 1 });
    record["fields"]["/name"]["more"] = json!([1]);
    record["fields"]["/name"]["evidence"][0]["more"] = json!("x");
    let report = verify_lines(record.to_string().as_bytes(), shop.bundle()).expect("a bundle");
    assert!(report.holds() && report.records == 1, "{:#?}", report.failures);
}

#[test]
fn a_directory_without_an_index_is_no_bundle() {
    let dir = tempfile::tempdir().expect("a temporary directory");
    assert!(matches!(verify_lines(&b""[..], dir.path()), Err(Unusable::Bundle(_))));
}
