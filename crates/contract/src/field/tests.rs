use super::*;
use crate::schema::{BUILT_IN, Schema, check_field};

fn spec(json: &str) -> FieldSpec {
    serde_json::from_str(json).unwrap()
}

#[test]
fn a_field_is_a_quoted_string_unless_it_says_more() {
    assert_eq!(spec(r#"{"name":"brand"}"#), FieldSpec::named("brand"));
    let field = FieldSpec::named("brand");
    assert_eq!((field.field_type, field.mode, field.array), (FieldType::String, FieldMode::Quoted, false));
    let json = serde_json::to_string(&field).unwrap();
    assert_eq!(json, r#"{"name":"brand","type":"string","mode":"quoted"}"#);
}

#[test]
fn modes_are_quoted_classified_and_composed() {
    for (text, mode) in [
        ("quoted", FieldMode::Quoted),
        ("classified", FieldMode::Classified),
        ("composed", FieldMode::Composed),
    ] {
        assert_eq!(spec(&format!(r#"{{"name":"x","mode":"{text}"}}"#)).mode, mode);
        assert_eq!(serde_json::to_value(mode).unwrap(), text);
    }
    assert!(serde_json::from_str::<FieldSpec>(r#"{"name":"x","mode":"guessed"}"#).is_err());
}

fn check(field: FieldSpec, problem: Option<&str>) {
    assert_eq!(check_field(&field).err().as_deref(), problem, "{field:?}");
}

#[test]
fn labels_belong_to_classified_fields_which_need_them_and_units_to_numbers() {
    let labels = vec!["energy".to_owned(), "retail".to_owned()];
    let of = |mode, labels: &[String]| FieldSpec { mode, labels: labels.to_vec(), ..FieldSpec::named("x") };
    check(of(FieldMode::Classified, &labels), None);
    check(of(FieldMode::Classified, &[]), Some("a classified field needs `labels`"));
    check(of(FieldMode::Composed, &[]), None);
    check(of(FieldMode::Quoted, &labels), Some("`labels` belong to mode \"classified\""));
    check(of(FieldMode::Composed, &labels), Some("`labels` belong to mode \"classified\""));
    let unit = |field_type| FieldSpec { field_type, unit: Some("kg".into()), ..FieldSpec::named("x") };
    check(unit(FieldType::Number), None);
    check(unit(FieldType::Integer), None);
    check(unit(FieldType::String), Some("`unit` belongs to a number or integer"));
    check(FieldSpec::named(""), Some("a field's name has 1 to 100 characters"));
    check(FieldSpec::named("ä".repeat(100)), None);
    check(FieldSpec::named("ä".repeat(101)), Some("a field's name has 1 to 100 characters"));
}

#[test]
fn pointers_escape_what_rfc_6901_reserves() {
    for (name, expected) in [("price", "/price"), ("a/b", "/a~1b"), ("~", "/~0"), ("~1", "/~01"), ("", "/")] {
        assert_eq!(pointer(name), expected);
        assert_eq!(FieldSpec::named(name).pointer(), expected);
        let data = serde_json::json!({ name: 1 });
        assert_eq!(data.pointer(expected), Some(&serde_json::json!(1)));
    }
}

#[test]
fn built_in_schemas_have_the_fields_of_the_formats_and_obey_the_rules_of_fields() {
    let names = |schema: &str| -> Vec<String> {
        Schema::built_in(schema).unwrap().fields.into_iter().map(|field| field.name).collect()
    };
    let product = "name brand sku mpn gtin price currency availability description image";
    let company =
        "name legalName telephone fax email street city region postalCode country website vatId".to_owned();
    let business = " industry summary products valueProposition certifications employees founded";
    let article = "headline authors published modified language summary";
    assert_eq!(names("product").join(" "), product);
    assert_eq!(names("company").join(" "), company);
    assert_eq!(names("supplier").join(" "), company.clone() + business);
    assert_eq!(names("prospect").join(" "), company + business);
    assert_eq!(names("article").join(" "), article);
    for name in BUILT_IN {
        for field in Schema::built_in(name).unwrap().fields {
            check(field, None);
        }
    }
    assert_eq!(Schema::built_in("other"), None);
}
