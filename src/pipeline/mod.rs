//! The one room that knows the others: scan, resolve, plan, emit; resume; progress.
//!
//! ```text
//!  inputs ──scan──► scan files ──► resolve (duplicates) ──► plan (copies) ──► order ──► ledger files
//!     │ (text)                                                          │
//!     └──────────────────────────── emit (text again, chosen rows) ◄────┘──► data/, run.json
//! ```
//!
//! | file | question it answers |
//! |---|---|
//! | `run` | what happens, in which order? |
//! | `inputs` | which files, which columns? |
//! | `job` | whose folder is this, and may the run go on here? |
//! | `lines` | which lines and paragraphs do many documents share? |
//! | `decontaminate` | which documents hold which benchmark items, and what becomes of them? |
//! | `scan`, `signals`, `table` | what is each row worth? |
//! | `resolve` (`links`, `facts`, `texts`, `spill`, `batch`, `verdicts`) | which rows are duplicates of which? |
//! | `index` (`rows`, `write`) | which rows did earlier runs keep, and what is remembered of this one's? |
//! | `keyed`, `plan`, `order`, `ranked` | how many copies of each row, and where does each go? |
//! | `buckets`, `measure` | in which quality bucket is a row? |
//! | `caps` (`rows`, `sums`), `provenance` | which rows come from where, and what do caps on that leave of a mix? |
//! | `mixing` | what do the scores of rows and the stages of a recipe make of a mix? |
//! | `sort` | where do records go that memory does not hold? |
//! | `books`, `scores`, `origins` | what is written down of each row, and what does it sum to? |
//! | `emit` (`output`, `spill`, `gather`, `stream`) | which columns, which bytes? |
//! | `build` | how does a recipe become a job? |
//! | `sweep`, `evidence_file` | what would other bounds keep, from recorded values? |
//! | `remix` | what would other shares give, from the ledger of a run? |
//! | `estimate`, `verify`, `handover`, `duplicates` | what will a run come to, what did it come to, and who reads it? |
//! | `files` | what do commands do with files, without a run? |
//! | `pool`, `progress` | on which threads, and who is told? |

mod books;
mod buckets;
mod build;
mod caps;
mod decontaminate;
mod duplicates;
mod emit;
mod estimate;
mod evidence_file;
mod facts;
mod files;
mod handover;
mod index;
mod inputs;
mod job;
mod keyed;
mod lines;
mod measure;
mod mixing;
mod order;
mod origins;
mod plan;
mod pool;
mod progress;
mod provenance;
mod ranked;
mod remix;
mod resolve;
mod run;
mod scan;
mod scores;
mod signals;
mod sort;
mod sweep;
mod table;
mod verify;

pub use build::Limits;
pub use decontaminate::{BenchmarkDigest, BenchmarkFile, Decontamination, learn_allow_list, read_benchmarks};
pub use duplicates::write_duplicates;
pub use emit::EmitConfig;
pub use estimate::estimate;
pub use evidence_file::EvidenceFile;
pub use facts::{FactColumns, FactNames};
#[cfg(feature = "fasttext")]
pub use files::classify;
pub use files::{
    AnnotateConfig, BucketFiles, FileScope, Label, LabelledFiles, SurveyColumns, SurveyFiles, SynthConfig, SynthKind,
    SynthSummary, TrainConfig, annotate, apply, bucket_files, perplexity, synth, synth_report, train, train_lm,
};
pub use handover::hand_over;
pub use inputs::{ColumnNames, InputShard, LabelledPath, Source};
pub use job::Folder;
pub use lines::LineDedup;
pub use mixing::{MixConfig, SourceMix};
pub use pool::Pool;
pub use progress::{Event, Phase, Progress, Silent};
pub use provenance::{Named, ProvenanceColumns, ProvenanceNames};
pub use remix::{LedgerPlan, LedgerSource, RatioJob, plan_ledger, sweep_mix};
pub use resolve::DedupConfig;
pub use run::{Job, Outcome, read_report};
pub use scan::ScanConfig;
pub use sweep::{SweepAsk, SweepSource, sweep};
pub use verify::{Check, all_hold, verify};
