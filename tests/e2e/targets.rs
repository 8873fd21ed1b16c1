//! What a targets file may say, as it comes out in records, and how runs of several targets end.

use gleaner_contract::{Counter, JobStatus};
use gleaner_testkit::Page;

use crate::harness::{Bench, company, product, reason_of};

#[tokio::test(flavor = "multi_thread")]
async fn a_schema_file_is_read_with_its_hints() {
    let bench = Bench::new().await;
    let row = "<table><tr><th>Masse</th><td>1,25 kg</td></tr></table>";
    bench.site.set("/drill", product("Drill", "129.00", row));
    let schema = r#"{
        "$schema": "https://json-schema.org/draft/2020-12/schema", "title": "tool", "type": "object",
        "properties": {
            "name": {"type": "string"},
            "heft": {"type": ["number", "null"], "x-gleaner": {"unit": "g", "aliases": ["Masse"]}},
            "battery": {"type": ["string", "null"], "x-gleaner": {"critical": true}},
            "branch": {"type": "string", "x-gleaner": {"mode": "classified", "labels": ["tools", "toys"]}}
        }}"#;
    let url = bench.site.url("/drill");
    let ran = bench.run(&[&url, "--schema", &bench.write("tool.json", schema)]).await;
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    let record = ran.record(&url);
    let names: Vec<&str> = record.data.keys().map(String::as_str).collect();
    assert_eq!(names, ["name", "heft", "battery", "branch"]);
    assert_eq!((&record.data["name"], &record.data["heft"]), (&"Drill".into(), &1250.into()));
    let heft = &record.fields["/heft"];
    assert_eq!((heft.unit.as_deref(), &*heft.evidence[0].quote), (Some("g"), "1,25 kg"));
    assert_eq!(record.fields["/branch"].state.as_str(), "skipped");
    assert!(!record.publishable, "a critical field was not found");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_line_may_bring_its_own_schema_fields_and_budget() {
    let bench = Bench::new().await;
    bench.site.set("/drill", product("Drill", "129.00", ""));
    let links: Vec<String> = (0..4).map(|page| format!("/contact/{page}")).collect();
    bench.site.set("/", company(&links, "<p>Tel: +49 40 5550101</p>"));
    let (drill, home) = (bench.site.url("/drill"), bench.site.url("/"));
    let lines = format!(
        r#"{{"id":"p","schema":"product","fields":{{"weight":{{"type":"number","unit":"kg"}}}},"urls":["{drill}"]}}
{{"id":"c","schema":"company","budget":{{"urls":1}},"urls":["{home}"]}}
"#
    );
    let ran = bench.run(&[&bench.write("targets.jsonl", &lines)]).await;
    assert_eq!(ran.code, 3, "{}", ran.stderr);
    let (product, company) = (ran.record("p"), ran.record("c"));
    assert_eq!((product.schema.as_str(), company.schema.as_str()), ("product", "company"));
    assert_eq!((&product.data["price"], &product.data["weight"]), (&"129.00".into(), &1.4.into()));
    assert_eq!(company.stop_reason.to_string(), "budget.urls");
    assert_eq!(company.cost[&Counter::URLS], 1);
    assert_eq!(company.data.get("weight"), None, "fields of another line");
    assert!(links.iter().all(|link| bench.site.hits_of(link) == 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn columns_mean_what_the_mapping_says() {
    let bench = Bench::new().await;
    bench.site.set("/drill", product("Drill", "129.00", ""));
    bench.site.set("/drill/data", product("Drill", "129.00", "<p>Color: red</p>"));
    bench.site.set("/saw", product("Saw", "89.50", ""));
    let (drill, data, saw) =
        (bench.site.url("/drill"), bench.site.url("/drill/data"), bench.site.url("/saw"));
    // columns called id and name are there, and mean nothing here
    let csv = format!(
        "id,key,name,what,where,remark\nx,a1,nobody,Drill,{drill}|{data},kept\ny,b2,nobody,Belt Sander XL,{saw},\n"
    );
    bench.write("list.csv", &csv);
    let targets = "schema = \"product\"\nfrom = { csv = \"list.csv\", id = \"key\", name = \"what\", url = \"where\" }\n";
    let ran = bench.run(&[&bench.write("targets.toml", targets)]).await;
    assert_eq!(ran.records().len(), 2, "{}", ran.stderr);
    let (a1, b2) = (ran.record("a1"), ran.record("b2"));
    assert_eq!((&a1.data["name"], &a1.data["price"]), (&"Drill".into(), &"129.00".into()));
    assert_eq!((&a1.extra["remark"], &a1.extra["id"]), (&"kept".into(), &"x".into()));
    let read = |url: &str| a1.fields.values().flat_map(|field| &field.evidence).any(|one| one.url == url);
    assert!(read(&drill) || read(&data), "{:?}", a1.fields);
    assert!(
        b2.data.values().all(serde_json::Value::is_null),
        "the mapped name is the subject: {:?}",
        b2.data
    );
    assert_eq!(bench.site.hits_of("/saw"), 1);
}

/// Which of the paths that `/` links to are asked for under this scope; the others are out of scope, says the ledger.
async fn check_scope(scope: &str, expected: &[&str]) {
    const LINKS: [&str; 4] = ["/contact/team", "/contact/old/team", "/blog/contact", "/about"];
    let bench = Bench::new().await;
    bench.site.set("/", company(&LINKS.map(str::to_owned), ""));
    for link in LINKS {
        bench.site.set(link, company(&[], &format!("<p>This is {link}</p>")));
    }
    let targets = format!(
        "schema = \"company\"\n[[targets]]\nid = \"1\"\nurls = [\"{}\"]\nscope = {scope}\n",
        bench.site.url("/")
    );
    let ran = bench.run(&[&bench.write("targets.toml", &targets)]).await;
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    let asked: Vec<&str> = LINKS.into_iter().filter(|link| bench.site.hits_of(link) > 0).collect();
    assert_eq!(asked, expected, "{scope}");
    let rows = bench.ledger("1").await;
    for link in asked {
        assert_eq!(reason_of(&rows, &bench.site.url(link)), "fetched new", "{scope}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn links_are_followed_within_the_scope_alone() {
    check_scope("{}", &["/contact/team", "/contact/old/team", "/blog/contact", "/about"]).await;
    check_scope(r#"{ exclude = ["/blog/*"] }"#, &["/contact/team", "/contact/old/team", "/about"]).await;
    check_scope(r#"{ include = ["/contact/*"] }"#, &["/contact/team", "/contact/old/team"]).await;
    check_scope(r#"{ include = ["/contact/*"], exclude = ["*/old/*"] }"#, &["/contact/team"]).await;
}

/// A run of one target that completes, one that a budget stops and one that cannot be read.
async fn mixed(bench: &Bench, more: &[&str]) -> (crate::harness::Ran, [String; 3]) {
    bench.site.set("/drill", product("Drill", "129.00", ""));
    let links: Vec<String> = (0..4).map(|page| format!("/contact/{page}")).collect();
    bench.site.set("/home", company(&links, ""));
    for link in &links {
        bench.site.set(link, company(&[], ""));
    }
    let urls = ["/drill", "/home", "/gone"].map(|path| bench.site.url(path));
    let [drill, home, gone] = &urls;
    let targets = format!(
        "[[targets]]\nid = \"done\"\nschema = \"product\"\nurls = [\"{drill}\"]\n\
         [[targets]]\nid = \"cut\"\nschema = \"company\"\nurls = [\"{home}\"]\nbudget = {{ urls = 2 }}\n\
         [[targets]]\nid = \"gone\"\nschema = \"product\"\nurls = [\"{gone}\"]\n"
    );
    let file = bench.write("targets.toml", &targets);
    (bench.run(&[&[&*file], more].concat()).await, urls)
}

#[tokio::test(flavor = "multi_thread")]
async fn the_worst_of_a_runs_targets_is_its_exit_code() {
    let bench = Bench::new().await;
    let (ran, _) = mixed(&bench, &[]).await;
    assert_eq!(ran.code, 4, "{}", ran.stderr);
    let statuses = ["done", "cut", "gone"].map(|id| ran.record(id).status);
    assert_eq!(statuses, [JobStatus::Completed, JobStatus::Partial, JobStatus::Failed]);
    // without the failed one, the partial one is the worst
    bench.site.set("/gone", Page::html(product("Saw", "89.50", "").body));
    let (ran, _) = mixed(&bench, &[]).await;
    assert_eq!(ran.code, 3, "{}", ran.stderr);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_table_says_why_a_target_failed() {
    let bench = Bench::new().await;
    let (ran, [_, _, gone]) = mixed(&bench, &["--format", "table"]).await;
    assert_eq!(ran.code, 4, "{}", ran.stderr);
    let of = |id: &str| -> Vec<&str> {
        let lines = ran.stdout.lines().skip_while(|line| !line.starts_with(id));
        lines.take_while(|line| !line.is_empty()).collect()
    };
    let failed = of("gone  failed: ");
    let why = format!("  {gone} failed: ");
    assert!(
        failed.get(1).is_some_and(|line| line.starts_with(&why) && line.contains("404")),
        "{failed:?} in {}",
        ran.stdout
    );
    let done = of("done  completed: ");
    assert!(done.iter().any(|line| line.contains("price") && line.contains("“129.00”")), "{}", ran.stdout);
    assert!(!of("cut  partial: ").iter().any(|line| line.contains("http://")), "{}", ran.stdout);
    assert!(
        ran.stdout.contains("urls: 7 discovered = 3 fetched + 0 reused + 1 failed + 3 skipped"),
        "{}",
        ran.stdout
    );
}
