//! Lines of robots.txt, read with the leniency that sites have come to rely on.

/// Only this much of a line counts: eight times the longest URL that browsers take.
const MAX_LINE_BYTES: usize = 2083 * 8 - 1;

/// One line that says something.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Line<'a> {
    UserAgent(&'a [u8]),
    Allow(&'a [u8]),
    Disallow(&'a [u8]),
    CrawlDelay(&'a [u8]),
}

/// The lines of a file that say something, in order.
pub(super) fn lines(body: &[u8]) -> impl Iterator<Item = Line<'_>> {
    // a byte order mark, even one cut short
    let mark = body.iter().zip([0xEF, 0xBB, 0xBF]).take_while(|(byte, mark)| **byte == *mark).count();
    body[mark..].split(|byte| matches!(byte, b'\n' | b'\r')).filter_map(line)
}

fn line(text: &[u8]) -> Option<Line<'_>> {
    let text = &text[..text.len().min(MAX_LINE_BYTES)];
    // what follows a NUL was never seen by the parsers that sites are written for
    let end = text.iter().position(|byte| matches!(byte, b'#' | 0)).unwrap_or(text.len());
    let text = trim(&text[..end]);
    let separator = match text.iter().position(|&byte| byte == b':') {
        Some(colon) => colon,
        // some forget the colon; a space does when just two words are there
        None => {
            let space = text.iter().position(|byte| matches!(byte, b' ' | b'\t'))?;
            if trim(&text[space..]).iter().any(|byte| matches!(byte, b' ' | b'\t')) {
                return None;
            }
            space
        }
    };
    let (key, value) = (trim(&text[..separator]), trim(&text[separator + 1..]));
    let is = |names: &[&str]| names.iter().any(|name| starts_with(key, name));
    if is(&["user-agent", "useragent", "user agent"]) {
        Some(Line::UserAgent(value))
    } else if is(&["allow"]) {
        Some(Line::Allow(value))
    } else if is(&["disallow", "dissallow", "dissalow", "disalow", "diasllow", "disallaw"]) {
        Some(Line::Disallow(value))
    } else if is(&["crawl-delay", "crawldelay", "crawl delay"]) {
        Some(Line::CrawlDelay(value))
    } else {
        None
    }
}

/// Keys count by their beginning, as in Google's parser.
fn starts_with(key: &[u8], name: &str) -> bool {
    key.get(..name.len()).is_some_and(|start| start.eq_ignore_ascii_case(name.as_bytes()))
}

fn trim(bytes: &[u8]) -> &[u8] {
    // the vertical tab is white space in C, though not in Rust
    let white = |byte: &u8| byte.is_ascii_whitespace() || *byte == 0x0B;
    let start = bytes.iter().position(|byte| !white(byte)).unwrap_or(bytes.len());
    let end = bytes.iter().rposition(|byte| !white(byte)).map_or(start, |last| last + 1);
    &bytes[start..end]
}
