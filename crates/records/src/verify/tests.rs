mod bundles;
mod flipped;
mod older;
mod records;

use gleaner_contract::{Evidence, FieldRecord, Record};
use serde_json::Value;

use super::{Report, verify};
use crate::testing::Shop;

/// Verifies the shop's record after a change.
fn verified(change: impl FnOnce(&mut Record)) -> Report {
    let mut shop = Shop::new();
    change(&mut shop.record);
    verify(&[shop.record.clone()], shop.bundle()).expect("the bundle has an index")
}

/// The change makes this field fail, and no other.
#[track_caller]
fn check(change: impl FnOnce(&mut Record), field: &str, what: &str) {
    let report = verified(change);
    let failures = &report.failures;
    assert!(!report.holds(), "nobody saw it");
    assert!(failures.iter().all(|failure| failure.id == "42" && failure.field == field), "{failures:#?}");
    assert!(failures.iter().any(|failure| failure.what.contains(what)), "{failures:#?}");
}

#[track_caller]
fn check_holds(change: impl FnOnce(&mut Record)) -> Report {
    let report = verified(change);
    assert!(report.holds(), "{:#?}", report.failures);
    report
}

fn field<'r>(record: &'r mut Record, key: &str) -> &'r mut FieldRecord {
    record.fields.get_mut(key).unwrap_or_else(|| panic!("no {key}"))
}

fn evidence<'r>(record: &'r mut Record, key: &str) -> &'r mut Evidence {
    &mut field(record, key).evidence[0]
}

fn set(name: &str, value: impl Into<Value>) -> impl FnOnce(&mut Record) {
    let (name, value) = (name.to_owned(), value.into());
    move |record| drop(record.data.insert(name, value))
}
