//! Ctrl-C and SIGTERM: the first asks for an end in good order, the second ends the process at once.

use std::process::exit;

use tokio::signal::unix::{Signal, SignalKind, signal};

use crate::out::note;

/// Listens for as long as it lives. Once it was made, a signal no longer ends the process by itself.
#[derive(Debug)]
pub(crate) struct Signals {
    interrupt: Signal,
    terminate: Signal,
}

/// What asked for the end: its number, which exit codes are told by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Interrupted(pub(crate) u8);

impl Signals {
    pub(crate) fn listen() -> std::io::Result<Self> {
        Ok(Self { interrupt: signal(SignalKind::interrupt())?, terminate: signal(SignalKind::terminate())? })
    }

    /// Waits for the next one.
    pub(crate) async fn next(&mut self) -> Interrupted {
        tokio::select! {
            _ = self.interrupt.recv() => Interrupted(2),
            _ = self.terminate.recv() => Interrupted(15),
        }
    }

    /// Does `work` to its end, unless one more signal asks to leave at once: nothing that is durable is lost by that.
    pub(crate) async fn unless_again<T>(&mut self, work: impl Future<Output = T>) -> T {
        tokio::select! {
            done = work => done,
            Interrupted(number) = self.next() => {
                note("stopped at once");
                exit(i32::from(128 + number));
            }
        }
    }
}
