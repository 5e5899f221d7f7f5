//! The commands: each reads its arguments, asks the library, and says what came of it.

use super::args::{Cli, Command, Common, FileArgs, RecipeArgs};
use super::bar::Bar;
use super::decontaminate::decontaminate;
use super::mix::{handover, mix};
use super::profile::profile;
use super::score::score;
use super::sweep::sweep;
use super::synth::{synth, synth_report};
use crate::dedup::{Action, Exact, KeepPolicy, Scope};
use crate::error::{Error, Result};
use crate::hash::compat::Compat;
use crate::hash::{Form, SketchConfig, Unit};
use crate::io::{Compression, Shard};
use crate::ledger::Provenance;
use crate::pipeline::{
    AnnotateConfig, Check, ColumnNames, DedupConfig, EmitConfig, FactNames, Folder, Job, LabelledPath, Limits,
    LineDedup, Outcome, Pool, ProvenanceNames, ScanConfig, Source, all_hold, annotate, estimate, verify,
    write_duplicates,
};
use crate::recipe::{Chain, OnBadRow, Order, Recipe, Registry};
use crate::report::Estimate;
use crate::text::TokenCounter;
use serde_json::json;
use std::io::Write;
use std::path::Path;
use std::time::Instant;

/// Chance to find a pair at the threshold, for which bands and rows are planned where the user states none.
const RECALL: f64 = 0.95;
const MIB: u64 = 1 << 20;

pub(super) fn dispatch(cli: &Cli) -> Result<()> {
    let pool = Pool::new(cli.common.threads)?;
    let common = &cli.common;
    match &cli.command {
        Command::Plan(recipe) => plan(recipe, common, &pool),
        Command::Run { recipe, out, signals } => run(recipe, out, *signals, common, &pool),
        Command::Mix(args) => mix(args, common, &pool),
        Command::Handover { dir, takers } => handover(dir, takers, common),
        Command::Sweep(args) => sweep(args, common, &pool),
        Command::Profile(command) => profile(command, common),
        Command::Weights(command) => super::weights::weights(command, common),
        Command::Verify { dir } => verify_run(dir, common, &pool),
        Command::Annotate { .. } => annotate_files(cli, &pool),
        Command::Synth(args) => synth(args, common, &pool),
        Command::SynthReport(args) => synth_report(args, common, &pool),
        Command::Dedup { .. } => dedup(cli, &pool),
        Command::Score(command) => score(command, common, &pool),
        Command::Decontaminate(args) => decontaminate(args, common, &pool),
    }
}

/// Below this, readers, writers and the program itself take more than a budget leaves them, in bytes (measured: `docs/dedup.md`).
const LEAST_MEMORY: u64 = 256 * MIB;

/// What there is to say of a budget that will not be kept.
pub(super) fn memory_warning(cli: &Cli) -> Option<String> {
    let works = matches!(cli.command, Command::Run { .. } | Command::Dedup { .. });
    let memory = cli.common.memory.filter(|&memory| memory < LEAST_MEMORY && works && !cli.common.quiet)?;
    Some(format!(
        "--memory {memory} bytes is less than readers, writers and the program take by themselves; as little as possible is used beside them, \
         but some 256MiB in all"
    ))
}

/// Prints to standard output. A reader that went away (`| head`) is no failure.
pub(super) fn print(text: &str) {
    let _ = std::io::stdout().lock().write_all(text.as_bytes());
}

pub(super) fn print_json(value: &impl serde::Serialize) -> Result<()> {
    let text = serde_json::to_string_pretty(value).map_err(|e| Error::write("standard output".as_ref(), e))?;
    print(&(text + "\n"));
    Ok(())
}

fn job(args: &RecipeArgs, signals: bool, common: &Common, pool: &Pool) -> Result<Job> {
    let mut recipe = recipe(args, common)?;
    recipe.ledger.signals |= signals;
    job_of(&recipe, args, common, pool)
}

pub(super) fn recipe(args: &RecipeArgs, common: &Common) -> Result<Recipe> {
    let mut recipe = Recipe::load(&args.recipe, args.base.as_deref(), &Registry::default())?;
    if let Some(seed) = common.seed {
        recipe.seed = seed;
    }
    Ok(recipe)
}

pub(super) fn job_of(recipe: &Recipe, args: &RecipeArgs, common: &Common, pool: &Pool) -> Result<Job> {
    let beside = args.recipe.parent().unwrap_or(Path::new(""));
    let base = args.base.as_deref().unwrap_or(beside);
    Job::from_recipe(recipe, &Registry::default(), base, pool, Limits { memory: common.memory })
}

fn plan(args: &RecipeArgs, common: &Common, pool: &Pool) -> Result<()> {
    let estimate: Estimate = estimate(&job(args, false, common, pool)?, pool)?;
    match common.json {
        true => print_json(&estimate)?,
        false if !common.quiet => print(&estimate.to_string()),
        false => {}
    }
    match estimate.infeasible {
        Some(why) => Err(Error::Infeasible(why)),
        None => Ok(()),
    }
}

fn run(args: &RecipeArgs, out: &Path, signals: bool, common: &Common, pool: &Pool) -> Result<()> {
    let job = job(args, signals, common, pool)?;
    let bar = Bar::new(common.quiet);
    let began = Instant::now();
    let outcome = job.run(out, pool, &bar)?;
    tell(&outcome, out, &bar, began, common, pool)?;
    match (&job.scan.decontamination, &outcome.report.contamination) {
        (Some(decontamination), Some(report)) => decontamination.refuse(report),
        _ => Ok(()),
    }
}

/// Prints what came of a run, and where its time went.
pub(super) fn tell(
    outcome: &Outcome,
    out: &Path,
    bar: &Bar,
    began: Instant,
    common: &Common,
    pool: &Pool,
) -> Result<()> {
    if common.json {
        return print_json(&outcome.report);
    }
    if common.quiet {
        return Ok(());
    }
    print(&outcome.report.to_string());
    if outcome.was_done {
        print(&format!("{}: was whole already; nothing was done\n", out.display()));
        return Ok(());
    }
    for phase in bar.phases().iter().filter(|p| p.bytes >= MIB) {
        let seconds = phase.time.as_secs_f64().max(1e-9);
        let megabytes = phase.bytes as f64 / 1e6;
        let per_core = megabytes / seconds / pool.threads() as f64;
        let phase = &phase.phase;
        print(&format!("time: {phase:<8} {seconds:>8.2} s  {megabytes:>9.1} MB  {per_core:>7.1} MB/s per thread\n"));
    }
    let seconds = began.elapsed().as_secs_f64();
    print(&format!("time: {:<8} {seconds:>8.2} s on {} threads\n", "all", pool.threads()));
    Ok(())
}

fn verify_run(dir: &Path, common: &Common, pool: &Pool) -> Result<()> {
    let checks = verify(dir, pool, &Bar::new(common.quiet))?;
    if common.json {
        let rows: Vec<_> =
            checks.iter().map(|Check { what, problem }| json!({"what": what, "problem": problem})).collect();
        print_json(&rows)?;
    } else if !common.quiet {
        for check in &checks {
            let mark = if check.problem.is_none() { "ok  " } else { "FAIL" };
            print(&format!("{mark}  {}\n", check.what));
        }
    }
    all_hold(&checks)
}

/// The columns that files without a recipe are read by: `id` where every file has it and nothing else was said.
pub(super) fn columns(args: &FileArgs) -> Result<ColumnNames> {
    let id = match &args.id {
        Some(name) => Some(name.clone()),
        None => {
            let has_id = |path: &std::path::PathBuf| Ok(Shard::open(path)?.schema().field_with_name("id").is_ok());
            let all = args.files.iter().map(has_id).collect::<Result<Vec<bool>>>()?;
            all.iter().all(|&has| has).then(|| "id".to_owned())
        }
    };
    Ok(ColumnNames {
        text: args.text.clone(),
        id,
        facts: FactNames::default(),
        tokens: None,
        scope: None,
        license: None,
        provenance: ProvenanceNames::default(),
    })
}

pub(super) fn source(args: &FileArgs, columns: &ColumnNames, chain: Chain, pool: &Pool) -> Result<Source> {
    let mut files: Vec<LabelledPath> = args.files.iter().map(|f| LabelledPath::new(f, None)).collect();
    files.sort();
    files.dedup();
    Source::open(pool, "input", "input", &files, columns, chain)
}

pub(super) fn batch_bytes(common: &Common, pool: &Pool) -> usize {
    Limits { memory: common.memory }.batch_bytes(pool.threads())
}

fn annotate_files(cli: &Cli, pool: &Pool) -> Result<()> {
    let Command::Annotate { files, profile, out, facts, reference_reasons } = &cli.command else {
        return Ok(());
    };
    let common = &cli.common;
    let mut columns = columns(files)?;
    columns.facts = facts.names();
    let source = source(files, &columns, Chain::profile(profile)?, pool)?;
    let path = out.join("annotations.parquet");
    let config = AnnotateConfig { batch_bytes: batch_bytes(common, pool), reference_reasons: *reference_reasons };
    let rows = annotate(&source, pool, &path, &config, &Bar::new(common.quiet))?;
    match common.json {
        true => print_json(&json!({"path": path, "rows": rows})),
        false if !common.quiet => {
            print(&format!("{}: {rows} rows\n", path.display()));
            Ok(())
        }
        false => Ok(()),
    }
}

/// The choice of that name, which the argument parser has let through.
fn named<T: Copy + Default>(all: &[(&str, T)], name: &str) -> T {
    all.iter().find(|(known, _)| *known == name).map_or_else(T::default, |(_, value)| *value)
}

fn dedup(cli: &Cli, pool: &Pool) -> Result<()> {
    let Command::Dedup {
        files,
        out,
        threshold,
        unit,
        form,
        ngram,
        bands,
        rows,
        slots,
        compat,
        closure,
        exact_only,
        raw,
        scope,
        index,
        keep,
        annotate,
        lines,
    } = &cli.command
    else {
        return Ok(());
    };
    let common = &cli.common;
    let mut columns = columns(files)?;
    if let Scope::Column(name) = scope {
        columns.scope = Some(name.clone());
    }
    // Shingles of the raw text are those of all its copies only if these are equal byte for byte.
    let raw = *raw || (form == "raw" && !exact_only);
    let exact = match () {
        () if *closure => Exact::Off,
        () if raw => Exact::Raw,
        () => Exact::Content,
    };
    let action = if *annotate { Action::Annotate } else { Action::Remove };
    let unit = named(&Unit::ALL, unit);
    let ngram = ngram.unwrap_or_else(|| unit.default_ngram());
    let sketch = match (bands, rows) {
        _ if compat.is_some() => {
            SketchConfig::stated(ngram, Compat::BUCKETS * Compat::ROWS, Compat::BUCKETS, Compat::ROWS)?
        }
        (Some(bands), Some(rows)) => {
            let needed = bands.saturating_mul(*rows).div_ceil(8).saturating_mul(8);
            SketchConfig::stated(ngram, slots.unwrap_or(needed.max(128)), *bands, *rows)?
        }
        _ => SketchConfig::planned(ngram, slots.unwrap_or(128), *threshold, RECALL)?,
    };
    let sketch = sketch.with_unit(unit).with_form(named(&Form::ALL, form));
    let batch_bytes = batch_bytes(common, pool);
    let near = (!exact_only).then_some(*threshold);
    let mut sources = vec![source(files, &columns, Chain::new(Vec::new())?, pool)?];
    let rules = lines.rules();
    let mut line_dedup = None;
    if let Some(rules) = rules {
        let chains = vec![Some(Chain::new(Vec::new())?)];
        let (lines, attached) = LineDedup::attach(rules, sources, chains, common.memory)?;
        (line_dedup, sources) = (Some(lines), attached);
    }
    let policy = match keep {
        Some(names) => KeepPolicy::parse(names.iter().map(String::as_str))?,
        None => KeepPolicy::default(),
    };
    let mut recipe = json!({
        "command": "dedup",
        "columns": {"text": columns.text, "id": columns.id},
        "tokens": "bytes",
        "dedup": {"exact": exact, "scope": scope, "action": action, "threshold": near,
                  "form": sketch.form, "unit": sketch.unit, "ngram": ngram, "slots": sketch.slots,
                  "bands": sketch.bands.bands, "rows": sketch.bands.rows, "lines": rules},
        "on_bad_row": if files.quarantine { "quarantine" } else { "fail" },
    });
    // Said only where they are asked for, so that folders of earlier releases go on.
    if let Some(index) = index {
        recipe["dedup"]["index"] = json!(index);
    }
    if keep.is_some() {
        recipe["dedup"]["keep"] = json!(policy.criteria());
    }
    if let Some(compat) = compat {
        recipe["dedup"]["compat"] = json!(compat);
        recipe["dedup"]["closure"] = json!(closure);
    }
    let job = Job {
        recipe,
        seed: common.seed.unwrap_or(0),
        text: columns.text.clone(),
        id: columns.id.clone(),
        sources,
        scan: ScanConfig {
            counter: TokenCounter::Bytes,
            tokens_per_document: 0,
            sketch,
            near: near.is_some(),
            compat: *compat,
            signals: false,
            raw,
            decontamination: None,
            provenance: Provenance::default(),
            scope: columns.scope.is_some(),
            on_bad_row: if files.quarantine { OnBadRow::Quarantine } else { OnBadRow::Fail },
            batch_bytes,
        },
        lines: line_dedup,
        dedup: Some(DedupConfig {
            exact,
            near,
            closure: *closure,
            scope: scope.clone(),
            action,
            keep: policy,
            max_loss: 1.0,
            allow_loss: Vec::new(),
            index: index.clone(),
            memory: common.memory,
        }),
        mix: None,
        order: Order::Input,
        emit: emit_files(common, batch_bytes),
        added_columns: false,
        allow_empty: true,
    };
    let outcome = job.run(out, pool, &Bar::new(common.quiet))?;
    let listed = write_duplicates(&Folder::new(out), &out.join("duplicates.parquet"))?;
    match common.json {
        true => print_json(&outcome.report),
        false if !common.quiet => {
            print(&format!("{}{listed} duplicates are listed in duplicates.parquet\n", outcome.report));
            Ok(())
        }
        false => Ok(()),
    }
}

/// How a command over files, without a recipe, writes its rows.
pub(super) fn emit_files(common: &Common, batch_bytes: usize) -> EmitConfig {
    EmitConfig {
        ranks: 1,
        compression: Compression::default(),
        shard_bytes: 512 * MIB,
        row_group_bytes: 64 * MIB,
        batch_bytes,
        memory: common.memory,
    }
}
