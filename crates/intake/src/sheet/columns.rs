//! Which column of a CSV file is what.

use crate::{
    error::{Place, Problem},
    issues::Issues,
    nearest::nearest,
    node::Node,
    source::Source,
    table::Table,
};

/// What a column may be. The last ones are known values of the target.
pub(super) const ROLES: [&str; 9] =
    ["id", "name", "url", "country", "currency", "sku", "gtin", "mpn", "brand"];

/// The first of them, which columns have by their names even where others are named.
const USUAL: usize = 3;

/// What a column is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Role {
    pub(super) name: &'static str,
    /// By its own name alone: what such a column holds may be meant otherwise.
    pub(super) guessed: bool,
}

impl Role {
    /// Whether the column passes through to the record all the same.
    pub(super) fn passes(self) -> bool {
        self.guessed && !ROLES[..USUAL].contains(&self.name)
    }
}

/// `from = { csv = "companies.csv", id = "crm_id", name = "company", url = "website" }`. By default there is no such
/// table, and columns are what they are called.
#[derive(Debug, Default)]
pub(crate) struct Columns {
    pub(super) at: usize,
    pub(super) path: String,
    named: Vec<(&'static str, String)>,
}

impl Columns {
    pub(crate) fn read(node: &Node, issues: &mut Issues) -> Option<Self> {
        let mut table = Table::of(node, "from", issues)?;
        let path = table.text("csv", issues);
        if path.is_none() && issues.is_empty() {
            issues.bad_value(node.at, "`from` needs `csv`, the path of a CSV file");
        }
        let named = ROLES.iter().filter_map(|role| Some((*role, table.text(role, issues)?))).collect();
        table.finish(issues);
        Some(Self { at: node.at, path: path?, named })
    }
}

/// The columns of one file.
#[derive(Debug)]
pub(super) struct Header {
    /// Distinct names of all columns.
    pub(super) names: Vec<String>,
    /// The role of each column, if it has one.
    pub(super) roles: Vec<Option<Role>>,
}

impl Header {
    /// Finds the columns that `columns` names, written in `referrer`, and those with the usual names: all of them when
    /// it names none.
    pub(super) fn resolve(
        cells: &[String],
        columns: &Columns,
        source: &Source<'_>,
        referrer: &Source<'_>,
    ) -> Result<Self, Vec<Problem>> {
        let mut problems = Vec::new();
        let mut roles: Vec<Option<Role>> = vec![None; cells.len()];
        for (role, column) in &columns.named {
            let matches = positions(cells, column);
            match matches[..] {
                [index] => match roles[index].replace(Role { name: role, guessed: false }) {
                    None => {}
                    Some(Role { name: first, .. }) => problems.push(Problem {
                        place: referrer.place(columns.at),
                        what: format!("`from.{first}` and `from.{role}` both name the column `{column}`"),
                        hint: None,
                    }),
                },
                [] => problems.push(Problem {
                    place: referrer.place(columns.at),
                    what: format!("`from.{role}`: {} has no column `{column}`", source.name),
                    hint: Some(match nearest(column, cells.iter().map(String::as_str)) {
                        Some(near) => format!("did you mean `{near}`?"),
                        None => format!("its columns are {}", list(cells)),
                    }),
                }),
                _ => problems.push(twice(source, column)),
            }
        }
        let by_name = if columns.named.is_empty() { &ROLES[..] } else { &ROLES[..USUAL] };
        for role in by_name.iter().filter(|role| !columns.named.iter().any(|(named, _)| named == *role)) {
            let mut free = positions(cells, role);
            if *role == "url" && free.is_empty() {
                free = positions(cells, "urls");
            }
            free.retain(|index| roles[*index].is_none());
            match free[..] {
                [index] => roles[index] = Some(Role { name: role, guessed: true }),
                [] => {}
                _ => problems.push(twice(source, role)),
            }
        }
        if !roles.iter().flatten().any(|role| role.name == "url") && columns.named.is_empty() {
            problems.push(Problem {
                place: Place { line: Some(1), ..Place::whole(source.name) },
                what: "no column is called `url`".into(),
                hint: Some(format!(
                    "the columns are {}; the first line must name them, such as id,name,url, or a targets file says \
                     which is which: from = {{ csv = \"{}\", url = \"website\" }}",
                    list(cells),
                    source.name
                )),
            });
        }
        if problems.is_empty() { Ok(Self { names: distinct(cells), roles }) } else { Err(problems) }
    }
}

fn positions(cells: &[String], column: &str) -> Vec<usize> {
    let exact = |cell: &String| cell.trim() == column.trim();
    let same = |cell: &String| cell.trim().to_lowercase() == column.trim().to_lowercase();
    let found = |test: &dyn Fn(&String) -> bool| {
        cells.iter().enumerate().filter(|(_, cell)| test(cell)).map(|(index, _)| index).collect::<Vec<_>>()
    };
    let exactly = found(&exact);
    if exactly.is_empty() { found(&same) } else { exactly }
}

fn twice(source: &Source<'_>, column: &str) -> Problem {
    Problem {
        place: Place { line: Some(1), ..Place::whole(source.name) },
        what: format!("several columns are called `{column}`"),
        hint: Some("rename all but one".into()),
    }
}

fn list(cells: &[String]) -> String {
    let shown: Vec<String> = cells
        .iter()
        .take(30)
        .map(|cell| format!("`{}`", cell.chars().take(40).collect::<String>()))
        .collect();
    shown.join(", ")
}

/// Names under which columns pass through: a column without name is called by its number, a repeated name gets one.
fn distinct(cells: &[String]) -> Vec<String> {
    let mut names: Vec<String> = Vec::with_capacity(cells.len());
    let mut taken = std::collections::HashSet::new();
    for (index, cell) in cells.iter().enumerate() {
        let base =
            if cell.trim().is_empty() { format!("column {}", index + 1) } else { cell.trim().to_owned() };
        let mut name = base.clone();
        let mut number = 2;
        while !taken.insert(name.clone()) {
            name = format!("{base} {number}");
            number += 1;
        }
        names.push(name);
    }
    names
}
