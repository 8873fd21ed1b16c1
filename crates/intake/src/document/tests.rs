use gleaner_contract::{Budget, Counter, FieldMode, FieldType, Limit, RejectReason, Schema, Submission};
use rust_decimal::Decimal;

use crate::{
    Format, Options,
    testing::{MemoryFiles, check_lines, check_refused, check_rejected, options_as, read, read_all},
};

const SAMPLE: &str = r#"
schema = "product"
budget = { urls = 10, seconds = 120, money = "0.05 USD" }
total  = { money = "5 USD" }
fields.weight   = { type = "number", unit = "kg", aliases = ["Gewicht"], critical = true }
fields.industry = { type = "string", mode = "classified", labels = ["energy", "retail", "other"] }

[[targets]]
id = "42"
name = "Acme Drill 18V"
urls = ["https://shop.example/42"]
known = { sku = "AD-18" }
country = "DE"
"#;

fn toml(text: &str) -> Submission {
    let intake = read(Format::Toml, text, &Options::default());
    assert_eq!(intake.rejected, []);
    intake.submission
}

/// Checks the rejection of a second target with these lines.
fn check_target(lines: &str, reason: RejectReason, message: &str, hint: &str) {
    let text =
        format!("schema = \"product\"\n[[targets]]\nid = \"good\"\n[[targets]]\nid = \"bad\"\n{lines}\n");
    let intake = read(Format::Toml, &text, &Options::default());
    check_rejected(&intake, reason, message, hint);
    assert_eq!(intake.rejected[0].id.as_deref(), Some("bad"));
    assert_eq!(intake.rejected[0].place.line, Some(4));
}

#[test]
fn the_sample_says_what_it_says() {
    let submission = toml(SAMPLE);
    let [target] = &submission.targets[..] else { panic!("one target") };
    assert_eq!(target.id, "42");
    assert_eq!(target.name.as_deref(), Some("Acme Drill 18V"));
    assert_eq!(target.urls, ["https://shop.example/42"]);
    assert_eq!(target.known["sku"], "AD-18");
    assert_eq!(target.country.map(|c| c.code()), Some("DE"));
    assert_eq!(target.budget.limit(&Counter::URLS), Some(Decimal::from(10)));
    assert_eq!(target.budget.limit(&Counter::SECONDS), Some(Decimal::from(120)));
    assert_eq!(target.budget.limit(&Counter::MONEY), Some(Decimal::new(5, 2)));
    assert_eq!(submission.total.limit(&Counter::MONEY), Some(Decimal::from(5)));
    assert!(target.schema.field("price").is_some());
    let names: Vec<_> = target.schema.fields.iter().rev().take(2).map(|f| f.name.as_str()).collect();
    assert_eq!(names, ["industry", "weight"], "added fields stand in the order of the file");
    let weight = target.schema.field("weight").expect("added");
    assert_eq!(
        (weight.field_type, weight.unit.as_deref(), weight.critical),
        (FieldType::Number, Some("kg"), true)
    );
    assert_eq!(weight.aliases, ["Gewicht"]);
    let industry = target.schema.field("industry").expect("added");
    assert_eq!((industry.mode, industry.labels.len()), (FieldMode::Classified, 3));
}

#[test]
fn json_says_the_same_as_toml() {
    let json = r#"{
        "schema": "product",
        "budget": {"urls": 10, "seconds": 120, "money": "0.05 USD"},
        "total": {"money": "5 USD"},
        "fields": {
            "weight": {"type": "number", "unit": "kg", "aliases": ["Gewicht"], "critical": true},
            "industry": {"type": "string", "mode": "classified", "labels": ["energy", "retail", "other"]}
        },
        "targets": [{"id": "42", "name": "Acme Drill 18V", "urls": ["https://shop.example/42"],
                     "known": {"sku": "AD-18"}, "country": "DE", "currency": null}]
    }"#;
    assert_eq!(read(Format::Json, json, &Options::default()).submission, toml(SAMPLE));
}

#[test]
fn one_submission_in_four_forms_is_one_submission() {
    let options = options_as("product");
    let toml = r#"
        [[targets]]
        id = 1
        name = "Drill"
        urls = ["https://a.example/1", "https://a.example/2"]
        known = { sku = "D-1", gtin = 4006381333931 }
        country = "de"
        currency = "EUR"
        [[targets]]
        id = "2"
    "#;
    let json = r#"{"targets": [{"id": 1, "name": "Drill", "urls": ["https://a.example/1", "https://a.example/2"],
        "known": {"sku": "D-1", "gtin": "4006381333931"}, "country": "DE", "currency": "EUR"}, {"id": "2"}]}"#;
    let lines = "{\"id\":\"1\",\"name\":\"Drill\",\"urls\":[\"a.example/1\",\"a.example/2\"],\"country\":\"DE\",\
        \"known\":{\"gtin\":\"4006381333931\",\"sku\":\"D-1\"},\"currency\":\"EUR\"}\n\n{\"id\":2}\n";
    let csv = "\u{feff}id;name;url;country;currency;sku;gtin\r\n\
        1;\"Drill\";https://a.example/1|a.example/2;DE;EUR;D-1;4006381333931\r\n2;;;;;;\r\n";
    let expected = read(Format::Toml, toml, &options);
    assert_eq!(expected.submission.targets.len(), 2);
    assert_eq!(expected.rejected, []);
    for (format, text) in [(Format::Json, json), (Format::JsonLines, lines), (Format::Csv, csv)] {
        let mut intake = read(format, text, &options);
        // what a column is called may be chance: it passes through as well
        let passed: Vec<_> =
            intake.submission.targets.iter_mut().map(|t| std::mem::take(&mut t.extra)).collect();
        assert_eq!(passed[0].len(), if format == Format::Csv { 4 } else { 0 });
        assert_eq!(intake, expected, "{format:?}");
        assert_eq!(intake.submission.content_hash(), expected.submission.content_hash());
    }
}

#[test]
fn targets_may_override_schema_fields_budget_and_scope() {
    let submission = toml(
        r#"
        schema = "product"
        budget = { urls = 10, seconds = 60 }
        scope = { hosts = ["A.example"] }
        fields.price = { critical = false, aliases = ["Preis"] }
        [[targets]]
        id = "1"
        [[targets]]
        id = "2"
        schema = "company"
        budget = { urls = 3, low_calls = 0 }
        fields.legal_name = { critical = true }
        fields.sizes = { type = "array", items = { type = "number" }, unit = "kg" }
        scope = { include = ["/about*"] }
        known = { legal_name = "Acme GmbH", gtin = "4006381333931" }
        "#,
    );
    let [one, two] = &submission.targets[..] else { panic!("two targets") };
    let price = one.schema.field("price").expect("built in");
    assert!(!price.critical && price.format.is_some() && price.aliases == ["Preis"]);
    assert_eq!(one.scope.hosts, ["a.example"]);
    assert_eq!(two.schema.name, "company");
    assert!(two.schema.field("legalName").expect("built in").critical, "snake case names the same field");
    assert!(two.schema.field("price").is_none());
    let sizes = two.schema.field("sizes").expect("added");
    assert!(sizes.array && sizes.field_type == FieldType::Number && sizes.unit.as_deref() == Some("kg"));
    assert_eq!(two.budget.limit(&Counter::URLS), Some(Decimal::from(3)));
    assert_eq!(two.budget.limit(&Counter::SECONDS), Some(Decimal::from(60)));
    assert_eq!(two.budget.limit(&Counter::LOW_CALLS), Some(Decimal::ZERO));
    assert_eq!((two.scope.hosts.len(), two.scope.include.len()), (0, 1));
    assert_eq!(two.known["legalName"], "Acme GmbH");
    assert_eq!(two.known["gtin"], "4006381333931");
}

#[test]
fn the_callers_schema_fields_and_budget_come_last() {
    let mut options = options_as("article");
    options.default_budget =
        gleaner_contract::Budget::unlimited().with(Counter::URLS, 7).with(Counter::SECONDS, 9);
    options.fields = vec![gleaner_contract::FieldSpec::named("extra")];
    options.offline = true;
    let intake = read(Format::Toml, "budget.urls = 2\n[[targets]]\nid = 'x'\n", &options);
    let target = &intake.submission.targets[0];
    assert!(intake.submission.offline);
    assert_eq!(target.schema.name, "article");
    assert!(target.schema.field("extra").is_some());
    assert_eq!(target.budget.limit(&Counter::URLS), Some(Decimal::from(2)));
    assert_eq!(target.budget.limit(&Counter::SECONDS), Some(Decimal::from(9)));
    let own = read(Format::Toml, "schema = 'product'\n[[targets]]\nid = 'x'\n", &options);
    assert_eq!(own.submission.targets[0].schema.name, "product");
}

#[test]
fn fields_need_a_schema_to_add_to() {
    check_refused(
        Format::Toml,
        "fields.a = {}\n[[targets]]\nid = 'x'\nschema = 'product'\n",
        &Options::default(),
        &["input:1:1: `fields` has no schema to add to"],
    );
}

#[test]
fn lists_and_tables_have_caps() {
    let urls = format!("urls = [{}]", "\"a.example\", ".repeat(1_001));
    check_target(&urls, RejectReason::BadValue, "`urls` has 1001 items, more than 1000", "");
    let known: String = (0..1_001).map(|n| format!("k{n} = 1, ")).collect();
    let known = format!("known = {{ {} }}", known.trim_end_matches(", "));
    check_target(&known, RejectReason::BadValue, "a table has 1001 keys, more than 1000", "");
}

#[test]
fn schema_files_are_read_with_their_hints() {
    let files = MemoryFiles::of(&[(
        "schemas/drill.json",
        r#"{"properties": {"weight": {"type": "number", "x-gleaner": {"unit": "kg"}}}}"#,
    )]);
    let text = "schema = 'schemas/drill.json'\n[[targets]]\nid = '1'\n";
    let intake = read_all(Format::Toml, text.as_bytes(), &files, &Options::default()).expect("right");
    let schema: &Schema = &intake.submission.targets[0].schema;
    assert_eq!((schema.name.as_str(), schema.fields.len()), ("drill", 1));
}

#[test]
fn all_problems_of_a_schema_file_are_reported() {
    let files = MemoryFiles::of(&[(
        "bad.json",
        r#"{"properties": {"a": {"type": "object"}, "b": {"type": "color"}}}"#,
    )]);
    let text = "schema = 'bad.json'\n[[targets]]\nid = '1'\n";
    let error = read_all(Format::Toml, text.as_bytes(), &files, &Options::default()).expect_err("refused");
    check_lines(
        &error.to_string(),
        &[
            "input:1:10: schema `bad.json`: field `a`: nested objects are not supported: write each wanted value as a \
             field of its own",
            "input:1:10: schema `bad.json`: field `b`: `color` is not a JSON type",
        ],
    );
}

#[test]
fn problems_of_a_whole_file_are_reported_together() {
    check_refused(
        Format::Toml,
        "schema = \"produkt\"\nbugdet = 1\nbudget = { urls = -1, low_cals = 3, money = 5 }\n\
         total = { money = \"5 dollars\" }\nfields.a = { type = \"txt\", lables = [] }\n\
         fields.b = { mode = \"classified\" }\ntargets = 3\neach = \"product\"\n",
        &Options::default(),
        &[
            "input:1:10: unknown schema `produkt`",
            "hint: did you mean `product`?",
            "input:2:1: unknown key `bugdet`",
            "hint: did you mean `budget`?",
            "input:3:19: `budget.urls` is a whole number from 0, or \"unlimited\", not -1",
            "input:3:23: unknown key `budget.low_cals`",
            "hint: did you mean `lowCalls`?",
            "input:3:45: `budget.money` is money, such as \"0.05 USD\", or \"unlimited\", not 5",
            "input:4:19: `total.money` is money, such as \"0.05 USD\", or \"unlimited\", not 5 dollars",
            "input:5:21: `fields.a.type` cannot be \"txt\"",
            "hint: known: string, number, integer, boolean, array",
            "input:5:28: unknown key `fields.a.lables`",
            "hint: did you mean `labels`?",
            "input:7:11: `targets` is a list of targets, not a number",
            "input:8:8: `each` is not supported yet: a listing does not become targets of its own",
        ],
    );
}

#[test]
fn a_classified_field_needs_labels() {
    check_refused(
        Format::Toml,
        "schema = \"product\"\nfields.b = { mode = \"classified\" }\n[[targets]]\nid = \"1\"\n",
        &Options::default(),
        &["input:2:8: `fields.b`: a classified field needs `labels`"],
    );
}

#[test]
fn every_syntax_error_has_its_line() {
    let toml = "schema = \"product\"\nbudget = { urls = \n[[targets]]\nid = \n";
    let error = read_all(Format::Toml, toml.as_bytes(), &MemoryFiles::default(), &Options::default())
        .expect_err("refused");
    assert!(error.problems.iter().all(|problem| problem.what.starts_with("not TOML: ")), "{error}");
    assert!(error.problems.iter().any(|problem| problem.place.line >= Some(2)), "{error}");
    check_refused(
        Format::Json,
        "{\n  \"schema\": \"product\",\n  \"targets\": [,]\n}",
        &Options::default(),
        &["input:3:15: not JSON: expected value"],
    );
    check_refused(Format::Json, "[]", &Options::default(), &["input:1:1: the file is a list, not an object"]);
}

#[test]
fn depth_is_bounded() {
    for open in ["[", "{\"a\":"] {
        let deep = format!("{{\"targets\": {}", open.repeat(100_000));
        let closed = if open == "[" { format!("{deep}{}}}", "]".repeat(100_000)) } else { deep };
        let bytes = closed.as_bytes();
        assert!(read_all(Format::Json, bytes, &MemoryFiles::default(), &Options::default()).is_err());
    }
    check_refused(
        Format::Json,
        &format!("{{\"targets\": {}1{}}}", "[".repeat(20), "]".repeat(20)),
        &Options::default(),
        &["input:1:29: nested deeper than 16 levels"],
    );
    let toml = format!("targets = {}", "[".repeat(100_000));
    assert!(read_all(Format::Toml, toml.as_bytes(), &MemoryFiles::default(), &Options::default()).is_err());
}

#[test]
fn files_of_other_encodings_are_named() {
    for (bytes, said) in [
        (&b"\xff\xfei\0d\0"[..], "input: the file is UTF-16"),
        (b"schema = \"product\"\nname = \"\xfc\"", "input:2:9: the file is not UTF-8"),
    ] {
        let error =
            read_all(Format::Toml, bytes, &MemoryFiles::default(), &Options::default()).expect_err("refused");
        check_lines(&error.to_string(), &[said, "hint: save it as UTF-8"]);
    }
}

#[test]
fn a_file_without_targets_or_schema_says_so() {
    check_refused(
        Format::Toml,
        "schema = \"product\"",
        &Options::default(),
        &["input: the file names no targets"],
    );
    check_refused(
        Format::Toml,
        "[[targets]]\nid = \"1\"",
        &Options::default(),
        &["input: no schema says which fields are wanted"],
    );
}

#[test]
fn one_bad_target_leaves_the_others_alone() {
    use RejectReason as R;
    check_target("urls = [\"n/a\"]", R::BadUrl, "`n/a` is not a URL", "https://shop.example/page");
    check_target(
        "urls = \"ftp://a.example/\"",
        R::RefusedUrl,
        "`ftp://a.example/` is refused: only http and https are fetched",
        "",
    );
    check_target("urll = []", R::UnknownKey, "unknown key `urll`", "did you mean `urls`?");
    check_target(
        "known = { skuu = \"1\" }",
        R::UnknownKey,
        "unknown field `known.skuu`",
        "did you mean `sku`?",
    );
    check_target(
        "country = \"Germany\"",
        R::UnknownCountry,
        "`Germany` is not a country code of ISO 3166",
        "`DE`",
    );
    check_target("country = \"UK\"", R::UnknownCountry, "`UK` is not a country code of ISO 3166", "`GB`");
    check_target("currency = \"€\"", R::UnknownCurrency, "`€` is not a currency code of ISO 4217", "`EUR`");
    check_target(
        "fields.w = { type = \"number\", unit = \"kgs.\" }",
        R::UnknownUnit,
        "`fields.w.unit`: unknown unit `kgs.`",
        "did you mean `kg`?",
    );
    check_target(
        "schema = \"compny\"",
        R::UnknownSchema,
        "unknown schema `compny`",
        "did you mean `company`?",
    );
    check_target(
        "schema = \"x.json\"",
        R::UnknownSchema,
        "schema `x.json`: no such file",
        "paths are relative to the targets file",
    );
    check_target("name = 5", R::BadValue, "`name` is text, not a number", "");
    check_target("urls = [3]", R::BadValue, "`urls[]` is text, not a number", "");
    check_target(
        "budget = { urls = 2.5 }",
        R::BadValue,
        "`budget.urls` is a whole number from 0, or \"unlimited\", not 2.5",
        "",
    );
    check_target(
        "budget = { seconds = 315360001 }",
        R::BadValue,
        "`budget.seconds` is at most 315360000 (ten years), not 315360001",
        "",
    );
    check_target("scope = { hosts = [\"a b\"] }", R::BadValue, "`a b` is not a host", "write the host alone");
    check_target(
        "scope = { include = [\"x\"] }",
        R::BadValue,
        "`x` is not a path pattern",
        "start with / or *",
    );
    check_target(
        "each = \"product\"",
        R::BadValue,
        "`each` is not supported yet: a listing does not become targets of its own",
        "write each page of the listing as a target",
    );
    check_target(
        "country = \"XX\"\nurls = [\"-\"]",
        R::BadUrl,
        "`-` is not a URL; `XX` is not a country code of ISO 3166",
        "write it in full",
    );
}

#[test]
fn a_key_written_twice_is_rejected() {
    let text = r#"{"schema": "product", "targets": [{"id": "good"}, {"id": "a", "id": "b"}]}"#;
    check_rejected(
        &read(Format::Json, text, &Options::default()),
        RejectReason::BadValue,
        "`id` is written twice",
        "",
    );
}

#[test]
fn a_target_too_large_for_a_message_is_rejected() {
    let described = |length: usize| {
        let fields =
            (0..100).map(|n| format!("fields.f{n} = {{ description = \"{}\" }}\n", "x".repeat(length)));
        fields.collect::<String>()
    };
    let text = |length| {
        format!(
            "schema = \"product\"\n[[targets]]\nid = \"good\"\n[[targets]]\nid = \"bad\"\n{}",
            described(length)
        )
    };
    let intake = read(Format::Toml, &text(300), &Options::default());
    let message = intake.rejected[0].message.clone();
    assert!(message.contains("bytes of a message, more than 24576"), "{message}");
    check_rejected(&intake, RejectReason::BadValue, &message, "ask for fewer fields");
    assert_eq!(read(Format::Toml, &text(100), &Options::default()).submission.targets.len(), 2);
    let known = format!("known = {{ sku = \"{}\" }}", "x".repeat(30_000));
    let text =
        format!("schema = \"product\"\n[[targets]]\nid = \"good\"\n[[targets]]\nid = \"bad\"\n{known}\n");
    let intake = read(Format::Toml, &text, &Options::default());
    assert_eq!(intake.rejected.len(), 1, "what is known counts too");
}

#[test]
fn blank_text_is_absent_in_every_form() {
    let options = options_as("product");
    let json = r#"{"targets": [{"id": "1", "name": " ", "urls": ["", "a.example"], "country": "", "currency": "",
        "schema": "", "known": {"sku": ""}}, {"id": "2", "urls": ""}]}"#;
    let csv = "id,name,url\n1,,a.example\n2,,\n";
    assert_eq!(read(Format::Json, json, &options), read(Format::Csv, csv, &options));
    let blank = read(Format::JsonLines, "{\"id\": \"good\"}\n{\"id\": \"\", \"name\": \" \"}\n", &options);
    check_rejected(&blank, RejectReason::Empty, "the target says nothing", "give it an id");
    let bound = "schema = \"product\"\nbudget = { money = \"\" }\n[[targets]]\nid = \"1\"\n";
    check_refused(Format::Toml, bound, &Options::default(), &["input:2:20: `budget.money` is empty"]);
}

#[test]
fn a_target_or_the_caller_may_lift_a_bound() {
    let text = "schema = \"product\"\nbudget = { urls = 5, bytes = 9 }\ntotal = { urls = 50, bytes = 90 }\n\
        [[targets]]\nid = \"1\"\nbudget.urls = \"unlimited\"\n";
    let options = Options { total: vec![(Counter::BYTES, Limit::Unlimited)], ..Options::default() };
    let submission = read(Format::Toml, text, &options).submission;
    let bounds = |budget: &Budget| [Counter::URLS, Counter::BYTES].map(|counter| budget.limit(&counter));
    assert_eq!(bounds(&submission.targets[0].budget), [None, Some(Decimal::from(9))]);
    assert_eq!(bounds(&submission.total), [Some(Decimal::from(50)), None]);
}

#[test]
fn an_empty_target_is_rejected() {
    let text = "schema = \"product\"\n[[targets]]\nid = \"good\"\n[[targets]]\n";
    let intake = read(Format::Toml, text, &Options::default());
    check_rejected(&intake, RejectReason::Empty, "the target says nothing", "give it an id");
}

#[test]
fn rejected_targets_keep_what_was_written() {
    let text =
        "schema = \"product\"\n[[targets]]\nid = 1\nurls = [\"a.example\", \"-\"]\nknown = { sku = \"x\" }\n";
    let intake = read(Format::Toml, text, &Options::default());
    let cells: Vec<_> = intake.rejected[0].columns.iter().map(|(k, v)| format!("{k}={v}")).collect();
    assert_eq!(cells, ["id=1", "urls=a.example | -", "known=sku = x"]);
}
