use bytes::Bytes;
use url::Url;

use super::*;

mod conformance;

const PAGE: &str = "https://a.example/";

fn request() -> FetchRequest {
    FetchRequest {
        url: Url::parse(PAGE).unwrap(),
        validators: Validators::default(),
        headers: Vec::new(),
        max_bytes: 4,
        beyond: Beyond::Refuse,
        timeout: Duration::from_secs(10),
    }
}

fn page(text: &str) -> Answer {
    Ok(Fetched::Body {
        final_url: Url::parse(PAGE).unwrap(),
        status: 200,
        content_type: None,
        validators: Validators::default(),
        body: Bytes::copy_from_slice(text.as_bytes()),
        requests: 1,
    })
}

fn script(answers: impl IntoIterator<Item = Answer>) -> ScriptedFetcher {
    let script = ScriptedFetcher::default();
    script.answers(PAGE, answers);
    script
}

#[tokio::test]
async fn answers_come_in_order_and_then_there_is_nothing() {
    let script = script([page("a"), page("b")]);
    assert_eq!(script.fetch(request()).await, page("a"));
    assert_eq!(script.fetch(request()).await, page("b"));
    assert_eq!(script.fetch(request()).await.unwrap_err().status, Some(404));
    assert_eq!(script.urls(), [PAGE; 3]);
}

#[tokio::test]
async fn a_body_beyond_the_cap_is_refused_or_cut() {
    let script = script([page("large"), page("large")]);
    assert_eq!(script.fetch(request()).await.unwrap_err().reason, UrlReason::BodyTooLarge);
    assert_eq!(script.fetch(FetchRequest { beyond: Beyond::Cut, ..request() }).await, page("larg"));
}

#[tokio::test(start_paused = true)]
async fn an_answer_that_takes_too_long_is_a_timeout() {
    let script = script([page("a"), page("b")]);
    script.takes(Duration::from_secs(11));
    let started = tokio::time::Instant::now();
    assert_eq!(script.fetch(request()).await.unwrap_err().reason, UrlReason::Timeout);
    assert_eq!(started.elapsed(), Duration::from_secs(10));
    script.takes(Duration::from_secs(10));
    assert_eq!(script.fetch(request()).await, page("b"));
}
