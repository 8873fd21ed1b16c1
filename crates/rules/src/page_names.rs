//! What a page calls itself: its headings, its title, the names in its meta properties.

use gleaner_contract::pack::{BlockKind, Region, Span, Syntax};
use gleaner_evidence::ids;

use crate::doc::Doc;

/// The names of a page, and where its main heading stands.
#[derive(Debug, Default)]
pub(crate) struct PageNames {
    /// The first heading of the first level outside of margins.
    pub(crate) heading: Option<Heading>,
    pub(crate) title: Option<String>,
    pub(crate) graph_title: Option<String>,
    pub(crate) site: Option<String>,
}

#[derive(Debug, Clone)]
pub(crate) struct Heading {
    pub(crate) text: String,
    pub(crate) span: Span,
    /// Indexes the pack's blocks.
    pub(crate) block: usize,
}

/// What stands between a page's name and its site's in a title.
const SEPARATORS: &[&str] =
    &[" | ", " - ", " – ", " — ", " : ", " :: ", " » ", " · ", " • ", " / ", " ~ ", " < ", " > "];

impl PageNames {
    pub(crate) fn of(doc: &Doc<'_>) -> Self {
        let meta = |syntax, name: &str| {
            let block = doc.pack.structured.iter().find(|block| block.syntax == syntax)?;
            let value = block.data.get(name)?;
            let text = value.as_str().or_else(|| value.as_array()?.first()?.as_str())?;
            Some(text.to_owned()).filter(|text| !text.trim().is_empty())
        };
        let title = doc.pack.title.clone();
        let graph_title = meta(Syntax::OpenGraph, "og:title");
        let heading = heading(doc, title.as_deref().or(graph_title.as_deref()));
        Self { heading, title, graph_title, site: meta(Syntax::OpenGraph, "og:site_name") }
    }

    /// All names, segments of titles among them.
    pub(crate) fn all(&self) -> impl Iterator<Item = &str> {
        let whole = self.heading.iter().map(|heading| heading.text.as_str()).chain(self.site.as_deref());
        let titles = self.title.as_deref().into_iter().chain(self.graph_title.as_deref());
        whole.chain(titles.flat_map(|title| {
            std::iter::once(title).chain(segments(title).into_iter().map(|(_, segment)| segment))
        }))
    }

    /// The heading and the titles as they are, but for the site's name in titles.
    pub(crate) fn whole(&self) -> impl Iterator<Item = &str> {
        let titles = self.title.as_deref().into_iter().chain(self.graph_title.as_deref());
        let first = titles.filter_map(|title| segments(title).first().map(|(_, segment)| *segment));
        self.heading.iter().map(|heading| heading.text.as_str()).chain(first)
    }

    /// Whether the title begins with a heading.
    pub(crate) fn begins_title(&self, heading: &str) -> bool {
        let heading = ids::name(heading);
        let titles = self.title.as_deref().into_iter().chain(self.graph_title.as_deref());
        !heading.is_empty() && titles.map(ids::name).any(|title| title.starts_with(&heading))
    }

    /// The heading, when a title repeats it.
    pub(crate) fn titled_heading(&self) -> Option<&Heading> {
        let heading = self.heading.as_ref()?;
        let name = ids::name(&heading.text);
        let mut titles = self.title.as_deref().into_iter().chain(self.graph_title.as_deref());
        (name.len() >= 3 && titles.any(|title| ids::name(title).contains(&name))).then_some(heading)
    }

    /// Whether a heading of a word or two, such as a brand, only begins what the title says in full.
    pub(crate) fn title_goes_on(&self, heading: &str) -> bool {
        let heading = ids::name(heading);
        let Some(title) = self.title.as_deref() else { return false };
        let full = segments(title).first().map(|(_, segment)| ids::name(segment)).unwrap_or_default();
        let rest = full.strip_prefix(&heading).filter(|rest| rest.starts_with(' '));
        heading.split(' ').count() <= 2 && rest.is_some_and(|rest| rest.split_whitespace().count() >= 2)
    }

    /// Whether the page is headed or titled by a name.
    pub(crate) fn is_titled(&self, name: &str) -> bool {
        let name = ids::name(name);
        name.len() >= 3
            && self.all().any(|said| {
                let said = ids::name(said);
                said == name
                    || (name.len() >= 8 && said.starts_with(&name))
                    || (said.len() >= 8 && name.starts_with(&said))
            })
    }
}

/// The main heading: of several, the one that the title repeats.
fn heading(doc: &Doc<'_>, title: Option<&str>) -> Option<Heading> {
    let title = title.map(ids::name).unwrap_or_default();
    let candidates = doc.pack.blocks.iter().enumerate().filter(|(_, block)| {
        block.kind == BlockKind::Heading
            && (1..=2).contains(&block.level)
            && !matches!(block.region, Region::Navigation | Region::Footer | Region::Aside)
    });
    candidates
        .take(40)
        .map(|(index, block)| {
            let text = doc.text(block.span);
            let plain = ids::name(text);
            let in_title = plain.len() >= 3 && title.contains(&plain);
            let rank = (in_title && block.level == 1, block.level == 1, in_title);
            (
                rank,
                std::cmp::Reverse(index),
                Heading { text: text.to_owned(), span: block.span, block: index },
            )
        })
        .filter(|((_, first_level, in_title), _, heading)| {
            (*first_level || *in_title) && !heading.text.trim().is_empty()
        })
        .max_by_key(|(rank, index, _)| (*rank, *index))
        .map(|(_, _, heading)| heading)
}

/// The parts of a title with the byte where each starts.
pub(crate) fn segments(title: &str) -> Vec<(usize, &str)> {
    let mut cuts = vec![0];
    let mut ends = Vec::new();
    let mut at = 0;
    while at < title.len() {
        match SEPARATORS.iter().find(|separator| title[at..].starts_with(**separator)) {
            Some(separator) => {
                ends.push(at);
                at += separator.len();
                cuts.push(at);
            }
            None => at += title[at..].chars().next().map_or(1, char::len_utf8),
        }
    }
    ends.push(title.len());
    cuts.into_iter()
        .zip(ends)
        .filter(|(from, to)| from < to)
        .map(|(from, to)| (from, &title[from..to]))
        .collect()
}
