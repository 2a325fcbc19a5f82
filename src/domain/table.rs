//! Reads the tables that are shipped inside the program: lines of cells parted by tabs, `#` before a comment.
//!
//! Never fails: a table is held to its form by the tests of the module that reads it, so that a lookup at run
//! time need not be.

/// The lines of a table that hold facts.
pub(super) fn lines(table: &'static str) -> impl Iterator<Item = &'static str> {
    table.lines().filter(|line| !line.is_empty() && !line.starts_with('#'))
}

/// The cells of a line: exactly `N`, the last ones empty where the line is shorter.
pub(super) fn cells<const N: usize>(line: &'static str) -> [&'static str; N] {
    let mut cells = [""; N];
    for (cell, text) in cells.iter_mut().zip(line.split('\t')) {
        *cell = text;
    }
    cells
}

/// The numbers of a cell, parted by commas.
pub(super) fn numbers(cell: &'static str) -> impl Iterator<Item = u16> {
    cell.split(',').filter_map(|number| number.parse().ok())
}
