//! What trainers read of a run: blends, streams and probabilities for those who tokenise or store each source by itself, the list of
//! shards for those who take the mix as it is, and the card of a data set. All of it comes from `run.json` and the output's columns;
//! [docs/handover.md] says how each is used.
//!
//! [docs/handover.md]: https://docs.rs/crate/mashbill/latest/source/docs/handover.md

mod blend;
mod card;

use super::RunReport;
use crate::error::{Error, Result};

/// Whom a file is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Taker {
    /// Megatron-LM's `--data-args-path`: weights and prefixes of tokenised files.
    Megatron,
    /// MosaicML Streaming: `streams` with proportions.
    Mosaic,
    /// Hugging Face `datasets`: files, and probabilities for `interleave_datasets`.
    HuggingFace,
    /// The Hub: `README.md` with the metadata that it reads.
    Card,
}

impl Taker {
    /// Every taker by name.
    pub const ALL: [(&'static str, Taker); 4] =
        [("megatron", Taker::Megatron), ("mosaic", Taker::Mosaic), ("hf", Taker::HuggingFace), ("card", Taker::Card)];

    /// The taker of that name.
    ///
    /// # Errors
    /// [`Error::Invalid`], with the nearest name.
    pub fn parse(name: &str) -> Result<Taker> {
        let taker = Taker::ALL.into_iter().find(|(known, _)| *known == name).map(|(_, taker)| taker);
        taker.ok_or_else(|| Error::unknown("taker", name, Taker::ALL.map(|(name, _)| name)))
    }

    /// The files for this taker: their paths below the run's folder, and what they hold.
    pub fn files(self, report: &RunReport, features: &[Feature]) -> Vec<(String, String)> {
        match self {
            Taker::Megatron => blend::megatron(report),
            Taker::Mosaic => blend::mosaic(report),
            Taker::HuggingFace => blend::hugging_face(report),
            Taker::Card => vec![("README.md".to_owned(), card::card(report, features))],
        }
    }
}

/// A column of the output.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Feature {
    /// Its name.
    pub name: String,
    /// Its type as the Hub writes it, in YAML's flow style: `string`, `int64`, `[{…}]`.
    pub kind: FeatureKind,
}

/// The type of a column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FeatureKind {
    /// A type with a name.
    Plain(String),
    /// A list of one type.
    List(Box<FeatureKind>),
    /// Named members.
    Struct(Vec<Feature>),
}

/// A source that the output has tokens of: its name, tokens, and part of all tokens.
struct Part<'a> {
    name: &'a str,
    tokens: u64,
    share: f64,
}

fn parts(report: &RunReport) -> Vec<Part<'_>> {
    let sources = report.achieved.sources.iter().filter(|source| source.tokens > 0);
    sources.map(|s| Part { name: &s.name, tokens: s.tokens, share: share(s.tokens, report.output.tokens) }).collect()
}

fn share(tokens: u64, all: u64) -> f64 {
    if all == 0 { 0.0 } else { tokens as f64 / all as f64 }
}

/// A string in double quotes, as JSON and YAML both read it.
fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}
