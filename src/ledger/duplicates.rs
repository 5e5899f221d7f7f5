//! What the ledger says of duplicates as a whole: pairs by similarity and by source, clusters by size, the largest of them.

use super::LedgerBatch;
use crate::error::Result;
use arrow::array::Array;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Bins of similarity between 0 and 1.
const BINS: f64 = 20.0;
/// The largest clusters that are named.
const LARGEST: usize = 10;
/// Duplicates that are named of each of them.
const SAMPLES: usize = 3;

/// Rows that are duplicates of rows of one source.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PairCount {
    /// Exact duplicates.
    pub exact: u64,
    /// Near duplicates.
    pub near: u64,
    /// Rows that were removed without looking at their similarity.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub unverified: u64,
}

fn is_zero(number: &u64) -> bool {
    *number == 0
}

/// A row of a cluster.
#[derive(Debug, Clone, PartialEq, PartialOrd, Serialize, Deserialize)]
pub struct Member {
    /// Its source.
    pub source: String,
    /// Its id.
    pub id: String,
    /// Its shard.
    pub shard: String,
    /// Its number within the shard.
    pub row: u64,
    /// Its similarity to the kept row, to six places (so that it reads back from JSON as it was); `None` for that row itself, and where
    /// it was not looked at.
    pub similarity: Option<f64>,
    /// How its text begins, as it was read; empty until somebody looks.
    pub begins: String,
}

/// A cluster: a kept row and its duplicates.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Cluster {
    /// Its id in the ledger.
    pub id: u64,
    /// Its rows, the kept one included.
    pub size: u32,
    /// The kept row.
    pub kept: Member,
    /// The first of its duplicates, by source and id.
    pub samples: Vec<Member>,
}

/// What the ledger says of duplicates. Adding is associative and commutative.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct DuplicateSummary {
    /// Near duplicates by similarity to the row that was kept: the lower end of a bin of 0.05, and rows.
    pub by_similarity: BTreeMap<String, u64>,
    /// Duplicates by their own source, then by that of the row that was kept.
    pub by_source: BTreeMap<String, BTreeMap<String, PairCount>>,
    /// Clusters by size: the lower end of sizes from one power of two to the next, and clusters.
    pub by_cluster_size: BTreeMap<u32, u64>,
    /// The largest clusters, largest first.
    pub largest: Vec<Cluster>,
}

impl DuplicateSummary {
    /// The columns that are read of a ledger file.
    pub const COLUMNS: [&str; 9] = [
        "source",
        "shard",
        "row",
        "id",
        "duplicate_kind",
        "duplicate_of_source",
        "similarity",
        "cluster_id",
        "cluster_size",
    ];

    /// Enters a ledger batch: all but the samples.
    ///
    /// # Errors
    /// [`Error::Unbalanced`](crate::Error::Unbalanced) if the batch is no ledger batch.
    pub fn add(&mut self, batch: &LedgerBatch<'_>) -> Result<()> {
        let (sources, kinds, kept) =
            (batch.strings("source")?, batch.strings("duplicate_kind")?, batch.strings("duplicate_of_source")?);
        let (similarities, clusters, sizes) =
            (batch.f64s("similarity")?, batch.u64s("cluster_id")?, batch.u32s("cluster_size")?);
        for i in (0..batch.rows()).filter(|&i| !sizes.is_null(i)) {
            if kinds.is_null(i) {
                *self.by_cluster_size.entry(1 << sizes.value(i).max(1).ilog2()).or_default() += 1;
                let (id, size) = (clusters.value(i), sizes.value(i));
                if self.largest.len() < LARGEST || self.largest.last().is_some_and(|least| size >= least.size) {
                    self.largest.push(Cluster { id, size, kept: member(batch, i)?, samples: Vec::new() });
                    self.cut();
                }
                continue;
            }
            let of_source = self.by_source.entry(sources.value(i).to_owned()).or_default();
            let count = of_source.entry(kept.value(i).to_owned()).or_default();
            match kinds.value(i) {
                "exact" => count.exact += 1,
                "unverified" => count.unverified += 1,
                _ => {
                    count.near += 1;
                    let bin = (similarities.value(i) * BINS).floor() / BINS;
                    *self.by_similarity.entry(format!("{bin:.2}")).or_default() += 1;
                }
            }
        }
        Ok(())
    }

    /// Enters the samples of the largest clusters from a ledger batch, once all is added and merged.
    ///
    /// # Errors
    /// As [`add`](Self::add).
    pub fn add_samples(&mut self, batch: &LedgerBatch<'_>) -> Result<()> {
        let (kinds, clusters) = (batch.strings("duplicate_kind")?, batch.u64s("cluster_id")?);
        for i in (0..batch.rows()).filter(|&i| !kinds.is_null(i)) {
            if let Some(cluster) = self.largest.iter_mut().find(|c| c.id == clusters.value(i)) {
                cluster.samples.push(member(batch, i)?);
                cluster.cut();
            }
        }
        Ok(())
    }

    /// Enters another summary.
    pub fn merge(&mut self, other: DuplicateSummary) {
        for (bin, rows) in other.by_similarity {
            *self.by_similarity.entry(bin).or_default() += rows;
        }
        for (source, of_source) in other.by_source {
            let mine = self.by_source.entry(source).or_default();
            for (kept, count) in of_source {
                let mine = mine.entry(kept).or_default();
                mine.exact += count.exact;
                mine.near += count.near;
                mine.unverified += count.unverified;
            }
        }
        for (size, clusters) in other.by_cluster_size {
            *self.by_cluster_size.entry(size).or_default() += clusters;
        }
        self.largest.extend(other.largest);
        self.cut();
    }

    /// Enters the samples of another summary that has the same clusters.
    pub fn merge_samples(&mut self, other: DuplicateSummary) {
        for (mine, other) in self.largest.iter_mut().zip(other.largest) {
            mine.samples.extend(other.samples);
            mine.cut();
        }
    }

    /// Duplicates in all.
    pub fn rows(&self) -> u64 {
        self.by_source
            .values()
            .flat_map(BTreeMap::values)
            .map(|count| count.exact + count.near + count.unverified)
            .sum()
    }

    fn cut(&mut self) {
        self.largest.sort_by(|a, b| {
            let name = |c: &Cluster| (c.kept.source.clone(), c.kept.id.clone(), c.kept.shard.clone(), c.kept.row);
            b.size.cmp(&a.size).then_with(|| name(a).cmp(&name(b)))
        });
        self.largest.truncate(LARGEST);
    }
}

impl Cluster {
    fn cut(&mut self) {
        let name = |m: &Member| (m.source.clone(), m.id.clone(), m.shard.clone(), m.row);
        self.samples.sort_by_cached_key(name);
        self.samples.truncate(SAMPLES);
    }
}

fn member(batch: &LedgerBatch<'_>, i: usize) -> Result<Member> {
    let similarities = batch.f64s("similarity")?;
    Ok(Member {
        source: batch.strings("source")?.value(i).to_owned(),
        id: batch.strings("id")?.value(i).to_owned(),
        shard: batch.strings("shard")?.value(i).to_owned(),
        row: batch.u64s("row")?.value(i),
        similarity: (!similarities.is_null(i)).then(|| (similarities.value(i) * 1e6).round() / 1e6),
        begins: String::new(),
    })
}
