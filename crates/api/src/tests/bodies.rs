//! What is submitted, by people and by whoever means harm.

use gleaner_contract::Submission;
use serde_json::{Value, json};

use super::bench::{Bench, DOCUMENT, TARGETS, resolved};
use crate::{handlers::MAX_BODY, submissions::RESOLVED};

/// Checks that a resolved submission, changed so, is refused and nothing of it is stored.
async fn check_refused(change: impl FnOnce(&mut Value), status: u16, says: &str) {
    let mut body = serde_json::to_value(resolved()).unwrap();
    change(&mut body);
    check_body_refused(RESOLVED, body.to_string(), status, says).await;
}

async fn check_body_refused(content_type: &str, body: String, status: u16, says: &str) {
    let bench = Bench::new().await;
    let shown: String = body.chars().take(300).collect();
    let answer = bench.submit(&bench.ours, content_type, body).await;
    assert_eq!(answer.refusal().0, status, "{shown}: {}", answer.text());
    assert!(answer.text().contains(says), "{shown}: {}", answer.text());
    assert!(answer.body.len() < 10_000, "an answer is short: {}", answer.body.len());
    assert_eq!(bench.get(&bench.ours, "/v1/submissions").await.json(), json!([]), "{shown}");
}

#[tokio::test]
async fn a_document_and_what_intake_makes_of_it_are_the_same_submission() {
    for bench in Bench::each().await {
        let written = bench.submit(&bench.ours, DOCUMENT, TARGETS).await;
        assert_eq!((written.status, &written.json()["jobs"]), (202, &json!(2)));
        assert_eq!(written.json()["resumed"], false);
        let body = serde_json::to_vec(&resolved()).unwrap();
        let again = bench.submit(&bench.ours, RESOLVED, body).await.json();
        assert_eq!((&again["id"], &again["resumed"]), (&written.json()["id"], &json!(true)));
    }
}

#[tokio::test]
async fn every_submission_that_intake_makes_is_read_back_whole() {
    let text = r#"{"budget":{"urls":3,"seconds":60,"money":"0.05 USD"},"total":{"money":"5 USD"},"schema":"supplier",
        "fields":{"weight":{"type":"number","unit":"kg","aliases":["Gewicht"],"critical":true},
                  "kind":{"type":"string","mode":"classified","labels":["a","b"]}},
        "targets":[{"id":"42","name":"Drill","urls":["https://shop.example/42"],"known":{"website":"https://shop.example/"},
                    "country":"DE","currency":"EUR","scope":{"exclude":["/blog/*"]}},{"id":"43"}]}"#;
    let options = gleaner_intake::Options { offline: true, ..Default::default() };
    let intake = gleaner_intake::from_json(text.as_bytes(), &options).unwrap();
    let body = serde_json::to_vec(&intake.submission).unwrap();
    let mut headers = axum::http::HeaderMap::new();
    headers.insert("content-type", RESOLVED.parse().unwrap());
    let read = crate::submissions::read(&headers, &body, &Default::default()).unwrap();
    assert_eq!(read, (intake.submission, vec![]));
}

#[tokio::test]
async fn targets_that_do_not_run_are_told_beside_those_that_do() {
    let bench = Bench::new().await;
    let body = r#"{"schema":"product","targets":[{"id":"1","urls":["https://shop.example/1"]},{"id":"2","urls":["ftp://x"]}]}"#;
    let accepted = bench.submit(&bench.ours, DOCUMENT, body).await.json();
    assert_eq!(accepted["jobs"], 1, "{accepted}");
    assert!(accepted["rejected"][0].as_str().unwrap().contains("ftp://x"), "{accepted}");
    let none = r#"{"schema":"product","targets":[{"id":"2","urls":["ftp://x"]}]}"#;
    check_body_refused(DOCUMENT, none.into(), 422, "no target is left to run").await;
}

#[tokio::test]
async fn what_is_not_known_is_refused_wherever_it_stands() {
    check_refused(|body| body["surprise"] = Value::Null, 422, "unknown key `surprise`").await;
    check_refused(|body| body["targets"][1]["urll"] = json!([]), 422, "unknown key `targets[1].urll`").await;
    check_refused(|body| body["targets"][0]["scope"]["host"] = json!("x"), 422, "`targets[0].scope.host`")
        .await;
    check_refused(|body| body["targets"][0]["schema"]["fields"][0]["regex"] = json!("."), 422, "regex").await;
    check_body_refused(DOCUMENT, r#"{"schema":"product","targets":[],"surprise":1}"#.into(), 422, "surprise")
        .await;
}

#[tokio::test]
async fn wrong_types_are_refused() {
    check_refused(|body| body["targets"] = json!({}), 422, "the body is no submission").await;
    check_refused(|body| body["targets"][0]["urls"] = json!("https://shop.example/"), 422, "no submission")
        .await;
    check_refused(|body| body["targets"][0]["schema"] = json!("product"), 422, "no submission").await;
    check_refused(|body| body["offline"] = json!("yes"), 422, "no submission").await;
    for body in ["[]", "null", "7", "\"targets\""] {
        check_body_refused(RESOLVED, body.into(), 422, "the body is no submission").await;
    }
    check_refused(|body| body["targets"] = json!([]), 422, "there is no target").await;
}

#[tokio::test]
async fn what_would_poison_the_coordinator_is_refused() {
    check_refused(|body| body["targets"][0]["urls"][0] = json!("file:///etc/passwd"), 422, "http and https")
        .await;
    check_refused(|body| body["targets"][0]["urls"][0] = json!("https://SHOP.example"), 422, "is written")
        .await;
    check_refused(|body| body["targets"][1]["id"] = body["targets"][0]["id"].clone(), 422, "is taken").await;
    check_refused(|body| body["targets"][0]["name"] = json!("x".repeat(30_000)), 422, "bytes of a message")
        .await;
    check_refused(|body| body["targets"][0]["schema"]["fields"] = json!([]), 422, "a schema has 1 to").await;
    check_refused(|body| body["targets"][0]["budget"] = json!({ "limits": { "urls": "-1" } }), 422, "`urls`")
        .await;
    let many = |body: &mut Value| body["targets"][0]["urls"] = json!(vec!["https://shop.example/"; 1_001]);
    check_refused(many, 422, "more than 1000 URLs").await;
}

#[tokio::test]
async fn what_is_no_json_is_refused() {
    for body in ["", "{", "{\"targets\":[]}}", "\u{0}", "{\"targets\":[],}"] {
        check_body_refused(RESOLVED, body.into(), 400, "the body is not JSON").await;
    }
}

#[tokio::test]
async fn depth_ends_before_the_stack_does() {
    let deep = format!("{{\"targets\":{}{}}}", "[".repeat(1_000_000), "]".repeat(1_000_000));
    for body in [deep.clone(), format!("{{\"surprise\":{}", &deep[11..])] {
        let bench = Bench::new().await;
        for content_type in [RESOLVED, DOCUMENT] {
            let answer = bench.submit(&bench.ours, content_type, body.clone()).await;
            assert!(matches!(answer.refusal().0, 400 | 422), "{}", answer.text());
        }
    }
}

#[tokio::test]
async fn a_body_that_is_too_long_is_refused_whatever_is_in_it() {
    for content_type in [RESOLVED, DOCUMENT] {
        check_body_refused(content_type, " ".repeat(MAX_BODY + 1), 413, "at most").await;
    }
}

#[tokio::test]
async fn other_content_types_are_refused() {
    for content_type in ["text/plain", "", "application/x-www-form-urlencoded"] {
        check_body_refused(content_type, TARGETS.into(), 415, DOCUMENT).await;
    }
    let bench = Bench::new().await;
    let accepted = bench.submit(&bench.ours, "Application/JSON; charset=utf-8", TARGETS).await;
    assert_eq!(accepted.status, 202);
}

#[tokio::test]
async fn no_file_of_the_server_is_read() {
    let body = r#"{"schema":"/etc/passwd","targets":[{"id":"1","urls":["https://shop.example/"]}]}"#;
    check_body_refused(DOCUMENT, body.into(), 422, "not read here").await;
}

#[tokio::test]
async fn text_that_stores_dislike_comes_through() {
    for bench in Bench::each().await {
        let mut submission: Submission = resolved();
        submission.targets[0].name = Some("nul \0, escape \u{1b}[2J, \u{202e}turned".into());
        let body = serde_json::to_vec(&submission).unwrap();
        let accepted = bench.submit(&bench.ours, RESOLVED, body).await;
        assert_eq!(accepted.status, 202, "{}", accepted.text());
    }
}
