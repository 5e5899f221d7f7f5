//! What of a group is worth a look: figures far from the organic ones. The bounds are ours; they point at texts, and decide nothing.

use super::{GroupReport, SeedOverlap};

/// A template, or a beginning or an end, of at least this share of the documents …
const COLLAPSE: f64 = 0.10;
/// … and so many times the organic share.
const COLLAPSE_TIMES: f64 = 3.0;
/// Refusals from this share of the documents.
const REFUSALS: f64 = 0.005;
/// Near duplicates from this share, and so many times the organic one.
const NEAR_DUPLICATES: f64 = 0.10;
const NEAR_TIMES: f64 = 2.0;
/// Copies of seeds from this share of the documents that have any.
const COPIES: f64 = 0.05;
/// Distinct 3-grams below this part of the organic share.
const DISTINCT: f64 = 0.6;
/// Compression from so many times the organic ratio.
const COMPRESSION: f64 = 1.5;
/// Boilerplate from this share of the words, and so many times the organic one.
const BOILERPLATE: f64 = 0.10;
const BOILERPLATE_TIMES: f64 = 2.0;
/// Rare words below this part of the organic share.
const RARE: f64 = 0.5;

/// The warnings, the gravest first.
pub(super) fn warnings(group: &GroupReport) -> Vec<String> {
    let (own, organic) = (&group.measures, group.organic.as_ref());
    let mut found = Vec::new();
    let percent = |share: f64| format!("{:.1} %", share * 100.0);
    let mut above = |what: &str, value: Option<f64>, beside: Option<f64>, least: f64, times: f64| {
        if let Some(value) = value.filter(|&v| v >= least && v >= times * beside.unwrap_or(0.0)) {
            let beside = beside.map(|b| format!(" (organic {})", percent(b))).unwrap_or_default();
            found.push(format!("{what}: {}{beside}", percent(value)));
        }
    };
    let beside = |measure: fn(&super::Measures) -> Option<f64>| organic.and_then(measure);
    above(
        "template collapse, documents with one template",
        own.template_top1,
        beside(|m| m.template_top1),
        COLLAPSE,
        COLLAPSE_TIMES,
    );
    above(
        "template collapse, documents with one beginning",
        own.opening_top1,
        beside(|m| m.opening_top1),
        COLLAPSE,
        COLLAPSE_TIMES,
    );
    above(
        "template collapse, documents with one end",
        own.closing_top1,
        beside(|m| m.closing_top1),
        COLLAPSE,
        COLLAPSE_TIMES,
    );
    above("documents that refuse", group.refusals, group.organic_refusals, REFUSALS, 2.0);
    above("near duplicates", own.near_duplicates, beside(|m| m.near_duplicates), NEAR_DUPLICATES, NEAR_TIMES);
    above("words in stock phrases", own.boilerplate, beside(|m| m.boilerplate), BOILERPLATE, BOILERPLATE_TIMES);
    if let Some(SeedOverlap { copies, .. }) = group.seeds.as_ref().filter(|seeds| seeds.copies >= COPIES) {
        found.push(format!("copies of seeds: {}", percent(*copies)));
    }
    let mut apart = |what: &str, value: Option<f64>, beside: Option<f64>, far: fn(f64, f64) -> bool| {
        if let (Some(value), Some(beside)) = (value, beside) {
            if far(value, beside) {
                found.push(format!("{what}: {value:.3} (organic {beside:.3})"));
            }
        }
    };
    apart("few distinct 3-grams", own.distinct[2], beside(|m| m.distinct[2]), |v, b| v < DISTINCT * b);
    apart("compresses well", own.compression, beside(|m| m.compression), |v, b| v > COMPRESSION * b);
    apart("few rare words", group.rare_words, group.organic_rare_words, |v, b| v < RARE * b);
    found
}
