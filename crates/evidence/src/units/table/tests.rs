use super::{ROWS, TABLE, find};

#[test]
fn no_symbol_stands_for_two_units() {
    for (index, row) in ROWS.iter().enumerate() {
        assert_eq!(TABLE.exact[row.symbol], index, "{}", row.symbol);
    }
}

#[test]
fn no_written_name_stands_for_two_units() {
    for (index, row) in ROWS.iter().enumerate() {
        for name in row.names.split('|') {
            assert_eq!(TABLE.exact[name], index, "{name} of {}", row.symbol);
        }
    }
}

#[test]
fn case_decides_only_where_it_must() {
    let symbol = |name: &str| find(name).map(super::Unit::symbol);
    assert_eq!(symbol("KG"), Some("kg"));
    assert_eq!(symbol("mW"), Some("mW"));
    assert_eq!(symbol("MW"), Some("MW"));
    assert_eq!(symbol("mw"), None);
    assert_eq!(symbol("Kilogramm"), Some("kg"));
    assert_eq!(symbol(""), None);
}
