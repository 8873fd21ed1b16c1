//! The main text: which lines a reader came for.
//!
//! Lines outside of margins, that are long or stand among long ones, with few links; headings over them.

use gleaner_contract::pack::{BlockKind, Region};

use crate::lines::Line;

/// Lines of this many code points stand on their own.
const LONG: u32 = 50;
/// Link code points in percent of a line, above which it leads elsewhere.
const MAX_LINKS: u32 = 50;
/// The share of good lines, in percent, that a main element must hold to be believed.
const MIN_MAIN_SHARE: u32 = 30;
/// How far from a good line a short one may stand.
const NEAR: usize = 4;

/// Marks the lines of the main text.
pub(crate) fn mark(lines: &mut [Line]) {
    let is_open = |line: &Line| matches!(line.block.region, Region::Body | Region::Main) && !line.form;
    let is_linked = |line: &Line| line.link_points * 100 > line.range.points() * MAX_LINKS;
    let is_good = |line: &Line| is_open(line) && !is_linked(line) && line.range.points() >= LONG;
    let sum = |region: Option<Region>| -> u64 {
        lines
            .iter()
            .filter(|line| is_good(line) && region.is_none_or(|region| line.block.region == region))
            .map(|line| u64::from(line.range.points()))
            .sum()
    };
    let only_main = sum(Some(Region::Main)) * 100 > sum(None) * u64::from(MIN_MAIN_SHARE);
    let within = |line: &Line| is_open(line) && (!only_main || line.block.region == Region::Main);

    let good: Vec<bool> = lines.iter().map(|line| is_good(line) && within(line)).collect();
    let before = distances(good.iter().copied());
    let after: Vec<usize> = {
        let mut after = distances(good.iter().rev().copied());
        after.reverse();
        after
    };
    for (index, line) in lines.iter_mut().enumerate() {
        let near = before[index].min(after[index]);
        line.block.main = good[index]
            || within(line)
                && match line.block.kind {
                    BlockKind::Heading => after[index] <= NEAR,
                    _ => !is_linked(line) && (near <= 1 || (before[index] <= NEAR && after[index] <= NEAR)),
                };
    }
}

/// How many lines ago the last good one stood.
fn distances(good: impl Iterator<Item = bool>) -> Vec<usize> {
    let mut distance = usize::MAX;
    good.map(|good| {
        distance = if good { 0 } else { distance.saturating_add(1) };
        distance
    })
    .collect()
}

#[cfg(test)]
mod tests;
