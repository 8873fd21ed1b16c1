//! JSON-LD and microdata: the properties of the entities that are the target.

mod offers;

use gleaner_contract::{SubjectMatch, pack::Syntax};
use gleaner_evidence::quote::ValueKind;

use crate::{
    candidate::Candidate,
    concepts::{self, About, Id},
    ctx::Ctx,
    entity::{self, Entity, Kind},
    tree::{Leaf, Node},
    value::{self, Parsed},
    wanted::Wanted,
};

const JSON_LD: u8 = 95;
const MICRODATA: u8 = 92;

/// Taken off for each path that was tried in vain, and for a choice among several.
const LESS_SURE: u8 = 2;
const CHOSEN: u8 = 30;

pub(crate) fn read(ctx: &Ctx<'_>, wanted: &Wanted<'_>, found: &mut Vec<Candidate>) {
    for (entity, subject) in &ctx.subjects.entities {
        if is_about(wanted, entity.kind) {
            let sure = if entity.syntax == Syntax::JsonLd { JSON_LD } else { MICRODATA };
            from_entity(ctx, wanted, entity, *subject, sure, found);
        }
    }
}

fn is_about(wanted: &Wanted<'_>, kind: Kind) -> bool {
    match wanted.about() {
        About::Product => kind == Kind::Product,
        About::Organization => kind == Kind::Organization,
        About::Article => kind == Kind::Article,
        About::Any => kind != Kind::Other,
    }
}

fn from_entity<'d>(
    ctx: &Ctx<'d>,
    wanted: &Wanted<'_>,
    entity: &Entity<'d>,
    subject: SubjectMatch,
    sure: u8,
    found: &mut Vec<Candidate>,
) {
    let before = found.len();
    if matches!(wanted.id(), Id::Price | Id::Currency | Id::Availability) {
        offers::read(ctx, wanted, entity, subject, sure, found);
    }
    let paths = wanted.concept.into_iter().flat_map(|concept| concept.paths()).enumerate();
    for (index, path) in paths {
        if found.len() > before && !wanted.spec.array {
            return;
        }
        if path.starts_with("offers") && matches!(wanted.id(), Id::Price | Id::Currency | Id::Availability) {
            continue;
        }
        let sure = sure - LESS_SURE * u8::try_from(index.min(10)).unwrap_or(10);
        let leaves = ctx.entities.follow(entity.node, path);
        // Several values of one property of a scalar field: the first is meant, the rest is more of the same.
        let many = if wanted.spec.array { leaves.len() } else { 1 };
        for leaf in leaves.into_iter().take(many) {
            found.extend(candidate(ctx, wanted, entity, leaf, subject, sure));
        }
    }
    if found.len() == before {
        named_property(ctx, wanted, entity, subject, sure - LESS_SURE, found);
    }
}

/// Properties that have the field's own name, and `additionalProperty`.
fn named_property<'d>(
    ctx: &Ctx<'d>,
    wanted: &Wanted<'_>,
    entity: &Entity<'d>,
    subject: SubjectMatch,
    sure: u8,
    found: &mut Vec<Candidate>,
) {
    let Node::Object(properties) = entity.node else { return };
    if wanted.concept.is_none() {
        for (name, value) in properties.iter().filter(|(name, _)| wanted.is_named(name)) {
            let leaves: Vec<&Leaf> = value.items().filter_map(Node::leaf).collect();
            let many = if wanted.spec.array { leaves.len() } else { 1 };
            for leaf in leaves.into_iter().take(many) {
                found.extend(candidate(ctx, wanted, entity, leaf, subject, sure));
            }
            if let Node::Object(_) = value {
                found.extend(quantity(ctx, wanted, entity, name, value, subject, sure));
            }
        }
    }
    for property in ["additionalProperty", "additionalProperties", "weight", "width", "height", "depth"] {
        for node in entity.node.all(property).map(|node| ctx.entities.resolve(node)) {
            let name = node.str("name").or_else(|| node.str("propertyID")).unwrap_or(property);
            if wanted.is_named(name) {
                found.extend(quantity(ctx, wanted, entity, name, node, subject, sure));
            }
        }
    }
}

/// A `QuantitativeValue` or `PropertyValue`: a value with its unit beside.
fn quantity(
    ctx: &Ctx<'_>,
    wanted: &Wanted<'_>,
    entity: &Entity<'_>,
    name: &str,
    node: &Node,
    subject: SubjectMatch,
    sure: u8,
) -> Option<Candidate> {
    let leaf = node.get("value").and_then(Node::leaf)?;
    if let Some(candidate) = candidate(ctx, wanted, entity, leaf, subject, sure) {
        return Some(candidate);
    }
    // The quote reaches from the value to its unit, so that both can be read from it.
    let unit = ["unitText", "unitCode"].iter().find_map(|unit| node.get(unit).and_then(Node::leaf))?;
    let parsed = value::parse(
        &leaf.text,
        &format!("{name} ({})", unit.text),
        wanted.spec,
        wanted.kind,
        &ctx.doc.hints,
    )?;
    let bytes = leaf.range.start.min(unit.range.start)..leaf.range.end.max(unit.range.end);
    let place = entity::part(ctx.doc, entity.block, bytes)?;
    Some(Candidate { value: parsed.value, unit: parsed.unit, place, confidence: sure, subject })
}

/// The candidate that a leaf gives.
fn candidate(
    ctx: &Ctx<'_>,
    wanted: &Wanted<'_>,
    entity: &Entity<'_>,
    leaf: &Leaf,
    subject: SubjectMatch,
    sure: u8,
) -> Option<Candidate> {
    let mut parsed = of_leaf(ctx, wanted, leaf)?;
    if is_empty_value(&parsed) || is_unfit(wanted, &parsed) {
        return None;
    }
    if matches!(wanted.id(), Id::Price) && parsed.unit.is_none() {
        parsed.unit = ctx.doc.hints.currency.map(|currency| currency.code().to_owned());
    }
    // Shops that have no part number of the maker's put their own in its place.
    let own_number = |text: &str| {
        ["sku", "productID"].iter().any(|name| entity.node.str(name).is_some_and(|own| own.trim() == text))
    };
    if wanted.id() == Id::Mpn && parsed.value.as_str().is_some_and(own_number) {
        return None;
    }
    let place = entity::place(ctx.doc, entity.block, leaf)?;
    Some(Candidate { value: parsed.value, unit: parsed.unit, place, confidence: sure, subject })
}

fn of_leaf(ctx: &Ctx<'_>, wanted: &Wanted<'_>, leaf: &Leaf) -> Option<Parsed> {
    if wanted.kind == ValueKind::Amount
        && let Some(value) = offers::machine_amount(&leaf.text)
    {
        return Some(Parsed { value: value.into(), unit: None, range: 0..0 });
    }
    if wanted.kind == ValueKind::Text {
        let text = if leaf.text.contains('<') { return None } else { leaf.text.trim() };
        let limit = if wanted.spec.name.to_lowercase().contains("desc") { 1_900 } else { 300 };
        return (!text.is_empty() && text.chars().count() <= limit).then(|| Parsed {
            value: text.into(),
            unit: None,
            range: 0..0,
        });
    }
    value::parse(&leaf.text, "", wanted.spec, wanted.kind, &ctx.doc.hints)
}

/// Templates leave these where they have nothing to say.
pub(crate) fn is_empty_value(parsed: &Parsed) -> bool {
    parsed.value.as_str().is_some_and(|text| {
        let plain = concepts::plain(text);
        plain.is_empty()
            || matches!(
                plain.as_str(),
                "null"
                    | "undefined"
                    | "none"
                    | "na"
                    | "nan"
                    | "false"
                    | "true"
                    | "unknown"
                    | "doesnotapply"
                    | "notapplicable"
                    | "object"
                    | "noname"
                    | "unbranded"
                    | "tbd"
                    | "default"
            )
    })
}

/// What a concept's value never looks like.
pub(crate) fn is_unfit(wanted: &Wanted<'_>, parsed: &Parsed) -> bool {
    let Some(text) = parsed.value.as_str() else { return false };
    let length = text.chars().count();
    match wanted.id() {
        Id::Mpn if !text.chars().any(|c| c.is_ascii_digit()) => true,
        Id::Sku | Id::Mpn => length > 40 || text.contains("://") || text.split_whitespace().count() > 4,
        Id::Brand => {
            length > 60
                || text.contains('|')
                || text.contains("://")
                || text.chars().all(|c| c.is_ascii_digit())
        }
        Id::OrganizationName
            if text.contains(" - ") || text.contains(" | ") || !text.contains(' ') && text.contains('.') =>
        {
            true
        }
        Id::OrganizationName | Id::LegalName | Id::City | Id::Region | Id::Country => {
            length > 100 || text.contains("://")
        }
        Id::PostalCode => length > 12 || !text.chars().any(|c| c.is_ascii_digit()),
        _ => false,
    }
}
