use super::guarded_cell;

#[test]
fn cells_that_a_spreadsheet_would_run_become_text() {
    for cell in [
        "=1+1",
        "+cmd|' /C calc'!A0",
        "-2+3",
        "@SUM(A1)",
        "\t=1",
        "\r=1",
        "\n=1",
        "  =1",
        "＝1",
        "-",
        "+1.2.3",
    ] {
        assert_eq!(guarded_cell(cell), format!("'{cell}"), "{cell:?}");
    }
}

#[test]
fn other_cells_and_plain_numbers_stay() {
    for cell in ["", "Acme", "129.00", "-12.5", "+49301234", "a=b", "'=1", "1-2"] {
        assert_eq!(guarded_cell(cell), cell);
    }
}
