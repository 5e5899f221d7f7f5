//! Rows and totals → copies of each row: the mix's plan over the rows that are left.

use super::resolve::Removals;
use super::table::{Table, TableShard};
use super::{Pool, Source};
use crate::error::Result;
use crate::ledger::hash_at;
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
    /// 4 bytes a row.
    pub copies: Vec<u32>,
    /// 16 bytes a row; none where neither a mix nor the order of the output asks for keys.
    pub keys: Vec<DocKey>,
    pub plan: Option<MixPlan>,
}

/// Plans the mix; without one, every row that is left is emitted once. `keyed`: keys are wanted without a mix too.
///
/// # Errors
/// [`Error::Infeasible`](crate::Error::Infeasible), saying what would do; an unreadable scan.
pub(super) fn plan(
    pool: &Pool,
    seed: u64,
    sources: &[Source],
    table: &Table,
    removals: Option<&Removals>,
    config: Option<&MixConfig>,
    keyed: bool,
) -> Result<Copies> {
    let left = |row: usize| table.kept(row) && removals.is_none_or(|r| !r.removed(row));
    let keys = if keyed || config.is_some() { keys(pool, seed, sources, table, &left)? } else { Vec::new() };
    let mut copies = vec![0; table.len()];
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
            let tokens = rows_of(number).map(|row| table.tokens(row)).sum();
            let mut supply = SourceSupply::new(&source.name, &source.category, tokens, rows_of(number).count() as u64);
            supply.weight = weight;
            supply.max_epochs = max_epochs;
            supply
        })
        .collect();
    let plan = config.ask.plan(&supplies, |supply| {
        let number = sources.iter().position(|s| s.name == supply.name);
        let mut items = Vec::with_capacity(usize::try_from(supply.docs).unwrap_or(0));
        let rows = number.into_iter().flat_map(&rows_of);
        items.extend(rows.map(|row| Item::new(keys[row], table.tokens(row))));
        Ok(items)
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
fn keys(
    pool: &Pool,
    seed: u64,
    sources: &[Source],
    table: &Table,
    left: &(dyn Fn(usize) -> bool + Sync),
) -> Result<Vec<DocKey>> {
    let salts: Vec<SourceSalt> = sources.iter().map(|s| SourceSalt::new(seed, &s.name)).collect();
    let mut keys = Vec::with_capacity(table.len());
    for shards in table.shards.chunks(4 * pool.threads()) {
        let parts = pool.map(shards, |at| {
            let mut keys = Vec::with_capacity(at.rows);
            at.each_batch(Some(&["id"]), &mut |first, batch| {
                let ids = batch.strings("id")?;
                let key = |i: usize| if left(first + i) { salts[at.source].key(ids.value(i), 0) } else { DocKey(0) };
                keys.extend((0..batch.rows()).map(key));
                Ok(())
            })?;
            Ok(keys)
        })?;
        parts.into_iter().for_each(|part| keys.extend(part));
    }
    let twins = twins(table, &keys, left);
    if !twins.is_empty() {
        tell_apart(table, &salts, &twins, &mut keys)?;
    }
    Ok(keys)
}

/// The rows that are left and share their key with another, ascending.
fn twins(table: &Table, keys: &[DocKey], left: &dyn Fn(usize) -> bool) -> Vec<u32> {
    let mut order: Vec<u32> = (0..table.len()).filter(|&row| left(row)).map(|row| row as u32).collect();
    order.sort_unstable_by_key(|&row| keys[row as usize]);
    let runs = order.chunk_by(|&a, &b| keys[a as usize] == keys[b as usize]).filter(|run| run.len() > 1);
    let mut twins: Vec<u32> = runs.flatten().copied().collect();
    twins.sort_unstable();
    twins
}

/// Gives all but the first of the rows that share a key another one.
fn tell_apart(table: &Table, salts: &[SourceSalt], twins: &[u32], keys: &mut [DocKey]) -> Result<()> {
    let mut known: Vec<(DocKey, u128, u32, String)> = Vec::with_capacity(twins.len());
    for at in &table.shards {
        each_twin(at, twins, &mut |row, content, id| known.push((keys[row as usize], content, row, id.to_owned())))?;
    }
    known.sort_unstable();
    for same in known.chunk_by(|a, b| a.0 == b.0) {
        for (occurrence, (_, _, row, id)) in (0_u32..).zip(same).skip(1) {
            keys[*row as usize] = salts[table.shard_of(*row as usize).source].key(id, occurrence);
        }
    }
    Ok(())
}

fn each_twin(at: &TableShard, twins: &[u32], each: &mut dyn FnMut(u32, u128, &str)) -> Result<()> {
    let from = twins.partition_point(|&row| (row as usize) < at.first);
    let to = twins.partition_point(|&row| (row as usize) < at.first + at.rows);
    if from == to {
        return Ok(());
    }
    at.each_of_rows(&["id", "content_hash"], &twins[from..to], &mut |rows, batch| {
        let (ids, contents) = (batch.strings("id")?, batch.bytes("content_hash")?);
        rows.iter().enumerate().for_each(|(i, &row)| each(row, hash_at(contents, i), ids.value(i)));
        Ok(())
    })
}
