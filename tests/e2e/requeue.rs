//! Jobs that an operator cancels or takes up again, in a deployment and in a state directory.

use gleaner_api::Keys;
use gleaner_contract::{Record, Tenant};
use gleaner_testkit::Page;
use tokio::process::Command;

use crate::{
    dead::job_of,
    deployment::{Deployment, Servers},
    harness::{Bench, Ran, product, until},
};

/// A bench whose pages are tried again in an hour only.
async fn patient() -> Bench {
    let mut bench = Bench::new().await;
    bench.set("GLEANER__CRAWL__BACKOFF_BASE", "1h");
    bench.set("GLEANER__CRAWL__BACKOFF_CAP", "1h");
    bench.site.set("/a", Page::status(503));
    bench
}

/// Whether the job's only page waits for another try.
fn waits(ledger: &Ran) -> bool {
    ledger.stdout.lines().any(|line| line.contains(r#""reason":"waiting""#))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_waiting_job_is_due_at_once_and_an_ended_one_makes_a_new_revision() {
    let bench = patient().await;
    let deployment = Deployment::start(&Servers::shared(), &bench).await;
    let url = bench.site.url("/a");
    let submitted = deployment.gleaner(&bench, &["submit", &url, "--as", "product"]).await;
    let (job, _) = job_of(&deployment.gleaner(&bench, &["jobs", "--json"]).await);
    until("its page waits", async || waits(&deployment.gleaner(&bench, &["ledger", &job]).await)).await;
    bench.site.set("/a", product("Drill", "129.00", ""));
    let requeued = deployment.gleaner(&bench, &["jobs", "requeue", &job]).await;
    let told = format!("job {job} is due now, and a task of it that waited\n");
    assert_eq!((requeued.code, &requeued.stdout), (0, &told), "{}", requeued.stderr);
    let watched = deployment.gleaner(&bench, &["watch", submitted.stdout.trim()]).await;
    assert_eq!((watched.code, watched.records()[0].revision), (0, 1), "{watched:?}");

    let anew = deployment.gleaner(&bench, &["jobs", "requeue", &job]).await;
    assert!(anew.stdout.starts_with(&format!("job {job} has ended")), "{anew:?}");
    let watched = deployment.gleaner(&bench, &["watch"]).await;
    assert_eq!((watched.code, watched.records()[0].revision), (0, 2), "{watched:?}");
    let unknown = deployment.gleaner(&bench, &["jobs", "requeue", "01K5QJ7N4V8Z3X2W1T0S9R8Q7P", "x"]).await;
    assert_eq!(unknown.code, 2, "{unknown:?}");
    assert!(unknown.stderr.contains("no job `01K5QJ7N4V8Z3X2W1T0S9R8Q7P`, `x`"), "{unknown:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn jobs_of_another_tenant_are_not_there() {
    let bench = Bench::new().await;
    let mut deployment = Deployment::over(&Servers::shared(), &bench).await;
    let [ours, theirs] =
        ["ours", "theirs"].map(|tenant| Keys::generate(&Tenant(tenant.into()), "ci").expect("random bytes"));
    let keys = bench.write("keys", &format!("{}\n{}\n", ours.line, theirs.line));
    deployment.set("GLEANER__API__KEYS_FILE", &keys);
    deployment.spawn("api", "api");
    until("the api is there", async || deployment.ask_api("/readyz").await.is_some_and(|told| told.0 == 200))
        .await;
    let ask = async |key: &str, args: &[&str]| {
        let mut command: Command = bench.command(args);
        command.env("GLEANER_URL", &deployment.api).env("GLEANER_API_KEY", key);
        Ran::of(command.output().await.expect("the binary starts"))
    };
    let submitted = ask(&ours.key, &["submit", "https://shop.example/42", "--as", "product"]).await;
    let (job, _) = job_of(&ask(&ours.key, &["jobs", "--json"]).await);
    for args in
        [["jobs", "cancel", &job], ["jobs", "cancel", submitted.stdout.trim()], ["jobs", "requeue", &job]]
    {
        let refused = ask(&theirs.key, &args).await;
        assert_eq!(refused.code, 2, "{refused:?}");
        assert!(refused.stderr.contains("error: no "), "{refused:?}");
    }
    let (_, row) = job_of(&ask(&ours.key, &["jobs", "--json"]).await);
    assert_eq!(row["status"], "queued", "{row}");
    let cancelled = ask(&ours.key, &["jobs", "cancel", &job, submitted.stdout.trim()]).await;
    assert_eq!((cancelled.code, &*cancelled.stdout), (0, "cancelled 1 job\n"), "{cancelled:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn in_a_state_directory_the_work_is_done_at_once() {
    let bench = patient().await;
    let (state, allow, url) = (bench.state(), bench.allow(), bench.site.url("/a"));
    let mut run = bench.start(&[&url, "--as", "product"]);
    let ledger = ["ledger", &url, "--state", &state];
    until("its page waits", async || waits(&bench.gleaner(&ledger).await)).await;
    let (job, _) = job_of(&bench.gleaner(&["jobs", "--json", "--state", &state]).await);
    let requeue = ["jobs", "requeue", &job, "--state", &state, "--allow-crawl", &allow];
    let held = bench.gleaner(&requeue).await;
    assert!(held.code == 2 && held.stderr.contains("another gleaner"), "{held:?}");
    run.kill().await.expect("the process is ours");

    bench.site.set("/a", product("Drill", "129.00", ""));
    let requeued = bench.gleaner(&requeue).await;
    let told = format!("job {job} is due now, and a task of it that waited\n{job}  completed\n");
    assert_eq!((requeued.code, &requeued.stdout), (0, &told), "{}", requeued.stderr);
    let again = bench.gleaner(&requeue).await;
    assert!(again.code == 0 && again.stdout.ends_with("  completed\n"), "{again:?}");
    let record = bench.gleaner(&["record", &url, "--state", &state]).await;
    let record: Record = serde_json::from_str(&record.stdout).unwrap_or_else(|e| panic!("{e}: {record:?}"));
    assert_eq!(record.revision, 2);
    let cancelled = bench.gleaner(&["jobs", "cancel", &job, "--state", &state]).await;
    assert_eq!((cancelled.code, &*cancelled.stdout), (0, "cancelled 0 jobs\n"), "{cancelled:?}");
    let unknown = bench.gleaner(&["jobs", "cancel", "x", "--state", &state]).await;
    assert!(unknown.code == 2 && unknown.stderr.contains("no submission or job `x`"), "{unknown:?}");
}
