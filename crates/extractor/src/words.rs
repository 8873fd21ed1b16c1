//! Words inside class names, ids and labels.

/// The words of a class or id attribute: split at anything but letters and digits, and where lower case turns upper.
pub(crate) fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !c.is_ascii_alphanumeric()).flat_map(camel).filter(|word| !word.is_empty())
}

fn camel(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = text;
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        let bytes = rest.as_bytes();
        let cut = (1..bytes.len())
            .find(|&i| bytes[i].is_ascii_uppercase() && bytes[i - 1].is_ascii_lowercase())
            .unwrap_or(bytes.len());
        let (word, tail) = rest.split_at(cut);
        rest = tail;
        Some(word)
    })
}

/// Whether one of `words` is among these, whatever its case.
pub(crate) fn has_word(text: &str, wanted: &[&str]) -> bool {
    words(text).any(|word| wanted.iter().any(|w| word.eq_ignore_ascii_case(w)))
}
