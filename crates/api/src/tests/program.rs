//! The API as a program at the other end of a socket sees it.

use std::{net::SocketAddr, sync::Arc, time::Duration};

use gleaner_contract::{Budget, Lane, Schema, Submission, Target, Tenant};
use gleaner_coordinator::{Admissions, CoordinatorConfig};
use gleaner_fetch::{Ask, OperatorAnswer, OperatorClient};
use gleaner_ports::{
    JobStore, SystemClock,
    jobs::{FaultyJobs, MemoryJobs},
};
use secrecy::SecretString;
use serde_json::{Value, json};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;
use url::Url;

use crate::{Api, Client, ClientError, Keys, keys::NewKey};

struct Bench {
    address: SocketAddr,
    faults: FaultyJobs,
    keys: Vec<NewKey>,
    _server: JoinSet<()>,
}

impl Bench {
    /// An API with a key for each of these tenants.
    async fn with(tenants: &[&str]) -> Self {
        let keys: Vec<NewKey> =
            tenants.iter().map(|tenant| Keys::generate(&Tenant((*tenant).into()), tenant).unwrap()).collect();
        let lines: Vec<&str> = keys.iter().map(|key| key.line.as_str()).collect();
        let faults = FaultyJobs::over(Arc::new(MemoryJobs::new()));
        let store: Arc<dyn JobStore> = Arc::new(faults.clone());
        let config = Arc::new(CoordinatorConfig::new("test"));
        let admissions = Admissions::new(config, store.clone(), Arc::new(SystemClock));
        let keys_of = Keys::parse(&lines.join("\n")).unwrap();
        let api = Api::new(store, admissions, keys_of, Budget::unlimited());
        let listener = api.listen(([127, 0, 0, 1], 0).into()).await.unwrap();
        let address = listener.local_addr().unwrap();
        let mut server = JoinSet::new();
        server.spawn(api.serve_on(listener, CancellationToken::new()));
        Self { address, faults, keys, _server: server }
    }

    fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    fn client(&self, of: usize) -> Client {
        let key = SecretString::from(self.keys[of].key.as_str());
        Client::new(&self.url(), Some(key)).unwrap()
    }

    async fn ask(
        &self,
        method: &str,
        path: &str,
        key: &str,
        body: Option<(&str, Vec<u8>)>,
    ) -> OperatorAnswer {
        let key = SecretString::from(key);
        let url = Url::parse(&format!("{}{path}", self.url())).unwrap();
        let within = Duration::from_secs(30);
        let ask = Ask { method, url, key: Some(&key), body, max_bytes: 1 << 20, within };
        OperatorClient::new().unwrap().ask(ask).await.unwrap()
    }

    /// Posts a submission with the first key; status and answer.
    async fn post(&self, content_type: &str, body: impl Into<Vec<u8>>) -> (u16, Value) {
        let key = self.keys[0].key.clone();
        let answer = self.ask("POST", "/v1/submissions", &key, Some((content_type, body.into()))).await;
        (answer.status, serde_json::from_slice(&answer.body).unwrap())
    }
}

const DOCUMENT: &str = "application/json";
const RESOLVED: &str = crate::submissions::RESOLVED;

fn submission(targets: usize) -> Submission {
    let schema = Schema::built_in("product").unwrap();
    let target = |n: usize| Target::of_url(schema.clone(), format!("https://shop.example/{n}"));
    Submission { targets: (0..targets).map(target).collect(), total: Budget::unlimited(), offline: false }
}

#[tokio::test]
async fn what_is_submitted_is_listed_carried_on_with_and_cancelled() {
    let bench = Bench::with(&["local"]).await;
    let client = bench.client(0);
    let accepted = client.submit(&submission(3), Lane::Hi).await.unwrap();
    assert_eq!((accepted.jobs, accepted.resumed), (3, false));
    let again = client.submit(&submission(3), Lane::Hi).await.unwrap();
    assert_eq!((again.id, again.resumed), (accepted.id, true));
    let listed = client.submissions(10).await.unwrap();
    assert_eq!(
        listed.iter().map(|row| (row.id, row.jobs, row.ended)).collect::<Vec<_>>(),
        [(accepted.id, 3, 0)]
    );
    assert_eq!(client.submission(accepted.id).await.unwrap().as_ref(), listed.first());
    let jobs = client.jobs(accepted.id, 1, 1).await.unwrap();
    assert_eq!((jobs.len(), jobs[0].position, jobs[0].id.as_str()), (1, 1, "https://shop.example/1"));
    assert_eq!(client.record(jobs[0].job).await.unwrap(), None, "it has not ended");
    assert_eq!(client.cancel_job(jobs[0].job).await.unwrap(), Some(1));
    assert_eq!(client.cancel_submission(accepted.id).await.unwrap(), Some(2));
    assert_eq!(client.submission(accepted.id).await.unwrap().unwrap().ended, 3);
    let record = client.record(jobs[0].job).await.unwrap().expect("it has ended");
    assert_eq!(record.status.as_str(), "cancelled");
    let ledger = client.ledger(jobs[0].job).await.unwrap().expect("it is there");
    assert!(ledger.iter().any(|row| row.subject == "https://shop.example/1"), "{ledger:?}");
}

#[tokio::test]
async fn a_targets_document_is_taken_as_it_is_written() {
    let bench = Bench::with(&["local"]).await;
    let document = json!({
        "schema": "product",
        "budget": { "urls": 3 },
        "targets": [
            { "id": "42", "urls": ["https://shop.example/42"] },
            { "id": "43", "urls": ["file:///etc/passwd"] },
        ],
    });
    let (status, told) = bench.post("application/json; charset=utf-8", document.to_string()).await;
    assert_eq!((status, &told["jobs"]), (202, &json!(1)), "{told}");
    let rejected = told["rejected"][0].as_str().unwrap();
    assert!(rejected.contains("only http and https"), "{rejected}");
}

#[tokio::test]
async fn a_key_is_needed_and_shows_its_own_tenant_alone() {
    let bench = Bench::with(&["acme", "other"]).await;
    let id = bench.client(0).submit(&submission(1), Lane::Lo).await.unwrap().id;
    let job = bench.client(0).jobs(id, 0, 9).await.unwrap()[0].job;
    let stranger = bench.client(1);
    assert_eq!(stranger.submissions(9).await.unwrap(), []);
    assert_eq!(stranger.submission(id).await.unwrap(), None);
    assert_eq!(stranger.job(job).await.unwrap(), None);
    assert_eq!(stranger.ledger(job).await.unwrap(), None);
    assert_eq!(
        (stranger.cancel_job(job).await.unwrap(), stranger.cancel_submission(id).await.unwrap()),
        (None, None)
    );
    assert_eq!(bench.client(0).submission(id).await.unwrap().unwrap().ended, 0, "nobody cancelled it");
    assert!(matches!(stranger.jobs(id, 0, 9).await, Err(ClientError::Refused { status: 404, .. })));
    for key in ["", "gleaner_0000", &bench.keys[0].line] {
        let answer = bench.ask("GET", "/v1/submissions", key, None).await;
        assert_eq!(answer.status, 401);
        let unknown = bench.ask("GET", "/v1/nothing", key, None).await;
        assert_eq!(unknown.status, 401, "what there is, is nobody's business");
    }
    let health = bench.ask("GET", "/healthz", "", None).await;
    assert_eq!((health.status, &health.body[..]), (200, &b"ok"[..]));
}

#[tokio::test]
async fn what_could_poison_a_coordinator_is_refused_with_what_is_wrong() {
    let bench = Bench::with(&["local"]).await;
    let resolved = |change: &dyn Fn(&mut Value)| {
        let mut body = serde_json::to_value(submission(1)).unwrap();
        change(&mut body);
        body.to_string()
    };
    let deep = format!("{}1{}", "[".repeat(100_000), "]".repeat(100_000));
    let cases: Vec<(u16, &str, &str, String)> = vec![
        (415, "text/plain", "targets document", "x".into()),
        (422, DOCUMENT, "body", "not json".into()),
        (422, DOCUMENT, "body", deep.clone()),
        (422, RESOLVED, "no submission", deep),
        (
            422,
            DOCUMENT,
            "no target is left",
            r#"{"schema":"product","targets":[{"urls":["ftp://x.example/"]}]}"#.into(),
        ),
        (422, RESOLVED, "no submission", "[]".into()),
        (
            422,
            RESOLVED,
            "unknown key `targets[0].color`",
            resolved(&|body| body["targets"][0]["color"] = 1.into()),
        ),
        (422, RESOLVED, "there is no target", resolved(&|body| body["targets"] = json!([]))),
        (
            422,
            RESOLVED,
            "only http and https",
            resolved(&|body| body["targets"][0]["urls"][0] = "file:///x".into()),
        ),
        (
            422,
            RESOLVED,
            "a schema has 1 to",
            resolved(&|body| body["targets"][0]["schema"]["fields"] = json!([])),
        ),
        (
            422,
            RESOLVED,
            "is there twice",
            resolved(&|body| {
                let field = body["targets"][0]["schema"]["fields"][0].clone();
                body["targets"][0]["schema"]["fields"].as_array_mut().unwrap().push(field);
            }),
        ),
    ];
    for (status, content_type, expected, body) in cases {
        let (got, told) = bench.post(content_type, body).await;
        assert_eq!(got, status, "{told}");
        let message = format!("{}{}", told["error"]["message"], told["error"]["hint"]);
        assert!(message.contains(expected), "{expected}: {told}");
    }
    let (status, _) = bench.post(DOCUMENT, vec![b' '; (32 << 20) + 1]).await;
    assert_eq!(status, 413);
    assert_eq!(bench.client(0).submissions(9).await.unwrap(), [], "nothing of it was stored");
    let key = bench.keys[0].key.clone();
    for path in ["/v1/submissions?lane=fast", "/v1/submissions?line=hi"] {
        let body = Some((RESOLVED, resolved(&|_| ()).into_bytes()));
        assert_eq!(bench.ask("POST", path, &key, body).await.status, 400, "{path}");
    }
    for path in ["/v1/submissions/x", "/v1/jobs/1/record", "/v1/jobs/x/captures/y", "/v2"] {
        assert_eq!(bench.ask("GET", path, &key, None).await.status, 404, "{path}");
    }
}

#[tokio::test]
async fn while_the_store_is_away_nothing_is_accepted_and_nobody_waits() {
    let bench = Bench::with(&["local"]).await;
    bench.faults.go_away();
    let refused = bench.client(0).submit(&submission(1), Lane::Lo).await;
    assert!(matches!(refused, Err(ClientError::Refused { status: 503, .. })), "{refused:?}");
    let key = bench.keys[0].key.clone();
    let answer = bench.ask("GET", "/v1/submissions", &key, None).await;
    let told: Value = serde_json::from_slice(&answer.body).unwrap();
    assert_eq!((answer.status, &told["error"]["code"]), (503, &json!("unavailable")));
    assert!(told["error"]["id"].is_string() && !told.to_string().contains("memory"), "{told}");
    assert!(answer.headers.iter().any(|(name, _)| name == "retry-after"));
    assert_eq!(bench.ask("GET", "/readyz", "", None).await.status, 503);
    bench.faults.mend();
    assert_eq!(bench.ask("GET", "/readyz", "", None).await.status, 200);
    bench.client(0).submit(&submission(1), Lane::Lo).await.unwrap();
}

#[tokio::test]
async fn a_key_that_submits_all_day_is_told_to_wait() {
    let bench = Bench::with(&["local", "other"]).await;
    let client = bench.client(0);
    let refused = async {
        loop {
            if let Err(error) = client.submit(&submission(1), Lane::Lo).await {
                return error;
            }
        }
    };
    let refused = tokio::time::timeout(Duration::from_secs(60), refused).await.expect("there is a limit");
    assert!(
        matches!(refused, ClientError::Refused { status: 429, .. }) && refused.is_passing(),
        "{refused:?}"
    );
    bench.client(1).submit(&submission(1), Lane::Lo).await.expect("nobody else waits");
    client.submissions(1).await.expect("reading goes on");
}

#[tokio::test]
async fn without_keys_it_listens_to_this_machine_alone() {
    let store: Arc<dyn JobStore> = Arc::new(MemoryJobs::new());
    let config = Arc::new(CoordinatorConfig::new("test"));
    let admissions = Admissions::new(config, store.clone(), Arc::new(SystemClock));
    let api = Api::new(store, admissions, Keys::default(), Budget::unlimited());
    api.listen(([127, 0, 0, 1], 0).into()).await.unwrap();
    let refused = api.listen(([0, 0, 0, 0], 0).into()).await.unwrap_err().to_string();
    assert!(refused.contains("without keys"), "{refused}");
}

#[test]
fn keys_are_known_by_their_hashes() {
    let key = Keys::generate(&Tenant("acme".into()), "ci").unwrap();
    let keys = Keys::parse(&format!("# people\n{}  # the build\n\n", key.line)).unwrap();
    let caller = keys.caller(&key.key).unwrap();
    assert_eq!((&caller.tenant.0[..], &caller.key[..]), ("acme", "ci"));
    assert_eq!(keys.caller(&key.key[1..]), None);
    assert!(!format!("{keys:?} {key:?}").contains(&key.key));
    for (text, line) in [("acme ci", 1), ("\nacme ci sha256:00", 2), ("acme ci blake3:zz", 1)] {
        assert_eq!(Keys::parse(text).unwrap_err().line, line);
    }
}

#[test]
fn a_client_wants_an_address_it_can_ask() {
    for url in ["", "localhost:8080", "ftp://x.example", "file:///etc/passwd"] {
        assert!(matches!(Client::new(url, None), Err(ClientError::Url(_))), "{url}");
    }
}
