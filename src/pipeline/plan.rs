//! Rows and totals → copies of each row: the mix's plan over the rows that are left.

use super::Source;
use super::resolve::Removals;
use super::table::Table;
use crate::error::Result;
use crate::mix::{DocKey, Item, MixAsk, MixPlan, SourceSalt, SourceSupply};

/// What the mix is asked for, beside what the sources turn out to have.
#[derive(Debug, Clone)]
pub struct MixConfig {
    /// Budget, shares, shortage policy.
    pub ask: MixAsk,
    /// Each source's weight and highest number of epochs, in the order of the sources.
    pub sources: Vec<(Option<f64>, f64)>,
}

/// How often every row of the table is emitted, and the key by which it was chosen.
#[derive(Debug)]
pub(super) struct Copies {
    pub copies: Vec<u32>,
    pub keys: Vec<DocKey>,
    pub plan: Option<MixPlan>,
}

/// Plans the mix; without one, every row that is left is emitted once.
///
/// # Errors
/// [`Error::Infeasible`](crate::Error::Infeasible), saying what would do.
pub(super) fn plan(
    seed: u64,
    sources: &[Source],
    table: &Table,
    removals: Option<&Removals>,
    config: Option<&MixConfig>,
) -> Result<Copies> {
    let left = |row: usize| table.rows[row].kept && removals.is_none_or(|r| r.duplicate(row).is_none());
    let keys = keys(seed, sources, table, &left);
    let mut copies = vec![0; table.rows.len()];
    let Some(config) = config else {
        for (row, copies) in copies.iter_mut().enumerate() {
            *copies = u32::from(left(row));
        }
        return Ok(Copies { copies, keys, plan: None });
    };
    let rows_of = |source: usize| {
        let shards = table.shards.iter().filter(move |s| s.source == source);
        shards.flat_map(|s| s.first..s.first + s.rows).filter(|&row| left(row))
    };
    let supplies: Vec<SourceSupply> = sources
        .iter()
        .zip(&config.sources)
        .enumerate()
        .map(|(number, (source, &(weight, max_epochs)))| {
            let tokens = rows_of(number).map(|row| table.rows[row].tokens).sum();
            let mut supply = SourceSupply::new(&source.name, &source.category, tokens, rows_of(number).count() as u64);
            supply.weight = weight;
            supply.max_epochs = max_epochs;
            supply
        })
        .collect();
    let plan = config.ask.plan(&supplies, |supply| {
        let number = sources.iter().position(|s| s.name == supply.name);
        let rows = number.into_iter().flat_map(&rows_of);
        Ok(rows.map(|row| Item::new(keys[row], table.rows[row].tokens)).collect())
    })?;
    for number in 0..sources.len() {
        for row in rows_of(number) {
            copies[row] = plan.copies(number, keys[row]);
        }
    }
    Ok(Copies { copies, keys, plan: Some(plan) })
}

/// A key for each row that is left. Rows of one source that share an id are told apart by their rank among themselves: by
/// content hash, then by where they lie.
fn keys(seed: u64, sources: &[Source], table: &Table, left: &dyn Fn(usize) -> bool) -> Vec<DocKey> {
    let salts: Vec<SourceSalt> = sources.iter().map(|s| SourceSalt::new(seed, &s.name)).collect();
    let mut keys = vec![DocKey(0); table.rows.len()];
    let mut order: Vec<usize> = Vec::new();
    for shard in &table.shards {
        for row in (shard.first..shard.first + shard.rows).filter(|&row| left(row)) {
            keys[row] = salts[shard.source].key(table.id(row), 0);
            order.push(row);
        }
    }
    order.sort_unstable_by_key(|&row| (keys[row], table.rows[row].content, row));
    let runs = order.chunk_by(|&a, &b| keys[a] == keys[b]).filter(|run| run.len() > 1);
    let shared: Vec<(usize, usize)> = runs.flat_map(|run| run.iter().copied().enumerate().skip(1)).collect();
    for (occurrence, row) in shared {
        keys[row] = salts[table.shard_of(row).source].key(table.id(row), occurrence as u32);
    }
    keys
}
