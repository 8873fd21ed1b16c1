//! What such pages say, in many languages. The lists are files, so that who knows a language can read and mend them.
//!
//! A title is compared piece by piece (`404 | Acme` has two), each without the marks around it, so that a page *about*
//! such pages, which says more in one piece, is not taken for one.

use std::sync::LazyLock;

use aho_corasick::AhoCorasick;
use unicode_normalization::char::is_combining_mark;

/// Of a title or heading, in bytes.
const MAX_TEXT: usize = 1000;
/// How many characters more than a phrase a piece may have that holds it among other words.
const MAX_AROUND: usize = 30;
/// How many characters a piece may have that begins with a phrase.
const MAX_BEGUN: usize = 50;

pub(super) static CHALLENGE: LazyLock<Phrases> =
    LazyLock::new(|| Phrases::parse(include_str!("phrases/challenge.txt")));
pub(super) static CHALLENGE_CLUES: LazyLock<Phrases> =
    LazyLock::new(|| Phrases::parse(include_str!("phrases/challenge_clues.txt")));
pub(super) static SOFT_ERROR: LazyLock<Phrases> =
    LazyLock::new(|| Phrases::parse(include_str!("phrases/soft_error.txt")));
pub(super) static LOGIN: LazyLock<Phrases> =
    LazyLock::new(|| Phrases::parse(include_str!("phrases/login.txt")));
pub(super) static PARKED: LazyLock<Phrases> =
    LazyLock::new(|| Phrases::parse(include_str!("phrases/parked.txt")));
pub(super) static CONSENT: LazyLock<Phrases> =
    LazyLock::new(|| Phrases::parse(include_str!("phrases/consent.txt")));
pub(super) static ACCEPT: LazyLock<Phrases> =
    LazyLock::new(|| Phrases::parse(include_str!("phrases/accept.txt")));
pub(super) static POLICY: LazyLock<Phrases> =
    LazyLock::new(|| Phrases::parse(include_str!("phrases/policy.txt")));

/// Phrases in lower case.
#[derive(Debug)]
pub(super) struct Phrases {
    list: Vec<Phrase>,
    automaton: AhoCorasick,
}

#[derive(Debug, Clone, Copy)]
struct Phrase {
    text: &'static str,
    /// Tells by itself, among other words.
    among: bool,
}

impl Phrase {
    fn stands_in(&self, piece: &str) -> bool {
        piece.contains(self.text) && piece.chars().count() <= self.text.chars().count() + MAX_AROUND
    }
}

impl Phrases {
    /// A line for each language, `en: one phrase; ~another`, where `~` marks those that tell among other words, too.
    fn parse(text: &'static str) -> Self {
        let lines = text.lines().filter(|line| !line.starts_with('#'));
        let listed = lines.filter_map(|line| line.split_once(": ")).flat_map(|(_, list)| list.split("; "));
        let list: Vec<Phrase> = listed
            .map(|phrase| match phrase.strip_prefix('~') {
                Some(text) => Phrase { text, among: true },
                None => Phrase { text: phrase, among: false },
            })
            .collect();
        let texts = list.iter().map(|phrase| phrase.text);
        let automaton = AhoCorasick::new(texts).expect("few and short enough");
        Self { list, automaton }
    }

    /// The phrase that one of these pieces is, or holds.
    pub(super) fn said_in(&self, pieces: &[String]) -> Option<&'static str> {
        self.of_pieces(pieces, |piece, phrase| {
            piece == phrase.text || (phrase.among && phrase.stands_in(piece))
        })
    }

    /// The phrase that stands in one of these pieces among few other words, whatever it is marked as.
    pub(super) fn held_in(&self, pieces: &[String]) -> Option<&'static str> {
        self.of_pieces(pieces, |piece, phrase| phrase.stands_in(piece))
    }

    /// The phrase that a short piece begins with, as a word.
    pub(super) fn begun_in(&self, pieces: &[String]) -> Option<&'static str> {
        self.of_pieces(pieces, |piece, phrase| {
            piece.strip_prefix(phrase.text).is_some_and(|rest| !rest.starts_with(char::is_alphanumeric))
                && piece.chars().count() <= MAX_BEGUN
        })
    }

    /// The first phrase that stands anywhere in this text, which is in lower case.
    pub(super) fn within(&self, lower: &str) -> Option<&'static str> {
        self.automaton.find(lower).map(|found| self.list[found.pattern().as_usize()].text)
    }

    fn of_pieces(&self, pieces: &[String], is: impl Fn(&str, &Phrase) -> bool) -> Option<&'static str> {
        let said = |piece: &String| self.list.iter().find(|phrase| is(piece, phrase));
        pieces.iter().find_map(said).map(|phrase| phrase.text)
    }
}

/// The pieces of a title or heading, in lower case.
pub(super) fn pieces(text: &str) -> Vec<String> {
    let text = &text[..text.floor_char_boundary(MAX_TEXT)];
    let divides = |c| {
        matches!(
            c,
            '|' | '｜'
                | '·'
                | '•'
                | '»'
                | '«'
                | '–'
                | '—'
                | '―'
                | ':'
                | '：'
                | '!'
                | '！'
                | '?'
                | '？'
                | '…'
                | '。'
        )
    };
    let pieces = lower(text);
    let pieces =
        pieces.split(divides).flat_map(|piece| piece.split(" - ")).flat_map(|piece| piece.split(". "));
    pieces
        .map(|piece| piece.trim_matches(|c: char| !c.is_alphanumeric() && !is_combining_mark(c)))
        .filter(|piece| !piece.is_empty())
        .map(str::to_owned)
        .collect()
}

/// Lower case, with one kind of apostrophe.
pub(super) fn lower(text: &str) -> String {
    text.to_lowercase().replace(['’', '‘', '`', '´'], "'")
}

#[cfg(test)]
mod tests;
