//! Whether the product can be had, as the page tells its visitors near the heading.

use std::sync::LazyLock;

use gleaner_contract::pack::Region;
use gleaner_evidence::quote::Availability;
use regex::Regex;

use crate::{
    candidate::{Candidate, Place},
    concepts::Id,
    ctx::Ctx,
    page_names::Heading,
    value,
    wanted::Wanted,
};

const STATED: u8 = 74;
/// The button alone.
const BUTTON: u8 = 66;
/// Before the heading.
const BEFORE: u8 = 62;

const AHEAD: usize = 120;
const MAX_LINE: usize = 60;
const MAX_BARE: usize = 24;

/// A button that sells, without a word on the stock.
static SELLS: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r"(?ix) add\ to|put\ in|^buy|order\ now | warenkorb|einkaufswagen | panier | carrito|cesta | carrello|acquista | carrinho|comprar | winkelwagen|winkelmand
        | korg|kundvagn|kurv | koszyk | koš[íiu] | kori?in|korvi|lisää | groz[āa] | krepšel | kosár | coș | корзин|кошик | sepete | καλάθι | カート|购物车|購物車|장바구니",
    )
    .expect("a constant pattern")
});

/// Buttons whose words alone are taken for stock; elsewhere they stand in dialogs and on what is sold out as well.
static PLAIN: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?i)^\W*(?:add to (?:your |my |shopping )*(?:cart|bag|basket|trolley)|buy(?: it)? now)\W*$")
        .expect("a constant pattern")
});

/// What is not to be had is a service or a place, not the product.
static ELSEWHERE: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"(?i)available (?:for|in|at|to|on) ").expect("a constant pattern"));

pub(crate) fn read(ctx: &Ctx<'_>, wanted: &Wanted<'_>, limit: u32, found: &mut Vec<Candidate>) {
    let Some(heading) = ctx.names.heading.as_ref().filter(|_| wanted.id() == Id::Availability) else {
        return;
    };
    let blocks = ctx.doc.pack.blocks.iter().skip(heading.block + 1).take(AHEAD);
    let own = blocks.filter(|block| {
        block.span.start < limit
            && !matches!(block.region, Region::Navigation | Region::Footer | Region::Aside)
    });
    let (mut stated, mut button, mut sells) = (None::<Candidate>, None::<Candidate>, false);
    for block in own {
        let text = ctx.doc.text(block.span);
        if text.chars().count() > MAX_LINE || text.contains(['。', '！', '，', '?']) {
            continue;
        }
        sells |= PLAIN.is_match(text);
        let Some(state) = Availability::read(text).filter(|_| !ELSEWHERE.is_match(text)) else { continue };
        let within = value::trimmed(text);
        let start = block.span.start as usize;
        let place = Place::visible(start + within.start..start + within.end);
        if SELLS.is_match(text) {
            if !PLAIN.is_match(text) {
                continue;
            }
            button.get_or_insert(Candidate::text(state.name(), place, BUTTON, ctx.subjects.page));
        } else {
            stated.get_or_insert(Candidate::text(state.name(), place, STATED, ctx.subjects.page));
        }
    }
    match (stated, button) {
        // A page that sells does not sell what it does not have: the line speaks of a size, a service, a shop.
        (Some(stated), button) if sells && stated.value == "OutOfStock" => {
            found.extend(button.filter(|button| button.place.range.start < stated.place.range.start));
        }
        (None, None) => found.extend(ahead(ctx, heading)),
        (stated, button) => found.extend(stated.or(button)),
    }
}

/// Some pages put the box to buy from before their heading: there only a bare statement or button counts.
fn ahead(ctx: &Ctx<'_>, heading: &Heading) -> Option<Candidate> {
    let blocks = ctx.doc.pack.blocks.iter().take(heading.block).skip(heading.block.saturating_sub(AHEAD));
    let own =
        blocks.filter(|block| !matches!(block.region, Region::Navigation | Region::Footer | Region::Aside));
    own.filter_map(|block| {
        let text = ctx.doc.text(block.span);
        let bare = text.chars().count() <= MAX_BARE && (PLAIN.is_match(text) || !SELLS.is_match(text));
        let state = Availability::read(text).filter(|_| bare)?;
        let within = value::trimmed(text);
        let start = block.span.start as usize;
        Some(Candidate::text(
            state.name(),
            Place::visible(start + within.start..start + within.end),
            BEFORE,
            ctx.subjects.page,
        ))
    })
    .next()
}
