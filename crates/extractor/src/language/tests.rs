use super::*;
use crate::error::PackLimits;

#[track_caller]
fn check(html: &str, text: &str, wanted: Option<&str>) {
    let dom = crate::dom::parse(html, &PackLimits::default());
    assert_eq!(language(&dom, &Survey::of(&dom), text).as_deref(), wanted, "{html}");
}

#[test]
fn page_says_its_language() {
    check("<html lang=EN>", "", Some("en"));
    check("<html lang='zh_hant-tw'>", "", Some("zh-Hant-TW"));
    check("<html xml:lang=fr>", "", Some("fr"));
    check("<meta http-equiv=Content-Language content='de-at, en'>", "", Some("de-AT"));
    check("<meta property=og:locale content=pt_BR>", "", Some("pt-BR"));
    check("<html lang='<script>'>", "", None);
    check("<html lang=und>", "", None);
}

#[test]
fn text_shows_its_language_where_the_page_is_silent() {
    let german = "Der Bohrer ist leicht und stark, die Garantie beträgt zwei Jahre und er wird mit einem Koffer geliefert.";
    check("<p>", german, Some("de"));
    check("<p>", "Дрель лёгкая и мощная, гарантия составляет два года, поставляется в чемодане.", Some("ru"));
    check("<p>", "42", None);
}
