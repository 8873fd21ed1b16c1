//! report.html in a real browser: quotes are highlighted, hostile pages stay text, nothing is loaded from elsewhere.

use std::process::Stdio;

use tokio::process::Command;

use crate::harness::{Bench, product};

/// The browser, by the names that Debian gives it.
fn browser() -> &'static str {
    let found = |name: &&&str| std::path::Path::new("/usr/bin").join(name).exists();
    ["chromium-headless-shell", "chromium"]
        .iter()
        .find(found)
        .copied()
        .expect("a browser is installed: apt-get install chromium-headless-shell, as scripts/test does")
}

#[tokio::test(flavor = "multi_thread")]
async fn the_report_shows_each_quote_in_its_place_and_runs_nothing() {
    let bench = Bench::new().await;
    let hostile =
        "<p>Weight: 1.4 kg &lt;script&gt;document.title='owned'&lt;/script&gt; <img src='/pixel.png'></p>";
    bench.site.set("/drill", product("Drill &lt;b onclick=alert(1)&gt;", "129.00", hostile));
    let out = bench.path("out");
    let url = bench.site.url("/drill");
    bench.run(&[&url, "--as", "product", "--out", &out.display().to_string()]).await;
    bench.site.clear_hits();
    let mut command = Command::new(browser());
    // the sandbox wants another user than root; the page is our own and this is a test
    command.args(["--no-sandbox", "--headless", "--disable-gpu", "--dump-dom"]);
    command.arg(format!("--user-data-dir={}", bench.path("profile").display()));
    command.arg(format!("file://{}", out.join("report.html").display()));
    let ran =
        command.env("HOME", bench.path("")).stderr(Stdio::null()).output().await.expect("the browser starts");
    let dom = String::from_utf8_lossy(&ran.stdout);
    assert!(dom.contains("<mark>129.00</mark>"), "{dom}");
    assert!(dom.contains("<title>gleaner report</title>"), "no script ran: {dom}");
    let body = dom.split("<body>").nth(1).unwrap_or_default();
    assert!(
        !body.contains("<script") && !body.contains("<img") && !body.contains("onclick=alert(1)>"),
        "{body}"
    );
    assert_eq!(bench.site.all_hits(), [], "the report loads nothing");
}
