//! Weights and paths for loaders that mix at training time, or that read the mix in shards.

use super::{Part, parts, quoted, share};
use crate::report::RunReport;
use serde_json::json;

/// `--data-args-path`: weights and prefixes, separated by spaces. One file blends the sources (tokenised each by itself), one the
/// shards of the mix.
pub(super) fn megatron(report: &RunReport) -> Vec<(String, String)> {
    let line = |weight: f64, prefix: &str| format!("{weight:.12} {prefix}\n");
    let sources: String =
        parts(report).iter().map(|part| line(part.share, &format!("{}_text_document", part.name))).collect();
    let all = report.output.tokens;
    let shards = report.output.shards.iter().filter(|shard| shard.tokens > 0);
    let shards: String = shards
        .map(|shard| {
            let stem = shard.name.strip_suffix(".parquet").unwrap_or(&shard.name);
            line(share(shard.tokens, all), &format!("{stem}_text_document"))
        })
        .collect();
    vec![("handover/megatron-sources.txt".to_owned(), sources), ("handover/megatron-shards.txt".to_owned(), shards)]
}

/// `streams` of a loader's configuration: one a source, each written as MDS by itself.
pub(super) fn mosaic(report: &RunReport) -> Vec<(String, String)> {
    let mut yaml =
        String::from("# A stream for each source, its proportion that of its tokens in the mix.\nstreams:\n");
    for Part { name, tokens, share } in parts(report) {
        // `proportion` counts samples. Samples of one length, as trainers cut them, make it a share of tokens.
        yaml.push_str(&format!(
            "  {}:\n    local: {}\n    proportion: {share:.12} # {tokens} tokens\n",
            quoted(name),
            quoted(&format!("mds/{name}")),
        ));
    }
    vec![("handover/mosaic-streams.yaml".to_owned(), yaml)]
}

/// What `load_dataset` and `interleave_datasets` take.
pub(super) fn hugging_face(report: &RunReport) -> Vec<(String, String)> {
    let parts = parts(report);
    let value = json!({
        "data_files": {"train": report.output.shards.iter().map(|s| format!("data/{}", s.name)).collect::<Vec<_>>()},
        "num_examples": report.output.rows,
        "tokens": report.output.tokens,
        "sources": parts.iter().map(|p| p.name).collect::<Vec<_>>(),
        "source_tokens": parts.iter().map(|p| p.tokens).collect::<Vec<_>>(),
        "probabilities": parts.iter().map(|p| p.share).collect::<Vec<_>>(),
        "stopping_strategy": "all_exhausted",
        "seed": report.job["recipe"]["seed"],
    });
    let text = serde_json::to_string_pretty(&value).unwrap_or_default() + "\n";
    vec![("handover/hf.json".to_owned(), text)]
}
