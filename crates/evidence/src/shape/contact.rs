//! E-mail addresses and telephone numbers.

use std::{ops::Range, sync::LazyLock};

use regex::Regex;

use crate::{date, hints::Hints, text::Marks};

/// An e-mail address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Email {
    /// The address; `[at]` and `[dot]` are resolved.
    pub address: String,
    /// Code points of what the page writes.
    pub range: Range<usize>,
}

/// What a label says of a telephone number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Line {
    Voice,
    Fax,
    /// `Tel./Fax:`
    Both,
    Unlabelled,
}

/// A telephone number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Telephone {
    /// As written, without its extension.
    pub number: String,
    pub extension: Option<String>,
    pub line: Line,
    /// Code points of the number, without its extension.
    pub range: Range<usize>,
    /// Code points of number and extension.
    pub full_range: Range<usize>,
}

static EMAIL: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r"(?xi)
        (?P<user>[\pL\pN_%+'-]+(?:\.[\pL\pN_%+'-]+)*)
        (?: @ | \s{0,2}[\[({]\s?(?:at|ät)\s?[\])}]\s{0,2} | \s{0,2}[\[({]@[\])}]\s{0,2} )
        (?P<host>[\pL\pN-]+(?:(?:\.|\s?[\[({]\s?(?:dot|punkt|point)\s?[\])}]\s?)[\pL\pN-]+)*)
        (?:\.|\s?[\[({]\s?(?:dot|punkt|point)\s?[\])}]\s?)
        (?P<tld>\pL{2,24})",
    )
    .expect("a constant pattern")
});

/// All e-mail addresses of a text.
pub fn emails(text: &str) -> Vec<Email> {
    static DOT: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(r"(?i)\s?[\[({]\s?(?:dot|punkt|point)\s?[\])}]\s?").expect("a constant pattern")
    });
    let mut marks = Marks::new(text);
    EMAIL
        .captures_iter(text)
        .filter_map(|found| {
            let whole = found.get_match();
            let tld = found["tld"].to_ascii_lowercase();
            // `logo@2x.png` names a picture.
            let is_file = matches!(
                tld.as_str(),
                "png" | "jpg" | "jpeg" | "gif" | "svg" | "webp" | "avif" | "css" | "js"
            );
            let glued =
                text[..whole.start()].ends_with(|c: char| c.is_alphanumeric() || matches!(c, '@' | '.'));
            if is_file || glued {
                return None;
            }
            let lead = found["user"].len() - found["user"].trim_start_matches(['\'', '-']).len();
            let host = DOT.replace_all(&found["host"], ".").into_owned();
            let address = format!("{}@{host}.{}", &found["user"][lead..], &found["tld"]);
            Some(Email { address, range: marks.range(whole.start() + lead..whole.end()) })
        })
        .collect()
}

static CANDIDATE: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r"(?xi)
        (?P<number>
            (?:\+|\(\+)? \s? \(?\d{1,5}\)? (?:[\s\u{a0}\u{202f}./‐‑–-]{0,3}\(?\d{1,8}\)?){1,7}
            | (?-i:(?:1[-.\ ])?\(?8(?:00|33|44|55|66|77|88)\)?[-.\ ]{1,2}[A-Z0-9]{3,4}[-.\ ]?[A-Z0-9]{3,6})
        )
        (?P<ext>[\s,]{0,2}(?:x|ext\.?|extension|durchwahl|dw)\s?:?\s?(?P<digits>\d{1,6}))?",
    )
    .expect("a constant pattern")
});

/// The labels that may stand before a number, at the end of what precedes it.
static LABEL: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r"(?xi)
        (?: ^ | [^\pL\pN] )
        (?: (?P<both>(?:tel|telephone|phone|telefon|ph|t)\.?\s?(?:/|&|\+|and|und|et)\s?(?:tele)?fax)
          | (?P<fax>(?:tele)?fax|facsimile|télécopie|télécopieur|f)
          | (?P<voice>tel|tél|telephone|téléphone|telephones|telefon|teléfono|telefono|telefone|telefoon|telefonnummer|phone|phones|ph|p|t|m|mob|mobile
              |mobil|cell|handy|call(?:\ us)?(?:\ (?:at|on|now|today))?|toll[ -]?free|hotline|freephone|office|main|direct|dial|whatsapp|sms|text
              |rufen\ sie\ uns\ an|appelez|tlf|tfno|puh|gsm|customer\ service|reservations?|телефон|тел) )
        (?:\s?(?:no|nr|number|numbers|nummer|numéro|free|line|us)\.?)?
        [\s:.\#)(|•\u{a0}-]{0,4} $",
    )
    .expect("a constant pattern")
});

/// All telephone numbers of a text: international, North American, with a trunk zero, or labelled.
pub fn telephones(text: &str) -> Vec<Telephone> {
    let days: Vec<Range<usize>> =
        date::find_all(text, &Hints::none()).into_iter().map(|day| day.range).collect();
    let mut marks = Marks::new(text);
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(candidate) = CANDIDATE.captures_at(text, at) {
        let whole = candidate.get_match().range();
        let Some(number) = candidate.name("number") else { break };
        let written = number.as_str().trim_start();
        let start = number.end() - written.len();
        match accept(text, start, written, at) {
            Accepted::Yes { end, line } => {
                let is_whole = end == number.end();
                let extension =
                    candidate.name("digits").filter(|_| is_whole).map(|digits| digits.as_str().to_owned());
                let full_end = if extension.is_some() { whole.end } else { end };
                let range = marks.range(start..end);
                at = full_end;
                if !days.iter().any(|day| day.start < range.end && range.start < day.end) {
                    let line = if line == Line::Unlabelled { label_behind(&text[full_end..]) } else { line };
                    let full_range = range.start..range.end + text[end..full_end].chars().count();
                    found.push(Telephone {
                        number: text[start..end].to_owned(),
                        extension,
                        line,
                        range,
                        full_range,
                    });
                }
            }
            Accepted::No => {
                // Start again behind the first run of digits.
                let skip = number.as_str().find(|c: char| c.is_ascii_digit()).unwrap_or(0);
                let digits = number.as_str()[skip..].bytes().take_while(u8::is_ascii_digit).count().max(1);
                at = number.start() + skip + digits;
                while !text.is_char_boundary(at) {
                    at += 1;
                }
            }
        }
    }
    found
}

enum Accepted {
    Yes { end: usize, line: Line },
    No,
}

/// Whether a candidate, or a beginning of it, is a telephone number, and where that ends in the text.
fn accept(text: &str, start: usize, candidate: &str, floor: usize) -> Accepted {
    let before = &text[floor.min(start)..start];
    // Identifiers, prices, decimals and dimensions hold digits too.
    if text[..start].ends_with(|c: char| {
        c.is_alphanumeric() || matches!(c, '#' | '$' | '€' | '£' | '_' | '@' | '=' | '/' | '-' | '.')
    }) && !before.ends_with(|c: char| matches!(c, '.' | '/' | '-') && LABEL.is_match(before))
    {
        return Accepted::No;
    }
    let line = label_before(before);
    for end in ends(candidate) {
        let written = candidate[..end].trim_end_matches(|c: char| !(c.is_ascii_alphanumeric() || c == ')'));
        let after = &text[start + written.len()..];
        let continues = after
            .starts_with(|c: char| c.is_alphanumeric() || matches!(c, '€' | '$' | '%' | '£'))
            && !after.starts_with(['x', 'e', 'X', 'E']);
        let decimal = after.starts_with(['.', ',']) && after[1..].starts_with(|c: char| c.is_ascii_digit());
        if !continues && !decimal && is_telephone(written.trim_start(), line != Line::Unlabelled) {
            return Accepted::Yes { end: start + written.len(), line };
        }
    }
    Accepted::No
}

/// The ends of a candidate's beginnings, longest first: numbers may follow each other with a space between them.
fn ends(candidate: &str) -> impl Iterator<Item = usize> + '_ {
    let blanks = candidate.char_indices().filter(|(_, c)| c.is_whitespace() || *c == '/').map(|(at, _)| at);
    let mut ends: Vec<usize> = blanks.chain([candidate.len()]).collect();
    ends.reverse();
    ends.into_iter()
}

fn is_telephone(written: &str, labelled: bool) -> bool {
    static NANP: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(r"^(?:\+?1[-. ‑–]{0,3})?(?:\([2-9]\d\d\)[-. \u{a0}‑–/]{0,3}|[2-9]\d\d[-. \u{a0}‑–/]{1,3})[2-9]\d\d[-. \u{a0}‑–]{1,3}\d{4}$").expect("a constant pattern")
    });
    static TRUNK: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(r"^(?:\(0\d{1,5}\)|0\d{1,5})(?:[\s\u{a0}./–-]{1,3}\d{2,8}){1,5}$")
            .expect("a constant pattern")
    });
    static FREE: LazyLock<Regex> =
        LazyLock::new(|| Regex::new(r"^1[38]00[ -]\d{3}[ -]\d{3}$").expect("a constant pattern"));
    let digits = written.bytes().filter(u8::is_ascii_digit).count();
    let letters = written.bytes().filter(u8::is_ascii_alphabetic).count();
    let first = written.bytes().find(u8::is_ascii_digit);
    let opened = written.matches('(').count() == written.matches(')').count();
    if !opened || written.is_empty() {
        return false;
    }
    if letters > 0 {
        return letters >= 3 && (10..=14).contains(&(letters + digits));
    }
    if written.starts_with('+') || written.starts_with("(+") {
        return (8..=15).contains(&digits) && first != Some(b'0');
    }
    if NANP.is_match(written) || FREE.is_match(written) {
        return true;
    }
    let groups = written.split(|c: char| !c.is_ascii_digit()).filter(|group| !group.is_empty()).count();
    if first == Some(b'0') {
        // Two-digit years and days make `05/06 2011`; a number has nine digits or more.
        return if labelled {
            (7..=15).contains(&digits)
        } else {
            (9..=14).contains(&digits) && TRUNK.is_match(written)
        };
    }
    // Behind a label anything of a plausible length, but no bare date, price or number of an article.
    labelled && (7..=15).contains(&digits) && (groups >= 2 || digits <= 12) && !is_amount(written)
}

/// `1.299.000` or `12,500,000`.
fn is_amount(written: &str) -> bool {
    static AMOUNT: LazyLock<Regex> =
        LazyLock::new(|| Regex::new(r"^\d{1,3}(?:[.,]\d{3}){2,}$").expect("a constant pattern"));
    AMOUNT.is_match(written)
}

fn label_before(before: &str) -> Line {
    let mut from = before.len().saturating_sub(40);
    while !before.is_char_boundary(from) {
        from += 1;
    }
    let near = &before[from..];
    // A label may stand on a line of its own above its number, but no further.
    let near = near.trim_end().rfind('\n').map_or(near, |line| &near[line + 1..]);
    match LABEL.captures(near) {
        Some(label) if label.name("both").is_some() => Line::Both,
        Some(label) if label.name("fax").is_some() => Line::Fax,
        Some(_) => Line::Voice,
        None => Line::Unlabelled,
    }
}

/// `(fax)` and `Fax` right behind a number.
fn label_behind(after: &str) -> Line {
    static BEHIND: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(r"(?i)^[ \u{a0}]?(?:\((?P<f>fax|f)\)|\((?P<t>tel|phone|voice|office|toll[- ]free)\)|(?P<g>fax)(?:\s*$|\s*\n))").expect("a constant pattern")
    });
    match BEHIND.captures(after) {
        Some(label) if label.name("t").is_some() => Line::Voice,
        Some(_) => Line::Fax,
        None => Line::Unlabelled,
    }
}

#[cfg(test)]
mod tests;
