//! Consent walls: pages whose text asks for consent, and is all that they say.
//!
//! A banner on a page is none, and a page that tells about data protection is content.

use gleaner_contract::pack::BlockKind;

use super::{
    Kind::Consent,
    look::{Look, is_body},
    marks::Strength::Plain,
    phrases::{ACCEPT, CONSENT, POLICY, pieces},
};
use crate::lines::Line;

/// What such a page may say at most, in code points.
const MAX_POINTS: u32 = 6000;
/// What it says of consent at least.
const MIN_ASKED: u32 = 80;
/// What it may say of anything else.
const MAX_OTHER: u32 = 160;
/// Labels of choices are short.
const MAX_LABEL: u32 = 40;
const MAX_LINKS: usize = 15;

/// First labels of hosts that ask for consent for others.
const HOSTS: &[&str] = &["consent", "guce", "myprivacy", "choices"];
/// Parts of paths that do.
const PATHS: &[&str] =
    &["consent", "collectConsent", "zustimmung", "cookiewall", "cookie-wall", "privacy-gate"];

pub(super) fn why(look: &Look<'_>) -> Option<String> {
    if look.points > MAX_POINTS || is_policy(look) {
        return None;
    }
    let share = Share::of(look);
    if share.asked < MIN_ASKED {
        return None;
    }
    if let Some(told) = look.marks().first(Consent, Plain).filter(|_| share.asked > share.other) {
        return Some(told.to_owned());
    }
    let mut labels = look.host().split('.');
    let first = labels.next().unwrap_or_default();
    let addressed = (HOSTS.contains(&first) && labels.count() >= 2) || look.path_has(PATHS);
    if addressed && share.accepts && share.asked > share.other {
        return Some("asks for consent at an address for that".to_owned());
    }
    let nothing_else = share.other <= MAX_OTHER
        && look.signs.links.len() <= MAX_LINKS
        && !share.tells_otherwise
        && !look.has_contact();
    (share.accepts && nothing_else).then(|| "asks for consent and says nothing else".to_owned())
}

fn is_policy(look: &Look<'_>) -> bool {
    let path = look.signs.url.path().to_lowercase();
    let words = look.title.iter().chain(&look.headings);
    words.chain([&path]).any(|text| POLICY.within(text).is_some())
}

/// How much of a page asks for consent.
#[derive(Debug, Default)]
struct Share {
    asked: u32,
    other: u32,
    /// There is something to say yes with.
    accepts: bool,
    /// There is a table, or a heading that is neither about consent nor the site's name.
    tells_otherwise: bool,
}

impl Share {
    fn of(look: &Look<'_>) -> Self {
        let mut share = Self::default();
        for (line, text) in look.lines() {
            let points = line.range.points();
            let asks = CONSENT.within(&text).is_some();
            let is_accept = points <= MAX_LABEL && ACCEPT.said_in(&pieces(&text)).is_some();
            share.accepts |= is_accept;
            if asks && points > MAX_LABEL {
                share.asked += points;
            } else if !asks && !is_accept && !is_choice(line) && is_body(line) {
                share.other += points;
                share.tells_otherwise |= match line.block.kind {
                    BlockKind::Heading => pieces(&text) != look.title,
                    kind => kind == BlockKind::TableRow,
                };
            }
        }
        share
    }
}

/// Whether a line is a button, or what one may choose.
fn is_choice(line: &Line) -> bool {
    line.form && line.range.points() <= MAX_LABEL
}
