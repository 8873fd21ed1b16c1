//! A fetcher that answers as it was told, and keeps what it was asked.

use std::{
    collections::{HashMap, VecDeque},
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use async_trait::async_trait;
use gleaner_contract::{ErrorClass, UrlReason};

use super::{Beyond, FetchError, FetchRequest, Fetched, Fetcher, Validators};

/// What a request comes to.
pub type Answer = Result<Fetched, FetchError>;

/// Answers URL by URL and in order, with 404 where it was told nothing or nothing more. It keeps to timeouts and to
/// caps on bodies, and tells only who asked that a page is unchanged, as every fetcher does.
#[derive(Debug, Default)]
pub struct ScriptedFetcher {
    script: Mutex<Script>,
}

#[derive(Debug, Default)]
struct Script {
    answers: HashMap<String, VecDeque<Answer>>,
    asked: Vec<FetchRequest>,
    takes: Duration,
}

impl ScriptedFetcher {
    /// The next answers of this URL, after those that were told before.
    pub fn answers(&self, url: &str, answers: impl IntoIterator<Item = Answer>) {
        self.script().answers.entry(url.to_owned()).or_default().extend(answers);
    }

    /// How long each answer takes from now on.
    pub fn takes(&self, time: Duration) {
        self.script().takes = time;
    }

    /// Every request so far.
    pub fn asked(&self) -> Vec<FetchRequest> {
        self.script().asked.clone()
    }

    /// The URLs of every request so far.
    pub fn urls(&self) -> Vec<String> {
        self.script().asked.iter().map(|request| request.url.to_string()).collect()
    }

    fn script(&self) -> MutexGuard<'_, Script> {
        self.script.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn begin(&self, request: &FetchRequest) -> (Duration, Answer) {
        let mut script = self.script();
        script.asked.push(request.clone());
        let told = script.answers.get_mut(request.url.as_str()).and_then(VecDeque::pop_front);
        let answer =
            told.unwrap_or_else(|| Err(failure(UrlReason::HttpStatus, ErrorClass::Permanent, Some(404))));
        (script.takes, answer)
    }
}

#[async_trait]
impl Fetcher for ScriptedFetcher {
    async fn fetch(&self, request: FetchRequest) -> Answer {
        let (takes, answer) = self.begin(&request);
        tokio::time::sleep(takes.min(request.timeout)).await;
        if takes > request.timeout {
            return Err(failure(UrlReason::Timeout, ErrorClass::Transient, None));
        }
        let mut answer = answer?;
        if matches!(answer, Fetched::NotModified { .. }) && request.validators == Validators::default() {
            return Err(failure(UrlReason::HttpStatus, ErrorClass::Permanent, Some(304)));
        }
        if let Fetched::Body { status, body, .. } = &mut answer
            && body.len() as u64 > request.max_bytes
        {
            let most = usize::try_from(request.max_bytes).unwrap_or(usize::MAX);
            if request.beyond == Beyond::Refuse {
                let bytes = request.max_bytes;
                let error = failure(UrlReason::BodyTooLarge, ErrorClass::Permanent, Some(*status));
                return Err(FetchError { bytes, ..error });
            }
            body.truncate(most);
        }
        Ok(answer)
    }
}

/// A failure after one request.
pub fn failure(reason: UrlReason, class: ErrorClass, status: Option<u16>) -> FetchError {
    FetchError { reason, class, status, retry_after: None, requests: 1, bytes: 0, detail: "as told".into() }
}

#[cfg(test)]
mod tests;
