use super::*;

#[test]
fn a_legal_form_makes_a_name() {
    let names: Vec<String> = legal_names("Sold by Northwind Workbench GmbH, Hamburg")
        .into_iter()
        .map(|found| found.name)
        .collect();
    assert!(names.iter().any(|name| name.ends_with("Northwind Workbench GmbH")), "{names:?}");
}

#[test]
fn a_copyright_line_names_its_holder() {
    let text = "© 2026 Northwind Workbench GmbH. All rights reserved.";
    let found = &copyrights(text)[0];
    assert!(found.holder.starts_with("Northwind Workbench"), "{found:?}");
    let slice: String = text.chars().skip(found.range.start).take(found.range.len()).collect();
    assert_eq!(slice, found.holder);
}
