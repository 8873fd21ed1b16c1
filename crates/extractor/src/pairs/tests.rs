use super::*;

#[track_caller]
fn check_label(text: &str, wanted: bool) {
    let (visible, lines, _) = crate::plain::read(text, 1000);
    assert_eq!(is_label(lines[0].range, &visible), wanted, "{text}");
}

#[test]
fn label_needs_letters_and_few_words() {
    check_label("Gross weight (kg)", true);
    check_label("重量", true);
    check_label("12.5", false);
    check_label("one two three four five six seven eight", false);
}

#[test]
fn long_lines_do_not_take_their_square() {
    let (visible, lines, _) = crate::plain::read(&format!("{}\nSKU: 1", "a: b | ".repeat(500_000)), u32::MAX);
    let mut pairs = Vec::new();
    line_pairs(&visible, &lines, &mut pairs, 1000);
    assert!(pairs.len() >= 1000);
}
