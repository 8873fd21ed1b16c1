//! Records of an older extractor: a quote may stand elsewhere in its layer, and nowhere else.

use gleaner_extractor::EXTRACTOR_VERSION;
use serde_json::json;

use super::{check, check_holds, evidence};

#[test]
fn an_older_extractors_quote_may_have_moved_within_its_layer() {
    let moved = |key: &'static str, older: &'static str| {
        move |record: &mut gleaner_contract::Record| {
            record.extractor = older.into();
            evidence(record, key).start += 1;
            evidence(record, key).end += 1;
        }
    };
    assert_eq!(check_holds(moved("/name", "0")).moved, 1);
    assert_eq!(
        check_holds(|record| {
            record.extractor = "0".into();
            evidence(record, "/shop").block = Some(0);
        })
        .moved,
        1
    );
    for extractor in [EXTRACTOR_VERSION, "999", "", "-1", "0.9", "older"] {
        check(moved("/name", extractor), "/name", "does not stand at");
    }
}

#[test]
fn an_older_extractors_quote_that_is_nowhere_in_its_layer_fails() {
    for (key, quote) in [("/name", "Acme Drill 20V"), ("/gtin", "Acme Drill 18V"), ("/name", "cme Drill 18V")]
    {
        check(
            |record| {
                record.extractor = "0".into();
                evidence(record, key).quote = quote.into();
            },
            key,
            "is not in the page",
        );
    }
    check(
        |record| {
            record.extractor = "0".into();
            evidence(record, "/name").start += 1;
            record.data.insert("name".into(), json!("Acme Saw"));
        },
        "/name",
        "cannot be read from the quote",
    );
}
