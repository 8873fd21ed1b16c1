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

#[test]
fn hints_of_a_property_make_its_field() {
    let weight = read(json!({
        "type": ["number", "null"],
        "description": "without packaging",
        "x-gleaner": { "unit": "kg", "aliases": ["Gewicht"], "critical": true },
    }));
    let expected = FieldSpec {
        field_type: FieldType::Number,
        unit: Some("kg".into()),
        aliases: vec!["Gewicht".into()],
        critical: true,
        description: Some("without packaging".into()),
        ..FieldSpec::named("x")
    };
    assert_eq!(weight, Ok(expected));
}

#[test]
fn an_enum_is_a_classified_field_with_its_labels() {
    for property in [
        json!({ "enum": ["energy", "retail"] }),
        json!({ "x-gleaner": { "mode": "classified", "labels": ["energy", "retail"] } }),
    ] {
        let field = read(property).unwrap();
        assert_eq!((field.mode, field.labels.join(" ")), (FieldMode::Classified, "energy retail".into()));
    }
    assert_eq!(read(json!({ "x-gleaner": { "mode": "composed" } })).unwrap().mode, FieldMode::Composed);
}

#[test]
fn arrays_and_formats_are_read_and_unknown_formats_are_annotations() {
    let field = read(json!({ "type": "array", "items": { "type": "string", "format": "uri" } })).unwrap();
    assert_eq!((field.array, field.format), (true, Some(FieldFormat::Uri)));
    assert_eq!(read(json!({ "format": "date-time" })).unwrap().format, Some(FieldFormat::Date));
    assert_eq!(read(json!({ "format": "hostname" })).unwrap().format, None);
}

#[test]
fn what_a_field_cannot_be_is_refused_with_its_name() {
    for (property, problem) in [
        (json!({ "type": "object" }), "nested objects are not supported"),
        (json!({ "type": "array", "items": { "type": "array" } }), "arrays of arrays are not supported"),
        (json!({ "type": "float" }), "`float` is not a JSON type"),
        (json!({ "type": ["string", "number"] }), "one type besides \"null\" is expected"),
        (json!({ "x-gleaner": { "mode": "guessed" } }), "`x-gleaner.mode` has a value of the wrong kind"),
        (json!({ "x-gleaner": { "colour": "red" } }), "`x-gleaner.colour` is not a hint"),
        (json!({ "x-gleaner": { "mode": "classified" } }), "a classified field needs `labels`"),
    ] {
        let error = read(property).unwrap_err();
        assert!(error.starts_with(&format!("field `x`: {problem}")), "{error}");
    }
}

#[test]
fn all_problems_of_a_schema_are_told_together() {
    let schema = json!({
        "properties": { "a": { "type": "object" }, "b": { "type": "float" }, "c": {} },
        "required": ["c", "d"],
    });
    let problems = Schema::from_json_schema("own", &schema).unwrap_err().problems;
    assert_eq!(problems.len(), 3, "{problems:?}");
    for empty in [json!({}), json!({ "properties": {} }), json!([])] {
        assert_eq!(Schema::from_json_schema("own", &empty).unwrap_err().problems.len(), 1);
    }
}
