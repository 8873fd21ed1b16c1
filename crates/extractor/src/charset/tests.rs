use CharsetSource::*;
use proptest::prelude::*;

use super::*;

#[track_caller]
fn check(bytes: &[u8], header: Option<&str>, text: &str, encoding: &str, source: CharsetSource) {
    let decoded = decode(bytes, header);
    assert_eq!((decoded.text.as_ref(), decoded.encoding, decoded.source), (text, encoding, source));
}

#[test]
fn byte_order_mark_wins_over_everything() {
    check(
        b"\xEF\xBB\xBF<meta charset=koi8-r>\xC3\xA9",
        Some("text/html; charset=latin1"),
        "<meta charset=koi8-r>é",
        "UTF-8",
        ByteOrderMark,
    );
    check(b"\xFF\xFEa\0\xE9\0", Some("text/html; charset=utf-8"), "aé", "UTF-16LE", ByteOrderMark);
    check(b"\xFE\xFF\0a\0\xE9", None, "aé", "UTF-16BE", ByteOrderMark);
}

#[test]
fn header_wins_over_meta() {
    let page = b"<meta charset=utf-8>caf\xE9";
    for header in
        ["text/html; charset=ISO-8859-1", "text/html;CHARSET = \"latin1\"", "text/html; charset='l1'; x=y"]
    {
        check(page, Some(header), "<meta charset=utf-8>café", "windows-1252", Header);
    }
}

#[test]
fn unknown_header_is_passed_over() {
    for header in ["text/html; charset=nonsense", "text/html", "charset", "text/html; charset=", ""] {
        check(b"<meta charset='koi8-r'>\xC1", Some(header), "<meta charset='koi8-r'>а", "KOI8-R", Meta);
    }
}

#[test]
fn page_may_declare_its_encoding() {
    for (declaration, name, text) in [
        ("<meta charset=windows-1251>", "windows-1251", "й"),
        ("<META  CHARSET = 'windows-1251' />", "windows-1251", "й"),
        ("<meta http-equiv=Content-Type content=\"text/html; charset=windows-1251\">", "windows-1251", "й"),
        ("<!-- <meta charset=koi8-r> --><meta charset=windows-1251>", "windows-1251", "й"),
        ("<meta charset=nonsense><meta charset=windows-1251>", "windows-1251", "й"),
        ("<meta name=charset-note content=x><meta charset=windows-1251/>", "windows-1251", "й"),
        ("<?xml version=\"1.0\" encoding='windows-1251'?>", "windows-1251", "й"),
    ] {
        let page = [declaration.as_bytes(), b"\xE9"].concat();
        check(&page, None, &format!("{declaration}{text}"), name, Meta);
    }
}

#[test]
fn utf16_in_a_meta_is_not_believed() {
    check("<meta charset=utf-16>é".as_bytes(), None, "<meta charset=utf-16>é", "UTF-8", Meta);
}

#[test]
fn undeclared_utf8_is_utf8_and_the_rest_is_guessed() {
    check("naïve – 12 €".as_bytes(), Some("text/html"), "naïve – 12 €", "UTF-8", Utf8);
    check(b"", None, "", "UTF-8", Utf8);
    let german = b"Die Gr\xF6\xDFe der T\xFCr betr\xE4gt zwei Meter, die H\xF6he f\xFCnf.";
    check(german, None, "Die Größe der Tür beträgt zwei Meter, die Höhe fünf.", "windows-1252", Guess);
    let (japanese, _, _) = encoding_rs::SHIFT_JIS.encode("これは日本語の文章です。商品の価格は千円です。");
    check(&japanese, None, "これは日本語の文章です。商品の価格は千円です。", "Shift_JIS", Guess);
}

#[test]
fn senseless_bytes_are_marked() {
    let decoded = decode(b"a\xFFb", Some("text/html; charset=utf-8"));
    assert_eq!((decoded.text.as_ref(), decoded.lossy), ("a\u{FFFD}b", true));
    assert!(!decode(b"ab", None).lossy);
}

proptest! {
    #[test]
    fn any_bytes_become_text(noise in prop::collection::vec(any::<u8>(), 0..300), header in proptest::option::of("\\PC{0,30}"), tail in "(<|meta|charset|=|'|\"|>|/|!--|-->| |x|utf-8){0,20}") {
        decode(&noise, header.as_deref());
        decode(tail.as_bytes(), header.as_deref());
    }
}
