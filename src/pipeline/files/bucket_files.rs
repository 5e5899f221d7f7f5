//! Buckets of scores in files without a run: columns of numbers → `buckets.parquet`, and the thresholds.

use crate::error::{Error, Result};
use crate::io::{Column, Shard, StringColumn, TableOptions, TableWriter, remove_dir};
use crate::pipeline::measure::{EachRow, Measure};
use crate::pipeline::sort::Space;
use crate::pipeline::{Event, LabelledPath, Phase, Pool, Progress};
use crate::report::{FileBuckets, Measured};
use crate::score::{Combined, Ensemble, Levels};
use arrow::array::{ArrayRef, Float64Array, RecordBatch, StringArray, StringBuilder, UInt32Array, UInt64Array};
use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;

/// Most groups of rows that are measured by themselves: each holds thresholds, and while it is measured more.
const MOST_SCOPES: usize = 10_000;

/// What is asked of files of scores.
#[derive(Debug, Clone)]
pub struct BucketFiles {
    /// The files.
    pub files: Vec<LabelledPath>,
    /// Columns of numbers, one at least.
    pub scores: Vec<String>,
    /// Number of buckets.
    pub count: usize,
    /// How the buckets of several scores become one.
    pub combine: Ensemble,
    /// Column of whole numbers that rows are weighed by; `None`: all alike.
    pub weight: Option<String>,
    /// Which rows are measured by themselves.
    pub per: FileScope,
    /// Names of ranges of buckets, each with its first.
    pub levels: Vec<(String, u32)>,
    /// Column of ids, which is written again beside the buckets; `None`: none is.
    pub id: Option<String>,
    /// Entries of a sketch's summaries, where thresholds are to come from sketches and not from a sort.
    pub sketch: Option<usize>,
    /// Bytes of columns that a thread decodes at a time.
    pub batch_bytes: usize,
    /// Memory for sorting, in bytes.
    pub memory: Option<u64>,
}

/// Which rows of files are measured by themselves.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum FileScope {
    /// All together.
    #[default]
    Global,
    /// Those of each file.
    File,
    /// Those with the same value in a column of strings or integers; rows without one are a group, too.
    Column(String),
}

/// A file with its columns.
struct Opened {
    label: String,
    shard: Shard,
    scores: Vec<Column>,
    weight: Option<Column>,
    scope: Option<StringColumn>,
    id: Option<StringColumn>,
}

/// The rows of a batch.
struct Rows {
    scores: Vec<Vec<Option<f64>>>,
    weights: Option<Vec<Option<u64>>>,
    scopes: Vec<usize>,
    ids: Option<Vec<String>>,
}

/// Measures the buckets, and writes `buckets.parquet` into `out`: `shard`, `row`, `id` if there is one, the scores, `bucket` and, with names,
/// `level`, for each row in the order of the files.
///
/// # Errors
/// Files and columns that cannot be read, a column without weights, too many groups; a full disk.
pub fn bucket_files(ask: &BucketFiles, out: &Path, pool: &Pool, progress: &dyn Progress) -> Result<FileBuckets> {
    let mut files = ask.files.clone();
    files.sort();
    files.dedup();
    let opened = pool.map(&files, |file| Opened::open(file, ask))?;
    let groups = |at: usize| (0..opened[at].shard.row_groups()).map(move |group| (at, group));
    let parts: Vec<(usize, usize)> = (0..opened.len()).flat_map(groups).collect();
    let levels = if ask.levels.is_empty() { None } else { Some(Levels::new(ask.levels.clone())?) };
    let scopes = scopes(ask, &opened, &parts, pool)?;
    let measure =
        Measure { scores: ask.scores.len(), scopes: scopes.len().max(1), count: ask.count, ensemble: ask.combine };
    let rows = opened.iter().map(|file| file.shard.rows()).sum();
    progress.event(Event::Begin { phase: Phase::Plan, total: rows });
    let each = |&(at, group): &(usize, usize), each: &mut EachRow<'_>| {
        let mut scores = Vec::new();
        opened[at].each_batch(at, group, ask, &scopes, &mut |_, rows| {
            for row in 0..rows.scopes.len() {
                rows.read(row, &mut scores);
                each(rows.scopes[row], &scores, rows.weight(row))?;
            }
            Ok(())
        })
    };
    let space = Space::new(out.join("work"), ask.memory, pool.threads());
    let (combined, error) = match ask.sketch {
        Some(size) => measure.sketched(pool, &parts, size, each).map(|(combined, error)| (combined, Some(error)))?,
        None => (measure.exact(pool, &parts, &space, each)?, None),
    };
    remove_dir(&space.dir)?;
    let name = |at: usize| scopes.get(at).cloned();
    let all = combined.iter().enumerate();
    let measured = all.map(|(at, buckets)| Measured { source: name(at), buckets: buckets.clone() }).collect();
    let mut report =
        FileBuckets { scores: ask.scores.clone(), levels: ask.levels.clone(), measured, error, ..Default::default() };
    let schema = schema(ask, levels.is_some());
    let path = out.join("buckets.parquet");
    let mut writer = TableWriter::create(&path, &schema, &TableOptions::default())?;
    for some in parts.chunks(pool.threads().max(1)) {
        let batches = pool.map(some, |&(at, group)| {
            let mut found = Found::default();
            opened[at].each_batch(at, group, ask, &scopes, &mut |first, rows| {
                found.batches.push(batch(
                    &schema,
                    &opened[at].label,
                    first,
                    &rows,
                    &combined,
                    levels.as_ref(),
                    &mut found.tally,
                )?);
                Ok(())
            })?;
            Ok(found)
        })?;
        for found in batches {
            found.batches.iter().try_for_each(|batch| writer.write(batch))?;
            report.add(&found.tally);
        }
    }
    progress.event(Event::End { phase: Phase::Plan });
    report.rows = writer.finish()?;
    Ok(report)
}

/// What a row group comes to: its batches, and by bucket (behind the last: none) its rows and their weight.
#[derive(Default)]
struct Found {
    batches: Vec<RecordBatch>,
    tally: Vec<(u64, u64)>,
}

/// The values that tell groups apart, sorted; empty where there is one group.
fn scopes(ask: &BucketFiles, opened: &[Opened], parts: &[(usize, usize)], pool: &Pool) -> Result<Vec<String>> {
    let all: BTreeSet<String> = match &ask.per {
        FileScope::Global => BTreeSet::new(),
        FileScope::File => opened.iter().map(|file| file.label.clone()).collect(),
        FileScope::Column(_) => {
            let mut all = BTreeSet::new();
            for some in parts.chunks(4 * pool.threads().max(1)) {
                for values in pool.map(some, |&(at, group)| opened[at].values(group, ask.batch_bytes))? {
                    all.extend(values);
                    few(all.len())?;
                }
            }
            all
        }
    };
    few(all.len())?;
    Ok(all.into_iter().collect())
}

fn few(scopes: usize) -> Result<()> {
    match scopes > MOST_SCOPES {
        true => Err(Error::Invalid {
            what: "--per".into(),
            problem: format!(
                "more than {MOST_SCOPES} groups would be measured by themselves; name a column of fewer values"
            ),
        }),
        false => Ok(()),
    }
}

impl Opened {
    fn open(file: &LabelledPath, ask: &BucketFiles) -> Result<Opened> {
        let shard = Shard::open(&file.path)?;
        let scores = ask.scores.iter().map(|name| shard.column(name)?.of_numbers()).collect::<Result<_>>()?;
        let weight = ask.weight.as_deref().map(|name| shard.column(name)).transpose()?;
        if let Some(column) = weight.as_ref().filter(|column| !column.data_type().is_integer()) {
            return Err(column.error(format!("has type {}, where an integer is needed", column.data_type())));
        }
        let scope = match &ask.per {
            FileScope::Column(name) => Some(shard.id_column(name)?),
            _ => None,
        };
        let id = ask.id.as_deref().map(|name| shard.id_column(name)).transpose()?;
        Ok(Opened { label: file.label.clone(), shard, scores, weight, scope, id })
    }

    /// The distinct values of the column that tells groups apart.
    fn values(&self, group: usize, batch_bytes: usize) -> Result<BTreeSet<String>> {
        let Some(scope) = &self.scope else { return Ok(BTreeSet::new()) };
        let mut found = BTreeSet::new();
        for batch in self.shard.read_roots(group, Some(&[scope.column().root()]), None, batch_bytes)? {
            let values = scope.bind(&batch?)?;
            for value in (0..values.len()).map(|row| values.get(row).unwrap_or_default()) {
                if !found.contains(value) {
                    found.insert(value.to_owned());
                }
            }
        }
        Ok(found)
    }

    /// The batches of a row group, each with the number of its first row.
    fn each_batch(
        &self,
        at: usize,
        group: usize,
        ask: &BucketFiles,
        scopes: &[String],
        each: &mut dyn FnMut(u64, Rows) -> Result<()>,
    ) -> Result<()> {
        let strings = [&self.scope, &self.id].into_iter().flatten().map(StringColumn::column);
        let roots: Vec<&str> = self.scores.iter().chain(&self.weight).chain(strings).map(Column::root).collect();
        let mut first = self.shard.first_row(group);
        for batch in self.shard.read_roots(group, Some(&roots), None, ask.batch_bytes)? {
            let batch = batch?;
            let place = |value: &str| scopes.binary_search_by(|scope| scope.as_str().cmp(value)).unwrap_or(0);
            let of_file = if ask.per == FileScope::File { place(&self.label) } else { 0 };
            let values = self.scope.as_ref().map(|scope| scope.bind(&batch)).transpose()?;
            let of = |row| values.as_ref().map_or(of_file, |values| place(values.get(row).unwrap_or_default()));
            let scores = self.scores.iter().map(|column| column.bind_f64(&batch)).collect::<Result<_>>()?;
            let weights = self.weight.as_ref().map(|column| column.bind_u64(&batch)).transpose()?;
            if let (Some(column), Some(row)) = (&self.weight, weights.iter().flatten().position(Option::is_none)) {
                let problem = format!("has no weight in row {} (row group {group} of file {at})", first + row as u64);
                return Err(column.error(problem));
            }
            let ids = self.id.as_ref().map(|id| id.bind(&batch)).transpose()?;
            let id =
                |ids: crate::io::Strings| (0..ids.len()).map(|i| ids.get(i).unwrap_or_default().to_owned()).collect();
            let scopes = (0..batch.num_rows()).map(of).collect();
            each(first, Rows { scores, weights, scopes, ids: ids.map(id) })?;
            first += batch.num_rows() as u64;
        }
        Ok(())
    }
}

impl Rows {
    fn read(&self, row: usize, scores: &mut Vec<Option<f64>>) {
        scores.clear();
        scores.extend(self.scores.iter().map(|column| column.get(row).copied().flatten()));
    }

    fn weight(&self, row: usize) -> u64 {
        self.weights.as_ref().map_or(1, |weights| weights.get(row).copied().flatten().unwrap_or(0))
    }
}

fn schema(ask: &BucketFiles, levels: bool) -> SchemaRef {
    let mut fields = vec![Field::new("shard", DataType::Utf8, false), Field::new("row", DataType::UInt64, false)];
    fields.extend(ask.id.as_ref().map(|_| Field::new("id", DataType::Utf8, false)));
    fields.extend(ask.scores.iter().map(|name| Field::new(name, DataType::Float64, true)));
    fields.push(Field::new("bucket", DataType::UInt32, true));
    fields.extend(levels.then(|| Field::new("level", DataType::Utf8, true)));
    Arc::new(Schema::new(fields))
}

/// The rows of a batch with their buckets, which are counted.
fn batch(
    schema: &SchemaRef,
    label: &str,
    first: u64,
    rows: &Rows,
    combined: &[Combined],
    levels: Option<&Levels>,
    tally: &mut Vec<(u64, u64)>,
) -> Result<RecordBatch> {
    let (n, mut scores) = (rows.scopes.len(), Vec::new());
    let buckets: Vec<Option<u32>> = (0..n)
        .map(|row| {
            rows.read(row, &mut scores);
            combined.get(rows.scopes[row])?.of(&scores)
        })
        .collect();
    let none = combined.first().map_or(0, Combined::buckets);
    tally.resize(none + 1, (0, 0));
    for (row, bucket) in buckets.iter().enumerate() {
        if let Some(sum) = tally.get_mut(bucket.map_or(none, |bucket| bucket as usize)) {
            *sum = (sum.0 + 1, sum.1.saturating_add(rows.weight(row)));
        }
    }
    let mut columns: Vec<ArrayRef> = vec![
        Arc::new(StringArray::from_iter_values(std::iter::repeat_n(label, n))),
        Arc::new(UInt64Array::from_iter_values((0..n as u64).map(|row| first + row))),
    ];
    columns.extend(rows.ids.as_ref().map(|ids| -> ArrayRef { Arc::new(StringArray::from_iter_values(ids)) }));
    columns.extend(rows.scores.iter().map(|scores| -> ArrayRef { Arc::new(Float64Array::from(scores.clone())) }));
    columns.push(Arc::new(UInt32Array::from(buckets.clone())));
    if let Some(levels) = levels {
        let mut names = StringBuilder::new();
        buckets.iter().for_each(|bucket| names.append_option(bucket.map(|bucket| levels.of(bucket))));
        columns.push(Arc::new(names.finish()));
    }
    RecordBatch::try_new(schema.clone(), columns)
        .map_err(|e| Error::Unbalanced(format!("a batch of buckets does not fit together: {e}")))
}
