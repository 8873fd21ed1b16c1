//! What is found wrong while reading, by its byte offset; later it rejects one target or the whole input.

use gleaner_contract::RejectReason;

use crate::{
    error::{Place, Problem, Rejected},
    options::Limits,
    source::Source,
};

#[derive(Debug)]
pub(crate) struct Issue {
    pub(crate) at: usize,
    pub(crate) reason: RejectReason,
    pub(crate) what: String,
    pub(crate) hint: Option<String>,
}

/// Collects issues, so that all are reported together.
#[derive(Debug)]
pub(crate) struct Issues {
    pub(crate) limits: Limits,
    list: Vec<Issue>,
}

impl Issues {
    pub(crate) fn new(limits: Limits) -> Self {
        Self { limits, list: Vec::new() }
    }

    pub(crate) fn add(&mut self, at: usize, reason: RejectReason, what: impl Into<String>) {
        self.list.push(Issue { at, reason, what: what.into(), hint: None });
    }

    pub(crate) fn add_hinted(
        &mut self,
        at: usize,
        reason: RejectReason,
        what: impl Into<String>,
        hint: impl Into<String>,
    ) {
        self.list.push(Issue { at, reason, what: what.into(), hint: Some(hint.into()) });
    }

    pub(crate) fn bad_value(&mut self, at: usize, what: impl Into<String>) {
        self.add(at, RejectReason::BadValue, what);
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    pub(crate) fn into_problems(self, source: &Source<'_>) -> Vec<Problem> {
        self.list
            .into_iter()
            .map(|issue| Problem { place: source.place(issue.at), what: issue.what, hint: issue.hint })
            .collect()
    }

    /// The rejection of what these issues are about; `None` when there are none.
    pub(crate) fn into_rejected(
        self,
        place: Place,
        id: Option<String>,
        columns: Vec<(String, String)>,
    ) -> Option<Rejected> {
        let reason = self.list.first()?.reason;
        let message = self.list.iter().map(|issue| issue.what.as_str()).collect::<Vec<_>>().join("; ");
        let hint = self.list.into_iter().find_map(|issue| issue.hint);
        Some(Rejected { place, id, reason, message, hint, columns })
    }
}
