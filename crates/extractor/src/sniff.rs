//! What bytes are: by the Content-Type, by how they begin where it is silent or plainly wrong.

use crate::error::PackError;

/// What the extractor reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Content {
    Html,
    Plain,
}

const SNIFF_BYTES: usize = 1024;

/// Beginnings that no text has.
const MAGIC: &[(&[u8], &str)] = &[
    (b"%PDF-", "application/pdf"),
    (b"\x89PNG", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF8", "image/gif"),
    (b"RIFF", "application/x-riff"),
    (b"PK\x03\x04", "application/zip"),
    (b"\x1f\x8b", "application/gzip"),
    (b"\x28\xb5\x2f\xfd", "application/zstd"),
    (b"Rar!", "application/vnd.rar"),
    (b"\xd0\xcf\x11\xe0", "application/x-ole-storage"),
    (b"\x7fELF", "application/x-elf"),
    (b"OggS", "application/ogg"),
    (b"wOFF", "font/woff"),
    (b"wOF2", "font/woff2"),
    (b"ID3", "audio/mpeg"),
];

/// What to read `bytes` as.
pub(crate) fn content(bytes: &[u8], content_type: Option<&str>) -> Result<Content, PackError> {
    let refuse = |kind: &str| Err(PackError::UnsupportedType(kind.chars().take(80).collect()));
    if let Some((_, kind)) = MAGIC.iter().find(|(magic, _)| bytes.starts_with(magic)) {
        return refuse(kind);
    }
    let kind = content_type.unwrap_or("").split(';').next().unwrap_or("").trim_ascii().to_ascii_lowercase();
    match kind.as_str() {
        "text/html" | "application/xhtml+xml" => Ok(Content::Html),
        "text/plain" if !begins_as_html(bytes) => Ok(Content::Plain),
        "text/plain" => Ok(Content::Html),
        "text/xml" | "application/xml" if begins_as_html(bytes) => Ok(Content::Html),
        "" | "application/octet-stream" | "unknown/unknown" | "*/*" | "text" | "html" => sniff(bytes),
        other => refuse(other),
    }
}

fn sniff(bytes: &[u8]) -> Result<Content, PackError> {
    let head = &bytes[..bytes.len().min(SNIFF_BYTES)];
    let is_utf16 = head.starts_with(b"\xff\xfe") || head.starts_with(b"\xfe\xff");
    if head.contains(&0) && !is_utf16 {
        return Err(PackError::UnsupportedType("application/octet-stream".to_owned()));
    }
    if begins_as_html(bytes) || is_utf16 {
        return Ok(Content::Html);
    }
    match skip_mark(head).trim_ascii_start() {
        [b'<', b'?', b'x', b'm', b'l', ..] => Err(PackError::UnsupportedType("application/xml".to_owned())),
        [b'{' | b'[', ..] if serde_json::from_slice::<serde::de::IgnoredAny>(bytes).is_ok() => {
            Err(PackError::UnsupportedType("application/json".to_owned()))
        }
        _ if has_tag(bytes) => Ok(Content::Html),
        _ => Ok(Content::Plain),
    }
}

/// An HTML tag, doctype or comment at the very start, or `<html` soon after an XML declaration.
fn begins_as_html(bytes: &[u8]) -> bool {
    let head = skip_mark(&bytes[..bytes.len().min(SNIFF_BYTES)]).trim_ascii_start();
    let starts =
        |tag: &str| head.len() >= tag.len() && head[..tag.len()].eq_ignore_ascii_case(tag.as_bytes());
    let contains =
        |tag: &str| head.windows(tag.len()).any(|window| window.eq_ignore_ascii_case(tag.as_bytes()));
    ["<!doctype html", "<html", "<head", "<body"].iter().any(|tag| starts(tag))
        || ((starts("<?xml") || starts("<!--") || starts("<!doctype")) && contains("<html"))
}

fn has_tag(bytes: &[u8]) -> bool {
    bytes.windows(2).any(|pair| pair[0] == b'<' && (pair[1].is_ascii_alphabetic() || pair[1] == b'!'))
}

fn skip_mark(bytes: &[u8]) -> &[u8] {
    bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes)
}

#[cfg(test)]
mod tests;
