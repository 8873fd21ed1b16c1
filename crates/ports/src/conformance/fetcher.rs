//! What every fetcher makes of what the far side does.
//!
//! The function that returns a fresh fetcher is told what the far side does, whatever path it is asked for.

use std::{any::Any, time::Duration};

use bytes::Bytes;
use gleaner_contract::{ErrorClass, UrlReason};
use url::Url;

use crate::{Beyond, FetchError, FetchRequest, Fetched, Fetcher, Validators};

/// See [`crate::conformance`].
#[macro_export]
macro_rules! fetcher_conformance {
    ($fresh:ident $(, $($options:tt)*)?) => {
        $crate::conformance_tests!(@told $fresh, fetcher, [$($($options)*)?],
            a_page_comes_with_what_was_said_of_it
            an_empty_body_is_a_page
            a_body_as_large_as_the_cap_is_whole
            a_body_beyond_the_cap_is_refused_or_cut
            a_redirect_is_handed_back_and_not_followed
            a_redirect_to_nowhere_is_a_status
            an_unchanged_page_is_told_to_those_who_asked
            a_status_that_is_no_page_is_told
            a_stated_wait_is_told
            silence_ends_in_time
            a_body_without_end_ends_in_time
            a_host_that_cannot_be_reached_is_told
        );
    };
}

/// A fetcher, a URL of the far side with [`PATH`], and whatever must live as long.
pub type Facing = (Box<dyn Fetcher>, Url, Box<dyn Any>);

/// A path and a query, which no failure may tell.
pub const PATH: &str = "/a/b?token=s3cret";

/// What the far side does.
#[derive(Debug, Clone)]
pub enum Answer {
    Says(Said),
    /// It says this and goes on without another byte and without an end.
    Stalls(Said),
    /// It takes the request and is silent.
    Silence,
    /// Nobody takes the connection.
    Unreachable,
}

/// A response, whose length is not stated ahead.
#[derive(Debug, Clone)]
pub struct Said {
    pub status: u16,
    pub headers: Vec<(&'static str, &'static str)>,
    pub body: Bytes,
}

impl Said {
    pub fn header(&self, name: &str) -> Option<&'static str> {
        self.headers.iter().find(|(other, _)| *other == name).map(|(_, value)| *value)
    }

    pub fn validators(&self) -> Validators {
        let text = |name| self.header(name).map(str::to_owned);
        Validators { etag: text("ETag"), last_modified: text("Last-Modified") }
    }
}

const PAGE: &[u8] = b"<h1>129,00 EUR</h1>";

/// What is to end in time has this long.
const SHORT: Duration = Duration::from_secs(2);

/// Nothing takes longer.
const SOON: Duration = Duration::from_secs(10);

fn says(status: u16, headers: &[(&'static str, &'static str)], body: &[u8]) -> Answer {
    Answer::Says(Said { status, headers: headers.to_vec(), body: Bytes::copy_from_slice(body) })
}

fn request(url: &Url) -> FetchRequest {
    FetchRequest {
        url: url.clone(),
        validators: Validators::default(),
        headers: Vec::new(),
        max_bytes: 1 << 20,
        beyond: Beyond::Refuse,
        timeout: Duration::from_secs(60),
    }
}

fn page(url: &Url, body: &[u8]) -> Fetched {
    Fetched::Body {
        final_url: url.clone(),
        status: 200,
        content_type: None,
        validators: Validators::default(),
        body: Bytes::copy_from_slice(body),
        requests: 1,
    }
}

async fn fetch(fetcher: &dyn Fetcher, request: FetchRequest) -> Result<Fetched, FetchError> {
    tokio::time::timeout(SOON, fetcher.fetch(request)).await.expect("it ends")
}

/// The fetch of one request failed for this reason, and tells no secret.
#[track_caller]
fn check(fetched: Result<Fetched, FetchError>, reason: UrlReason, class: ErrorClass) -> FetchError {
    let error = fetched.expect_err("a failure");
    assert_eq!((error.reason, error.class, error.requests), (reason, class, 1), "{error:?}");
    assert!(!error.detail.contains("s3cret") && !error.detail.contains('\n'), "{error:?}");
    error
}

pub async fn a_page_comes_with_what_was_said_of_it(fresh: impl AsyncFn(Answer) -> Facing) {
    let (etag, last_modified) = ("\"1\"", "Sun, 06 Nov 1994 08:49:37 GMT");
    let headers =
        [("Content-Type", "text/html; charset=utf-8"), ("ETag", etag), ("Last-Modified", last_modified)];
    let (fetcher, url, _kept) = fresh(says(200, &headers, PAGE)).await;
    let expected = Fetched::Body {
        final_url: url.clone(),
        status: 200,
        content_type: Some("text/html; charset=utf-8".into()),
        validators: Validators { etag: Some(etag.into()), last_modified: Some(last_modified.into()) },
        body: Bytes::from_static(PAGE),
        requests: 1,
    };
    assert_eq!(fetch(&*fetcher, request(&url)).await, Ok(expected));
}

pub async fn an_empty_body_is_a_page(fresh: impl AsyncFn(Answer) -> Facing) {
    let (fetcher, url, _kept) = fresh(says(200, &[], b"")).await;
    assert_eq!(fetch(&*fetcher, request(&url)).await, Ok(page(&url, b"")));
}

pub async fn a_body_as_large_as_the_cap_is_whole(fresh: impl AsyncFn(Answer) -> Facing) {
    for beyond in [Beyond::Refuse, Beyond::Cut] {
        let (fetcher, url, _kept) = fresh(says(200, &[], PAGE)).await;
        let asking = FetchRequest { max_bytes: PAGE.len() as u64, beyond, ..request(&url) };
        assert_eq!(fetch(&*fetcher, asking).await, Ok(page(&url, PAGE)), "{beyond:?}");
    }
}

pub async fn a_body_beyond_the_cap_is_refused_or_cut(fresh: impl AsyncFn(Answer) -> Facing) {
    let (fetcher, url, _kept) = fresh(says(200, &[], PAGE)).await;
    let asking = FetchRequest { max_bytes: 4, ..request(&url) };
    let error = check(fetch(&*fetcher, asking).await, UrlReason::BodyTooLarge, ErrorClass::Permanent);
    assert_eq!(error.status, Some(200));
    assert!((4..=PAGE.len() as u64).contains(&error.bytes), "{}", error.bytes);

    let (fetcher, url, _kept) = fresh(says(200, &[], PAGE)).await;
    let asking = FetchRequest { max_bytes: 4, beyond: Beyond::Cut, ..request(&url) };
    assert_eq!(fetch(&*fetcher, asking).await, Ok(page(&url, &PAGE[..4])));
}

pub async fn a_redirect_is_handed_back_and_not_followed(fresh: impl AsyncFn(Answer) -> Facing) {
    for status in [301, 302, 303, 307, 308] {
        for (location, to) in [
            ("c?d#e", "/a/c?d"),
            ("../c", "/c"),
            ("//Other.example/c", "//other.example/c"),
            ("HTTPS://other.example:443", "https://other.example/"),
        ] {
            let (fetcher, url, _kept) = fresh(says(status, &[("Location", location)], PAGE)).await;
            let expected = Fetched::Redirect { to: url.join(to).unwrap(), requests: 1 };
            assert_eq!(fetch(&*fetcher, request(&url)).await, Ok(expected), "{status} {location}");
        }
    }
}

pub async fn a_redirect_to_nowhere_is_a_status(fresh: impl AsyncFn(Answer) -> Facing) {
    let (fetcher, url, _kept) = fresh(says(302, &[], PAGE)).await;
    let fetched = fetch(&*fetcher, request(&url)).await;
    assert_eq!(check(fetched, UrlReason::HttpStatus, ErrorClass::Permanent).status, Some(302));
}

pub async fn an_unchanged_page_is_told_to_those_who_asked(fresh: impl AsyncFn(Answer) -> Facing) {
    let etag = Validators { etag: Some("\"1\"".into()), last_modified: None };
    let date = Validators { etag: None, last_modified: Some("Sun, 06 Nov 1994 08:49:37 GMT".into()) };
    for validators in [etag, date] {
        let (fetcher, url, _kept) = fresh(says(304, &[("ETag", "\"2\"")], b"")).await;
        let asking = FetchRequest { validators, ..request(&url) };
        let validators = Validators { etag: Some("\"2\"".into()), last_modified: None };
        let expected = Fetched::NotModified { final_url: url.clone(), validators, requests: 1 };
        assert_eq!(fetch(&*fetcher, asking).await, Ok(expected));
    }

    let (fetcher, url, _kept) = fresh(says(304, &[("ETag", "\"2\"")], b"")).await;
    let fetched = fetch(&*fetcher, request(&url)).await;
    assert_eq!(check(fetched, UrlReason::HttpStatus, ErrorClass::Permanent).status, Some(304));
}

pub async fn a_status_that_is_no_page_is_told(fresh: impl AsyncFn(Answer) -> Facing) {
    let (permanent, transient) = (ErrorClass::Permanent, ErrorClass::Transient);
    // part of a page is none
    for (status, class) in
        [(206, transient), (403, permanent), (404, permanent), (410, permanent), (500, transient)]
    {
        let (fetcher, url, _kept) = fresh(says(status, &[], PAGE)).await;
        let error = check(fetch(&*fetcher, request(&url)).await, UrlReason::HttpStatus, class);
        assert_eq!((error.status, error.retry_after), (Some(status), None));
    }
}

pub async fn a_stated_wait_is_told(fresh: impl AsyncFn(Answer) -> Facing) {
    for status in [429, 503] {
        let (fetcher, url, _kept) = fresh(says(status, &[("Retry-After", "7")], b"")).await;
        let fetched = fetch(&*fetcher, request(&url)).await;
        let error = check(fetched, UrlReason::HttpStatus, ErrorClass::Transient);
        assert_eq!((error.status, error.retry_after), (Some(status), Some(Duration::from_secs(7))));
    }
}

pub async fn silence_ends_in_time(fresh: impl AsyncFn(Answer) -> Facing) {
    let (fetcher, url, _kept) = fresh(Answer::Silence).await;
    let asking = FetchRequest { timeout: SHORT, ..request(&url) };
    let error = check(fetch(&*fetcher, asking).await, UrlReason::Timeout, ErrorClass::Transient);
    assert_eq!(error.bytes, 0);
}

pub async fn a_body_without_end_ends_in_time(fresh: impl AsyncFn(Answer) -> Facing) {
    let said = Said { status: 200, headers: Vec::new(), body: Bytes::from_static(PAGE) };
    let (fetcher, url, _kept) = fresh(Answer::Stalls(said)).await;
    let asking = FetchRequest { timeout: SHORT, ..request(&url) };
    let error = check(fetch(&*fetcher, asking).await, UrlReason::Timeout, ErrorClass::Transient);
    assert_eq!(error.bytes, PAGE.len() as u64);
}

pub async fn a_host_that_cannot_be_reached_is_told(fresh: impl AsyncFn(Answer) -> Facing) {
    let (fetcher, url, _kept) = fresh(Answer::Unreachable).await;
    let error = check(fetch(&*fetcher, request(&url)).await, UrlReason::Connect, ErrorClass::Transient);
    assert_eq!((error.status, error.bytes), (None, 0));
}
