//! The client against a served router.

use gleaner_contract::{ContentHash, JobId, Lane};
use gleaner_fetch::OperatorError;
use secrecy::SecretString;
use tokio_util::sync::CancellationToken;

use super::{
    bench::{Bench, record, resolved},
    served::serve,
};
use crate::{Client, ClientError, Reader};

fn client(url: &str, key: &str) -> Client {
    Client::new(url, Some(SecretString::from(key))).unwrap()
}

#[tokio::test]
async fn the_client_reads_what_the_reader_reads() {
    for bench in Bench::each().await {
        let served = serve(&bench, CancellationToken::new()).await;
        let client = client(&served.url, &bench.ours);
        let accepted = client.submit(&resolved(), Lane::Hi).await.unwrap();
        assert_eq!((accepted.jobs, accepted.resumed), (2, false));
        let id = accepted.id;
        let reader = Reader::new(bench.store.clone(), gleaner_contract::Tenant("ours".into()));
        let jobs = reader.jobs(id, 0, 10).await.unwrap();
        let job = jobs[0].job;
        assert_eq!(client.record(job).await.unwrap(), None, "it has not ended");
        let hash = bench.ended(id, job, b"<h1>Drill</h1>").await;

        assert_eq!(client.submissions(10).await.unwrap(), reader.submissions(10).await.unwrap());
        assert_eq!(client.submission(id).await.unwrap(), reader.submission(id).await.unwrap());
        assert_eq!(client.jobs(id, 1, 10).await.unwrap(), jobs[1..]);
        assert_eq!(client.job(job).await.unwrap(), reader.job(job).await.unwrap());
        assert_eq!(client.record(job).await.unwrap(), Some(record(job, hash)));
        assert_eq!(client.records(id, 0, 10).await.unwrap(), reader.records(id, 0, 10).await.unwrap());
        assert_eq!(client.ledger(job).await.unwrap(), reader.ledger(job).await.unwrap());
        assert_eq!(client.capture(job, &hash).await.unwrap(), reader.capture(job, &hash).await.unwrap());
        assert_eq!(client.capture(job, &ContentHash::of(b"other")).await.unwrap(), None);
        assert_eq!(client.cancel_job(jobs[1].job).await.unwrap(), Some(1));
        assert_eq!(client.cancel_submission(id).await.unwrap(), Some(0));
        let nobody: JobId = "01K5QJ7N4V8Z3X2W1T0S9R8Q7P".parse().unwrap();
        assert_eq!(client.job(nobody).await.unwrap(), None);
        assert_eq!(client.ledger(nobody).await.unwrap(), None);
        assert_eq!(client.cancel_job(nobody).await.unwrap(), None);
    }
}

#[tokio::test]
async fn the_client_tells_a_refused_key_from_a_refused_submission_and_from_nobody() {
    let bench = Bench::new().await;
    let served = serve(&bench, CancellationToken::new()).await;
    let refused = client(&served.url, "wrong").submissions(1).await.unwrap_err();
    assert!(matches!(refused, ClientError::Key), "{refused}");
    let mut none = resolved();
    none.targets.clear();
    let refused = client(&served.url, &bench.ours).submit(&none, Lane::Lo).await.unwrap_err();
    assert!(matches!(&refused, ClientError::Refused { status: 422, .. }), "{refused}");
    assert!(refused.to_string().contains("there is no target"), "{refused}");
    assert!(!refused.is_passing());
    let mut long = resolved();
    long.targets[0].extra.insert("column".into(), "x".repeat(crate::handlers::MAX_BODY));
    let refused = client(&served.url, &bench.ours).submit(&long, Lane::Lo).await.unwrap_err();
    assert!(matches!(&refused, ClientError::Refused { status: 413, hint: Some(_), .. }), "{refused}");
    drop(served);
    let port = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let nobody = client(&format!("http://{port}"), &bench.ours).submissions(1).await.unwrap_err();
    let unreachable = matches!(nobody, ClientError::Unreachable(OperatorError::Unreachable { .. }));
    assert!(unreachable && nobody.is_passing(), "{nobody}");
    for url in ["", "127.0.0.1:8080", "ftp://deployment.example", "file:///etc"] {
        assert!(matches!(Client::new(url, None), Err(ClientError::Url(_))), "{url}");
    }
}

#[tokio::test]
async fn a_deployment_may_lie_under_a_path_and_another_server_is_found_out() {
    let bench = Bench::new().await;
    let under = axum::Router::new().nest("/gleaner", bench.router.clone());
    let other = under.fallback(|| async { "welcome" });
    let served = super::served::serve_router(other).await;
    for base in ["/gleaner", "/gleaner/"] {
        let client = client(&format!("{}{base}", served.url), &bench.ours);
        assert_eq!(client.submissions(1).await.unwrap(), []);
    }
    let error = client(&served.url, &bench.ours).submissions(1).await.unwrap_err();
    assert!(matches!(error, ClientError::Answer), "{error}");
}
