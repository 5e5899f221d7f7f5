//! Rule-based problems as Parquet: one row an item, with the columns that say where it comes from.

use crate::error::{Error, Result};
use crate::hash::content_hash;
use crate::io::{TableOptions, TableWriter};
use crate::pipeline::{Event, Phase, Pool, Progress};
use crate::synth::{Generator, Item, Kind, SYNTH_VERSION};
use crate::text::Normalizer;
use arrow::array::{
    ArrayRef, BooleanArray, Float64Array, Float64Builder, ListArray, RecordBatch, StringArray, StringBuilder,
    StructArray, UInt8Builder, UInt32Array, UInt32Builder, UInt64Builder,
};
use arrow::datatypes::{DataType, Field, Fields, Schema, SchemaRef};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use xxhash_rust::xxh3::xxh3_64;

/// Items that a thread makes at a time: about a megabyte and a half.
const BATCH_ITEMS: u64 = 2_048;
/// Items of a row group: about 50 MB of columns.
const ROW_GROUP_ITEMS: u64 = 32 * BATCH_ITEMS;

/// What is to be made.
#[derive(Debug, Clone)]
pub struct SynthConfig {
    /// The kinds, in turn. One that is named twice counts once.
    pub kinds: Vec<Kind>,
    /// Number of items of all kinds together; the first kinds get one more where it does not divide.
    pub count: u64,
    /// Seed of the items.
    pub seed: u64,
    /// Difficulty from and to, in base-10 digits, ends included; `None` for all.
    pub difficulty: Option<(f64, f64)>,
}

/// What was made of a kind.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
#[non_exhaustive]
pub struct SynthKind {
    /// The kind.
    pub kind: Kind,
    /// Number of items.
    pub items: u64,
    /// Number of items that there are of this kind, seed and difficulty: the unique documents that a plan may count on.
    pub cardinality: u64,
    /// Bytes of text.
    pub bytes: u64,
}

/// What was made, and where it lies.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
#[non_exhaustive]
pub struct SynthSummary {
    /// Files, with their rows.
    pub files: Vec<(PathBuf, u64)>,
    /// Kinds, in the order asked for.
    pub kinds: Vec<SynthKind>,
}

/// Writes items: to one file if `out` ends in `.parquet`, with the kinds in turn, else to `out/KIND.parquet`. The bytes depend on
/// the configuration alone.
///
/// # Errors
/// [`Error::Invalid`] for no kinds, for more items than a kind has, and for a difficulty that no template has, before anything is
/// written; [`Error::Write`] for an unwritable file.
pub fn synth(config: &SynthConfig, out: &Path, pool: &Pool, progress: &dyn Progress) -> Result<SynthSummary> {
    let plans = plan(config)?;
    let one_file = out.extension().is_some_and(|e| e == "parquet");
    progress.event(Event::Begin { phase: Phase::Write, total: 0 });
    let mut made = SynthSummary {
        files: Vec::new(),
        kinds: plans
            .iter()
            .map(|(generator, items)| SynthKind {
                kind: generator.kind(),
                items: *items,
                cardinality: generator.cardinality(),
                bytes: 0,
            })
            .collect(),
    };
    if one_file {
        let rows = write(&plans, out, pool, progress, &mut made.kinds)?;
        made.files.push((out.to_owned(), rows));
    } else {
        for (plan, kind) in plans.chunks(1).zip(made.kinds.chunks_mut(1)) {
            let path = out.join(format!("{}.parquet", plan[0].0.kind()));
            let rows = write(plan, &path, pool, progress, kind)?;
            made.files.push((path, rows));
        }
    }
    progress.event(Event::End { phase: Phase::Write });
    Ok(made)
}

/// A generator for each kind, and how many of its items are wanted.
fn plan(config: &SynthConfig) -> Result<Vec<(Generator, u64)>> {
    let mut kinds: Vec<Kind> = Vec::new();
    config.kinds.iter().for_each(|kind| {
        if !kinds.contains(kind) {
            kinds.push(*kind);
        }
    });
    if kinds.is_empty() {
        return Err(Error::Invalid { what: "kinds".to_owned(), problem: "at least one is needed".to_owned() });
    }
    let many = kinds.len() as u64;
    let mut plans = Vec::with_capacity(kinds.len());
    for (at, &kind) in (0..).zip(&kinds) {
        let generator = match config.difficulty {
            Some((low, high)) => Generator::with_difficulty(kind, config.seed, low, high)?,
            None => Generator::new(kind, config.seed),
        };
        let items = config.count / many + u64::from(at < config.count % many);
        let all = generator.cardinality();
        if items > all {
            let problem = format!(
                "{items} are asked of `{kind}`, which has only {all} problems of this difficulty, and none is made twice; ask for fewer, \
                 for a wider difficulty, or for more kinds"
            );
            return Err(Error::Invalid { what: "count".to_owned(), problem });
        }
        plans.push((generator, items));
    }
    Ok(plans)
}

/// The row at `at`: which plan, and which of its items. Plans take turns until each has given all of its own; the first have one more.
fn place(plans: &[(Generator, u64)], at: u64) -> (usize, u64) {
    let many = plans.len() as u64;
    ((at % many) as usize, at / many)
}

fn write(
    plans: &[(Generator, u64)],
    path: &Path,
    pool: &Pool,
    progress: &dyn Progress,
    kinds: &mut [SynthKind],
) -> Result<u64> {
    let schema = schema();
    let total: u64 = plans.iter().map(|(_, items)| items).sum();
    let made_by = plans.iter().map(|(generator, _)| generator.describe()).collect::<Vec<_>>().join("; ");
    let options = TableOptions {
        metadata: vec![("mashbill.synth", made_by)],
        plain_columns: ["text", "question", "steps", "id", "problem_key", "content_hash"].map(str::to_owned).to_vec(),
        ..TableOptions::default()
    };
    let mut writer = TableWriter::create(path, &schema, &options)?;
    let firsts: Vec<u64> = (0..total).step_by(BATCH_ITEMS as usize).collect();
    let mut rows_in_group = 0;
    // As many batches as keep the threads busy, so that memory does not grow with the count.
    for some in firsts.chunks(pool.threads().max(1) * 2) {
        let batches = pool.map(some, |&first| {
            let rows = first..total.min(first + BATCH_ITEMS);
            let mut columns = Columns::default();
            let mut bytes = vec![0_u64; plans.len()];
            for row in rows {
                let (which, index) = place(plans, row);
                let (generator, _) = &plans[which];
                bytes[which] += columns.push(generator, &generator.item(index)?);
            }
            let batch = columns.finish(&schema).map_err(|e| Error::write(path, e))?;
            Ok((batch, bytes))
        })?;
        for (batch, bytes) in batches {
            kinds.iter_mut().zip(&bytes).for_each(|(kind, bytes)| kind.bytes += bytes);
            rows_in_group += batch.num_rows() as u64;
            writer.write(&batch)?;
            if rows_in_group >= ROW_GROUP_ITEMS {
                writer.end_row_group()?;
                rows_in_group = 0;
            }
            progress.event(Event::Advance { phase: Phase::Write, units: bytes.iter().sum() });
        }
    }
    writer.finish()
}

fn verification_fields() -> Fields {
    Fields::from(vec![
        Field::new("method", DataType::Utf8, true),
        Field::new("pass", DataType::Boolean, true),
        Field::new("score", DataType::Float64, true),
    ])
}

fn schema() -> SchemaRef {
    let text = |name: &str| Field::new(name, DataType::Utf8, false);
    let maybe = |name: &str, data_type| Field::new(name, data_type, true);
    let seeds = DataType::List(Arc::new(Field::new("item", DataType::Utf8, true)));
    Arc::new(Schema::new(vec![
        text("id"),
        text("text"),
        text("question"),
        text("steps"),
        text("answer"),
        text("subject"),
        Field::new("item", DataType::UInt64, false),
        text("problem_key"),
        Field::new("level", DataType::UInt8, false),
        Field::new("difficulty", DataType::Float64, false),
        text("origin"),
        text("kind"),
        text("generator"),
        text("decoding"),
        text("prompt_template_id"),
        Field::new("phrasing", DataType::UInt32, false),
        text("prompt_template_hash"),
        maybe("seed_doc_ids", seeds),
        maybe("seed_source", DataType::Utf8),
        maybe("round", DataType::UInt32),
        maybe("revision_count", DataType::UInt32),
        maybe("verification", DataType::Struct(verification_fields())),
        text("license_of_generator"),
        text("content_hash"),
    ]))
}

/// The columns of a batch that are not the same in every row.
#[derive(Debug, Default)]
struct Columns {
    strings: [StringBuilder; 11],
    items: UInt64Builder,
    levels: UInt8Builder,
    difficulties: Float64Builder,
    phrasings: UInt32Builder,
    normalizer: Normalizer,
}

impl Columns {
    /// Appends an item. Returns the bytes of its text.
    fn push(&mut self, generator: &Generator, item: &Item) -> u64 {
        let text = item.text();
        let content = content_hash(self.normalizer.content_form(&text));
        let values: [&str; 11] = [
            &generator.id(item.index),
            &text,
            &item.question,
            &item.steps,
            &item.answer,
            item.kind.name(),
            &item.problem_key,
            &generator.describe(),
            item.template,
            &format!("{:016x}", xxh3_64(item.pattern.as_bytes())),
            &format!("{content:032x}"),
        ];
        self.strings.iter_mut().zip(values).for_each(|(column, value)| column.append_value(value));
        self.items.append_value(item.index);
        self.levels.append_value(item.level);
        self.difficulties.append_value(item.difficulty);
        self.phrasings.append_value(u32::try_from(item.phrasing).unwrap_or(u32::MAX));
        text.len() as u64
    }

    fn finish(mut self, schema: &SchemaRef) -> Result<RecordBatch, arrow::error::ArrowError> {
        let phrasings = self.phrasings.finish();
        let rows = arrow::array::Array::len(&phrasings);
        let same = |value: &str| Arc::new(StringArray::from(vec![value; rows])) as ArrayRef;
        let zero = || Arc::new(UInt32Array::from(vec![0; rows])) as ArrayRef;
        let [id, text, question, steps, answer, subject, key, decoding, template, pattern, content] =
            self.strings.each_mut().map(|column| Arc::new(column.finish()) as ArrayRef);
        let verification = StructArray::try_new(
            verification_fields(),
            vec![
                same("roundtrip"),
                Arc::new(BooleanArray::from(vec![true; rows])),
                Arc::new(Float64Array::from(vec![1.0; rows])),
            ],
            None,
        )?;
        let seeds = ListArray::new_null(Arc::new(Field::new("item", DataType::Utf8, true)), rows);
        let columns: Vec<ArrayRef> = vec![
            id,
            text,
            question,
            steps,
            answer,
            subject,
            Arc::new(self.items.finish()),
            key,
            Arc::new(self.levels.finish()),
            Arc::new(self.difficulties.finish()),
            same("synthetic"),
            same("rule_based"),
            same(&format!("mashbill-synth@{SYNTH_VERSION}")),
            decoding,
            template,
            Arc::new(phrasings),
            pattern,
            Arc::new(seeds),
            Arc::new(StringArray::new_null(rows)),
            zero(),
            zero(),
            Arc::new(verification),
            same("MIT OR Apache-2.0"),
            content,
        ];
        RecordBatch::try_new(schema.clone(), columns)
    }
}
