//! What is wrong with a record fails, whatever the bundle holds.

use gleaner_contract::{FieldReason, FieldState, Layer};
use serde_json::{Value, json};

use super::{check, check_holds, evidence, field, set, verified};
use crate::testing::{self, Shop, missing, supported};

#[test]
fn a_true_record_holds() {
    let report = check_holds(|_| {});
    assert_eq!((report.records, report.values, report.quotes, report.moved), (1, 15, 17, 0));
}

#[test]
fn a_changed_value_fails() {
    for (name, value) in [
        ("name", json!("Acme Drill 20V")),
        ("name", json!("acme drill 18v")),
        ("name", json!("Acme  Drill 18V")),
        ("name", json!("cme Drill 18V")),
        ("name", json!("Acme Drill 18V ")),
        ("name", json!("")),
        ("name", json!({ "text": "Acme Drill 18V" })),
        ("title", json!("Acme “Drill” 18V")),
        ("price", json!("128.00")),
        ("price", json!("129,00")),
        ("price", json!("0129.00")),
        ("price", json!("29.00")),
        ("offer", json!("12.90")),
        ("currency", json!("USD")),
        ("currency", json!("eur")),
        ("availability", json!("OutOfStock")),
        ("availability", json!("instock")),
        ("gtin", json!("4006381333932")),
        ("image", json!("https://other.example/img/drill.jpg")),
        ("image", json!("https://SHOP.example/img/drill.jpg")),
        ("weight", json!(1.5)),
        ("weight", json!(1400)),
        ("weight", json!("1.4")),
        ("rating", json!(4)),
        ("cordless", json!(false)),
        ("cordless", json!("true")),
        ("released", json!("2026-03-15")),
        ("released", json!("2026-3-14")),
        ("released", json!("2026-03-14T10:00:00Z")),
    ] {
        check(set(name, value), &format!("/{name}"), "quote");
    }
}

#[test]
fn a_changed_item_of_an_array_fails_as_itself() {
    check(set("colours", json!(["signal red", "deep green"])), "/colours/1", "cannot be read from the quote");
    check(set("colours", json!(["signal red", null])), "/colours/1", "has no value");
    check(set("colours", json!(["signal red"])), "/colours/1", "is not in the data");
    check(set("colours", json!(["signal red", "deep blue", "red"])), "/colours/2", "no evidence");
    assert_eq!(verified(set("colours", json!(["deep blue", "signal red"]))).failures.len(), 2);
    assert_eq!(verified(set("colours", json!([]))).failures.len(), 3);
}

#[test]
fn an_entry_under_another_writing_of_an_index_fails() {
    for key in ["/colours/+1", "/colours/01", "/colours/-1", "/colours/1/0", "/colours", "colours", ""] {
        check(
            |record| {
                let entry = field(record, "/colours/1").clone();
                record.fields.insert(key.into(), entry);
            },
            key,
            "is not in the data",
        );
    }
}

#[test]
fn a_changed_unit_fails() {
    for (key, unit) in
        [("/weight", "g"), ("/weight", "m"), ("/weight", "stuff"), ("/price", "USD"), ("/offer", "USD")]
    {
        check(|record| field(record, key).unit = Some(unit.into()), key, "cannot be read from the quote");
    }
    for (key, unit) in [("/price", "eur"), ("/price", "kg"), ("/name", "EUR"), ("/cordless", "kg")] {
        check(|record| field(record, key).unit = Some(unit.into()), key, "cannot be read from the quote");
    }
}

#[test]
fn a_changed_quote_fails() {
    for (key, quote) in [
        ("/name", "Acme Drill 20V"),
        ("/name", "acme drill 18v"),
        ("/name", "Acme Drill 18V "),
        ("/name", "Acme Drill 18"),
        ("/name", ""),
        ("/price", "128,00 €"),
        ("/maker", "Acme Work"),
    ] {
        check(|record| evidence(record, key).quote = quote.into(), key, "does not stand at");
    }
}

#[test]
fn shifted_reversed_and_huge_offsets_fail() {
    for (start, end) in [(1_i64, 1), (-1, -1), (0, 1), (1, 0)] {
        let shift = |at: u32, by: i64| u32::try_from(i64::from(at) + by).expect("a small page");
        check(
            |record| {
                let evidence = evidence(record, "/name");
                (evidence.start, evidence.end) = (shift(evidence.start, start), shift(evidence.end, end));
            },
            "/name",
            "does not stand at",
        );
    }
    for (start, end) in [(u32::MAX, u32::MAX), (0, u32::MAX), (u32::MAX, 0), (17, 3), (5, 5)] {
        check(
            |record| (evidence(record, "/name").start, evidence(record, "/name").end) = (start, end),
            "/name",
            "does not stand at",
        );
    }
}

#[test]
fn offsets_that_cut_through_a_number_or_a_word_fail() {
    for (key, name, value, cut) in
        [("/price", "price", "29.00", 1_usize), ("/name", "name", "me Drill 18V", 2)]
    {
        check(
            |record| {
                record.data.insert(name.into(), json!(value));
                let evidence = evidence(record, key);
                evidence.quote = evidence.quote.chars().skip(cut).collect();
                evidence.start += u32::try_from(cut).expect("small");
            },
            key,
            "cuts through a word or a number",
        );
    }
}

#[test]
fn another_text_of_the_page_fails() {
    for (key, layer, block) in [
        ("/name", Layer::Structured, None),
        ("/name", Layer::Structured, Some(0)),
        ("/name", Layer::Visible, Some(0)),
        ("/name", Layer::Pdf, None),
        ("/gtin", Layer::Visible, None),
        ("/gtin", Layer::Structured, None),
        ("/gtin", Layer::Structured, Some(1)),
        ("/gtin", Layer::Structured, Some(7)),
        ("/shop", Layer::Structured, Some(0)),
        ("/gtin", Layer::Structured, Some(u32::MAX)),
    ] {
        check(
            |record| {
                evidence(record, key).layer = layer;
                evidence(record, key).block = block;
            },
            key,
            "",
        );
    }
    check(
        |record| evidence(record, "/name").page = Some(1),
        "/name",
        "names a text that the page does not have",
    );
}

#[test]
fn another_address_than_the_captures_fails() {
    for url in ["https://shop.example/saw", "https://SHOP.example/drill", "https://shop.example/drill#a", ""]
    {
        check(|record| evidence(record, "/name").url = url.into(), "/name", "was not read from");
    }
}

#[test]
fn a_value_without_evidence_fails() {
    check(|record| drop(record.fields.remove("/name")), "/name", "has a value and no evidence");
    check(|record| field(record, "/name").evidence.clear(), "/name", "has a value and no quote");
    check(
        |record| field(record, "/name").state = FieldState::Unverified,
        "/name",
        "not said to be supported",
    );
}

#[test]
fn data_and_fields_name_the_same() {
    check(set("extra", "Acme"), "/extra", "has a value and no evidence");
    check(set("extra", Value::Null), "/extra", "nothing says why");
    check(|record| drop(record.data.shift_remove("name")), "/name", "is not in the data");
    check(|record| drop(record.data.shift_remove("industry")), "/industry", "is not in the data");
    check(set("name", Value::Null), "/name", "said to be supported, but has no value");
}

#[test]
fn names_with_slashes_and_tildes_are_pointers() {
    check_holds(|record| {
        let (value, entry) = (record.data["name"].clone(), field(record, "/name").clone());
        record.data.insert("a/b~c".into(), value);
        record.fields.insert("/a~1b~0c".into(), entry);
    });
}

#[test]
fn quotes_of_sources_that_disagree_are_checked_beside_a_null() {
    check(
        |record| field(record, "/maker").evidence[1].quote = "Other Works".into(),
        "/maker",
        "does not stand",
    );
    check(|record| field(record, "/maker").evidence.truncate(1), "/maker", "not both sides are quoted");
}

#[test]
fn a_classified_or_composed_text_holds_only_as_far_as_its_quote_says_it() {
    check(
        |record| {
            let entry = field(record, "/name").clone();
            record.data.insert("industry".into(), json!("energy"));
            record.fields.insert("/industry".into(), entry);
        },
        "/industry",
        "cannot be read from the quote",
    );
    check_holds(|record| {
        drop(record.fields.insert("/industry".into(), missing(FieldState::Skipped, FieldReason::NoModel)))
    });
}

#[test]
fn a_second_quote_may_write_a_text_in_other_case_but_not_every_quote() {
    let shop = Shop::new();
    let shouted = testing::evidence(&shop.pack, None, "yes");
    let lower = testing::evidence(&shop.pack, None, "Cordless");
    check_holds(|record| {
        record.data.insert("kind".into(), json!("Cordless"));
        let entry = supported(None, lower.clone());
        record.fields.insert("/kind".into(), entry);
    });
    check(
        |record| {
            record.data.insert("kind".into(), json!("CORDLESS"));
            record.fields.insert("/kind".into(), supported(None, lower.clone()));
        },
        "/kind",
        "written otherwise in its quote",
    );
    check(
        |record| {
            record.data.insert("kind".into(), json!("Cordless"));
            let mut entry = supported(None, lower.clone());
            entry.evidence.push(shouted.clone());
            record.fields.insert("/kind".into(), entry);
        },
        "/kind",
        "cannot be read from the quote \"yes\"",
    );
}

#[test]
fn each_record_fails_by_its_own_id() {
    let shop = Shop::new();
    let mut other = shop.record.clone();
    other.id = "43".into();
    other.data.insert("name".into(), json!("Acme Saw"));
    let report = super::verify(&[shop.record.clone(), other], shop.bundle()).expect("a bundle");
    assert_eq!(report.records, 2);
    assert_eq!(report.failures.iter().map(|failure| failure.id.as_str()).collect::<Vec<_>>(), ["43"]);
}
