use super::*;

fn link(text: &str) -> Link {
    Link { href: String::new(), text: text.into(), region: Region::Body, span: None, nofollow: false }
}

fn scorer(fields: &[&str]) -> Scorer {
    let fields = fields.iter().map(|name| FieldSpec::named(*name)).collect();
    Scorer::of(&Brief { fields, ..Brief::default() }, None, PageType::Other)
}

fn score(scorer: &Scorer, link: &Link, url: &Url) -> Option<u16> {
    let words = Words::of(link, url);
    let mut siblings = Siblings::default();
    siblings.add(&words);
    Some(scorer.promise(link, url, &words, &siblings)?.score)
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

/// The text of a link, and whether a page that says who a company is, what a product is or how it is sold is expected
/// behind it.
const WORDS: &[(&str, Topic)] = &[
    ("Kontaktieren Sie uns: Kontakt", Topic::Contact),
    ("Contactez-nous", Topic::Contact),
    ("Contáctanos", Topic::Contact),
    ("Contattaci", Topic::Contact),
    ("Kontakty", Topic::Contact),
    ("Kapcsolat", Topic::Contact),
    ("İletişim", Topic::Contact),
    ("Контакты", Topic::Contact),
    ("お問い合わせ", Topic::Contact),
    ("联系我们", Topic::Contact),
    ("문의하기", Topic::Contact),
    ("Impressum", Topic::Legal),
    ("Mentions légales", Topic::Legal),
    ("Aviso legal", Topic::Legal),
    ("Note legali", Topic::Legal),
    ("特定商取引法に基づく表記", Topic::Legal),
    ("Colofon", Topic::Legal),
    ("Über uns", Topic::About),
    ("À propos", Topic::About),
    ("Quiénes somos", Topic::About),
    ("Chi siamo", Topic::About),
    ("Over ons", Topic::About),
    ("O nás", Topic::About),
    ("О компании", Topic::About),
    ("会社概要", Topic::About),
    ("关于我们", Topic::About),
    ("Leistungen", Topic::Range),
    ("Nos produits", Topic::Range),
    ("Zertifikate", Topic::Certificates),
    ("ISO 9001", Topic::Certificates),
    ("Technische Daten", Topic::Spec),
    ("Datasheet", Topic::Spec),
    ("Fiche technique", Topic::Spec),
    ("Especificaciones", Topic::Spec),
    ("Scheda tecnica", Topic::Spec),
    ("Specyfikacja", Topic::Spec),
    ("Характеристики", Topic::Spec),
    ("仕様", Topic::Spec),
    ("规格", Topic::Spec),
    ("Versandkosten", Topic::Terms),
    ("Livraison et retours", Topic::Terms),
    ("Envíos y devoluciones", Topic::Terms),
    ("Spedizioni", Topic::Terms),
    ("Доставка", Topic::Terms),
    ("送料", Topic::Terms),
];

#[test]
fn what_links_are_called_tells_what_lies_behind_them_in_many_languages() {
    for (text, topic) in WORDS {
        let words: BTreeSet<String> = split(text).collect();
        let said: Vec<Topic> = Topic::ALL
            .into_iter()
            .filter(|topic| topic.words().iter().any(|(word, _)| words.contains(*word)))
            .collect();
        assert_eq!(said, [*topic], "{text}");
    }
}

#[test]
fn a_topic_lists_each_word_once_and_as_links_are_split() {
    for topic in Topic::ALL {
        let mut seen = BTreeSet::new();
        for (word, worth) in topic.words() {
            assert!(seen.insert(word), "{topic:?} lists {word} twice");
            assert!(split(word).eq([(*word).to_owned()]), "{word} is never found");
            assert!((1..=450).contains(worth), "{word}");
        }
    }
}

/// The names of the fields that a link promises.
fn promised<'f>(fields: &[&'f str], text: &str) -> Vec<&'f str> {
    let scorer = scorer(fields);
    let (link, url) = (link(text), Url::parse("https://x.example/a").unwrap());
    let words = Words::of(&link, &url);
    let bits = scorer.promise(&link, &url, &words, &Siblings::default()).unwrap().fields;
    fields
        .iter()
        .enumerate()
        .filter(|(at, _)| u64::from(bits) >> at & 1 == 1)
        .map(|(_, name)| *name)
        .collect()
}

#[test]
fn a_link_tells_which_fields_it_promises() {
    let fields = &["telephone", "founded", "certifications", "motto"];
    assert_eq!(promised(fields, "Kontakt"), ["telephone", "motto"]);
    assert_eq!(promised(fields, "About us"), ["telephone", "founded", "certifications", "motto"]);
    assert_eq!(promised(fields, "Zertifikate"), ["certifications", "motto"]);
    assert_eq!(promised(fields, "Our motto"), ["motto"]);
}

#[test]
fn fields_beyond_the_bits_are_promised_by_nothing_in_particular() {
    let names: Vec<String> = (0..40).map(|n| format!("telephone{n}")).collect();
    let mut fields: Vec<&str> = names.iter().map(String::as_str).collect();
    fields.push("telephone");
    assert_eq!(promised(&fields, "Kontakt"), [""; 0]);
}

fn placed(page: PageType, link: Link, subject: &str, fields: &[&str]) -> u16 {
    let fields = fields.iter().map(|name| FieldSpec::named(*name)).collect();
    let mut brief = Brief { fields, ..Brief::default() };
    brief.subject.name = Some(subject.into()).filter(|name: &String| !name.is_empty());
    let scorer = Scorer::of(&brief, None, page);
    score(&scorer, &link, &Url::parse("https://x.example/a").unwrap()).unwrap()
}

#[test]
fn the_place_of_a_link_counts() {
    let at = |region, text: &str| Link { region, ..link(text) };
    let spec = |page, region| placed(page, at(region, "Technical data"), "", &["weight"]);
    assert!(spec(PageType::Product, Region::Main) > spec(PageType::Listing, Region::Main));
    assert!(spec(PageType::Product, Region::Main) > spec(PageType::Product, Region::Navigation));
    assert!(spec(PageType::Other, Region::Main) > spec(PageType::Article, Region::Main));
    assert!(spec(PageType::Other, Region::Footer) < spec(PageType::Other, Region::Body));

    let imprint = |page, region| placed(page, at(region, "Impressum"), "", &["telephone"]);
    assert_eq!(imprint(PageType::Other, Region::Footer), imprint(PageType::Other, Region::Body));
    assert!(imprint(PageType::Company, Region::Footer) > imprint(PageType::Other, Region::Footer));
    assert!(imprint(PageType::Other, Region::Aside) < imprint(PageType::Other, Region::Footer));

    let own = |page| placed(page, at(Region::Main, "Acme Drill 18V"), "Acme Drill 18V", &["price"]);
    assert!(own(PageType::Listing) > own(PageType::Other));
}

#[test]
fn delivery_and_certificates_lead_somewhere_only_where_they_are_wanted() {
    let url = Url::parse("https://x.example/a").unwrap();
    for (text, field) in
        [("Versand", "shipping"), ("Zertifikate", "certifications"), ("Sortiment", "products")]
    {
        assert!(score(&scorer(&[field]), &link(text), &url).is_some(), "{text}");
        assert_eq!(score(&scorer(&["telephone", "price"]), &link(text), &url), None, "{text}");
    }
}
