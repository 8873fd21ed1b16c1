//! The hooks for other programs: what they print and how they exit.

use gleaner_testkit::Page;
use serde_json::Value;

use crate::harness::{Bench, DATE, Ran, product};

fn json(text: &str) -> Value {
    serde_json::from_str(text.trim()).unwrap_or_else(|error| panic!("{error}: {text}"))
}

#[tokio::test(flavor = "multi_thread")]
async fn egress_check_says_whether_and_why_not() {
    let bench = Bench::new().await;
    let refused = bench.gleaner(&["egress-check", "http://127.0.0.1/"]).await;
    assert_eq!(refused.code, 1);
    assert_eq!(json(&refused.stdout)["reason"], "loopback");
    assert_eq!(bench.gleaner(&["egress-check", "1.1.1.1"]).await.code, 0);
    assert_eq!(bench.gleaner(&["egress-check", "http://[::ffff:10.0.0.1]/"]).await.code, 1);
    assert_eq!(bench.gleaner(&["egress-check", "no url at all"]).await.code, 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn canon_and_robots_check_and_sitemap_answer_as_documented() {
    let bench = Bench::new().await;
    let canon = bench.gleaner(&["canon", "HTTP://Example.COM:80/a/../b?q=1#frag"]).await;
    assert_eq!((canon.code, canon.stdout.trim()), (0, "http://example.com/b?q=1"));
    let same = bench.gleaner(&["canon", "--json", "http://example.com/b?q=1"]).await;
    assert_eq!((same.code, same.stdout.trim()), (0, "http://example.com/b?q=1"));
    assert_eq!(bench.gleaner(&["canon", "::"]).await.code, 2);
    let robots = bench.write("robots.txt", "User-agent: *\nDisallow: /private\nCrawl-delay: 2\n");
    let denied = bench.gleaner(&["robots-check", &robots, "gleaner", "https://a.example/private/x"]).await;
    assert_eq!((denied.code, &json(&denied.stdout)["allowed"]), (1, &false.into()));
    let allowed = bench.gleaner(&["robots-check", &robots, "gleaner", "https://a.example/", "--json"]).await;
    assert_eq!((allowed.code, &json(&allowed.stdout)["allowed"]), (0, &true.into()));
    let sitemap = bench.write(
        "sitemap.xml",
        "<urlset xmlns=\"http://www.sitemaps.org/schemas/sitemap/0.9\"><url><loc>https://a.example/1</loc><lastmod>2026-01-02</lastmod></url></urlset>",
    );
    let entries = bench.gleaner(&["sitemap", &sitemap]).await;
    assert_eq!(json(&entries.stdout)["loc"], "https://a.example/1");
    assert_eq!(bench.gleaner(&["sitemap", "/nowhere"]).await.code, 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn robots_check_answers_as_the_crawler_does() {
    let bench = Bench::new().await;
    let robots = bench.write("robots.txt", "User-agent: *\nDisallow: /caf\u{e9}\nDisallow: /admin\n");
    for (url, code) in [
        ("https://a.example/caf\u{e9}", 1),
        ("https://a.example/caf%c3%a9", 1),
        ("https://a.example/x/../admin", 1),
        ("https://a.example/%61dmin", 1),
        ("/admin", 1),
        ("https://a.example/cafe", 0),
    ] {
        assert_eq!(bench.gleaner(&["robots-check", &robots, "gleaner", url]).await.code, code, "{url}");
    }
    let endless = bench.gleaner(&["robots-check", "/dev/zero", "gleaner", "https://a.example/"]).await;
    assert_eq!(endless.code, 2, "{}", endless.stderr);
    assert!(endless.stderr.contains("larger than"), "{}", endless.stderr);
}

/// One fetch of this site with a cache, and these arguments more.
async fn fetch(bench: &Bench, path: &str, more: &[&str]) -> Value {
    let (url, cache) = (bench.site.url(path), bench.path("cache").display().to_string());
    let allow = bench.allow();
    let args = [&["fetch", "--cache", &cache, "--allow-crawl", &allow, &url], more].concat();
    let ran = bench.gleaner(&args).await;
    assert_eq!(ran.code, 0, "{}\n{}", ran.stdout, ran.stderr);
    json(&ran.stdout)
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_fetched_with_headers_of_the_callers_is_nobody_elses() {
    let bench = Bench::new().await;
    bench.site.set("/account", product("Drill", "99.00", ""));
    let (alice, bob) = (["--header", "Cookie: sid=alice"], ["--header", "Cookie: sid=bob"]);
    for headers in [&alice[..], &[], &bob[..], &alice[..]] {
        assert_eq!(fetch(&bench, "/account", headers).await["outcome"], "fetched");
    }
    assert!(bench.site.hits().iter().all(|hit| !hit.conditional), "{:?}", bench.site.hits());
    assert_eq!(fetch(&bench, "/account", &[]).await["outcome"], "reused");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_fetched_with_credentials_is_reused_under_the_same_alone() {
    let bench = Bench::new().await;
    bench.site.set("/account", product("Drill", "99.00", ""));
    let host = format!("{}:{}", bench.site.ip(), bench.site.port());
    let as_who = |cookie: &str| {
        bench.write(
            "gleaner.toml",
            &format!("[[fetch.credentials]]\nhost = \"{host}\"\nscheme = \"http\"\ncookie = \"{cookie}\"\n"),
        )
    };
    for cookie in ["sid=alice", "sid=bob"] {
        as_who(cookie);
        assert_eq!(fetch(&bench, "/account", &[]).await["outcome"], "fetched", "{cookie}");
        assert_eq!(fetch(&bench, "/account", &[]).await["outcome"], "reused", "{cookie}");
    }
    as_who("sid=alice");
    assert_eq!(fetch(&bench, "/account", &[]).await["outcome"], "reused");
    bench.write("gleaner.toml", "");
    assert_eq!(fetch(&bench, "/account", &[]).await["outcome"], "fetched", "nobody is logged in");

    bench.write("gleaner.toml", &format!("[[fetch.credentials]]\nhost = \"{host}\"\ncookie = \"a\\nb\"\n"));
    let ran = bench.gleaner(&["fetch", &bench.site.url("/account")]).await;
    assert_eq!(ran.code, 2, "{}", ran.stderr);
    assert!(
        ran.stderr.contains("gleaner.toml:1: `fetch.credentials`: credential 1: a header cannot be sent"),
        "{}",
        ran.stderr
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_user_agent_that_names_nobody_is_warned_of() {
    let mut bench = Bench::new().await;
    bench.site.set("/a", product("Drill", "99.00", ""));
    let (url, allow) = (bench.site.url("/a"), bench.allow());
    let args = ["run", &url, "--as", "product", "--allow-crawl", &allow];
    let warned = |ran: &Ran| ran.stderr.contains("user agent names no URL");
    let ran = bench.gleaner(&args).await;
    assert!(ran.code == 0 && !warned(&ran), "{}: {}", ran.code, ran.stderr);
    bench.set("GLEANER__FETCH__USER_AGENT", "bot/1.0");
    let ran = bench.gleaner(&args).await;
    assert!(ran.code == 0 && warned(&ran), "{}: {}", ran.code, ran.stderr);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_304_from_another_address_is_no_reuse() {
    let bench = Bench::new().await;
    for (path, name) in [("/b", "Drill"), ("/c", "Saw")] {
        bench.site.set(path, product(name, "129.00", "").without_validators().dated(DATE));
    }
    bench.site.set("/a", Page::redirect("/b"));
    let before = fetch(&bench, "/a", &[]).await;
    assert_eq!(fetch(&bench, "/a", &[]).await["outcome"], "reused");
    bench.site.set("/a", Page::redirect("/c"));
    let after = fetch(&bench, "/a", &[]).await;
    assert_eq!((&after["outcome"], &after["finalUrl"]), (&"fetched".into(), &bench.site.url("/c").into()));
    assert_ne!(before["contentHash"], after["contentHash"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_malformed_header_is_refused_without_its_value() {
    let bench = Bench::new().await;
    for header in ["Authorization Bearer-s3cret", "s3cret"] {
        let ran = bench.gleaner(&["fetch", "http://a.example/", "--header", header]).await;
        assert_eq!(ran.code, 2);
        assert!(ran.stderr.contains("Name: value") && !ran.stderr.contains("s3cret"), "{}", ran.stderr);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn fetch_reuses_what_it_has_and_refuses_what_it_must() {
    let bench = Bench::new().await;
    bench.site.set("/drill", product("Drill", "129.00", ""));
    let (url, cache) = (bench.site.url("/drill"), bench.path("cache").display().to_string());
    let allow = bench.allow();
    let args = ["fetch", "--cache", &cache, "--allow-crawl", &allow, &url];
    let first = bench.gleaner(&args).await;
    assert_eq!((first.code, &json(&first.stdout)["outcome"]), (0, &"fetched".into()), "{}", first.stderr);
    let second = bench.gleaner(&args).await;
    assert_eq!((second.code, &json(&second.stdout)["outcome"]), (0, &"reused".into()));
    assert_eq!(json(&first.stdout)["contentHash"], json(&second.stdout)["contentHash"]);
    let refused = bench.gleaner(&["fetch", &url]).await;
    assert_eq!((refused.code, &json(&refused.stdout)["outcome"]), (1, &"refused".into()));
}

#[tokio::test(flavor = "multi_thread")]
async fn fetch_answers_in_json_whatever_the_url() {
    let bench = Bench::new().await;
    for (url, outcome, reason) in [
        ("ftp://x.example/", "refused", "refused_scheme"),
        ("file:///etc/passwd", "refused", "refused_scheme"),
        ("no url at all", "failed", "bad_url"),
    ] {
        let ran = bench.gleaner(&["fetch", url]).await;
        let told = json(&ran.stdout);
        assert_eq!(
            (ran.code, &told["outcome"], &told["reason"]),
            (1, &outcome.into(), &reason.into()),
            "{url}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn extract_and_read_work_on_one_stored_page() {
    let bench = Bench::new().await;
    let Page { body, .. } = product("Drill", "129.00", "");
    let file = bench.write("page.html", &String::from_utf8(body).expect("our own page is UTF-8"));
    let pack = bench.gleaner(&["extract", &file, "--url", "https://shop.example/drill"]).await;
    assert_eq!(pack.code, 0, "{}", pack.stderr);
    let pack = json(&pack.stdout);
    assert!(pack["text"]["visible"].as_str().is_some_and(|text| text.contains("1.4 kg")));
    assert_eq!(pack["structured"][0]["syntax"], "json-ld");
    let read = bench
        .gleaner(&[
            "read",
            &file,
            "--url",
            "https://shop.example/drill",
            "--schema",
            "product",
            "--fields",
            "name,price",
        ])
        .await;
    let record = json(&read.stdout);
    assert_eq!(
        (&record["data"]["price"], record["data"].as_object().map(|data| data.len())),
        (&"129.00".into(), Some(2))
    );
    let binary = bench.write("page.bin", "\u{0}\u{1}\u{2}");
    assert_eq!(bench.gleaner(&["extract", &binary, "--content-type", "image/png"]).await.code, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn help_names_examples_and_every_shell_gets_completions() {
    let bench = Bench::new().await;
    let help = bench.gleaner(&["run", "--help"]).await;
    assert!(help.stdout.contains("Examples:"), "{}", help.stdout);
    for shell in ["bash", "zsh", "fish"] {
        assert!(bench.gleaner(&["completions", shell]).await.stdout.contains("gleaner"));
    }
    let config = bench.gleaner(&["config"]).await;
    assert!(config.stdout.contains("[crawl]"));
}
