use std::path::PathBuf;

use gleaner_contract::{Change, Counter, FieldReason, FieldState, JobStatus, Record, StopReason, UrlCounts};
use serde_json::{Value, json};
use unicode_width::UnicodeWidthStr;

use super::{Footer, Paint, printable, render};
use crate::testing::{Shop, blank, missing};

fn plain(change: impl FnOnce(&mut Record)) -> String {
    let mut record = Shop::new().record;
    change(&mut record);
    render(&[record], &Footer::default(), Paint::Plain)
}

/// The line of this field.
#[track_caller]
fn line<'t>(table: &'t str, field: &str) -> &'t str {
    let is_of = |line: &&str| line.split_whitespace().next() == Some(field);
    table.lines().find(is_of).unwrap_or_else(|| panic!("no {field} in {table}"))
}

/// A field that stayed null says so in these words.
#[track_caller]
fn check_null(state: FieldState, reason: FieldReason, words: &str) {
    let table = plain(|record| {
        record.data.insert("name".into(), Value::Null);
        record.fields.insert("/name".into(), missing(state, reason));
    });
    assert!(line(&table, "name").contains(words), "{table}");
}

#[test]
fn a_target_shows_its_status_subject_and_values_with_quotes_and_paths() {
    let table = plain(|_| {});
    let head = table.lines().next().expect("a line");
    assert_eq!(head, "42  completed: nothing more to read · subject exact · revision 1");
    for shown in ["129.00 EUR", "“129,00 €”", "/drill"] {
        assert!(line(&table, "price").contains(shown), "{table}");
    }
    assert!(line(&table, "weight").contains("1.4 kg"));
}

#[test]
fn each_item_of_an_array_has_its_line() {
    let table = plain(|_| {});
    assert!(table.contains("“signal red”") && table.contains("“deep blue”"), "{table}");
}

#[test]
fn a_null_says_why_and_what_could_fill_it() {
    check_null(FieldState::NotFound, FieldReason::NoCandidate, "name a page that does");
    check_null(FieldState::NotFound, FieldReason::NoPageRead, "no page could be read");
    check_null(FieldState::NotFound, FieldReason::Budget, "the budget ended first; raise it");
    check_null(FieldState::NotFound, FieldReason::Cancelled, "cancelled");
    check_null(FieldState::Skipped, FieldReason::NoModel, "needs a model");
    check_null(FieldState::Conflict, FieldReason::Disagreement, "sources disagree");
    check_null(FieldState::OtherSubject, FieldReason::OtherSubject, "check name and known");
    check_null(FieldState::Unverified, FieldReason::SubjectUnknown, "whether it is about the target");
    check_null(FieldState::Unverified, FieldReason::QuoteNotVerified, "quote did not hold");
}

#[test]
fn a_status_says_what_stopped_the_job() {
    for (status, reason, words) in [
        (JobStatus::Completed, StopReason::FieldsResolved, "completed: every field is resolved"),
        (JobStatus::Partial, StopReason::Budget(Counter::URLS), "partial: its budget of urls is spent"),
        (
            JobStatus::Partial,
            StopReason::Total(Counter::MONEY),
            "partial: the total budget of money is spent",
        ),
        (JobStatus::Failed, StopReason::NoPageRead, "failed: no page could be read"),
        (JobStatus::Failed, StopReason::NoSeed, "failed: the target has no URL to begin with"),
        (JobStatus::Cancelled, StopReason::Cancelled, "cancelled: cancelled"),
    ] {
        let table = plain(|record| (record.status, record.stop_reason) = (status, reason));
        assert!(table.contains(words), "{words} is in {table}");
    }
}

#[test]
fn the_footer_holds_the_equation_the_files_and_what_to_try() {
    let footer = Footer {
        urls: UrlCounts { discovered: 15, fetched: 5, reused: 4, failed: 3, skipped: 2, open: 1 },
        files: vec![PathBuf::from("out/records.jsonl"), PathBuf::from("out/report.html")],
        next: vec!["open out/report.html in a browser".into()],
        ..Footer::default()
    };
    let table = render(&[], &footer, Paint::Plain);
    assert_eq!(
        table,
        "urls: 15 discovered = 5 fetched + 4 reused + 3 failed + 2 skipped + 1 open\n\
         left: out/records.jsonl\nleft: out/report.html\nnext: open out/report.html in a browser\n"
    );
}

#[test]
fn money_is_the_sum_over_all_targets() {
    let money = |amounts: &[&str]| {
        let of = |amount: &&str| {
            let mut record = blank("1");
            record.cost.insert(Counter::MONEY, json!(amount));
            record
        };
        let records: Vec<Record> = amounts.iter().map(of).collect();
        let table = render(&records, &Footer::default(), Paint::Plain);
        table.lines().find(|line| line.starts_with("money")).map(str::to_owned)
    };
    assert_eq!(money(&["0.0100 USD", "0.0250 USD"]).as_deref(), Some("money: 0.0350 USD"));
    assert_eq!(money(&["0.0000 USD"]).as_deref(), Some("money: 0.0000 USD"));
    assert_eq!(money(&["1 USD", "1 EUR"]), None);
    assert_eq!(money(&[]), None);
}

#[test]
fn a_change_is_shown_from_and_to() {
    let table = plain(|record| {
        record.changes.push(Change { field: "/price".into(), from: json!("139.00"), to: json!("129.00") });
    });
    assert!(table.contains("changed /price: 139.00 → 129.00"), "{table}");
}

#[test]
fn columns_stand_under_each_other_whatever_their_width() {
    let wide = [
        "日本語の電動ドリル",
        "🛠 Drill",
        "Straße",
        "e\u{301}cole",
        "x",
        "한국어",
        "\u{200b}zero",
        &"長".repeat(80),
        &"a".repeat(80),
    ];
    let mut ends = Vec::new();
    for name in wide {
        let table = plain(|record| {
            record.data.insert("name".into(), json!(name));
            record.fields.get_mut("/name").expect("a field").evidence[0].quote = name.into();
        });
        let line = line(&table, "name");
        let (value, rest) = line.split_once('“').expect("a quote");
        let (quote, _) = rest.rsplit_once("  /").expect("a path");
        ends.push((value.width(), quote.width()));
    }
    assert!(ends.iter().all(|end| *end == ends[0]), "{ends:?}");
}

#[test]
fn what_is_cut_ends_in_dots() {
    let table = plain(|record| drop(record.data.insert("name".into(), json!("長".repeat(80)))));
    assert!(line(&table, "name").contains("長…"), "{table}");
}

#[test]
fn nothing_of_pages_inputs_or_records_steers_the_terminal() {
    let hostile = "\u{1b}[2J\u{1b}]0;owned\u{7}\u{9b}31m\r\n\u{8}\u{202e}x\u{0}\u{7f}\u{85}\u{2028}";
    let mut record = Shop::new().record;
    record.id = hostile.into();
    record.data.insert("name".into(), json!(hostile));
    record.data.insert(hostile.into(), json!(hostile));
    let mut entry = record.fields["/name"].clone();
    entry.unit = Some(hostile.into());
    entry.evidence[0].quote = hostile.into();
    entry.evidence[0].url = hostile.into();
    record.fields.insert(gleaner_contract::field::pointer(hostile), entry.clone());
    record.fields.insert("/name".into(), entry);
    record.changes.push(Change { field: hostile.into(), from: json!(hostile), to: json!([hostile]) });
    let lines = plain(|_| {}).lines().count();
    let table = render(&[record.clone()], &Footer::default(), Paint::Plain);
    let is_quiet = |c: char| c == '\n' || !(c.is_control() || matches!(c, '\u{202e}' | '\u{2028}'));
    assert!(table.chars().all(is_quiet), "{table:?}");
    assert_eq!(table.lines().count(), lines + 2, "no line breaks of theirs");
    let coloured = render(&[record], &Footer::default(), Paint::Colour);
    for part in coloured.split('\u{1b}').skip(1) {
        let code = part.split('m').next().unwrap_or_default();
        assert!(["[0", "[1", "[2", "[33", "[36"].contains(&code), "{code:?}");
    }
}

#[test]
fn a_line_for_the_terminal_is_one_line_of_visible_characters() {
    assert_eq!(printable("a\u{1b}[31mb\nc\td"), "a\u{fffd}[31mb c d");
    assert_eq!(printable("a\u{9b}b\u{7f}"), "a\u{fffd}b\u{fffd}");
    assert_eq!(printable("Straße 日本 🛠"), "Straße 日本 🛠");
}

#[test]
fn a_target_of_which_no_page_could_be_read_says_which_and_why() {
    let mut record = Shop::new().record;
    record.status = JobStatus::Failed;
    let why = "http://10.0.0.1/ skipped: refused_address; let it in".to_owned();
    let footer = Footer { why: [(record.job, why.clone())].into(), ..Footer::default() };
    let table = render(&[record], &footer, Paint::Plain);
    assert_eq!(table.lines().nth(1).map(str::trim), Some(&*why), "{table}");
}

#[test]
fn lines_fit_the_terminal() {
    for width in [60, 80, 100, 124] {
        let footer = Footer { width: Some(width), ..Footer::default() };
        let table = render(&[Shop::new().record], &footer, Paint::Plain);
        for line in table.lines().filter(|line| line.contains('“')) {
            assert!(line.width() <= width, "{width}: {line}");
        }
    }
}
