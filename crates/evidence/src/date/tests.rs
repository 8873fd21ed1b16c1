use super::{find_all, parse};
use crate::hints::{DateOrder, Hints};

fn check(text: &str, expected: &str) {
    let day = parse(text, &Hints::none()).unwrap_or_else(|| panic!("{text:?} is no day"));
    assert_eq!((day.date.to_string(), day.other), (expected.to_owned(), None), "{text:?}");
}

#[test]
fn many_writings_name_one_day() {
    for text in [
        "2026-11-22",
        "2026-11-22T10:00:00Z",
        "2026-11-22T10:00:00+01:00",
        "22 November 2026",
        "22. November 2026",
        "22nd of November 2026",
        "22 de noviembre de 2026",
        "22 novembre 2026",
        "Nov 22, 2026",
        "Nov. 22, 2026",
        "November 22nd, 2026",
        "22-Nov-2026",
        "22.11.2026",
        "22. 11. 2026",
        "22/11/2026",
        "11/22/2026",
        "2026/11/22",
        "2026年11月22日",
    ] {
        check(text, "2026-11-22");
    }
    check("1. März 2026", "2026-03-01");
    check("1er août 2026", "2026-08-01");
    check("3 mei 2026", "2026-05-03");
}

#[test]
fn the_order_of_day_and_month_may_stay_open() {
    let day = parse("03/04/2026", &Hints::none()).expect("a day");
    assert_eq!(
        (day.date.to_string(), day.other.map(|d| d.to_string())),
        ("2026-04-03".into(), Some("2026-03-04".into()))
    );
    let month_first = Hints { date_order: Some(DateOrder::MonthFirst), ..Hints::none() };
    let day = parse("03/04/2026", &month_first).expect("a day");
    assert_eq!((day.date.to_string(), day.other), ("2026-03-04".into(), None));
}

#[test]
fn what_only_looks_like_a_day_is_none() {
    for text in [
        "32.11.2026",
        "2026-13-01",
        "30 February 2026",
        "1.2.3.2026",
        "22.11.26",
        "0800/11/2026",
        "11/22/20267",
    ] {
        assert_eq!(find_all(text, &Hints::none()), [], "{text:?}");
    }
}

#[test]
fn days_in_running_text_come_with_code_points() {
    let found = find_all("Veröffentlicht am 22. November 2026, geändert 1.12.2026", &Hints::none());
    assert_eq!(found.iter().map(|day| day.range.clone()).collect::<Vec<_>>(), [18..35, 46..55]);
}
