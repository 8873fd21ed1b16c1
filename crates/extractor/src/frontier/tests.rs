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
    let url = "https://acme.example/";
    let pack =
        build_pack(html.as_bytes(), Some("text/html"), &Url::parse(url).unwrap(), &PackLimits::default());
    let brief = Brief { fields: vec![FieldSpec::named("telephone")], ..Brief::default() };
    links_of(&pack.unwrap(), &brief, &Scope::default(), &page(url))
}

#[test]
fn best_links_come_first_and_each_once() {
    let links = links(
        "<a href=/news>News</a><a href=/c>x</a><a href=/c>Contact</a><a href=/>Home</a><a href=tel:1>call</a>
         <a href=https://other.example/>o</a><a href=https://other.example/>p</a><a href=/a.jpg>picture</a>",
    );
    let found: Vec<&str> = links.found.iter().map(|link| link.url.as_str()).collect();
    assert_eq!(found, ["https://acme.example/c", "https://acme.example/news"]);
    assert_eq!(links.dropped, BTreeMap::from([(UrlReason::OutOfScope, 1), (UrlReason::NotAPage, 1)]));
}

#[test]
fn links_beyond_the_room_are_counted() {
    let html: String = (0..3000).map(|n| format!("<a href=/some/rather/long/path/{n}>{n}</a> ")).collect();
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
