//! Killed in the middle, again and again: the same command finishes, fetches no complete page twice, and gives the same.

use std::{collections::BTreeMap, time::Duration};

use gleaner_contract::Record;
use tokio::time::sleep;

use crate::harness::{Bench, company, counts, product};

const TARGETS: usize = 12;

fn fill(bench: &Bench) -> String {
    let mut targets = String::from("budget = { urls = 6, seconds = 600 }\n");
    for target in 0..TARGETS {
        let about: Vec<String> = (0..4).map(|page| format!("/contact-{target}-{page}")).collect();
        let phone = format!("<p>Tel: +49 40 55501{target:02}</p>");
        bench.site.set(&format!("/home-{target}"), company(&about, &phone).after(Duration::from_millis(100)));
        for link in &about {
            bench
                .site
                .set(link, company(&[], &format!("<p>About {link}</p>")).after(Duration::from_millis(100)));
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

/// Records without what differs from run to run: ids and times, and the port of the site.
fn comparable(records: &[Record], port: u16) -> BTreeMap<String, String> {
    records
        .iter()
        .map(|record| {
            let mut value = serde_json::to_value(record).expect("a record is JSON");
            value["job"] = "job".into();
            value["createdAt"] = "then".into();
            for field in value["fields"].as_object_mut().expect("fields are an object").values_mut() {
                for evidence in field["evidence"].as_array_mut().into_iter().flatten() {
                    evidence["fetchedAt"] = "then".into();
                }
            }
            (record.id.clone(), value.to_string().replace(&format!(":{port}"), ":port"))
        })
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn ten_kills_at_any_point_cost_time_and_nothing_else() {
    let calm = Bench::new().await;
    let file = fill(&calm);
    let undisturbed = calm.run(&[&file]).await;
    assert!(matches!(undisturbed.code, 0 | 3), "{}", undisturbed.stderr);

    let bench = Bench::new().await;
    let file = fill(&bench);
    // spread over the run's length; where exactly each one strikes is the machine's mood
    for kill in 0..10_u64 {
        let mut child = bench.start(&[&file]);
        sleep(Duration::from_millis(120 + kill * 37)).await;
        child.kill().await.expect("the process was ours to kill");
    }
    let finished = bench.run(&[&file]).await;
    assert_eq!(finished.code, undisturbed.code, "{}", finished.stderr);
    assert_eq!(
        comparable(&finished.records(), bench.site.port()),
        comparable(&undisturbed.records(), calm.site.port())
    );

    // a page that was asked for when the kill struck may be asked for again, once for each kill; never one that was complete
    let asked = bench.site.hits().len();
    let needed = calm.site.hits().len();
    assert!(asked >= needed && asked <= needed + 10 * 8, "{asked} requests for {needed} pages");
    let mut again = 0;
    for hit in calm.site.hits() {
        again += bench.site.hits_of(&hit.path) - 1;
    }
    assert!(again <= 10 * 8, "{again} pages were asked for again");
    for target in 0..TARGETS {
        let rows = bench.ledger(&format!("c{target}")).await;
        let counts = counts(&rows);
        assert!(counts.balances() && counts.open == 0, "{counts:?}");
    }
}
