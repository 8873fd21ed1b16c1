use super::*;

#[test]
fn a_link_to_a_phone_number_says_contact_or_imprint() {
    let words = concept_words(&FieldSpec::named("telephone"));
    assert_eq!(words[0], "telephone");
    assert!(words.contains(&"contact".to_owned()) && words.contains(&"impressum".to_owned()));
}

#[test]
fn an_unknown_field_is_looked_for_by_its_own_words() {
    let spec = FieldSpec { aliases: vec!["Akkulaufzeit".into()], ..FieldSpec::named("batteryHours") };
    assert_eq!(concept_words(&spec)[..2], ["battery hours", "akkulaufzeit"]);
}
