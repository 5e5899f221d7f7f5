//! Where synthetic text comes from: the columns of the ledger that say so, which are there where any input has them.

use super::scan::misfit;
use crate::error::Result;
use arrow::array::{ArrayRef, ListBuilder, RecordBatch, StringBuilder};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Field, Schema};
use std::sync::Arc;

/// Which columns of provenance a ledger has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Provenance {
    /// For each of [`Provenance::COLUMNS`], whether it is there.
    pub has: [bool; Provenance::COLUMNS.len()],
}

/// Where one row comes from; nothing for what people wrote.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct RowProvenance<'a> {
    /// Kind, generator, template, round and seed source, in the order of [`Provenance::COLUMNS`].
    pub values: [Option<&'a str>; Provenance::SEEDS],
    /// Ids of the documents that it was made from.
    pub seeds: &'a [String],
}

impl Provenance {
    /// The columns, in their order. All are strings but the last, which is a list of them.
    pub const COLUMNS: [&'static str; 6] = ["kind", "generator", "template", "round", "seed_source", "seed_ids"];
    /// How many of them have values that a mix may put caps on: the first ones.
    pub const CAPPED: usize = 4;
    /// Where the source of the seeds stands among them.
    pub const SEED_SOURCE: usize = 4;
    /// Where the ids of the seeds stand among them.
    pub const SEEDS: usize = 5;

    /// Those that the files of this schema have.
    pub fn of(schema: &Schema) -> Provenance {
        Provenance { has: Provenance::COLUMNS.map(|name| schema.field_with_name(name).is_ok()) }
    }

    /// Those of both.
    pub fn and(self, other: Provenance) -> Provenance {
        let mut has = self.has;
        has.iter_mut().zip(other.has).for_each(|(mine, other)| *mine |= other);
        Provenance { has }
    }

    /// Whether there are none.
    pub fn is_empty(self) -> bool {
        self == Provenance::default()
    }

    /// The names of those that are there.
    pub fn names(self) -> impl Iterator<Item = &'static str> {
        Provenance::COLUMNS.into_iter().zip(self.has).filter(|(_, has)| *has).map(|(name, _)| name)
    }

    pub(super) fn fields(self) -> impl Iterator<Item = Field> {
        let item = Arc::new(Field::new("item", DataType::Utf8, true));
        self.names().map(move |name| match name == Provenance::COLUMNS[Provenance::SEEDS] {
            true => Field::new(name, DataType::List(item.clone()), true),
            false => Field::new(name, DataType::Utf8, true),
        })
    }

    /// A scan's or an older ledger's columns of provenance, for the ledger that is written of it.
    pub(super) fn carry(batch: &RecordBatch, fields: &mut Vec<Field>, columns: &mut Vec<ArrayRef>) -> Result<()> {
        for field in Provenance::of(&batch.schema()).fields() {
            if let Some(column) = batch.column_by_name(field.name()) {
                columns.push(cast(column, field.data_type()).map_err(misfit)?);
                fields.push(field);
            }
        }
        Ok(())
    }
}

/// Gathers the provenance of rows.
#[derive(Debug)]
pub(super) struct ProvenanceBuilder {
    layout: Provenance,
    values: [StringBuilder; Provenance::SEEDS],
    seeds: ListBuilder<StringBuilder>,
}

impl ProvenanceBuilder {
    pub(super) fn new(layout: Provenance) -> ProvenanceBuilder {
        ProvenanceBuilder { layout, values: Default::default(), seeds: ListBuilder::new(StringBuilder::new()) }
    }

    pub(super) fn push(&mut self, row: &RowProvenance<'_>) {
        for ((column, value), has) in self.values.iter_mut().zip(row.values).zip(self.layout.has) {
            if has {
                column.append_option(value);
            }
        }
        if self.layout.has[Provenance::SEEDS] {
            row.seeds.iter().for_each(|seed| self.seeds.values().append_value(seed));
            self.seeds.append(!row.seeds.is_empty());
        }
    }

    pub(super) fn finish(&mut self, columns: &mut Vec<ArrayRef>) {
        for (column, has) in self.values.iter_mut().zip(self.layout.has) {
            if has {
                columns.push(Arc::new(column.finish()));
            }
        }
        if self.layout.has[Provenance::SEEDS] {
            columns.push(Arc::new(self.seeds.finish()));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The page names every column that may be there, in a list of its own.
    #[test]
    fn the_page_names_every_column() {
        let page = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/ledger.md")).unwrap();
        let told: Vec<&str> = page
            .lines()
            .skip_while(|line| *line != "### Provenance")
            .filter_map(|line| line.strip_prefix("- `")?.split_once('`'))
            .map(|(name, _)| name)
            .take(Provenance::COLUMNS.len())
            .collect();
        assert_eq!(told, Provenance::COLUMNS);
    }
}
