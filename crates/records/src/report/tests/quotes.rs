//! Each quote in its place: offsets are code points, context is short, and a quote that is not there is not dressed up.

use gleaner_contract::{Evidence, Layer, UrlCounts};
use serde_json::json;

use super::super::{Texts, render};
use crate::testing::{self, Shop, blank, supported};

struct Text(&'static str);

impl Texts for Text {
    fn text(&self, _: &Evidence) -> Option<&str> {
        Some(self.0)
    }
}

fn evidence(quote: &str, start: usize, end: usize) -> Evidence {
    let at = |at: usize| u32::try_from(at).expect("a short text");
    let any = testing::evidence(&testing::pack(testing::BODY), None, "Acme");
    Evidence { quote: quote.to_owned(), start: at(start), end: at(end), ..any }
}

/// The blockquotes of a record whose one field has these quotes.
fn blockquotes(texts: &dyn Texts, evidence: Vec<Evidence>) -> Vec<String> {
    let mut record = blank("1");
    record.data.insert("a".into(), json!("x"));
    let mut entry = supported(None, evidence[0].clone());
    entry.evidence = evidence;
    record.fields.insert("/a".into(), entry);
    let html = render(&[record], &UrlCounts::default(), texts);
    let parts = html.split("<blockquote>").skip(1);
    parts.map(|part| part.split("</blockquote>").next().unwrap_or_default().to_owned()).collect()
}

#[track_caller]
fn check(text: &'static str, quotes: &[(&str, usize, usize)], expected: &[&str]) {
    let evidence = quotes.iter().map(|(quote, start, end)| evidence(quote, *start, *end)).collect();
    assert_eq!(blockquotes(&Text(text), evidence), expected);
}

#[test]
fn a_quote_is_marked_where_its_offsets_say() {
    check("one two one", &[("one", 8, 11)], &["one two <mark>one</mark>"]);
    check("one two one", &[("one", 0, 3)], &["<mark>one</mark> two one"]);
    check("one", &[("one", 0, 3)], &["<mark>one</mark>"]);
}

#[test]
fn offsets_count_code_points() {
    check("🛠🧰 ä 日本 one", &[("one", 8, 11)], &["🛠🧰 ä 日本 <mark>one</mark>"]);
    check("a🛠b", &[("🛠", 1, 2)], &["a<mark>🛠</mark>b"]);
    check("e\u{301}x", &[("x", 2, 3)], &["e\u{301}<mark>x</mark>"]);
}

#[test]
fn overlapping_and_adjacent_quotes_are_marked_each_for_itself() {
    check(
        "abc def ghi",
        &[("abc def", 0, 7), ("def ghi", 4, 11), ("abc", 0, 3), (" def", 3, 7)],
        &[
            "<mark>abc def</mark> ghi",
            "abc <mark>def ghi</mark>",
            "<mark>abc</mark> def ghi",
            "abc<mark> def</mark> ghi",
        ],
    );
}

#[test]
fn text_around_a_quote_is_escaped_and_so_is_the_quote() {
    check("<i>&<b>", &[("&", 3, 4)], &["&lt;i&gt;<mark>&amp;</mark>&lt;b&gt;"]);
    check("x</mark><script>", &[("</mark>", 1, 8)], &["x<mark>&lt;/mark&gt;</mark>&lt;script&gt;"]);
}

#[test]
fn a_quote_that_is_not_at_its_place_stands_alone() {
    for (start, end) in [(1, 4), (3, 0), (0, usize::from(u16::MAX)), (u32::MAX as usize, u32::MAX as usize)] {
        check("one two", &[("one", start, end)], &["<mark>one</mark>"]);
    }
    let html = render(&[Shop::new().record], &UrlCounts::default(), &Text("another text"));
    assert!(html.contains("the page is not at hand"));
}

#[test]
fn little_is_shown_around_a_quote() {
    let text: &'static str = Box::leak(format!("{}X{}", "a ".repeat(500), " b".repeat(500)).into_boxed_str());
    let shown = blockquotes(&Text(text), vec![evidence("X", 1_000, 1_001)]).remove(0);
    let (before, after) = shown.split_once("<mark>X</mark>").expect("the quote");
    assert_eq!((before.chars().count(), after.chars().count()), (181, 181));
    assert!(before.starts_with('…') && after.ends_with('…'));
}

#[test]
fn no_more_than_two_lines_are_shown_on_each_side() {
    check("1\n2\n3\nX\n5\n6\n7", &[("X", 6, 7)], &["2\n3\n<mark>X</mark>\n5\n6"]);
    check("2\n3\nX\n5\n6", &[("X", 4, 5)], &["2\n3\n<mark>X</mark>\n5\n6"]);
    check("1\n2\n3\n4 X 4\n5", &[("X", 8, 9)], &["2\n3\n4 <mark>X</mark> 4\n5"]);
}

#[test]
fn a_quote_from_structured_data_is_shown_in_its_block() {
    let shop = Shop::new();
    let html = render(std::slice::from_ref(&shop.record), &UrlCounts::default(), &shop);
    assert!(
        html.contains("\"gtin13\":\"<mark>4006381333931</mark>\"")
            || html.contains("&quot;gtin13&quot;:&quot;<mark>4006381333931</mark>&quot;")
    );
    assert!(html.contains("structured block 0 ") && html.contains("structured block 1 "));
    assert_eq!(shop.record.fields["/shop"].evidence[0].layer, Layer::Structured);
    assert!(html.contains("<mark>Fixture Tools</mark>"));
}
