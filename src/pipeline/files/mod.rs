//! What commands do with files, without a run: each reads rows and writes a table beside them, or a model.
//!
//! | file | question it answers |
//! |---|---|
//! | `annotate` | what does every signal and rule say of each row? |
//! | `train`, `train_lm` | how is a quality model made from labelled rows, and a language model from texts? |
//! | `apply`, `classify`, `perplexity` | how are rows scored by a model, and labelled, and measured? |
//! | `bucket_files` | in which quality bucket is a row? |
//! | `synth`, `synth_report` | how are problems written, and how are synthetic files compared with organic ones? |

mod annotate;
mod apply;
mod bucket_files;
#[cfg(feature = "fasttext")]
mod classify;
mod perplexity;
mod synth;
mod synth_report;
mod train;
mod train_lm;

pub use annotate::{AnnotateConfig, annotate};
pub use apply::apply;
pub use bucket_files::{BucketFiles, FileScope, bucket_files};
#[cfg(feature = "fasttext")]
pub use classify::classify;
pub use perplexity::perplexity;
pub use synth::{SynthConfig, SynthKind, SynthSummary, synth};
pub(super) use synth_report::{BoundSeeds, SeedIds};
pub use synth_report::{SurveyColumns, SurveyFiles, synth_report};
pub use train::{Label, LabelledFiles, TrainConfig, train};
pub use train_lm::train_lm;
