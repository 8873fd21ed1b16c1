//! Error pages that came with a good status: not found, out of order, suspended.

use std::slice;

use super::{
    look::{Look, is_number},
    phrases::SOFT_ERROR,
};

/// What such a page may say beside menus, footers and links, in code points, where its title tells: in sentences, and in
/// all. Shops show other products there.
const TITLED: (u32, u32) = (1000, 3000);
/// The same where only a heading tells, which may be one of a hidden message.
const HEADED: (u32, u32) = (500, 800);
/// The same where a number tells, which may be a name.
const NUMBERED: (u32, u32) = (200, 400);

pub(super) fn why(look: &Look<'_>) -> Option<String> {
    let fits = |(prose, body): (u32, u32)| look.prose <= prose && look.body <= body;
    let titled = said(&look.title).filter(|_| fits(TITLED));
    let headed = || look.headed(said).filter(|_| fits(HEADED));
    let numbered = || SOFT_ERROR.said_in(&look.title).filter(|_| fits(NUMBERED));
    titled.or_else(headed).or_else(numbered).map(|said| format!("says `{said}`"))
}

/// What is said in words, with a number or without.
fn said(pieces: &[String]) -> Option<&'static str> {
    pieces
        .iter()
        .filter(|piece| !is_number(piece))
        .find_map(|piece| SOFT_ERROR.said_in(slice::from_ref(piece)))
}
