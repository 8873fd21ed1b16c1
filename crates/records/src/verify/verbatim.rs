//! Whether a text stands in a quote to the letter: white space aside, and with the escapes of JSON and HTML resolved,
//! since a quote of structured data is the source's own writing.

use gleaner_evidence::{quote::Haystack, text::squeeze};

/// Whether `value` stands in `quote` as whole words, as written or as its escapes read.
pub(super) fn stands_in(value: &str, quote: &str) -> bool {
    let mut writing = quote.to_owned();
    for resolve in [|text: &str| text.to_owned(), json, html, html] {
        writing = resolve(&writing);
        if holds(&writing, value) || (squeeze(value) == value && holds(&squeeze(&writing), value)) {
            return true;
        }
    }
    false
}

fn holds(writing: &str, value: &str) -> bool {
    value.trim() == value && Haystack::new(writing).find(value).is_ok_and(|found| found.exact)
}

/// The text with its JSON escapes resolved.
fn json(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut units: Vec<u16> = Vec::new();
    let mut chars = text.chars();
    let flush = |units: &mut Vec<u16>, out: &mut String| {
        out.push_str(&String::from_utf16_lossy(units));
        units.clear();
    };
    while let Some(c) = chars.next() {
        if c != '\\' {
            flush(&mut units, &mut out);
            out.push(c);
            continue;
        }
        match chars.next() {
            Some('u') => {
                let digits: String = chars.by_ref().take(4).collect();
                if let Ok(unit) = u16::from_str_radix(&digits, 16) {
                    units.push(unit);
                }
            }
            escaped => {
                flush(&mut units, &mut out);
                out.push(match escaped {
                    Some('n' | 'r' | 't' | 'b' | 'f') => ' ',
                    Some(other) => other,
                    None => '\\',
                });
            }
        }
    }
    flush(&mut units, &mut out);
    out
}

/// The text with its HTML character references resolved, by the parser that reads pages.
fn html(text: &str) -> String {
    if !text.contains('&') {
        return text.to_owned();
    }
    let page = format!("<p>{}</p>", text.replace('<', "&lt;"));
    let Ok(url) = url::Url::parse("https://page.invalid/") else { return text.to_owned() };
    gleaner_extractor::build_pack(
        page.as_bytes(),
        Some("text/html; charset=utf-8"),
        &url,
        &Default::default(),
    )
    .map_or_else(|_| text.to_owned(), |pack| pack.visible)
}
