use gleaner_contract::{Counter, Limit, RejectReason};

use crate::{
    Format, Limits, Options,
    testing::{MemoryFiles, check_lines, check_refused, check_rejected, options_as, read, read_all},
};

#[test]
fn targets_without_id_are_called_by_their_url_or_number() {
    let csv = "name,url\na,a.example\nb,a.example\nc,\n";
    let intake = read(Format::Csv, csv, &options_as("company"));
    let ids: Vec<_> = intake.submission.targets.iter().map(|target| target.id.as_str()).collect();
    assert_eq!(ids, ["https://a.example/", "https://a.example/#2", "3"]);
}

#[test]
fn given_ids_never_collide_with_written_ones() {
    let csv = "id,url\n,a.example\nhttps://a.example/,b.example\n";
    let intake = read(Format::Csv, csv, &options_as("company"));
    let ids: Vec<_> = intake.submission.targets.iter().map(|target| target.id.as_str()).collect();
    assert_eq!(ids, ["https://a.example/#2", "https://a.example/"]);
}

#[test]
fn too_many_targets_are_refused() {
    let mut options = options_as("company");
    options.limits = Limits { targets: 2, ..Limits::default() };
    check_refused(Format::Csv, "id,url\n1,\n2,\n3,\n", &options, &["input:4: more than 2 targets"]);
    assert_eq!(read(Format::Csv, "id,url\n1,\n2,\n", &options).submission.targets.len(), 2);
}

#[test]
fn money_is_counted_in_one_currency() {
    check_refused(
        Format::Toml,
        "schema = 'product'\nbudget.money = '1 EUR'\ntotal.money = '5 USD'\n[[targets]]\nid = 'x'\n",
        &Options::default(),
        &["input:3:1: `budget.money` is in EUR, but `total.money` is in USD"],
    );
}

#[test]
fn a_target_in_another_currency_is_rejected_alone() {
    let mut options = options_as("product");
    options.total = vec![(Counter::MONEY, Limit::Money("5 USD".parse().expect("money")))];
    let lines = "{\"id\":\"odd\",\"budget\":{\"money\":\"1 EUR\"}}\n{\"id\":\"good\",\"budget\":{\"money\":\"1 USD\"}}\n";
    let intake = read(Format::JsonLines, lines, &options);
    check_rejected(
        &intake,
        RejectReason::BadValue,
        "`budget.money` is in EUR, but `total.money` is in USD",
        "in one currency",
    );
    assert_eq!((intake.rejected[0].id.as_deref(), intake.rejected[0].place.line), (Some("odd"), Some(1)));
}

#[test]
fn rejected_targets_stand_in_the_order_of_the_input() {
    let mut options = options_as("product");
    options.total = vec![(Counter::MONEY, Limit::Money("5 USD".parse().expect("money")))];
    let lines = "{\"id\":\"1\",\"budget\":{\"money\":\"1 EUR\"}}\n[]\n{\"id\":\"3\",\"budget\":{\"money\":\"1 EUR\"}}\n";
    let rejected = read(Format::JsonLines, lines, &options).rejected;
    assert_eq!(rejected.iter().map(|row| row.place.line).collect::<Vec<_>>(), [Some(1), Some(2), Some(3)]);
}

#[test]
fn files_referred_to_have_a_size_cap() {
    let limits = Limits { file_bytes: 3, ..Limits::default() };
    let options = Options { limits, ..Options::default() };
    let files = MemoryFiles::of(&[("a.csv", "id,url\n")]);
    let text = b"schema = 'product'\nfrom.csv = 'a.csv'\n";
    let error = read_all(Format::Toml, text, &files, &options).expect_err("refused");
    check_lines(
        &error.to_string(),
        &[
            "input:2:1: `from.csv`: `a.csv`: file exceeds 3 bytes",
            "hint: split it, and run the parts one after the other",
        ],
    );
}

#[test]
fn many_problems_are_counted() {
    let text: String = (0..80).map(|n| format!("x{n} = 1\n")).collect();
    check_refused(Format::Toml, &text, &Options::default(), &["… and 30 more problems"]);
}
