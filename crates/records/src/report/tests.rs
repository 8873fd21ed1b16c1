mod quotes;

use gleaner_contract::{Change, Evidence, Record, UrlCounts};
use gleaner_extractor::layer_text;
use serde_json::json;

use super::{Texts, render};
use crate::testing::{Shop, blank};

impl Texts for Shop {
    fn text(&self, evidence: &Evidence) -> Option<&str> {
        layer_text(&self.pack, evidence.layer, evidence.block)
    }
}

fn html(change: impl FnOnce(&mut Record)) -> String {
    let mut shop = Shop::new();
    change(&mut shop.record);
    render(&[shop.record.clone()], &UrlCounts::default(), &shop)
}

#[test]
fn values_states_and_reasons_are_shown() {
    let html = html(|_| {});
    for shown in [
        "<strong>14 of 16</strong>",
        "<dt>price</dt>",
        "<span class=\"unit\">EUR</span>",
        "skipped</span> needs a model, and none is configured",
        "conflict</span> sources disagree; both quotes are in the record",
        "<mark>Acme Works</mark>",
        "<mark>Fixture Works</mark>",
    ] {
        assert!(html.contains(shown), "{shown} is in {html}");
    }
}

#[test]
fn nothing_runs_and_nothing_is_loaded_from_elsewhere() {
    let html = html(|_| {});
    let (_, policy) = html.split_once("Content-Security-Policy\" content=\"").expect("a policy");
    let (policy, _) = policy.split_once('"').expect("it ends");
    assert!(policy.starts_with("default-src 'none'; style-src 'nonce-"), "{policy}");
    assert!(!policy.contains("unsafe") && policy.contains("base-uri 'none'"), "{policy}");
    for loading in
        ["<script", "<img", "<link", "<iframe", "<object", "src=", "@import", "url(", "http-equiv=\"refresh"]
    {
        assert!(!html.contains(loading), "{loading}");
    }
}

#[test]
fn the_style_carries_the_nonce_which_hangs_on_what_is_shown() {
    let nonce = |html: &str| {
        let (_, rest) = html.split_once("'nonce-").expect("a nonce");
        rest.split('\'').next().expect("it ends").to_owned()
    };
    let (one, other) = (html(|_| {}), html(|record| record.id = "43".into()));
    assert!(one.contains(&format!("<style nonce=\"{}\">", nonce(&one))));
    assert_eq!(one.matches("<style").count(), 1);
    assert!(!one.contains(" style="));
    assert_ne!(nonce(&one), nonce(&other));
}

#[test]
fn hostile_text_stays_text_wherever_it_comes_from() {
    let hostile = "</style></mark><script>alert(1)</script><b onclick='x'>\"'&amp;<!--";
    let html = html(|record| {
        record.id = hostile.into();
        record.schema = hostile.into();
        record.data.insert("name".into(), json!(hostile));
        record.data.insert(hostile.into(), json!(hostile));
        let mut entry = record.fields["/name"].clone();
        entry.unit = Some(hostile.into());
        entry.evidence[0].quote = hostile.into();
        entry.evidence[0].url = format!("https://shop.example/?\"><script>{hostile}");
        record.fields.insert(gleaner_contract::field::pointer(hostile), entry.clone());
        record.fields.insert("/name".into(), entry);
        record.changes.push(Change { field: hostile.into(), from: json!(hostile), to: json!([hostile]) });
    });
    assert!(html.contains("&lt;/style&gt;"));
    for raw in ["<script", "<b ", "<!--", "&amp;amp;<"] {
        assert!(!html.contains(raw), "{raw} is in {html}");
    }
    assert_eq!(html.matches("</style>").count(), 1);
    assert_eq!(html.matches("<mark>").count(), html.matches("</mark>").count());
}

#[test]
fn only_web_addresses_become_links_and_they_tell_nothing() {
    for (url, is_link) in [
        ("https://shop.example/drill", true),
        ("http://shop.example/drill", true),
        ("javascript:alert(1)", false),
        ("JaVaScRiPt:alert(1)", false),
        (" javascript:alert(1)", false),
        ("java\nscript:alert(1)", false),
        ("data:text/html,<script>alert(1)</script>", false),
        ("file:///etc/passwd", false),
        ("vbscript:x", false),
        ("//shop.example/", false),
        ("", false),
    ] {
        let html = html(|record| {
            for field in record.fields.values_mut() {
                field.evidence.iter_mut().for_each(|evidence| evidence.url = url.into());
            }
        });
        assert_eq!(html.contains("<a href=\"http"), is_link, "{url}");
        assert_eq!(html.matches("<a ").count(), html.matches("rel=\"noopener noreferrer\"").count(), "{url}");
        assert!(!html.to_lowercase().contains("href=\"java"), "{url}");
    }
}

#[test]
fn control_characters_and_marks_that_reorder_text_are_replaced() {
    for c in ['\u{1b}', '\u{0}', '\u{9b}', '\u{202e}', '\u{2066}', '\u{61c}', '\u{200f}'] {
        let html = html(|record| {
            record.data.insert("name".into(), json!(format!("a{c}b")));
        });
        assert!(html.contains("a\u{fffd}b") && !html.contains(c), "{c:?}");
    }
}

#[test]
fn records_are_listed_when_there_are_several() {
    let shop = Shop::new();
    let urls = UrlCounts { discovered: 3, fetched: 1, reused: 1, failed: 0, skipped: 1, open: 0 };
    let html = render(&[shop.record.clone(), blank("43")], &urls, &shop);
    assert!(html.contains("<a href=\"#r1\">43</a>") && html.contains("id=\"r1\""));
    assert!(html.contains("3 urls discovered = 1 fetched + 1 reused + 0 failed + 1 skipped"));
    assert!(render(&[], &UrlCounts::default(), &shop).contains("0 of 0"));
}

#[test]
fn each_item_of_an_array_is_shown_with_its_own_quote() {
    let html = html(|_| {});
    assert_eq!(html.matches("<dt>colours</dt>").count(), 2);
    assert!(
        html.contains("<mark>signal red</mark>, deep blue")
            && html.contains("signal red, <mark>deep blue</mark>")
    );
}
