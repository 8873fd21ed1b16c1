//! Jobs that are taken up again.

use gleaner_contract::JobId;
use serde_json::json;

use super::bench::Bench;

#[tokio::test]
async fn one_under_way_is_due_and_one_that_has_ended_is_done_anew() {
    for bench in Bench::each().await {
        let (submission, [ended, waits]) = bench.submitted().await;
        let due = bench.post(&bench.ours, &format!("/v1/jobs/{waits}/requeue")).await;
        assert_eq!(
            due.json(),
            json!({ "submission": submission, "job": waits, "anew": false, "woken": 0 }),
            "its page was not tried yet"
        );
        bench.ended(submission, ended, b"<h1>Drill</h1>").await;
        let anew = bench.post(&bench.ours, &format!("/v1/jobs/{ended}/requeue")).await.json();
        assert_eq!(anew["anew"], true, "{anew}");
        let job: JobId = serde_json::from_value(anew["job"].clone()).unwrap();
        let shown = bench.get(&bench.ours, &format!("/v1/jobs/{job}")).await.json();
        assert_eq!((&shown["id"], &shown["status"]), (&json!("42"), &json!("queued")));
        let again = bench.post(&bench.ours, &format!("/v1/jobs/{ended}/requeue")).await.json();
        assert_eq!(again, anew, "while that goes on, there is no other");
    }
}

#[tokio::test]
async fn one_that_is_not_there_is_not_found() {
    let bench = Bench::new().await;
    for id in ["01K5QJ7N4V8Z3X2W1T0S9R8Q7P", "nonsense"] {
        let path = format!("/v1/jobs/{id}/requeue");
        assert_eq!(bench.post(&bench.ours, &path).await.refusal(), (404, "not_found".into()));
    }
}
