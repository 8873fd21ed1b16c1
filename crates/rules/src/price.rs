//! The price that a page shows its visitors: near the product's heading, not struck, not shipping, not per unit.

mod context;

use gleaner_contract::{Layer, pack::Region};
use gleaner_evidence::{
    ids,
    money::{self, Mention},
};
use rust_decimal::Decimal;
use serde_json::Value;

use crate::{
    candidate::{Candidate, Place},
    concepts::Id,
    ctx::Ctx,
    value,
    wanted::Wanted,
};
use context::{FROM, JOINS, NOW, OLD, OPEN_RANGE, context};

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
