use std::{collections::BTreeSet, fs};

use gleaner_contract::ContentHash;

use super::{IndexRow, Writer, cited, read_index, read_page};
use crate::testing::{BODY, HTML, Shop, URL, add, blank};

fn rows(shop: &Shop) -> Vec<IndexRow> {
    read_index(shop.bundle()).expect("an index").map(|row| row.expect("a row")).collect()
}

#[test]
fn each_cited_page_is_named_once_with_its_addresses() {
    let record = Shop::new().record;
    let mut other = record.clone();
    for field in other.fields.values_mut() {
        field.evidence.iter_mut().for_each(|evidence| evidence.url = "https://shop.example/other".into());
    }
    let cited = cited(&[record, other, blank("x")]);
    let urls = BTreeSet::from([URL.to_owned(), "https://shop.example/other".to_owned()]);
    assert_eq!(Vec::from_iter(cited), [(ContentHash::of(BODY.as_bytes()), urls)]);
}

#[test]
fn a_page_lies_under_its_hash() {
    let shop = Shop::new();
    let hash = ContentHash::of(BODY.as_bytes());
    assert_eq!(read_page(shop.bundle(), &hash).expect("a page"), BODY.as_bytes());
    let row = rows(&shop).remove(0);
    assert_eq!((row.hash, row.url.as_str(), row.bytes), (hash, URL, BODY.len() as u64));
    assert_eq!((row.file, row.content_type.as_deref()), (format!("{}.bin", hash.hex()), Some(HTML)));
}

#[test]
fn a_bundle_is_added_to_and_tells_each_page_once() {
    let shop = Shop::new();
    let mut writer = Writer::open(shop.bundle()).expect("a bundle");
    add(&mut writer, URL, "<p>another page</p>");
    let urls = BTreeSet::from([URL.to_owned()]);
    let hash = ContentHash::of(BODY.as_bytes());
    writer.add(hash, Some("text/html"), &urls, BODY.as_bytes()).expect("writable");
    writer.finish().expect("writable");
    let rows = rows(&shop);
    assert_eq!(rows.len(), 2);
    let row = rows.iter().find(|row| row.hash == hash).expect("the first page is still there");
    assert_eq!(row.content_type.as_deref(), Some("text/html"), "as it came last");
}

#[test]
fn nothing_half_written_is_left() {
    let shop = Shop::new();
    let names =
        fs::read_dir(shop.bundle()).expect("a directory").map(|entry| entry.expect("an entry").file_name());
    assert!(names.into_iter().all(|name| !name.to_string_lossy().ends_with("partial")));
}

#[test]
fn a_directory_with_a_broken_index_is_not_added_to() {
    let dir = tempfile::tempdir().expect("a temporary directory");
    fs::write(dir.path().join("index.jsonl"), "{").expect("writable");
    assert!(Writer::open(dir.path()).is_err());
}
