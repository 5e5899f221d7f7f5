//! `decontaminate`: files and benchmarks → clean rows, contamination.parquet, report; or an allow-list from clean files.

use super::args::{Common, FileArgs};
use super::bar::Bar;
use super::commands::{batch_bytes, columns, emit_files, print, print_json, source};
use crate::decontaminate::{Action, Rule};
use crate::error::{Error, Result};
use crate::hash::SketchConfig;
use crate::io::write_file;
use crate::ledger::Provenance;
use crate::pipeline::{BenchmarkFile, Decontamination, Job, LabelledPath, Pool, ScanConfig, Source, learn_allow_list};
use crate::recipe::{Chain, ItemColumns, OnBadRow, Order};
use crate::text::TokenCounter;
use clap::Args;
use serde_json::json;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// What to look for in which files.
#[derive(Debug, Clone, Args)]
pub(super) struct DecontaminateArgs {
    #[command(flatten)]
    files: FileArgs,
    /// Benchmark files: Parquet, or JSON with one object a line.
    #[arg(long, required = true, num_args = 1.., value_name = "FILE")]
    benchmarks: Vec<PathBuf>,
    /// Output folder: new, empty, or of a broken run of the same command.
    #[arg(long, value_name = "DIR", required_unless_present = "learn")]
    out: Option<PathBuf>,
    /// The rule: coverage, phi4 or gpt3.
    #[arg(long, default_value = "coverage", value_parser = Rule::NAMES, value_name = "RULE")]
    rule: String,
    /// The share from which an item is found. Default: the rule's.
    #[arg(long, value_name = "SHARE")]
    threshold: Option<f64>,
    /// The share from which an item is reported as found in part. Default: the rule's.
    #[arg(long, value_name = "SHARE")]
    partial: Option<f64>,
    /// What is done about documents that hold an item: drop, annotate, or remove the spans.
    #[arg(long, default_value = "drop", value_parser = Action::ALL.map(|(name, _)| name), value_name = "ACTION")]
    action: String,
    /// A list of n-grams that are no evidence, as --learn writes it.
    #[arg(long, value_name = "FILE")]
    allow_list: Option<PathBuf>,
    /// Exits 5, once all is written, if a greater share of the documents holds an item: 0.001 is 1,000 in a million.
    #[arg(long, value_name = "RATE", value_parser = parse_share)]
    fail_above: Option<f64>,
    /// Learns an allow-list from FILEs that are known to be clean, writes it to this file, and does nothing else.
    #[arg(long, value_name = "FILE", conflicts_with_all = ["out", "allow_list", "fail_above"])]
    learn: Option<PathBuf>,
    /// With --learn: in how many documents an n-gram must stand to be no evidence.
    #[arg(long, default_value_t = 10, value_name = "N", requires = "learn")]
    min_documents: u32,
    #[command(flatten)]
    columns: ItemArgs,
}

/// Columns of the benchmarks, where those are not to be found by their names.
#[derive(Debug, Clone, Args)]
struct ItemArgs {
    /// Benchmark column of the question.
    #[arg(long, value_name = "COLUMN")]
    question: Option<String>,
    /// Benchmark column of the choices.
    #[arg(long, value_name = "COLUMN")]
    choices: Option<String>,
    /// Benchmark column of the answer.
    #[arg(long, value_name = "COLUMN")]
    answer: Option<String>,
    /// Benchmark column of the passage.
    #[arg(long, value_name = "COLUMN")]
    passage: Option<String>,
    /// Benchmark column of the item's id.
    #[arg(long, value_name = "COLUMN")]
    item_id: Option<String>,
    /// Benchmark column of the benchmark's name.
    #[arg(long, value_name = "COLUMN")]
    benchmark: Option<String>,
    /// Benchmark column of the split.
    #[arg(long, value_name = "COLUMN")]
    split: Option<String>,
}

impl ItemArgs {
    fn names(&self) -> ItemColumns {
        let ItemArgs { question, choices, answer, passage, item_id, benchmark, split } = self.clone();
        ItemColumns { question, choices, answer, passage, id: item_id, benchmark, split }
    }
}

fn parse_share(text: &str) -> Result<f64> {
    let share = text.parse::<f64>().ok().filter(|share| (0.0..=1.0).contains(share));
    share.ok_or_else(|| Error::Invalid {
        what: format!("rate `{text}`"),
        problem: "is not a share between 0 and 1, as 0.001 for 1,000 in a million".into(),
    })
}

impl DecontaminateArgs {
    fn rule(&self) -> Result<Rule> {
        let mut rule = Rule::named(&self.rule)?;
        let set = |to: &mut f64, given: Option<f64>| given.map_or((), |given| *to = given);
        match &mut rule {
            Rule::Phi4(phi4) => {
                set(&mut phi4.threshold, self.threshold);
                phi4.partial = phi4.partial.min(phi4.threshold);
                set(&mut phi4.partial, self.partial);
            }
            Rule::Coverage(coverage) => {
                set(&mut coverage.threshold, self.threshold);
                coverage.partial = coverage.partial.min(coverage.threshold);
                set(&mut coverage.partial, self.partial);
            }
            Rule::Gpt3(_) if self.threshold.or(self.partial).is_some() => {
                let problem = "has no thresholds: any 13-gram decides".to_owned();
                return Err(Error::Invalid { what: "rule gpt3".into(), problem });
            }
            Rule::Gpt3(_) => {}
        }
        rule.check()?;
        Ok(rule)
    }

    fn decontamination(&self) -> Result<Decontamination> {
        let file = |path: &PathBuf| BenchmarkFile {
            file: LabelledPath::new(path, None),
            name: None,
            columns: self.columns.names(),
        };
        let files: Vec<BenchmarkFile> = self.benchmarks.iter().map(file).collect();
        let action = Action::ALL.into_iter().find(|(name, _)| *name == self.action).map(|(_, action)| action);
        let list = self.allow_list.as_deref();
        let found = Decontamination::new(&files, list, self.rule()?, action.unwrap_or_default(), None)?;
        Ok(found.with_fail_above(self.fail_above))
    }
}

pub(super) fn decontaminate(args: &DecontaminateArgs, common: &Common, pool: &Pool) -> Result<()> {
    let decontamination = Arc::new(args.decontamination()?);
    let columns = columns(&args.files)?;
    let mut sources = vec![source(&args.files, &columns, Chain::new(Vec::new())?, pool)?];
    if let Some(path) = &args.learn {
        return learn(args, &decontamination, &sources, path, common, pool);
    }
    let Some(out) = &args.out else { return Ok(()) };
    decontamination.attach(&mut sources);
    let job = job(args, &columns, Arc::clone(&decontamination), sources, common, pool);
    let report = job.run(out, pool, &Bar::new(common.quiet))?.report;
    match common.json {
        true => print_json(&report)?,
        false if !common.quiet => print(&report.to_string()),
        false => {}
    }
    report.contamination.as_ref().map_or(Ok(()), |found| decontamination.refuse(found))
}

fn job(
    args: &DecontaminateArgs,
    columns: &crate::pipeline::ColumnNames,
    decontamination: Arc<Decontamination>,
    sources: Vec<Source>,
    common: &Common,
    pool: &Pool,
) -> Job {
    let batch_bytes = batch_bytes(common, pool);
    let decontaminator = decontamination.decontaminator();
    Job {
        recipe: json!({
            "command": "decontaminate",
            "columns": {"text": columns.text, "id": columns.id},
            "tokens": "bytes",
            "decontaminate": {"rule": decontaminator.rule(), "action": decontamination.action(),
                              "remove": decontaminator.removal(), "columns": args.columns.names()},
            "on_bad_row": if args.files.quarantine { "quarantine" } else { "fail" },
        }),
        seed: common.seed.unwrap_or(0),
        text: columns.text.clone(),
        id: columns.id.clone(),
        sources,
        scan: ScanConfig {
            counter: TokenCounter::Bytes,
            tokens_per_document: 0,
            sketch: SketchConfig::default(),
            near: false,
            compat: None,
            signals: false,
            raw: false,
            decontamination: Some(decontamination),
            provenance: Provenance::default(),
            scope: false,
            on_bad_row: if args.files.quarantine { OnBadRow::Quarantine } else { OnBadRow::Fail },
            batch_bytes,
        },
        lines: None,
        dedup: None,
        mix: None,
        order: Order::Input,
        emit: emit_files(common, batch_bytes),
        added_columns: false,
        allow_empty: true,
    }
}

fn learn(
    args: &DecontaminateArgs,
    decontamination: &Decontamination,
    sources: &[Source],
    path: &Path,
    common: &Common,
    pool: &Pool,
) -> Result<()> {
    let bar = Bar::new(common.quiet);
    let bytes = batch_bytes(common, pool);
    let list = learn_allow_list(decontamination, sources, args.min_documents, bytes, pool, &bar)?;
    write_file(path, list.to_string().as_bytes())?;
    match common.json {
        true => print_json(&json!({"path": path, "ngrams": list.len()})),
        false if !common.quiet => {
            print(&format!("{}: {} n-grams that are no evidence\n", path.display(), list.len()));
            Ok(())
        }
        false => Ok(()),
    }
}
