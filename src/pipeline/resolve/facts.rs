//! Linked rows → spill files: their facts from the scan files, the shingle sets of those that may be near duplicates from their
//! texts, read again in file order.

use super::Dedup;
use super::spill::{BatchFiles, Facts};
use crate::dedup::Links;
use crate::error::Result;
use crate::ledger::{band_column, hash_at};
use crate::pipeline::index::IndexFile;
use crate::pipeline::table::{RowFile, TableShard};
use arrow::array::Array;

/// Batch files at most: all are open at once, and systems allow a process some 1,000.
const MAX_BATCHES: u64 = 512;
/// Bytes that a row takes while its batch is decided, beside its band keys, id and shingles: keep key, order, leader, verdict.
pub(in crate::pipeline) const DOC_BYTES: u64 = 160;
/// Shingles are guessed as a quarter of the bytes of the text, a word every four bytes: 8 bytes for each. Where a batch turns
/// out larger than memory, it is decided in pieces.
pub(in crate::pipeline) const SHINGLE_BYTES_PER_TEXT_BYTE: u64 = 2;

/// Into how many batches the linked rows go.
pub(super) fn batches(dedup: &Dedup<'_>, links: &Links) -> usize {
    let keys = 12 * dedup.scan.bands() as u64;
    let bytes = |row: u32| {
        let near = links.is_near(row);
        let shingles = if near && !links.follows(row) { dedup.bytes(row) } else { 0 };
        DOC_BYTES + if near { keys } else { 0 } + SHINGLE_BYTES_PER_TEXT_BYTE * shingles
    };
    let rows = (0..dedup.rows() as u32).filter(|&row| links.is_linked(row));
    let total: u64 = rows.map(bytes).sum();
    total.div_ceil(dedup.memory_per_thread()).clamp(1, MAX_BATCHES) as usize
}

/// Writes the records of all linked rows. Threads share row groups.
pub(super) fn spill_candidates(dedup: &Dedup<'_>, links: &Links, files: &BatchFiles) -> Result<()> {
    let tasks: Vec<(&TableShard, usize)> = dedup
        .table
        .shards
        .iter()
        .flat_map(|at| (0..dedup.sources[at.source].shards[at.shard].shard.row_groups()).map(move |group| (at, group)))
        .collect();
    dedup.pool.map(&tasks, |&(at, group)| {
        let shard = &dedup.sources[at.source].shards[at.shard].shard;
        let first = at.first + shard.first_row(group) as usize;
        let rows = first as u32..(first + shard.group_rows(group) as usize) as u32;
        let linked: Vec<u32> = rows.clone().filter(|&row| links.is_linked(row)).collect();
        if linked.is_empty() {
            return Ok(());
        }
        put_facts(dedup, links, files, at.file(), &linked)?;
        let texts: Vec<u32> = linked.into_iter().filter(|&row| is_compared(dedup, links, row)).collect();
        if texts.is_empty() { Ok(()) } else { put_shingles(dedup, links, files, at, (group, first), &texts) }
    })?;
    dedup.pool.map(&dedup.index.files, |file| spill_indexed(dedup, links, files, file))?;
    Ok(())
}

fn put_facts(dedup: &Dedup<'_>, links: &Links, files: &BatchFiles, at: RowFile<'_>, linked: &[u32]) -> Result<()> {
    let exact = dedup.config.exact.is_on();
    // Copies of one text that is like no other need no keys, unless being copies is no reason to go.
    let needs_keys = |row: u32| dedup.banded(row) && (links.is_near(row) || !exact);
    let bands: Vec<String> = match linked.iter().any(|&row| needs_keys(row)) {
        true => (0..dedup.scan.bands()).map(band_column).collect(),
        false => Vec::new(),
    };
    let mut columns = vec!["id", "content_hash", "score"];
    columns.extend(bands.iter().map(String::as_str));
    at.each_of_rows(&columns, linked, &mut |rows, batch| {
        let (ids, contents, scores) = (batch.strings("id")?, batch.bytes("content_hash")?, batch.f64s("score")?);
        let bands = bands.iter().map(|band| batch.u64s(band)).collect::<Result<Vec<_>>>()?;
        let mut keys = Vec::with_capacity(bands.len());
        for (i, &row) in rows.iter().enumerate() {
            keys.clear();
            if needs_keys(row) {
                keys.extend(bands.iter().map(|band| band.value(i)));
            }
            files.put_facts(&Facts {
                row,
                root: links.root(row),
                content: hash_at(contents, i),
                score: (!scores.is_null(i)).then(|| scores.value(i)),
                id: ids.value(i),
                keys: &keys,
            })?;
        }
        Ok(())
    })
}

fn put_shingles(
    dedup: &Dedup<'_>,
    links: &Links,
    files: &BatchFiles,
    at: &TableShard,
    group: (usize, usize),
    rows: &[u32],
) -> Result<()> {
    dedup
        .texts()
        .each_shingles(at, group, rows, &mut |row, shingles| files.put_shingles(links.root(row), row, shingles))
}

/// The records of a file of the index: its shingle sets need no text.
fn spill_indexed(dedup: &Dedup<'_>, links: &Links, files: &BatchFiles, file: &IndexFile) -> Result<()> {
    let rows = file.first as u32..(file.first + file.rows) as u32;
    let linked: Vec<u32> = rows.filter(|&row| links.is_linked(row)).collect();
    if linked.is_empty() {
        return Ok(());
    }
    put_facts(dedup, links, files, file.documents(), &linked)?;
    let near: Vec<u32> = linked.into_iter().filter(|&row| is_compared(dedup, links, row)).collect();
    if near.is_empty() {
        return Ok(());
    }
    file.each_shingles(&near, &mut |row, shingles| files.put_shingles(links.root(row), row, shingles))
}

/// Whether the shingles of a row are looked at.
fn is_compared(dedup: &Dedup<'_>, links: &Links, row: u32) -> bool {
    links.is_near(row) && !links.follows(row) && dedup.banded(row)
}
