//! Processes of a deployment, in the hands of whoever strikes and counts them.

use tokio::process::Child;

use crate::deployment::{Deployment, Running};

impl Deployment {
    /// Starts a process by its name; `crawler-2` is a second crawler.
    pub(crate) fn again(&mut self, name: &str) {
        let worker = name.trim_end_matches(|c: char| c == '-' || c.is_ascii_digit());
        self.spawn(name, worker);
    }

    /// The process of this name, from now on in the caller's hands.
    pub(crate) fn take(&mut self, name: &str) -> Option<Child> {
        self.running.remove(name).map(|running| running.child)
    }

    /// Names and process ids of what was started and not taken or stopped.
    pub(crate) fn processes(&self) -> Vec<(String, u32)> {
        let id = |(name, running): (&String, &Running)| Some((name.clone(), running.child.id()?));
        self.running.iter().filter_map(id).collect()
    }

    /// Names and exit codes of what has ended by itself; -1 where a signal ended it.
    pub(crate) fn ended_alone(&mut self) -> Vec<(String, i32)> {
        let code = |(name, running): (&String, &mut Running)| {
            let status = running.child.try_wait().ok()??;
            Some((name.clone(), status.code().unwrap_or(-1)))
        };
        let ended: Vec<_> = self.running.iter_mut().filter_map(code).collect();
        for (name, _) in &ended {
            self.running.remove(name);
        }
        ended
    }
}
