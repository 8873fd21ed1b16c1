//! Each mechanism at work over a real store: the test plays the workers, and owns the time.

mod again;
mod bench;
mod budgets;
mod dead;
mod dispatch;
mod frontier;
mod hostile;
mod intake;
mod outage;
mod outbox;
mod pacing;
mod reaper;
mod reports;
mod submit;
