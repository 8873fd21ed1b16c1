//! Killed in the middle, again and again: the same command finishes, fetches no complete page twice, and gives the same.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
    time::Duration,
};

use gleaner_contract::Tenant;
use gleaner_ports::EvidenceStore;
use gleaner_records::ledger::url_counts;
use gleaner_store::SqliteCache;
use tokio::time::{sleep, timeout};

use crate::harness::{Bench, PATIENCE, company, comparable, product, until};

const TARGETS: usize = 20;

/// When to strike: once so many pages more were asked for, and then so many milliseconds later. The waits lead to other
/// points between request, answer, reading and commit; nothing is asserted of where they lead.
const STRIKES: [(usize, u64); 10] =
    [(1, 0), (9, 70), (4, 5), (12, 140), (2, 30), (7, 65), (5, 100), (10, 15), (3, 80), (8, 45)];

/// Pages that are answered beyond the last one awaited. So few that work is left after the tenth strike, however late a
/// strike comes: (61 + 10 × 3) of 120.
const SLACK: usize = 3;

/// Before each answer of the site.
const DELAY: Duration = Duration::from_millis(60);

fn fill(bench: &Bench) -> String {
    let mut targets = String::from("budget = { urls = 6, seconds = 600 }\n");
    for target in 0..TARGETS {
        let about: Vec<String> = (0..4).map(|page| format!("/contact-{target}-{page}")).collect();
        let phone = format!("<p>Tel: +49 40 55501{target:02}</p>");
        bench.site.set(&format!("/home-{target}"), company(&about, &phone).after(DELAY));
        for link in &about {
            bench.site.set(link, company(&[], &format!("<p>About {link}</p>")).after(DELAY));
        }
        bench.site.set(&format!("/item-{target}"), product(&format!("Item{target}"), "12.50", ""));
        let (home, item) =
            (bench.site.url(&format!("/home-{target}")), bench.site.url(&format!("/item-{target}")));
        targets.push_str(&format!(
            "[[targets]]\nid = \"c{target}\"\nschema = \"company\"\nurls = [\"{home}\"]\n"
        ));
        targets.push_str(&format!(
            "[[targets]]\nid = \"p{target}\"\nschema = \"product\"\nurls = [\"{item}\"]\n"
        ));
    }
    bench.write("targets.toml", &targets)
}

/// Paths of this bench's site whose page is whole in the evidence that the dead process left.
async fn complete(bench: &Bench, paths: &[String]) -> BTreeSet<String> {
    let file = bench.path("state").join("evidence.sqlite");
    if !file.exists() {
        return BTreeSet::new();
    }
    let cache = SqliteCache::open(&file).await.expect("a killed process leaves a readable file");
    let evidence = EvidenceStore::new(Arc::new(cache));
    let mut held = BTreeSet::new();
    for path in paths {
        let entry =
            evidence.url_entry(&Tenant::local(), &bench.site.url(path)).await.expect("it is readable");
        if let Some(entry) = entry {
            let capture = evidence.capture(&entry.capture.content_hash).await.expect("it is readable");
            assert!(capture.is_some(), "{path} is remembered with its bytes, or not at all");
            held.insert(path.clone());
        }
    }
    held
}

#[tokio::test(flavor = "multi_thread")]
async fn ten_kills_at_any_point_cost_time_and_nothing_else() {
    let calm = Bench::new().await;
    let undisturbed = calm.run(&[&fill(&calm)]).await;
    assert!(matches!(undisturbed.code, 0 | 3), "{}", undisturbed.stderr);
    let paths: Vec<String> =
        calm.site.hits().into_iter().map(|hit| hit.path).collect::<BTreeSet<_>>().into_iter().collect();
    assert_eq!(calm.site.hits().len(), paths.len(), "an undisturbed run asks for nothing twice");

    let bench = Bench::new().await;
    let file = fill(&bench);
    let mut done: BTreeMap<String, usize> = BTreeMap::new();
    for (more, later) in STRIKES {
        let goal = bench.site.arrived() + more;
        bench.site.answer_up_to(goal + SLACK);
        let mut child = bench.start(&[&file]);
        timeout(PATIENCE, bench.site.until_arrived(goal)).await.expect("a start asks for pages");
        sleep(Duration::from_millis(later)).await;
        let alive = child.try_wait().expect("the process is ours").is_none();
        assert!(alive, "{more} pages more: it ended before it was struck");
        child.kill().await.expect("the process was ours to kill");
        let complete = complete(&bench, &paths).await;
        assert!(complete.len() < paths.len(), "{more} pages more: the work was done before the strike");
        for path in complete {
            let hits = bench.site.hits_of(&path);
            let earlier = *done.entry(path.clone()).or_insert(hits);
            assert_eq!(hits, earlier, "{path} was complete, and was asked for again");
        }
    }
    assert!(!done.is_empty(), "no page was whole after ten starts: nothing was tested");
    bench.site.answer_up_to(None);
    let finished = bench.run(&[&file]).await;
    assert_eq!(finished.code, undisturbed.code, "{}", finished.stderr);
    assert_eq!(
        comparable(&finished.records(), bench.site.port()),
        comparable(&undisturbed.records(), calm.site.port())
    );
    for (path, hits) in done {
        assert_eq!(bench.site.hits_of(&path), hits, "{path} was complete, and was asked for again");
    }
    for path in &paths {
        assert!(bench.site.hits_of(path) >= 1, "{path} was never asked for");
    }
    for target in 0..TARGETS {
        let counts = url_counts(&bench.ledger(&format!("c{target}")).await);
        assert!(counts.balances() && counts.open == 0, "{counts:?}");
    }
}

/// Sends a signal as a terminal or a supervisor does.
fn signal(child: &tokio::process::Child, name: &str) {
    let pid = child.id().expect("it is running").to_string();
    let sent = std::process::Command::new("kill").args(["-s", name, &pid]).status();
    assert!(sent.is_ok_and(|status| status.success()), "kill -s {name} {pid}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_interrupted_run_leaves_what_is_done_and_carries_on_later() {
    for (name, code) in [("INT", 130), ("TERM", 143)] {
        let bench = Bench::new().await;
        bench.site.set("/quick", product("Quick", "1.00", ""));
        bench.site.set("/slow", product("Slow", "2.00", "").after(Duration::from_secs(20)));
        let (quick, slow) = (bench.site.url("/quick"), bench.site.url("/slow"));
        let out = bench.path("out").display().to_string();
        let args = [&*quick, &slow, "--as", "product", "--out", &out];
        let child = bench.start_piped(&args);
        until("one is done and one is under way", async || {
            bench.site.hits_of("/slow") > 0 && bench.ended().await > 0
        })
        .await;
        signal(&child, name);
        let ran = bench.finished(child).await;
        assert_eq!(ran.code, code, "{}", ran.stderr);
        assert_eq!(ran.records().len(), 1, "{}", ran.stdout);
        assert_eq!(ran.record(&quick).data["name"], "Quick");
        assert!(ran.stderr.contains("1 of 2 targets"), "{}", ran.stderr);
        assert!(bench.path("out").join("report.html").exists());
        bench.site.set("/slow", product("Slow", "2.00", ""));
        let rest = bench.run(&args).await;
        assert_eq!((rest.code, rest.records().len()), (0, 2), "{}", rest.stderr);
        assert_eq!(bench.site.hits_of("/quick"), 1);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_that_was_away_longer_than_its_time_ends_there_and_is_not_done_anew() {
    let bench = Bench::new().await;
    bench.site.set("/", company(&["/contact".to_owned()], "<p>No telephone here.</p>"));
    bench.site.set("/contact", company(&[], "<p>About us</p>").after(Duration::from_secs(60)));
    let url = bench.site.url("/");
    let args = [&*url, "--as", "company", "--budget", "seconds=4"];
    let mut child = bench.start(&args);
    until("the second page is under way", async || bench.site.hits_of("/contact") > 0).await;
    child.kill().await.expect("the process was ours to kill");
    sleep(Duration::from_secs(4)).await;
    let ran = bench.run(&args).await;
    let record = ran.record(&url);
    assert_eq!((record.revision, record.stop_reason.to_string()), (1, "budget.seconds".to_owned()));
    assert_eq!(bench.site.hits_of("/"), 1, "it was complete");
}
