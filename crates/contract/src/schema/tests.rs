use serde_json::json;

use super::*;

fn read(property: Value) -> Result<FieldSpec, String> {
    let schema = json!({ "type": "object", "properties": { "x": property } });
    let schema = Schema::from_json_schema("s", &schema).map_err(|error| error.to_string())?;
    Ok(schema.fields.into_iter().next().expect("one property"))
}

/// Checks the type of a property's values, and whether they are an array.
fn check(property: Value, field_type: FieldType, array: bool) {
    let spec = read(property.clone()).unwrap_or_else(|error| panic!("{property}: {error}"));
    assert_eq!((spec.field_type, spec.array), (field_type, array), "{property}");
}

fn check_refused(property: Value, part: &str) {
    let error = read(property.clone()).expect_err("refused");
    assert!(error.starts_with("field `x`: ") && error.contains(part), "{property}: {error}");
}

#[test]
fn types_are_read_with_null_beside_them() {
    check(json!({}), FieldType::String, false);
    check(json!({ "type": "integer" }), FieldType::Integer, false);
    check(json!({ "type": ["number", "null"] }), FieldType::Number, false);
    check(json!({ "type": "array" }), FieldType::String, true);
    check(
        json!({ "type": ["null", "array"], "items": { "type": ["boolean", "null"] } }),
        FieldType::Boolean,
        true,
    );
}

#[test]
fn a_choice_between_one_type_and_null_is_that_type() {
    let nothing = json!({ "type": "null" });
    check(json!({ "anyOf": [{ "type": "number" }, nothing], "default": null }), FieldType::Number, false);
    check(
        json!({ "oneOf": [nothing, { "type": "array", "items": { "type": "integer" } }] }),
        FieldType::Integer,
        true,
    );
    check(
        json!({ "type": "array", "items": { "anyOf": [{ "type": "number" }, nothing] } }),
        FieldType::Number,
        true,
    );
    let weight = json!({
        "anyOf": [{ "type": "number", "description": "inner" }, nothing],
        "description": "outer",
        "x-gleaner": { "unit": "kg" }
    });
    let weight = read(weight).expect("right");
    assert_eq!((weight.unit.as_deref(), weight.description.as_deref()), (Some("kg"), Some("outer")));
}

#[test]
fn what_is_not_understood_is_refused_by_its_name() {
    let (number, text) = (json!({ "type": "number" }), json!({ "type": "string" }));
    check_refused(json!({ "$ref": "#/$defs/Color" }), "`$ref`");
    check_refused(json!({ "anyOf": [number, text] }), "`anyOf`");
    check_refused(json!({ "oneOf": [{ "type": "null" }] }), "`oneOf`");
    check_refused(json!({ "anyOf": [{ "$ref": "#/$defs/Color" }, { "type": "null" }] }), "`$ref`");
    check_refused(json!({ "allOf": [number] }), "`allOf`");
    check_refused(json!({ "not": text }), "`not`");
    check_refused(json!({ "const": 3 }), "`const`");
    check_refused(json!({ "properties": { "a": text } }), "`properties`");
    check_refused(json!({ "type": "array", "items": { "$ref": "#/$defs/Color" } }), "`$ref`");
    check_refused(json!({ "type": "array", "items": { "type": "array" } }), "arrays of arrays");
    check_refused(json!({ "type": "array", "items": [text] }), "write an object");
    check_refused(json!(true), "write an object");
    check_refused(json!({ "type": ["number", "string"] }), "one type besides");
    check_refused(json!({ "type": "null" }), "one type besides");
    check_refused(json!({ "type": "object" }), "nested objects");
}

#[test]
fn an_enum_is_a_list_of_texts() {
    let colour = read(json!({ "type": ["string", "null"], "enum": ["red", "blue", null] })).expect("right");
    assert_eq!(
        (colour.mode, colour.labels),
        (FieldMode::Classified, vec!["red".to_owned(), "blue".to_owned()])
    );
    check_refused(json!({ "type": "integer", "enum": [1, 2] }), "`enum` is supported for texts alone");
    check_refused(json!({ "enum": ["a", 1] }), "`enum` is supported for texts alone");
    check_refused(json!({ "enum": [] }), "`enum` is supported for texts alone");
}
