//! The one room that knows the others: scan, resolve, plan, emit; resume; progress.
//!
//! ```text
//!  inputs ──scan──► scan files ──Table──► resolve (duplicates) ──► plan (copies) ──► ledger files
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
//! | `scan`, `signals`, `table` | what is each row worth? |
//! | `resolve` (`links`, `facts`, `spill`, `batch`, `verdicts`) | which rows are duplicates of which? |
//! | `plan`, `order` | how many copies of each row, and where does each go? |
//! | `output`, `emit`, `spill`, `gather` | which columns, which bytes? |
//! | `build` | how does a recipe become a job? |
//! | `sweep`, `evidence_file` | what would other bounds keep, from recorded values? |
//! | `annotate`, `duplicates`, `estimate`, `verify` (and its `replan`) | what do the other commands do? |
//! | `pool`, `progress` | on which threads, and who is told? |

mod annotate;
mod apply;
mod build;
mod duplicates;
mod emit;
mod estimate;
mod evidence_file;
mod facts;
mod gather;
mod inputs;
mod job;
mod lines;
mod order;
mod output;
mod plan;
mod pool;
mod progress;
mod replan;
mod resolve;
mod run;
mod scan;
mod scores;
mod signals;
mod spill;
mod sweep;
mod table;
mod train;
mod verify;

pub use annotate::{AnnotateConfig, annotate};
pub use apply::apply;
pub use build::Limits;
pub use duplicates::write_duplicates;
pub use emit::EmitConfig;
pub use estimate::estimate;
pub use evidence_file::EvidenceFile;
pub use facts::{FactColumns, FactNames};
pub use inputs::{ColumnNames, InputShard, LabelledPath, Source};
pub use job::Folder;
pub use lines::LineDedup;
pub use plan::MixConfig;
pub use pool::Pool;
pub use progress::{Event, Phase, Progress, Silent};
pub use resolve::DedupConfig;
pub use run::{Job, Outcome, read_report};
pub use scan::ScanConfig;
pub use sweep::{SweepAsk, SweepSource, sweep};
pub use train::{Label, LabelledFiles, TrainConfig, train};
pub use verify::{Check, all_hold, verify};
