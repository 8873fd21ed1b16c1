use super::*;

#[track_caller]
fn check(bytes: &[u8], content_type: Option<&str>, wanted: Option<Content>) {
    assert_eq!(
        content(bytes, content_type).ok(),
        wanted,
        "{:?} as {content_type:?}",
        String::from_utf8_lossy(bytes)
    );
}

#[test]
fn header_says_what_bytes_are() {
    check(b"x", Some("Text/HTML; charset=x"), Some(Content::Html));
    check(b"<?xml version='1.0'?><html>", Some("application/xhtml+xml"), Some(Content::Html));
    check(b"a <b", Some("text/plain"), Some(Content::Plain));
    check(b"<feed>", Some("application/xml"), None);
    check(b"x", Some("image/png"), None);
}

#[test]
fn bytes_speak_where_the_header_is_silent_or_wrong() {
    check(b"\xef\xbb\xbf <!DOCTYPE html>", None, Some(Content::Html));
    check(b"<!doctype HTML>", Some("text/plain"), Some(Content::Html));
    check(b"<?xml version='1.0'?><!DOCTYPE html><html>", Some("text/xml"), Some(Content::Html));
    check(b"some <b>bold</b>", Some("application/octet-stream"), Some(Content::Html));
    check(b"a < b", None, Some(Content::Plain));
    check(b"\x89PNG\r\n", Some("text/html"), None);
    check(b"\xff\xfe<\0p\0", None, Some(Content::Html));
    check(b"a\0b", None, None);
    check(b"<?xml version='1.0'?><rss>", None, None);
    check(b"[1]", None, None);
    check(b"[1", None, Some(Content::Plain));
}
