//! The XML forms: `urlset` and `sitemapindex`.

use quick_xml::{
    Reader,
    events::{BytesRef, Event},
};

use super::{Sitemap, SitemapError, SitemapKind};

/// More text in one element is no URL and no date.
const MAX_TEXT_BYTES: usize = 16 * 1024;

/// The element that is being read: `loc` and `lastmod` count only as children of an entry, which is a child of the root.
#[derive(Default)]
struct Entry {
    loc: String,
    lastmod: String,
    open: Option<Field>,
}

#[derive(Clone, Copy)]
enum Field {
    Loc,
    LastMod,
}

impl Entry {
    fn text(&mut self, text: &str) {
        let into = match self.open {
            Some(Field::Loc) => &mut self.loc,
            Some(Field::LastMod) => &mut self.lastmod,
            None => return,
        };
        if into.len() + text.len() <= MAX_TEXT_BYTES {
            into.push_str(text);
        }
    }
}

pub(super) fn parse(text: &str) -> Result<Sitemap, SitemapError> {
    let mut reader = Reader::from_str(text);
    let config = reader.config_mut();
    config.expand_empty_elements = true;
    // query strings are often written with a bare `&`
    config.allow_dangling_amp = true;
    let mut sitemap: Option<Sitemap> = None;
    let mut depth = 0usize;
    let mut entry = Entry::default();
    loop {
        let event = match reader.read_event() {
            Ok(event) => event,
            Err(source) => {
                let sitemap = sitemap.as_mut().ok_or(SitemapError::NotASitemap)?;
                sitemap.warn(format!("broken at byte {}: {source}", reader.error_position()));
                break;
            }
        };
        match event {
            Event::Start(start) => {
                depth += 1;
                match (depth, start.local_name().as_ref()) {
                    (1, "urlset") => sitemap = Some(Sitemap::empty(SitemapKind::Pages)),
                    (1, "sitemapindex") => sitemap = Some(Sitemap::empty(SitemapKind::Index)),
                    (1, _) => return Err(SitemapError::NotASitemap),
                    (2, _) => entry = Entry::default(),
                    (3, "loc") => entry.open = Some(Field::Loc),
                    (3, "lastmod") => entry.open = Some(Field::LastMod),
                    _ => entry.open = None,
                }
            }
            Event::End(end) => {
                let loc = entry.loc.trim();
                if depth == 2 && matches!(end.local_name().as_ref(), "url" | "sitemap") {
                    let sitemap = sitemap.as_mut().ok_or(SitemapError::NotASitemap)?;
                    let lastmod = Some(entry.lastmod.trim()).filter(|text| !text.is_empty());
                    if loc.is_empty() {
                        sitemap.warn("skipped an entry without loc".into());
                    } else if !sitemap.add(loc, lastmod) {
                        break;
                    }
                }
                entry.open = None;
                depth = depth.saturating_sub(1);
            }
            Event::Text(text) => entry.text(&text),
            Event::CData(data) => entry.text(&data),
            Event::GeneralRef(reference) => entry.text(&resolve(&reference)),
            Event::Eof => {
                if depth > 0
                    && let Some(sitemap) = &mut sitemap
                {
                    sitemap.warn("ends before its end tag".into());
                }
                break;
            }
            _ => {}
        }
    }
    sitemap.ok_or(SitemapError::NotASitemap)
}

/// The character behind a reference; a reference to anything that the file declares itself stays as written.
fn resolve(reference: &BytesRef<'_>) -> String {
    if let Ok(Some(character)) = reference.resolve_char_ref() {
        return character.into();
    }
    let name: &str = reference;
    match quick_xml::escape::resolve_xml_entity(name) {
        Some(text) => text.into(),
        None => format!("&{name};"),
    }
}
