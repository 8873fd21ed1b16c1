//! Links: which of those that a page offers join the frontier, and how soon they are read.

use std::{
    cmp::Reverse,
    collections::{BTreeMap, BTreeSet},
};

use gleaner_contract::{FoundLink, Report, UrlReason};

use super::{Context, Effect, JobState, NewTask, TaskFacts, TaskPhase, resource_of};

/// What a link keeps of its score, in hundredths, where all that it promises is resolved.
const RESOLVED_WORTH: u32 = 25;

/// The links of a page that its job knows nothing of.
#[derive(Debug)]
pub(super) struct Offered {
    pub(super) fresh: Vec<FoundLink>,
    /// Links to pages that it knows by another address.
    pub(super) same_pages: u32,
}

impl JobState {
    /// A page offers links: those that may matter join the frontier, the others are counted.
    pub(super) fn follow(
        &mut self,
        context: &Context<'_>,
        report: &Report,
        offered: Offered,
        effects: &mut Vec<Effect>,
    ) {
        let mut skipped: BTreeMap<UrlReason, u32> = report.links.dropped.clone();
        let mut skip = |reason, count: u32| {
            let counted: &mut u32 = skipped.entry(reason).or_default();
            *counted = counted.saturating_add(count);
        };
        skip(UrlReason::SamePage, offered.same_pages);
        let depth = report.depth.saturating_add(1);
        let mut tasks = Vec::new();
        if depth > context.policy.max_depth {
            skip(UrlReason::TooDeep, u32::try_from(offered.fresh.len()).unwrap_or(u32::MAX));
        } else {
            let resolved = self.resolved_bits(context);
            let worth = |link: FoundLink| (worth(&link, resolved), link.url);
            let mut best: Vec<(u16, String)> = offered.fresh.into_iter().map(worth).collect();
            // stable: among equals, the first on the page
            best.sort_by_key(|(score, _)| Reverse(*score));
            let mut room = context.policy.max_urls_seen.saturating_sub(self.kept);
            let mut here = BTreeSet::new();
            for (score, url) in best {
                if room == 0 {
                    skip(UrlReason::FrontierFull, 1);
                    continue;
                }
                match self.frontier.admit(&context.policy.frontier, &url, &mut here) {
                    Ok(()) => {
                        room -= 1;
                        let (id, resource) = (context.spec.task_id(&url), resource_of(&url));
                        tasks.push(NewTask { id, url, depth, score, resource });
                    }
                    Err(reason) => skip(reason, 1),
                }
            }
        }
        for (reason, count) in skipped {
            self.skip_links(report, reason, count, effects);
        }
        self.admit_to_frontier(tasks, effects);
    }

    fn skip_links(&mut self, report: &Report, reason: UrlReason, count: u32, effects: &mut Vec<Effect>) {
        if count > 0 {
            self.counts.discovered += u64::from(count);
            self.counts.skipped += u64::from(count);
            effects.push(Effect::SkipLinks { page: report.url.clone(), reason, count });
        }
    }

    /// Whether the pages beside a page that was never asked for have shown since that it says nothing new. The target's own
    /// pages are read all the same.
    pub(super) fn has_lost_its_worth(&self, context: &Context<'_>, task: &TaskFacts) -> bool {
        task.phase == TaskPhase::Found
            && self.frontier.is_closed(&context.policy.frontier, &task.url)
            && !context.spec.target.urls.contains(&task.url)
    }

    /// A bit for each wanted field that needs no further page, as in [`FoundLink::promises`].
    fn resolved_bits(&self, context: &Context<'_>) -> u32 {
        let named = self.names_subject(context.spec);
        let fields = context.spec.target.schema.fields.iter().take(32).enumerate();
        fields
            .filter(|(_, spec)| self.fields.is_resolved(spec, named))
            .fold(0, |bits, (at, _)| bits | 1 << at)
    }
}

/// A link that promises resolved fields only comes after those that promise others, or nothing in particular.
fn worth(link: &FoundLink, resolved: u32) -> u16 {
    let score = link.score.min(u16::MAX - 1);
    if link.promises == 0 || link.promises & !resolved != 0 {
        return score;
    }
    u16::try_from(u32::from(score) * RESOLVED_WORTH / 100).unwrap_or(score)
}
