//! The card of a data set as the Hub reads it: YAML between two lines of dashes, then a page for people.

use super::{Feature, FeatureKind, quoted};
use crate::report::table::{count, percent};
use crate::report::{NO_LICENCE, RunReport};

/// The Hub's classes of size, by the number of rows below which they end.
const SIZES: [(u64, &str); 10] = [
    (1_000, "n<1K"),
    (10_000, "1K<n<10K"),
    (100_000, "10K<n<100K"),
    (1_000_000, "100K<n<1M"),
    (10_000_000, "1M<n<10M"),
    (100_000_000, "10M<n<100M"),
    (1_000_000_000, "100M<n<1B"),
    (10_000_000_000, "1B<n<10B"),
    (100_000_000_000, "10B<n<100B"),
    (1_000_000_000_000, "100B<n<1T"),
];

pub(super) fn card(report: &RunReport, features: &[Feature]) -> String {
    let mut out = String::from("---\n");
    front_matter(report, features, &mut out);
    out.push_str("---\n\n");
    page(report, &mut out);
    out
}

fn front_matter(report: &RunReport, features: &[Feature], out: &mut String) {
    let licences = licences(report);
    match licences.as_slice() {
        [(one, _)] if *one != NO_LICENCE => out.push_str(&format!("license: {}\n", quoted(&one.to_lowercase()))),
        [] => {}
        several => {
            let names: Vec<&str> = several.iter().map(|(licence, _)| *licence).collect();
            let name = if names.len() <= 8 { names.join(", ") } else { format!("{} licences", names.len()) };
            out.push_str(&format!("license: other\nlicense_name: {}\nlicense_link: README.md\n", quoted(&name)));
        }
    }
    let rows = report.output.rows;
    let size = SIZES.iter().find(|(below, _)| rows < *below).map_or("n>1T", |(_, size)| size);
    out.push_str(&format!("size_categories:\n- {size}\ntask_categories:\n- text-generation\ntags:\n- mashbill\n"));
    let by_rank = report.output.shards.iter().any(|shard| shard.name.contains('/'));
    let files = if by_rank { "data/rank-*/train-*.parquet" } else { "data/train-*.parquet" };
    out.push_str(&format!("configs:\n- config_name: default\n  data_files:\n  - split: train\n    path: {files}\n"));
    out.push_str("dataset_info:\n  config_name: default\n  features:\n");
    features.iter().for_each(|feature| write_feature(feature, 2, out));
    let download: u64 = report.output.shards.iter().map(|shard| shard.bytes).sum();
    let bytes = report.output.text_bytes;
    out.push_str(&format!(
        "  splits:\n  - name: train\n    num_bytes: {bytes}\n    num_examples: {rows}\n  download_size: {download}\n  \
         dataset_size: {bytes}\n"
    ));
}

/// An item of a list of features, indented by so many spaces.
fn write_feature(feature: &Feature, indent: usize, out: &mut String) {
    let pad = " ".repeat(indent);
    out.push_str(&format!("{pad}- name: {}\n", quoted(&feature.name)));
    write_kind(&feature.kind, indent + 2, out);
}

fn write_kind(kind: &FeatureKind, indent: usize, out: &mut String) {
    let pad = " ".repeat(indent);
    match kind {
        FeatureKind::Plain(name) => out.push_str(&format!("{pad}dtype: {}\n", quoted(name))),
        FeatureKind::List(item) => match item.as_ref() {
            FeatureKind::Plain(name) => out.push_str(&format!("{pad}list: {}\n", quoted(name))),
            FeatureKind::Struct(members) if !members.is_empty() => {
                out.push_str(&format!("{pad}list:\n"));
                members.iter().for_each(|member| write_feature(member, indent, out));
            }
            inner => {
                out.push_str(&format!("{pad}list:\n"));
                write_kind(inner, indent + 2, out);
            }
        },
        FeatureKind::Struct(members) if members.is_empty() => out.push_str(&format!("{pad}struct: []\n")),
        FeatureKind::Struct(members) => {
            out.push_str(&format!("{pad}struct:\n"));
            members.iter().for_each(|member| write_feature(member, indent, out));
        }
    }
}

/// Licences and their tokens, most first.
fn licences(report: &RunReport) -> Vec<(&str, u64)> {
    let all = report.licences.as_ref().map(|licences| licences.all()).unwrap_or_default();
    let mut all: Vec<(&str, u64)> = all.into_iter().map(|(licence, tally)| (licence, tally.tokens)).collect();
    all.sort_by_key(|&(licence, tokens)| (std::cmp::Reverse(tokens), licence));
    all
}

/// Text that a table of Markdown shows as it is.
fn cell(text: &str) -> String {
    text.replace('\\', "\\\\").replace('|', "\\|").replace(['\n', '\r'], " ")
}

fn page(report: &RunReport, out: &mut String) {
    let output = &report.output;
    let tokens = report.job["recipe"]["tokens"].as_str().unwrap_or("?");
    out.push_str(&format!(
        "# A mix for pre-training\n\n{} rows, {} tokens (counted by `{}`), {} bytes of text.\n\n",
        count(output.rows),
        count(output.tokens),
        cell(tokens),
        count(output.text_bytes)
    ));
    out.push_str("## Sources\n\n");
    out.push_str("| source | rows | tokens | share | unique tokens | unique share | effective share | epochs |\n");
    out.push_str("|---|---:|---:|---:|---:|---:|---:|---:|\n");
    let share = |share: Option<f64>| share.map_or("-".to_owned(), |share| percent(share, 4));
    for row in report.achieved.groups.iter().map(|g| (g, "*")).chain(report.achieved.sources.iter().map(|s| (s, ""))) {
        let (row, mark) = row;
        out.push_str(&format!(
            "| {mark}{}{mark} | {} | {} | {} | {} | {} | {} | {} |\n",
            cell(&row.name),
            count(row.rows),
            count(row.tokens),
            share(row.share),
            count(row.unique_tokens),
            share(row.unique_share),
            share(row.effective_share),
            row.epochs.map_or("-".to_owned(), |epochs| format!("{epochs:.3}")),
        ));
    }
    out.push_str(
        "\nGroups in italics. *Share* is of emitted tokens, copies counted; *unique share* counts each row once; *effective share* \
         counts repeated tokens by what they are worth (Muennighoff et al. 2023, R* = 15.387756).\n",
    );
    let licences = licences(report);
    if !licences.is_empty() {
        out.push_str("\n## Licences\n\n| licence | tokens | share |\n|---|---:|---:|\n");
        for (licence, tokens) in licences {
            let part = (output.tokens > 0).then(|| tokens as f64 / output.tokens as f64);
            out.push_str(&format!("| {} | {} | {} |\n", cell(licence), count(tokens), share(part)));
        }
    }
    out.push_str("\n## Files\n\n| file | rows | tokens | bytes | xxh3-128 |\n|---|---:|---:|---:|---|\n");
    for shard in &output.shards {
        let (rows, tokens, bytes) = (count(shard.rows), count(shard.tokens), count(shard.bytes));
        out.push_str(&format!("| data/{} | {rows} | {tokens} | {bytes} | `{}` |\n", shard.name, shard.xxh3_128));
    }
    let version = report.job["mashbill"].as_str().unwrap_or("?");
    out.push_str(&format!(
        "\n## How it was made\n\nBy mashbill {}, with seed {}. `run.json` holds the recipe with every default, the digests of the inputs, \
         quotas and cut-offs; `ledger/` holds the fate of every input row; `mashbill verify` recomputes the figures of this page.\n",
        cell(version),
        report.job["recipe"]["seed"],
    ));
}
