use bytes::Bytes;
use gleaner_ports::{Beyond, fetch::ScriptedFetcher};

use super::*;

fn body(final_url: &str) -> Fetched {
    Fetched::Body {
        final_url: url(final_url),
        status: 200,
        content_type: None,
        validators: Validators::default(),
        body: Bytes::new(),
        requests: 1,
    }
}

/// A network that redirects so; where a redirect leads to and none leads on, there is a page.
fn network(redirects: &[(&str, &str)]) -> ScriptedFetcher {
    let script = ScriptedFetcher::default();
    for (from, to) in redirects {
        script.answers(from, [Ok(Fetched::Redirect { to: url(to), requests: 1 })]);
    }
    for (_, to) in redirects {
        script.answers(to, [Ok(body(to))]);
    }
    script
}

const LIMITS: HopLimits = HopLimits { max_redirects: 20, total_timeout: Duration::from_secs(30) };

async fn pursue(
    script: &ScriptedFetcher,
    request: FetchRequest,
    validated: Option<&str>,
) -> Result<Fetched, FetchError> {
    match Hops::new(script, LIMITS).fetch(request, validated, &mut Anywhere).await {
        Ok(fetched) => Ok(fetched),
        Err(NotCome::Failed(failure)) => Err(failure.error),
        Err(NotCome::Stopped(never)) => match never {},
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
        beyond: Beyond::Refuse,
        timeout: Duration::from_secs(60),
    }
}

const HOME: &str = "http://a.example/";

#[tokio::test]
async fn redirects_are_followed_and_counted() {
    let script = network(&[(HOME, "http://a.example/b"), ("http://a.example/b", "https://b.example/c")]);
    let fetched = pursue(&script, request(HOME), None).await.unwrap();
    let Fetched::Body { final_url, requests, .. } = fetched else { panic!("{fetched:?}") };
    assert_eq!((final_url.as_str(), requests), ("https://b.example/c", 3));
}

/// From /longer on, each page is said to be at another.
fn endless() -> ScriptedFetcher {
    let page = |n: usize| format!("{HOME}longer{}", "x".repeat(n));
    let redirects: Vec<(String, String)> = (0..30).map(|n| (page(n), page(n + 1))).collect();
    let redirects: Vec<(&str, &str)> = redirects.iter().map(|(from, to)| (&**from, &**to)).collect();
    network(&redirects)
}

#[tokio::test]
async fn endless_redirects_are_given_up() {
    let (circle, back, itself) =
        ("http://a.example/circle", "http://a.example/back", "http://a.example/self");
    for (path, reason, requests) in [
        ("circle", UrlReason::RedirectLoop, 2),
        ("self#x", UrlReason::RedirectLoop, 1),
        ("longer", UrlReason::TooManyRedirects, 21),
    ] {
        let script = match path {
            "longer" => endless(),
            _ => network(&[(circle, back), (back, circle), (itself, itself)]),
        };
        let error = pursue(&script, request(&format!("{HOME}{path}")), None).await.expect_err(path);
        assert_eq!((error.reason, error.class, error.requests), (reason, ErrorClass::Permanent, requests));
    }
}

/// Where the caller's headers go when `start` leads through these redirects.
async fn check_credentials(redirects: &[(&str, &str)], start: &str, expected: &[bool]) {
    let script = network(redirects);
    let _ = pursue(&script, request(start), None).await;
    let sent: Vec<bool> = script.asked().iter().map(|request| !request.headers.is_empty()).collect();
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
    let script = network(&[(HOME, b), (b, c)]);
    let _ = pursue(&script, request(HOME), Some(b)).await;
    let conditional: Vec<bool> =
        script.asked().iter().map(|request| request.validators != Validators::default()).collect();
    assert_eq!(conditional, [false, true, false]);
}

#[tokio::test(start_paused = true)]
async fn time_is_for_all_hops_together() {
    let script = endless();
    script.takes(Duration::from_secs(12));
    let error = pursue(&script, request("http://a.example/longer"), None).await.expect_err("out of time");
    assert_eq!((error.reason, error.requests), (UrlReason::Timeout, 3));
    let given: Vec<u64> = script.asked().iter().map(|request| request.timeout.as_secs()).collect();
    assert_eq!(given, [30, 18, 6]);
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
    let script = network(&[(HOME, shut)]);
    let mut rule = Shut::default();
    let stopped = Hops::new(&script, LIMITS).fetch(request(HOME), None, &mut rule).await;
    assert!(matches!(stopped, Err(NotCome::Stopped("shut"))), "{stopped:?}");
    assert_eq!(rule.0, [(HOME.to_owned(), 0), (shut.to_owned(), 1)]);
    assert_eq!(script.urls(), [HOME]);
}
