use super::*;

#[track_caller]
fn check(title: &str, said: Option<&str>) {
    assert_eq!(SOFT_ERROR.said_in(&pieces(title)), said, "{title}");
}

#[test]
fn a_piece_of_a_title_is_compared_without_the_marks_around_it() {
    check("404 | Acme", Some("404"));
    check("Acme – Page not found!", Some("page not found"));
    check("Oops! That page can’t be found.", Some("page can't be found"));
    check("¡Página no encontrada!", Some("página no encontrada"));
    check("404. That's an error.", Some("404"));
    check("ページが見つかりません｜Acme", Some("ページが見つかりません"));
}

#[test]
fn a_phrase_among_many_others_is_what_a_page_is_about() {
    check("Why visitors see page not found, and what your shop can do for them", None);
    check("Best 404 pages of the year", None);
    check("Peugeot 404", None);
    check("Formation en maintenance", None);
    check("", None);
}

#[test]
fn a_phrase_that_begins_a_piece_is_a_word() {
    assert_eq!(LOGIN.begun_in(&pieces("Login - Acme")), Some("login"));
    assert_eq!(LOGIN.begun_in(&pieces("Sign in to Acme")), Some("sign in"));
    assert_eq!(LOGIN.begun_in(&pieces("Logins of the rich")), None);
}

#[test]
fn every_phrase_is_written_as_texts_are_compared() {
    for phrases in [&CHALLENGE, &SOFT_ERROR, &LOGIN] {
        for Phrase { text, .. } in &phrases.list {
            assert_eq!(pieces(text), [*text]);
        }
    }
    for phrases in [&CHALLENGE_CLUES, &PARKED, &CONSENT, &ACCEPT, &POLICY] {
        for Phrase { text, among } in &phrases.list {
            assert_eq!(lower(text), *text);
            assert_eq!(text.trim(), *text);
            assert!(!among && !text.is_empty(), "{text}");
        }
    }
}
