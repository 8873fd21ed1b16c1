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

/// A file of this many bytes at least, of pages that are all alike.
fn large(bytes: usize) -> Vec<u8> {
    let page = b"<url><loc>https://s.example/";
    let fill = vec![b'a'; 2000];
    let end = b"</loc></url>\n";
    let mut file = b"<urlset>".to_vec();
    while file.len() < bytes {
        file.extend_from_slice(page);
        file.extend_from_slice(&fill);
        file.extend_from_slice(end);
    }
    file.extend_from_slice(b"</urlset>");
    file
}

#[test]
fn a_sitemap_beyond_the_limit_is_refused_whole_and_read_where_it_was_cut() {
    let file = large(60 << 20);
    assert!(matches!(parse(&file), Err(SitemapError::TooLarge)));
    assert!(matches!(parse(&gzip(&file)), Err(SitemapError::TooLarge)));
    let cut = parse(&file[..usize::try_from(MAX_SITEMAP_BYTES).unwrap()]).unwrap();
    assert_eq!(cut.entries.len(), (MAX_SITEMAP_BYTES as usize - 8) / 2041);
    assert_eq!(cut.warnings.len(), 1, "{:?}", cut.warnings);
}

#[test]
fn entries_end_at_the_limit_in_every_form() {
    let many = |item: &str| -> String {
        (0..MAX_ENTRIES + 5).map(|n| format!("<{item}><loc>https://s.example/{n}</loc></{item}>")).collect()
    };
    for (root, item, kind) in
        [("urlset", "url", SitemapKind::Pages), ("sitemapindex", "sitemap", SitemapKind::Index)]
    {
        let file = format!("<{root}>{}</{root}>", many(item));
        for file in [file.clone().into_bytes(), gzip(file.as_bytes())] {
            let sitemap = parse(&file).unwrap();
            assert_eq!((sitemap.kind, sitemap.entries.len(), sitemap.warnings.len()), (kind, MAX_ENTRIES, 1));
        }
    }
}

#[test]
fn every_way_of_writing_one_page_is_read() {
    let page = |text: &str| format!("<urlset>{text}</urlset>").into_bytes();
    let utf16 = |big: bool| -> Vec<u8> {
        let text = "\u{feff}<?xml version='1.0' encoding='UTF-16'?><urlset><url><loc>https://s.example/1</loc></url></urlset>";
        text.encode_utf16()
            .flat_map(|unit| if big { unit.to_be_bytes() } else { unit.to_le_bytes() })
            .collect()
    };
    let mut members = gzip(b"<urlset><url><loc>https://s.exa");
    members.extend(gzip(b"mple/1</loc></url></urlset>"));
    for (what, file) in [
        ("no declaration and no name space", page("<url><loc>https://s.example/1</loc></url>")),
        ("a mark of the byte order", [&b"\xEF\xBB\xBF"[..], &page("<url><loc>https://s.example/1</loc></url>")].concat()),
        ("UTF-16", utf16(true)),
        ("UTF-16 the other way round", utf16(false)),
        ("white space before the declaration", [&b"\n\n <?xml version='1.0'?>"[..], &page("<url><loc>https://s.example/1</loc></url>")].concat()),
        ("the name space of another version", b"<urlset xmlns='http://www.google.com/schemas/sitemap/0.84'><url><loc>https://s.example/1</loc></url></urlset>".to_vec()),
        ("a name space that is none", b"<urlset xmlns='x'><url xmlns='y'><loc xmlns=''>https://s.example/1</loc></url></urlset>".to_vec()),
        ("prefixes that nobody declared", b"<a:urlset><b:url><c:loc>https://s.example/1</c:loc></b:url></a:urlset>".to_vec()),
        ("a comment and an instruction within", page("<!-- x --><?y z?><url><loc>https://s.example<!-- x -->/1</loc></url>")),
        ("a locator of an image beside", page("<url><image><loc>https://s.example/i</loc></image><loc>https://s.example/1</loc></url>")),
        ("line ends of old", page("<url>\r<loc>\rhttps://s.example/1\r</loc>\r</url>")),
        ("a list of one", b"https://s.example/1".to_vec()),
        ("a list with a mark of the byte order", b"\xEF\xBB\xBFhttps://s.example/1\r\n".to_vec()),
        ("gzip of members", members),
    ] {
        let sitemap = parse(&file).unwrap_or_else(|error| panic!("{what}: {error}"));
        let locs: Vec<_> = sitemap.entries.iter().map(|entry| entry.loc.as_str()).collect();
        assert_eq!(locs, ["https://s.example/1"], "{what}: {:?}", sitemap.warnings);
    }
}

#[test]
fn a_gzip_that_breaks_off_gives_what_stands_before_the_break() {
    let pages: String = (0..2_000u32)
        .map(|n| format!("<url><loc>https://s.example/{}</loc></url>", n.wrapping_mul(2_654_435_761)))
        .collect();
    let whole = gzip(format!("<urlset>{pages}</urlset>").as_bytes());
    let mut flipped = whole.clone();
    *flipped.last_mut().unwrap() ^= 0xff;
    for (what, file, least) in [
        ("without its end", &whole[..whole.len() - 9], 1_900),
        ("without its checksum", &whole[..whole.len() - 8], 2_000),
        ("with another length", &flipped, 2_000),
        ("half of it", &whole[..whole.len() / 2], 500),
        ("with other bytes behind", &[&whole[..], b"\0\0\0\0"].concat(), 2_000),
    ] {
        let sitemap = parse(file).unwrap_or_else(|error| panic!("{what}: {error}"));
        assert!(sitemap.entries.len() >= least, "{what}: {}", sitemap.entries.len());
        assert!(!sitemap.warnings.is_empty(), "{what}");
    }
    assert!(matches!(parse(&whole[..12]), Err(SitemapError::Gzip(_))));
    assert!(matches!(parse(&gzip(&whole)), Err(SitemapError::NotASitemap)));
}

/// A thousand million, were entities expanded.
#[test]
fn entities_that_multiply_stay_as_they_are_written() {
    let mut file = String::from("<!DOCTYPE urlset [<!ENTITY l0 'ha'>");
    for n in 1..10 {
        file.push_str(&format!("<!ENTITY l{n} '{}'>", format!("&l{};", n - 1).repeat(10)));
    }
    file.push_str("<!ENTITY % p SYSTEM 'file:///etc/passwd'>%p;]><urlset><url><loc>https://s.example/&l9;</loc></url></urlset>");
    check(file.as_bytes(), &[("https://s.example/&l9;", None)], 0);
    let many = format!("<urlset><url><loc>https://s.example/{}</loc></url></urlset>", "&l9;".repeat(100_000));
    assert_eq!(parse(many.as_bytes()).unwrap().entries, []);
}

proptest! {
    #[test]
    fn any_bytes_are_survived(noise in prop::collection::vec(any::<u8>(), 0..300), text in "(<|/|>|url|loc|urlset|&|;|x|!\\[CDATA\\[|\\]\\]>){0,40}") {
        let _ = parse(&noise);
        let _ = parse(format!("<urlset>{text}").as_bytes());
    }
}
