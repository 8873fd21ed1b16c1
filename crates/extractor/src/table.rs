//! Tables: rows of cells as the page has them, then grids where each cell stands in every place that it covers.

use gleaner_contract::pack::{Cell, Table};

use crate::{lines::Range, pairs::RawPair};

/// A cell that says more than this lays out a page.
const MAX_CELL_POINTS: u32 = 4000;

/// Columns of a grid.
const MAX_COLUMNS: usize = 1000;

#[derive(Debug, Clone, Copy)]
pub(crate) struct RawCell {
    pub(crate) range: Range,
    pub(crate) header: bool,
    pub(crate) rows: u16,
    pub(crate) columns: u16,
}

#[derive(Debug, Default)]
pub(crate) struct RawTable {
    caption: Option<Range>,
    rows: Vec<Vec<RawCell>>,
    /// Holds another table.
    nests: bool,
}

/// The tables of a page while it is walked.
#[derive(Debug, Default)]
pub(crate) struct Grids {
    open: Vec<RawTable>,
    /// Closed ones, inner before outer.
    pub(crate) finished: Vec<RawTable>,
}

impl Grids {
    pub(crate) fn open(&mut self) {
        if let Some(outer) = self.open.last_mut() {
            outer.nests = true;
        }
        self.open.push(RawTable::default());
    }

    pub(crate) fn row(&mut self) {
        if let Some(table) = self.open.last_mut() {
            table.rows.push(Vec::new());
        }
    }

    pub(crate) fn cell(&mut self, cell: RawCell) {
        if let Some(row) = self.open.last_mut().and_then(|table| table.rows.last_mut()) {
            row.push(cell);
        }
    }

    pub(crate) fn caption(&mut self, range: Option<Range>) {
        if let Some(table) = self.open.last_mut() {
            table.caption = table.caption.or(range);
        }
    }

    /// The pairs that the finished row holds.
    pub(crate) fn close_row(&mut self) -> Vec<RawPair> {
        let Some(table) = self.open.last() else { return Vec::new() };
        match table.rows.last() {
            Some(row) if !table.nests => row_pairs(row),
            _ => Vec::new(),
        }
    }

    pub(crate) fn close(&mut self) {
        let Some(table) = self.open.pop() else { return };
        let is_table = table.rows.iter().flatten().all(|cell| cell.range.points() <= MAX_CELL_POINTS)
            && table.rows.iter().flatten().any(|cell| cell.range.points() > 0);
        if !table.nests && is_table {
            self.finished.push(table);
        }
    }
}

fn row_pairs(row: &[RawCell]) -> Vec<RawPair> {
    let cells: Vec<&RawCell> = row.iter().filter(|cell| cell.range.points() > 0).collect();
    match cells.as_slice() {
        [label, value] if !value.header => {
            vec![RawPair { label: label.range, value: value.range }]
        }
        // th td th td
        cells
            if cells.len() % 2 == 0
                && cells.iter().enumerate().all(|(index, cell)| cell.header == (index % 2 == 0)) =>
        {
            cells.chunks(2).map(|pair| RawPair { label: pair[0].range, value: pair[1].range }).collect()
        }
        [label, values @ ..] if label.header && values.iter().all(|cell| !cell.header) => {
            values.iter().map(|value| RawPair { label: label.range, value: value.range }).collect()
        }
        _ => Vec::new(),
    }
}

impl RawTable {
    /// Each column's head over its values, for tables of few rows.
    pub(crate) fn column_pairs(&self) -> Vec<RawPair> {
        let [head, rows @ ..] = self.rows.as_slice() else { return Vec::new() };
        let plain = |row: &[RawCell]| row.iter().all(|cell| cell.columns == 1 && cell.rows == 1);
        let is_head = head.len() > 1 && head.iter().all(|cell| cell.header) && plain(head);
        if !is_head || rows.is_empty() || rows.len() > 3 {
            return Vec::new();
        }
        rows.iter()
            .filter(|row| row.len() == head.len() && plain(row))
            .flat_map(|row| head.iter().zip(row))
            .filter(|(head, cell)| head.range.points() > 0 && cell.range.points() > 0)
            .map(|(head, cell)| RawPair { label: head.range, value: cell.range })
            .collect()
    }

    /// The grid; takes from `budget` a unit for each cell and 64 bytes in it, `None` once it is spent.
    pub(crate) fn grid(&self, text: &str, budget: &mut usize) -> Option<Table> {
        let mut rows: Vec<Vec<Option<RawCell>>> = Vec::with_capacity(self.rows.len());
        for (index, raw) in self.rows.iter().enumerate() {
            let mut column = 0;
            for cell in raw {
                if rows.len() <= index {
                    rows.resize_with(index + 1, Vec::new);
                }
                while rows[index].get(column).is_some_and(Option::is_some) {
                    column += 1;
                }
                let height = usize::from(cell.rows).min(self.rows.len() - index);
                let width = usize::from(cell.columns).min(MAX_COLUMNS.saturating_sub(column));
                *budget = budget.checked_sub(height * width * (1 + cell.range.of(text).len() / 64))?;
                if rows.len() < index + height {
                    rows.resize_with(index + height, Vec::new);
                }
                for row in &mut rows[index..index + height] {
                    if row.len() < column + width {
                        row.resize(column + width, None);
                    }
                    row[column..column + width].fill(Some(*cell));
                }
                column += width;
            }
        }
        let rows = rows
            .into_iter()
            .filter(|row| !row.is_empty())
            .map(|row| row.into_iter().map(|cell| cell_of(cell, text)).collect())
            .collect();
        Some(Table { caption: self.caption.map(|range| range.of(text).to_owned()), rows })
    }
}

fn cell_of(cell: Option<RawCell>, text: &str) -> Cell {
    match cell {
        Some(cell) => {
            Cell { text: cell.range.of(text).to_owned(), span: cell.range.span(), header: cell.header }
        }
        None => Cell { text: String::new(), span: Default::default(), header: false },
    }
}
