//! How much each key may do: at once, and in a minute. One key's work leaves room for that of others.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use axum::{
    Extension,
    extract::{Request, State},
    middleware::Next,
    response::{IntoResponse, Response},
};
use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore},
    time::Instant,
};

use crate::{error::Refusal, keys::Caller, routes::Api};

/// Requests worked on at once, of one key and of all.
const AT_ONCE: usize = 16;
const ALL_AT_ONCE: usize = 128;

/// Submissions of one key whose bodies are held at once: they are long.
const SUBMITTING: usize = 2;

/// Submissions of one key in a minute.
const SUBMISSIONS: u32 = 120;
const MINUTE: Duration = Duration::from_secs(60);

const SOON: Duration = Duration::from_secs(1);

/// What every key does now, and did in the minute that is under way.
#[derive(Debug)]
pub(crate) struct Turns {
    all: Arc<Semaphore>,
    keys: Mutex<HashMap<Caller, Used>>,
}

#[derive(Debug)]
struct Used {
    turns: Arc<Semaphore>,
    submitting: Arc<Semaphore>,
    since: Instant,
    submitted: u32,
}

impl Default for Turns {
    fn default() -> Self {
        Self { all: Arc::new(Semaphore::new(ALL_AT_ONCE)), keys: Mutex::default() }
    }
}

impl Turns {
    /// A turn of the caller's and one of all, for as long as the request is worked on.
    fn take(&self, caller: &Caller) -> Result<[OwnedSemaphorePermit; 2], Refusal> {
        let own = used(&mut self.keys(), caller).turns.clone();
        let many = |_| Refusal::too_many("too many requests at once", SOON);
        Ok([own.try_acquire_owned().map_err(many)?, self.all.clone().try_acquire_owned().map_err(many)?])
    }

    /// Counts one more submission, and holds room for its body.
    pub(crate) fn submit(&self, caller: &Caller) -> Result<OwnedSemaphorePermit, Refusal> {
        let mut keys = self.keys();
        let used = used(&mut keys, caller);
        let room = used.submitting.clone().try_acquire_owned();
        let room = room.map_err(|_| Refusal::too_many("too many submissions at once", SOON))?;
        if used.since.elapsed() >= MINUTE {
            (used.since, used.submitted) = (Instant::now(), 0);
        }
        if used.submitted >= SUBMISSIONS {
            let wait = MINUTE.saturating_sub(used.since.elapsed());
            return Err(Refusal::too_many("too many submissions in a minute", wait));
        }
        used.submitted += 1;
        Ok(room)
    }

    #[cfg(test)]
    pub(crate) fn under_way(&self) -> usize {
        ALL_AT_ONCE - self.all.available_permits()
    }

    fn keys(&self) -> MutexGuard<'_, HashMap<Caller, Used>> {
        // a poisoned lock only means that a holder panicked between two whole operations
        self.keys.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// As many entries as keys that were ever used.
fn used<'a>(keys: &'a mut HashMap<Caller, Used>, caller: &Caller) -> &'a mut Used {
    keys.entry(caller.clone()).or_insert_with(|| Used {
        turns: Arc::new(Semaphore::new(AT_ONCE)),
        submitting: Arc::new(Semaphore::new(SUBMITTING)),
        since: Instant::now(),
        submitted: 0,
    })
}

/// Bounds how much is worked on at once.
pub(crate) async fn one_of_few(
    State(api): State<Api>,
    Extension(caller): Extension<Caller>,
    request: Request,
    next: Next,
) -> Response {
    match api.inner.turns.take(&caller) {
        Ok(_turns) => next.run(request).await,
        Err(refusal) => refusal.into_response(),
    }
}
