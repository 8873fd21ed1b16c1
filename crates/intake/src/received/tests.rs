use gleaner_contract::Schema;

use super::*;

fn target(id: &str) -> Target {
    let schema = Schema::built_in("product").expect("built in");
    Target { id: id.into(), ..Target::of_url(schema, "https://shop.example/42") }
}

fn submission(targets: impl IntoIterator<Item = Target>) -> Submission {
    Submission { targets: targets.into_iter().collect(), total: Budget::unlimited(), offline: false }
}

fn check_refused(change: impl FnOnce(&mut Submission), expected: &str) {
    let mut changed = submission([target("a"), target("b")]);
    change(&mut changed);
    let error = check(&changed, &Limits::default()).expect_err("refused").to_string();
    assert!(error.contains(expected), "{error}");
}

#[test]
fn what_intake_reads_passes() {
    let text = br#"{"schema":"product","budget":{"urls":3,"seconds":60,"money":"0.05 USD"},"total":{"money":"5 USD"},
        "targets":[{"id":"42","name":"Drill","urls":["https://shop.example/42"],"known":{"sku":"AD-18"}}]}"#;
    let intake = from_json(text, &Options::default()).expect("right");
    assert_eq!(intake.rejected, []);
    check(&intake.submission, &Limits::default()).expect("what intake made");
}

#[test]
fn a_document_that_names_a_file_is_refused_without_looking_for_it() {
    for text in [
        r#"{"schema":"/etc/passwd","targets":[{"id":"1","urls":["https://shop.example/"]}]}"#,
        r#"{"schema":"product","targets":[],"from":{"csv":"/etc/passwd","id":"id"}}"#,
    ] {
        let error = from_json(text.as_bytes(), &Options::default()).expect_err("refused").to_string();
        assert!(error.contains("not read here"), "{error}");
    }
}

#[test]
fn what_intake_would_never_make_is_refused() {
    check_refused(|s| s.targets.clear(), "there is no target");
    check_refused(|s| s.targets[1].id = "a".into(), "targets[1]: the id `a` is taken");
    check_refused(|s| s.targets[0].id.clear(), "an id has 1 to");
    check_refused(|s| s.targets[0].urls[0] = "file:///etc/passwd".into(), "only http and https");
    check_refused(
        |s| s.targets[0].urls[0] = "HTTPS://shop.example".into(),
        "its URL is written `https://shop.example/`",
    );
    check_refused(
        |s| s.targets[0].urls[0] = "https://me:secret@shop.example/".into(),
        "user name or password",
    );
    check_refused(|s| s.targets[0].schema.fields.clear(), "a schema has 1 to");
    check_refused(
        |s| {
            let field = s.targets[0].schema.fields[0].clone();
            s.targets[0].schema.fields.push(field);
        },
        "is there twice",
    );
    check_refused(|s| s.targets[0].schema.fields[0].unit = Some("parsec".into()), "field `name`");
    check_refused(
        |s| s.targets[0].schema.fields[0].description = Some("x".repeat(30_000)),
        "bytes of a message",
    );
    check_refused(
        |s| s.targets[0].budget = Budget::unlimited().with(Counter::SECONDS, 999_999_999_999_u64),
        "`seconds` is",
    );
    check_refused(|s| s.total = Budget::unlimited().with(Counter::URLS, -3), "`urls` is");
}
