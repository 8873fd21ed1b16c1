//! A router over each store, with two tenants.

use std::sync::Arc;

use axum::{
    Router,
    body::{Body, to_bytes},
    http::{HeaderMap, Request},
};
use gleaner_contract::{Budget, ContentHash, JobId, Page, Record, Submission, SubmissionId, Tenant};
use gleaner_coordinator::{Admissions, CoordinatorConfig};
use gleaner_ports::{
    JobStore, SystemClock,
    jobs::{CitedPage, MemoryJobs},
};
use gleaner_store::SqliteJobs;
use serde_json::{Value, json};
use tempfile::TempDir;
use tower::ServiceExt as _;

use crate::{Api, Keys};

pub(super) const DOCUMENT: &str = "application/json";

/// Two targets, as people write them.
pub(super) const TARGETS: &str = r#"{"schema":"product","targets":[
    {"id":"42","urls":["https://shop.example/42"]},{"id":"43","urls":["https://shop.example/43"]}]}"#;

pub(super) struct Bench {
    pub(super) store: Arc<dyn JobStore>,
    pub(super) api: Api,
    pub(super) router: Router,
    /// Keys of two tenants.
    pub(super) ours: String,
    pub(super) theirs: String,
    _dir: TempDir,
}

pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) headers: HeaderMap,
    pub(super) body: Vec<u8>,
}

impl Answer {
    pub(super) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|_| panic!("not JSON: {}", self.text()))
    }

    pub(super) fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    pub(super) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    /// The status and the code of an error, which has the one shape.
    pub(super) fn refusal(&self) -> (u16, String) {
        let told = self.json();
        let error = told["error"].as_object().unwrap_or_else(|| panic!("no error: {told}"));
        let known = ["code", "message", "hint", "id"];
        assert!(error.keys().all(|key| known.contains(&key.as_str())), "{told}");
        assert!(!error["message"].as_str().unwrap().is_empty());
        (self.status, error["code"].as_str().unwrap().to_owned())
    }
}

impl Bench {
    pub(super) async fn new() -> Self {
        Self::over(Arc::new(MemoryJobs::new()))
    }

    pub(super) fn over(store: Arc<dyn JobStore>) -> Self {
        let made = |tenant: &str| Keys::generate(&Tenant(tenant.into()), "ci").unwrap();
        let (ours, theirs) = (made("ours"), made("theirs"));
        let keys = Keys::parse(&format!("{}\n{}\n", ours.line, theirs.line)).unwrap();
        let api = api(store.clone(), keys);
        let router = api.clone().router();
        Self { store, api, router, ours: ours.key, theirs: theirs.key, _dir: tempfile::tempdir().unwrap() }
    }

    /// One over the double in memory, one over a file.
    pub(super) async fn each() -> [Self; 2] {
        let dir = tempfile::tempdir().unwrap();
        let sqlite = SqliteJobs::open(&dir.path().join("truth.sqlite")).await.unwrap();
        [Self::new().await, Self { _dir: dir, ..Self::over(Arc::new(sqlite)) }]
    }

    pub(super) async fn send(&self, request: Request<Body>) -> Answer {
        send(&self.router, request).await
    }

    pub(super) async fn get(&self, key: &str, path: &str) -> Answer {
        self.send(request("GET", path, key).body(Body::empty()).unwrap()).await
    }

    pub(super) async fn post(&self, key: &str, path: &str) -> Answer {
        self.send(request("POST", path, key).body(Body::empty()).unwrap()).await
    }

    pub(super) async fn submit(&self, key: &str, content_type: &str, body: impl Into<Body>) -> Answer {
        let request = request("POST", "/v1/submissions", key).header("content-type", content_type);
        self.send(request.body(body.into()).unwrap()).await
    }

    /// A submission of our tenant's with two jobs.
    pub(super) async fn submitted(&self) -> (SubmissionId, [JobId; 2]) {
        let accepted = self.submit(&self.ours, DOCUMENT, TARGETS).await;
        assert_eq!(accepted.status, 202, "{}", accepted.text());
        let id: SubmissionId = serde_json::from_value(accepted.json()["id"].clone()).unwrap();
        let mut tx = self.store.begin().await.unwrap();
        let jobs = tx.jobs_of(id, 0, 10).await.unwrap();
        (id, [jobs[0].id, jobs[1].id])
    }

    /// Leaves a record of this job that cites `body`, a page that another tenant read first, at another URL.
    pub(super) async fn ended(&self, submission: SubmissionId, job: JobId, body: &[u8]) -> ContentHash {
        let hash = ContentHash::of(body);
        let record = record(job, hash);
        let page = Page {
            url: "https://shop.example/42".into(),
            final_url: "https://shop.example/42?session=theirs".into(),
            status: 200,
            content_hash: hash,
            content_type: Some("text/html; charset=utf-8".into()),
            bytes: body.len() as u64,
            fetched_at: record.created_at,
        };
        let mut tx = self.store.begin().await.unwrap();
        let mut row = tx.jobs(&[job]).await.unwrap().remove(0);
        tx.put_cited(&CitedPage::pack(&page, "text", body).unwrap()).await.unwrap();
        tx.insert_record(&row.record_key, submission, &record).await.unwrap();
        (row.status, row.ended_at) = (record.status, Some(record.created_at));
        tx.save_job(&row).await.unwrap();
        tx.commit().await.unwrap();
        hash
    }
}

pub(super) fn api(store: Arc<dyn JobStore>, keys: Keys) -> Api {
    let config = Arc::new(CoordinatorConfig::new("test"));
    let admissions = Admissions::new(config, store.clone(), Arc::new(SystemClock));
    Api::new(store, admissions, keys, Budget::unlimited())
}

pub(super) fn request(method: &str, path: &str, key: &str) -> axum::http::request::Builder {
    Request::builder().method(method).uri(path).header("authorization", format!("Bearer {key}"))
}

pub(super) async fn send(router: &Router, request: Request<Body>) -> Answer {
    let answer = router.clone().oneshot(request).await.unwrap();
    let (status, headers) = (answer.status().as_u16(), answer.headers().clone());
    let body = to_bytes(answer.into_body(), usize::MAX).await.unwrap().to_vec();
    Answer { status, headers, body }
}

pub(super) fn record(job: JobId, capture: ContentHash) -> Record {
    let evidence = json!({ "quote": "Drill", "url": "https://shop.example/42", "capture": capture,
        "layer": "visible", "start": 0, "end": 5, "fetchedAt": "2026-01-01T00:00:00Z" });
    serde_json::from_value(json!({
        "id": "42", "job": job, "schema": "product", "status": "completed", "stopReason": "fields_resolved",
        "subject": "exact", "revision": 1, "publishable": true, "data": { "name": "Drill" },
        "fields": { "/name": { "state": "supported", "tier": "rules", "confidence": 0.97, "evidence": [evidence] } },
        "cost": { "urls": 1 }, "changes": [], "createdAt": "2026-01-01T00:00:00Z", "extractor": "1", "degraded": false
    }))
    .unwrap()
}

/// What the command line sends.
pub(super) fn resolved() -> Submission {
    gleaner_intake::from_json(TARGETS.as_bytes(), &gleaner_intake::Options::default()).unwrap().submission
}
