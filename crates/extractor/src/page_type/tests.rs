use super::*;

#[track_caller]
fn check(html: &str, wanted: PageType) {
    check_at("https://x.example/p/1", html, wanted);
}

#[track_caller]
fn check_at(url: &str, html: &str, wanted: PageType) {
    let url = Url::parse(url).unwrap();
    let pack =
        crate::build_pack(html.as_bytes(), Some("text/html"), &url, &crate::PackLimits::default()).unwrap();
    assert_eq!(pack.page_type, wanted, "{html}");
}

fn ld(data: &str) -> String {
    format!("<p>text</p><script type=application/ld+json>{data}</script>")
}

#[test]
fn data_says_the_type() {
    check(&ld(r#"{"@type":"Product"}"#), PageType::Product);
    check(&ld(r#"{"@graph":[{"@type":"Organization"},{"@type":["Product","X"]}]}"#), PageType::Product);
    check(&ld(r#"[{"@type":"Product"},{"@type":"Product"},{"@type":"Product"}]"#), PageType::Listing);
    check(&ld(r#"{"@type":"ItemList"}"#), PageType::Listing);
    check(&ld(r#"{"@type":"https://schema.org/NewsArticle"}"#), PageType::Article);
    check(&ld(r#"{"@type":"HardwareStore"}"#), PageType::Company);
    check("<p>x<meta property=og:type content=product.item>", PageType::Product);
    check(
        "<p>x<div itemscope itemtype=http://schema.org/Product><b itemprop=name>n</b></div>",
        PageType::Product,
    );
    check_at("https://x.example/de/impressum.html", "<p>x", PageType::Company);
    check("<p>x", PageType::Other);
}
