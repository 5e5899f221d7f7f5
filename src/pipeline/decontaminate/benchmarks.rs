//! Benchmark files → items: Parquet and JSONL, read whole; benchmarks are small beside what is checked against them.

use super::layout;
use super::value::value_at;
use crate::decontaminate::Item;
use crate::error::{Cause, Error, Result, nearest};
use crate::io::Shard;
use crate::pipeline::LabelledPath;
use crate::pipeline::run::digest;
use crate::recipe::ItemColumns;
use serde::Serialize;
use serde_json::{Map, Value};
use std::collections::BTreeSet;
use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::path::Path;

/// Bytes of columns that are decoded at a time.
const BATCH_BYTES: usize = 8 << 20;
/// The longest line of a JSONL file, in bytes.
const MAX_LINE_BYTES: u64 = 256 << 20;

/// A file of benchmark items, Parquet or JSONL (by its first bytes, not its name).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BenchmarkFile {
    /// The file and the name it goes by.
    pub file: LabelledPath,
    /// The benchmark's name, before any column; `None`: a column's, else the file's name.
    pub name: Option<String>,
    /// Which columns hold what.
    pub columns: ItemColumns,
}

/// What a file was when it was read: part of a job's identity.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct BenchmarkDigest {
    /// The file's name in reports.
    pub file: String,
    /// Its size.
    pub bytes: u64,
    /// xxh3-128 of all of it, 32 hex digits.
    pub xxh3_128: String,
    /// Its items.
    pub items: u64,
}

/// Reads files, in the order of their labels.
///
/// # Errors
/// [`Error::Read`] for a file that is neither Parquet nor JSONL, or is damaged, with the row group or line; [`Error::Column`] for a mapping to a column
/// that is not there, and for a file in which no column is known to hold the question.
pub fn read_benchmarks(files: &[BenchmarkFile]) -> Result<(Vec<Item>, Vec<BenchmarkDigest>)> {
    let mut files: Vec<&BenchmarkFile> = files.iter().collect();
    files.sort_by(|a, b| a.file.cmp(&b.file));
    files.dedup();
    let (mut items, mut digests) = (Vec::new(), Vec::new());
    for file in files {
        let before = items.len();
        read_file(file, &mut items)?;
        let (bytes, xxh3_128) = digest(&file.file.path)?;
        digests.push(BenchmarkDigest {
            file: file.file.label.clone(),
            bytes,
            xxh3_128,
            items: (items.len() - before) as u64,
        });
    }
    Ok((items, digests))
}

fn read_file(file: &BenchmarkFile, items: &mut Vec<Item>) -> Result<()> {
    let path = &file.file.path;
    let mut first = [0; 4];
    let mut opened = File::open(path).map_err(|e| Error::read(path, None, e))?;
    let is_parquet = opened.read_exact(&mut first).is_ok() && &first == b"PAR1";
    if is_parquet || path.extension().is_some_and(|extension| extension == "parquet") {
        return read_parquet(file, items);
    }
    let opened = File::open(path).map_err(|e| Error::read(path, None, e))?;
    read_lines(file, BufReader::new(opened), items)
}

fn read_parquet(file: &BenchmarkFile, items: &mut Vec<Item>) -> Result<()> {
    let path = &file.file.path;
    let shard = Shard::open(path)?;
    let mut number = 0;
    for group in 0..shard.row_groups() {
        for batch in shard.read_roots(group, None, None, BATCH_BYTES)? {
            let batch = batch?;
            let schema = batch.schema();
            for row in 0..batch.num_rows() {
                let read = || -> std::result::Result<Map<String, Value>, Cause> {
                    let columns = schema.fields().iter().zip(batch.columns());
                    columns.map(|(field, column)| Ok((field.name().clone(), value_at(column, row)?))).collect()
                };
                let values = read().map_err(|e| Error::read(path, Some(group), e))?;
                items.push(item(file, &values, number, None)?);
                number += 1;
            }
        }
    }
    if number == 0 {
        // No row shows what is missing, so the columns must.
        let values: Map<String, Value> =
            shard.schema().fields().iter().map(|field| (field.name().clone(), Value::Null)).collect();
        item(file, &values, 0, None)?;
    }
    Ok(())
}

fn read_lines(file: &BenchmarkFile, mut reader: impl BufRead, items: &mut Vec<Item>) -> Result<()> {
    let path = &file.file.path;
    let (mut bytes, mut line, mut number) = (Vec::new(), 0_u64, 0);
    loop {
        bytes.clear();
        line += 1;
        let fail = |cause: String| Error::read(path, None, format!("line {line}: {cause}"));
        let read =
            reader.by_ref().take(MAX_LINE_BYTES).read_until(b'\n', &mut bytes).map_err(|e| fail(e.to_string()))?;
        if read == 0 {
            return Ok(());
        }
        let start = if line == 1 && bytes.starts_with(b"\xEF\xBB\xBF") { 3 } else { 0 };
        let text = bytes[start..].trim_ascii();
        if text.is_empty() {
            continue;
        }
        let value: Value = serde_json::from_slice(text)
            .map_err(|e| fail(format!("{e}; benchmarks are Parquet, or JSON with one object a line")))?;
        let Value::Object(values) = value else {
            return Err(fail("is no object; benchmarks are Parquet, or JSON with one object a line".into()));
        };
        items.push(item(file, &values, number, Some(line))?);
        number += 1;
    }
}

fn item(file: &BenchmarkFile, row: &Map<String, Value>, number: u64, line: Option<u64>) -> Result<Item> {
    let path = file.file.path.as_path();
    let place = line.map(|line| format!(" in line {line}")).unwrap_or_default();
    let error =
        |column: &str, problem: String| Error::Column { path: path.to_owned(), column: column.to_owned(), problem };
    let known = || -> BTreeSet<&str> { row.keys().map(String::as_str).collect() };
    let list = || known().into_iter().collect::<Vec<_>>().join(", ");
    // What later rows leave out is empty, but a question is needed always.
    let asked = |name: &&str| number == 0 || file.columns.question.as_deref() == Some(*name);
    if let Some(missing) = file.columns.named().filter(asked).find(|name| !layout::has(row, name)) {
        let near = nearest(missing, known()).map(|n| format!(" (did you mean `{n}`?)")).unwrap_or_default();
        return Err(error(missing, format!("is missing{place}{near}; there are: {}", list())));
    }
    let mut item = layout::item(row, &file.columns, stem(path), number).ok_or_else(|| {
        let way =
            "say which column holds it: { path = …, question = \"…\" } in a recipe, --question COLUMN without one";
        error(
            "question",
            format!("is missing{place}, and no other column is known to hold it; there are: {}; {way}", list()),
        )
    })?;
    if let Some(name) = &file.name {
        item.benchmark.clone_from(name);
    }
    Ok(item)
}

/// The name of a file without its extension.
fn stem(path: &Path) -> &str {
    path.file_stem().and_then(|name| name.to_str()).unwrap_or("benchmark")
}
