//! [`RunTable`]: proxy runs out of two CSV texts: the shares of each run, and what was measured of it.

use crate::error::{Error, Result};

/// Runs × sources, and runs × metrics. RegMix publishes its tables in this form (sail-sg/regmix, `data/`).
///
/// ```
/// use mashbill::mix::weights::RunTable;
///
/// let table = RunTable::parse("index,web,code\n0,0.75,0.25\n1,0.5,0.5\n", "index,loss\n1,2.5\n0,2.25\n")?;
/// assert_eq!((table.sources.as_slice(), table.shares[0].as_slice()), (["web", "code"].map(String::from).as_slice(), [0.75, 0.25].as_slice()));
/// assert_eq!(table.metric("loss")?, [2.25, 2.5]);
/// # Ok::<(), mashbill::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct RunTable {
    /// Names of the sources.
    pub sources: Vec<String>,
    /// Shares by run; each sums to 1, to the rounding of the table.
    pub shares: Vec<Vec<f64>>,
    /// Names of the metrics.
    pub metrics: Vec<String>,
    /// Values by run, runs in the order of `shares`.
    pub values: Vec<Vec<f64>>,
}

/// How far the shares of a run may sum from 1: tables are printed with three places, and 17 of those may be off by half a thousandth each.
const SUM_TOLERANCE: f64 = 0.02;

impl RunTable {
    /// Reads both tables: a line of names, then lines of numbers, separated by commas. The first column names the run, in both.
    ///
    /// # Errors
    /// [`Error::Invalid`], with the table, line and column: a number that is none, a line of another length, a run that only one table has or
    /// that one has twice, shares that are negative or do not sum to 1.
    pub fn parse(shares: &str, metrics: &str) -> Result<RunTable> {
        let (sources, rows) = read("shares", shares)?;
        let (metric_names, measured) = read("metrics", metrics)?;
        if let Some((run, _)) = measured.iter().find(|(run, _)| rows.iter().all(|row| row.0 != *run)) {
            return Err(invalid("metrics", format!("run `{run}` has no shares")));
        }
        let (mut shares, mut values) = (Vec::new(), Vec::new());
        for (run, row) in rows {
            let sum: f64 = row.iter().sum();
            if (sum - 1.0).abs() > SUM_TOLERANCE || row.iter().any(|share| *share < 0.0) {
                return Err(invalid("shares", format!("those of run `{run}` sum to {sum:.4}, or one is below 0")));
            }
            let found = measured.iter().find(|(other, _)| *other == run);
            let (_, measures) = found.ok_or_else(|| invalid("metrics", format!("run `{run}` is missing")))?;
            shares.push(row.iter().map(|share| share / sum).collect());
            values.push(measures.clone());
        }
        Ok(RunTable { sources, shares, metrics: metric_names, values })
    }

    /// The values of a metric, by run.
    ///
    /// # Errors
    /// [`Error::Unknown`] with the nearest name there is.
    pub fn metric(&self, name: &str) -> Result<Vec<f64>> {
        let at = self.metrics.iter().position(|metric| metric == name);
        let at = at.ok_or_else(|| Error::unknown("metric", name, self.metrics.iter().map(String::as_str)))?;
        Ok(self.values.iter().map(|row| row[at]).collect())
    }
}

type Rows = Vec<(String, Vec<f64>)>;

fn read(what: &str, text: &str) -> Result<(Vec<String>, Rows)> {
    let mut lines = text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty());
    let cells = |line: &str| {
        line.trim_start_matches('\u{feff}').split(',').map(|c| c.trim().trim_matches('"').to_owned()).collect()
    };
    let names: Vec<String> = lines.next().map(|(_, line)| cells(line)).unwrap_or_default();
    if names.len() < 2 {
        return Err(invalid(what, "need a line of names: the run, then at least one column".to_owned()));
    }
    let mut rows: Rows = Vec::new();
    for (number, line) in lines {
        let row: Vec<String> = cells(line);
        if row.len() != names.len() {
            return Err(invalid(what, format!("line {} has {} columns, not {}", number + 1, row.len(), names.len())));
        }
        let mut values = Vec::with_capacity(row.len());
        for (cell, name) in row.iter().zip(&names).skip(1) {
            let value = cell.parse::<f64>().ok().filter(|value| value.is_finite());
            values.push(value.ok_or_else(|| {
                invalid(what, format!("line {}, column `{name}`: `{cell}` is not a number", number + 1))
            })?);
        }
        if rows.iter().any(|(run, _)| *run == row[0]) {
            return Err(invalid(what, format!("line {}: run `{}` is there already", number + 1, row[0])));
        }
        rows.push((row[0].clone(), values));
    }
    Ok((names.into_iter().skip(1).collect(), rows))
}

fn invalid(table: &str, problem: String) -> Error {
    Error::Invalid { what: format!("table of {table}"), problem }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mistakes_are_named_with_their_place() {
        let problem = |shares: &str, metrics: &str| RunTable::parse(shares, metrics).unwrap_err().to_string();
        assert_eq!(problem("", ""), "table of shares: need a line of names: the run, then at least one column");
        let good = "run,a,b\r\n1,0.5,0.5\r\n";
        assert_eq!(problem("run,a,b\n1,0.5\n", good), "table of shares: line 2 has 2 columns, not 3");
        assert_eq!(problem("run,a,b\n1,0.5,x\n", good), "table of shares: line 2, column `b`: `x` is not a number");
        assert_eq!(problem("run,a,b\n1,0.5,NaN\n", good), "table of shares: line 2, column `b`: `NaN` is not a number");
        assert_eq!(
            problem("run,a,b\n1,0.5,0.4\n", "run,l\n1,2\n"),
            "table of shares: those of run `1` sum to 0.9000, or one is below 0"
        );
        assert_eq!(problem(good, "run,l\n2,2\n"), "table of metrics: run `2` has no shares");
        assert_eq!(problem("run,a\n1,1\n2,1\n", "run,l\n1,2\n"), "table of metrics: run `2` is missing");
        assert_eq!(problem("run,a\n1,1\n1,1\n", "run,l\n1,2\n"), "table of shares: line 3: run `1` is there already");
        let table = RunTable::parse(good, "run,loss\n1,2\n").unwrap();
        assert!(table.metric("los").unwrap_err().to_string().contains("did you mean `loss`?"));
    }
}
