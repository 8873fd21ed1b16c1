//! The language of a page: as it says, else as its text shows.

use html5ever::local_name;
use whatlang::Lang;

use crate::{dom::Dom, survey::Survey};

/// Enough to tell a language by.
const SAMPLE_BYTES: usize = 2048;

/// BCP 47.
pub(crate) fn language(dom: &Dom, survey: &Survey, text: &str) -> Option<String> {
    declared(dom, survey).or_else(|| detected(text))
}

pub(crate) fn detected(text: &str) -> Option<String> {
    // from the middle, where there is more text and less menu
    let from = text.floor_char_boundary((text.len() / 2).saturating_sub(SAMPLE_BYTES / 2));
    let sample = &text[from..];
    let sample = &sample[..sample.floor_char_boundary(SAMPLE_BYTES)];
    let info = whatlang::detect(sample)?;
    info.is_reliable().then(|| two_letters(info.lang()).to_owned())
}

fn declared(dom: &Dom, survey: &Survey) -> Option<String> {
    let html = survey.html.and_then(|html| dom.element(html));
    let own = html.and_then(|html| {
        tag(html.attr(&local_name!("lang"))).or_else(|| {
            let xml = html.attrs.iter().find(|attr| &*attr.name.local == "xml:lang");
            tag(xml.map(|attr| &*attr.value))
        })
    });
    own.or_else(|| {
        survey.metas.iter().filter_map(|meta| dom.element(*meta)).find_map(|meta| {
            let names = [
                meta.attr(&local_name!("http-equiv")),
                meta.attr(&local_name!("name")),
                meta.attr(&local_name!("property")),
            ];
            let says = names.into_iter().flatten().any(|name| {
                ["content-language", "language", "og:locale"]
                    .iter()
                    .any(|known| name.eq_ignore_ascii_case(known))
            });
            tag(meta.attr(&local_name!("content")).filter(|_| says))
        })
    })
}

/// A well-formed tag, its subtags in the usual case.
fn tag(text: Option<&str>) -> Option<String> {
    let text = text?.trim_ascii().split([',', ';', ' ', '.']).next()?;
    let mut out = String::new();
    for (index, part) in text.split(['-', '_']).enumerate() {
        let well_formed = part.bytes().all(|byte| byte.is_ascii_alphanumeric());
        match (index, part.len()) {
            (0, 2 | 3) if part.bytes().all(|byte| byte.is_ascii_alphabetic()) => {
                out = part.to_ascii_lowercase();
            }
            (0, _) => return None,
            (_, 2) if well_formed => out.extend(["-", &part.to_ascii_uppercase()]),
            (_, 4) if well_formed => {
                let (first, rest) = part.split_at(1);
                out.extend(["-", &first.to_ascii_uppercase(), &rest.to_ascii_lowercase()]);
            }
            (_, 3 | 5..=8) if well_formed => out.extend(["-", &part.to_ascii_lowercase()]),
            _ => break,
        }
    }
    (!out.is_empty() && out != "und").then_some(out)
}

/// ISO 639-1 where there is one.
fn two_letters(lang: Lang) -> &'static str {
    match lang {
        Lang::Epo => "eo",
        Lang::Eng => "en",
        Lang::Rus => "ru",
        Lang::Cmn => "zh",
        Lang::Spa => "es",
        Lang::Por => "pt",
        Lang::Ita => "it",
        Lang::Ben => "bn",
        Lang::Fra => "fr",
        Lang::Deu => "de",
        Lang::Ukr => "uk",
        Lang::Kat => "ka",
        Lang::Ara => "ar",
        Lang::Hin => "hi",
        Lang::Jpn => "ja",
        Lang::Heb => "he",
        Lang::Yid => "yi",
        Lang::Pol => "pl",
        Lang::Amh => "am",
        Lang::Jav => "jv",
        Lang::Kor => "ko",
        Lang::Nob => "nb",
        Lang::Dan => "da",
        Lang::Swe => "sv",
        Lang::Fin => "fi",
        Lang::Tur => "tr",
        Lang::Nld => "nl",
        Lang::Hun => "hu",
        Lang::Ces => "cs",
        Lang::Ell => "el",
        Lang::Bul => "bg",
        Lang::Bel => "be",
        Lang::Mar => "mr",
        Lang::Kan => "kn",
        Lang::Ron => "ro",
        Lang::Slv => "sl",
        Lang::Hrv => "hr",
        Lang::Srp => "sr",
        Lang::Mkd => "mk",
        Lang::Lit => "lt",
        Lang::Lav => "lv",
        Lang::Est => "et",
        Lang::Tam => "ta",
        Lang::Vie => "vi",
        Lang::Urd => "ur",
        Lang::Tha => "th",
        Lang::Guj => "gu",
        Lang::Uzb => "uz",
        Lang::Pan => "pa",
        Lang::Aze => "az",
        Lang::Ind => "id",
        Lang::Tel => "te",
        Lang::Pes => "fa",
        Lang::Mal => "ml",
        Lang::Ori => "or",
        Lang::Mya => "my",
        Lang::Nep => "ne",
        Lang::Sin => "si",
        Lang::Khm => "km",
        Lang::Tuk => "tk",
        Lang::Aka => "ak",
        Lang::Zul => "zu",
        Lang::Sna => "sn",
        Lang::Afr => "af",
        Lang::Lat => "la",
        Lang::Slk => "sk",
        Lang::Cat => "ca",
        Lang::Tgl => "tl",
        Lang::Hye => "hy",
        other => other.code(),
    }
}

#[cfg(test)]
mod tests;
