//! Who asks, and how often.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
    time::Duration,
};

use axum::{
    extract::{Request, State},
    http::header,
    middleware::Next,
    response::{IntoResponse, Response},
};
use gleaner_contract::Tenant;
use tokio::time::Instant;

use crate::{
    error::Refusal,
    keys::{Caller, Keys},
    routes::Api,
};

/// Submissions of one key in a minute.
const SUBMISSIONS: u32 = 120;
const MINUTE: Duration = Duration::from_secs(60);

/// Lets in whoever has a key, and everybody where there is none to have.
pub(crate) async fn let_in(State(api): State<Api>, mut request: Request, next: Next) -> Response {
    match caller(&api.inner.keys, &request) {
        Some(caller) => {
            request.extensions_mut().insert(caller);
            next.run(request).await
        }
        None => Refusal::no_key().into_response(),
    }
}

fn caller(keys: &Keys, request: &Request) -> Option<Caller> {
    if keys.is_empty() {
        return Some(Caller { tenant: Tenant::local(), key: "none".to_owned() });
    }
    let told = request.headers().get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, key) = told.split_once(' ')?;
    keys.caller(key.trim()).filter(|_| scheme.eq_ignore_ascii_case("bearer")).cloned()
}

/// How many submissions each key sent in the minute that is under way.
#[derive(Debug, Default)]
pub(crate) struct Rates {
    sent: Mutex<HashMap<String, (Instant, u32)>>,
}

impl Rates {
    /// Counts one more, or says when there is room for it.
    pub(crate) fn count(&self, caller: &Caller) -> Result<(), Refusal> {
        let now = Instant::now();
        // a poisoned lock only means that a holder panicked between two whole operations
        let mut sent = self.sent.lock().unwrap_or_else(PoisonError::into_inner);
        let (since, count) = sent.entry(caller.key.clone()).or_insert((now, 0));
        if since.elapsed() >= MINUTE {
            (*since, *count) = (now, 0);
        }
        if *count >= SUBMISSIONS {
            let wait = MINUTE.saturating_sub(since.elapsed());
            return Err(Refusal::too_many("too many submissions in a minute", wait));
        }
        *count += 1;
        Ok(())
    }
}
