//! The price that a page shows its visitors: near the product's heading, not struck, not shipping, not per unit.

use std::sync::LazyLock;

use gleaner_contract::{Layer, pack::Region};
use gleaner_evidence::{
    ids,
    money::{self, Mention},
};
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
/// What makes it lose to a neighbour, and leaves it standing alone.
const NOT_ALL: i32 = 25;
/// Off for a line that names another thing.
const OTHER: i32 = 60;

/// An amount that the page shows, with its points.
#[derive(Debug, Clone)]
struct Shown {
    mention: Mention,
    start: u32,
    block: usize,
    points: i32,
    /// Says how low or how high the price may be, not what it is.
    is_range: bool,
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
    let confidence = if wanted.id() == Id::Price && confidence == SURE {
        contradicted(ctx, &best.mention, found).unwrap_or(confidence)
    } else {
        confidence
    };
    found.push(Candidate {
        value: Value::String(value),
        unit,
        place: Place::visible(range),
        confidence,
        subject: ctx.subjects.page,
    });
}

/// The confidence of the structured price that the page shows its visitors another one beside: neither outranks the
/// other, so that a record tells both.
fn contradicted(ctx: &Ctx<'_>, shown: &Mention, found: &[Candidate]) -> Option<u8> {
    let structured = found
        .iter()
        .filter(|known| known.subject == ctx.subjects.page && known.place.layer == Layer::Structured)
        .max_by_key(|known| known.confidence)?;
    let amount: Decimal = structured.value.as_str()?.parse().ok()?;
    let same_currency = match (&structured.unit, shown.currency) {
        (Some(unit), Some(currency)) => unit == currency.code(),
        _ => true,
    };
    let differs = amount != shown.amount && shown.other != Some(amount);
    (differs && same_currency && structured.confidence > SURE).then_some(structured.confidence)
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
        let mentions = money::find_all(text, &ctx.doc.hints);
        for (place, mention) in mentions.iter().enumerate() {
            // Cents run into what follows them are no cents.
            if mention.amount <= Decimal::ZERO || mention.amount.normalize().scale() > 2 {
                continue;
            }
            let distance = heading
                .map_or(0, |heading| if index >= heading { index - heading } else { 15 + heading - index });
            let points = 100 - i32::try_from(distance.min(200) / 2).unwrap_or(100)
                + context(text, mention, before, after)
                + if names_another(ctx, text, mention) { -OTHER } else { 0 };
            let is_range = in_range(text, &mentions, place);
            all.push(Shown {
                mention: mention.clone(),
                start: block.span.start,
                block: index,
                points,
                is_range,
            });
        }
    }
    all
}

/// Whether an amount is one end of a range: `€90 – €120`, `90 - 120 €`.
fn in_range(line: &str, mentions: &[Mention], place: usize) -> bool {
    let joined = |low: &Mention, high: &Mention| {
        low.amount < high.amount
            && low.range.end <= high.range.start
            && JOINS.is_match(value::slice(line, &(low.range.end..high.range.start)))
    };
    let mention = &mentions[place];
    let before = value::slice(line, &(0..mention.range.start));
    let bare = value::slice(line, &mention.range).starts_with(|c: char| c.is_ascii_digit());
    place > 0 && joined(&mentions[place - 1], mention)
        || mentions.get(place + 1).is_some_and(|next| joined(mention, next))
        || bare && OPEN_RANGE.is_match(before)
}

/// Whether a line names a thing that the heading does not, and then its price: `Acme Bits €9.99`.
fn names_another(ctx: &Ctx<'_>, line: &str, mention: &Mention) -> bool {
    let Some(heading) = &ctx.names.heading else { return false };
    let before = value::slice(line, &(0..mention.range.start));
    if before.contains(':') || [&*NOW, &*OLD, &*FROM].iter().any(|known| known.is_match(before)) {
        return false;
    }
    let said = ids::name(before);
    let own = ids::name(&heading.text);
    let words: Vec<&str> = said.split(' ').filter(|word| word.chars().any(char::is_alphabetic)).collect();
    let capital = before.trim_start().starts_with(char::is_uppercase);
    capital
        && (2..=12).contains(&words.len())
        && words.iter().any(|word| !own.split(' ').any(|known| known == *word))
}

static JOINS: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"(?i)^\s*(?:[-–—~]|to|bis|à|a|till|tot)\s*$").expect("a constant pattern"));
static OPEN_RANGE: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"(?i)[0-9]\s?(?:[-–—~]|to|bis)\s?$").expect("a constant pattern"));
/// `2 for`, before what several cost together.
static SEVERAL: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?i)(?:^|[^\pL\pN.,])[0-9]{1,3}\s*(?:for|für|pour|por|per|voor|för|za)(?: only| nur)?\s*$")
        .expect("a constant pattern")
});
/// Not what a visitor pays.
static NET: LazyLock<Regex> = LazyLock::new(|| {
    words(
        r"excl|excluding|exclusive|ex vat|ex tax|ex gst|net price|netto|nettopreis|exkl|ohne mwst|zzgl\.? mwst|ht|hors taxes?|sin iva|iva esclusa|excl\.? btw|before tax",
    )
});

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
/// `(Save $20)` behind an amount speaks of the amount that follows.
static SAVES_NEXT: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r"(?i)^[^0-9]{0,16}(?:save|sie sparen|ersparnis|économisez|ahorra|risparmi|bespaar)[^0-9]{0,6}[0-9]",
    )
    .expect("a constant pattern")
});
/// `299.99 each (Reg)`, `15.00 RRP`, with nothing behind it that the word could be said of.
static OLD_BEHIND: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?i)^\s*(?:each\s*)?(?:\((?:reg|regular|rrp|msrp|list|uvp|was)[^)]{0,12}\)|(?:reg|regular|rrp|msrp|uvp)\.?\s*$)")
        .expect("a constant pattern")
});
/// What is paid on top: `29.99 more`.
static MORE: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?i)^\s*(?:more|extra|mehr|de plus)(?:$|[^\pL])").expect("a constant pattern")
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
    let own = tail(label, 18);
    let own = own
        .rfind(|c: char| c.is_ascii_digit())
        .map(|digit| &own[digit + 1..])
        .filter(|rest| NOW.is_match(rest))
        .unwrap_or(own);
    if OLD.is_match(own) {
        points -= AGAINST;
    }
    let saved_behind = SAVED.is_match(head(near_after, 14)) && !SAVES_NEXT.is_match(near_after);
    if SAVED.is_match(label) || saved_behind || OLD_BEHIND.is_match(near_after) || MORE.is_match(near_after) {
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
    if SEVERAL.is_match(near_before) {
        points -= AGAINST;
    }
    if NET.is_match(label) || NET.is_match(head(near_after, 14)) {
        points -= NOT_ALL;
    }
    // `Case: 49.00`: a label that is none of prices.
    let labelled =
        label.trim_end().strip_suffix(':').is_some_and(|label| label.chars().any(char::is_alphabetic));
    if labelled && !NOW.is_match(label) {
        points -= NOT_ALL;
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
    if best.points < ENOUGH || best.is_range {
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
