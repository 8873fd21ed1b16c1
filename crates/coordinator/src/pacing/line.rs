//! Who waits for a host.

use std::collections::{HashSet, VecDeque};

use gleaner_contract::JobId;

/// Whether a job was dispatched before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum HasBegun {
    Yes,
    NotYet,
}

/// Those that have not begun go first, as far as there is room for more to begin.
#[derive(Debug, Default)]
pub(super) struct Line {
    begun: Queue,
    waiting: Queue,
}

impl Line {
    pub(super) fn join(&mut self, job: JobId, has_begun: HasBegun) {
        match has_begun {
            HasBegun::Yes => self.begun.join(job),
            HasBegun::NotYet => self.waiting.join(job),
        }
    }

    /// The next one in this of the two queues.
    pub(super) fn call(&mut self, has_begun: HasBegun) -> Option<JobId> {
        match has_begun {
            HasBegun::Yes => self.begun.call(),
            HasBegun::NotYet => self.waiting.call(),
        }
    }

    pub(super) fn has_begun_ones(&self) -> bool {
        !self.begun.order.is_empty()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.begun.order.is_empty() && self.waiting.order.is_empty()
    }
}

/// First come first.
#[derive(Debug, Default)]
struct Queue {
    order: VecDeque<JobId>,
    members: HashSet<JobId>,
}

impl Queue {
    fn join(&mut self, job: JobId) {
        if self.members.insert(job) {
            self.order.push_back(job);
        }
    }

    fn call(&mut self) -> Option<JobId> {
        let job = self.order.pop_front()?;
        self.members.remove(&job);
        Some(job)
    }
}
