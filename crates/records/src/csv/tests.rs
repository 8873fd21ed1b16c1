use std::collections::BTreeMap;

use gleaner_contract::{FieldReason, FieldState, Record};
use serde_json::{Value, json};

use super::write;
use crate::testing::{Shop, blank, missing};

/// The rows by column, read back as a spreadsheet reads them.
fn read(records: &[Record]) -> Vec<BTreeMap<String, String>> {
    let mut out = Vec::new();
    write(records, &mut out).expect("memory is writable");
    let mut reader = csv::Reader::from_reader(out.as_slice());
    let header = reader.headers().expect("a header").clone();
    let distinct: std::collections::BTreeSet<&str> = header.iter().collect();
    assert_eq!(distinct.len(), header.len(), "a name stands twice in {header:?}");
    let rows = reader.records().map(|row| row.expect("rows are as long as the header"));
    rows.map(|row| header.iter().zip(row.iter()).map(|(k, v)| (k.to_owned(), v.to_owned())).collect())
        .collect()
}

/// The four cells of a field.
#[track_caller]
fn check(record: &Record, field: &str, expected: [&str; 4]) {
    let row = read(std::slice::from_ref(record)).remove(0);
    let cells = ["", ".state", ".quote", ".url"].map(|suffix| row[&format!("{field}{suffix}")].clone());
    assert_eq!(cells, expected);
}

#[test]
fn each_field_has_its_value_state_quote_and_url() {
    let url = "https://shop.example/drill";
    let record = Shop::new().record;
    check(&record, "price", ["129.00", "supported", "129,00 €", url]);
    check(&record, "weight", ["1.4", "supported", "1.4 kg", url]);
    check(&record, "cordless", ["true", "supported", "Cordless | yes", url]);
}

#[test]
fn items_of_an_array_share_a_cell_with_their_quotes() {
    let url = "https://shop.example/drill | https://shop.example/drill";
    let both = "signal red | deep blue";
    check(&Shop::new().record, "colours", [both, "supported", both, url]);
}

#[test]
fn a_null_is_an_empty_cell_beside_its_state() {
    let record = Shop::new().record;
    check(&record, "industry", ["", "skipped", "", ""]);
    check(&record, "maker", ["", "conflict", "Acme Works", "https://shop.example/drill"]);
}

#[test]
fn what_the_caller_brought_passes_through() {
    let mut one = Shop::new().record;
    one.extra = BTreeMap::from([("owner".into(), "sales, \"north\"".into())]);
    let mut other = blank("43");
    other.extra = BTreeMap::from([("segment".into(), "B".into())]);
    let rows = read(&[one, other]);
    assert_eq!((rows[0]["owner"].as_str(), rows[0]["segment"].as_str()), ("sales, \"north\"", ""));
    assert_eq!((rows[1]["owner"].as_str(), rows[1]["segment"].as_str()), ("", "B"));
}

#[test]
fn columns_of_one_name_are_told_apart() {
    let mut record = Shop::new().record;
    for name in ["id", "status", "price.url"] {
        record.data.insert(name.into(), json!("mine"));
    }
    for name in ["id", "price", "input.price", "data.id", "note"] {
        record.extra.insert(name.into(), format!("input {name}"));
    }
    let row = read(&[record]).remove(0);
    assert_eq!((row["id"].as_str(), row["data.id"].as_str()), ("42", "mine"));
    assert_eq!(row["data.status"], "mine");
    assert_eq!(
        (row["price.url"].as_str(), row["data.price.url"].as_str()),
        ("https://shop.example/drill", "mine")
    );
    assert_eq!(row["price"], "129.00");
    let inputs = row.iter().filter(|(name, _)| name.starts_with("input."));
    let mut inputs: Vec<&str> = inputs.map(|(_, cell)| cell.as_str()).collect();
    inputs.sort_unstable();
    assert_eq!(inputs, ["input data.id", "input id", "input input.price", "input price"]);
    assert_eq!(row["note"], "input note");
}

#[test]
fn no_cell_is_run_as_a_formula() {
    for hostile in [
        "=HYPERLINK(\"https://evil.example\")",
        "+1+1",
        "-2+3",
        "@SUM(A1)",
        "\t=1",
        "\r=1",
        "\n=1",
        "  =1",
        "＝1",
        "=",
        "+",
        "-",
    ] {
        let mut record = Shop::new().record;
        record.id = hostile.into();
        record.data.insert("name".into(), json!(hostile));
        record.data.insert("colours".into(), json!([hostile, "x"]));
        record.data.insert(hostile.into(), json!("x"));
        record.fields.get_mut("/name").expect("a field").evidence[0].quote = hostile.into();
        record.fields.get_mut("/name").expect("a field").evidence[0].url = hostile.into();
        record.extra.insert("note".into(), hostile.into());
        let row = read(&[record]).remove(0);
        let guarded = format!("'{hostile}");
        for column in ["id", "name", "name.quote", "name.url", "note"] {
            assert_eq!(row[column], guarded, "{column}");
        }
        assert_eq!(row["colours"], format!("{guarded} | x"));
        assert!(row.contains_key(&guarded), "the header is guarded as well: {row:?}");
    }
}

#[test]
fn numbers_below_zero_stay_numbers() {
    let mut record = Shop::new().record;
    record.data.insert("weight".into(), json!(-12.5));
    assert_eq!(read(&[record]).remove(0)["weight"], "-12.5");
}

#[test]
fn line_breaks_commas_and_quotes_survive() {
    for text in ["a\nb", "a\r\nb", "a\rb", "a,b;c", "say \"hi\"", "\"", "'", "日本語 🛠", "\u{0}x"] {
        let mut record = Shop::new().record;
        record.data.insert("name".into(), json!(text));
        record.extra.insert(text.into(), text.into());
        let row = read(&[record]).remove(0);
        assert_eq!((row["name"].as_str(), row[text].as_str()), (text, text));
    }
}

#[test]
fn records_of_several_schemas_share_a_table() {
    let mut company = blank("c");
    company.data.insert("vatId".into(), Value::Null);
    company.fields.insert("/vatId".into(), missing(FieldState::NotFound, FieldReason::NoCandidate));
    let rows = read(&[Shop::new().record, company]);
    assert_eq!((rows[0]["vatId"].as_str(), rows[0]["vatId.state"].as_str()), ("", ""));
    assert_eq!((rows[1]["price"].as_str(), rows[1]["price.state"].as_str()), ("", ""));
    assert_eq!(rows[1]["vatId.state"], "not_found");
}

#[test]
fn no_records_leave_a_header() {
    let mut out = Vec::new();
    write(&[], &mut out).expect("memory is writable");
    assert_eq!(String::from_utf8(out).expect("text"), "id,status,stopReason,subject,revision,job\n");
}
