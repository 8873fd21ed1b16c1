//! Turns the bytes of a page into text.
//!
//! A byte order mark decides, then the Content-Type header, then what the page says of itself, then whether it is valid
//! UTF-8, then a guess. The same bytes and header always give the same text, so a stored capture can be read again.

use std::borrow::Cow;

use chardetng::{EncodingDetector, Iso2022JpDetection, Utf8Detection};
use encoding_rs::{Encoding, UTF_8, UTF_16BE, UTF_16LE, WINDOWS_1252, X_USER_DEFINED};

/// How far into a page its own declaration is looked for.
const PRESCAN_BYTES: usize = 4096;

/// Guessing needs no more.
const GUESS_BYTES: usize = 256 * 1024;

/// What decided on the encoding.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CharsetSource {
    ByteOrderMark,
    Header,
    Meta,
    /// Nothing was declared, and the bytes are valid UTF-8.
    Utf8,
    Guess,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decoded<'a> {
    pub text: Cow<'a, str>,
    /// The WHATWG name, such as `windows-1252`.
    pub encoding: &'static str,
    pub source: CharsetSource,
    /// Some bytes made no sense and became U+FFFD.
    pub lossy: bool,
}

/// Decodes a page, given its Content-Type header if there was one. The byte order mark is not part of the text.
pub fn decode<'a>(bytes: &'a [u8], content_type: Option<&str>) -> Decoded<'a> {
    let (encoding, source) = detect(bytes, content_type);
    let (text, lossy) = match source {
        CharsetSource::ByteOrderMark => encoding.decode_with_bom_removal(bytes),
        _ => encoding.decode_without_bom_handling(bytes),
    };
    Decoded { text, encoding: encoding.name(), source, lossy }
}

fn detect(bytes: &[u8], content_type: Option<&str>) -> (&'static Encoding, CharsetSource) {
    if let Some((encoding, _)) = Encoding::for_bom(bytes) {
        return (encoding, CharsetSource::ByteOrderMark);
    }
    if let Some(encoding) = content_type.and_then(charset_of).and_then(Encoding::for_label) {
        return (encoding, CharsetSource::Header);
    }
    if let Some(encoding) = declared(&bytes[..bytes.len().min(PRESCAN_BYTES)]) {
        return (encoding, CharsetSource::Meta);
    }
    if std::str::from_utf8(bytes).is_ok() {
        return (UTF_8, CharsetSource::Utf8);
    }
    let mut detector = EncodingDetector::new(Iso2022JpDetection::Deny);
    detector.feed(&bytes[..bytes.len().min(GUESS_BYTES)], true);
    (detector.guess(None, Utf8Detection::Deny), CharsetSource::Guess)
}

/// The value of `charset=` in a Content-Type.
fn charset_of(content_type: &str) -> Option<&[u8]> {
    let bytes = content_type.as_bytes();
    let mut from = 0;
    loop {
        let at = from + find(&bytes[from..], b"charset")? + b"charset".len();
        let rest = skip_white(&bytes[at..]);
        let Some((b'=', value)) = rest.split_first() else {
            from = at;
            continue;
        };
        let value = skip_white(value);
        return match value.split_first() {
            Some((quote @ (b'"' | b'\''), rest)) => rest.split(|byte| byte == quote).next(),
            _ => value.split(|byte| byte.is_ascii_whitespace() || matches!(byte, b';' | b',')).next(),
        };
    }
}

/// What an XML declaration or a `meta` element near the start says.
fn declared(head: &[u8]) -> Option<&'static Encoding> {
    let label = xml_declared(head).or_else(|| meta_declared(head))?;
    let encoding = Encoding::for_label(label)?;
    // who could read this declaration as ASCII is not reading UTF-16 (WHATWG, prescan)
    Some(match encoding {
        _ if encoding == UTF_16BE || encoding == UTF_16LE => UTF_8,
        _ if encoding == X_USER_DEFINED => WINDOWS_1252,
        _ => encoding,
    })
}

fn xml_declared(head: &[u8]) -> Option<&[u8]> {
    let declaration = head.strip_prefix(b"<?xml")?;
    let declaration = &declaration[..find(declaration, b"?>")?];
    let rest = skip_white(&declaration[find(declaration, b"encoding")? + b"encoding".len()..]);
    let value = skip_white(rest.strip_prefix(b"=")?);
    let (quote, rest) = value.split_first().filter(|(quote, _)| matches!(quote, b'"' | b'\''))?;
    rest.split(|byte| byte == quote).next()
}

fn meta_declared(mut head: &[u8]) -> Option<&[u8]> {
    loop {
        head = &head[head.iter().position(|&byte| byte == b'<')?..];
        if head.starts_with(b"<!--") {
            head = &head[find(head, b"-->")?..];
        } else if head.len() > 5
            && head[..5].eq_ignore_ascii_case(b"<meta")
            && (head[5].is_ascii_whitespace() || head[5] == b'/')
        {
            let end = head.iter().position(|&byte| byte == b'>')?;
            // `charset=` of either form: an attribute, or inside `content`
            let found = std::str::from_utf8(&head[5..end]).ok().and_then(charset_of);
            match found.map(|label| {
                label.split(|byte| matches!(byte, b'"' | b'\'' | b'/' | b'>')).next().unwrap_or(label)
            }) {
                Some(label) if Encoding::for_label(label).is_some() => return Some(label),
                _ => head = &head[end..],
            }
        } else {
            head = &head[1..];
        }
    }
}

fn find(haystack: &[u8], needle: &[u8]) -> Option<usize> {
    haystack.windows(needle.len()).position(|window| window.eq_ignore_ascii_case(needle))
}

fn skip_white(bytes: &[u8]) -> &[u8] {
    bytes.trim_ascii_start()
}

#[cfg(test)]
mod tests;
