//! What is shown of jobs.

use gleaner_contract::{ContentHash, Record};
use serde_json::{Value, json};

use super::bench::{Bench, record};

#[tokio::test]
async fn a_submission_and_its_jobs_are_shown() {
    for bench in Bench::each().await {
        let (submission, [job, _]) = bench.submitted().await;
        let shown = bench.get(&bench.ours, &format!("/v1/submissions/{submission}")).await.json();
        assert_eq!((&shown["jobs"], &shown["ended"]), (&json!(2), &json!(0)));
        assert!(shown["createdAt"].is_string(), "{shown}");
        let listed = bench.get(&bench.ours, "/v1/submissions?limit=1").await.json();
        assert_eq!(listed, json!([shown]));
        let jobs = bench.get(&bench.ours, &format!("/v1/submissions/{submission}/jobs")).await.json();
        let ids: Vec<&str> = jobs.as_array().unwrap().iter().filter_map(|job| job["id"].as_str()).collect();
        assert_eq!(ids, ["42", "43"]);
        let one = bench.get(&bench.ours, &format!("/v1/jobs/{job}")).await.json();
        assert_eq!(one, jobs[0]);
        assert_eq!((&one["status"], &one["endedAt"]), (&json!("queued"), &Value::Null));
    }
}

#[tokio::test]
async fn lists_come_in_pages() {
    for bench in Bench::each().await {
        let (submission, _) = bench.submitted().await;
        for (query, expected) in [
            ("?limit=1", vec!["42"]),
            ("?from=1&limit=1", vec!["43"]),
            ("?from=2", vec![]),
            ("?limit=0", vec![]),
            ("?limit=4294967295", vec!["42", "43"]),
        ] {
            let jobs =
                bench.get(&bench.ours, &format!("/v1/submissions/{submission}/jobs{query}")).await.json();
            let ids: Vec<&str> =
                jobs.as_array().unwrap().iter().filter_map(|job| job["id"].as_str()).collect();
            assert_eq!(ids, expected, "{query}");
        }
    }
}

#[tokio::test]
async fn a_job_has_its_record_once_it_has_ended() {
    for bench in Bench::each().await {
        let (submission, [job, _]) = bench.submitted().await;
        let records = format!("/v1/submissions/{submission}/records");
        assert_eq!(bench.get(&bench.ours, &format!("/v1/jobs/{job}/record")).await.refusal().0, 404);
        assert_eq!(bench.get(&bench.ours, &records).await.text(), "");
        let hash = bench.ended(submission, job, b"<h1>Drill</h1>").await;
        let one = bench.get(&bench.ours, &format!("/v1/jobs/{job}/record")).await;
        assert_eq!(serde_json::from_slice::<Record>(&one.body).unwrap(), record(job, hash));
        let lines = bench.get(&bench.ours, &records).await;
        assert_eq!(lines.header("content-type"), "application/jsonl");
        let lines: Vec<Record> =
            lines.text().lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        assert_eq!(lines, [record(job, hash)]);
        assert_eq!(bench.get(&bench.ours, &format!("{records}?from=1")).await.text(), "");
    }
}

#[tokio::test]
async fn a_capture_is_for_programs_and_says_where_this_record_read_it() {
    for bench in Bench::each().await {
        let (submission, [job, other]) = bench.submitted().await;
        let hash = bench.ended(submission, job, b"<script>alert(1)</script>").await;
        let path = format!("/v1/jobs/{job}/captures/{hash}");
        let capture = bench.get(&bench.ours, &path).await;
        assert_eq!(capture.body, b"<script>alert(1)</script>");
        for (name, value) in [
            ("content-type", "application/octet-stream"),
            ("x-content-type-options", "nosniff"),
            ("content-security-policy", "sandbox; default-src 'none'"),
            ("content-disposition", "attachment"),
            ("gleaner-content-type", "text/html; charset=utf-8"),
            // not the URL by which somebody else read the same bytes
            ("gleaner-url", "https://shop.example/42"),
        ] {
            assert_eq!(capture.header(name), value, "{name}");
        }
        let uncited = ContentHash::of(b"another page");
        for path in
            [format!("/v1/jobs/{job}/captures/{uncited}"), format!("/v1/jobs/{other}/captures/{hash}")]
        {
            assert_eq!(bench.get(&bench.ours, &path).await.refusal(), (404, "not_found".into()), "{path}");
        }
    }
}

#[tokio::test]
async fn cancelling_ends_what_has_not_ended_and_says_how_much() {
    for bench in Bench::each().await {
        let (submission, [job, _]) = bench.submitted().await;
        for (path, expected) in [
            (format!("/v1/jobs/{job}/cancel"), 1),
            (format!("/v1/jobs/{job}/cancel"), 0),
            (format!("/v1/submissions/{submission}/cancel"), 1),
            (format!("/v1/submissions/{submission}/cancel"), 0),
        ] {
            let told = bench.post(&bench.ours, &path).await;
            assert_eq!((told.status, told.json()), (200, json!({ "cancelled": expected })), "{path}");
        }
        let shown = bench.get(&bench.ours, &format!("/v1/submissions/{submission}")).await.json();
        assert_eq!(shown["ended"], 2);
        let one = bench.get(&bench.ours, &format!("/v1/jobs/{job}")).await.json();
        assert_eq!(one["status"], "cancelled");
        let records = bench.get(&bench.ours, &format!("/v1/submissions/{submission}/records")).await.text();
        assert_eq!(records.lines().count(), 2, "each has its record: {records}");
        let ledger = bench.get(&bench.ours, &format!("/v1/jobs/{job}/ledger")).await.json();
        assert!(ledger.as_array().unwrap().iter().any(|row| row["kind"] == "url"), "{ledger}");
    }
}
