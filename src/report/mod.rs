//! What a run did, read from the ledger and never computed twice: `run.json`, and the funnel that a person reads.

mod contamination;
mod duplicates;
mod estimate;
mod funnel;
mod lines;
mod run;
mod sweep;
mod table;

pub use contamination::{BenchmarkCount, ContaminationReport, SampleHit, SourceContamination};
pub use estimate::{Estimate, NearEstimate, SourceEstimate};
pub use lines::{LineReport, RepeatedUnit};
pub use run::{OutputShard, OutputSummary, RunReport};
pub use sweep::{RuleEffect, RulePair, Setting, Size, SourceSweep, Sweep, Swept};
