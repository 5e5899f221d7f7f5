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
//! | `buckets`, `measure`, `bucket_files` | in which quality bucket is a row, of a run or of files? |
//! | `caps` (`rows`, `sums`), `provenance` | which rows come from where, and what do caps on that leave of a mix? |
//! | `mixing` | what do the scores of rows and the stages of a recipe make of a mix? |
//! | `sort` | where do records go that memory does not hold? |
//! | `books`, `scores`, `origins` | what is written down of each row, and what does it sum to? |
//! | `output`, `emit`, `spill`, `gather`, `stream` | which columns, which bytes? |
//! | `build` | how does a recipe become a job? |
//! | `sweep`, `evidence_file` | what would other bounds keep, from recorded values? |
//! | `remix` | what would other shares give, from the ledger of a run? |
//! | `train`, `train_lm` | how is a quality model made from labelled rows, and a language model from texts? |
//! | `apply`, `classify`, `perplexity` | how are rows scored by a model, and labelled, and measured? |
//! | `synth`, `synth_report` | how are problems written to Parquet, and how are synthetic files compared with organic ones? |
//! | `annotate`, `duplicates`, `estimate` (and its `estimate_caps`), `handover`, `verify` (and its `replan`, `recheck`, `prefixes`) | what do the other commands do? |
//! | `pool`, `progress` | on which threads, and who is told? |

mod annotate;
mod apply;
mod books;
mod bucket_files;
mod buckets;
mod build;
mod caps;
#[cfg(feature = "fasttext")]
mod classify;
mod decontaminate;
mod duplicates;
mod emit;
mod estimate;
mod estimate_caps;
mod evidence_file;
mod facts;
mod gather;
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
mod output;
mod perplexity;
mod plan;
mod pool;
mod prefixes;
mod progress;
mod provenance;
mod ranked;
mod recheck;
mod remix;
mod replan;
mod resolve;
mod run;
mod scan;
mod scores;
mod signals;
mod sort;
mod spill;
mod stream;
mod sweep;
mod synth;
mod synth_report;
mod table;
mod train;
mod train_lm;
mod verify;

pub use annotate::{AnnotateConfig, annotate};
pub use apply::apply;
pub use bucket_files::{BucketFiles, FileScope, bucket_files};
pub use build::Limits;
#[cfg(feature = "fasttext")]
pub use classify::classify;
pub use decontaminate::{BenchmarkDigest, BenchmarkFile, Decontamination, learn_allow_list, read_benchmarks};
pub use duplicates::write_duplicates;
pub use emit::EmitConfig;
pub use estimate::estimate;
pub use evidence_file::EvidenceFile;
pub use facts::{FactColumns, FactNames};
pub use handover::hand_over;
pub use inputs::{ColumnNames, InputShard, LabelledPath, Source};
pub use job::Folder;
pub use lines::LineDedup;
pub use mixing::{MixConfig, SourceMix};
pub use perplexity::perplexity;
pub use pool::Pool;
pub use progress::{Event, Phase, Progress, Silent};
pub use provenance::{Named, ProvenanceColumns, ProvenanceNames};
pub use remix::{LedgerPlan, LedgerSource, RatioJob, plan_ledger, sweep_mix};
pub use resolve::DedupConfig;
pub use run::{Job, Outcome, read_report};
pub use scan::ScanConfig;
pub use sweep::{SweepAsk, SweepSource, sweep};
pub use synth::{SynthConfig, SynthKind, SynthSummary, synth};
pub use synth_report::{SurveyColumns, SurveyFiles, synth_report};
pub use train::{Label, LabelledFiles, TrainConfig, train};
pub use train_lm::train_lm;
pub use verify::{Check, all_hold, verify};
