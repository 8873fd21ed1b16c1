//! The coordinator over a real store: fairness, poisoned reports, swallowed messages.
