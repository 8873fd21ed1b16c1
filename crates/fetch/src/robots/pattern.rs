//! Path patterns of robots.txt: `*` for any run of bytes, `$` at the end for the end, everything else literal.

/// Whether `pattern` matches a prefix of `path`, in time linear in both.
pub(super) fn matches(path: &str, pattern: &str) -> bool {
    let (pattern, anchored) = match pattern.strip_suffix('$') {
        Some(pattern) => (pattern, true),
        None => (pattern, false),
    };
    let (first, mut stars) = match pattern.split_once('*') {
        Some((first, rest)) => (first, Some(rest)),
        None => (pattern, None),
    };
    let Some(mut path) = path.strip_prefix(first) else { return false };
    let mut starred = false;
    while let Some(rest) = stars {
        starred = true;
        let (literal, more) = match rest.split_once('*') {
            Some((literal, more)) => (literal, Some(more)),
            None => (rest, None),
        };
        if more.is_none() && anchored {
            return path.ends_with(literal);
        }
        // the leftmost place leaves the most for what follows
        let Some(found) = path.find(literal) else { return false };
        path = &path[found + literal.len()..];
        stars = more;
    }
    starred || !anchored || path.is_empty()
}

/// Writes a pattern as URLs write paths: bytes beyond ASCII percent-encoded, the hex digits of escapes in upper case.
pub(super) fn escape(value: &[u8]) -> String {
    let mut escaped = String::with_capacity(value.len());
    let mut at = 0;
    while let Some(&byte) = value.get(at) {
        match value.get(at + 1..at + 3) {
            Some(hex) if byte == b'%' && hex.iter().all(u8::is_ascii_hexdigit) => {
                escaped.push('%');
                escaped.extend(hex.iter().map(|digit| char::from(digit.to_ascii_uppercase())));
                at += 2;
            }
            _ if byte.is_ascii() => escaped.push(char::from(byte)),
            _ => escaped.push_str(&format!("%{byte:02X}")),
        }
        at += 1;
    }
    escaped
}
