//! What a reader takes: fields left out, fields not known to it, and bytes that it wrote itself.

use gleaner_contract::{
    proto::{self, Golden},
    wire,
};
use serde_json::{Value, json};

use crate::obeys::{Root, plain};

#[test]
fn a_golden_decodes_and_encodes_to_the_same_bytes() {
    for golden in proto::formats().into_iter().flat_map(|format| format.goldens) {
        assert_eq!((golden.rewrite)(&golden.bytes).unwrap(), golden.bytes, "{}", golden.name);
    }
}

#[test]
fn a_golden_obeys_its_schema() {
    for format in proto::formats() {
        for golden in &format.goldens {
            Root(&format.schema)
                .check(&plain(&golden.seen))
                .unwrap_or_else(|why| panic!("{}: {why}", golden.name));
        }
    }
}

/// The JSON Pointers of all objects in a value.
fn objects(value: &Value, at: &str, found: &mut Vec<String>) {
    match value {
        Value::Object(map) => {
            found.push(at.to_owned());
            for (key, inner) in map {
                objects(inner, &format!("{at}/{}", key.replace('~', "~0").replace('/', "~1")), found);
            }
        }
        Value::Array(items) => {
            for (index, inner) in items.iter().enumerate() {
                objects(inner, &format!("{at}/{index}"), found);
            }
        }
        _ => {}
    }
}

fn check_each(
    edit: impl Fn(&mut serde_json::Map<String, Value>) -> Vec<serde_json::Map<String, Value>>,
) -> usize {
    let mut accepted = 0;
    for format in proto::formats() {
        for golden in &format.goldens {
            let seen = plain(&golden.seen);
            let mut places = Vec::new();
            objects(&seen, "", &mut places);
            for place in places {
                let mut whole = seen.clone();
                let map = whole.pointer_mut(&place).and_then(Value::as_object_mut).unwrap();
                for edited in edit(map) {
                    let mut whole = seen.clone();
                    *whole.pointer_mut(&place).unwrap() = Value::Object(edited);
                    accepted += usize::from(check_agreement(&format.schema, golden, &place, &whole));
                }
            }
        }
    }
    accepted
}

/// Whether schema and decoder both accept the value.
fn check_agreement(schema: &Value, golden: &Golden, place: &str, edited: &Value) -> bool {
    let by_schema = Root(schema).check(edited);
    let by_decoder = (golden.rewrite)(&wire::encode(edited).unwrap());
    assert_eq!(
        by_schema.is_ok(),
        by_decoder.is_ok(),
        "{} at `{place}`: the schema says {by_schema:?}, the decoder {:?}: {edited}",
        golden.name,
        by_decoder.as_ref().map(Vec::len),
    );
    by_schema.is_ok()
}

#[test]
fn a_field_may_be_left_out_where_its_schema_says_so_and_only_there() {
    let accepted = check_each(|map| {
        let without = |key: &String| {
            let mut map = map.clone();
            map.shift_remove(key);
            map
        };
        map.keys().map(without).collect()
    });
    assert!(accepted > 100, "{accepted}");
}

#[test]
fn a_field_that_is_not_known_yet_is_passed_over_wherever_the_schema_is_open() {
    let accepted = check_each(|map| {
        let mut map = map.clone();
        map.insert("addedLater".into(), json!({ "deep": [1, null, { "er": "text" }] }));
        vec![map]
    });
    assert!(accepted > 100, "{accepted}");
}

#[test]
fn unknown_fields_of_messages_change_nothing_of_what_is_read() {
    for format in proto::formats().into_iter().filter(|format| format.name.starts_with("harvest.")) {
        for golden in format.goldens {
            let mut more = golden.seen.clone();
            for place in ["", "/ticket", "/scope", "/brief", "/brief/subject", "/outcome", "/links"] {
                if let Some(map) = more.pointer_mut(place).and_then(Value::as_object_mut) {
                    map.insert("addedLater".into(), json!([1, { "a": null }]));
                }
            }
            let reread = (golden.rewrite)(&wire::encode(&more).unwrap()).unwrap();
            assert_eq!(reread, golden.bytes, "{}", golden.name);
        }
    }
}
