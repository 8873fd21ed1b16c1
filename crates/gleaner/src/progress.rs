//! Progress of long work on standard error: a bar over the targets and a line about the pages.

use std::{
    collections::BTreeMap,
    io::{self, IsTerminal, Write, stderr},
    sync::{Mutex, MutexGuard, PoisonError},
};

use gleaner_contract::{JobId, SubmissionId, UrlCounts};
use gleaner_coordinator::Progress;
use indicatif::{ProgressBar, ProgressStyle};

/// The bar that is shown now, if any.
static SHOWN: Mutex<Option<ProgressBar>> = Mutex::new(None);

fn shown() -> MutexGuard<'static, Option<ProgressBar>> {
    // a panic elsewhere leaves the bar as it was
    SHOWN.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Standard error for log lines: above the bar while there is one.
#[derive(Debug, Clone, Copy)]
pub(crate) struct AboveBar;

impl Write for AboveBar {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        match &*shown() {
            Some(bar) => bar.suspend(|| stderr().write(line)),
            None => stderr().write(line),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        stderr().flush()
    }
}

/// Targets done, and the sum of all jobs' URL counts.
#[derive(Debug)]
pub(crate) struct Bars {
    submission: SubmissionId,
    bar: ProgressBar,
    jobs: BTreeMap<JobId, (UrlCounts, bool)>,
}

impl Bars {
    /// Hidden when `quiet`, or when standard error is no terminal.
    pub(crate) fn new(submission: SubmissionId, targets: u64, quiet: bool) -> Self {
        let bar = if quiet || !stderr().is_terminal() {
            ProgressBar::hidden()
        } else {
            let style =
                ProgressStyle::with_template("{bar:30.cyan/dim} {pos}/{len} targets  {elapsed}  {msg}");
            ProgressBar::new(targets).with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()))
        };
        bar.enable_steady_tick(std::time::Duration::from_millis(200));
        *shown() = (!bar.is_hidden()).then(|| bar.clone());
        Self { submission, bar, jobs: BTreeMap::new() }
    }

    pub(crate) fn update(&mut self, progress: &Progress) {
        if progress.submission != self.submission {
            return;
        }
        self.jobs.insert(progress.job, (progress.counts, progress.status.is_terminal()));
        let mut sum = UrlCounts::default();
        for (counts, _) in self.jobs.values() {
            sum.fetched += counts.fetched;
            sum.reused += counts.reused;
            sum.failed += counts.failed;
            sum.open += counts.open;
        }
        self.ended(self.jobs.values().filter(|(_, ended)| *ended).count() as u64);
        self.bar.set_message(format!(
            "pages: {} fetched, {} reused, {} failed, {} to go",
            sum.fetched, sum.reused, sum.failed, sum.open
        ));
    }

    /// As the store has it: jobs that ended before this process began count too.
    pub(crate) fn ended(&self, targets: u64) {
        if targets > self.bar.position() {
            self.bar.set_position(targets);
        }
    }

    pub(crate) fn finish(&self) {
        self.bar.finish_and_clear();
        *shown() = None;
    }
}
