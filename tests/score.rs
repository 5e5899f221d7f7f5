//! Scores on the fixtures' real text: whether they rank as a reader would.

#![allow(clippy::unwrap_used, clippy::type_complexity)]

use crate::kit::{fixture, read, strings, words};
use mashbill::score::{CODE, Composite, CompositeScore, STEM, Score};
use mashbill::text::Analyzer;
use mashbill::{Document, Facts};
use std::path::Path;

/// Texts of a fixture with their languages.
fn texts(name: &str) -> Vec<(String, Option<String>)> {
    let batch = read(Path::new(&fixture(&format!("corpus/{name}.parquet"))));
    words(&batch, "text").into_iter().zip(strings(&batch, "lang")).collect()
}

fn score(composite: &'static Composite, text: &str, lang: Option<&str>) -> Option<f64> {
    let mut analyzer = Analyzer::new();
    let view = analyzer.view(text);
    let facts = Facts { lang, ..Facts::NONE };
    CompositeScore::new(composite, &[]).unwrap().score(&Document::new(&view).with_facts(facts))
}

fn scores(composite: &'static Composite, name: &str) -> Vec<f64> {
    texts(name).iter().filter_map(|(text, lang)| score(composite, text, lang.as_deref())).collect()
}

/// Chance that one of `good` is above one of `bad`, a tie being half: the area under the ROC curve.
fn auc(good: &[f64], bad: &[f64]) -> f64 {
    let wins = good.iter().flat_map(|g| {
        bad.iter().map(move |b| {
            if g > b {
                1.0
            } else if g == b {
                0.5
            } else {
                0.0
            }
        })
    });
    wins.sum::<f64>() / (good.len() * bad.len()) as f64
}

#[test]
fn stem_ranks_worked_mathematics_above_the_web() {
    let (math, web) = (scores(&STEM, "synthetic_math"), scores(&STEM, "web_wet"));
    let area = auc(&math, &web);
    assert!(area > 0.95, "{area}");
}

/// Each way to spoil a source file lowers its score, or leaves it where that part of it was bad already.
#[test]
fn code_falls_with_what_makes_it_worse() {
    let files: Vec<_> = texts("code-0").into_iter().filter(|(text, _)| text.lines().count() > 20).take(200).collect();
    let ways: [(&str, fn(&str) -> String); 4] = [
        ("brackets lost", |text| text.replace([')', '}'], "")),
        ("lines said again", |text| text.lines().flat_map(|line| [line, line, line]).collect::<Vec<_>>().join("\n")),
        ("data", |text| format!("{text}\nx = \"{}\"", "QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVo0".repeat(text.len() / 10))),
        ("one line", |text| text.replace(['\n', '\r'], " ")),
    ];
    for (way, spoil) in ways {
        let falls = files.iter().filter(|(text, lang)| {
            let of = |text: &str| score(&CODE, text, lang.as_deref()).unwrap_or(-9.0);
            of(&spoil(text)) < of(text)
        });
        let share = falls.count() as f64 / files.len() as f64;
        assert!(share > 0.9, "{way}: {share}");
    }
}

#[test]
fn weights_change_what_counts() {
    let text = "It is 5 km to the mill, 20 % more than to the river, and 3 kg of barley cost 4 dollars there.";
    let mut analyzer = Analyzer::new();
    let view = analyzer.view(text);
    let of =
        |weights: &[(&str, f64)]| CompositeScore::new(&STEM, weights).unwrap().score(&Document::new(&view)).unwrap();
    assert!(of(&[("quantities", 5.0)]) > of(&[]) && of(&[]) > of(&[("quantities", 0.0)]));
}

#[test]
fn the_page_has_every_part_and_its_weight() {
    let page = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/scores.md")).unwrap();
    for composite in [&STEM, &CODE] {
        let section = page.split(&format!("\n## `{}`\n", composite.name)).nth(1).unwrap();
        let section = section.split("\n## ").next().unwrap();
        let rows: Vec<&str> = section.lines().filter(|line| line.starts_with("| `")).collect();
        let want: Vec<String> =
            composite.parts.iter().map(|p| format!("| `{}` | {} | {} |", p.name, p.weight, p.doc)).collect();
        assert_eq!(rows, want, "the table of `{}` should be\n{}\n", composite.name, want.join("\n"));
    }
}
