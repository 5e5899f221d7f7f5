//! `score train` and `score apply`: labels → a model, and a model → scores.

use super::args::{Common, ScoreCommand, TrainArgs};
use super::bar::Bar;
use super::bucket_args::BucketArgs;
use super::commands::{batch_bytes, columns, print, print_json, source};
use super::model_args::ApplyArgs;
use super::{fasttext, language_model};
use crate::error::{Error, Result};
use crate::io::write_file;
use crate::pipeline::{
    BucketFiles, Label, LabelledFiles, LabelledPath, Pool, TrainConfig, apply, bucket_files, perplexity, train,
};
use crate::recipe::Chain;
use crate::report::TrainingReport;
use crate::score::Ensemble;
use crate::score::fasttext::FastText;
use crate::score::linear::{Contract, LinearModel, Settings};
use crate::score::ngram::NgramModel;
use serde_json::json;

pub(super) fn score(command: &ScoreCommand, common: &Common, pool: &Pool) -> Result<()> {
    match command {
        ScoreCommand::Train(args) => train_model(args, common, pool),
        ScoreCommand::TrainLm(args) => language_model::train(args, common, pool),
        ScoreCommand::Apply(args) => apply_model(args, common, pool),
        ScoreCommand::Buckets(args) => buckets(args, common, pool),
        ScoreCommand::Show { model } if FastText::is_one(model) => fasttext::show(model, common),
        ScoreCommand::Show { model } if NgramModel::is_one(model) => {
            language_model::show(&NgramModel::load(model)?, common)
        }
        ScoreCommand::Show { model } => show(&LinearModel::load(model)?, common),
    }
}

fn train_model(args: &TrainArgs, common: &Common, pool: &Pool) -> Result<()> {
    let sources = match &args.label {
        Some(column) => vec![LabelledFiles { files: args.files.clone(), label: Label::Column(column.clone()) }],
        None => vec![
            LabelledFiles { files: args.negative.clone(), label: Label::Fixed(0.0) },
            LabelledFiles { files: args.positive.clone(), label: Label::Fixed(1.0) },
        ],
    };
    let contract =
        Contract { word_bits: args.word_bits, pairs: !args.no_pairs, run_bytes: args.run_bytes, ..Contract::default() };
    let defaults = Settings::default();
    let config = TrainConfig {
        text: args.text.clone(),
        contract: contract.with_signals(args.signals.iter().map(String::as_str))?,
        settings: Settings { rate: args.rate.unwrap_or(defaults.rate), decay: args.decay.unwrap_or(defaults.decay) },
        epochs: args.epochs,
        seed: common.seed.unwrap_or(0),
        hold_out: args.hold_out,
        at_least: args.at_least,
        batch_bytes: batch_bytes(common, pool),
    };
    let bar = Bar::new(common.quiet);
    let model = train(&sources, &config, pool, &bar)?;
    let bytes = model.to_bytes();
    write_file(&args.out, &bytes)?;
    if common.quiet && !common.json {
        return Ok(());
    }
    show(&model, common)?;
    if !common.json {
        print(&format!("{}: {} bytes\n", args.out.display(), bytes.len()));
        for phase in bar.phases() {
            let (seconds, megabytes) = (phase.time.as_secs_f64().max(1e-9), phase.bytes as f64 / 1e6);
            let rate = megabytes / seconds / pool.threads() as f64;
            print(&format!(
                "time: {:<8} {seconds:>8.2} s  {megabytes:>9.1} MB  {rate:>7.1} MB/s per thread\n",
                phase.phase
            ));
        }
    }
    Ok(())
}

/// Prints the report in a model.
fn show(model: &LinearModel, common: &Common) -> Result<()> {
    let report: TrainingReport = serde_json::from_str(model.report())
        .map_err(|e| Error::Invalid { what: "the report in the model".into(), problem: e.to_string() })?;
    match common.json {
        true => print_json(&json!({ "digest": format!("{:032x}", model.digest()), "report": report })),
        false => {
            print(&report.to_string());
            Ok(())
        }
    }
}

fn apply_model(args: &ApplyArgs, common: &Common, pool: &Pool) -> Result<()> {
    let path = args.out.join("scores.parquet");
    let (bar, batch_bytes) = (Bar::new(common.quiet), batch_bytes(common, pool));
    let open = || source(&args.files, &columns(&args.files)?, Chain::new(Vec::new())?, pool);
    let rows = if FastText::is_one(&args.model) {
        refuse_settings(args, "an ARPA file", &[("--normalise", args.normalise.is_some())])?;
        fasttext::apply_model(args, &open()?, &path, pool, batch_bytes, &bar)?
    } else if NgramModel::is_one(&args.model) {
        fasttext::refuse_settings(args)?;
        let model = language_model::load(&args.model, args.normalise.as_deref())?;
        perplexity(&open()?, &model, pool, &path, batch_bytes, &bar)?
    } else {
        fasttext::refuse_settings(args)?;
        refuse_settings(args, "an ARPA file", &[("--normalise", args.normalise.is_some())])?;
        let model = LinearModel::load(&args.model)?;
        apply(&open()?, &model, pool, &path, batch_bytes, &bar)?
    };
    match common.json {
        true => print_json(&json!({"path": path, "rows": rows})),
        false if !common.quiet => {
            print(&format!("{}: {rows} rows\n", path.display()));
            Ok(())
        }
        false => Ok(()),
    }
}

fn buckets(args: &BucketArgs, common: &Common, pool: &Pool) -> Result<()> {
    let combine = Ensemble::ALL.into_iter().find(|(name, _)| *name == args.combine).map(|(_, combine)| combine);
    let mut levels = args.levels.clone();
    levels.sort_by_key(|level| level.1);
    let ask = BucketFiles {
        files: args.files.iter().map(|file| LabelledPath::new(file, None)).collect(),
        scores: args.columns.clone(),
        count: args.count,
        combine: combine.unwrap_or_default(),
        weight: args.weight.0.clone(),
        per: args.per.clone(),
        levels,
        id: args.id.clone(),
        sketch: args.sketch,
        batch_bytes: batch_bytes(common, pool),
        memory: common.memory,
    };
    let report = bucket_files(&ask, &args.out, pool, &Bar::new(common.quiet))?;
    let path = args.out.join("thresholds.json");
    let thresholds = serde_json::to_vec_pretty(&report).map_err(|e| Error::write(&path, e))?;
    write_file(&path, &thresholds)?;
    match common.json {
        true => print_json(&report),
        false if !common.quiet => {
            print(&report.to_string());
            print(&format!("{}: {} rows\n", args.out.join("buckets.parquet").display(), report.rows));
            Ok(())
        }
        false => Ok(()),
    }
}

/// # Errors
/// [`Error::Invalid`] where a setting is given that only another kind of model has a use for.
pub(super) fn refuse_settings(args: &ApplyArgs, kind: &str, given: &[(&str, bool)]) -> Result<()> {
    match given.iter().find(|(_, given)| *given) {
        None => Ok(()),
        Some((what, _)) => Err(Error::Invalid {
            what: (*what).into(),
            problem: format!("is for {kind}, and {} is none", args.model.display()),
        }),
    }
}
