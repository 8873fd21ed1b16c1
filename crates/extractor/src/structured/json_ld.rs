//! JSON-LD scripts: the text as it stands, the data as it was meant.

use serde_json::Value;

use super::lenient;

/// The script's text without its wrappers, and its data; `None` when it is no JSON, even read leniently.
pub(super) fn read(script: &str) -> Option<(String, Value)> {
    let text = unwrapped(script);
    if text.is_empty() {
        return None;
    }
    let data = serde_json::from_str(text).ok().or_else(|| lenient::parse(text))?;
    matches!(data, Value::Object(_) | Value::Array(_)).then(|| (text.to_owned(), data))
}

/// Without CDATA sections and HTML comments around it.
fn unwrapped(script: &str) -> &str {
    const OPENING: &[&str] = &["//<![CDATA[", "/*<![CDATA[*/", "<![CDATA[", "<!--", "//", "/**/", "\u{feff}"];
    const CLOSING: &[&str] = &["//]]>", "/*]]>*/", "]]>", "-->", "//", "/**/", ";"];
    let mut text = script.trim();
    loop {
        let mut bare = text;
        for wrapper in OPENING {
            bare = bare.strip_prefix(wrapper).unwrap_or(bare).trim_start();
        }
        for wrapper in CLOSING {
            bare = bare.strip_suffix(wrapper).unwrap_or(bare).trim_end();
        }
        if bare.len() == text.len() {
            return text;
        }
        text = bare;
    }
}
