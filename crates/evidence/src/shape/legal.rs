//! Legal names: company names that end in a legal form, and the holders of copyright lines.

use std::{ops::Range, sync::LazyLock};

use regex::Regex;

use crate::text::Marks;

/// A name that ends in a legal form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LegalName {
    pub name: String,
    /// Code points in the text.
    pub range: Range<usize>,
}

/// A copyright line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Copyright {
    pub holder: String,
    /// Code points of the holder.
    pub range: Range<usize>,
    /// Code points of the whole line.
    pub line: Range<usize>,
}

/// Legal forms in the shape that [`crate::ids::name`] gives words.
const FORMS: &[&str] = &[
    "inc",
    "incorporated",
    "llc",
    "lllp",
    "ltd",
    "limited",
    "plc",
    "llp",
    "lp",
    "corp",
    "corporation",
    "co",
    "company",
    "cic",
    "na",
    "gmbh",
    "ggmbh",
    "ag",
    "kg",
    "kgaa",
    "ohg",
    "gbr",
    "ug",
    "haftungsbeschrankt",
    "se",
    "ev",
    "ek",
    "eg",
    "sa",
    "sas",
    "sasu",
    "sarl",
    "eurl",
    "sci",
    "sl",
    "slu",
    "srl",
    "srls",
    "spa",
    "snc",
    "sapa",
    "bv",
    "nv",
    "vof",
    "ab",
    "hb",
    "as",
    "asa",
    "aps",
    "oy",
    "oyj",
    "pty",
    "pvt",
    "pte",
    "sdn",
    "bhd",
    "sp",
    "z",
    "oo",
    "sro",
    "kft",
    "zrt",
    "nyrt",
    "doo",
    "dd",
    "ad",
    "kk",
    "ltda",
    "eireli",
    "cv",
    "oü",
    "uab",
    "sia",
    "lda",
];

/// The words of a name without the legal form at its end.
pub(crate) fn without_legal_form(words: &[String]) -> &[String] {
    let mut kept = words;
    while let [rest @ .., last] = kept {
        let is_form = FORMS.contains(&last.as_str())
            || (matches!(last.as_str(), "and" | "mbh") && kept.len() < words.len());
        if !is_form {
            break;
        }
        kept = rest;
    }
    kept
}

/// What a legal form looks like in running text.
const WRITTEN: &str = r"(?:Inc\b\.?|Incorporated\b|INC\b\.?|L\.?L\.?C\b\.?|Ltd\b\.?|LTD\b\.?|Limited\b|LIMITED\b|PLC\b|plc\b|L\.?L\.?P\b\.?|Corp\b\.?|Corporation\b|CORPORATION\b\
|gGmbH\b|GmbH\b(?:\s&\sCo\.?\sKG(?:aA)?\b)?|mbH\b|AG\b|KG\b|OHG\b|UG\b(?:\s\(haftungsbeschränkt\))?|SE\b|e\.\s?V\.|e\.\s?K\.|S\.A\.S\.|SAS\b|S\.?A\.?R\.?L\b\.?|SARL\b|S\.A\.|\
S\.?L\.?U?\.|S\.?r\.?l\b\.?|SRL\b|S\.?p\.?A\b\.?|B\.V\.|BV\b|N\.V\.|NV\b|AB\b|A/S\b|ApS\b|AS\b|Oyj?\b|Pty\b\.?(?:\s(?:Ltd|Limited)\b\.?)?|Pvt\b\.?(?:\sLtd\b\.?)?|Pte\b\.?(?:\sLtd\b\.?)?|\
Sp\.\sz\s?o\.\s?o\.|s\.r\.o\.|a\.s\.|Kft\b\.?|d\.o\.o\.|Co\.,?\sLtd\b\.?|N\.A\.|Ltda\b\.?)";

static NAME: LazyLock<Regex> = LazyLock::new(|| {
    let word = r"(?:[\p{Lu}\p{N}][\pL\pN&'’.+!-]*|&|\+)";
    let small = r"(?:of|the|and|for|und|für|de|du|des|la|et|y|e|der|von|van|di)";
    Regex::new(&format!(r"{word}(?:[ \u{{a0}}](?:{small}[ \u{{a0}}])?{word}){{0,7}},?[ \u{{a0}}]{WRITTEN}"))
        .expect("a constant pattern")
});

/// Names that end in a legal form, such as `Acme Tools GmbH & Co. KG`.
pub fn legal_names(text: &str) -> Vec<LegalName> {
    let mut marks = Marks::new(text);
    NAME.find_iter(text)
        .filter(|found| !text[..found.start()].ends_with(char::is_alphanumeric))
        .filter_map(|found| {
            let name = found.as_str();
            // What a copyright line puts before the holder.
            static LEAD: LazyLock<Regex> =
                LazyLock::new(|| Regex::new(r"(?i)^(?:copyright|\(c\)|©|(?:1[89]|20)\d\d(?:\s?[-–]\s?(?:20)?\d\d)?|by|all rights reserved\.?)[ \u{a0}]+").expect("a constant pattern"));
            let mut skip = 0;
            while let Some(lead) = LEAD.find(&name[skip..]) {
                skip += lead.end();
            }
            let kept = &name[skip..];
            kept.contains([' ', '\u{a0}']).then(|| LegalName { name: kept.to_owned(), range: marks.range(found.start() + skip..found.end()) })
        })
        .collect()
}

static COPYRIGHT: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r"(?xi)
        (?: copyright\s*(?:©|\(c\))? | © (?:\s*copyright)? | \(c\)(?:\s*copyright)? ) \s*:?\s*
        (?: (?:(?:1[89]|20)\d\d) (?: \s?[-–—,/]\s?(?:(?:1[89]|20)?\d\d|present|heute|today) )* [\s,.:;|–-]* )?
        (?:by\s+|von\s+)?
        (?P<holder>[\pL\pN][^\n\r|©•·]{1,100})",
    )
    .expect("a constant pattern")
});

/// The holders that copyright lines name.
pub fn copyrights(text: &str) -> Vec<Copyright> {
    static TAIL: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(
            r"(?xi)
            [\s,.;:–-]* (?: \b(?:all|alle|tous|todos|tutti)\s+(?:rights?|rechte|droits|los|i)\b .* | \brights\s+reserved .* | \b(?:powered|designed|website|web\s?design|site|terms|privacy|legal|impressum|contact|sitemap)\b.*
              | \s(?:1[89]|20)\d\d (?:\s?[-–]\s?(?:1[89]|20)?\d\d)? .* | \.\s.* | \s[-–—]\s.* | \s{2,}.* ) $",
        )
        .expect("a constant pattern")
    });
    // `Acme Tools Inc. All rights reserved`: the point is part of the legal form.
    static FORM_END: LazyLock<Regex> =
        LazyLock::new(|| Regex::new(&format!(r"^.{{0,90}}?[ ,]{WRITTEN}")).expect("a constant pattern"));
    let mut marks = Marks::new(text);
    COPYRIGHT
        .captures_iter(text)
        .filter_map(|found| {
            let holder = found.name("holder")?;
            let written = holder.as_str();
            let end = match FORM_END.find(written) {
                Some(form) => form.end(),
                None => {
                    let cut = TAIL.find(written).map_or(written.len(), |tail| tail.start());
                    written[..cut]
                        .trim_end_matches(|c: char| {
                            c.is_whitespace() || matches!(c, '.' | ',' | ';' | ':' | '-' | '–')
                        })
                        .len()
                }
            };
            let name = &written[..end];
            let named = name.chars().filter(|c| c.is_alphabetic()).count() >= 2
                && name.starts_with(|c: char| c.is_uppercase() || c.is_numeric());
            if !named {
                return None;
            }
            let line = marks.range(found.get_match().start()..holder.start() + end);
            let length = name.chars().count();
            Some(Copyright { holder: name.to_owned(), range: line.end - length..line.end, line })
        })
        .collect()
}

#[cfg(test)]
mod tests;
