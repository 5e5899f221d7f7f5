//! Recipe → job: names become files, columns, chains and configurations.

use super::facts::FactNames;
use super::inputs::{ColumnNames, LabelledPath, Source};
use super::provenance::{self, ProvenanceNames};
use super::{
    BenchmarkFile, Decontamination, DedupConfig, EmitConfig, Job, LineDedup, MixConfig, Pool, ScanConfig, SourceMix,
};
use crate::dedup::{Exact, KeepPolicy, Scope};
use crate::error::{Error, Result};
use crate::hash::{Form, SketchConfig};
use crate::ledger::Provenance;
use crate::recipe::{self, Recipe, Registry};
use crate::text::TokenCounter;
use std::path::Path;
use std::sync::Arc;

/// Uncompressed bytes of columns that a thread decodes at a time, where memory does not ask for less.
const BATCH_BYTES: u64 = 8 << 20;
/// Never less than this: a batch has a cost of its own.
const MIN_BATCH_BYTES: u64 = 256 << 10;

/// What a run may take of the machine. Changes no byte of the output.
#[derive(Debug, Clone, Copy, Default)]
pub struct Limits {
    /// Memory in bytes. Batches, spills, output shards in memory, all that is sorted for the plan and the order, and all that
    /// deduplication works on keep to it; its table of rows (11 bytes a row while duplicates are sought) is taken from it first.
    pub memory: Option<u64>,
}

impl Limits {
    /// Uncompressed bytes of columns that each of so many threads decodes at a time.
    pub fn batch_bytes(self, threads: usize) -> usize {
        let fair = self.memory.map_or(BATCH_BYTES, |m| m / (16 * threads.max(1) as u64));
        fair.clamp(MIN_BATCH_BYTES, BATCH_BYTES) as usize
    }
}

impl Job {
    /// Opens every file that a recipe names, and builds what it asks for. `base` is the folder that its paths are relative to.
    ///
    /// # Errors
    /// [`Error::Read`](crate::Error::Read) and [`Error::Column`](crate::Error::Column) for files and columns,
    /// [`Error::Feature`](crate::Error::Feature) for a counter that this build lacks.
    pub fn from_recipe(recipe: &Recipe, registry: &Registry, base: &Path, pool: &Pool, limits: Limits) -> Result<Job> {
        let tokens = match &recipe.tokens {
            recipe::Counter::Column(name) => Some(name.clone()),
            _ => None,
        };
        let scope = match recipe.dedup.as_ref().map(|d| &d.scope) {
            Some(Scope::Column(name)) => Some(name.clone()),
            _ => None,
        };
        let mut sources = Vec::with_capacity(recipe.sources.len());
        let mut origins = Vec::with_capacity(recipe.sources.len());
        for (number, source) in recipe.sources.iter().enumerate() {
            let columns = ColumnNames {
                text: source.columns.text.clone(),
                id: source.columns.id.clone(),
                facts: FactNames {
                    url: source.columns.url.clone(),
                    lang: source.columns.lang.clone(),
                    path: source.columns.path.clone(),
                    prompt: source.columns.prompt.clone(),
                    score: source.score.as_ref().and_then(|score| score.column.clone()),
                },
                tokens: tokens.clone(),
                scope: scope.clone(),
                license: source.columns.license.clone(),
                provenance: ProvenanceNames::of(source.category == recipe::Category::Synthetic, |column| {
                    source.columns.provenance.get(column).cloned()
                }),
            };
            let files: Vec<LabelledPath> = source.files.iter().map(|f| LabelledPath::new(f, Some(base))).collect();
            let chain = recipe.chain(number, registry)?;
            let mut opened = Source::open(pool, &source.name, source.category.name(), &files, &columns, chain)?;
            opened.near = source.near;
            origins.push(columns.provenance);
            sources.push(opened);
        }
        refuse_no_licence(recipe, &sources)?;
        let provenance = provenance::layout(&sources, &origins)?;
        refuse_no_provenance(recipe, provenance)?;
        let (lines, mut sources) = line_dedup(recipe, registry, sources, limits)?;
        let decontamination =
            recipe.decontaminate.as_ref().map(|d| decontamination(d, base).map(Arc::new)).transpose()?;
        if let Some(decontamination) = &decontamination {
            decontamination.attach(&mut sources);
        }
        let batch_bytes = limits.batch_bytes(pool.threads());
        let near = recipe.dedup.as_ref().and_then(|d| d.near.as_ref());
        Ok(Job {
            recipe: recipe.resolved(),
            seed: recipe.seed,
            sources,
            text: recipe.columns.text.clone(),
            id: recipe.columns.id.clone(),
            scan: ScanConfig {
                counter: counter(&recipe.tokens)?,
                tokens_per_document: recipe.tokens_per_document,
                sketch: near.map(sketch).transpose()?.unwrap_or_default(),
                near: near.is_some(),
                compat: near.and_then(|near| near.compat),
                signals: recipe.ledger.signals,
                raw: recipe.dedup.as_ref().is_some_and(|d| d.exact == Exact::Raw)
                    || near.is_some_and(|near| near.form == Form::Raw),
                decontamination,
                provenance,
                scope: scope.is_some(),
                on_bad_row: recipe.on_bad_row,
                batch_bytes,
            },
            lines,
            dedup: recipe.dedup.as_ref().map(|dedup| dedup_config(dedup, base, limits)),
            mix: mix_config(recipe),
            order: recipe.output.order,
            added_columns: true,
            emit: EmitConfig {
                ranks: recipe.output.ranks,
                compression: recipe.output.compression,
                shard_bytes: recipe.output.shard_mib << 20,
                row_group_bytes: recipe.output.row_group_mib << 20,
                batch_bytes,
                memory: limits.memory,
            },
            allow_empty: recipe.output.allow_empty,
        })
    }
}

/// A column of licences that no file at all has is misspelt.
fn refuse_no_licence(recipe: &Recipe, sources: &[Source]) -> Result<()> {
    if sources.iter().flat_map(|source| &source.shards).any(|shard| shard.license.is_some()) {
        return Ok(());
    }
    for (asked, source) in recipe.sources.iter().zip(sources) {
        if let (Some(name), Some(shard)) = (&asked.columns.license, source.shards.first()) {
            shard.shard.string_column(name)?;
        }
    }
    Ok(())
}

/// Caps on what no column says would hold of nothing.
fn refuse_no_provenance(recipe: &Recipe, has: Provenance) -> Result<()> {
    let Some(mix) = &recipe.mix else { return Ok(()) };
    for (field, has) in Provenance::COLUMNS.into_iter().zip(has.has) {
        if mix.caps.fields.contains_key(field) && !has {
            let problem = format!(
                "[mix.caps] has caps on {field}, and no source has a column that says it; name one under [columns]: {field} = \"…\""
            );
            return Err(Error::Invalid { what: "the recipe".into(), problem });
        }
    }
    Ok(())
}

/// The removal of lines, and the sources with it.
fn line_dedup(
    recipe: &Recipe,
    registry: &Registry,
    sources: Vec<Source>,
    limits: Limits,
) -> Result<(Option<LineDedup>, Vec<Source>)> {
    let Some(rules) = recipe.dedup.as_ref().and_then(|d| d.lines) else { return Ok((None, sources)) };
    let again = |number: usize| recipe.sources[number].lines.then(|| recipe.chain(number, registry)).transpose();
    let chains = (0..sources.len()).map(again).collect::<Result<Vec<_>>>()?;
    let (lines, sources) = LineDedup::attach(rules, sources, chains, limits.memory)?;
    Ok((Some(lines), sources))
}

/// Benchmarks, rule and action.
fn decontamination(config: &recipe::Decontaminate, base: &Path) -> Result<Decontamination> {
    let files = config.benchmarks.iter().flat_map(|benchmark| {
        benchmark.files.iter().map(|path| BenchmarkFile {
            file: LabelledPath::new(path, Some(base)),
            name: benchmark.name.clone(),
            columns: benchmark.columns.clone(),
        })
    });
    let files: Vec<BenchmarkFile> = files.collect();
    let (rule, action, list) = (config.rule.clone(), config.action, config.allow_list_file.as_deref());
    Ok(Decontamination::new(&files, list, rule, action, Some(config.remove))?.with_fail_above(config.fail_above))
}

/// A column of counts needs no counter; its rows never ask for one.
fn counter(counter: &recipe::Counter) -> Result<TokenCounter> {
    match counter {
        recipe::Counter::Named(name) => TokenCounter::parse(name),
        recipe::Counter::Column(_) => Ok(TokenCounter::Bytes),
    }
}

fn sketch(near: &recipe::Near) -> Result<SketchConfig> {
    let config = match (near.bands, near.rows) {
        (Some(bands), Some(rows)) => SketchConfig::stated(near.ngram, near.slots, bands, rows)?,
        _ => SketchConfig::planned(near.ngram, near.slots, near.threshold, near.recall)?,
    };
    Ok(config.with_form(near.form).with_unit(near.unit))
}

fn dedup_config(config: &recipe::Dedup, base: &Path, limits: Limits) -> DedupConfig {
    DedupConfig {
        exact: config.exact,
        near: config.near.as_ref().map(|n| n.threshold),
        closure: config.near.as_ref().is_some_and(|n| n.closure),
        scope: config.scope.clone(),
        action: config.action,
        keep: KeepPolicy::new(config.keep.iter().copied()),
        max_loss: config.max_loss,
        allow_loss: config.allow_loss.clone(),
        index: config.index.as_ref().map(|dir| base.join(dir)),
        memory: limits.memory,
    }
}

fn mix_config(recipe: &Recipe) -> Option<MixConfig> {
    let source = |s: &recipe::Source| SourceMix { weight: s.weight, max_epochs: s.max_epochs, quality: s.quality };
    MixConfig::of_recipe(recipe.mix.as_ref(), &recipe.stages, recipe.sources.iter().map(source).collect())
}
