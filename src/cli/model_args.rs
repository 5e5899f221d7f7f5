//! The arguments of `score apply` and `score train-lm`.

use super::args::FileArgs;
use clap::Args;
use std::path::PathBuf;

/// What is scored by what.
#[derive(Debug, Args)]
pub(super) struct ApplyArgs {
    /// A model that `score train` or `score train-lm` wrote, a `.bin` or `.ftz` of fastText, or an ARPA file.
    #[arg(value_name = "MODEL")]
    pub model: PathBuf,
    #[command(flatten)]
    pub files: FileArgs,
    /// Of a fastText model, the label whose probability is the score; of several, their sum. May be repeated.
    #[arg(long = "label", value_name = "LABEL")]
    pub labels: Vec<String>,
    /// Of a fastText model, writes the N best labels with their probabilities instead of a score.
    #[arg(long, value_name = "N", conflicts_with = "labels", value_parser = clap::value_parser!(u64).range(1..=1000))]
    pub top: Option<u64>,
    /// What becomes of line breaks before fastText reads a text: space, remove, dclm or first_line. Default: space.
    #[arg(long, value_name = "WAY")]
    pub newlines: Option<String>,
    /// Of an ARPA file, what is done to a line before its words are looked up: none or cc_net. Default: none.
    #[arg(long, value_name = "WAY")]
    pub normalise: Option<String>,
    /// Folder for scores.parquet.
    #[arg(long, value_name = "DIR")]
    pub out: PathBuf,
}

/// What language model is trained on what.
#[derive(Debug, Clone, Args)]
pub(super) struct TrainLmArgs {
    /// Parquet files.
    #[arg(required = true, value_name = "FILE")]
    pub files: Vec<PathBuf>,
    /// Column of the text; dots descend into structs.
    #[arg(long, default_value = "text", value_name = "COLUMN")]
    pub text: String,
    /// Words of the longest n-grams, 1 to 6.
    #[arg(long, default_value_t = 5, value_name = "N")]
    pub order: usize,
    /// A word that stands less often is unknown to the model.
    #[arg(long, default_value_t = 1, value_name = "N")]
    pub min_count: u64,
    /// N-grams of 2, 3, … words that stand at most so often are left out; the last number holds for all longer ones. Example: 0,1,2.
    #[arg(long, value_name = "LIST", value_delimiter = ',')]
    pub prune: Vec<u64>,
    /// What is done to a line before its words are counted: none or cc_net.
    #[arg(long, default_value = "none", value_name = "WAY")]
    pub normalise: String,
    /// The model's file.
    #[arg(long, value_name = "MODEL")]
    pub out: PathBuf,
}
