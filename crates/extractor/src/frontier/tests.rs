use gleaner_contract::{ContentHash, FieldSpec, Timestamp};

use super::*;
use crate::{PackLimits, build_pack};

pub(super) fn page(url: &str) -> Page {
    Page {
        url: url.into(),
        final_url: url.into(),
        status: 200,
        content_hash: ContentHash::of(b""),
        content_type: None,
        bytes: 0,
        fetched_at: Timestamp::from_millis(0),
    }
}

fn links(html: &str) -> Links {
    of(html, Brief { fields: vec![FieldSpec::named("telephone")], ..Brief::default() })
}

fn of(html: &str, brief: Brief) -> Links {
    let url = "https://acme.example/";
    let pack =
        build_pack(html.as_bytes(), Some("text/html"), &Url::parse(url).unwrap(), &PackLimits::default());
    links_of(&pack.unwrap(), &brief, &Scope::default(), &page(url))
}

#[test]
fn best_links_come_first_and_each_once() {
    let links = links(
        "<a href=/news>News</a><a href=/about>About</a><a href=/c>x</a><a href=/c>Contact</a><a href=/>Home</a><a href=tel:1>call</a>
         <a href=https://other.example/>o</a><a href=https://other.example/>p</a><a href=/a.jpg>picture</a>",
    );
    let found: Vec<&str> = links.found.iter().map(|link| link.url.as_str()).collect();
    assert_eq!(found, ["https://acme.example/c", "https://acme.example/about"]);
    assert_eq!(
        links.dropped,
        BTreeMap::from([(UrlReason::OutOfScope, 1), (UrlReason::NotAPage, 1), (UrlReason::Irrelevant, 1)])
    );
}

#[test]
fn links_beyond_the_room_are_counted() {
    let html: String = (0..3000).map(|n| format!("<a href=/contact/rather/long/path/{n}>{n}</a> ")).collect();
    let links = links(&html);
    let dropped = links.dropped[&UrlReason::FrontierFull] as usize;
    assert_eq!(links.found.len() + dropped, 3000);
    assert!(gleaner_contract::wire::encode(&links.found).unwrap().len() <= MAX_LINKS);
}

#[test]
fn page_that_forbids_following_yields_no_links() {
    let links = links("<meta name=robots content=nofollow><a href=/a>a</a>");
    assert_eq!((links.found.len(), links.dropped), (0, BTreeMap::from([(UrlReason::Robots, 1)])));
}

fn paths(links: &Links) -> Vec<&str> {
    links.found.iter().map(|link| link.url.trim_start_matches("https://acme.example")).collect()
}

fn product(name: &str) -> Brief {
    let mut brief =
        Brief { fields: gleaner_contract::Schema::built_in("product").unwrap().fields, ..Brief::default() };
    brief.subject.name = Some(name.into()).filter(|name: &String| !name.is_empty());
    brief
}

#[test]
fn links_to_other_products_are_irrelevant_and_counted() {
    let others: String = (2..12).map(|n| format!("<a href=/p/{n}>Widget {n}</a> ")).collect();
    let own = "<a href=/p/1/manual>Widget 1 manual</a><a href=/p/1/s>Technical data</a><a href=/brand/acme>Acme</a>";
    for name in ["Widget 1", ""] {
        let links =
            of(&format!("<title>Widget 1 | Shop</title><h1>Widget 1</h1>{others}{own}"), product(name));
        let mut found = paths(&links);
        found.sort_unstable();
        assert_eq!(found, ["/p/1/manual", "/p/1/s"], "named `{name}`");
        assert_eq!(links.dropped, BTreeMap::from([(UrlReason::Irrelevant, 11)]));
    }
}

#[test]
fn another_model_of_the_same_maker_is_irrelevant() {
    let html = "<a href=/a>Acme Drill 12V</a><a href=/b>Acme Saw 18V</a><a href=/c>Acme Drill 18V, blue</a><a href=/d>Acme</a>";
    // two of three words, the number among them, may still be the thing under a shorter name
    assert_eq!(paths(&of(html, product("Acme Drill 18V"))), ["/c", "/b"]);
}

#[test]
fn pages_that_say_who_a_company_is_are_reached_in_many_languages() {
    let html = "<a href=/1>Kontakt</a><a href=/2>Impressum</a><a href=/3>Über uns</a><a href=/4>Qui sommes-nous</a><a href=/5>Chi siamo</a>
         <a href=/about-us>x</a><a href=/7>Blog</a><a href=/8>Shop</a>";
    let fields = gleaner_contract::Schema::built_in("company").unwrap().fields;
    let links = of(html, Brief { fields, ..Brief::default() });
    let mut found = paths(&links);
    found.sort_unstable();
    assert_eq!(found, ["/1", "/2", "/3", "/4", "/5", "/about-us"]);
}

#[test]
fn two_links_to_one_page_promise_what_either_does() {
    let fields = ["telephone", "founded"].map(FieldSpec::named).to_vec();
    let html = "<a href=/a>Kontakt</a><a href=/a>Founded 1990</a><a href=/b>Kontakt</a>";
    let links = of(html, Brief { fields, ..Brief::default() });
    let promises: Vec<(&str, u32)> = links
        .found
        .iter()
        .map(|link| (link.url.trim_start_matches("https://acme.example"), link.promises))
        .collect();
    assert_eq!(promises, [("/a", 0b11), ("/b", 0b01)]);
}
