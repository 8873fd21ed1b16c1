//! The likeness of what pages say: a SimHash over runs of words, which a changed word moves little and another text far.
//!
//! It serves to see that pages repeat each other. It never tells what a page says, nor that two pages are the same.

use std::collections::HashSet;

use gleaner_contract::{ContentHash, EvidencePack, SimHash};

/// Words in a run.
const RUN: usize = 3;

/// Words that are looked at; what follows them changes nothing.
const MAX_WORDS: usize = 20_000;

/// With fewer words than this a page says too little to be told from its neighbours.
const LEAST_MAIN: usize = 24;

/// Of a page's main text. `None` where that is next to nothing: what frames it is the same on every page of a site.
pub fn of_page(pack: &EvidencePack) -> Option<SimHash> {
    let main = pack.main_text();
    if words(&main).take(LEAST_MAIN).count() >= LEAST_MAIN { of_text(&main) } else { None }
}

/// Of a text, whatever its case and punctuation. `None` where it has no words.
pub fn of_text(text: &str) -> Option<SimHash> {
    let words: Vec<String> = words(text).take(MAX_WORDS).collect();
    if words.is_empty() {
        return None;
    }
    let runs: HashSet<&[String]> = words.windows(RUN.min(words.len())).collect();
    let mut sums = [0_i32; 64];
    for run in runs {
        let bits = bits_of(run);
        for (at, sum) in sums.iter_mut().enumerate() {
            *sum += if bits >> at & 1 == 1 { 1 } else { -1 };
        }
    }
    let set = sums.iter().enumerate().filter(|(_, sum)| **sum > 0);
    Some(SimHash::from_bits(set.fold(0, |bits, (at, _)| bits | 1 << at)))
}

/// The same on every machine and in every version, since it is kept.
fn bits_of(run: &[String]) -> u64 {
    let hash = ContentHash::of_parts(run.iter().map(String::as_bytes));
    hash.as_bytes().iter().take(8).fold(0, |bits, byte| bits << 8 | u64::from(*byte))
}

/// Lower-case runs of letters and digits. Scripts that set no blanks between words count each letter as one.
fn words(text: &str) -> impl Iterator<Item = String> {
    let mut chars = text.chars().peekable();
    std::iter::from_fn(move || {
        while chars.next_if(|c| !c.is_alphanumeric()).is_some() {}
        let first = chars.next()?;
        let mut word: String = first.to_lowercase().collect();
        if !stands_alone(first) {
            while let Some(next) = chars.next_if(|c| c.is_alphanumeric() && !stands_alone(*c)) {
                word.extend(next.to_lowercase());
            }
        }
        Some(word)
    })
}

/// Kana, ideographs of the common planes, and Thai to Khmer.
fn stands_alone(c: char) -> bool {
    matches!(c, '\u{0e00}'..='\u{109f}' | '\u{1780}'..='\u{17ff}' | '\u{3040}'..='\u{30ff}' | '\u{3400}'..='\u{9fff}' | '\u{20000}'..='\u{3ffff}')
}

#[cfg(test)]
mod tests;
