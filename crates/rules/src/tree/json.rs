//! JSON with the place of each value, read as leniently as sites write it.

use std::ops::Range;

use super::{Leaf, Node};

const MAX_DEPTH: usize = 64;
const MAX_NODES: usize = 100_000;

/// The tree of a JSON text; what cannot be read ends it early.
pub(super) fn parse(text: &str) -> Node {
    let mut reader = Reader { text, at: 0, nodes: 0 };
    let mut values = Vec::new();
    loop {
        reader.skip_between();
        if reader.peek().is_none() {
            break;
        }
        let before = reader.at;
        values.extend(reader.value(0));
        if reader.at == before {
            reader.bump();
        }
    }
    if values.len() == 1 { values.remove(0) } else { Node::Array(values) }
}

struct Reader<'t> {
    text: &'t str,
    at: usize,
    nodes: usize,
}

impl Reader<'_> {
    fn peek(&self) -> Option<char> {
        self.text[self.at..].chars().next()
    }

    fn bump(&mut self) -> Option<char> {
        let c = self.peek()?;
        self.at += c.len_utf8();
        Some(c)
    }

    /// White space, commas and comments.
    fn skip_between(&mut self) {
        while let Some(c) = self.peek() {
            let rest = &self.text[self.at..];
            if rest.starts_with("/*") {
                self.at += rest.find("*/").map_or(rest.len(), |end| end + 2);
            } else if rest.starts_with("//") {
                self.at += rest.find('\n').unwrap_or(rest.len());
            } else if c.is_whitespace() || matches!(c, ',' | ';') {
                self.bump();
            } else {
                return;
            }
        }
    }

    fn value(&mut self, depth: usize) -> Option<Node> {
        self.nodes += 1;
        if depth > MAX_DEPTH || self.nodes > MAX_NODES {
            self.at = self.text.len();
            return None;
        }
        match self.peek()? {
            '{' => Some(self.object(depth)),
            '[' => Some(self.array(depth)),
            '"' => {
                let (range, text) = self.string();
                Some(Node::Leaf(Leaf { text, range }))
            }
            _ => self.bare(),
        }
    }

    fn object(&mut self, depth: usize) -> Node {
        self.bump();
        let mut properties = Vec::new();
        loop {
            self.skip_between();
            match self.peek() {
                None => break,
                Some('}') => {
                    self.bump();
                    break;
                }
                Some('"') => {
                    let (_, name) = self.string();
                    self.skip_between();
                    if self.peek() == Some(':') {
                        self.bump();
                        self.skip_between();
                        properties.extend(self.value(depth + 1).map(|value| (name, value)));
                    }
                }
                // Nothing that an object holds.
                Some(_) => {
                    self.bump();
                }
            }
        }
        Node::Object(properties)
    }

    fn array(&mut self, depth: usize) -> Node {
        self.bump();
        let mut items = Vec::new();
        loop {
            self.skip_between();
            match self.peek() {
                None => break,
                Some(']') => {
                    self.bump();
                    break;
                }
                Some('}' | ':') => {
                    self.bump();
                }
                Some(_) => items.extend(self.value(depth + 1)),
            }
        }
        Node::Array(items)
    }

    /// A string with its place, quotes left out.
    fn string(&mut self) -> (Range<usize>, String) {
        self.bump();
        let start = self.at;
        let mut out = String::new();
        while let Some(c) = self.peek() {
            match c {
                '"' => {
                    let range = start..self.at;
                    self.bump();
                    return (range, unescaped(&out));
                }
                '\\' => {
                    self.bump();
                    match self.bump() {
                        Some('u') => out.push(self.unicode()),
                        Some('n' | 'r' | 't' | 'b' | 'f') => out.push(' '),
                        Some(other) => out.push(other),
                        None => {}
                    }
                }
                _ => {
                    self.bump();
                    out.push(c);
                }
            }
        }
        (start..self.at, unescaped(&out))
    }

    /// The character of `\uXXXX`, the second half of a surrogate pair included.
    fn unicode(&mut self) -> char {
        let Some(first) = self.hex() else { return char::REPLACEMENT_CHARACTER };
        if (0xD800..0xDC00).contains(&first) && self.text[self.at..].starts_with("\\u") {
            self.at += 2;
            if let Some(second) = self.hex().filter(|second| (0xDC00..0xE000).contains(second)) {
                let point = 0x10000 + ((first - 0xD800) << 10) + (second - 0xDC00);
                return char::from_u32(point).unwrap_or(char::REPLACEMENT_CHARACTER);
            }
        }
        char::from_u32(first).unwrap_or(char::REPLACEMENT_CHARACTER)
    }

    fn hex(&mut self) -> Option<u32> {
        let digits = self
            .text
            .get(self.at..self.at + 4)
            .filter(|digits| digits.bytes().all(|b| b.is_ascii_hexdigit()))?;
        self.at += 4;
        u32::from_str_radix(digits, 16).ok()
    }

    /// A number, `true`, `false`; `null` is nothing.
    fn bare(&mut self) -> Option<Node> {
        let start = self.at;
        while self
            .peek()
            .is_some_and(|c| !c.is_whitespace() && !matches!(c, ',' | '}' | ']' | ':' | '"' | '{' | '['))
        {
            self.bump();
        }
        let text = &self.text[start..self.at];
        (!text.is_empty() && text != "null")
            .then(|| Node::Leaf(Leaf { text: text.to_owned(), range: start..self.at }))
    }
}

/// HTML character references that sites leave in their JSON.
fn unescaped(text: &str) -> String {
    let text = text.trim();
    if !text.contains('&') {
        return text.to_owned();
    }
    const REFERENCES: &[(&str, &str)] = &[
        ("&amp;", "&"),
        ("&quot;", "\""),
        ("&#34;", "\""),
        ("&#39;", "'"),
        ("&#039;", "'"),
        ("&apos;", "'"),
        ("&nbsp;", " "),
        ("&lt;", "<"),
        ("&gt;", ">"),
    ];
    REFERENCES.iter().fold(text.to_owned(), |text, (reference, plain)| text.replace(reference, plain))
}
