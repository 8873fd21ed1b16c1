//! Who is let in, and what each sees.

use axum::{
    body::Body,
    http::{Request, request::Builder},
};

use super::bench::{Bench, api, request, send};
use crate::{ApiError, Keys};

const PATHS: [&str; 3] = ["/v1/submissions", "/v1/jobs/01K5QJ7N4V8Z3X2W1T0S9R8Q7P", "/v1/nothing"];

#[tokio::test]
async fn without_a_key_that_is_known_nothing_is_told() {
    let bench = Bench::new().await;
    let empty = || Body::empty();
    for path in PATHS {
        let bare = bench.send(Request::get(path).body(empty()).unwrap()).await;
        assert_eq!(bare.refusal(), (401, "unauthorized".into()), "{path}");
        assert_eq!(bare.header("www-authenticate"), "Bearer");
        for told in ["Bearer wrong", "Bearer ", "Bearer", "Basic Og==", &format!("Basic {}", bench.ours)] {
            let request = Request::get(path).header("authorization", told).body(empty()).unwrap();
            assert_eq!(bench.send(request).await.refusal().0, 401, "{path} {told}");
        }
        let bytes = Request::get(path).header("authorization", &b"Bearer \xff"[..]).body(empty()).unwrap();
        assert_eq!(bench.send(bytes).await.status, 401);
    }
    assert_eq!(bench.get(&bench.ours, PATHS[0]).await.status, 200);
    let lower = Request::get(PATHS[0]).header("authorization", format!("bearer {}", bench.ours));
    assert_eq!(bench.send(lower.body(empty()).unwrap()).await.status, 200);
}

#[tokio::test]
async fn health_needs_no_key() {
    let bench = Bench::new().await;
    for path in ["/healthz", "/readyz"] {
        assert_eq!(bench.send(Request::get(path).body(Body::empty()).unwrap()).await.status, 200, "{path}");
    }
}

#[tokio::test]
async fn tenants_do_not_meet() {
    for bench in Bench::each().await {
        let (submission, [job, _]) = bench.submitted().await;
        let hash = bench.ended(submission, job, b"<h1>Drill</h1>").await;
        let paths = [
            format!("/v1/submissions/{submission}"),
            format!("/v1/submissions/{submission}/jobs"),
            format!("/v1/submissions/{submission}/records"),
            format!("/v1/jobs/{job}"),
            format!("/v1/jobs/{job}/record"),
            format!("/v1/jobs/{job}/ledger"),
            format!("/v1/jobs/{job}/captures/{hash}"),
        ];
        for path in &paths {
            assert_eq!(bench.get(&bench.ours, path).await.status, 200, "{path}");
            assert_eq!(bench.get(&bench.theirs, path).await.refusal(), (404, "not_found".into()), "{path}");
        }
        for path in [
            format!("/v1/submissions/{submission}/cancel"),
            format!("/v1/jobs/{job}/cancel"),
            format!("/v1/jobs/{job}/requeue"),
        ] {
            assert_eq!(bench.post(&bench.theirs, &path).await.refusal().0, 404, "{path}");
        }
        let listed = bench.get(&bench.theirs, "/v1/submissions").await.json();
        assert_eq!(listed, serde_json::json!([]));
        let still = bench.get(&bench.ours, &format!("/v1/submissions/{submission}")).await.json();
        assert_eq!(still["ended"], 0, "nothing was cancelled");
    }
}

#[tokio::test]
async fn the_same_submission_of_two_tenants_is_two() {
    let bench = Bench::new().await;
    let (ours, _) = bench.submitted().await;
    let theirs = bench.submit(&bench.theirs, super::bench::DOCUMENT, super::bench::TARGETS).await.json();
    assert_ne!(theirs["id"], ours.to_string());
    assert_eq!(theirs["resumed"], false);
}

/// What a keyless API answers to this host.
async fn check_host(host: &str, expected: u16) {
    let bench = Bench::new().await;
    let router = api(bench.store, Keys::default()).router();
    let asked: Builder = Request::get("/v1/submissions").header("host", host);
    assert_eq!(send(&router, asked.body(Body::empty()).unwrap()).await.status, expected, "{host}");
}

#[tokio::test]
async fn without_keys_only_this_machine_by_its_own_name_is_served() {
    for host in ["127.0.0.1:8080", "localhost", "LOCALHOST:1", "[::1]:8080", "127.0.0.1"] {
        check_host(host, 200).await;
    }
    // a name that somebody may point here
    for host in ["rebound.example:8080", "127.0.0.1.rebound.example", "192.0.2.1", "", "[::2]:8080"] {
        check_host(host, 403).await;
    }
}

#[tokio::test]
async fn without_keys_no_other_address_is_listened_on() {
    let bench = Bench::new().await;
    let open = api(bench.store.clone(), Keys::default()).listen(([0, 0, 0, 0], 0).into()).await;
    let Err(error) = open else { panic!("everybody is let in") };
    assert!(matches!(error, ApiError::Open(_)), "{error}");
    assert!(api(bench.store, Keys::default()).listen(([127, 0, 0, 1], 0).into()).await.is_ok());
}

#[tokio::test]
async fn addresses_and_methods_that_are_none_are_told_in_the_one_shape() {
    let bench = Bench::new().await;
    for (method, path, expected) in [
        ("GET", "/", 404),
        ("GET", "/v2/jobs", 404),
        ("GET", "/v1/jobs/not-an-id", 404),
        ("GET", "/v1/jobs/%ff", 404),
        ("GET", "/v1/submissions/%00/jobs", 404),
        ("GET", "/v1/jobs/01K5QJ7N4V8Z3X2W1T0S9R8Q7P/captures/blake3:00", 404),
        ("DELETE", "/v1/submissions", 405),
        ("POST", "/healthz", 405),
        ("GET", "/v1/submissions?limit=-1", 400),
        ("GET", "/v1/submissions?limit=4294967296", 400),
        ("GET", "/v1/submissions?tenant=theirs", 400),
        ("POST", "/v1/submissions?lane=highest", 400),
    ] {
        let answer = bench.send(request(method, path, &bench.ours).body(Body::empty()).unwrap()).await;
        assert_eq!(answer.refusal().0, expected, "{method} {path}");
    }
}

#[test]
fn a_file_of_keys_that_is_wrong_says_where() {
    let line = Keys::generate(&gleaner_contract::Tenant::local(), "a").unwrap().line;
    for (text, expected) in [
        ("local a".to_owned(), "line 1: a line is"),
        ("# fine\n\nlocal a md5:00".to_owned(), "line 3: a key is written"),
        ("local a blake3:00".to_owned(), "line 1: a hash has 64"),
        (format!("{line}\n{line}"), "line 2: this key is there already"),
    ] {
        let error = Keys::parse(&text).unwrap_err().to_string();
        assert!(error.contains(expected), "{error}");
    }
    assert_eq!(Keys::parse(&format!("# tenant name hash\n{line} # whose\n")).unwrap().len(), 1);
}

#[test]
fn a_new_key_is_not_shown_by_debug() {
    let new = Keys::generate(&gleaner_contract::Tenant::local(), "a").unwrap();
    assert!(!format!("{new:?}").contains(&new.key));
}
