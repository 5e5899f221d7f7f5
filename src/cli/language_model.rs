//! `score train-lm`, and what `score apply` and `score show` do with an n-gram language model.

use super::args::Common;
use super::bar::Bar;
use super::commands::{batch_bytes, print, print_json};
use super::model_args::TrainLmArgs;
use crate::error::{Error, Result};
use crate::io::write_file;
use crate::pipeline::{Pool, train_lm};
use crate::score::ngram::{NgramModel, Normalise, Settings};
use serde_json::json;
use std::path::Path;

pub(super) fn train(args: &TrainLmArgs, common: &Common, pool: &Pool) -> Result<()> {
    let defaults = Settings::default();
    let settings = Settings {
        order: args.order,
        min_count: args.min_count,
        prune: args.prune.clone(),
        normalise: args.normalise.parse()?,
        memory: common.memory.unwrap_or(defaults.memory),
    };
    let bar = Bar::new(common.quiet);
    let model = train_lm(&args.files, &args.text, settings, pool, batch_bytes(common, pool), &bar)?;
    write_file(&args.out, &model.to_bytes())?;
    if common.quiet && !common.json {
        return Ok(());
    }
    show(&model, common)?;
    if !common.json {
        print(&format!("{}: {} bytes\n", args.out.display(), model.bytes()));
    }
    Ok(())
}

/// Loads a model; of an ARPA file, the user says how lines are normalised.
pub(super) fn load(path: &Path, normalise: Option<&str>) -> Result<NgramModel> {
    let model = NgramModel::load(path)?;
    let Some(normalise) = normalise.map(str::parse::<Normalise>).transpose()? else { return Ok(model) };
    if model.origin().is_some() && normalise != model.normalise() {
        return Err(Error::Invalid {
            what: "--normalise".into(),
            problem: format!("{} was trained with `{}`; take this out", path.display(), model.normalise().name()),
        });
    }
    Ok(model.with_normalise(normalise))
}

pub(super) fn show(model: &NgramModel, common: &Common) -> Result<()> {
    let counts = model.counts();
    if common.json {
        let origin = model.origin().map(|origin| {
            json!({
                "sentences": origin.sentences, "words": origin.words,
                "discounts": origin.discounts, "defaulted": origin.defaulted,
            })
        });
        return print_json(&json!({
            "kind": "ngram",
            "digest": format!("{:032x}", model.digest()),
            "bytes": model.bytes(),
            "order": model.order(),
            "normalise": model.normalise().name(),
            "ngrams": counts,
            "trained": origin,
        }));
    }
    let all: u64 = counts.iter().sum();
    print(&format!(
        "an n-gram language model of order {}, lines normalised by `{}`: {} bytes, {:.1} for each of {all} n-grams\n",
        model.order(),
        model.normalise().name(),
        model.bytes(),
        model.bytes() as f64 / all.max(1) as f64,
    ));
    if let Some(origin) = model.origin() {
        print(&format!("trained on {} words in {} lines\n", origin.words, origin.sentences));
    }
    for (at, count) in counts.iter().enumerate() {
        let discounts = model.origin().and_then(|o| Some((o.discounts.get(at)?, o.defaulted.get(at)?)));
        let shown = discounts.map(|([one, two, more], defaulted)| {
            let note = if *defaulted { " (default: the counts of counts give none)" } else { "" };
            format!(", discounts {one:.4} {two:.4} {more:.4}{note}")
        });
        print(&format!("  {}-grams: {count}{}\n", at + 1, shown.unwrap_or_default()));
    }
    Ok(())
}
