use serde_json::json;

use super::*;
use crate::dom;

fn blocks(html: &str) -> Vec<StructuredBlock> {
    let limits = PackLimits::default();
    let dom = dom::parse(html, &limits);
    structured(&dom, &Survey::of(&dom), &limits).0
}

#[track_caller]
fn check_json_ld(script: &str, text: &str, data: Value) {
    let blocks = blocks(&format!("<script type=\"application/ld+json; charset=utf-8\">{script}</script>"));
    assert_eq!(blocks.len(), 1, "{script}");
    assert_eq!((blocks[0].text.as_str(), &blocks[0].data), (text, &data));
}

#[test]
fn json_ld_keeps_its_text_as_it_stands() {
    check_json_ld(
        " {\"name\" : \"A\\u00e9 &amp; B\"}\n",
        "{\"name\" : \"A\\u00e9 &amp; B\"}",
        json!({"name": "Aé &amp; B"}),
    );
}

#[test]
fn wrappers_of_json_ld_are_not_its_text() {
    for (before, after) in [
        ("//<![CDATA[\n", "\n//]]>"),
        ("<![CDATA[", "]]>"),
        ("/*<![CDATA[*/ ", " /*]]>*/"),
        ("\n<!-- ", " -->\n"),
        ("", ";"),
    ] {
        check_json_ld(&format!("{before}{{\"a\":1}}{after}"), "{\"a\":1}", json!({"a": 1}));
    }
}

#[test]
fn json_with_usual_faults_is_read_for_what_it_means() {
    for (script, data) in [
        ("{\"a\":\"one\ntwo\tthree\"}", json!({"a": "one\ntwo\tthree"})),
        ("{\"a\":1,}", json!({"a": 1})),
        ("{\"a\":[1,2,],,\"b\":2}", json!({"a": [1, 2], "b": 2})),
        ("{\"a\":1 \"b\":2}", json!({"a": 1, "b": 2})),
        ("[{\"a\":1}{\"b\":2}]", json!([{"a": 1}, {"b": 2}])),
        ("{\"a\":1} {\"b\":2}", json!([{"a": 1}, {"b": 2}])),
        ("{\"a\":\"it\\'s \\x\"}", json!({"a": "it's x"})),
        ("/* c */{ // d\n\"a\":\"http://x\"}", json!({"a": "http://x"})),
    ] {
        check_json_ld(script, script, data);
    }
}

#[test]
fn what_is_no_json_is_left_out() {
    for script in ["", "{\"a\":", "hello", "{{name}}", "\"text\"", "42"] {
        let blocks = blocks(&format!("<script type=application/ld+json>{script}</script>"));
        assert!(blocks.is_empty(), "{script}: {blocks:?}");
    }
    assert!(blocks(&format!("<script type=application/ld+json>{}</script>", "[".repeat(100_000))).is_empty());
}

#[test]
fn microdata_has_a_line_for_each_property() {
    let blocks = blocks(
        "<div itemscope itemtype='https://schema.org/Product'><h1 itemprop=name>Drill\n <b>18V</b></h1>
         <div itemprop=offers itemscope itemtype='http://schema.org/Offer'><meta itemprop=price content=' 129.00 '>
         <link itemprop=availability href='http://schema.org/InStock'></div><span itemprop='sku mpn'>A-1</span>
         <div itemscope itemtype=https://schema.org/Thing><i itemprop=name>other</i></div>
         <span itemprop=color>red</span><span itemprop=color>blue</span></div>",
    );
    assert_eq!(
        blocks[0].text,
        "name: Drill 18V\noffers.price: 129.00\noffers.availability: http://schema.org/InStock\nsku: A-1\nmpn: A-1\n\
         color: red\ncolor: blue"
    );
    assert_eq!(
        blocks[0].data,
        json!({
            "@type": "Product", "name": "Drill 18V", "sku": "A-1", "mpn": "A-1", "color": ["red", "blue"],
            "offers": {"@type": "Offer", "price": "129.00", "availability": "http://schema.org/InStock"},
        })
    );
    assert_eq!((blocks[1].text.as_str(), blocks[1].syntax), ("name: other", Syntax::Microdata));
}

#[test]
fn items_nested_without_end_are_cut() {
    let open = "<div itemscope itemprop='a b c d' itemtype=x><span itemprop=name>n</span>";
    let blocks = blocks(&format!("<div itemscope>{}", open.repeat(300)));
    assert!(!blocks.is_empty());
    assert!(blocks[0].text.len() < 2000);
}

#[test]
fn graph_and_other_properties_are_a_block_each() {
    let blocks = blocks(
        "<title>T &amp; U</title><meta property=og:title content=' A\n B '><meta property=OG:image content=1>
         <meta property=og:image content=2><meta name=description content=d><meta name=csrf-token content=x>
         <meta name=viewport content=w><meta name=twitter:data1 content='9 €'><meta property=product:price:amount content=9>",
    );
    assert_eq!(blocks.len(), 2);
    assert_eq!(blocks[0].text, "og:title: A B\nog:image: 1\nog:image: 2\nproduct:price:amount: 9");
    assert_eq!(blocks[0].data["og:image"], json!(["1", "2"]));
    assert_eq!(blocks[1].text, "title: T & U\ndescription: d\ntwitter:data1: 9 €");
    assert_eq!((blocks[0].block, blocks[1].block), (0, 1));
}
