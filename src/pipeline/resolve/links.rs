//! The hashes of the scan files → links: one hash (the content, or one band) at a time, one partition of its values at a time.

use super::Dedup;
use crate::dedup::{BandBuckets, ContentBuckets, Links, Partition};
use crate::error::{Error, Result};
use crate::ledger::{band_column, hash_at};
use arrow::array::Array;
use std::collections::HashMap;
use std::sync::{PoisonError, RwLock};

/// Partitions of a hash's values at most: each costs a reading of the column.
const MAX_PARTITIONS: u64 = 256;

/// Reads which rows share a content or a bucket.
pub(super) fn find_links(dedup: &Dedup<'_>) -> Result<Links> {
    let links = RwLock::new(Links::new(dedup.rows() as u32));
    let kept = (0..dedup.rows()).filter(|&row| dedup.kept(row)).count() as u64;
    // Every row counts where clusters are closed: copies are not to stand for one another.
    if !dedup.config.closure {
        let parts = partitions(dedup, kept, ContentBuckets::RECORD_BYTES);
        dedup.pool.map(&parts, |&part| contents(dedup, part, expected(kept, parts.len()), &links))?;
    }
    if dedup.config.near.is_some() {
        let parts = partitions(dedup, kept, BandBuckets::RECORD_BYTES);
        let tasks: Vec<(usize, Partition)> =
            (0..dedup.scan.bands()).flat_map(|band| parts.iter().map(move |&part| (band, part))).collect();
        let expected = expected(kept, parts.len());
        dedup.pool.map(&tasks, |&(band, part)| buckets(dedup, band, part, expected, &links))?;
    }
    let mut links = links.into_inner().unwrap_or_else(PoisonError::into_inner);
    links.finish();
    Ok(links)
}

/// As few partitions as let the records of one fit, on every thread.
fn partitions(dedup: &Dedup<'_>, rows: u64, record_bytes: usize) -> Vec<Partition> {
    let parts = (rows * record_bytes as u64).div_ceil(dedup.memory_per_thread()).clamp(1, MAX_PARTITIONS);
    Partition::all(parts as u32).collect()
}

/// Hashes spread evenly; a little room more saves moving the records when they do not quite.
fn expected(rows: u64, parts: usize) -> usize {
    (rows / parts as u64 + rows / (64 * parts as u64) + 64) as usize
}

fn contents(dedup: &Dedup<'_>, part: Partition, expected: usize, links: &RwLock<Links>) -> Result<()> {
    let mut buckets = ContentBuckets::new(part, expected);
    for file in dedup.files() {
        file.each_batch(Some(&["content_hash"]), &mut |first, batch| {
            let hashes = batch.bytes("content_hash")?;
            let kept = (0..batch.rows()).filter(|&i| dedup.kept(first + i));
            kept.for_each(|i| buckets.push(hash_at(hashes, i), (first + i) as u32));
            Ok(())
        })?;
    }
    let mut links = Locked(links);
    buckets.each(&|row| dedup.scope(row), &mut |rows| {
        if is_new(dedup, rows) {
            links.with(|links| links.same_content(rows, &|row| dedup.banded(row)));
        }
    });
    Ok(())
}

fn buckets(dedup: &Dedup<'_>, band: usize, part: Partition, expected: usize, links: &RwLock<Links>) -> Result<()> {
    let column = band_column(band);
    let mut buckets = BandBuckets::new(part, expected);
    let mut links = Locked(links);
    for file in dedup.files() {
        file.each_batch(Some(&[&column]), &mut |first, batch| {
            let keys = batch.u64s(&column)?;
            let known = links.0.read().unwrap_or_else(PoisonError::into_inner);
            let wanted = (0..batch.rows()).filter(|&i| !keys.is_null(i) && !known.follows((first + i) as u32));
            wanted.for_each(|i| buckets.push(keys.value(i), (first + i) as u32));
            Ok(())
        })?;
    }
    buckets.each(&|row| dedup.scope(row), &mut |rows| {
        if is_new(dedup, rows) {
            links.with(|links| links.same_bucket(rows));
        }
    });
    Ok(())
}

/// Whether there is a row of this run among these, ascending: what rows of the index have to do with each other was decided before.
fn is_new(dedup: &Dedup<'_>, rows: &[u32]) -> bool {
    rows.first().is_some_and(|&row| !dedup.indexed(row))
}

/// Links that several threads add to. What they end as does not depend on who comes first.
struct Locked<'a>(&'a RwLock<Links>);

impl Locked<'_> {
    fn with(&mut self, act: impl FnOnce(&mut Links)) {
        act(&mut self.0.write().unwrap_or_else(PoisonError::into_inner));
    }
}

/// The number of each row's value in the scope column. Values are numbered in the order of the rows; a row without one has a
/// number as well. 4 bytes a row, and every distinct value once.
pub(super) fn read_scopes(dedup: &Dedup<'_>) -> Result<Vec<u32>> {
    let mut numbers: HashMap<Option<String>, u32> = HashMap::new();
    let mut scopes = Vec::with_capacity(dedup.rows());
    for file in dedup.files() {
        file.each_batch(Some(&["scope"]), &mut |_, batch| {
            for value in batch.strings("scope")?.iter() {
                let next = numbers.len() as u32;
                scopes.push(*numbers.entry(value.map(str::to_owned)).or_insert(next));
            }
            Ok(())
        })?;
    }
    match scopes.len() == dedup.rows() {
        true => Ok(scopes),
        false => Err(Error::Unbalanced(format!("{} rows have a scope, of {}", scopes.len(), dedup.rows()))),
    }
}
