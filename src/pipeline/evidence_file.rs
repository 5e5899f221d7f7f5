//! Recorded values read back: a run's signals files, or what `annotate` wrote.

use super::Folder;
use super::books::ledger_files;
use super::signals::{BYTES, STEPS, TOKENS, plain_name, short_name, steps_stamp};
use super::table::SCAN_BATCH_BYTES;
use crate::error::{Error, Result};
use crate::io::Shard;
use crate::recipe::{Chain, Evidence, EvidenceColumn, EvidenceKind};
use arrow::array::{Array, ArrayRef, AsArray, BooleanArray, Float64Array, ListArray, RecordBatch, UInt64Array};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Float64Type, UInt64Type};
use std::path::{Path, PathBuf};

/// How to have values recorded, for those who have none.
const REMEDY: &str = "say `signals = true` under [ledger], or give `run` --signals, and run into a new folder";

/// A file of recorded values, found to be of a chain.
#[derive(Debug)]
pub struct EvidenceFile {
    shard: Shard,
}

impl EvidenceFile {
    /// The signals files of a source in a run's folder, one for each file of its ledger.
    ///
    /// # Errors
    /// [`Error::Invalid`] if the run recorded none, or has no such source; [`Error::Conflict`] if it went through other steps;
    /// [`Error::Unbalanced`] if a file has other rows than the ledger.
    pub fn of_run(root: &Path, source: &str, chain: &Chain) -> Result<Vec<EvidenceFile>> {
        let folder = Folder::new(root);
        let invalid = |problem: String| Error::Invalid { what: root.display().to_string(), problem };
        if !folder.run_file().exists() {
            return Err(invalid("holds no whole run (no run.json)".to_owned()));
        }
        if !folder.signals().exists() {
            return Err(invalid(format!("recorded no signals; {REMEDY}")));
        }
        let ledger = ledger_files(&folder.ledger())?;
        let Some(files) = ledger.get(source) else {
            let unknown = Error::unknown("source", source, ledger.keys().map(String::as_str));
            return Err(invalid(format!("the run has other sources: {unknown}")));
        };
        let open = |ledger: &PathBuf| {
            let name = ledger.file_name().map(PathBuf::from).unwrap_or_default();
            let file = EvidenceFile::open(&folder.signals().join(source).join(name), source, chain)?;
            let (rows, found) = (Shard::open(ledger)?.rows(), file.shard.rows());
            if rows != found {
                let path = file.shard.path().display();
                return Err(Error::Unbalanced(format!("{path} has {found} rows, the ledger {rows}")));
            }
            Ok(file)
        };
        files.iter().map(open).collect()
    }

    /// What `annotate` wrote for the steps of a chain.
    ///
    /// # Errors
    /// [`Error::Read`] if it is no such file, [`Error::Conflict`] if it is of other steps.
    pub fn annotations(path: &Path, source: &str, chain: &Chain) -> Result<EvidenceFile> {
        EvidenceFile::open(path, source, chain)
    }

    fn open(path: &Path, source: &str, chain: &Chain) -> Result<EvidenceFile> {
        let shard = Shard::open(path)?;
        let Some(stamp) = shard.footer_value(STEPS) else {
            return Err(Error::read(
                path,
                None,
                "names no steps in its footer: neither a signals file of a run nor annotations",
            ));
        };
        match first_difference(stamp, &steps_stamp(chain)) {
            None => Ok(EvidenceFile { shard }),
            Some(difference) => Err(Error::Conflict {
                path: path.to_owned(),
                problem: format!(
                    "was recorded by other steps than source `{source}` has: {difference}. Values hold for the steps that saw them: \
                     sweep with the recipe they were recorded with, or record them anew"
                ),
            }),
        }
    }

    /// Number of row groups.
    pub(super) fn row_groups(&self) -> usize {
        self.shard.row_groups()
    }

    /// Reads a row group.
    pub(super) fn read(
        &self,
        group: usize,
        chain: &Chain,
        evidence: &Evidence,
        each: &mut dyn FnMut(&EvidenceBatch),
    ) -> Result<()> {
        for batch in self.shard.read_roots(group, None, None, SCAN_BATCH_BYTES)? {
            each(&self.bind(&batch?, chain, evidence)?);
        }
        Ok(())
    }

    fn bind(&self, batch: &RecordBatch, chain: &Chain, evidence: &Evidence) -> Result<EvidenceBatch> {
        let typed = |name: &str, wanted: &DataType| {
            batch
                .column_by_name(name)
                .map(|column| cast(column, wanted))
                .transpose()
                .map_err(|e| self.unreadable(name, &e))
        };
        let numbers = |name: &str| -> Result<Option<UInt64Array>> {
            Ok(typed(name, &DataType::UInt64)?.map(|column| column.as_primitive::<UInt64Type>().clone()))
        };
        let bytes = numbers(BYTES)?.ok_or_else(|| self.unreadable(BYTES, &"is missing"))?;
        let columns: Result<Vec<Column>> = evidence
            .columns()
            .iter()
            .map(|column| {
                let plain = plain_name(chain, column).unwrap_or(&column.name);
                let found = batch.column_by_name(&column.name).or_else(|| batch.column_by_name(plain));
                match (column.kind, found) {
                    (EvidenceKind::Value, Some(found)) => Ok(Column::Value(
                        found
                            .as_primitive_opt::<Float64Type>()
                            .ok_or_else(|| self.unreadable(&column.name, &"is not real"))?
                            .clone(),
                    )),
                    (EvidenceKind::Passed, Some(found)) => Ok(Column::Passed(
                        found.as_boolean_opt().ok_or_else(|| self.unreadable(&column.name, &"is not boolean"))?.clone(),
                    )),
                    (EvidenceKind::Passed, None) => self.passed(batch, chain, column),
                    (EvidenceKind::Value, None) => Err(self.unreadable(&column.name, &"is missing")),
                }
            })
            .collect();
        Ok(EvidenceBatch { rows: batch.num_rows(), bytes, tokens: numbers(TOKENS)?, columns: columns? })
    }

    /// Whether a rule without a number passes, from the list of its step's failing rules.
    fn passed(&self, batch: &RecordBatch, chain: &Chain, column: &EvidenceColumn) -> Result<Column> {
        let step = chain.rules().get(column.rule).and_then(|rule| chain.steps().get(rule.step));
        let name = format!("{}.failed", step.map_or("", |step| &step.name));
        let lists: Option<&ListArray> = batch.column_by_name(&name).and_then(|lists: &ArrayRef| lists.as_list_opt());
        let lists = lists.ok_or_else(|| self.unreadable(&name, &"is missing"))?;
        let items = cast(lists.values(), &DataType::Utf8).map_err(|e| self.unreadable(&name, &e))?;
        let items = items.as_string::<i32>();
        let rule = short_name(chain, column.rule);
        let passed = lists.offsets().windows(2).map(|ends| {
            let (start, end) = (ends[0] as usize, ends[1] as usize);
            (start..end).all(|item| items.value(item) != rule)
        });
        Ok(Column::Passed(passed.collect::<Vec<bool>>().into()))
    }

    fn unreadable(&self, column: &str, problem: &dyn std::fmt::Display) -> Error {
        let problem = format!("{problem}; these are no values that this version recorded");
        Error::Column { path: self.shard.path().to_owned(), column: column.to_owned(), problem }
    }
}

/// Rows of recorded values.
#[derive(Debug)]
pub(super) struct EvidenceBatch {
    rows: usize,
    bytes: UInt64Array,
    tokens: Option<UInt64Array>,
    columns: Vec<Column>,
}

#[derive(Debug)]
enum Column {
    Value(Float64Array),
    Passed(BooleanArray),
}

impl EvidenceBatch {
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// Whether the row was judged at all. One that was set aside has no size.
    pub fn judged(&self, row: usize) -> bool {
        !self.bytes.is_null(row)
    }

    pub fn bytes(&self, row: usize) -> Option<u64> {
        self.judged(row).then(|| self.bytes.value(row))
    }

    pub fn tokens(&self, row: usize) -> Option<u64> {
        self.tokens.as_ref().filter(|tokens| !tokens.is_null(row)).map(|tokens| tokens.value(row))
    }

    /// A column's value: of a rule without a number, 1 where it passes.
    pub fn value(&self, column: usize, row: usize) -> Option<f64> {
        match &self.columns[column] {
            Column::Value(values) => (!values.is_null(row)).then(|| values.value(row)),
            Column::Passed(passed) => (!passed.is_null(row)).then(|| f64::from(u8::from(passed.value(row)))),
        }
    }
}

/// Where two lists of steps first differ, in words; `None` if they are the same.
fn first_difference(recorded: &str, recipe: &str) -> Option<String> {
    let (mut recorded, mut recipe) = (recorded.lines(), recipe.lines());
    let name = |line: &str| line.rsplit_once(' ').map_or(line, |(name, _)| name).to_owned();
    loop {
        return match (recorded.next(), recipe.next()) {
            (None, None) => None,
            (Some(was), Some(is)) if was == is => continue,
            (Some(was), Some(is)) if name(was) == name(is) => Some(format!("`{}` has other settings", name(is))),
            (Some(was), Some(is)) => Some(format!("`{}` stood where `{}` stands", name(was), name(is))),
            (Some(was), None) => Some(format!("`{}` is gone", name(was))),
            (None, Some(is)) => Some(format!("`{}` is new", name(is))),
        };
    }
}
