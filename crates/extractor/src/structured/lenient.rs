//! JSON as sites write it: raw control characters in strings, missing or trailing commas, comments, bad escapes.

use serde_json::Value;

/// Reads what a strict parser refuses, if its meaning is plain.
pub(super) fn parse(text: &str) -> Option<Value> {
    let mended = mend(text);
    if let Ok(data) = serde_json::from_str(&mended) {
        return Some(data);
    }
    // several objects after one another
    let values: Result<Vec<Value>, _> = serde_json::Deserializer::from_str(&mended).into_iter().collect();
    values.ok().filter(|values| !values.is_empty()).map(Value::Array)
}

/// What the last token was, as far as commas ask.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Last {
    /// A value, or the end of one.
    Value,
    /// A comma not written yet: it may turn out to trail.
    Comma,
    Other,
}

fn mend(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 16);
    let mut last = Last::Other;
    let mut depth = 0_usize;
    let mut chars = text.char_indices().peekable();
    while let Some((at, c)) = chars.next() {
        match c {
            _ if c.is_whitespace() => {}
            '/' if text[at..].starts_with("/*") => {
                let end = text[at + 2..].find("*/").map_or(text.len(), |end| at + 2 + end + 2);
                while chars.next_if(|(next, _)| *next < end).is_some() {}
            }
            '/' if text[at..].starts_with("//") => while chars.next_if(|(_, c)| *c != '\n').is_some() {},
            ',' => {
                if last == Last::Value {
                    last = Last::Comma;
                }
            }
            '}' | ']' => {
                out.push(c);
                depth = depth.saturating_sub(1);
                last = Last::Value;
            }
            ':' => {
                out.push(c);
                last = Last::Other;
            }
            _ => {
                match last {
                    Last::Comma => out.push(','),
                    Last::Value if depth > 0 => out.push(','),
                    Last::Value => out.push(' '),
                    Last::Other => {}
                }
                last = Last::Value;
                match c {
                    '"' => string(&mut chars, &mut out),
                    '{' | '[' => {
                        out.push(c);
                        depth += 1;
                        last = Last::Other;
                    }
                    _ => {
                        out.push(c);
                        while let Some((_, c)) = chars.next_if(|(_, c)| {
                            !c.is_whitespace() && !matches!(c, ',' | '}' | ']' | ':' | '"' | '{' | '[')
                        }) {
                            out.push(c);
                        }
                    }
                }
            }
        }
    }
    out
}

/// A string up to its closing quote, made strict.
fn string(chars: &mut std::iter::Peekable<std::str::CharIndices<'_>>, out: &mut String) {
    out.push('"');
    while let Some((_, c)) = chars.next() {
        match c {
            '"' => break,
            '\\' => match chars.next() {
                Some((_, c @ ('"' | '\\' | '/' | 'b' | 'f' | 'n' | 'r' | 't' | 'u'))) => {
                    out.push('\\');
                    out.push(c);
                }
                Some((_, c)) if !c.is_control() => out.push(c),
                _ => {}
            },
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            c if c.is_control() => {}
            c => out.push(c),
        }
    }
    out.push('"');
}
