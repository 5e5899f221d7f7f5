//! `weights`: shares by every rule from token counts, shares from proxy runs, and mixes for such runs.

use super::args::Common;
use super::commands::{print, print_json};
use crate::error::{Error, Result};
use crate::mix::weights::{
    LogLinear, Priced, RepetitionLaw, RunTable, Search, Swarm, cross_validated, extrapolated, natural, spearman,
    temperature, uniform, unimax, wanted_runs,
};
use clap::{Args, Subcommand};
use serde_json::json;
use std::fmt::Write;
use std::path::{Path, PathBuf};

/// Parts into which runs are cut to ask how well a fit ranks runs that it has not seen.
const FOLDS: usize = 5;

#[derive(Debug, Subcommand)]
pub(super) enum WeightsCommand {
    /// Shares of sources by every rule, with the epochs that they come to.
    Shares(SharesArgs),
    /// Fits a law to proxy runs, says how well it ranks, and which shares it thinks best.
    Fit(FitArgs),
    /// Mixes for proxy runs, as CSV.
    Swarm(SwarmArgs),
}

#[derive(Debug, Args)]
pub(super) struct SharesArgs {
    /// Sources as NAME=TOKENS, or NAME=TOKENS:VALUE where a fresh token of it is worth more or less than 1.
    #[arg(required = true, value_name = "NAME=TOKENS", value_parser = parse_source)]
    sources: Vec<SourceArg>,
    /// Tokens to emit. Default: all tokens once.
    #[arg(long, value_name = "N")]
    tokens: Option<u64>,
    /// How often a source may be emitted at most, for the rules that ask.
    #[arg(long, value_name = "X", default_value_t = 4.0)]
    max_epochs: f64,
    /// The temperature.
    #[arg(long, value_name = "T", default_value_t = 2.0)]
    temperature: f64,
}

#[derive(Debug, Args)]
pub(super) struct FitArgs {
    /// CSV of runs and shares: a line of names, then the run and a share for each source.
    #[arg(long, value_name = "FILE")]
    shares: PathBuf,
    /// CSV of runs and metrics, lower is better.
    #[arg(long, value_name = "FILE")]
    metrics: PathBuf,
    /// The metric that is to be low; more than once, their sum.
    #[arg(long, required = true, value_name = "NAME")]
    metric: Vec<String>,
    /// Most of a source's share, as NAME=SHARE.
    #[arg(long, value_name = "NAME=SHARE")]
    cap: Vec<String>,
    /// What straying from the mean of the runs costs.
    #[arg(long, value_name = "X", default_value_t = 0.05)]
    stray: f64,
}

#[derive(Debug, Args)]
pub(super) struct SwarmArgs {
    /// Sources as NAME=TOKENS.
    #[arg(required = true, value_name = "NAME=TOKENS", value_parser = parse_source)]
    sources: Vec<SourceArg>,
    /// How many runs. Default: as many as a fit wants.
    #[arg(long, value_name = "N")]
    runs: Option<usize>,
    /// The most of any share.
    #[arg(long, value_name = "SHARE", default_value_t = 1.0)]
    cap: f64,
}

#[derive(Debug, Clone)]
struct SourceArg {
    name: String,
    tokens: u64,
    value: f64,
}

fn parse_source(text: &str) -> std::result::Result<SourceArg, String> {
    let example = "write NAME=TOKENS, as in web=1_300_000, or NAME=TOKENS:VALUE";
    let (name, rest) = text.split_once('=').filter(|(name, _)| !name.is_empty()).ok_or(example)?;
    let (tokens, value) = rest.split_once(':').unwrap_or((rest, "1"));
    let tokens = tokens.replace('_', "").parse().map_err(|_| example)?;
    let value = value.parse().ok().filter(|value: &f64| *value > 0.0 && value.is_finite()).ok_or(example)?;
    Ok(SourceArg { name: name.to_owned(), tokens, value })
}

pub(super) fn weights(command: &WeightsCommand, common: &Common) -> Result<()> {
    match command {
        WeightsCommand::Shares(args) => shares(args, common),
        WeightsCommand::Fit(args) => fit(args, common),
        WeightsCommand::Swarm(args) => swarm(args, common),
    }
}

fn shares(args: &SharesArgs, common: &Common) -> Result<()> {
    let tokens: Vec<u64> = args.sources.iter().map(|s| s.tokens).collect();
    let all = tokens.iter().fold(0_u64, |sum, &t| sum.saturating_add(t));
    let budget = args.tokens.unwrap_or(all);
    let priced = |s: &SourceArg| Priced { tokens: s.tokens, value: s.value, max_epochs: args.max_epochs };
    let law = RepetitionLaw::default().allocate(&args.sources.iter().map(priced).collect::<Vec<_>>(), budget);
    let scaled = |shares: Vec<f64>| shares.into_iter().map(|share| share * budget as f64).collect::<Vec<f64>>();
    let mut rules = vec![
        ("natural".to_owned(), scaled(natural(&tokens))),
        ("uniform".to_owned(), scaled(uniform(&tokens))),
        (format!("temperature {}", args.temperature), scaled(temperature(&tokens, args.temperature))),
        ("unimax".to_owned(), unimax(&tokens, budget, args.max_epochs).into_iter().map(|t| t as f64).collect()),
    ];
    // A budget beyond all caps has no such mix; the others are shown all the same.
    let refusal = law.as_ref().err().map(ToString::to_string);
    rules.extend(law.ok().map(|parts| ("law".to_owned(), parts)));
    let epochs = |part: f64, at: usize| if tokens[at] > 0 { part / tokens[at] as f64 } else { 0.0 };
    if common.json {
        let rows =
            rules.iter().flat_map(|(rule, parts)| parts.iter().enumerate().map(move |(at, part)| (rule, at, *part)));
        let row = |(rule, at, part): (&String, usize, f64)| {
            json!({ "rule": rule, "source": args.sources[at].name, "tokens": part, "share": part / budget.max(1) as f64,
                    "epochs": epochs(part, at) })
        };
        return print_json(&rows.map(row).collect::<Vec<_>>());
    }
    let width = args.sources.iter().map(|s| s.name.chars().count()).max().unwrap_or(0).max(6);
    let mut out = format!("{:width$}", "source");
    for (rule, _) in &rules {
        let _ = write!(out, "  {rule:>20}");
    }
    out.push('\n');
    for (at, source) in args.sources.iter().enumerate() {
        let _ = write!(out, "{:width$}", source.name);
        for (_, parts) in &rules {
            let share = parts[at] / budget.max(1) as f64 * 100.0;
            let _ = write!(out, "  {share:>10.3} % {:>5.2} ep", epochs(parts[at], at));
        }
        out.push('\n');
    }
    if let Some(why) = refusal {
        let _ = writeln!(out, "{why}");
    }
    if !common.quiet {
        print(&out);
    }
    Ok(())
}

fn read(path: &Path) -> Result<String> {
    std::fs::read_to_string(path).map_err(|e| Error::read(path, None, e))
}

fn fit(args: &FitArgs, common: &Common) -> Result<()> {
    let table = RunTable::parse(&read(&args.shares)?, &read(&args.metrics)?)?;
    let (mut laws, mut ranks) = (Vec::new(), Vec::new());
    for name in &args.metric {
        let values = table.metric(name)?;
        let law = LogLinear::fit(&table.shares, &values)?;
        let unseen = cross_validated(&table.shares, &values, FOLDS).ok().and_then(|p| spearman(&p, &values));
        ranks.push((name, unseen));
        laws.push((1.0, law));
    }
    let runs = table.shares.len() as f64;
    let prior: Vec<f64> =
        (0..table.sources.len()).map(|j| table.shares.iter().map(|p| p[j]).sum::<f64>() / runs).collect();
    let mut caps = vec![1.0; prior.len()];
    for cap in &args.cap {
        let (name, share) = cap.split_once('=').unwrap_or((cap, ""));
        let at = table.sources.iter().position(|source| source == name);
        let at = at.ok_or_else(|| Error::unknown("source", name, table.sources.iter().map(String::as_str)))?;
        caps[at] = share.parse().ok().filter(|share| (0.0..=1.0).contains(share)).ok_or_else(|| Error::Invalid {
            what: format!("--cap {cap}"),
            problem: "write NAME=SHARE, the share between 0 and 1".to_owned(),
        })?;
    }
    let best = Search { laws: laws.clone(), prior: prior.clone(), prior_weight: args.stray, caps }.best()?;
    let outside = extrapolated(&table.shares, &best);
    let predicted: Vec<f64> = laws.iter().map(|(_, law)| law.predict(&best)).collect();
    let wanted = wanted_runs(table.sources.len());
    if common.json {
        return print_json(&json!({
            "runs": table.shares.len(),
            "wanted_runs": wanted,
            "metrics": ranks.iter().zip(&predicted).map(|((name, rank), predicted)| {
                json!({ "name": name, "spearman_of_unseen_runs": rank, "predicted": predicted })
            }).collect::<Vec<_>>(),
            "best": table.sources.iter().zip(&best).map(|(s, p)| json!({ "source": s, "share": p })).collect::<Vec<_>>(),
            "extrapolated": outside.iter().map(|&at| &table.sources[at]).collect::<Vec<_>>(),
        }));
    }
    let mut out = String::new();
    for ((name, rank), predicted) in ranks.iter().zip(&predicted) {
        let rank = rank.map_or_else(|| "undefined".to_owned(), |rank| format!("{rank:.3}"));
        let _ = writeln!(out, "{name}: {predicted:.4} predicted; rank correlation of runs left out of the fit {rank}");
    }
    if table.shares.len() < wanted {
        let (runs, sources) = (table.shares.len(), table.sources.len());
        let _ = writeln!(out, "few runs: {runs}, where {sources} sources want {wanted}");
    }
    let width = table.sources.iter().map(|s| s.chars().count()).max().unwrap_or(0);
    for (at, source) in table.sources.iter().enumerate() {
        let mark = if outside.contains(&at) { "  beyond what any run had" } else { "" };
        let _ = writeln!(out, "{source:width$}  {:>8.4}  (mean of the runs {:.4}){mark}", best[at], prior[at]);
    }
    if !common.quiet {
        print(&out);
    }
    Ok(())
}

fn swarm(args: &SwarmArgs, common: &Common) -> Result<()> {
    let tokens: Vec<u64> = args.sources.iter().map(|s| s.tokens).collect();
    let mut swarm = Swarm::around(&tokens);
    swarm.seed = common.seed.unwrap_or(0);
    swarm.caps = vec![args.cap; tokens.len()];
    let runs = swarm.runs(args.runs.unwrap_or_else(|| wanted_runs(tokens.len())))?;
    if common.json {
        return print_json(&runs);
    }
    let mut out = String::from("run");
    for source in &args.sources {
        let _ = write!(out, ",{}", source.name);
    }
    out.push('\n');
    for (number, run) in runs.iter().enumerate() {
        let _ = write!(out, "{number}");
        for share in run {
            let _ = write!(out, ",{share}");
        }
        out.push('\n');
    }
    if !common.quiet {
        print(&out);
    }
    Ok(())
}
