use super::*;

fn check(path: &str, known: Option<&str>) -> Response {
    let mut headers = HeaderMap::new();
    if let Some(known) = known {
        headers.insert(header::IF_NONE_MATCH, known.parse().unwrap());
    }
    answer(path, &headers)
}

#[test]
fn an_unchanged_page_is_not_sent_again() {
    let first = check("drill-18v.html", None);
    assert_eq!(first.status(), StatusCode::OK);
    let etag = first.headers()[header::ETAG].to_str().unwrap();
    assert_eq!(check("drill-18v.html", Some(etag)).status(), StatusCode::NOT_MODIFIED);
    assert_eq!(check("jigsaw-650.html", Some(etag)).status(), StatusCode::OK);
}

#[test]
fn what_is_not_there_is_not_found() {
    assert_eq!(check("nothing.html", None).status(), StatusCode::NOT_FOUND);
}

#[test]
fn the_targets_file_names_the_port() {
    assert!(targets(4711).contains("http://127.0.0.1:4711/"));
    assert!(!targets(4711).contains("PORT"));
}
