use super::*;

fn check_streets(text: &str, expected: &[&str]) {
    let found: Vec<String> = streets(text).into_iter().map(|street| street.line).collect();
    assert_eq!(found, expected, "{text}");
}

#[test]
fn street_lines_are_known_by_their_shape() {
    check_streets("Visit us: 1720 Kirkwood Drive, Fort Collins", &["1720 Kirkwood Drive"]);
    check_streets("730 West Market Street, Akron", &["730 West Market Street"]);
    check_streets("2730 Wilshire Blvd. Suite 320", &["2730 Wilshire Blvd. Suite 320"]);
    check_streets("Musterstraße 12, 20095 Hamburg", &["Musterstraße 12"]);
    check_streets("P.O. Box 1234", &["P.O. Box 1234"]);
    check_streets("founded 1984 by two brothers", &[]);
}

#[test]
fn a_city_line_tells_city_region_and_post_code_with_their_places() {
    let text = "Ärzte: Akron, OH 44303 USA";
    let line = &city_lines(text)[0];
    assert_eq!(line.city, "Akron");
    assert_eq!(line.city_range, 7..12);
    assert_eq!(line.region.map(|region| region.code), Some("OH"));
    assert_eq!(line.postal_code.as_ref().map(|code| code.code.as_str()), Some("44303"));
}

#[test]
fn german_and_british_lines_are_read_too() {
    let german = &city_lines("20095 Hamburg")[0];
    assert_eq!(
        (german.city.as_str(), german.postal_code.as_ref().unwrap().code.as_str()),
        ("Hamburg", "20095")
    );
    let british = &city_lines("London SW1A 1AA")[0];
    assert_eq!(
        (british.city.as_str(), british.postal_code.as_ref().unwrap().code.as_str()),
        ("London", "SW1A 1AA")
    );
}

#[test]
fn countries_are_found_as_whole_words() {
    let codes: Vec<&str> = super::super::countries("Made in Germany. Walesville, UK")
        .into_iter()
        .map(|(code, _)| code)
        .collect();
    assert_eq!(codes, ["DE", "GB"]);
}

fn check_city(text: &str, expected: Option<&str>) {
    assert_eq!(city_lines(text).first().map(|line| line.city.as_str()), expected, "{text}");
}

#[test]
fn a_city_is_told_from_the_street_before_and_the_county_behind_it() {
    check_city("180 Mercer Street New York, NY 10012", Some("New York"));
    check_city("Loop Road Punta Gorda, FL 33950", Some("Punta Gorda"));
    check_city("Cheltenham Gloucestershire GL51 9PL", Some("Cheltenham"));
}

#[test]
fn sentences_and_people_are_no_cities() {
    check_city("WITHOUT WARRANTY OF ACCURACY, OR OTHERWISE", None);
    check_city("A. Watson Arlington, VA 22201", None);
    check_city("Jane Roe, MS", None);
    check_city("12 Main Street, Akron, OH", Some("Akron"));
}

#[test]
fn a_suite_on_the_next_line_belongs_to_the_street() {
    check_streets("723 Seventh Ave\nSuite 902\nNew York", &["723 Seventh Ave Suite 902"]);
}
