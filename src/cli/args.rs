//! The arguments, as types.

use super::bucket_args::BucketArgs;
use super::decontaminate::DecontaminateArgs;
use super::model_args::{ApplyArgs, TrainLmArgs};
use crate::dedup::Scope;
use crate::dedup::lines::{KeepUnit, LineRules, LineUnit};
use crate::error::{Error, Result};
use crate::hash::compat::Compat;
use crate::pipeline::{FactNames, SweepAsk};
use crate::recipe::Category;
use crate::report::Taker;
use crate::score::linear::Contract;
use crate::synth::{Kind, SurveyConfig};
use clap::{Args, Parser, Subcommand};
use std::num::NonZeroUsize;
use std::path::PathBuf;

/// Quality filters, verified deduplication and an exact token mix over Parquet.
#[derive(Debug, Parser)]
#[command(name = "mashbill", version, max_term_width = 100)]
pub(super) struct Cli {
    #[command(subcommand)]
    pub command: Command,
    #[command(flatten)]
    pub common: Common,
}

/// Options of every command.
#[derive(Debug, Clone, Args)]
pub(super) struct Common {
    /// Threads; default: one per core that the process may use. Changes no byte of the output.
    #[arg(long, global = true, value_name = "N")]
    pub threads: Option<NonZeroUsize>,
    /// Memory for batches, spills and shards in memory, as in 2GiB. Changes no byte of the output.
    #[arg(long, global = true, value_name = "SIZE", value_parser = parse_size)]
    pub memory: Option<u64>,
    /// Overrides the recipe's seed.
    #[arg(long, global = true, value_name = "N")]
    pub seed: Option<u64>,
    /// Prints the result as JSON.
    #[arg(long, global = true)]
    pub json: bool,
    /// Prints nothing but errors.
    #[arg(long, short, global = true)]
    pub quiet: bool,
}

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Says what a recipe will come to, from a sample: shares, epochs, memory, disk, time. Exits 3 if it cannot be had.
    Plan(RecipeArgs),
    /// Runs a recipe. Run again after a stop, it goes on where it was.
    Run {
        #[command(flatten)]
        recipe: RecipeArgs,
        /// Output folder: new, empty, or of a broken run of the same recipe.
        #[arg(long, value_name = "DIR")]
        out: PathBuf,
        /// Writes down what every rule saw of every row, for `sweep`: as `signals = true` under [ledger].
        #[arg(long)]
        signals: bool,
    },
    /// Plans a recipe's mix anew from the ledger of a run, and emits it, without judging any text again.
    Mix(MixArgs),
    /// Says what other bounds would keep, and which rule removes what, from recorded values and without reading text.
    Sweep(SweepArgs),
    /// Lists, shows and compares the built-in profiles.
    #[command(subcommand)]
    Profile(ProfileCommand),
    /// Shares by rule or from proxy runs, and mixes for such runs.
    #[command(subcommand)]
    Weights(super::weights::WeightsCommand),
    /// Recomputes every number of a run's run.json from its output and ledger.
    Verify {
        /// A run's output folder.
        #[arg(value_name = "DIR")]
        dir: PathBuf,
    },
    /// Writes what trainers read of a run beside its data: blends, streams, probabilities, and the card of a data set.
    Handover {
        /// A run's output folder.
        #[arg(value_name = "DIR")]
        dir: PathBuf,
        /// For whom: megatron, mosaic, hf, card. Default: all of them.
        #[arg(long = "for", value_name = "TAKER", value_delimiter = ',', value_parser = Taker::parse)]
        takers: Vec<Taker>,
    },
    /// Writes every signal's value and every rule's outcome for every row, dropping nothing.
    Annotate {
        #[command(flatten)]
        files: FileArgs,
        /// The profile whose rules are applied.
        #[arg(long, value_name = "NAME")]
        profile: String,
        /// Folder for annotations.parquet.
        #[arg(long, value_name = "DIR")]
        out: PathBuf,
        #[command(flatten)]
        facts: FactArgs,
        /// Adds what the reference system (datatrove) calls each step's first failure.
        #[arg(long)]
        reference_reasons: bool,
    },
    /// Trains quality models and applies them.
    #[command(subcommand)]
    Score(ScoreCommand),
    /// Finds benchmark items; writes the clean rows, and contamination.parquet.
    Decontaminate(DecontaminateArgs),
    /// Makes STEM problems by rule: question, worked steps, checked answer. Lists the templates with `--list`.
    Synth(SynthArgs),
    /// Compares synthetic texts with organic ones: diversity, templates, refusals, near duplicates, copies of seeds.
    SynthReport(SynthReportArgs),
    /// Removes exact and near duplicates; writes the kept rows, and duplicates.parquet.
    Dedup {
        #[command(flatten)]
        files: FileArgs,
        /// Output folder: new, empty, or of a broken run of the same command.
        #[arg(long, value_name = "DIR")]
        out: PathBuf,
        /// Lowest exact Jaccard similarity of a near duplicate.
        #[arg(long, default_value_t = 0.8, value_name = "J")]
        threshold: f64,
        /// What a shingle is a run of: word or char.
        #[arg(long, default_value = "word", value_parser = ["word", "char"])]
        unit: String,
        /// What is shingled: normal (lower case, words only), content (white space collapsed) or raw.
        #[arg(long, default_value = "normal", value_parser = ["normal", "content", "raw"])]
        form: String,
        /// Words, or characters, of a shingle. Default: 5 words, 13 characters.
        #[arg(long, value_name = "N")]
        ngram: Option<u32>,
        /// Bands; needs --rows. Default: planned for a recall of 0.95 at the threshold.
        #[arg(long, requires = "rows", value_name = "B")]
        bands: Option<u32>,
        /// Rows of a band; needs --bands.
        #[arg(long, requires = "bands", value_name = "R")]
        rows: Option<u32>,
        /// MinHash slots; a multiple of 8. Default: 128, or as many as bands x rows need.
        #[arg(long, value_name = "N")]
        slots: Option<u32>,
        /// Takes the signatures of another system in the place of mashbill's own: datatrove-0.10, or datatrove-0.10-whitespace (words
        /// between white space). They have 14 bands of 8 rows.
        #[arg(long, value_name = "SYSTEM", value_parser = parse_compat, conflicts_with_all = ["bands", "rows", "slots", "exact_only"])]
        compat: Option<Compat>,
        /// With --compat: takes all that collide, directly or through others, for one cluster, and keeps one of it, whatever their
        /// similarity. To compare; nothing is proved.
        #[arg(long, requires = "compat", conflicts_with_all = ["threshold", "unit", "form", "ngram", "raw", "index", "keep"])]
        closure: bool,
        /// Removes exact duplicates only.
        #[arg(long)]
        exact_only: bool,
        /// Exact duplicates are equal byte for byte, not only but for white space.
        #[arg(long)]
        raw: bool,
        /// Which rows are compared: `global` for all, `column:NAME` for those with the same value in a column.
        #[arg(long, default_value = "global", value_name = "SCOPE", value_parser = parse_scope)]
        scope: Scope,
        /// Folder of an index: rows that are duplicates of what earlier runs kept go as well, and what this run keeps is added.
        #[arg(long, value_name = "DIR")]
        index: Option<PathBuf>,
        /// Which of two duplicates stays: the first of these criteria that tells them apart, of source, score, length, id and file
        /// (file names in byte order). Default: length,id.
        #[arg(long, value_name = "LIST", value_delimiter = ',')]
        keep: Option<Vec<String>>,
        /// Removes nothing: only says in the ledger and in duplicates.parquet what is a duplicate of what.
        #[arg(long)]
        annotate: bool,
        #[command(flatten)]
        lines: LineArgs,
    },
}

/// Quality models.
#[derive(Debug, Subcommand)]
pub(super) enum ScoreCommand {
    /// Trains a linear model on labelled files.
    Train(TrainArgs),
    /// Trains an n-gram language model on reference texts, for their perplexity as a score.
    TrainLm(TrainLmArgs),
    /// Writes scores.parquet: the score of every row, or with `--top` its labels.
    Apply(ApplyArgs),
    /// Brings scores in files to buckets of equal weight, and puts those of several scores together: buckets.parquet.
    Buckets(BucketArgs),
    /// Shows what a model is, how it was trained and what it is worth.
    Show {
        /// A model that `score train` or `score train-lm` wrote, one of fastText, or an ARPA file.
        #[arg(value_name = "MODEL")]
        model: PathBuf,
    },
}

/// What is trained on what.
#[derive(Debug, Clone, Args)]
pub(super) struct TrainArgs {
    /// Files with a column of labels.
    #[arg(value_name = "FILE", requires = "label")]
    pub files: Vec<PathBuf>,
    /// Files of good documents.
    #[arg(long, num_args = 1.., value_name = "FILE", requires = "negative", conflicts_with = "label")]
    pub positive: Vec<PathBuf>,
    /// Files of bad documents.
    #[arg(long, num_args = 1.., value_name = "FILE", requires = "positive")]
    pub negative: Vec<PathBuf>,
    /// Column of labels: 0 and 1 (or truth values) are classes, other numbers are grades to be hit.
    #[arg(long, value_name = "COLUMN", requires = "files", required_unless_present = "positive")]
    pub label: Option<String>,
    /// Makes classes of grades: good from here on.
    #[arg(long, value_name = "GRADE", requires = "label")]
    pub at_least: Option<f64>,
    /// The model's file.
    #[arg(long, value_name = "MODEL")]
    pub out: PathBuf,
    /// Column of the text; dots descend into structs.
    #[arg(long, default_value = "text", value_name = "COLUMN")]
    pub text: String,
    /// Passes over the training texts.
    #[arg(long, default_value_t = 5, value_name = "N")]
    pub epochs: u32,
    /// Part of the rows that is held out, for the report.
    #[arg(long, default_value_t = 0.1, value_name = "PART")]
    pub hold_out: f64,
    /// Signals among the features, by name.
    #[arg(long, value_delimiter = ',', value_name = "NAMES")]
    pub signals: Vec<String>,
    /// Words and pairs have 2^N places.
    #[arg(long, default_value_t = Contract::default().word_bits, value_name = "N")]
    pub word_bits: u32,
    /// Words alone, no pairs.
    #[arg(long)]
    pub no_pairs: bool,
    /// Bytes of a run of characters; 0 for none.
    #[arg(long, default_value_t = Contract::default().run_bytes, value_name = "N")]
    pub run_bytes: u32,
    /// Adagrad's rate.
    #[arg(long, value_name = "RATE")]
    pub rate: Option<f64>,
    /// Decay of the weights.
    #[arg(long, value_name = "DECAY")]
    pub decay: Option<f64>,
}

/// Removal of lines and paragraphs that many documents share.
#[derive(Debug, Clone, Args)]
pub(super) struct LineArgs {
    /// First removes the lines that many documents share, from all of them; or paragraphs, with `--lines=paragraph`.
    #[arg(
        long,
        num_args = 0..=1,
        require_equals = true,
        default_missing_value = "line",
        value_parser = ["line", "paragraph"],
        value_name = "UNIT"
    )]
    lines: Option<String>,
    /// In how many distinct documents a line must stand to be removed.
    #[arg(long, default_value_t = LineRules::default().min_documents, value_name = "N", requires = "lines")]
    min_documents: u32,
    /// Shorter lines are never removed, in characters.
    #[arg(long, default_value_t = LineRules::default().min_chars, value_name = "N", requires = "lines")]
    min_chars: u32,
    /// Leaves each such line to one document: the first by the hash of its text.
    #[arg(long, requires = "lines")]
    keep_first: bool,
    /// Drops documents that would lose a higher share of their bytes.
    #[arg(long, default_value_t = LineRules::default().max_removed, value_name = "SHARE", requires = "lines")]
    max_removed: f64,
}

impl LineArgs {
    /// The rules, where lines are to be removed.
    pub(super) fn rules(&self) -> Option<LineRules> {
        let named = self.lines.as_deref()?;
        let unit = LineUnit::ALL.into_iter().find(|(name, _)| *name == named).map(|(_, unit)| unit);
        Some(LineRules {
            unit: unit.unwrap_or_default(),
            min_documents: self.min_documents,
            min_chars: self.min_chars,
            keep: if self.keep_first { KeepUnit::First } else { KeepUnit::None },
            max_removed: self.max_removed,
            ..LineRules::default()
        })
    }
}

/// A recipe and where its paths begin.
#[derive(Debug, Clone, Args)]
pub(super) struct RecipeArgs {
    /// The recipe, in TOML.
    #[arg(value_name = "RECIPE")]
    pub recipe: PathBuf,
    /// Folder that the recipe's paths are relative to; default: the recipe's own.
    #[arg(long, value_name = "DIR")]
    pub base: Option<PathBuf>,
}

/// What to sweep.
#[derive(Debug, Clone, Args)]
pub(super) struct SweepArgs {
    #[command(flatten)]
    pub recipe: RecipeArgs,
    /// A rule and the bounds to try, as in gopher_quality.min_words=30,50,off. Several rules are tried each alone, and in all
    /// combinations if there are at most 100. Without any, only the table of rules is made.
    #[arg(long = "rule", value_name = "STEP.RULE=VALUES")]
    pub rules: Vec<SweepAsk>,
    /// A source to sweep; may be given more than once. Default: all.
    #[arg(long = "source", value_name = "NAME")]
    pub sources: Vec<String>,
    /// The output folder of a run of the recipe with `signals = true` under [ledger].
    #[arg(long, value_name = "DIR", required_unless_present = "annotations", conflicts_with = "annotations")]
    pub ledger: Option<PathBuf>,
    /// The annotations of one source's files, made with its steps.
    #[arg(long, value_name = "FILE")]
    pub annotations: Option<PathBuf>,
}

#[derive(Debug, Subcommand)]
pub(super) enum ProfileCommand {
    /// Names the built-in profiles and their steps.
    List,
    /// Shows every step, rule and bound, with the source of the number and the reference's reason.
    Show {
        /// A profile, or a recipe's source as RECIPE.toml#SOURCE.
        #[arg(value_name = "NAME")]
        name: String,
        /// Prints a profile as steps to be pasted below a [[source]].
        #[arg(long)]
        toml: bool,
    },
    /// Says in which steps, rules, bounds and settings two of them differ.
    Diff {
        /// A profile, or a recipe's source as RECIPE.toml#SOURCE.
        #[arg(value_name = "A")]
        a: String,
        /// The other.
        #[arg(value_name = "B")]
        b: String,
    },
}

/// A mix from a ledger.
#[derive(Debug, Args)]
pub(super) struct MixArgs {
    #[command(flatten)]
    pub recipe: RecipeArgs,
    /// A run's output folder. Its inputs must be where the recipe says, and its recipe may differ in [mix], [output], the seed, and the
    /// sources' weights, epochs and categories alone.
    #[arg(long, value_name = "DIR")]
    pub ledger: PathBuf,
    /// Output folder: new, empty, or of a broken run of the same mix. With --sweep, lists of ids (or, with --data, folders) go there.
    #[arg(long, value_name = "DIR")]
    pub out: PathBuf,
    /// Plans one mix for each share of a category, as in synthetic=0.1,0.2,0.3; the other categories share the rest as in the recipe.
    #[arg(long, value_name = "CATEGORY=SHARES", value_parser = parse_ratios)]
    pub sweep: Option<Ratios>,
    /// With --sweep: emits every mix into a folder of its own, instead of writing lists of ids.
    #[arg(long, requires = "sweep")]
    pub data: bool,
}

/// The shares of one category that are to be tried.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Ratios {
    pub category: Category,
    /// As written, and as numbers.
    pub shares: Vec<(String, f64)>,
}

fn parse_ratios(text: &str) -> Result<Ratios> {
    let fail = |problem: String| Error::Invalid { what: format!("--sweep {text}"), problem };
    let (category, shares) = text
        .split_once('=')
        .ok_or_else(|| fail("is to be CATEGORY=SHARE,SHARE,… as in synthetic=0.1,0.2,0.3".into()))?;
    let found = Category::ALL.into_iter().find(|(name, _)| *name == category.trim());
    let (_, category) =
        found.ok_or_else(|| Error::unknown("category", category.trim(), Category::ALL.map(|(name, _)| name)))?;
    let share = |word: &str| match word.trim().parse::<f64>() {
        Ok(share) if (0.0..=1.0).contains(&share) => Ok((word.trim().to_owned(), share)),
        _ => Err(fail(format!("`{word}` is no share; a share is a number from 0 to 1"))),
    };
    let shares = shares.split(',').map(share).collect::<Result<Vec<_>>>()?;
    let mut numbers: Vec<f64> = shares.iter().map(|(_, share)| *share).collect();
    numbers.sort_by(f64::total_cmp);
    match numbers.windows(2).find(|pair| pair[0] == pair[1]) {
        Some(pair) => Err(fail(format!("{} is named twice", pair[0]))),
        None => Ok(Ratios { category, shares }),
    }
}

/// Files without a recipe.
#[derive(Debug, Clone, Args)]
pub(super) struct FileArgs {
    /// Parquet files.
    #[arg(required = true, value_name = "FILE")]
    pub files: Vec<PathBuf>,
    /// Column of the text; dots descend into structs.
    #[arg(long, default_value = "text", value_name = "COLUMN")]
    pub text: String,
    /// Column of the id. Default: `id` where a file has it, else the text's hash.
    #[arg(long, value_name = "COLUMN")]
    pub id: Option<String>,
    /// Sets rows without usable text aside instead of stopping.
    #[arg(long)]
    pub quarantine: bool,
}

/// What problems to make.
#[derive(Debug, Clone, Args)]
pub(super) struct SynthArgs {
    /// Kinds of problems, parted by commas. Default: all.
    #[arg(long = "kind", value_name = "KIND", value_delimiter = ',', value_parser = Kind::parse)]
    pub kinds: Vec<Kind>,
    /// Number of problems, of all kinds together.
    #[arg(long, value_name = "N", required_unless_present = "list")]
    pub count: Option<u64>,
    /// Difficulty in base-10 digits, as in 3..6, ends included. Default: all.
    #[arg(long, value_name = "FROM..TO", value_parser = parse_digits)]
    pub difficulty: Option<(f64, f64)>,
    /// Prints the templates with their levels, difficulty and number of problems, and makes nothing.
    #[arg(long)]
    pub list: bool,
    /// A file that ends in .parquet, for all kinds in turn; or a folder, for a file of each kind.
    #[arg(long, value_name = "FILE|DIR", required_unless_present = "list")]
    pub out: Option<PathBuf>,
}

/// Which files to compare, and which columns they are grouped by.
#[derive(Debug, Clone, Args)]
pub(super) struct SynthReportArgs {
    /// Parquet files of synthetic texts.
    #[arg(required = true, value_name = "FILE")]
    pub files: Vec<PathBuf>,
    /// A Parquet file of organic texts; may be given more than once.
    #[arg(long, value_name = "FILE", required = true)]
    pub organic: Vec<PathBuf>,
    /// A Parquet file of the documents that the synthetic ones were made from; may be given more than once.
    #[arg(long, value_name = "FILE")]
    pub seeds: Vec<PathBuf>,
    /// Column of the text.
    #[arg(long, default_value = "text", value_name = "COLUMN")]
    pub text: String,
    /// Column of the id. Default: `id` where a file has it, else the text's hash.
    #[arg(long, value_name = "COLUMN")]
    pub id: Option<String>,
    /// Column of the kind. Default: `kind` where a file has it.
    #[arg(long, value_name = "COLUMN")]
    pub kind: Option<String>,
    /// Column of the generator. Default: `generator` where a file has it, else `model`.
    #[arg(long, value_name = "COLUMN")]
    pub generator: Option<String>,
    /// Column of the template. Default: `prompt_template_id` where a file has it, else `template`.
    #[arg(long, value_name = "COLUMN")]
    pub template: Option<String>,
    /// Column of the ids of seed documents, a list or a string. Default: `seed_doc_ids` where a file has it.
    #[arg(long, value_name = "COLUMN")]
    pub seed_ids: Option<String>,
    /// Words of each group that are looked at.
    #[arg(long, default_value_t = SurveyConfig::default().sample_words, value_name = "N")]
    pub sample_words: u64,
}

/// Columns that rules may look at beside the text.
#[derive(Debug, Clone, Args)]
pub(super) struct FactArgs {
    /// Column of page addresses, for rules that judge them.
    #[arg(long, value_name = "COLUMN")]
    url: Option<String>,
    /// Column of languages: codes, or names of programming languages.
    #[arg(long, value_name = "COLUMN")]
    lang: Option<String>,
    /// Column of file paths or names, for rules on code.
    #[arg(long, value_name = "COLUMN")]
    path: Option<String>,
    /// Column of what a model was asked, for rules on its answer.
    #[arg(long, value_name = "COLUMN")]
    prompt: Option<String>,
}

impl FactArgs {
    pub(super) fn names(&self) -> FactNames {
        let FactArgs { url, lang, path, prompt } = self.clone();
        FactNames { url, lang, path, prompt, ..FactNames::default() }
    }
}

fn parse_compat(text: &str) -> Result<Compat> {
    let known = Compat::ALL.into_iter().find(|(name, _)| *name == text).map(|(_, compat)| compat);
    known.ok_or_else(|| Error::unknown("system", text, Compat::ALL.map(|(name, _)| name)))
}

fn parse_scope(text: &str) -> Result<Scope> {
    Scope::parse(text).ok_or_else(|| Error::unknown("scope", text, ["global", "source", "column:NAME"]))
}

/// `3..6`, `4.5..12`.
fn parse_digits(text: &str) -> Result<(f64, f64)> {
    let bounds =
        text.split_once("..").and_then(|(low, high)| Some((low.parse::<f64>().ok()?, high.parse::<f64>().ok()?)));
    match bounds {
        Some((low, high)) if (0.0..=high).contains(&low) && high.is_finite() => Ok((low, high)),
        _ => Err(Error::Invalid {
            what: format!("difficulty `{text}`"),
            problem: "two numbers of digits, the lower first, as in 3..6".to_owned(),
        }),
    }
}

/// `2GiB`, `512MiB`, `1.5GB`, `4096` (bytes). Binary units have an `i`; `K`, `M`, `G`, `T` alone are binary too.
fn parse_size(text: &str) -> Result<u64> {
    let fail = |problem: &str| Error::Invalid { what: format!("size `{text}`"), problem: problem.to_owned() };
    let split = text.find(|c: char| c.is_ascii_alphabetic()).unwrap_or(text.len());
    let (number, unit) = text.split_at(split);
    let number: f64 = number.trim().parse().map_err(|_| fail("is not a number with a unit, as in 2GiB"))?;
    let factor: f64 = match unit.to_ascii_lowercase().as_str() {
        "" | "b" => 1.0,
        "kb" => 1e3,
        "mb" => 1e6,
        "gb" => 1e9,
        "tb" => 1e12,
        "k" | "kib" => 1024.0,
        "m" | "mib" => 1_048_576.0,
        "g" | "gib" => 1_073_741_824.0,
        "t" | "tib" => 1_099_511_627_776.0,
        _ => return Err(fail("has an unknown unit; units are KiB, MiB, GiB, TiB, KB, MB, GB, TB")),
    };
    let bytes = number * factor;
    if (1.0..1e18).contains(&bytes) { Ok(bytes as u64) } else { Err(fail("is out of range")) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_arguments_are_consistent() {
        Cli::command().debug_assert();
    }

    #[test]
    fn ratios_are_shares_of_a_category() {
        let ratios = parse_ratios("synthetic = 0.1, 0.25,1").unwrap();
        assert_eq!(ratios.shares, [("0.1".to_owned(), 0.1), ("0.25".to_owned(), 0.25), ("1".to_owned(), 1.0)]);
        for bad in ["", "synthetic", "synthetic=", "synthetic=1.5", "sinthetic=0.1", "code=0.1,0.10", "code=nan"] {
            assert!(parse_ratios(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn sizes_have_units() {
        assert_eq!(parse_size("2GiB").unwrap(), 2 << 30);
        assert_eq!(parse_size("1.5 MB").unwrap(), 1_500_000);
        assert_eq!(parse_size("4096").unwrap(), 4096);
        for bad in ["", "GiB", "2 bushels", "-1", "nan", "1e300"] {
            assert!(parse_size(bad).is_err(), "{bad}");
        }
    }
}
