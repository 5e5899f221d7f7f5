//! The input columns that say where a row comes from: found when a shard is opened, bound to a batch, read by row.

use super::Source;
use super::files::{BoundSeeds, SeedIds};
use crate::error::Result;
use crate::io::{Shard, StringColumn, Strings};
use crate::ledger::{Provenance, RowProvenance};
use arrow::array::RecordBatch;
use std::path::{Path, PathBuf};

/// What the columns are usually called, the first that a file has: as [`Provenance::COLUMNS`], the ids of seeds aside.
const USUAL: [&[&str]; Provenance::SEEDS] =
    [&["kind"], &["generator", "model"], &["prompt_template_id", "template"], &["round"], &["seed_source"]];

/// Which column holds one thing.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Named {
    /// None is read.
    #[default]
    Never,
    /// The usual one, where a file has it and it holds strings or integers.
    Usual,
    /// This one. A file may lack it, all files may not.
    Column(String),
}

/// Which columns say where rows come from, in the order of [`Provenance::COLUMNS`].
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ProvenanceNames(pub [Named; Provenance::COLUMNS.len()]);

/// The columns of provenance in one shard.
#[derive(Debug, Default)]
pub struct ProvenanceColumns {
    path: PathBuf,
    values: [Option<StringColumn>; Provenance::SEEDS],
    seeds: Option<SeedIds>,
}

impl ProvenanceNames {
    /// The usual names, which are looked for in synthetic sources; with what a recipe says over them.
    pub(super) fn of(synthetic: bool, told: impl Fn(&str) -> Option<Option<String>>) -> ProvenanceNames {
        let usual = if synthetic { Named::Usual } else { Named::Never };
        ProvenanceNames(Provenance::COLUMNS.map(|column| match told(column) {
            None => usual.clone(),
            Some(None) => Named::Never,
            Some(Some(name)) => Named::Column(name),
        }))
    }
}

impl ProvenanceColumns {
    pub(super) fn open(shard: &Shard, names: &ProvenanceNames) -> Result<ProvenanceColumns> {
        let mut columns = ProvenanceColumns { path: shard.path().to_owned(), ..ProvenanceColumns::default() };
        for ((column, name), usual) in columns.values.iter_mut().zip(&names.0).zip(USUAL) {
            *column = match name {
                Named::Never => None,
                Named::Usual => usual.iter().find_map(|name| shard.id_column(name).ok()),
                Named::Column(name) => shard.column(name).is_ok().then(|| shard.id_column(name)).transpose()?,
            };
        }
        let path: &Path = shard.path();
        columns.seeds = match &names.0[Provenance::SEEDS] {
            Named::Never => None,
            Named::Usual => SeedIds::find(shard, path, None)?,
            Named::Column(name) if shard.column(name).is_err() => None,
            Named::Column(name) => SeedIds::find(shard, path, Some(name))?,
        };
        Ok(columns)
    }

    /// Which there are.
    fn layout(&self) -> Provenance {
        let mut has = [false; Provenance::COLUMNS.len()];
        has.iter_mut().zip(&self.values).for_each(|(has, column)| *has = column.is_some());
        has[Provenance::SEEDS] = self.seeds.is_some();
        Provenance { has }
    }

    /// The top-level columns that they lie in.
    pub(super) fn roots(&self) -> impl Iterator<Item = &str> {
        let strings = self.values.iter().flatten().map(|column| column.column().root());
        strings.chain(self.seeds.as_ref().map(SeedIds::root))
    }

    pub(super) fn bind(&self, batch: &RecordBatch) -> Result<ProvenanceValues> {
        let mut values = ProvenanceValues::default();
        for (value, column) in values.values.iter_mut().zip(&self.values) {
            *value = column.as_ref().map(|column| column.bind(batch)).transpose()?;
        }
        values.seeds = self.seeds.as_ref().map(|seeds| seeds.bind(batch, &self.path)).transpose()?;
        Ok(values)
    }
}

/// Which columns of provenance any source has. One that a recipe names and no file at all has is misspelt.
///
/// # Errors
/// [`Error::Column`](crate::Error::Column), with the nearest name.
pub(super) fn layout(sources: &[Source], names: &[ProvenanceNames]) -> Result<Provenance> {
    let shards = || sources.iter().flat_map(|source| &source.shards);
    let all = shards().fold(Provenance::default(), |has, shard| has.and(shard.provenance.layout()));
    // The message names the columns of the last source, which is most often a synthetic one.
    for (source, names) in sources.iter().zip(names).rev() {
        for (name, has) in names.0.iter().zip(all.has) {
            if let (Named::Column(name), false, Some(shard)) = (name, has, source.shards.first()) {
                shard.shard.column(name)?;
            }
        }
    }
    Ok(all)
}

/// The provenance of a batch's rows.
#[derive(Default)]
pub(super) struct ProvenanceValues {
    values: [Option<Strings>; Provenance::SEEDS],
    seeds: Option<BoundSeeds>,
}

impl ProvenanceValues {
    /// That of the row at this position; `seeds` is where its seeds are kept meanwhile. What is blank is nothing.
    pub(super) fn get<'a>(&'a self, row: usize, seeds: &'a mut Vec<String>) -> RowProvenance<'a> {
        seeds.clear();
        if let Some(bound) = &self.seeds {
            seeds.extend(bound.get(row));
        }
        let mut values = [None; Provenance::SEEDS];
        for (value, column) in values.iter_mut().zip(&self.values) {
            *value = column.as_ref().and_then(|column| column.get(row)).filter(|value| !value.trim().is_empty());
        }
        RowProvenance { values, seeds }
    }
}
