//! Where the emitted rows of a ledger come from: values counted by an external sort, seeds found by a join of sorted hashes. Nothing is
//! held of a row, and of values only those that are told.

use super::Pool;
use super::caps::hash_of;
use super::sort::{Sequence, Space, record};
use super::table::SCAN_BATCH_BYTES;
use crate::error::Result;
use crate::io::Shard;
use crate::ledger::{LedgerBatch, Provenance, RowVerdict, Tally, check_versions};
use crate::mix::Caps;
use crate::report::{FieldShares, LISTED_VALUES, ProvenanceReport, SeedOverlap, ValueShare};
use arrow::array::{Array, AsArray};
use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};

/// Values that a file sums up before it hands them over.
const TOGETHER: usize = 1 << 14;
/// Records that a thread gathers before it hands them over.
const CHUNK: usize = 8192;
/// Any source: a seed that does not say where it is from.
const ANY: u32 = u32::MAX;
/// Files, and rows of a file, in the number of a row.
const FILE_SHIFT: u32 = 40;

record! {
    /// What is emitted of a value, in some rows.
    Part { group: u32, field: u32, value: u128, rows: u64, tokens: u64, bytes: u64, }
}

record! {
    /// An emitted document of a source that is not synthetic (`seed` is 0), or a seed of an emitted row.
    Named { id: u128, seed: u32, source: u32, row: u64, copies: u64, tokens: u64, }
}

record! {
    /// An emitted row of which a seed is emitted.
    Seeded { row: u64, copies: u64, tokens: u64, }
}

/// A source of a ledger: its name, its group in the mix, whether it is synthetic, its files in their order.
#[derive(Debug, Clone)]
pub(super) struct OriginSource {
    pub name: String,
    pub group: String,
    pub synthetic: bool,
    pub files: Vec<PathBuf>,
}

impl OriginSource {
    /// Sources by name and category, still without files; `by_source`: each is a group of its own.
    pub fn of(names: &[(String, String)], by_source: bool) -> Vec<OriginSource> {
        let source = |(name, category): &(String, String)| OriginSource {
            name: name.clone(),
            group: if by_source { name.clone() } else { category.clone() },
            synthetic: category == "synthetic",
            files: Vec::new(),
        };
        names.iter().map(source).collect()
    }
}

/// Sums up where emitted rows come from; `None` where no ledger file says it of any row.
///
/// # Errors
/// An unreadable ledger, a full disk.
pub(super) fn sum_up(
    pool: &Pool,
    sources: &[OriginSource],
    caps: &Caps,
    space: &Space,
) -> Result<Option<ProvenanceReport>> {
    let mut has = Provenance::default();
    let mut files = Vec::new();
    for (at, source) in sources.iter().enumerate() {
        for path in &source.files {
            let file = Shard::open(path)?;
            check_versions(&file)?;
            has = has.and(Provenance::of(file.schema()));
            files.push(OriginFile { source: at as u32, number: files.len() as u64, path });
        }
    }
    if has.is_empty() {
        return Ok(None);
    }
    let mut groups: Vec<&str> = sources.iter().map(|source| source.group.as_str()).collect();
    groups.sort_unstable();
    groups.dedup();
    let origins = Origins { pool, sources, caps, space, has, groups, files };
    origins.report().map(Some)
}

struct OriginFile<'a> {
    source: u32,
    number: u64,
    path: &'a PathBuf,
}

struct Origins<'a> {
    pool: &'a Pool,
    sources: &'a [OriginSource],
    caps: &'a Caps,
    space: &'a Space,
    has: Provenance,
    groups: Vec<&'a str>,
    files: Vec<OriginFile<'a>>,
}

/// Values that a report tells, by group, field and hash.
type Told = HashMap<(u32, u32, u128), Option<String>>;

impl Origins<'_> {
    fn report(&self) -> Result<ProvenanceReport> {
        let (sums, emitted) = self.sums()?;
        let top = top(&sums)?;
        let mut told: Told = top
            .iter()
            .flat_map(|(&(group, field), top)| top.iter().map(move |p| ((group, field, p.value), None)))
            .collect();
        self.name(&mut told)?;
        let mut report = ProvenanceReport::default();
        for (group, name) in (0..).zip(&self.groups) {
            let emitted = emitted[group as usize];
            for field in (0..Provenance::CAPPED as u32).filter(|&field| self.has.has[field as usize]) {
                let mut shares = FieldShares { emitted, without: emitted, ..FieldShares::default() };
                for part in top.get(&(group, field)).into_iter().flatten() {
                    let value = told.get(&(group, field, part.value)).cloned().flatten().unwrap_or_default();
                    let cap = self.caps.share(Provenance::COLUMNS[field as usize], &value)?;
                    let share = share(part.tokens, emitted.tokens);
                    shares.top.push(ValueShare { value, rows: part.rows, tokens: part.tokens, share, cap });
                }
                report
                    .groups
                    .entry((*name).to_owned())
                    .or_default()
                    .insert(Provenance::COLUMNS[field as usize].to_owned(), shares);
            }
        }
        self.count(&sums, &mut report)?;
        // What says nothing of any emitted row is left out.
        report.groups.values_mut().for_each(|fields| fields.retain(|_, shares| shares.values > 0));
        report.groups.retain(|_, fields| !fields.is_empty());
        if self.has.has[Provenance::SEEDS] {
            report.seeds = Some(self.seeds()?);
        }
        Ok(report)
    }

    /// What is emitted of every value, and of every group.
    fn sums(&self) -> Result<(Sequence<Part>, Vec<Tally>)> {
        let sorter = self.space.sorter::<Part>("origins")?;
        let emitted = Mutex::new(vec![Tally::default(); self.groups.len()]);
        let flush = |sums: &mut HashMap<(u32, u128), Tally>, group: u32| {
            let part =
                |((field, value), Tally { rows, tokens, bytes })| Part { group, field, value, rows, tokens, bytes };
            sorter.push(&mut sums.drain().map(part).collect())
        };
        self.pool.map(&self.files, |file| {
            let group = self.group_of(file.source);
            let (mut sums, mut all) = (HashMap::<(u32, u128), Tally>::new(), Tally::default());
            self.each_emitted(file, &["bytes"], &mut |batch, rows| {
                let (fields, bytes) = (self.fields(batch)?, batch.u64s("bytes")?);
                for &Emitted { at, copies, tokens, .. } in rows {
                    let tally = Tally { rows: copies, bytes: copies * bytes.value(at), tokens: copies * tokens };
                    add(&mut all, &tally);
                    for (field, column) in &fields {
                        if column.is_valid(at) {
                            add(sums.entry((*field, hash_of(column.value(at)))).or_default(), &tally);
                        }
                    }
                }
                if sums.len() < TOGETHER { Ok(()) } else { flush(&mut sums, group) }
            })?;
            flush(&mut sums, group)?;
            let mut emitted = emitted.lock().unwrap_or_else(PoisonError::into_inner);
            add(&mut emitted[group as usize], &all);
            Ok(())
        })?;
        let mut sorted = sorter.finish()?;
        let mut sums = self.space.sequence::<Part>("origin-sums")?;
        let mut last: Option<Part> = None;
        while let Some(part) = sorted.next()? {
            match &mut last {
                Some(last) if (last.group, last.field, last.value) == (part.group, part.field, part.value) => {
                    last.rows += part.rows;
                    last.tokens += part.tokens;
                    last.bytes += part.bytes;
                }
                _ => last.replace(part).map_or(Ok(()), |sum| sums.push(sum))?,
            }
        }
        last.map_or(Ok(()), |sum| sums.push(sum))?;
        Ok((sums.finish()?, emitted.into_inner().unwrap_or_else(PoisonError::into_inner)))
    }

    /// Counts values, and those over their caps.
    fn count(&self, sums: &Sequence<Part>, report: &mut ProvenanceReport) -> Result<()> {
        let named: HashMap<(u32, u128), &str> = (0..Provenance::CAPPED as u32)
            .filter_map(|field| Some((field, self.caps.fields.get(Provenance::COLUMNS[field as usize])?)))
            .flat_map(|(field, caps)| caps.values.keys().map(move |value| ((field, hash_of(value)), value.as_str())))
            .collect();
        each(sums, &mut |part| {
            let (field, group) = (Provenance::COLUMNS[part.field as usize], self.groups[part.group as usize]);
            let Some(shares) = report.groups.get_mut(group).and_then(|fields| fields.get_mut(field)) else {
                return Ok(());
            };
            shares.values += 1;
            shares.without.rows -= part.rows;
            shares.without.tokens -= part.tokens;
            shares.without.bytes -= part.bytes;
            // Whatever has no cap of its own has the default, under any name.
            let cap = match named.get(&(part.field, part.value)) {
                Some(value) => self.caps.share(field, value)?,
                None => self
                    .caps
                    .fields
                    .get(field)
                    .and_then(|caps| caps.default)
                    .map(crate::mix::Share::from_f64)
                    .transpose()?,
            };
            shares.over_cap += u64::from(cap.is_some_and(|cap| part.tokens > cap.of(shares.emitted.tokens)));
            Ok(())
        })
    }

    /// Finds the values that are told.
    fn name(&self, told: &mut Told) -> Result<()> {
        let found = Mutex::new(std::mem::take(told));
        self.pool.map(&self.files, |file| {
            let group = self.group_of(file.source);
            self.each_emitted(file, &[], &mut |batch, rows| {
                let fields = self.fields(batch)?;
                let mut found = found.lock().unwrap_or_else(PoisonError::into_inner);
                for &Emitted { at, .. } in rows {
                    for (field, column) in fields.iter().filter(|(_, column)| column.is_valid(at)) {
                        if let Some(name @ None) = found.get_mut(&(group, *field, hash_of(column.value(at)))) {
                            *name = Some(column.value(at).to_owned());
                        }
                    }
                }
                Ok(())
            })
        })?;
        *told = found.into_inner().unwrap_or_else(PoisonError::into_inner);
        Ok(())
    }

    /// The emitted rows whose seeds are emitted too: documents and seeds sorted together by the hash of the id, matches by row.
    fn seeds(&self) -> Result<SeedOverlap> {
        let sorter = self.space.sorter::<Named>("seeds")?;
        let parts = self.pool.map(&self.files, |file| self.names_of(file, &sorter))?;
        let mut overlap = SeedOverlap::default();
        for (rows, tokens) in parts {
            (overlap.rows, overlap.tokens) = (overlap.rows + rows, overlap.tokens + tokens);
        }
        let mut sorted = sorter.finish()?;
        let (seeded, mut buffer) = (self.space.sorter::<Seeded>("seeded")?, Vec::new());
        let (mut id, mut documents) = (None, Vec::<u32>::new());
        while let Some(named) = sorted.next()? {
            if id != Some(named.id) {
                id = Some(named.id);
                documents.clear();
            }
            if named.seed == 0 {
                // Documents come before seeds, by source.
                if documents.last() != Some(&named.source) {
                    documents.push(named.source);
                }
                continue;
            }
            let found = if named.source == ANY { !documents.is_empty() } else { documents.contains(&named.source) };
            if found {
                buffer.push(Seeded { row: named.row, copies: named.copies, tokens: named.tokens });
            }
            if buffer.len() == CHUNK {
                seeded.push(&mut buffer)?;
            }
        }
        seeded.push(&mut buffer)?;
        let (mut sorted, mut last) = (seeded.finish()?, None);
        while let Some(Seeded { row, copies, tokens }) = sorted.next()? {
            if last.replace(row) != Some(row) {
                overlap.overlapping_rows += copies;
                overlap.overlapping_tokens += copies * tokens;
            }
        }
        Ok(overlap)
    }

    /// The documents and seeds of a file; how many of its rows name seeds, and their tokens.
    fn names_of(&self, file: &OriginFile<'_>, sorter: &super::sort::Sorter<Named>) -> Result<(u64, u64)> {
        let (mut sums, mut buffer) = ((0, 0), Vec::new());
        let [source_column, seeds_column] =
            [Provenance::SEED_SOURCE, Provenance::SEEDS].map(|at| Provenance::COLUMNS[at]);
        self.each_emitted(file, &["id"], &mut |batch, rows| {
            let ids = batch.strings("id")?;
            let sources = batch.batch().column_by_name(source_column).and_then(|column| column.as_string_view_opt());
            let seeds = batch.batch().column_by_name(seeds_column).and_then(|column| column.as_list_opt::<i32>());
            for &Emitted { at, row, copies, tokens } in rows {
                if !self.sources[file.source as usize].synthetic {
                    let id = hash_of(ids.value(at));
                    buffer.push(Named { id, seed: 0, source: file.source, row: 0, copies: 0, tokens: 0 });
                }
                let Some(seeds) = seeds.filter(|seeds| seeds.is_valid(at)) else { continue };
                let seeds = seeds.value(at);
                let Some(seeds) = seeds.as_string_view_opt().filter(|seeds| !seeds.is_empty()) else { continue };
                sums = (sums.0 + copies, sums.1 + copies * tokens);
                let from = sources.filter(|sources| sources.is_valid(at)).map(|sources| sources.value(at));
                let from = from.and_then(|from| self.sources.iter().position(|source| source.name == from));
                let source = from.map_or(ANY, |at| at as u32);
                for seed in seeds.iter().flatten() {
                    buffer.push(Named { id: hash_of(seed), seed: 1, source, row, copies, tokens });
                }
            }
            if buffer.len() < CHUNK { Ok(()) } else { sorter.push(&mut buffer) }
        })?;
        sorter.push(&mut buffer)?;
        Ok(sums)
    }

    fn group_of(&self, source: u32) -> u32 {
        let group = self.sources.get(source as usize).map_or("", |source| source.group.as_str());
        self.groups.binary_search(&group).unwrap_or(0) as u32
    }

    /// The columns of values in a batch, with their fields.
    fn fields<'b>(&self, batch: &LedgerBatch<'b>) -> Result<Vec<(u32, &'b arrow::array::StringViewArray)>> {
        let there = |field: &u32| batch.batch().column_by_name(Provenance::COLUMNS[*field as usize]).is_some();
        let columns = (0..Provenance::CAPPED as u32).filter(there);
        columns.map(|field| Ok((field, batch.strings(Provenance::COLUMNS[field as usize])?))).collect()
    }

    /// The emitted rows of a file, batch by batch, with the columns of provenance and some more.
    fn each_emitted(
        &self,
        origin: &OriginFile<'_>,
        more: &[&str],
        each: &mut dyn FnMut(&LedgerBatch<'_>, &[Emitted]) -> Result<()>,
    ) -> Result<()> {
        let file = Shard::open(origin.path)?;
        let mut columns: Vec<&str> = vec!["verdict", "copies", "tokens"];
        columns.extend(Provenance::of(file.schema()).names().map(|name| -> &str { name }));
        columns.extend(more);
        let (mut rows, mut row) = (Vec::new(), origin.number << FILE_SHIFT);
        for group in 0..file.row_groups() {
            for batch in file.read_roots(group, Some(&columns), None, SCAN_BATCH_BYTES)? {
                let batch = batch?;
                let batch = LedgerBatch::new(&batch);
                let (copies, tokens) = (batch.u32s("copies")?, batch.u64s("tokens")?);
                rows.clear();
                for (at, verdict) in batch.verdicts()?.into_iter().enumerate() {
                    let copies = u64::from(copies.value(at));
                    if verdict == RowVerdict::Kept && copies > 0 {
                        let tokens = if tokens.is_valid(at) { tokens.value(at) } else { 0 };
                        rows.push(Emitted { at, row: row + at as u64, copies, tokens });
                    }
                }
                row += batch.rows() as u64;
                each(&batch, &rows)?;
            }
        }
        Ok(())
    }
}

/// An emitted row of a batch.
#[derive(Debug, Clone, Copy)]
struct Emitted {
    at: usize,
    row: u64,
    copies: u64,
    tokens: u64,
}

fn add(sum: &mut Tally, tally: &Tally) {
    sum.rows += tally.rows;
    sum.bytes += tally.bytes;
    sum.tokens += tally.tokens;
}

fn each(sums: &Sequence<Part>, each: &mut dyn FnMut(&Part) -> Result<()>) -> Result<()> {
    let mut reader = sums.read(0..sums.len())?;
    while let Some(part) = reader.next()? {
        each(&part)?;
    }
    Ok(())
}

/// The values of most tokens, by group and field.
fn top(sums: &Sequence<Part>) -> Result<HashMap<(u32, u32), Vec<Part>>> {
    let mut top: HashMap<(u32, u32), Vec<Part>> = HashMap::new();
    each(sums, &mut |part| {
        let top = top.entry((part.group, part.field)).or_default();
        let before = |other: &Part| {
            (other.tokens, std::cmp::Reverse(other.value)) > (part.tokens, std::cmp::Reverse(part.value))
        };
        let at = top.partition_point(before);
        if at < LISTED_VALUES {
            top.insert(at, *part);
            top.truncate(LISTED_VALUES);
        }
        Ok(())
    })?;
    Ok(top)
}

/// To nine places, which every reader of JSON gives back to the bit.
fn share(part: u64, whole: u64) -> Option<f64> {
    (whole > 0).then(|| (part as f64 / whole as f64 * 1e9).round() / 1e9)
}
