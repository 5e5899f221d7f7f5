//! What a run did, read from the ledger and never computed twice: `run.json`, and the funnel that a person reads.

mod achieved;
mod contamination;
mod duplicates;
mod estimate;
mod funnel;
mod handover;
mod licences;
mod lines;
mod mix_sweep;
mod provenance;
mod run;
mod scores;
mod sweep;
mod synthetic;
mod table;
mod training;

pub use achieved::{Achieved, Achievement};
pub use contamination::{BenchmarkCount, ContaminationReport, SampleHit, SourceContamination};
pub use estimate::{CapEstimate, Estimate, NearEstimate, SourceEstimate};
pub use handover::{Feature, FeatureKind, Taker};
pub use licences::{Licences, NO_LICENCE};
pub use lines::{LineReport, RepeatedUnit};
pub use mix_sweep::{MixSweep, SweptMix};
pub(crate) use provenance::LISTED as LISTED_VALUES;
pub use provenance::{FieldShares, ProvenanceReport, SeedOverlap, ValueShare};
pub use run::{OutputShard, OutputSummary, RunReport};
pub use scores::{ScoreReport, ScoreTally, SourceScores};
pub use sweep::{RuleEffect, RulePair, Setting, Size, SourceSweep, Sweep, Swept};
pub use training::{CalibrationBin, KeepRate, TopFeature, TrainingQuality, TrainingReport};
