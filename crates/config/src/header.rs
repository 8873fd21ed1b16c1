//! HTTP headers as people write them: `name: value`.

/// Name and value, trimmed; `None` without a name before a colon.
pub fn header(line: &str) -> Option<(String, String)> {
    let (name, value) = line.split_once(':')?;
    let name = name.trim();
    (!name.is_empty()).then(|| (name.to_owned(), value.trim().to_owned()))
}
