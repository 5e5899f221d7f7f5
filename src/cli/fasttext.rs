//! What `score apply` and `score show` do with a model of fastText.

use super::args::Common;
use super::commands::{print, print_json};
use super::model_args::ApplyArgs;
use crate::error::{Error, Result};
use crate::pipeline::{Pool, Progress, Source, apply, classify};
use crate::score::fasttext::{FastText, FastTextScore, Newlines};
use serde_json::json;
use std::path::Path;
use std::sync::Arc;

/// Labels that `score show` prints; `--json` has all.
const SHOWN: usize = 200;

pub(super) fn apply_model(
    args: &ApplyArgs,
    source: &Source,
    path: &Path,
    pool: &Pool,
    batch_bytes: usize,
    progress: &dyn Progress,
) -> Result<u64> {
    let newlines = args.newlines.as_deref().map_or(Ok(Newlines::Space), str::parse)?;
    let model = FastText::load(&args.model)?;
    if let Some(top) = args.top {
        return classify(source, &model, newlines, top as usize, pool, path, batch_bytes, progress);
    }
    if args.labels.is_empty() {
        let some: Vec<&str> = model.labels().take(3).collect();
        return Err(Error::Invalid {
            what: "--label".into(),
            problem: format!(
                "say which label of the fastText model is the score (it has {}{}), or write labels with `--top N`",
                some.join(", "),
                if model.summary().labels > some.len() { " …" } else { "" }
            ),
        });
    }
    let score = FastTextScore::new(Arc::new(model), args.labels.iter().map(String::as_str), newlines)?;
    apply(source, &score, pool, path, batch_bytes, progress)
}

/// Settings that only a fastText model has a use for.
///
/// # Errors
/// [`Error::Invalid`] where one is given.
pub(super) fn refuse_settings(args: &ApplyArgs) -> Result<()> {
    let given =
        [("--label", !args.labels.is_empty()), ("--top", args.top.is_some()), ("--newlines", args.newlines.is_some())];
    super::score::refuse_settings(args, "a model of fastText", &given)
}

pub(super) fn show(path: &Path, common: &Common) -> Result<()> {
    let model = FastText::load(path)?;
    let summary = model.summary();
    let (from, to) = summary.char_ngrams;
    if common.json {
        return print_json(&json!({
            "kind": "fasttext",
            "digest": format!("{:032x}", summary.digest),
            "bytes": summary.bytes,
            "loss": summary.loss,
            "dim": summary.dim,
            "words": summary.words,
            "word_ngrams": summary.word_ngrams,
            "char_ngrams": [from, to],
            "buckets": summary.buckets,
            "quantised": summary.quantised,
            "labels": model.labels().collect::<Vec<_>>(),
        }));
    }
    let characters = if to == 0 { "none".to_owned() } else { format!("{from} to {to}") };
    print(&format!(
        "a model of fastText{}: {} bytes, loss {}, vectors of {} numbers\n\
         {} words, runs of up to {} words, runs of characters: {characters}, hashed to {} places\n{} labels:\n",
        if summary.quantised { ", quantised" } else { "" },
        summary.bytes,
        summary.loss,
        summary.dim,
        summary.words,
        summary.word_ngrams,
        summary.buckets,
        summary.labels,
    ));
    model.labels().take(SHOWN).for_each(|label| print(&format!("  {label}\n")));
    if summary.labels > SHOWN {
        print("  … (`--json` has all)\n");
    }
    Ok(())
}
