//! Bot challenges: pages that ask whether a browser or a person is there, or that say no to what they take for a robot.

use super::{
    Kind::Challenge,
    look::Look,
    marks::Strength::{Faint, Plain, Puzzle},
    phrases::{CHALLENGE, CHALLENGE_CLUES},
};

/// What a challenge may say at most, in code points; how much of it in sentences, where only its title tells.
const MAX_POINTS: u32 = 3000;
const MAX_TITLED: u32 = 1500;
const MAX_PROSE: u32 = 900;
/// Up to here a page says nothing beside its title.
const BRIEF: u32 = 200;
const MAX_LINKS: usize = 12;

pub(super) fn why(look: &Look<'_>) -> Option<String> {
    marked(look).map(str::to_owned).or_else(|| titled(look))
}

fn marked(look: &Look<'_>) -> Option<&'static str> {
    if look.points > MAX_POINTS {
        return None;
    }
    let marks = look.marks();
    if let Some(told) = marks.first(Challenge, Plain) {
        return Some(told);
    }
    if look.is_bare() {
        if let Some(told) = marks.first(Challenge, Faint) {
            return Some(told);
        }
        if marks.reloads {
            return Some("script that sets a cookie and loads the page anew");
        }
    }
    let asks_nothing_else = marks.fields == 0 && marks.passwords == 0 && look.signs.links.len() <= MAX_LINKS;
    marks.first(Challenge, Puzzle).filter(|_| asks_nothing_else && is_brief(look))
}

fn titled(look: &Look<'_>) -> Option<String> {
    let says_more = look.points > MAX_TITLED || look.prose > MAX_PROSE || look.signs.links.len() > MAX_LINKS;
    if says_more || look.has_contact() || !is_brief(look) {
        return None;
    }
    let said = CHALLENGE.said_in(&look.title).or_else(|| look.headed(|pieces| CHALLENGE.said_in(pieces)))?;
    Some(format!("says `{said}`"))
}

/// Whether it says next to nothing, or speaks of what challenges speak of.
fn is_brief(look: &Look<'_>) -> bool {
    look.points <= BRIEF || (look.points <= MAX_TITLED && CHALLENGE_CLUES.within(&look.text()).is_some())
}
