use gleaner_contract::pack::Syntax;
use serde_json::json;

use super::*;

fn block(syntax: Syntax, text: &str, data: serde_json::Value) -> StructuredBlock {
    StructuredBlock { block: 0, syntax, text: text.to_owned(), data }
}

/// The value at a path, and the text at its place.
#[track_caller]
fn check(block: &StructuredBlock, path: &[&str], value: &str, raw: &str) {
    let tree = of(block);
    let node = path.iter().try_fold(&tree, |node, name| node.get(name)).expect("the path leads somewhere");
    let leaf = node.leaf().expect("the path ends in a scalar");
    assert_eq!((leaf.text.as_str(), &block.text[leaf.range.clone()]), (value, raw));
}

#[test]
fn json_values_know_their_place_in_the_script() {
    let ld = |text: &str| block(Syntax::JsonLd, text, json!({}));
    check(&ld(r#"{"@type":"Product","offers":{"price": 129.00}}"#), &["offers", "price"], "129.00", "129.00");
    check(
        &ld(r#"{"name": "Caf\u00e9 \"Uno\" \ud83d\ude00"}"#),
        &["name"],
        "Café \"Uno\" 😀",
        r#"Caf\u00e9 \"Uno\" \ud83d\ude00"#,
    );
    check(&ld(r#"{"brand": [{"name": "Täst 漢"}]}"#), &["brand", "name"], "Täst 漢", "Täst 漢");
    check(&ld(r#"{"name": "A &amp; B"}"#), &["name"], "A & B", "A &amp; B");
}

#[test]
fn json_that_a_strict_parser_refuses_still_has_places() {
    let text = "{\"a\": \"x\ny\" \"b\": \"two\",, /* no */ \"c\": [1,2,],}";
    let ld = block(Syntax::JsonLd, text, json!({}));
    check(&ld, &["b"], "two", "two");
    check(&ld, &["c"], "1", "1");
}

#[test]
fn deep_and_broken_json_ends() {
    of(&block(Syntax::JsonLd, &"[{\"a\":".repeat(50_000), json!({})));
    of(&block(Syntax::JsonLd, "{\"a\" \"b\" : } ] [ { \"", json!({})));
}

#[test]
fn prefixes_of_types_and_properties_do_not_count() {
    let tree =
        of(&block(Syntax::JsonLd, r#"{"@type":"http://schema.org/Product","schema:name":"X"}"#, json!({})));
    assert_eq!(tree.types().collect::<Vec<_>>(), ["Product"]);
    assert_eq!(tree.str("name"), Some("X"));
}

#[test]
fn microdata_values_stand_in_their_lines() {
    let text = "name: Drill: the best\noffers.price: 12\noffers.price: 14";
    let data =
        json!({"@type": "Product", "name": "Drill: the best", "offers": [{"price": "12"}, {"price": "14"}]});
    let item = block(Syntax::Microdata, text, data);
    check(&item, &["name"], "Drill: the best", "Drill: the best");
    let tree = of(&item);
    let prices: Vec<_> = tree.all("offers").filter_map(|offer| offer.get("price")?.leaf()).collect();
    assert_eq!(prices.iter().map(|leaf| &text[leaf.range.clone()]).collect::<Vec<_>>(), ["12", "14"]);
}

#[test]
fn meta_properties_keep_colons_in_their_names() {
    let meta = block(Syntax::OpenGraph, "product:price:amount: 129.00", json!({}));
    let Node::Object(properties) = of(&meta) else { panic!("an object") };
    assert_eq!(properties[0].0, "product:price:amount");
    assert_eq!(&meta.text[properties[0].1.leaf().expect("a leaf").range.clone()], "129.00");
}
