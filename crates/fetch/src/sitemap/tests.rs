use std::io::Write;

use flate2::{Compression, write::GzEncoder};
use proptest::prelude::*;

use super::*;

#[track_caller]
fn check(file: &[u8], expected: &[(&str, Option<&str>)], warnings: usize) -> Sitemap {
    let sitemap = parse(file).unwrap();
    let entries: Vec<_> = sitemap.entries.iter().map(|e| (e.loc.as_str(), e.lastmod.as_deref())).collect();
    assert_eq!(entries, expected);
    assert_eq!(sitemap.warnings.len(), warnings, "{:?}", sitemap.warnings);
    sitemap
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

const PAGES: &[u8] = br#"<?xml version="1.0" encoding="UTF-8"?>
<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9" xmlns:image="http://www.google.com/schemas/sitemap-image/1.1">
  <url><loc> https://s.example/?a=1&amp;b=2 </loc><lastmod>2026-11-01</lastmod><changefreq>daily</changefreq>
    <image:image><image:loc>https://s.example/i.png</image:loc></image:image></url>
  <url><lastmod/><loc><![CDATA[https://s.example/c?d&e]]></loc></url>
</urlset>"#;

const EXPECTED: &[(&str, Option<&str>)] =
    &[("https://s.example/?a=1&b=2", Some("2026-11-01")), ("https://s.example/c?d&e", None)];

#[test]
fn pages_are_read_with_their_dates() {
    assert_eq!(check(PAGES, EXPECTED, 0).kind, SitemapKind::Pages);
}

#[test]
fn gzipped_sitemap_is_unpacked() {
    check(&gzip(PAGES), EXPECTED, 0);
}

#[test]
fn index_lists_sitemaps() {
    let index = b"\xEF\xBB\xBF\n<x:sitemapindex xmlns:x='http://www.sitemaps.org/schemas/sitemap/0.9'>\
        <x:sitemap><x:loc>https://s.example/1.xml.gz</x:loc></x:sitemap></x:sitemapindex>";
    assert_eq!(check(index, &[("https://s.example/1.xml.gz", None)], 0).kind, SitemapKind::Index);
}

#[test]
fn plain_list_is_read_line_by_line() {
    let file = b"https://s.example/1\r\n\n  https://s.example/2\nnot a url\n";
    check(file, &[("https://s.example/1", None), ("https://s.example/2", None)], 1);
}

#[test]
fn bare_ampersands_are_forgiven() {
    let file = b"<urlset><url><loc>https://s.example/?a=1&b=2&c</loc></url></urlset>";
    check(file, &[("https://s.example/?a=1&b=2&c", None)], 0);
}

#[test]
fn what_is_no_web_address_is_skipped_with_a_warning() {
    let file = b"<urlset><url><loc>javascript:alert(1)</loc></url><url><loc>/rel</loc></url><url></url>\
        <url><loc>https://s.example/</loc></url></urlset>";
    check(file, &[("https://s.example/", None)], 3);
}

#[test]
fn broken_file_gives_what_stands_before_the_break() {
    let whole = "<urlset><url><loc>https://s.example/1</loc></url>";
    for tail in ["<url><loc>https://s.example/2", "</urlst>", "<url <", "<!-- "] {
        check(format!("{whole}{tail}").as_bytes(), &[("https://s.example/1", None)], 1);
    }
}

#[test]
fn declared_entities_are_not_expanded() {
    let file = br#"<!DOCTYPE urlset [<!ENTITY a "xxxxxxxxxx"><!ENTITY b "&a;&a;&a;&a;">
        <!ENTITY f SYSTEM "file:///etc/passwd">]>
        <urlset><url><loc>https://s.example/&b;&f;&#47;&#x2f;</loc></url></urlset>"#;
    check(file, &[("https://s.example/&b;&f;//", None)], 0);
}

#[test]
fn deep_nesting_is_walked_without_a_stack() {
    let deep = format!("<urlset>{}", "<a>".repeat(200_000));
    check(deep.as_bytes(), &[], 1);
}

#[test]
fn bombs_are_refused() {
    let bomb = gzip(&vec![b' '; usize::try_from(MAX_SITEMAP_BYTES).unwrap() + 2]);
    assert!(matches!(parse(&bomb), Err(SitemapError::TooLarge)));
}

#[test]
fn list_ends_at_the_limit() {
    let file = "https://s.example/\n".repeat(MAX_ENTRIES + 5);
    let sitemap = parse(file.as_bytes()).unwrap();
    assert_eq!((sitemap.entries.len(), sitemap.warnings.len()), (MAX_ENTRIES, 1));
}

#[test]
fn other_files_are_no_sitemaps() {
    for file in
        [&b""[..], b"<html><body>404</body></html>", b"<rss/>", b"hello", b"\x1f\x8bnope", b"<", b"\x00\xff"]
    {
        assert!(parse(file).is_err(), "{file:?}");
    }
}

proptest! {
    #[test]
    fn any_bytes_are_survived(noise in prop::collection::vec(any::<u8>(), 0..300), text in "(<|/|>|url|loc|urlset|&|;|x|!\\[CDATA\\[|\\]\\]>){0,40}") {
        let _ = parse(&noise);
        let _ = parse(format!("<urlset>{text}").as_bytes());
    }
}
