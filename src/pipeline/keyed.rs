//! The rows that are left, each with the key by which it is chosen and ordered: in one pass over the scan files, on disk if they are
//! many.

use super::Pool;
use super::buckets::RowBuckets;
use super::resolve::Removals;
use super::sort::{Sequence, Space, record};
use super::table::{Rows, ScanGroup, TableShard};
use crate::error::Result;
use crate::ledger::{LedgerBatch, RowVerdict, hash_at};
use crate::mix::SourceSalt;
use arrow::array::Array;

/// Records that a thread gathers before it hands them over.
pub(super) const CHUNK: usize = 8192;
/// Bits that stand for no score: of a NaN that no computation gives.
pub(super) const NO_SCORE: u64 = u64::MAX;
/// Where the bucket begins in a packed size.
const BUCKET_SHIFT: u32 = 56;
/// The highest bucket that fits there; recipes have 200 buckets at most.
const MAX_BUCKET: u32 = 254;
/// Rows that share an id with an earlier one are read again so many at a time.
const TWINS: usize = 1 << 16;

record! {
    /// A row that is left.
    Keyed {
        /// Its key.
        key: u128,
        row: u32,
        /// Position of its source.
        source: u32,
        tokens: u64,
        /// See [`pack`].
        size: u64,
        /// Bits of its score; [`NO_SCORE`] without one, or where scores are not asked for.
        score: u64,
    }
}

record! {
    /// A row on its way to its key: rows of one id stand together, by content hash, then by where they lie.
    Candidate { key: u128, content: u128, row: u32, source: u32, tokens: u64, size: u64, score: u64, }
}

record! {
    /// A row that shares its id with `occurrence` rows before it.
    Twin { row: u32, occurrence: u32, source: u32, tokens: u64, size: u64, score: u64, }
}

/// Bytes of a row's text as it is emitted, and whether a rewrite made it so, in one number.
pub(super) fn pack(bytes: u64, rewritten: bool) -> u64 {
    bytes << 1 | u64::from(rewritten)
}

/// The bytes in a packed size.
pub(super) fn bytes_of(size: u64) -> u64 {
    without_bucket(size) >> 1
}

/// A packed size that says the row's bucket as well, if it has one: in the highest eight bits, of which 2 GiB of text need none.
fn with_bucket(size: u64, bucket: Option<u32>) -> u64 {
    bucket.map_or(size, |bucket| size | u64::from(bucket.min(MAX_BUCKET) + 1) << BUCKET_SHIFT)
}

/// The bucket in a packed size.
pub(super) fn bucket_of(size: u64) -> Option<u32> {
    ((size >> BUCKET_SHIFT) as u32).checked_sub(1)
}

/// The packed size alone.
pub(super) fn without_bucket(size: u64) -> u64 {
    size & ((1 << BUCKET_SHIFT) - 1)
}

/// Whether a packed size is of a text that a rewrite changed.
pub(super) fn is_rewritten(size: u64) -> bool {
    size & 1 == 1
}

/// Tokens and rows.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Supply {
    pub tokens: u64,
    pub rows: u64,
}

/// A row that is left.
#[derive(Debug, Clone, Copy)]
pub(super) struct Left {
    /// Its number.
    pub row: u32,
    /// Its place in the batch.
    pub at: usize,
    pub tokens: u64,
    /// See [`pack`].
    pub size: u64,
}

/// Which rows are left: those that passed their filters and are no removed duplicates.
#[derive(Debug, Clone, Copy)]
pub(super) struct LeftRows<'a> {
    pub pool: &'a Pool,
    /// Each source's name and group.
    pub sources: &'a [(String, String)],
    pub rows: &'a Rows,
    pub removals: Option<&'a Removals>,
    /// What brings them to their buckets, once that is known and where there are any.
    pub buckets: Option<&'a RowBuckets<'a>>,
}

impl LeftRows<'_> {
    /// Reads the row groups of all scan files in parallel; `work` gets each, and calls [`each`](LeftRows::each).
    pub fn map<R: Send>(&self, work: impl Fn(ScanGroup<'_>) -> Result<R> + Sync) -> Result<Vec<R>> {
        self.pool.map(&self.rows.groups(self.pool)?, |&group| work(group))
    }

    /// The rows of a group that are left, with the batch that holds them; `columns` beside those that are always read.
    pub fn each(
        &self,
        group: ScanGroup<'_>,
        columns: &[&str],
        each: &mut dyn FnMut(&[Left], &LedgerBatch<'_>) -> Result<()>,
    ) -> Result<()> {
        let all = [&["bytes", "edits", "tokens", "verdict"], columns].concat();
        let mut left = Vec::new();
        group.each_batch(&all, &mut |first, batch| {
            let (bytes, edits, tokens) = (batch.u64s("bytes")?, batch.u32s("edits")?, batch.u64s("tokens")?);
            left.clear();
            for (at, verdict) in batch.verdicts()?.into_iter().enumerate() {
                let row = first + at;
                if verdict != RowVerdict::Kept || self.removals.is_some_and(|removals| removals.removed(row)) {
                    continue;
                }
                let tokens = if tokens.is_null(at) { 0 } else { tokens.value(at) };
                let size = pack(bytes.value(at), edits.value(at) > 0);
                left.push(Left { row: row as u32, at, tokens, size });
            }
            each(&left, batch)
        })
    }

    fn by_source(&self, parts: Vec<(usize, Supply)>) -> Vec<Supply> {
        let mut supplies = vec![Supply::default(); self.sources.len()];
        for (source, part) in parts {
            supplies[source].tokens += part.tokens;
            supplies[source].rows += part.rows;
        }
        supplies
    }

    /// A key for each row that is left, in no order that means anything, and what each source has. Rows of one source that share an
    /// id are told apart by their rank among themselves: by content hash, then by where they lie.
    /// `scored`: with their scores, and their buckets in the packed sizes.
    pub fn keyed(&self, seed: u64, space: &Space, scored: bool) -> Result<(Sequence<Keyed>, Vec<Supply>)> {
        let salts: Vec<SourceSalt> = self.sources.iter().map(|s| SourceSalt::new(seed, &s.0)).collect();
        let sorter = space.sorter::<Candidate>("keys")?;
        let supplies = self.map(|group| {
            let (source, mut supply, mut buffer) = (group.shard.source, Supply::default(), Vec::new());
            let mut columns = vec!["id", "content_hash"];
            let buckets = self.buckets.filter(|_| scored);
            columns.extend(scored.then_some("score"));
            columns.extend(buckets.into_iter().flat_map(RowBuckets::columns).filter(|name| *name != "score"));
            self.each(group, &columns, &mut |left, batch| {
                let buckets = buckets.map(|buckets| buckets.of_batch(source, batch)).transpose()?;
                let (ids, contents) = (batch.strings("id")?, batch.bytes("content_hash")?);
                let scores = scored.then(|| batch.f64s("score")).transpose()?;
                for &Left { row, at, tokens, size } in left {
                    supply.add(tokens);
                    let score = scores.filter(|scores| scores.is_valid(at));
                    let score = score.map_or(NO_SCORE, |scores| scores.value(at).to_bits());
                    let size = with_bucket(size, buckets.as_ref().and_then(|buckets| buckets[at]));
                    let (key, content) = (salts[source].key(ids.value(at), 0).0, hash_at(contents, at));
                    buffer.push(Candidate { key, content, row, source: source as u32, tokens, size, score });
                }
                if buffer.len() < CHUNK { Ok(()) } else { sorter.push(&mut buffer) }
            })?;
            sorter.push(&mut buffer)?;
            Ok((source, supply))
        })?;
        let mut sorted = sorter.finish()?;
        let mut keyed = space.sequence("keyed")?;
        let (twins, mut buffer) = (space.sorter::<Twin>("twins")?, Vec::new());
        let (mut last, mut occurrence) = (None, 0);
        while let Some(Candidate { key, row, source, tokens, size, score, .. }) = sorted.next()? {
            occurrence = if last == Some(key) { occurrence + 1 } else { 0 };
            last = Some(key);
            if occurrence == 0 {
                keyed.push(Keyed { key, row, source, tokens, size, score })?;
                continue;
            }
            buffer.push(Twin { row, occurrence, source, tokens, size, score });
            if buffer.len() == CHUNK {
                twins.push(&mut buffer)?;
            }
        }
        twins.push(&mut buffer)?;
        drop(sorted);
        let mut twins = twins.finish()?;
        let mut some: Vec<Twin> = Vec::new();
        while let Some(twin) = twins.next()? {
            let together = some
                .first()
                .is_none_or(|first| some.len() < TWINS && self.shard(first).first == self.shard(&twin).first);
            if !together {
                self.tell_apart(&salts, &some, &mut |twin| keyed.push(twin))?;
                some.clear();
            }
            some.push(twin);
        }
        self.tell_apart(&salts, &some, &mut |twin| keyed.push(twin))?;
        Ok((keyed.finish()?, self.by_source(supplies)))
    }

    fn shard(&self, twin: &Twin) -> &TableShard {
        self.rows.shard_of(twin.row as usize)
    }

    /// Keys for rows of one shard that are not the first of their id.
    fn tell_apart(
        &self,
        salts: &[SourceSalt],
        twins: &[Twin],
        each: &mut dyn FnMut(Keyed) -> Result<()>,
    ) -> Result<()> {
        let Some(first) = twins.first() else { return Ok(()) };
        let rows: Vec<u32> = twins.iter().map(|twin| twin.row).collect();
        let mut twins = twins.iter();
        self.shard(first).each_of_rows(&["id"], &rows, &mut |rows, batch| {
            let ids = batch.strings("id")?;
            for (at, twin) in (0..rows.len()).zip(twins.by_ref()) {
                let Twin { row, occurrence, source, tokens, size, score } = *twin;
                let key = salts[source as usize].key(ids.value(at), occurrence).0;
                each(Keyed { key, row, source, tokens, size, score })?;
            }
            Ok(())
        })
    }
}

impl Supply {
    pub fn add(&mut self, tokens: u64) {
        self.tokens += tokens;
        self.rows += 1;
    }
}
