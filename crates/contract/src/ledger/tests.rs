use super::*;

#[test]
fn the_equation_holds_when_each_term_was_counted_where_it_happened() {
    let mut counts = UrlCounts { discovered: 15, ..UrlCounts::default() };
    assert!(!counts.balances());
    for (many, outcome) in (1..).zip(UrlOutcome::ALL) {
        counts.add(*outcome, many);
    }
    let expected = UrlCounts { discovered: 15, fetched: 1, reused: 2, failed: 3, skipped: 4, open: 5 };
    assert_eq!(counts, expected);
    assert!(counts.balances());
    counts.add(UrlOutcome::Skipped, 1);
    assert!(!counts.balances());
}

#[test]
fn a_row_that_says_no_count_stands_for_one_url() {
    let json = r#"{"job":"01M81B5H80WWZJ6DK11FZEQQJY","kind":"url","subject":"https://shop.example/",
        "outcome":"fetched","reason":"new","at":"2026-11-22T10:00:00Z"}"#;
    let row: LedgerRow = serde_json::from_str(json).unwrap();
    assert_eq!(row.count, 1);
    assert!(row.cost.is_empty());
    let written = serde_json::to_string(&row).unwrap();
    assert!(!written.contains("count") && written.contains("\"cost\":{}"), "{written}");
}
