//! The examples of `docs/api.md`, sent as they are written.

use axum::body::Body;

use super::bench::Bench;

const DOCS: &str = include_str!("../../../../docs/api.md");

/// The words of a command line, as a shell takes them.
fn words(line: &str) -> Vec<String> {
    let (mut words, mut quote, mut word) = (Vec::new(), None, None::<String>);
    for c in line.chars() {
        match (quote, c) {
            (Some(open), c) if c == open => quote = None,
            (None, '"' | '\'') => {
                quote = Some(c);
                word.get_or_insert_default();
            }
            (None, ' ') => words.extend(word.take()),
            _ => word.get_or_insert_default().push(c),
        }
    }
    words.extend(word);
    words
}

#[tokio::test]
async fn every_example_is_answered_as_the_page_says() {
    let bench = Bench::new().await;
    let (submission, [job, other]) = bench.submitted().await;
    let hash = bench.ended(submission, job, b"<h1>Drill</h1>").await;
    let known = [
        ("$GLEANER_API_KEY", bench.ours.clone()),
        ("$GLEANER_URL", String::new()),
        ("$SUBMISSION", submission.to_string()),
        // one that has not ended
        ("$JOB/cancel", format!("{other}/cancel")),
        ("$JOB", job.to_string()),
        ("$HASH", hash.to_string()),
    ];
    let mut asked = Vec::new();
    for line in DOCS.lines().filter(|line| line.starts_with("curl ")) {
        let (mut method, mut path, mut body) = ("GET".to_owned(), String::new(), String::new());
        let mut request = axum::http::Request::builder();
        let line = known.iter().fold(line.to_owned(), |line, (name, value)| line.replace(name, value));
        let mut words = words(&line).into_iter().skip(1);
        while let Some(word) = words.next() {
            match word.as_str() {
                "-H" => {
                    let header = words.next().unwrap();
                    let (name, value) = header.split_once(": ").unwrap();
                    request = request.header(name, value);
                }
                "-d" => (method, body) = ("POST".to_owned(), words.next().unwrap()),
                "-X" => method = words.next().unwrap(),
                "-o" => drop(words.next()),
                _ => path = word,
            }
        }
        let request = request.method(method.as_str()).uri(&path).body(Body::from(body)).unwrap();
        let answer = bench.send(request).await;
        let expected = if method == "POST" && path.starts_with("/v1/submissions?") { 202 } else { 200 };
        assert_eq!(answer.status, expected, "{line}: {}", answer.text());
        asked.push(path);
    }
    assert_eq!(asked.len(), 13, "{asked:?}");
}

#[test]
fn every_limit_is_told_as_it_is() {
    let mib = crate::handlers::MAX_BODY >> 20;
    assert!(DOCS.contains(&format!("a body has {mib} MiB at most")));
    assert!(DOCS.contains(&format!("from that position, {} at most", crate::RECORDS)));
    assert!(DOCS.contains(&format!("told within {} s", crate::routes::STORE.as_secs())));
}
