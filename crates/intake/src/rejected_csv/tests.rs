use gleaner_contract::RejectReason;

use super::write_rejected_csv;
use crate::error::{Place, Rejected};

fn row(columns: &[(&str, &str)]) -> Rejected {
    Rejected {
        place: Place { file: "a.csv".into(), line: Some(3), column: None },
        id: None,
        reason: RejectReason::BadUrl,
        message: "`x` is not a URL".into(),
        hint: Some("write it in full".into()),
        columns: columns.iter().map(|(name, cell)| ((*name).to_owned(), (*cell).to_owned())).collect(),
    }
}

fn check(rejected: &[Rejected], expected: &str) {
    let mut written = Vec::new();
    write_rejected_csv(rejected, &mut written).expect("memory takes all");
    assert_eq!(String::from_utf8(written).expect("UTF-8"), expected);
}

#[test]
fn original_columns_come_first_then_reason_and_message() {
    check(
        &[row(&[("id", "1"), ("url", "x")]), row(&[("id", "2"), ("city", "Köln, \"Deutz\"")])],
        "id,url,city,reason,message\n\
         1,x,,bad_url,a.csv:3: `x` is not a URL (hint: write it in full)\n\
         2,,\"Köln, \"\"Deutz\"\"\",bad_url,a.csv:3: `x` is not a URL (hint: write it in full)\n",
    );
}

#[test]
fn formulas_are_guarded_in_cells_and_headers() {
    check(
        &[row(&[("=h", "=1+1"), ("b", "@x"), ("c", "-5")])],
        "'=h,b,c,reason,message\n'=1+1,'@x,-5,bad_url,a.csv:3: `x` is not a URL (hint: write it in full)\n",
    );
}

#[test]
fn original_columns_named_reason_are_kept_apart() {
    check(
        &[row(&[("reason", "why not")])],
        "reason,gleaner_reason,message\nwhy not,bad_url,a.csv:3: `x` is not a URL (hint: write it in full)\n",
    );
}

#[test]
fn nothing_rejected_is_a_header_alone() {
    check(&[], "reason,message\n");
}
