//! Refusals and failures, as whoever asked is told: one shape, and nothing of our inside.

use std::time::Duration;

use axum::{
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use gleaner_coordinator::CommitError;
use gleaner_ports::StoreError;
use serde_json::json;
use ulid::Ulid;

use crate::{events, reader::ReaderError};

/// When a store that is away may be back.
const RETRY: Duration = Duration::from_secs(5);

/// Why a request was not done.
#[derive(Debug)]
pub(crate) struct Refusal {
    status: StatusCode,
    code: &'static str,
    message: String,
    hint: Option<String>,
    retry_after: Option<Duration>,
    /// By which the log tells more.
    id: Option<String>,
}

impl Refusal {
    pub(crate) fn new(status: StatusCode, code: &'static str, message: impl Into<String>) -> Self {
        Self { status, code, message: message.into(), hint: None, retry_after: None, id: None }
    }

    #[must_use]
    pub(crate) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    pub(crate) fn bad(message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "bad_request", message)
    }

    pub(crate) fn unprocessable(message: impl Into<String>) -> Self {
        Self::new(StatusCode::UNPROCESSABLE_ENTITY, "invalid", message)
    }

    pub(crate) fn not_found(what: &str) -> Self {
        Self::new(StatusCode::NOT_FOUND, "not_found", format!("there is no such {what}"))
    }

    pub(crate) fn no_key() -> Self {
        Self::new(StatusCode::UNAUTHORIZED, "unauthorized", "a key is needed")
            .hint("send it as `Authorization: Bearer KEY`")
    }

    /// Without keys, what is asked by another name than this machine's.
    pub(crate) fn elsewhere() -> Self {
        Self::new(
            StatusCode::FORBIDDEN,
            "forbidden",
            "without keys, this machine alone is served, by its own name",
        )
        .hint("ask it as 127.0.0.1 or localhost, or give the API keys")
    }

    pub(crate) fn slow(what: &str) -> Self {
        Self::new(StatusCode::REQUEST_TIMEOUT, "too_slow", what)
    }

    pub(crate) fn method() -> Self {
        Self::new(StatusCode::METHOD_NOT_ALLOWED, "method_not_allowed", "this address is asked otherwise")
    }

    pub(crate) fn too_many(what: &str, retry_after: Duration) -> Self {
        let refusal = Self::new(StatusCode::TOO_MANY_REQUESTS, "too_many_requests", what);
        Self { retry_after: Some(retry_after), ..refusal }
    }

    pub(crate) fn away(error: &dyn std::error::Error) -> Self {
        let id = Ulid::generate().to_string();
        events::store_away(&id, error);
        let refusal = Self::new(StatusCode::SERVICE_UNAVAILABLE, "unavailable", "the job store is away");
        Self { retry_after: Some(RETRY), id: Some(id), ..refusal }
    }

    pub(crate) fn internal(error: &dyn std::fmt::Display) -> Self {
        let id = Ulid::generate().to_string();
        events::failed(&id, error);
        let refusal = Self::new(StatusCode::INTERNAL_SERVER_ERROR, "internal", "this went wrong on our side");
        Self { id: Some(id), ..refusal }.hint("the log of the API tells more by this id")
    }
}

impl From<StoreError> for Refusal {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Unavailable(_) | StoreError::CommitUnknown(_) => Self::away(&error),
            StoreError::Broken(_) => Self::internal(&error),
        }
    }
}

impl From<ReaderError> for Refusal {
    fn from(error: ReaderError) -> Self {
        match error {
            ReaderError::Store(error) => error.into(),
            ReaderError::Damaged(_) => Self::internal(&error),
        }
    }
}

impl From<CommitError> for Refusal {
    fn from(error: CommitError) -> Self {
        match error {
            CommitError::Store(error) => error.into(),
            CommitError::Poison(_) => Self::internal(&error),
        }
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let mut error = json!({ "code": self.code, "message": self.message });
        for (name, value) in [("hint", self.hint), ("id", self.id)] {
            if let Some(value) = value {
                error[name] = value.into();
            }
        }
        let mut response = (self.status, axum::Json(json!({ "error": error }))).into_response();
        if let Some(wait) = self.retry_after {
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(wait.as_secs().max(1)));
        }
        if self.status == StatusCode::UNAUTHORIZED {
            response.headers_mut().insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        response
    }
}
