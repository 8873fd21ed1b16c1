//! Folding: one form for texts that a reader takes for the same, with the way back to the original offsets.
//!
//! Folded are case, compatibility forms (NFKD), white space, quotes, dashes and digits. Accents stay: `é` is not `e`.

use std::ops::Range;

use unicode_normalization::{UnicodeNormalization, char::canonical_combining_class};

/// A folded text and where each of its pieces came from.
#[derive(Debug, Clone, Default)]
pub struct Folded {
    text: String,
    pieces: Vec<Piece>,
}

/// What one character (with its combining marks, or one run of white space) became.
#[derive(Debug, Clone, Copy)]
struct Piece {
    /// Where it starts in the folded text, in bytes.
    byte: usize,
    /// Where it stands in the original, in code points.
    start: usize,
    end: usize,
}

impl Folded {
    pub fn new(original: &str) -> Self {
        let mut folded = Self { text: String::with_capacity(original.len()), pieces: Vec::new() };
        let mut chars = original.chars().enumerate().peekable();
        let mut cluster = String::new();
        while let Some((start, first)) = chars.next() {
            let mut end = start + 1;
            if is_invisible(first) {
                continue;
            }
            let byte = folded.text.len();
            if first.is_whitespace() {
                while let Some((at, _)) = chars.next_if(|(_, c)| c.is_whitespace() || is_invisible(*c)) {
                    end = at + 1;
                }
                folded.text.push(' ');
            } else {
                cluster.clear();
                cluster.push(first);
                while let Some((at, mark)) = chars.next_if(|(_, c)| canonical_combining_class(*c) != 0) {
                    cluster.push(mark);
                    end = at + 1;
                }
                fold_cluster(&cluster, &mut folded.text);
            }
            folded.pieces.push(Piece { byte, start, end });
        }
        folded
    }

    pub fn text(&self) -> &str {
        &self.text
    }

    /// The original code points of a byte range of the folded text; `None` when it cuts through a character.
    pub fn origin(&self, bytes: Range<usize>) -> Option<Range<usize>> {
        let first = self.pieces.binary_search_by_key(&bytes.start, |piece| piece.byte).ok()?;
        let after = if bytes.end == self.text.len() {
            self.pieces.len()
        } else {
            self.pieces.binary_search_by_key(&bytes.end, |piece| piece.byte).ok()?
        };
        (after > first).then(|| self.pieces[first].start..self.pieces[after - 1].end)
    }
}

/// Characters that print nothing and separate nothing.
pub(crate) fn is_invisible(c: char) -> bool {
    matches!(c, '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}'
        | '\u{2060}'..='\u{2064}' | '\u{2066}'..='\u{206f}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}')
}

fn fold_cluster(cluster: &str, out: &mut String) {
    let first = cluster.chars().next().unwrap_or_default();
    // Decomposed, `1½` would read `11/2` and `10²` would read `102`.
    let glued =
        out.ends_with(|c: char| c.is_ascii_digit()) && first.is_numeric() && decimal_digit(first).is_none();
    if glued || is_vulgar_fraction(first) {
        out.push_str(cluster);
        return;
    }
    for c in cluster.nfkd() {
        push_folded(c, out);
    }
}

fn push_folded(c: char, out: &mut String) {
    match c {
        '\u{2018}'..='\u{201b}' | '\u{2032}' | '\u{2bc}' | '`' | '\u{b4}' => out.push('\''),
        '\u{201c}'..='\u{201f}' | '\u{2033}' | '\u{ab}' | '\u{bb}' => out.push('"'),
        '\u{2010}'..='\u{2015}' | '\u{2212}' | '\u{fe58}' => out.push('-'),
        '\u{d7}' => out.push('x'),
        '\u{2044}' | '\u{2215}' => out.push('/'),
        'ß' | 'ẞ' => out.push_str("ss"),
        'ς' => out.push('σ'),
        c if c.is_whitespace() => out.push(' '),
        c => match decimal_digit(c) {
            Some(digit) => out.push(char::from(b'0' + digit)),
            // A capital may decompose to more than one small character (İ); marks among them stay in order.
            None => out.extend(c.to_lowercase()),
        },
    }
}

pub(crate) fn is_vulgar_fraction(c: char) -> bool {
    matches!(c, '\u{bc}'..='\u{be}' | '\u{2150}'..='\u{215f}' | '\u{2189}')
}

/// The value of a decimal digit of any common script.
pub(crate) fn decimal_digit(c: char) -> Option<u8> {
    const ZEROS: [char; 15] = [
        '0', '\u{660}', '\u{6f0}', '\u{7c0}', '\u{966}', '\u{9e6}', '\u{a66}', '\u{ae6}', '\u{be6}',
        '\u{c66}', '\u{ce6}', '\u{d66}', '\u{e50}', '\u{ed0}', '\u{ff10}',
    ];
    ZEROS.iter().find_map(|&zero| {
        let distance = u32::from(c).wrapping_sub(u32::from(zero));
        u8::try_from(distance).ok().filter(|digit| *digit < 10)
    })
}
