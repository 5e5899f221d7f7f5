//! Rows with the values that caps are on: keys and columns of provenance brought together in the order of the rows.

use super::super::keyed::{Keyed, LeftRows};
use super::super::sort::{Sequence, Space, record};
use super::Tight;
use crate::error::{Error, Result};
use crate::io::Shard;
use crate::ledger::Provenance;
use crate::mix::{Caps, DocKey, Quotas, Share, SourceSupply};
use arrow::array::Array;
use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use xxhash_rust::xxh3::xxh3_128;

record! {
    /// A row that may be chosen, by where it lies.
    ByRow { row: u32, source: u32, key: u128, tokens: u64, size: u64, }
}

record! {
    /// The same in the order of selection, with the numbers of the limits that it counts against.
    Lined {
        key: u128, row: u32, source: u32, tokens: u64, size: u64,
        kind: u32, generator: u32, template: u32, round: u32,
    }
}

/// The values of one row, where they are capped.
pub(in crate::pipeline) type Values<'a> = [Option<&'a str>; Provenance::CAPPED];

/// All rows that may be chosen, and the caps on them.
pub(super) struct CapRows<'a> {
    left: &'a LeftRows<'a>,
    by_row: Sequence<ByRow>,
    /// Names of the groups.
    pub groups: Vec<String>,
    /// The group of each source.
    pub group_of: Vec<u32>,
    /// The default of each field, and whether it has caps at all.
    defaults: [Option<Share>; Provenance::CAPPED],
    capped: [bool; Provenance::CAPPED],
    named: HashMap<(u32, u128), Share>,
}

impl<'a> CapRows<'a> {
    pub fn of(
        left: &'a LeftRows<'a>,
        keyed: &Sequence<Keyed>,
        caps: &Caps,
        supplies: &[SourceSupply],
        space: &Space,
    ) -> Result<CapRows<'a>> {
        let mut rows = CapRows {
            left,
            by_row: by_row(left, keyed, space)?,
            groups: Vec::new(),
            group_of: Vec::with_capacity(supplies.len()),
            defaults: [None; Provenance::CAPPED],
            capped: [false; Provenance::CAPPED],
            named: HashMap::new(),
        };
        for supply in supplies {
            let at = rows.groups.iter().position(|group| *group == supply.group).unwrap_or(rows.groups.len());
            if at == rows.groups.len() {
                rows.groups.push(supply.group.clone());
            }
            rows.group_of.push(at as u32);
        }
        for (field, name) in Provenance::COLUMNS.into_iter().take(Provenance::CAPPED).enumerate() {
            let Some(of_field) = caps.fields.get(name) else { continue };
            rows.capped[field] = true;
            rows.defaults[field] = of_field.default.map(Share::from_f64).transpose()?;
            for (value, &share) in &of_field.values {
                rows.named.insert((field as u32, hash_of(value)), Share::from_f64(share)?);
            }
        }
        rows.check_columns()?;
        Ok(rows)
    }

    /// A ledger that was written before its rows said where they come from.
    fn check_columns(&self) -> Result<()> {
        let Some(shard) = self.left.rows.shards.first() else { return Ok(()) };
        let file = Shard::open(&shard.scan)?;
        let has = Provenance::of(file.schema());
        for (field, capped) in self.capped.into_iter().enumerate() {
            if capped && !has.has[field] {
                let name = Provenance::COLUMNS[field];
                let problem =
                    format!("has no column `{name}`, which [mix.caps] needs; scan anew: mashbill run RECIPE --out DIR");
                return Err(Error::read(file.path(), None, problem));
            }
        }
        Ok(())
    }

    /// The name of a field.
    pub fn field_name(&self, field: u32) -> &'static str {
        Provenance::COLUMNS.get(field as usize).copied().unwrap_or_default()
    }

    /// The fields that have caps.
    pub fn fields(&self) -> impl Iterator<Item = u32> + '_ {
        (0..Provenance::CAPPED).filter(|&field| self.capped[field]).map(|field| field as u32)
    }

    /// Whether a value's cap is its field's default.
    pub fn is_default(&self, field: u32, value: u128) -> bool {
        !self.named.contains_key(&(field, value))
    }

    /// The default cap of a field.
    pub fn default_of(&self, field: u32) -> Option<Share> {
        self.defaults.get(field as usize).copied().flatten()
    }

    /// The cap of a value.
    pub fn cap(&self, field: u32, value: u128) -> Option<Share> {
        self.named.get(&(field, value)).copied().or(self.default_of(field))
    }

    /// What each group is to give.
    pub fn group_quotas(&self, quotas: &Quotas) -> Vec<u64> {
        let mut sums = vec![0; self.groups.len()];
        for (source, &group) in quotas.sources.iter().zip(&self.group_of) {
            sums[group as usize] += source.quota;
        }
        sums
    }

    /// Every row with its values, in parallel by row groups: `begin` makes a state for each, `each` gets its rows, `end` ends it.
    pub fn map<S>(
        &self,
        begin: impl Fn() -> S + Sync,
        each: impl Fn(&mut S, &ByRow, &Values<'_>) -> Result<()> + Sync,
        end: impl Fn(S) -> Result<()> + Sync,
    ) -> Result<()> {
        let columns: Vec<&str> = self.fields().map(|field| self.field_name(field)).collect();
        self.left.map(|group| {
            let mut state = begin();
            group.each_batch(&columns, &mut |first, batch| {
                let mut strings = [None; Provenance::CAPPED];
                for field in self.fields() {
                    strings[field as usize] = Some(batch.strings(self.field_name(field))?);
                }
                let from = self.by_row.partition_point(|row| (row.row as usize) < first)?;
                let to = self.by_row.partition_point(|row| (row.row as usize) < first + batch.rows())?;
                let mut reader = self.by_row.read(from..to)?;
                while let Some(row) = reader.next()? {
                    let at = row.row as usize - first;
                    let values: Values<'_> =
                        strings.map(|column| column.filter(|c| c.is_valid(at)).map(|column| column.value(at)));
                    each(&mut state, &row, &values)?;
                }
                Ok(())
            })?;
            end(state)
        })?;
        Ok(())
    }

    /// All rows in the order of selection, each with its limits; and the values that the limits are on.
    pub fn lined(&self, tight: &Tight, space: &Space) -> Result<(Sequence<Lined>, Vec<Option<String>>)> {
        let sorter = space.sorter::<Lined>("lined")?;
        let names = Mutex::new(vec![None; tight.len()]);
        self.map(
            Vec::new,
            |buffer, &ByRow { row, source, key, tokens, size }, values| {
                let mut limits = [0; Provenance::CAPPED];
                for (field, value) in values.iter().enumerate() {
                    let Some(value) = value else { continue };
                    let group = self.group_of.get(source as usize).copied().unwrap_or_default();
                    let Some(&limit) = tight.get(&(group, field as u32, hash_of(value))) else { continue };
                    limits[field] = limit;
                    name(&names, limit, value);
                }
                let [kind, generator, template, round] = limits;
                buffer.push(Lined { key, row, source, tokens, size, kind, generator, template, round });
                if buffer.len() < super::super::keyed::CHUNK { Ok(()) } else { sorter.push(buffer) }
            },
            |mut buffer| sorter.push(&mut buffer),
        )?;
        let lined = sorter.finish()?.into_sequence(space, "lined")?;
        Ok((lined, names.into_inner().unwrap_or_else(PoisonError::into_inner)))
    }

    /// The values of some limits alone.
    pub fn names(&self, tight: &Tight) -> Result<Vec<Option<String>>> {
        let names = Mutex::new(vec![None; tight.len()]);
        self.map(
            || (),
            |(), row, values| {
                let group = self.group_of.get(row.source as usize).copied().unwrap_or_default();
                for (field, value) in values.iter().enumerate() {
                    let Some(value) = value else { continue };
                    if let Some(&limit) = tight.get(&(group, field as u32, hash_of(value))) {
                        name(&names, limit, value);
                    }
                }
                Ok(())
            },
            |()| Ok(()),
        )?;
        Ok(names.into_inner().unwrap_or_else(PoisonError::into_inner))
    }
}

fn name(names: &Mutex<Vec<Option<String>>>, limit: u32, value: &str) {
    let mut names = names.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(name @ None) = names.get_mut(limit as usize - 1) {
        *name = Some(value.to_owned());
    }
}

/// What a value is known by.
pub(in crate::pipeline) fn hash_of(value: &str) -> u128 {
    xxh3_128(value.as_bytes())
}

/// The rows that may be chosen, in their order.
fn by_row(left: &LeftRows<'_>, keyed: &Sequence<Keyed>, space: &Space) -> Result<Sequence<ByRow>> {
    let sorter = space.sorter::<ByRow>("by-row")?;
    left.pool.map(&keyed.pieces(), |piece| {
        let mut buffer = Vec::new();
        let mut reader = keyed.read(piece.clone())?;
        while let Some(Keyed { key, row, source, tokens, size, .. }) = reader.next()? {
            if key != DocKey::NEVER.0 {
                buffer.push(ByRow { row, source, key, tokens, size });
            }
            if buffer.len() == super::super::keyed::CHUNK {
                sorter.push(&mut buffer)?;
            }
        }
        sorter.push(&mut buffer)
    })?;
    sorter.finish()?.into_sequence(space, "by-row")
}
