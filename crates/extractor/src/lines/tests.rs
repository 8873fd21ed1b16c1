use super::*;

const STYLE: Style = Style {
    kind: BlockKind::Other,
    level: 0,
    region: Region::Body,
    preformatted: false,
    link: false,
    form: false,
    row: false,
};

#[test]
fn separators_stand_only_between_what_is_written() {
    let mut writer = Writer::new(0, 1000);
    writer.cell();
    writer.space();
    writer.write("a", &STYLE);
    writer.cell();
    writer.cell();
    writer.write(" ", &STYLE);
    writer.write("b", &STYLE);
    writer.space();
    writer.break_line();
    writer.break_line();
    writer.write(" c ", &STYLE);
    writer.break_line();
    assert_eq!(writer.text, "a | b\nc");
    assert_eq!(writer.lines[1].block.span, Span::new(6, 7));
    assert_eq!(writer.lines[1].range.of(&writer.text), "c");
}

#[test]
fn link_points_are_counted_for_each_line() {
    let mut writer = Writer::new(0, 1000);
    writer.write("aé", &Style { link: true, ..STYLE });
    writer.write("x", &STYLE);
    writer.break_line();
    writer.write("y", &STYLE);
    writer.break_line();
    assert_eq!(writer.lines.iter().map(|line| line.link_points).collect::<Vec<_>>(), [2, 0]);
}

#[test]
fn parts_of_a_range_keep_both_counts() {
    let text = "ab é👍 cd";
    let end = Pos { byte: text.len() as u32, point: text.chars().count() as u32 };
    let range = Range { start: Pos::default(), end };
    let part = range.part(text, 5, 9);
    assert_eq!((part.of(text), part.span()), ("👍", Span::new(4, 5)));
}
