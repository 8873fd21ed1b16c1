//! The price that a page shows its visitors: near the product's heading, not struck, not shipping, not per unit.

use std::sync::LazyLock;

use gleaner_contract::pack::Region;
use gleaner_evidence::money::{self, Mention};
use regex::Regex;
use rust_decimal::Decimal;
use serde_json::Value;

use crate::{
    candidate::{Candidate, Place},
    concepts::Id,
    ctx::Ctx,
    value,
    wanted::Wanted,
};

const SURE: u8 = 76;
const UNSURE: u8 = 66;
const ALONE: u8 = 62;

/// Blocks after the heading in which the price is looked for, and before it.
const AHEAD: usize = 150;
const BEFORE: usize = 12;
const UNDER: usize = 15;
/// Points that the best must have, and must be ahead of another amount, to be sure.
const ENOUGH: i32 = 60;
const CLEAR: i32 = 8;
/// Points that the lower of two neighbours may lack.
const BESIDE: i32 = 18;
/// What speaks against an amount rules it out.
const AGAINST: i32 = 90;

/// An amount that the page shows, with its points.
#[derive(Debug, Clone)]
struct Shown {
    mention: Mention,
    start: u32,
    block: usize,
    points: i32,
}

pub(crate) fn read(ctx: &Ctx<'_>, wanted: &Wanted<'_>, limit: u32, found: &mut Vec<Candidate>) {
    if !matches!(wanted.id(), Id::Price | Id::Currency) {
        return;
    }
    let shown = shown(ctx, limit);
    let Some((best, confidence)) = choose(ctx, &shown) else { return };
    let range = best.start as usize + best.mention.range.start..best.start as usize + best.mention.range.end;
    let currency = best.mention.currency.map(|currency| currency.code().to_owned());
    let value = if wanted.id() == Id::Price {
        value::decimal_text(best.mention.amount)
    } else {
        best.mention.currency.map(|currency| currency.code().to_owned())
    };
    let Some(value) = value else { return };
    let unit = currency.filter(|_| wanted.id() == Id::Price);
    found.push(Candidate {
        value: Value::String(value),
        unit,
        place: Place::visible(range),
        confidence,
        subject: ctx.subjects.page,
    });
}

/// The amounts around the heading.
fn shown(ctx: &Ctx<'_>, limit: u32) -> Vec<Shown> {
    let blocks = &ctx.doc.pack.blocks;
    let heading = ctx.names.heading.as_ref().map(|heading| heading.block);
    let from = heading.map_or(0, |heading| heading.saturating_sub(BEFORE));
    let to = heading.map_or(blocks.len(), |heading| (heading + AHEAD).min(blocks.len()));
    let mut all = Vec::new();
    for (index, block) in blocks.iter().enumerate().take(to).skip(from) {
        // Right under the heading a margin is one in name only.
        let under = heading.is_some_and(|heading| (heading..=heading + UNDER).contains(&index));
        let margin = match block.region {
            Region::Navigation | Region::Footer => true,
            Region::Aside | Region::Header => !under,
            Region::Body | Region::Main => false,
        };
        if margin && heading != Some(index) || block.span.start >= limit {
            continue;
        }
        let text = ctx.doc.text(block.span);
        if text.len() > 4_000 {
            continue;
        }
        let before = index.checked_sub(1).map_or("", |index| ctx.doc.text(blocks[index].span));
        let after = blocks.get(index + 1).map_or("", |next| ctx.doc.text(next.span));
        for mention in money::find_all(text, &ctx.doc.hints) {
            // Cents run into what follows them are no cents.
            if mention.amount <= Decimal::ZERO || mention.amount.normalize().scale() > 2 {
                continue;
            }
            let distance = heading
                .map_or(0, |heading| if index >= heading { index - heading } else { 15 + heading - index });
            let points = 100 - i32::try_from(distance.min(200) / 2).unwrap_or(100)
                + context(text, &mention, before, after);
            all.push(Shown { mention, start: block.span.start, block: index, points });
        }
    }
    all
}

static OLD: LazyLock<Regex> = LazyLock::new(|| {
    words(
        r"was|rrp|msrp|list(?: price)?|retail|reg(?:ular)?|before|old|originally|original price|compare at|statt|uvp|vorher|bisher|instatt|au lieu de|prix conseillé|antes|pvpr|prima|invece di|listino|van|adviesprijs|tidigare|før|ord|ordinarie|normalpris|старая цена|previously|srp|typical|suggested",
    )
});
static SAVED: LazyLock<Regex> = LazyLock::new(|| {
    words(
        r"save|saving|savings|you save|off|discount|coupon|rebate|ersparnis|sie sparen|rabatt|remise|économisez|ahorra|ahorro|descuento|risparmi|sconto|korting|bespaar|cashback|reward|rewards|points|gift|voucher|credit",
    )
});
static EXTRA: LazyLock<Regex> = LazyLock::new(|| {
    words(
        r"shipping|ship|delivery|postage|orders?|spend|over|above|minimum|versand|versandkosten|lieferung|zzgl|livraison|frais de port|envío|spedizione|verzending|frakt|doprava|wysyłka|handling|deposit|warranty|protection plan|insurance|assembly|installation|tax of|fee|fees|surcharge|bid|bids|estimate|est|shipped for",
    )
});
/// `5.00 shipping`, but not `5.00 & free shipping`.
static COST_OF: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?i)^\s*(?:for )?(?:standard |express )?(?:shipping|delivery|postage|p&p|s&h|handling|versand|lieferung|livraison|envío|spedizione|verzending|frakt)").expect("a constant pattern")
});
static PART: LazyLock<Regex> = LazyLock::new(|| {
    words(
        r"/?mo|month|months|monthly|monat|monatlich|mois|mes|mese|maand|raten|rate|installments?|instalments?|payments?|klarna|afterpay|affirm|zip|sezzle|paypal|finance|financing|weekly|week|interest|leasing|mtl|cuotas",
    )
});
static FEW: LazyLock<Regex> = LazyLock::new(|| {
    words(
        r"students?|educators?|teachers?|members?|membership|subscribe|subscription|with prime|trade-in|mitglieder|studenten|abonn\w*|étudiants?|studenti|socios",
    )
});
static FROM: LazyLock<Regex> = LazyLock::new(|| {
    words(r"from|starting at|as low as|ab|à partir de|desde|a partire da|vanaf|up to|fra|från|between|range")
});
static NOW: LazyLock<Regex> = LazyLock::new(|| {
    words(
        r"price|our price|now|today|sale|special|preis|jetzt|nur|prix|precio|prezzo|prijs|pris|cena|hind|kaina|hinta|цена|only|deal|buy now|sale price|aktionspreis|inkl|incl|tax included|ttc|ab lager",
    )
});
static CART: LazyLock<Regex> =
    LazyLock::new(|| words(r"subtotal|cart total|total|your cart|basket total|items?|warenkorb|panier"));
static UNIT: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?i)^\s*\)?\s*(?:/|per|pro|je|par|por|al|à la|each per)\s*(?:\d+\s*)?(?:kg|g|gr|l|ml|cl|oz|lb|m|m²|m2|100|liter|litre|kilo|unit|sheet|ft|sq|count|stück|st|piece|load|fl)\b").expect("a constant pattern")
});
static OPEN_UNIT: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?i)(?:grundpreis|\d\s?(?:kg|g|l|ml|oz|m)\s?=|unit price)[^0-9]{0,12}$")
        .expect("a constant pattern")
});

fn words(alternatives: &str) -> Regex {
    Regex::new(&format!(r"(?i)(?:^|[^\pL\pN])(?:{alternatives})(?:$|[^\pL\pN])")).expect("a constant pattern")
}

/// Points for and against an amount by what stands around it.
fn context(line: &str, mention: &Mention, line_before: &str, line_after: &str) -> i32 {
    let start: usize = line.chars().take(mention.range.start).map(char::len_utf8).sum();
    let end: usize = line.chars().take(mention.range.end).map(char::len_utf8).sum();
    let near_before = tail(&line[..start], 36);
    let near_after = head(&line[end..], 28);
    let alone = line.chars().count() <= 30;
    let is_label = line_before.chars().count() <= 30 && !line_before.contains(|c: char| c.is_ascii_digit());
    let label = if near_before.trim().is_empty() && is_label { line_before } else { near_before };
    let mut points = 0;
    points += match line.chars().count() {
        0..=40 => 15,
        41..=120 => 0,
        _ => -30,
    };
    if NOW.is_match(label) {
        points += 15;
    }
    // "Now 10, was 20": only the words right before an amount are its own.
    if OLD.is_match(tail(label, 18)) {
        points -= AGAINST;
    }
    if SAVED.is_match(label) || SAVED.is_match(head(near_after, 14)) {
        points -= AGAINST;
    }
    if EXTRA.is_match(label) || COST_OF.is_match(near_after) {
        points -= AGAINST;
    }
    if PART.is_match(label)
        || PART.is_match(near_after)
        || alone
            && PART.is_match(head(line_after, 16))
            && !PART.is_match(line_before)
            && line_after.len() < 20
    {
        points -= AGAINST;
    }
    // Not everyone's price.
    if FEW.is_match(label) || FEW.is_match(near_after) {
        points -= AGAINST;
    }
    if FROM.is_match(tail(label, 14)) {
        points -= 15;
    }
    if CART.is_match(label) {
        points -= AGAINST;
    }
    if UNIT.is_match(near_after)
        || alone && UNIT.is_match(line_after) && line_after.chars().count() < 16
        || OPEN_UNIT.is_match(near_before)
    {
        points -= AGAINST;
    }
    // "+ $5" and "- $5" change a price, "1 point = $1" explains one.
    if near_before.trim_end().ends_with(['+', '-', '−', '=']) {
        points -= AGAINST;
    } else if near_before.trim_end().ends_with('(') {
        points -= 25;
    }
    points
}

fn head(text: &str, most: usize) -> &str {
    let end = text.char_indices().nth(most).map_or(text.len(), |(at, _)| at);
    &text[..end]
}

fn tail(text: &str, most: usize) -> &str {
    let start = text.char_indices().rev().nth(most.saturating_sub(1)).map_or(0, |(at, _)| at);
    &text[start..]
}

/// The amount that counts, and how sure that is.
fn choose<'s>(ctx: &Ctx<'_>, shown: &'s [Shown]) -> Option<(&'s Shown, u8)> {
    let best = shown.iter().max_by_key(|one| (one.points, std::cmp::Reverse(one.start)))?;
    if best.points < ENOUGH {
        return None;
    }
    if ctx.names.heading.is_none() {
        // Without a heading to stand under, an amount is the price only when no other is shown.
        let only =
            shown.iter().filter(|one| one.points >= 70).all(|one| one.mention.amount == best.mention.amount);
        return (only && best.points >= 100).then_some((best, ALONE));
    }
    // The struck price stands beside the one that counts, and is higher.
    let beside = shown.iter().filter(|one| {
        one.block.abs_diff(best.block) <= 1
            && one.points + BESIDE >= best.points
            && one.mention.amount < best.mention.amount
            && one.mention.amount * Decimal::from(5) > best.mention.amount
    });
    let best = beside.min_by_key(|one| one.mention.amount).unwrap_or(best);
    let rival = shown
        .iter()
        .filter(|one| one.mention.amount != best.mention.amount && one.block.abs_diff(best.block) > 1)
        .map(|one| one.points)
        .max();
    let clear = rival.is_none_or(|rival| rival + CLEAR <= best.points);
    Some((best, if clear { SURE } else { UNSURE }))
}
