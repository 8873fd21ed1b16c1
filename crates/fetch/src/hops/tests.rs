use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
};

use super::*;

/// A network that redirects as it was told; every other URL is a page. It remembers what it was asked.
#[derive(Debug, Default)]
struct Map {
    redirects: HashMap<Url, Url>,
    /// What a request takes.
    takes: Duration,
    asked: Mutex<Vec<FetchRequest>>,
}

impl Map {
    fn of(redirects: &[(&str, &str)]) -> Self {
        let redirects = redirects.iter().map(|(from, to)| (url(from), url(to))).collect();
        Self { redirects, ..Self::default() }
    }

    fn asked(&self) -> Vec<FetchRequest> {
        self.asked.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn urls(&self) -> Vec<String> {
        self.asked().into_iter().map(|request| request.url.into()).collect()
    }

    async fn pursue(&self, request: FetchRequest, validated: Option<&str>) -> Result<Fetched, FetchError> {
        let limits = HopLimits { max_redirects: 20, total_timeout: Duration::from_secs(30) };
        match Hops::new(self, limits).fetch(request, validated, &mut Anywhere).await {
            Ok(fetched) => Ok(fetched),
            Err(NotCome::Failed(failure)) => Err(failure.error),
            Err(NotCome::Stopped(never)) => match never {},
        }
    }
}

#[async_trait]
impl Fetcher for Map {
    async fn fetch(&self, request: FetchRequest) -> Result<Fetched, FetchError> {
        let (url, requests) = (request.url.clone(), 1);
        let next = match url.path().strip_prefix("/longer") {
            Some(_) => Some(format!("{url}x").parse().unwrap()),
            None => self.redirects.get(&url).cloned(),
        };
        self.asked.lock().unwrap_or_else(PoisonError::into_inner).push(request);
        tokio::time::sleep(self.takes).await;
        Ok(match next {
            Some(to) => Fetched::Redirect { to, requests },
            None => Fetched::NotModified { final_url: url, validators: Validators::default(), requests },
        })
    }
}

fn url(text: &str) -> Url {
    Url::parse(text).unwrap()
}

fn request(text: &str) -> FetchRequest {
    FetchRequest {
        url: url(text),
        validators: Validators { etag: Some("\"1\"".into()), last_modified: None },
        headers: vec![("Authorization".into(), "Bearer x".into())],
        max_bytes: 1000,
        beyond: gleaner_ports::Beyond::Refuse,
        timeout: Duration::from_secs(60),
    }
}

const HOME: &str = "http://a.example/";

#[tokio::test]
async fn redirects_are_followed_and_counted() {
    let map = Map::of(&[(HOME, "http://a.example/b"), ("http://a.example/b", "https://b.example/c")]);
    let fetched = map.pursue(request(HOME), None).await.unwrap();
    let Fetched::NotModified { final_url, requests, .. } = fetched else { panic!("{fetched:?}") };
    assert_eq!((final_url.as_str(), requests), ("https://b.example/c", 3));
}

#[tokio::test]
async fn endless_redirects_are_given_up() {
    let map = Map::of(&[
        ("http://a.example/circle", "http://a.example/back"),
        ("http://a.example/back", "http://a.example/circle"),
        ("http://a.example/self", "http://a.example/self"),
    ]);
    for (path, reason, requests) in [
        ("circle", UrlReason::RedirectLoop, 2),
        ("self#x", UrlReason::RedirectLoop, 1),
        ("longer", UrlReason::TooManyRedirects, 21),
    ] {
        let error = map.pursue(request(&format!("{HOME}{path}")), None).await.expect_err(path);
        assert_eq!((error.reason, error.class, error.requests), (reason, ErrorClass::Permanent, requests));
    }
}

/// Where the caller's headers go when `start` leads through these redirects.
async fn check_credentials(redirects: &[(&str, &str)], start: &str, expected: &[bool]) {
    let map = Map::of(redirects);
    let _ = map.pursue(request(start), None).await;
    let sent: Vec<bool> = map.asked().iter().map(|request| !request.headers.is_empty()).collect();
    assert_eq!(sent, expected, "{redirects:?}");
}

#[tokio::test]
async fn callers_headers_stay_with_the_first_origin() {
    let same = [(HOME, "http://a.example/same")];
    check_credentials(&same, HOME, &[true, true]).await;
    for other in ["http://b.example/", "https://a.example/", "http://a.example:81/", "http://www.a.example/"]
    {
        check_credentials(&[(HOME, other)], HOME, &[true, false]).await;
    }
}

#[tokio::test]
async fn headers_that_were_dropped_stay_dropped_on_the_way_back() {
    let there_and_back = [(HOME, "http://b.example/"), ("http://b.example/", "http://a.example/again")];
    check_credentials(&there_and_back, HOME, &[true, false, false]).await;
}

#[tokio::test]
async fn validators_go_to_the_url_that_they_are_of_alone() {
    let (b, c) = ("http://b.example/", "http://b.example/c");
    let map = Map::of(&[(HOME, b), (b, c)]);
    let _ = map.pursue(request(HOME), Some(b)).await;
    let conditional: Vec<bool> =
        map.asked().iter().map(|request| request.validators != Validators::default()).collect();
    assert_eq!(conditional, [false, true, false]);
}

#[tokio::test(start_paused = true)]
async fn time_is_for_all_hops_together() {
    let map = Map { takes: Duration::from_secs(12), ..Map::default() };
    let _ = map.pursue(request("http://a.example/longer"), None).await;
    let given: Vec<u64> = map.asked().iter().take(4).map(|request| request.timeout.as_secs()).collect();
    assert_eq!(given, [30, 18, 6, 0]);
}

/// Lets nobody to /shut.
#[derive(Default)]
struct Shut(Vec<(String, usize)>);

#[async_trait]
impl HopRule for Shut {
    type Stop = &'static str;

    async fn admit(&mut self, url: &Url, hop: usize) -> Result<(), &'static str> {
        self.0.push((url.to_string(), hop));
        if url.path() == "/shut" { Err("shut") } else { Ok(()) }
    }
}

#[tokio::test]
async fn every_url_is_put_to_the_rule_before_it_is_asked_for() {
    let shut = "http://b.example/shut";
    let map = Map::of(&[(HOME, shut)]);
    let mut rule = Shut::default();
    let limits = HopLimits { max_redirects: 20, total_timeout: Duration::from_secs(30) };
    let stopped = Hops::new(&map, limits).fetch(request(HOME), None, &mut rule).await;
    assert!(matches!(stopped, Err(NotCome::Stopped("shut"))), "{stopped:?}");
    assert_eq!(rule.0, [(HOME.to_owned(), 0), (shut.to_owned(), 1)]);
    assert_eq!(map.urls(), [HOME]);
}
