use serde_json::json;

use super::*;

fn read(property: Value) -> Result<FieldSpec, String> {
    let schema = json!({ "type": "object", "properties": { "x": property } });
    match Schema::from_json_schema("own", &schema) {
        Ok(mut schema) => Ok(schema.fields.remove(0)),
        Err(error) => Err(error.to_string()),
    }
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
