//! The bundled demonstration site: a fictional tool shop with two products, a company page and an article, so that a first
//! run needs no internet. It answers conditional requests, as a well-kept site does.

use axum::{
    Router,
    extract::Path,
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
    routing::get,
};
use gleaner_contract::ContentHash;
use tokio::net::TcpListener;

struct Page {
    path: &'static str,
    content_type: &'static str,
    body: &'static str,
}

const HTML: &str = "text/html; charset=utf-8";

const PAGES: &[Page] = &[
    Page { path: "", content_type: HTML, body: include_str!("../site/index.html") },
    Page { path: "drill-18v.html", content_type: HTML, body: include_str!("../site/drill-18v.html") },
    Page { path: "jigsaw-650.html", content_type: HTML, body: include_str!("../site/jigsaw-650.html") },
    Page { path: "contact.html", content_type: HTML, body: include_str!("../site/contact.html") },
    Page { path: "sharpening.html", content_type: HTML, body: include_str!("../site/sharpening.html") },
    Page { path: "robots.txt", content_type: "text/plain", body: include_str!("../site/robots.txt") },
];

/// A targets file for the site on this port.
pub fn targets(port: u16) -> String {
    include_str!("../site/targets.toml").replace("PORT", &port.to_string())
}

/// Serves until the process ends.
pub async fn serve(listener: TcpListener) -> std::io::Result<()> {
    let routes =
        Router::new().route("/", get(|headers: HeaderMap| async move { answer("", &headers) })).route(
            "/{page}",
            get(|Path(page): Path<String>, headers: HeaderMap| async move { answer(&page, &headers) }),
        );
    axum::serve(listener, routes).await
}

fn answer(path: &str, headers: &HeaderMap) -> Response {
    let Some(page) = PAGES.iter().find(|page| page.path == path) else {
        return (StatusCode::NOT_FOUND, "not here").into_response();
    };
    let etag = format!("\"{}\"", &ContentHash::of(page.body.as_bytes()).hex()[..16]);
    if headers.get(header::IF_NONE_MATCH).is_some_and(|known| known.as_bytes() == etag.as_bytes()) {
        return (StatusCode::NOT_MODIFIED, [(header::ETAG, etag)]).into_response();
    }
    ([(header::ETAG, etag), (header::CONTENT_TYPE, page.content_type.to_owned())], page.body).into_response()
}

#[cfg(test)]
mod tests;
