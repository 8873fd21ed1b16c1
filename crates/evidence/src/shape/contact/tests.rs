use super::*;

fn numbers(text: &str) -> Vec<(String, Line)> {
    telephones(text).into_iter().map(|found| (found.number, found.line)).collect()
}

#[test]
fn addresses_are_found_with_their_code_points() {
    let text = "Ärger? service@acme.example oder info[at]acme[dot]example, logo@2x.png";
    let found: Vec<String> = emails(text).into_iter().map(|email| email.address).collect();
    assert_eq!(found, ["service@acme.example", "info@acme.example"]);
    assert_eq!(emails(text)[0].range, 7..27);
}

#[test]
fn a_label_tells_voice_from_fax() {
    assert_eq!(numbers("Tel: (203) 367-3000"), [("(203) 367-3000".to_owned(), Line::Voice)]);
    assert_eq!(numbers("Fax: +49 40 5550124"), [("+49 40 5550124".to_owned(), Line::Fax)]);
    assert_eq!(numbers("866-643-0919"), [("866-643-0919".to_owned(), Line::Unlabelled)]);
}

#[test]
fn dates_and_prices_are_no_telephone_numbers() {
    assert_eq!(numbers("22.11.2026"), []);
    assert_eq!(numbers("2026-11-22"), []);
    assert_eq!(numbers("$1,299.00"), []);
}

#[test]
fn the_range_of_a_number_slices_to_it() {
    let text = "Größe 🛠 Phone 970-221-5972.";
    let found = &telephones(text)[0];
    let slice: String = text.chars().skip(found.range.start).take(found.range.len()).collect();
    assert_eq!(slice, found.number);
}
