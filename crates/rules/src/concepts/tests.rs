use super::*;

fn spec(name: &str, aliases: &[&str]) -> FieldSpec {
    FieldSpec { aliases: aliases.iter().map(|alias| (*alias).to_owned()).collect(), ..FieldSpec::named(name) }
}

#[track_caller]
fn check(name: &str, aliases: &[&str], theme: About, expected: Option<Id>) {
    assert_eq!(
        resolve(&spec(name, aliases), theme).map(|concept| concept.id),
        expected,
        "{name} {aliases:?}"
    );
}

#[test]
fn a_field_is_known_by_name_in_any_writing() {
    check("postalCode", &[], About::Organization, Some(Id::PostalCode));
    check("postal_code", &[], About::Organization, Some(Id::PostalCode));
    check("zipcode", &[], About::Organization, Some(Id::PostalCode));
    check("Artikelnummer", &[], About::Product, Some(Id::Sku));
}

#[test]
fn a_field_is_known_by_its_aliases() {
    check("firm_phone", &["Telefon"], About::Organization, Some(Id::Telephone));
    check("battery", &["Akkulaufzeit"], About::Product, None);
}

#[test]
fn a_name_means_what_the_brief_is_about() {
    check("name", &[], About::Product, Some(Id::ProductName));
    check("name", &[], About::Organization, Some(Id::OrganizationName));
    check("title", &[], About::Article, Some(Id::Headline));
}

#[test]
fn a_brief_is_about_what_most_of_its_fields_are_about() {
    let of = |names: &[&str]| theme(&names.iter().map(|name| spec(name, &[])).collect::<Vec<_>>());
    assert_eq!(of(&["name", "price", "sku"]), About::Product);
    assert_eq!(of(&["name", "telephone", "city"]), About::Organization);
    assert_eq!(of(&["headline", "authors", "published"]), About::Article);
    assert_eq!(of(&["battery"]), About::Any);
}
