#[track_caller]
fn check(html: &str, main: &str) {
    let url = url::Url::parse("https://x.example/").unwrap();
    let pack =
        crate::build_pack(html.as_bytes(), Some("text/html"), &url, &crate::PackLimits::default()).unwrap();
    assert_eq!(pack.main_text(), main);
}

#[test]
fn margins_and_lists_of_links_are_not_main() {
    let long = "A sentence that is long enough to stand on its own, whatever else is on the page.";
    check(
        &format!(
            "<nav><p>{long} menu</nav><div class=content><h1>Title</h1><p>{long}</p><p>Short one.</p><p>{long}</p></div>
             <ul><li><a href=/1>{long}</a><li><a href=/2>{long}</a></ul><footer><p>{long} footer</footer>"
        ),
        &format!("Title\n{long}\nShort one.\n{long}\n"),
    );
}
