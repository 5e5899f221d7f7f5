//! The survey of synthetic texts as a person reads it: each figure beside the organic one at equal sample size.

use super::table::{Table, count, percent};
use crate::synth::{GroupReport, Measures, SurveyReport};
use std::fmt;

impl fmt::Display for SurveyReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&render(self))
    }
}

/// A share as it is written in a cell, and the organic one after a stroke.
fn beside(own: Option<f64>, organic: Option<f64>, cell: fn(f64) -> String) -> String {
    let shown = |value: Option<f64>| value.map_or_else(|| "-".to_owned(), cell);
    format!("{} | {}", shown(own), shown(organic))
}

fn share(value: f64) -> String {
    percent(value, 1)
}

fn ratio(value: f64) -> String {
    format!("{value:.3}")
}

fn times(value: f64) -> String {
    format!("{value:.2}")
}

/// The name of a group: its parts, those that are not known left out.
fn name(group: &GroupReport) -> String {
    let parts = [&group.kind, &group.generator, &group.template];
    let parts: Vec<&str> = parts.into_iter().filter(|part| !part.is_empty()).map(String::as_str).collect();
    if parts.is_empty() { "(unnamed)".to_owned() } else { parts.join(" / ") }
}

fn render(report: &SurveyReport) -> String {
    let mut out = format!(
        "synthetic texts beside organic ones (synthetic | organic), at most {} words of each group and as many organic ones\n\
         organic: {} documents, {} words\n",
        count(report.sample_words),
        count(report.organic_documents),
        count(report.organic_words)
    );
    let Some(all) = &report.all else {
        out.push_str("no synthetic documents\n");
        return out;
    };
    let several = report.groups.len() > 1;
    let rows: Vec<(String, &GroupReport)> = (several.then(|| ("all".to_owned(), all)).into_iter())
        .chain(report.groups.iter().map(|group| (name(group), group)))
        .collect();

    let mut table =
        Table::new(["group", "documents", "words", "sampled", "p10 words", "median", "p90", "refuse", "meta talk"]);
    for (name, g) in &rows {
        let length = |words: Option<u64>| words.map_or_else(|| "-".to_owned(), count);
        let median = format!("{} | {}", length(g.words_p50), length(g.organic_words_p50));
        table.row(vec![
            name.clone(),
            count(g.documents),
            count(g.words),
            count(g.measures.words),
            length(g.words_p10),
            median,
            length(g.words_p90),
            beside(g.refusals, g.organic_refusals, share),
            beside(g.meta_talk, g.organic_meta_talk, share),
        ]);
    }
    out.push('\n');
    table.write(&mut out);

    let mut table =
        Table::new(["group", "distinct-1", "distinct-2", "distinct-3", "compression", "boilerplate", "rare words"]);
    for (name, g) in &rows {
        let pair = |measure: fn(&Measures) -> Option<f64>, cell| {
            beside(measure(&g.measures), g.organic.as_ref().and_then(measure), cell)
        };
        table.row(vec![
            name.clone(),
            pair(|m| m.distinct[0], ratio),
            pair(|m| m.distinct[1], ratio),
            pair(|m| m.distinct[2], ratio),
            pair(|m| m.compression, times),
            pair(|m| m.boilerplate, share),
            beside(g.rare_words, g.organic_rare_words, share),
        ]);
    }
    out.push('\n');
    table.write(&mut out);

    let mut table = Table::new([
        "group",
        "top template",
        "top 10",
        "top beginning",
        "top end",
        "near duplicates",
        "unique words",
        "seed overlap",
        "copies",
        "expansion",
    ]);
    for (name, g) in &rows {
        let pair = |measure: fn(&Measures) -> Option<f64>| {
            beside(measure(&g.measures), g.organic.as_ref().and_then(measure), share)
        };
        let of_seeds = |figure: fn(&crate::synth::SeedOverlap) -> f64| {
            g.seeds.as_ref().map_or_else(|| "-".to_owned(), |seeds| share(figure(seeds)))
        };
        table.row(vec![
            name.clone(),
            pair(|m| m.template_top1),
            pair(|m| m.template_top10),
            pair(|m| m.opening_top1),
            pair(|m| m.closing_top1),
            pair(|m| m.near_duplicates),
            pair(|m| m.unique_words),
            of_seeds(|seeds| seeds.mean),
            of_seeds(|seeds| seeds.copies),
            g.seeds.as_ref().and_then(|seeds| seeds.expansion).map_or_else(|| "-".to_owned(), times),
        ]);
    }
    out.push('\n');
    table.write(&mut out);

    let warned: Vec<&(String, &GroupReport)> = rows.iter().filter(|(_, g)| !g.warnings.is_empty()).collect();
    if !warned.is_empty() {
        out.push_str("\nwarnings\n");
    }
    for (name, group) in warned {
        for warning in &group.warnings {
            out.push_str(&format!("  {name}: {warning}\n"));
        }
    }
    out
}
