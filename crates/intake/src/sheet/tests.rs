use gleaner_contract::RejectReason;

use crate::{
    Format, Intake, IntakeError, Limits, Options,
    testing::{MemoryFiles, check_lines, check_refused, check_rejected, options_as, read, read_all},
};

fn from(mapping: &str, csv: &str) -> Result<Intake, IntakeError> {
    let toml = format!("schema = \"company\"\nfrom = {mapping}\n");
    let files = MemoryFiles::of(&[("companies.csv", csv)]);
    read_all(Format::Toml, toml.as_bytes(), &files, &Options::default())
}

fn check_row(rows: &str, reason: RejectReason, message: &str, hint: &str) -> Intake {
    let intake = read(Format::Csv, &format!("id,name,url\ngood,x,\n{rows}"), &options_as("company"));
    check_rejected(&intake, reason, message, hint);
    intake
}

#[test]
fn a_header_with_the_usual_names_needs_no_mapping() {
    let csv = "ID,Name,URL,owner\n1,\"Acme, Inc.\",https://acme.example/ https://acme.example/about|b.example,=me\n";
    let target = read(Format::Csv, csv, &options_as("company")).submission.targets.remove(0);
    assert_eq!((target.id.as_str(), target.name.as_deref()), ("1", Some("Acme, Inc.")));
    assert_eq!(target.urls, ["https://acme.example/", "https://acme.example/about", "https://b.example/"]);
    assert_eq!(target.extra.into_iter().collect::<Vec<_>>(), [("owner".to_owned(), "=me".to_owned())]);
}

#[test]
fn semicolons_and_tabs_separate_too() {
    for separator in [";", "\t"] {
        let csv = "id,name,url,note\n1,Acme,acme.example,\"a,b,c\"\n".replacen(',', separator, 3);
        let csv = csv.replace("1,Acme,acme.example,", &["1", "Acme", "acme.example", ""].join(separator));
        let target = read(Format::Csv, &csv, &options_as("company")).submission.targets.remove(0);
        assert_eq!(target.urls, ["https://acme.example/"], "{separator:?}");
        assert_eq!(target.extra["note"], "a,b,c");
    }
}

#[test]
fn a_mapping_says_which_column_is_what() {
    let mapping =
        r#"{ csv = "companies.csv", id = "crm_id", name = "company", url = "website", country = "land" }"#;
    let csv =
        "crm_id,company,website,land,brand,url,tier\n7,Acme,acme.example,de,ACME,https://other.example/,A\n";
    let target = from(mapping, csv).expect("right").submission.targets.remove(0);
    assert_eq!((target.id.as_str(), target.name.as_deref()), ("7", Some("Acme")));
    assert_eq!(target.urls, ["https://acme.example/"]);
    assert_eq!(target.country.map(|c| c.code()), Some("DE"));
    assert!(target.known.is_empty(), "columns that a mapping does not name are the caller's own");
    assert_eq!(target.extra.keys().collect::<Vec<_>>(), ["brand", "tier", "url"]);
}

#[test]
fn columns_that_a_mapping_does_not_name_pass_through() {
    let mapping = r#"{ csv = "companies.csv", id = "crm_id", name = "company", url = "website" }"#;
    let csv =
        "crm_id,company,website,country,brand\n1,Acme,acme.example,Germany,ACME\n2,Bolt,bolt.example,,\n";
    let intake = from(mapping, csv).expect("right");
    assert_eq!((&intake.rejected[..], &intake.warnings[..]), (&[][..], &[][..]));
    let [acme, bolt] = &intake.submission.targets[..] else { panic!("two targets") };
    assert_eq!(
        (acme.country, acme.extra["country"].as_str(), &*acme.extra["brand"]),
        (None, "Germany", "ACME")
    );
    assert_eq!(bolt.id, "2");
}

#[test]
fn columns_that_only_look_like_ours_are_used_where_they_fit_and_pass_through() {
    let csv = "id,name,url,country,sku\n1,a,,Germany,S-1\n2,b,,de,\n3,c,,France,\n";
    let intake = read(Format::Csv, csv, &options_as("company"));
    assert_eq!(intake.rejected, []);
    let countries: Vec<_> = intake.submission.targets.iter().map(|t| t.country.map(|c| c.code())).collect();
    assert_eq!(countries, [None, Some("DE"), None]);
    let first = &intake.submission.targets[0];
    assert_eq!(
        (&*first.extra["country"], &*first.extra["sku"], &*first.known["sku"]),
        ("Germany", "S-1", "S-1")
    );
    let warnings: Vec<String> = intake.warnings.iter().map(ToString::to_string).collect();
    let [warning] = &warnings[..] else { panic!("told once: {warnings:?}") };
    check_lines(
        warning,
        &[
            "input:2: `Germany` and one more cell in the column `country`: no country code such as DE, passed through unread",
        ],
    );
}

#[test]
fn a_column_that_is_named_is_held_to_its_name() {
    let mapping = r#"{ csv = "companies.csv", country = "land" }"#;
    let intake = from(mapping, "id,land\ngood,DE\n2,Germany\n").expect("right");
    check_rejected(
        &intake,
        RejectReason::UnknownCountry,
        "`Germany` is not a country code of ISO 3166",
        "did you mean `DE`?",
    );
}

/// Checks which URLs a cell names.
fn check_urls(cell: &str, expected: &[&str]) {
    let csv = format!("id,url\n1,\"{cell}\"\n");
    let intake = read(Format::Csv, &csv, &options_as("company"));
    assert_eq!(intake.rejected, [], "{cell:?}");
    assert_eq!(intake.submission.targets[0].urls, expected, "{cell:?}");
}

#[test]
fn a_blank_in_a_url_does_not_make_it_two() {
    check_urls("https://shop.example/red drill.html", &["https://shop.example/red%20drill.html"]);
    check_urls("https://a.example/ https://b.example/", &["https://a.example/", "https://b.example/"]);
    check_urls("a.example | b.example/x y|", &["https://a.example/", "https://b.example/x%20y"]);
    check_urls("a.example\nb.example", &["https://a.example/", "https://b.example/"]);
    check_row(
        "2,y,a.example b.example\n",
        RejectReason::BadUrl,
        "`a.example b.example` is not a URL: invalid international domain name",
        "| between two URLs",
    );
}

#[test]
fn a_wrong_mapping_names_the_columns() {
    let mapping = r#"{ csv = "companies.csv", id = "crmid", url = "homepage" }"#;
    let error = from(mapping, "crm_id,company,website\n").expect_err("refused");
    check_lines(
        &error.to_string(),
        &[
            "input:2:8: `from.id`: companies.csv has no column `crmid`",
            "hint: did you mean `crm_id`?",
            "input:2:8: `from.url`: companies.csv has no column `homepage`",
            "hint: its columns are `crm_id`, `company`, `website`",
        ],
    );
    let error = from("{ csv = \"compnies.csv\" }", "").expect_err("refused");
    check_lines(&error.to_string(), &["input:2:8: `from.csv`: `compnies.csv`: no such file"]);
    let error = from("{ url = \"x\", idd = \"y\" }", "").expect_err("refused");
    check_lines(
        &error.to_string(),
        &["input:2:8: `from` needs `csv`, the path of a CSV file", "input:2:21: unknown key `from.idd`"],
    );
    let error = from("{ csv = \"companies.csv\", id = \"a\", url = \"a\" }", "a\n").expect_err("refused");
    check_lines(&error.to_string(), &["input:2:8: `from.id` and `from.url` both name the column `a`"]);
}

#[test]
fn a_table_without_a_url_column_is_refused_unless_mapped() {
    check_refused(
        Format::Csv,
        "id,company,website\n1,Acme,acme.example\n",
        &options_as("company"),
        &["input:1: no column is called `url`"],
    );
    let named = from(r#"{ csv = "companies.csv", name = "company" }"#, "company\nAcme\n").expect("right");
    assert_eq!(named.submission.targets[0].urls.len(), 0);
}

#[test]
fn a_table_without_schema_or_rows_says_so() {
    check_refused(
        Format::Csv,
        "id,url\n1,a.example\n",
        &Options::default(),
        &["input: no schema says which fields are wanted"],
    );
    check_refused(Format::Csv, "", &options_as("company"), &["input:1: the file is empty"]);
    check_refused(Format::Csv, "id,url\n", &options_as("company"), &["input: no targets"]);
    check_refused(Format::Csv, "id,url,URL\n", &options_as("company"), &["input: no targets"]);
    check_refused(
        Format::Csv,
        "id,Url,URL\n",
        &options_as("company"),
        &["input:1: several columns are called `url`"],
    );
}

#[test]
fn one_bad_row_leaves_the_others_alone() {
    use RejectReason as R;
    check_row("2,y\n", R::BadRow, "2 cells where the header names 3", "must be quoted");
    let intake =
        check_row("2,y,a.example,b\n", R::BadRow, "4 cells where the header names 3", "must be quoted");
    assert_eq!(intake.rejected[0].columns[3], ("column 4".to_owned(), "b".to_owned()));
    check_row(" ,,\n", R::Empty, "the row is empty", "remove it");
    check_row("2,y,nope\n", R::BadUrl, "`nope` is not a URL", "write it in full");
    let intake =
        check_row("good,y,b.example\n", R::DuplicateId, "the id `good` is taken by input:2", "of its own");
    assert_eq!(intake.rejected[0].id.as_deref(), Some("good"));
    let intake = check_row("\n\n\"2\n\",y,nope\n", R::BadUrl, "`nope` is not a URL", "");
    assert_eq!((intake.rejected[0].place.line, intake.rejected[0].place.column), (Some(5), None));
}

#[test]
fn rows_of_another_encoding_are_rejected_alone() {
    let bytes = b"id,name,url\ngood,x,\n2,M\xfcller,\n";
    let intake =
        read_all(Format::Csv, bytes, &MemoryFiles::default(), &options_as("company")).expect("right");
    check_rejected(&intake, RejectReason::BadRow, "the row is not UTF-8", "save the file as UTF-8");
}

#[test]
fn an_unclosed_quote_rejects_what_it_swallows() {
    let mut options = options_as("company");
    options.limits = Limits { cell_bytes: 100, ..Limits::default() };
    let csv = format!("id,name,url\ngood,x,\n2,\"{}", "y,\n".repeat(100));
    check_rejected(
        &read(Format::Csv, &csv, &options),
        RejectReason::BadRow,
        "a cell exceeds 100 bytes",
        "is a quote opened and never closed?",
    );
}

#[test]
fn nameless_and_repeated_columns_pass_through_under_their_own_names() {
    let csv = "id,url,,note,note\n1,,a,b,c\n";
    let target = read(Format::Csv, csv, &options_as("company")).submission.targets.remove(0);
    let extra: Vec<_> = target.extra.iter().map(|(k, v)| format!("{k}={v}")).collect();
    assert_eq!(extra, ["column 3=a", "note=b", "note 2=c"]);
}
