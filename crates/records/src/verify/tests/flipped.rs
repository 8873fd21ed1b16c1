//! One flipped bit anywhere fails, in the page and in all of the record that a page can tell.

use std::fs;

use gleaner_contract::{Confidence, FieldRecord, Record};

use super::super::{Report, Verifier, verify};
use crate::testing::{BODY, Shop, blank};

#[test]
fn any_flipped_byte_of_the_page_fails() {
    let shop = Shop::new();
    for at in 0..BODY.len() {
        let mut body = BODY.as_bytes().to_vec();
        body[at] ^= 1 << (at % 8);
        fs::write(shop.page(), body).expect("the page is writable");
        let report = verify(std::slice::from_ref(&shop.record), shop.bundle()).expect("a bundle");
        assert_eq!(report.failures.len(), report.quotes, "byte {at}");
    }
}

#[test]
fn any_flipped_bit_of_the_record_fails_but_for_what_no_page_tells() {
    let shop = Shop::new();
    let mut verifier = Verifier::open(shop.bundle()).expect("a bundle");
    let line = serde_json::to_vec(&shop.record).expect("a record");
    let mut checked = 0;
    // every byte has its turn, two or three bits of each
    for bit in (0..line.len() * 8).step_by(3) {
        let mut flipped = line.clone();
        flipped[bit / 8] ^= 1 << (bit % 8);
        // a line that is no record any more is a failure by itself
        let Ok(record) = serde_json::from_slice::<Record>(&flipped) else { continue };
        if told_by_the_page(&record) == told_by_the_page(&shop.record) || lost_a_unit(&record, &shop.record) {
            continue;
        }
        checked += 1;
        verifier.report = Report::default();
        verifier.record(&record);
        let around = String::from_utf8_lossy(&flipped[(bit / 8).saturating_sub(30)..]).into_owned();
        assert!(!verifier.report.holds(), "bit {bit}: {}", around.chars().take(60).collect::<String>());
    }
    assert!(checked > 2_000, "only {checked} flips were worth a look");
}

/// What a page can tell: the values and their evidence. The rest is the job's account of itself (ids, schema, status, cost,
/// changes, times), the caller's own columns, how sure and of which tier a value is, and how the caller spells a unit.
fn told_by_the_page(record: &Record) -> Record {
    let fields = record.fields.iter().map(|(key, field)| {
        let mut field = FieldRecord {
            reason: None,
            unit: field.unit.as_deref().map(one_spelling),
            tier: None,
            confidence: Some(Confidence::hundredths(0)),
            pages_read: None,
            ..field.clone()
        };
        for evidence in &mut field.evidence {
            evidence.fetched_at = Default::default();
        }
        (key.clone(), field)
    });
    Record { data: record.data.clone(), fields: fields.collect(), ..blank("") }
}

fn one_spelling(unit: &str) -> String {
    gleaner_evidence::units::unit(unit).map_or(unit, |unit| unit.symbol()).to_owned()
}

/// A flip in the key `unit` leaves the unit away: the number stands in its quote all the same, only less is said of it.
fn lost_a_unit(record: &Record, whole: &Record) -> bool {
    whole.fields.iter().any(|(key, field)| {
        field.unit.is_some() && record.fields.get(key).is_some_and(|flipped| flipped.unit.is_none())
    })
}
