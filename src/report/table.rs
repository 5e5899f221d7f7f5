//! Plain-text tables: columns as wide as their widest cell, numbers to the right, thousands parted.

use std::fmt::Write;

/// A table: a heading row and cells. The first column is text, to the left; all others are figures, to the right, unless more of
/// them are said to be text.
#[derive(Debug)]
pub(super) struct Table {
    rows: Vec<Vec<String>>,
    texts: usize,
}

impl Table {
    pub fn new<const N: usize>(heading: [&str; N]) -> Table {
        Table { rows: vec![heading.map(str::to_owned).to_vec()], texts: 1 }
    }

    /// A table whose number of columns is not known beforehand.
    pub fn with_heading(heading: Vec<String>) -> Table {
        Table { rows: vec![heading], texts: 1 }
    }

    /// The same table, of which so many columns are text.
    pub fn texts(self, columns: usize) -> Table {
        Table { texts: columns, ..self }
    }

    pub fn row(&mut self, cells: Vec<String>) {
        self.rows.push(cells);
    }

    /// Appends the table to `out`, each line indented by two spaces.
    pub fn write(&self, out: &mut String) {
        let columns = self.rows.iter().map(Vec::len).max().unwrap_or(0);
        let width = |c: usize| self.rows.iter().filter_map(|r| r.get(c)).map(|s| s.chars().count()).max().unwrap_or(0);
        let widths: Vec<usize> = (0..columns).map(width).collect();
        for row in &self.rows {
            let mut line = String::new();
            for (i, (cell, &width)) in row.iter().zip(&widths).enumerate() {
                let _ = match i {
                    i if i < self.texts => write!(line, "  {cell:<width$}"),
                    _ => write!(line, "  {cell:>width$}"),
                };
            }
            out.push_str(line.trim_end());
            out.push('\n');
        }
    }
}

/// `1234567` as `1,234,567`.
pub(super) fn count(n: impl Into<i128>) -> String {
    let n = n.into();
    let digits = n.unsigned_abs().to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3 + 1);
    if n < 0 {
        out.push('-');
    }
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i) % 3 == 0 {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// `0.3` as `30.0000 %`, with so many decimals.
pub(super) fn percent(part: f64, decimals: usize) -> String {
    format!("{:.decimals$} %", part * 100.0)
}

/// Part of a whole, 0 where the whole is 0.
pub(super) fn ratio(part: u64, whole: u64) -> f64 {
    if whole == 0 { 0.0 } else { part as f64 / whole as f64 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thousands_are_parted() {
        assert_eq!(count(0u64), "0");
        assert_eq!(count(999u64), "999");
        assert_eq!(count(1_000u64), "1,000");
        assert_eq!(count(-1_234_567i64), "-1,234,567");
    }
}
