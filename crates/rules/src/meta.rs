//! Meta properties: OpenGraph and its like, of the page as a whole.

use gleaner_contract::{Layer, pack::Syntax};
use gleaner_evidence::quote::ValueKind;

use crate::{
    candidate::{Candidate, Place},
    concepts::{About, Id},
    ctx::Ctx,
    entity,
    page_names::segments,
    structured::{is_empty_value, is_unfit},
    tree::{Leaf, Node},
    value,
    wanted::Wanted,
};

/// `product:price:amount` and its like are about the page's product.
const PRODUCT: u8 = 88;
const GENERAL: u8 = 78;
/// A title with the site's name cut off.
const TITLE: u8 = 68;

pub(crate) fn read(ctx: &Ctx<'_>, wanted: &Wanted<'_>, found: &mut Vec<Candidate>) {
    let Some(concept) = wanted.concept else { return };
    // A product's brief does not ask for what the site is called, nor an organization's for its pages' titles.
    if concept.about != ctx.theme && ctx.theme != About::Any {
        return;
    }
    for name in concept.metas() {
        for (block, source) in ctx.doc.pack.structured.iter().enumerate() {
            if !matches!(source.syntax, Syntax::OpenGraph | Syntax::Meta) {
                continue;
            }
            let Node::Object(properties) = &ctx.doc.trees[block] else { continue };
            let leaves =
                properties.iter().filter(|(known, _)| known == name).filter_map(|(_, node)| node.leaf());
            let many = if wanted.spec.array { 50 } else { 1 };
            for leaf in leaves.take(many) {
                found.extend(candidate(ctx, wanted, block, name, leaf));
            }
        }
        if !found.is_empty() && !wanted.spec.array {
            return;
        }
    }
}

fn candidate(ctx: &Ctx<'_>, wanted: &Wanted<'_>, block: usize, name: &str, leaf: &Leaf) -> Option<Candidate> {
    let whole = entity::place(ctx.doc, block, leaf)?;
    if matches!(wanted.id(), Id::ProductName | Id::Headline) {
        return title(ctx, leaf, &whole);
    }
    let parsed = if wanted.kind == ValueKind::Text && wanted.spec.name.to_lowercase().contains("desc") {
        (leaf.text.chars().count() <= 1_900).then(|| value::Parsed {
            value: leaf.text.trim().into(),
            unit: None,
            range: 0..0,
        })
    } else {
        value::parse(&leaf.text, "", wanted.spec, wanted.kind, &ctx.doc.hints)
    }?;
    if is_empty_value(&parsed) || is_unfit(wanted, &parsed) {
        return None;
    }
    let confidence = if name.starts_with("product:") { PRODUCT } else { GENERAL };
    Some(Candidate {
        value: parsed.value,
        unit: parsed.unit,
        place: whole,
        confidence,
        subject: ctx.subjects.page,
    })
}

/// The page's title without its site's name.
fn title(ctx: &Ctx<'_>, leaf: &Leaf, whole: &Place) -> Option<Candidate> {
    let text = leaf.text.trim();
    let parts = segments(text);
    let (from, part) = match parts.as_slice() {
        [] => return None,
        [only] => *only,
        [first, .., (_, last)] => {
            let site = ctx.names.site.as_deref().is_some_and(|site| site.eq_ignore_ascii_case(last));
            let cut = text.len() - last.len();
            if site { (0, text[..cut].trim_end_matches(|c: char| !c.is_alphanumeric())) } else { *first }
        }
    };
    let part = part.trim_end();
    let lead = text[..from].chars().count();
    let start = whole.range.start + lead;
    let range = start..start + part.chars().count();
    let place = Place { layer: Layer::Structured, block: whole.block, range };
    (part.chars().count() >= 3).then(|| Candidate::text(part, place, TITLE, ctx.subjects.page))
}
