use gleaner_contract::{Amounts, Counter, Currency, LedgerKind, LedgerRow, UrlCounts};

use super::{url_counts, write_csv};
use crate::jsonl;
use crate::testing::blank;

fn row(kind: LedgerKind, outcome: &str, count: u32) -> LedgerRow {
    let record = blank("1");
    LedgerRow {
        job: record.job,
        kind,
        subject: "https://shop.example/".into(),
        outcome: outcome.into(),
        reason: "new".into(),
        detail: String::new(),
        at: record.created_at,
        cost: Amounts::one(Counter::URLS, 1).with(Counter::BYTES, 1_612).told(Currency::USD),
        count,
    }
}

#[test]
fn each_term_of_the_equation_is_counted_from_its_rows() {
    let rows = [
        row(LedgerKind::Url, "fetched", 1),
        row(LedgerKind::Url, "reused", 1),
        row(LedgerKind::Url, "failed", 1),
        row(LedgerKind::Url, "skipped", 40),
        row(LedgerKind::Field, "not_found", 1),
        row(LedgerKind::Spend, "fetched", 1),
    ];
    let counts = url_counts(&rows);
    assert_eq!(counts, UrlCounts { discovered: 43, fetched: 1, reused: 1, failed: 1, skipped: 40, open: 0 });
    assert!(counts.balances());
}

#[test]
fn an_outcome_that_is_none_of_the_terms_breaks_the_equation() {
    assert!(!url_counts(&[row(LedgerKind::Url, "vanished", 1)]).balances());
}

#[test]
fn cells_of_the_table_are_guarded_and_survive_a_reader() {
    let mut hostile = row(LedgerKind::Url, "failed", 1);
    hostile.subject = "=1+1".into();
    hostile.detail = "@a\n\"b\",c".into();
    let mut out = Vec::new();
    write_csv(&[hostile], &mut out).expect("memory is writable");
    let mut reader = csv::Reader::from_reader(out.as_slice());
    let read = reader.records().next().expect("a row").expect("as long as the header");
    assert_eq!((&read[2], &read[5]), ("'=1+1", "'@a\n\"b\",c"));
    assert_eq!((&read[1], &read[6], &read[8]), ("url", "1", "bytes=1612 urls=1"));
}

#[test]
fn rows_are_written_one_a_line_and_read_back() {
    let rows = [row(LedgerKind::Url, "fetched", 1), row(LedgerKind::Url, "skipped", 7)];
    let mut out = Vec::new();
    jsonl::write(&rows, &mut out).expect("memory is writable");
    let read: Result<Vec<LedgerRow>, _> = crate::jsonl::read(out.as_slice()).collect();
    assert_eq!(read.expect("rows"), rows);
}
