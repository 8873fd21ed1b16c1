//! What stands around an amount, and how much it speaks for or against the amount being the price.

use std::sync::LazyLock;

use gleaner_evidence::money::Mention;
use regex::Regex;

/// What speaks against an amount rules it out.
const AGAINST: i32 = 90;
/// What makes it lose to a neighbour, and leaves it standing alone.
const NOT_ALL: i32 = 25;

pub(super) static JOINS: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"(?i)^\s*(?:[-–—~]|to|bis|à|a|till|tot)\s*$").expect("a constant pattern"));
pub(super) static OPEN_RANGE: LazyLock<Regex> =
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

pub(super) static OLD: LazyLock<Regex> = LazyLock::new(|| {
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
pub(super) static FROM: LazyLock<Regex> = LazyLock::new(|| {
    words(r"from|starting at|as low as|ab|à partir de|desde|a partire da|vanaf|up to|fra|från|between|range")
});
pub(super) static NOW: LazyLock<Regex> = LazyLock::new(|| {
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
pub(super) fn context(line: &str, mention: &Mention, line_before: &str, line_after: &str) -> i32 {
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
