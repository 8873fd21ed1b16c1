use super::*;
use crate::conformance::fetcher::{self, Facing, PATH, Said};

async fn fresh(answer: fetcher::Answer) -> Facing {
    let url = Url::parse("https://a.example").unwrap().join(PATH).unwrap();
    let script = ScriptedFetcher::default();
    let told = match answer {
        fetcher::Answer::Says(said) => came(&url, said),
        fetcher::Answer::Stalls(said) => {
            let error = failure(UrlReason::Timeout, ErrorClass::Transient, None);
            Err(FetchError { bytes: said.body.len() as u64, ..error })
        }
        fetcher::Answer::Silence => {
            script.takes(Duration::MAX);
            page("never")
        }
        fetcher::Answer::Unreachable => Err(failure(UrlReason::Connect, ErrorClass::Transient, None)),
    };
    script.answers(url.as_str(), [told]);
    (Box::new(script), url, Box::new(()))
}

/// What a script is told in the place of this response.
fn came(url: &Url, said: Said) -> Answer {
    let status = said.status;
    let (final_url, validators, requests) = (url.clone(), said.validators(), 1);
    match (status, said.header("Location")) {
        (304, _) => Ok(Fetched::NotModified { final_url, validators, requests }),
        (300..=399, Some(location)) => {
            let mut to = url.join(location).unwrap();
            to.set_fragment(None);
            Ok(Fetched::Redirect { to, requests })
        }
        (200, _) => {
            let content_type = said.header("Content-Type").map(str::to_owned);
            Ok(Fetched::Body { final_url, status, content_type, validators, body: said.body, requests })
        }
        _ => {
            let transient = matches!(status, 206 | 429 | 500..=599);
            let class = if transient { ErrorClass::Transient } else { ErrorClass::Permanent };
            let wait = said.header("Retry-After").map(|wait| Duration::from_secs(wait.parse().unwrap()));
            Err(FetchError { retry_after: wait, ..failure(UrlReason::HttpStatus, class, Some(status)) })
        }
    }
}

crate::fetcher_conformance!(fresh, start_paused = true);
