use std::{fs, path::Path};

use gleaner_contract::pack::PageType;
use url::Url;

use super::*;
use crate::{ContentHosts, Judged, PackLimits, judge_page};

mod languages;

fn judged_at(url: &str, html: &str) -> Option<NotContent> {
    let (url, trusted) = (Url::parse(url).unwrap(), ContentHosts::default());
    match judge_page(
        html.as_bytes(),
        Some("text/html; charset=utf-8"),
        &url,
        &PackLimits::default(),
        &trusted,
    ) {
        Ok(Judged::NotContent(found, pack)) => {
            assert_eq!(pack.page_type, PageType::NotContent);
            Some(found)
        }
        Ok(Judged::Content(pack)) => {
            assert_ne!(pack.page_type, PageType::NotContent);
            None
        }
        Err(error) => panic!("{error}: {html}"),
    }
}

/// Every page of a folder; its address stands in a comment at its top.
fn pages(folder: &str) -> Vec<(String, String, String)> {
    let dir = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/src/not_content/tests/pages")).join(folder);
    let read = |path: &Path| {
        let html = fs::read_to_string(path).unwrap();
        let url = html.strip_prefix("<!-- ").and_then(|rest| rest.split(" -->").next()).unwrap().to_owned();
        (path.file_name().unwrap().to_string_lossy().into_owned(), url, html)
    };
    let pages: Vec<_> = fs::read_dir(dir).unwrap().map(|entry| read(&entry.unwrap().path())).collect();
    assert!(!pages.is_empty());
    pages
}

/// Checks that every page of a folder is what the folder says.
fn check_folder(folder: &str, reason: Option<UrlReason>) {
    let wrong: Vec<String> = pages(folder)
        .into_iter()
        .filter_map(|(name, url, html)| {
            let found = judged_at(&url, &html);
            (found.as_ref().map(|found| found.kind.reason()) != reason).then(|| format!("{name}: {found:?}"))
        })
        .collect();
    assert_eq!(wrong, [""; 0], "{folder}");
}

#[test]
fn challenges_are_known() {
    check_folder("challenge", Some(UrlReason::Challenge));
}

#[test]
fn login_walls_are_known() {
    check_folder("login_wall", Some(UrlReason::LoginWall));
}

#[test]
fn consent_walls_are_known() {
    check_folder("consent_wall", Some(UrlReason::ConsentWall));
}

#[test]
fn parked_domains_are_known() {
    check_folder("parked_domain", Some(UrlReason::ParkedDomain));
}

#[test]
fn error_pages_with_a_good_status_are_known() {
    check_folder("soft_error", Some(UrlReason::SoftError));
}

#[test]
fn content_that_looks_a_little_like_these_is_content() {
    check_folder("content", None);
}

#[test]
fn a_page_that_says_enough_beside_is_content() {
    let sentence = "<p>Acme has made drills in Leeds since 1950, and repairs them for as long as parts are to be had.</p>";
    for folder in ["challenge", "login_wall", "consent_wall", "soft_error"] {
        for (name, url, html) in pages(folder) {
            let end = html.rfind("</body>").unwrap_or(html.len());
            let (head, tail) = html.split_at(end);
            let found = judged_at(&url, &format!("{head}{}{tail}", sentence.repeat(60)));
            assert_eq!(found, None, "{name}");
        }
    }
}

#[test]
fn structured_data_of_a_product_makes_content() {
    let product = r#"<script type="application/ld+json">{"@type":"Product","name":"Drill"}</script>"#;
    assert!(judged_at("https://a.example/", "<title>404 Not Found</title>").is_some());
    assert_eq!(judged_at("https://a.example/", &format!("<title>404 Not Found</title>{product}")), None);
}

#[test]
fn what_tells_is_said_without_a_word_of_the_page_that_is_not_known() {
    let found = judged_at("https://a.example/", "<title>Error 404: evil</title><h1>Error 404</h1>").unwrap();
    assert_eq!(found.to_string(), "says `error 404`");
    let found = judged_at("https://a.example/", "<script>_cf_chl_opt</script>").unwrap();
    assert_eq!(found.to_string(), "Cloudflare challenge");
}

#[test]
fn a_page_of_a_host_that_is_vouched_for_is_content() {
    let trusted = ContentHosts::new(vec!["a.example".into()]);
    let judge = |url: &str, html: &str| {
        judge_page(html.as_bytes(), None, &Url::parse(url).unwrap(), &PackLimits::default(), &trusted)
    };
    assert!(matches!(
        judge("https://www.a.example/", "<title>404 Not Found</title>"),
        Ok(Judged::Content(_))
    ));
    assert!(matches!(
        judge("https://b.example/", "<title>404 Not Found</title>"),
        Ok(Judged::NotContent(..))
    ));
    // and nothing is still nothing
    let reload = "<script>document.cookie='a=1';location.reload()</script>";
    assert_eq!(judge("https://a.example/", reload), Err(crate::PackError::Empty));
    assert!(matches!(judge("https://b.example/", reload), Ok(Judged::NotContent(..))));
}

#[test]
fn what_may_be_another_page_next_time_is_tried_again() {
    use Kind::{Challenge, Consent, Error, Login, Parked};
    for (kind, reason, class) in [
        (Challenge, UrlReason::Challenge, ErrorClass::Transient),
        (Consent, UrlReason::ConsentWall, ErrorClass::Transient),
        (Login, UrlReason::LoginWall, ErrorClass::Permanent),
        (Parked, UrlReason::ParkedDomain, ErrorClass::Permanent),
        (Error, UrlReason::SoftError, ErrorClass::Permanent),
    ] {
        assert_eq!((kind.reason(), kind.class()), (reason, class));
    }
}
