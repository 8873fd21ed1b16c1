//! Plain text: each line a block.

use gleaner_contract::pack::{BlockKind, Region};

use crate::lines::{Line, Style, Writer};

/// The visible text of plain text, its lines, and whether it was cut.
pub(crate) fn read(text: &str, max_points: u32) -> (String, Vec<Line>, bool) {
    let style = Style {
        kind: BlockKind::Preformatted,
        level: 0,
        region: Region::Body,
        preformatted: true,
        link: false,
        form: false,
        row: false,
    };
    let mut writer = Writer::new(text.len(), max_points);
    writer.write(text, &style);
    writer.break_line();
    (writer.text, writer.lines, writer.truncated)
}
