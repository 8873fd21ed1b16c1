//! Columns whose name promises more than a cell holds: told once for each column.

use crate::error::{Place, Problem};

#[derive(Debug)]
pub(super) struct Ignored {
    column: String,
    what: &'static str,
    /// The first such cell.
    place: Place,
    cell: String,
    more: usize,
}

/// Notes a cell, under the first one of its column.
pub(super) fn add(all: &mut Vec<Ignored>, place: &Place, column: &str, what: &'static str, cell: &str) {
    let same = |told: &&mut Ignored| told.place.file == place.file && told.column == column;
    match all.iter_mut().find(same) {
        Some(told) => told.more += 1,
        None => all.push(Ignored {
            column: column.to_owned(),
            what,
            place: place.clone(),
            cell: cell.trim().chars().take(40).collect(),
            more: 0,
        }),
    }
}

impl Ignored {
    pub(super) fn told(self) -> Problem {
        let Self { column, what, place, cell, more } = self;
        let others = match more {
            0 => String::new(),
            1 => " and one more cell".into(),
            more => format!(" and {more} more cells"),
        };
        Problem {
            place,
            what: format!("`{cell}`{others} in the column `{column}`: no {what}, passed through unread"),
            hint: Some(format!("write a {what}, or name the column in `from` to have such rows rejected")),
        }
    }
}
