//! What a run did, read from the ledger and never computed twice: `run.json`, and the funnel that a person reads.

mod duplicates;
mod estimate;
mod funnel;
mod lines;
mod run;
mod scores;
mod sweep;
mod table;
mod training;

pub use estimate::{Estimate, NearEstimate, SourceEstimate};
pub use lines::{LineReport, RepeatedUnit};
pub use run::{OutputShard, OutputSummary, RunReport};
pub use scores::{ScoreReport, ScoreTally, SourceScores};
pub use sweep::{RuleEffect, RulePair, Setting, Size, SourceSweep, Sweep, Swept};
pub use training::{CalibrationBin, KeepRate, TopFeature, TrainingQuality, TrainingReport};
