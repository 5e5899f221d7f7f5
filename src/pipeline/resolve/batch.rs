//! A batch of components: read from its spill file, decided, verdicts written. Components that fit into memory together are decided
//! together; of one that does not fit, the shingle sets stay in the file and are read one by one.

use super::Dedup;
use super::facts::DOC_BYTES;
use super::spill::{BatchFile, Facts, Head, numbers, read_at};
use super::verdicts::{OfKept, Verdict, VerdictFiles};
use crate::dedup::{Candidates, DocTable, KeepKey, Resolution, ShingleSource, close, cluster_id, resolve};
use crate::error::{Error, Result};
use std::borrow::Cow;
use std::collections::{BTreeMap, HashSet};
use std::fs::File;

/// Components that are decided together.
struct Round {
    /// Their roots; `None` for all of the file.
    roots: Option<HashSet<u32>>,
    /// Bytes that they take in memory.
    bytes: u64,
}

impl Round {
    fn holds(&self, root: u32) -> bool {
        self.roots.as_ref().is_none_or(|roots| roots.contains(&root))
    }
}

/// Decides all components in a file, and removes it.
pub(super) fn decide_batch(dedup: &Dedup<'_>, file: &BatchFile, verdicts: &VerdictFiles) -> Result<()> {
    let memory = dedup.memory_per_thread();
    for round in rounds(file, memory)? {
        Docs::read(dedup, file, &round, round.bytes <= memory)?.decide(dedup, verdicts)?;
    }
    file.remove()
}

/// What a record takes in memory. Keys are there three times: as they are read, in the table, and in the buckets.
fn record_bytes(head: Head) -> u64 {
    if head.is_facts { DOC_BYTES + 3 * u64::from(head.length) } else { u64::from(head.length) }
}

fn rounds(file: &BatchFile, memory: u64) -> Result<Vec<Round>> {
    let mut components: BTreeMap<u32, u64> = BTreeMap::new();
    let mut total = 0;
    file.each(&mut |head, _| {
        total += record_bytes(head);
        Ok(false)
    })?;
    if total <= memory {
        return Ok(vec![Round { roots: None, bytes: total }]);
    }
    file.each(&mut |head, _| {
        *components.entry(head.root).or_default() += record_bytes(head);
        Ok(false)
    })?;
    let mut rounds: Vec<Round> = Vec::new();
    for (root, bytes) in components {
        match rounds.last_mut().filter(|round| round.bytes + bytes <= memory) {
            Some(Round { roots: Some(roots), bytes: filled }) => {
                roots.insert(root);
                *filled += bytes;
            }
            _ => rounds.push(Round { roots: Some(HashSet::from([root])), bytes }),
        }
    }
    Ok(rounds)
}

/// The rows of a round, ascending: a document's position here is its number while it is decided.
struct Docs<'a> {
    docs: Vec<Doc>,
    ids: String,
    table: DocTable,
    sets: Sets<'a>,
}

struct Doc {
    row: u32,
    content: u128,
    score: Option<f64>,
    /// Where its id is among the ids.
    id: (usize, usize),
    /// Where its band keys are as they were read; empty if it has none.
    keys: (usize, usize),
}

impl<'a> Docs<'a> {
    fn read(dedup: &Dedup<'_>, file: &'a BatchFile, round: &Round, in_memory: bool) -> Result<Docs<'a>> {
        let (mut docs, mut ids, mut all_keys) = (Vec::new(), String::new(), Vec::new());
        let mut sets = Sets { file, handle: file.open()?, in_memory: in_memory.then(Vec::new), places: Vec::new() };
        let mut places: Vec<(u32, Place)> = Vec::new();
        let mut keys = Vec::new();
        file.each(&mut |head, content| {
            if !round.holds(head.root) {
                return Ok(false);
            }
            match (content, &mut sets.in_memory) {
                (None, None) if !head.is_facts => {
                    places.push((head.row, Place { at: head.at, length: head.length / 8 }));
                    return Ok(false);
                }
                (None, _) => {}
                (Some(bytes), Some(all)) if !head.is_facts => {
                    places.push((head.row, Place { at: all.len() as u64, length: head.length / 8 }));
                    all.extend(numbers(bytes));
                }
                (Some(bytes), _) => {
                    let damaged = || file.fail("a record is damaged");
                    let facts = Facts::parse(head, bytes, &mut keys).ok_or_else(damaged)?;
                    let id = (ids.len(), facts.id.len());
                    ids.push_str(facts.id);
                    let (content, score) = (facts.content, facts.score);
                    docs.push(Doc { row: head.row, content, score, id, keys: (all_keys.len(), facts.keys.len()) });
                    all_keys.extend_from_slice(facts.keys);
                }
            }
            Ok(true)
        })?;
        docs.sort_unstable_by_key(|doc| doc.row);
        let mut table = DocTable::new(dedup.scan.bands() as u32);
        for doc in &docs {
            let keys = &all_keys[doc.keys.0..doc.keys.0 + doc.keys.1];
            table.push(dedup.scope(doc.row), doc.content, (!keys.is_empty()).then_some(keys))?;
        }
        sets.places = vec![None; docs.len()];
        for (row, place) in places {
            if let Ok(doc) = docs.binary_search_by_key(&row, |doc| doc.row) {
                sets.places[doc] = Some(place);
            }
        }
        Ok(Docs { docs, ids, table, sets })
    }

    fn id(&self, doc: u32) -> &str {
        let (start, length) = self.docs[doc as usize].id;
        &self.ids[start..start + length]
    }

    fn decide(mut self, dedup: &Dedup<'_>, verdicts: &VerdictFiles) -> Result<()> {
        if dedup.config.closure {
            let bands = dedup.scan.sketch.bands;
            let resolution = close(self.docs.len() as u32, bands.bands as usize, bands.rows as usize, &self.sets)?;
            return self.put(dedup, &resolution, verdicts);
        }
        let key = |doc: u32| {
            let Doc { row, score, .. } = self.docs[doc as usize];
            let (length, id) = (dedup.bytes(row), self.id(doc));
            let (batch, source, file) = match dedup.indexed(row) {
                true => {
                    let file = dedup.index.file_of(row as usize);
                    (Some(file.batch), file.rank, file.file)
                }
                false => {
                    let (number, shard) = dedup.table.place_of(row as usize);
                    (None, shard.source as u32, dedup.file_ranks[number])
                }
            };
            KeepKey { batch, source, score, length, id, file }
        };
        let keys: Vec<KeepKey<'_>> = (0..self.docs.len() as u32).map(key).collect();
        let order = dedup.config.keep.order(&keys, &self.table)?;
        drop(keys);
        let candidates = Candidates::find(&self.table, &order, &dedup.config.rules())?;
        self.sets.hand_over(&candidates);
        let resolution = resolve(&self.table, &order, &candidates, &self.sets)?;
        self.put(dedup, &resolution, verdicts)
    }

    fn put(&self, dedup: &Dedup<'_>, resolution: &Resolution, verdicts: &VerdictFiles) -> Result<()> {
        for (doc, &Doc { row, .. }) in (0_u32..).zip(&self.docs) {
            let size = resolution.cluster_size(doc);
            if size < 2 {
                continue;
            }
            let kept = resolution.representative(doc);
            let of = self.docs[kept as usize].row;
            // What earlier runs removed for it is of its cluster, too.
            let before = if dedup.indexed(of) { dedup.index.size(of as usize) } else { 1 };
            let size = (size - 1).saturating_add(before);
            let cluster = cluster_id(dedup.source_name(of), self.id(kept));
            let duplicate = resolution.duplicate(doc).map(|duplicate| OfKept {
                kind: duplicate.kind,
                of,
                of_id: self.id(kept).to_owned(),
                similarity: duplicate.similarity,
            });
            verdicts.put(&Verdict { row, cluster, size, duplicate })?;
        }
        Ok(())
    }
}

/// Where a shingle set begins, in shingles (in memory) or bytes (in the file), and its number of shingles.
#[derive(Debug, Clone, Copy)]
struct Place {
    at: u64,
    length: u32,
}

/// The shingle sets of a round.
struct Sets<'a> {
    file: &'a BatchFile,
    handle: File,
    /// One after the other; `None`: they are in the file.
    in_memory: Option<Vec<u64>>,
    /// By document.
    places: Vec<Option<Place>>,
}

impl Sets<'_> {
    /// Of documents with the same content one was read; the one that stands for them all is to have its shingles.
    fn hand_over(&mut self, candidates: &Candidates) {
        for doc in 0..self.places.len() {
            let stands = candidates.stand_in(doc as u32) as usize;
            if self.places[stands].is_none() {
                self.places[stands] = self.places[doc];
            }
        }
    }
}

impl ShingleSource for Sets<'_> {
    fn shingles(&self, doc: u32) -> Result<Cow<'_, [u64]>> {
        let Some(Place { at, length }) = self.places[doc as usize] else {
            return Err(Error::Unbalanced(format!("no shingles were read for document {doc} of a batch")));
        };
        let length = length as usize;
        match &self.in_memory {
            Some(all) => Ok(Cow::Borrowed(&all[at as usize..at as usize + length])),
            None => {
                let bytes = read_at(&self.handle, at, 8 * length).map_err(|e| self.file.fail(e))?;
                Ok(Cow::Owned(numbers(&bytes).collect()))
            }
        }
    }
}
