//! Names of months in several languages.

use crate::text::Folded;

/// Any name of the table, longest first, for patterns that ignore case.
pub(super) const PATTERN: &str = "january|february|march|april|june|july|august|september|october|november|december\
    |januar|jänner|februar|feber|märz|maerz|juni|juli|oktober|dezember\
    |janvier|février|fevrier|mars|avril|juin|juillet|août|aout|septembre|octobre|novembre|décembre|decembre\
    |enero|febrero|marzo|abril|mayo|junio|julio|agosto|septiembre|setiembre|octubre|noviembre|diciembre\
    |gennaio|febbraio|aprile|maggio|giugno|luglio|settembre|ottobre|dicembre\
    |januari|februari|maart|augustus|augusti\
    |janeiro|fevereiro|março|maio|junho|julho|setembro|outubro|novembro|dezembro\
    |janv|févr|sept|jan|feb|mar|mär|apr|avr|may|mai|mei|maj|jun|jul|juil|aug|sep|oct|okt|ott|nov|dec|dez|déc|dic";

/// The number of a month of any of the languages.
pub(super) fn number(name: &str) -> Option<i16> {
    let name = Folded::new(name).text().chars().filter(|c| c.is_ascii_alphabetic()).collect::<String>();
    // Folding splits `ä` into letter and mark; without marks the beginnings tell the months apart.
    let starts = |prefixes: &[&str]| prefixes.iter().any(|prefix| name.starts_with(prefix));
    Some(match () {
        () if starts(&["jan", "ene", "gen"]) => 1,
        () if starts(&["feb", "fev"]) => 2,
        () if starts(&["mar", "maer", "maa"]) => 3,
        () if starts(&["apr", "avr", "abr"]) => 4,
        () if starts(&["may", "mai", "mei", "maj", "mag"]) => 5,
        () if starts(&["jun", "juin", "giu"]) => 6,
        () if starts(&["jul", "juil", "lug"]) => 7,
        () if starts(&["aug", "aou", "ago"]) => 8,
        () if starts(&["sep", "set"]) => 9,
        () if starts(&["oct", "okt", "ott", "out"]) => 10,
        () if starts(&["nov"]) => 11,
        () if starts(&["dec", "dez", "dic"]) => 12,
        () => return None,
    })
}
