use super::*;

fn link(text: &str) -> Link {
    Link { href: String::new(), text: text.into(), region: Region::Body, span: None, nofollow: false }
}

fn scorer(fields: &[&str]) -> Scorer {
    let fields = fields.iter().map(|name| FieldSpec::named(*name)).collect();
    Scorer::of(&Brief { fields, ..Brief::default() }, None)
}

fn score(scorer: &Scorer, link: &Link, url: &Url) -> Option<u16> {
    let words = Words::of(link, url);
    let mut siblings = Siblings::default();
    siblings.add(&words);
    scorer.score(link, url, &words, &siblings)
}

#[track_caller]
fn check(fields: &[&str], better: (&str, &str), worse: (&str, &str)) {
    let scorer = scorer(fields);
    let score = |(text, url): (&str, &str)| score(&scorer, &link(text), &Url::parse(url).unwrap());
    assert!(score(better) > score(worse), "{better:?} {:?} {worse:?} {:?}", score(better), score(worse));
}

#[test]
fn words_of_wanted_fields_come_first() {
    check(
        &["certifications"],
        ("Our certifications", "https://x.example/a"),
        ("News", "https://x.example/b"),
    );
    check(&["batteryLife"], ("x", "https://x.example/battery"), ("x", "https://x.example/other"));
}

#[test]
fn company_fields_lead_to_contact_and_imprint() {
    let fields = &["telephone", "street"];
    check(fields, ("Impressum", "https://x.example/i"), ("Products", "https://x.example/p"));
    check(fields, ("x", "https://x.example/contact-us"), ("Blog", "https://x.example/blog"));
    check(fields, ("About us", "https://x.example/a"), ("Contractors", "https://x.example/c"));
}

#[test]
fn margins_nofollow_and_queries_come_last() {
    let scorer = scorer(&["price"]);
    let url = Url::parse("https://x.example/a").unwrap();
    let plain = score(&scorer, &link("price"), &url);
    let aside = score(&scorer, &Link { region: Region::Aside, ..link("price") }, &url);
    let nofollow = score(&scorer, &Link { nofollow: true, ..link("price") }, &url);
    assert!(plain > aside && aside > nofollow);
}
