//! Offers: which of a product's offers counts, and what it says.

use gleaner_contract::SubjectMatch;
use gleaner_evidence::DecimalMark;
use rust_decimal::Decimal;
use serde_json::Value;
use url::Url;

use super::{CHOSEN, is_empty_value};
use crate::{
    candidate::Candidate,
    concepts::Id,
    ctx::Ctx,
    entity::{self, Entity},
    subject::is_same_page,
    tree::{Leaf, Node},
    value,
    wanted::Wanted,
};

/// One offer, with what of it may be wanted.
#[derive(Debug, Clone, Copy)]
struct Offer<'d> {
    node: &'d Node,
    price: Option<&'d Leaf>,
    currency: Option<&'d Leaf>,
    /// Spans several prices.
    is_range: bool,
}

pub(super) fn read<'d>(
    ctx: &Ctx<'d>,
    wanted: &Wanted<'_>,
    entity: &Entity<'d>,
    subject: SubjectMatch,
    sure: u8,
    found: &mut Vec<Candidate>,
) {
    let offers = offers(ctx, entity.node);
    let Some((offer, sure)) = choose(ctx, wanted, entity, &offers, sure) else { return };
    match wanted.id() {
        Id::Price => {
            let Some(leaf) = offer.price else { return };
            let code = offer.currency.map(|leaf| leaf.text.trim());
            if is_grouped(&leaf.text, code, ctx.doc.hints.decimal_mark()) {
                return;
            }
            let amount = match machine_amount(&leaf.text) {
                Some(amount) => Some((amount, None)),
                None => value::amount(&leaf.text, &ctx.doc.hints)
                    .and_then(|parsed| Some((parsed.value.as_str()?.to_owned(), parsed.unit))),
            };
            let Some((amount, unit)) = amount else { return };
            let unit = offer
                .currency
                .and_then(|leaf| leaf.text.trim().parse::<gleaner_contract::Currency>().ok())
                .map(|c| c.code().to_owned())
                .or(unit);
            if let Some(place) = entity::place(ctx.doc, entity.block, leaf) {
                found.push(Candidate {
                    value: Value::String(amount),
                    unit,
                    place,
                    confidence: sure,
                    subject,
                });
            }
        }
        _ => {
            let leaf = if wanted.id() == Id::Currency {
                offer.currency
            } else {
                offer.node.get("availability").and_then(Node::leaf)
            };
            let Some(leaf) = leaf else { return };
            let parsed = value::parse(&leaf.text, "", wanted.spec, wanted.kind, &ctx.doc.hints);
            if let (Some(parsed), Some(place)) =
                (parsed.filter(|parsed| !is_empty_value(parsed)), entity::place(ctx.doc, entity.block, leaf))
            {
                found.push(Candidate { value: parsed.value, unit: None, place, confidence: sure, subject });
            }
        }
    }
}

/// All offers of a product, those of its variants too where it has none of its own.
fn offers<'d>(ctx: &Ctx<'d>, product: &'d Node) -> Vec<Offer<'d>> {
    let mut found = Vec::new();
    for node in product.all("offers") {
        collect(ctx, node, &mut found, 0);
    }
    if found.is_empty() {
        for variant in
            product.all("hasVariant").chain(product.all("model")).map(|node| ctx.entities.resolve(node))
        {
            for node in variant.all("offers") {
                collect(ctx, node, &mut found, 0);
            }
        }
    }
    found
}

fn collect<'d>(ctx: &Ctx<'d>, node: &'d Node, found: &mut Vec<Offer<'d>>, depth: u8) {
    let node = ctx.entities.resolve(node);
    if depth > 3 || found.len() > 500 {
        return;
    }
    let inner: Vec<&Node> = node.all("offers").collect();
    let specification =
        node.all("priceSpecification").map(|node| ctx.entities.resolve(node)).find(|specification| {
            let kind = specification.str("priceType").unwrap_or_default();
            !["ListPrice", "MSRP", "SRP", "StrikethroughPrice", "InvoicePrice"]
                .iter()
                .any(|other| kind.ends_with(other))
                && specification.get("referenceQuantity").is_none()
        });
    let leaf = |name: &str| node.get(name).and_then(Node::leaf).or_else(|| specification?.get(name)?.leaf());
    let (low, high) = (leaf("lowPrice"), leaf("highPrice"));
    let price = leaf("price").or(low).filter(|leaf| !leaf.range.is_empty());
    if price.is_none() && !inner.is_empty() {
        for node in inner {
            collect(ctx, node, found, depth + 1);
        }
        return;
    }
    let is_range =
        leaf("price").is_none() && low.zip(high).is_some_and(|(low, high)| amount_of(low) != amount_of(high));
    found.push(Offer {
        node,
        price,
        currency: leaf("priceCurrency").filter(|leaf| !leaf.range.is_empty()),
        is_range,
    });
}

/// The offer that counts, and how sure that is.
fn choose<'d>(
    ctx: &Ctx<'d>,
    wanted: &Wanted<'_>,
    entity: &Entity<'d>,
    offers: &[Offer<'d>],
    sure: u8,
) -> Option<(Offer<'d>, u8)> {
    let first = *offers.first()?;
    let said = |offer: &Offer<'_>| match wanted.id() {
        Id::Price => offer.price.and_then(amount_of).map(|amount| amount.to_string()),
        Id::Currency => offer.currency.map(|leaf| leaf.text.clone()),
        _ => offer.node.str("availability").map(|text| text.rsplit('/').next().unwrap_or(text).to_owned()),
    };
    let saying: Vec<Offer<'d>> = offers.iter().copied().filter(|offer| said(offer).is_some()).collect();
    let best = *saying.first().unwrap_or(&first);
    if best.is_range && wanted.id() == Id::Price {
        return Some((best, sure - CHOSEN));
    }
    if saying.iter().all(|offer| said(offer) == said(&best)) {
        return Some((best, sure));
    }
    let own = |offer: &&Offer<'d>| is_own(ctx, entity, offer);
    let owned: Vec<&Offer<'d>> = saying.iter().filter(own).collect();
    if let Some(chosen) = owned.first()
        && owned.iter().all(|offer| said(offer) == said(chosen))
    {
        return Some((**chosen, sure - 3));
    }
    if wanted.id() == Id::Availability {
        // Something of it can be had.
        let there = saying
            .iter()
            .find(|offer| offer.node.str("availability").is_some_and(|text| text.ends_with("InStock")));
        return Some((*there.unwrap_or(&best), sure - CHOSEN));
    }
    Some((best, sure - CHOSEN))
}

/// Whether an offer is of the very variant that the page shows.
fn is_own(ctx: &Ctx<'_>, entity: &Entity<'_>, offer: &Offer<'_>) -> bool {
    let same_sku =
        offer.node.str("sku").zip(entity.node.str("sku")).is_some_and(|(offered, own)| offered == own);
    let at_page = offer.node.str("url").zip(ctx.doc.url.as_ref()).is_some_and(|(href, page)| {
        page.join(href).is_ok_and(|url: Url| is_same_page(&url, page) && url.query() == page.query())
    });
    same_sku || at_page
}

fn amount_of(leaf: &Leaf) -> Option<Decimal> {
    machine_amount(&leaf.text).and_then(|text| text.parse().ok())
}

/// A positive amount as machines write it, with a point and no groups; cents keep two digits.
pub(super) fn machine_amount(text: &str) -> Option<String> {
    let text = text.trim();
    let plain = text.starts_with(|c: char| c.is_ascii_digit())
        && text.bytes().all(|b| b.is_ascii_digit() || b == b'.');
    let value: Decimal = text.parse().ok().filter(|_| plain)?;
    value::decimal_text(value)
}

/// Whether a point before three digits may well be a group mark: `1.299` in a currency that has no thousandths.
fn is_grouped(text: &str, currency: Option<&str>, mark: Option<DecimalMark>) -> bool {
    const THREE: &[&str] = &["BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"];
    let Some((whole, cents)) = text.trim().split_once('.') else { return false };
    // "129.990" is what programs write that print three digits of everything
    let padded = cents.ends_with('0') && mark != Some(DecimalMark::Comma);
    (1..=3).contains(&whole.len())
        && whole != "0"
        && cents.len() == 3
        && cents.bytes().all(|b| b.is_ascii_digit())
        && !padded
        && !currency.is_some_and(|code| THREE.contains(&code))
}
