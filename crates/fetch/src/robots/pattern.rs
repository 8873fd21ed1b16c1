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

/// Path and query of a URL as rules are compared with it.
pub(super) struct Path {
    path: String,
    plain: String,
    /// With what a pattern can only name by an escape: a star and a dollar sign of the URL itself.
    verbatim: String,
}

impl Path {
    pub(super) fn of(path: &str) -> Self {
        let path = escape(path.as_bytes());
        let plain = plain_query(&path);
        let verbatim = plain.replace('*', "%2A").replace('$', "%24");
        Self { path, plain, verbatim }
    }

    /// Whether an escaped pattern matches a prefix.
    pub(super) fn matches(&self, pattern: &str) -> bool {
        let verbatim = pattern.contains("%2A") || pattern.contains("%24");
        matches(&self.path, pattern)
            || (pattern.contains('?') && matches(&self.plain, &plain_query(pattern)))
            || (verbatim && matches(&self.verbatim, &plain_query(pattern)))
    }
}

/// Colons and slashes of a query may be escaped or not (RFC 9309, 2.2.2); before it a slash is another thing than its
/// escape.
fn plain_query(text: &str) -> String {
    match text.split_once('?') {
        Some((path, query)) => {
            format!("{path}?{}", query.replace("%3A", ":").replace("%2F", "/"))
        }
        None => text.to_owned(),
    }
}

/// Gives a pattern or path the one spelling in which both are compared (RFC 9309, 2.2.2): bytes beyond ASCII
/// percent-encoded, the escapes of letters, digits and `-._~` undone, the hex digits of all others in upper case.
pub(super) fn escape(value: &[u8]) -> String {
    let mut escaped = String::with_capacity(value.len());
    let mut at = 0;
    while let Some(&byte) = value.get(at) {
        match value.get(at + 1..at + 3).and_then(hex) {
            Some(inner) if byte == b'%' => {
                match inner.is_ascii_alphanumeric() || b"-._~".contains(&inner) {
                    true => escaped.push(char::from(inner)),
                    false => escaped.push_str(&format!("%{inner:02X}")),
                }
                at += 2;
            }
            _ if byte.is_ascii() => escaped.push(char::from(byte)),
            _ => escaped.push_str(&format!("%{byte:02X}")),
        }
        at += 1;
    }
    escaped
}

fn hex(digits: &[u8]) -> Option<u8> {
    let digit = |digit: u8| char::from(digit).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    Some(digit(*digits.first()?)? << 4 | digit(*digits.get(1)?)?)
}
