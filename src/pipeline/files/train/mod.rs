//! Labelled Parquet → a linear model: one pass over the text for each epoch, the same bytes on any number of threads.

mod evaluate;
mod names;
mod stream;

use crate::document::Document;
use crate::error::{Error, Result};
use crate::io::{Column, Shard, StringColumn};
use crate::pipeline::{Event, LabelledPath, Phase, Pool, Progress};
use crate::report::TrainingReport;
use crate::score::linear::{Contract, Example, LinearModel, Loss, Settings, Trainer};
use crate::text::Analyzer;
use std::path::PathBuf;
use stream::{Epoch, Item};
use xxhash_rust::xxh3::xxh3_64_with_seed;

/// Documents of a step of training. Part of what decides a model's bytes.
const STEP_DOCUMENTS: usize = 64;
/// Text of a step at most, unless one document has more: bounds memory.
const STEP_BYTES: usize = 8 << 20;
/// Documents held out at most: enough for three digits of every figure.
const HELD_OUT: f64 = 200_000.0;

/// Files of one label, or with a column of labels.
#[derive(Debug, Clone)]
pub struct LabelledFiles {
    /// The files.
    pub files: Vec<PathBuf>,
    /// What says which label a row has.
    pub label: Label,
}

/// Where a row's label comes from.
#[derive(Debug, Clone, PartialEq)]
pub enum Label {
    /// All rows have this one.
    Fixed(f64),
    /// A column of numbers or truth values.
    Column(String),
}

/// What is trained, and how.
#[derive(Debug, Clone)]
pub struct TrainConfig {
    /// Column of the text.
    pub text: String,
    /// What the model looks at.
    pub contract: Contract,
    /// How it learns.
    pub settings: Settings,
    /// Passes over the training texts.
    pub epochs: u32,
    /// Key of the order of the documents and of who is held out.
    pub seed: u64,
    /// Part of the documents that are not trained on and that the report is of.
    pub hold_out: f64,
    /// Makes classes of numbers: 1 from here on, 0 below.
    pub at_least: Option<f64>,
    /// About how many uncompressed bytes of columns are decoded at a time, per open row group.
    pub batch_bytes: usize,
}

/// An opened file of labelled rows.
#[derive(Debug)]
struct Input {
    shard: Shard,
    text: StringColumn,
    label: InputLabel,
}

#[derive(Debug)]
enum InputLabel {
    Fixed(f64),
    Column(Column),
}

/// Trains a model.
///
/// # Errors
/// Unreadable files and wrong columns, by name; [`Error::Invalid`] for settings out of range, and for labels that are all the same.
pub fn train(
    sources: &[LabelledFiles],
    config: &TrainConfig,
    pool: &Pool,
    progress: &dyn Progress,
) -> Result<LinearModel> {
    let invalid = |what: &str, problem: &str| Error::Invalid { what: what.into(), problem: problem.into() };
    if !(0.0..0.9).contains(&config.hold_out) {
        return Err(invalid("--hold-out", "must lie between 0 and 0.9"));
    }
    if config.epochs == 0 {
        return Err(invalid("--epochs", "must be 1 or more"));
    }
    let inputs = open(sources, &config.text)?;
    let survey = survey(&inputs, config, pool, progress)?;
    let loss = survey.loss;
    let hold_out = config.hold_out.min(HELD_OUT / survey.rows.max(1) as f64);
    let mut trainer = Trainer::new(survey.contract, loss, config.settings)?;
    let mut trained = 0;
    for epoch in 0..config.epochs {
        trained = pass(&mut trainer, &inputs, config, (epoch, hold_out), pool, progress)?;
    }
    let model = trainer.finish(String::new());
    let held = evaluate::held_out(&model, &inputs, config, hold_out, pool, progress)?;
    let report = TrainingReport {
        loss: if loss == Loss::Classes { "classes" } else { "numbers" }.to_owned(),
        rows: survey.rows,
        trained,
        epochs: config.epochs,
        seed: config.seed,
        rate: config.settings.rate,
        decay: config.settings.decay,
        quality: evaluate::quality(&held.outcomes, loss),
        features: names::top(&model, &held.texts),
    };
    let report = serde_json::to_string(&report).map_err(|e| invalid("training report", &e.to_string()))?;
    Ok(model.with_report(report))
}

/// Opens every file, sorted by label so that the order of arguments decides nothing.
fn open(sources: &[LabelledFiles], text: &str) -> Result<Vec<Input>> {
    let mut inputs = Vec::new();
    for source in sources {
        let mut files: Vec<LabelledPath> = source.files.iter().map(|f| LabelledPath::new(f, None)).collect();
        files.sort();
        files.dedup();
        for file in files {
            let shard = Shard::open_with_text(&file.path, &[text])?;
            let column = shard.string_column(text)?;
            let label = match &source.label {
                Label::Fixed(label) => InputLabel::Fixed(*label),
                Label::Column(name) => InputLabel::Column(shard.column(name)?.of_labels()?),
            };
            inputs.push(Input { shard, text: column, label });
        }
    }
    match inputs.is_empty() {
        true => Err(Error::Invalid { what: "training".into(), problem: "no file is named".into() }),
        false => Ok(inputs),
    }
}

impl Input {
    /// The top-level columns that are read.
    fn roots(&self) -> Vec<&str> {
        let mut roots = vec![self.text.column().root()];
        if let InputLabel::Column(column) = &self.label {
            roots.push(column.root());
        }
        roots
    }
}

/// What must be known before training: how many rows there are, what the labels are, and how the signals lie.
struct Survey {
    rows: u64,
    loss: Loss,
    contract: Contract,
}

/// Labels of some rows, and sums of signals.
#[derive(Clone, Default)]
struct Sums {
    rows: u64,
    ones: u64,
    zeros: u64,
    low: Option<f64>,
    high: Option<f64>,
    /// Count, mean and sum of squared differences of each signal.
    signals: Vec<(f64, f64, f64)>,
}

fn survey(inputs: &[Input], config: &TrainConfig, pool: &Pool, progress: &dyn Progress) -> Result<Survey> {
    let text = !config.contract.signals.is_empty();
    let groups: Vec<(usize, usize)> = inputs
        .iter()
        .enumerate()
        .flat_map(|(at, input)| (0..input.shard.row_groups()).map(move |group| (at, group)))
        .collect();
    let parts = pool.map(&groups, |&(at, group)| sums(&inputs[at], group, config, text))?;
    progress.event(Event::Advance { phase: Phase::Scan, units: 0 });
    let mut all = Sums { signals: vec![(0.0, 0.0, 0.0); config.contract.signals.len()], ..Sums::default() };
    parts.iter().for_each(|part| all.merge(part));
    let (Some(low), Some(high)) = (all.low, all.high) else {
        return Err(Error::Invalid { what: "training".into(), problem: "no row has a text and a label".into() });
    };
    if low == high {
        let problem = format!("all {} labels are {low}: a model needs two kinds of documents to tell apart", all.rows);
        return Err(Error::Invalid { what: "training".into(), problem });
    }
    let mut contract = config.contract.clone();
    for (signal, &(count, mean, squares)) in contract.signals.iter_mut().zip(&all.signals) {
        let deviation = if count > 1.0 { (squares / count).sqrt() } else { 0.0 };
        signal.mean = mean;
        // A signal that says the same of every text says nothing.
        signal.deviation = if deviation > 1e-12 { deviation } else { 1.0 };
    }
    let loss = if all.ones + all.zeros == all.rows { Loss::Classes } else { Loss::Numbers { low, high } };
    Ok(Survey { rows: all.rows, loss, contract })
}

fn sums(input: &Input, group: usize, config: &TrainConfig, text: bool) -> Result<Sums> {
    let mut sums = Sums { signals: vec![(0.0, 0.0, 0.0); config.contract.signals.len()], ..Sums::default() };
    let mut analyzer = Analyzer::new();
    if let (InputLabel::Fixed(label), false) = (&input.label, text) {
        sums.add(config.label(*label), input.shard.group_rows(group));
        return Ok(sums);
    }
    stream::each(input, group, config.batch_bytes, &mut |item, string| {
        sums.add(config.label(item), 1);
        if text {
            let view = analyzer.view(string);
            let doc = Document::new(&view);
            for (sum, signal) in sums.signals.iter_mut().zip(&config.contract.signals) {
                if let Some(value) = signal.signal.measure(&doc) {
                    *sum = welford(*sum, (1.0, value, 0.0));
                }
            }
        }
    })?;
    Ok(sums)
}

impl Sums {
    fn add(&mut self, label: f64, rows: u64) {
        self.rows += rows;
        self.ones += if label == 1.0 { rows } else { 0 };
        self.zeros += if label == 0.0 { rows } else { 0 };
        if rows > 0 {
            self.low = Some(self.low.map_or(label, |low| low.min(label)));
            self.high = Some(self.high.map_or(label, |high| high.max(label)));
        }
    }

    fn merge(&mut self, other: &Sums) {
        self.rows += other.rows;
        self.ones += other.ones;
        self.zeros += other.zeros;
        self.low = [self.low, other.low].into_iter().flatten().reduce(f64::min);
        self.high = [self.high, other.high].into_iter().flatten().reduce(f64::max);
        self.signals.iter_mut().zip(&other.signals).for_each(|(mine, theirs)| *mine = welford(*mine, *theirs));
    }
}

/// Two sets of numbers as one, by count, mean and sum of squared differences from it (Chan et al. 1979).
fn welford(a: (f64, f64, f64), b: (f64, f64, f64)) -> (f64, f64, f64) {
    let count = a.0 + b.0;
    if count == 0.0 {
        return a;
    }
    let delta = b.1 - a.1;
    (count, a.1 + delta * b.0 / count, a.2 + b.2 + delta * delta * a.0 * b.0 / count)
}

impl TrainConfig {
    /// The label that is trained on.
    fn label(&self, label: f64) -> f64 {
        self.at_least.map_or(label, |bound| if label >= bound { 1.0 } else { 0.0 })
    }

    /// Whether a text is kept out of training. By the text alone, so that copies are on one side.
    fn holds_out(&self, text: &str, part: f64) -> bool {
        let hash = xxh3_64_with_seed(text.as_bytes(), self.seed ^ 0x686f_6c64_6f75_7421);
        (hash >> 11) as f64 / (1u64 << 53) as f64 >= 1.0 - part
    }
}

/// One pass of training. Returns the number of documents trained on.
fn pass(
    trainer: &mut Trainer,
    inputs: &[Input],
    config: &TrainConfig,
    (number, hold_out): (u32, f64),
    pool: &Pool,
    progress: &dyn Progress,
) -> Result<u64> {
    let total = inputs.iter().map(|input| input.shard.column_bytes(input.text.column().root())).sum();
    progress.event(Event::Begin { phase: Phase::Train, total });
    let mut epoch = Epoch::new(inputs, config.seed, number, config.batch_bytes);
    let mut trained = 0;
    loop {
        let items = take_step(&mut epoch, config, hold_out, progress)?;
        if items.is_empty() {
            break;
        }
        trained += items.len() as u64;
        let contract = trainer.contract().clone();
        let examples = pool.map(&items, |item| {
            let mut analyzer = Analyzer::new();
            let view = analyzer.view(item.text());
            Ok(Example::of(&contract, &Document::new(&view), config.label(item.label)))
        })?;
        trainer.step(&examples, &|n, work| {
            let numbers: Vec<usize> = (0..n).collect();
            // Nothing here can fail, so there is nothing to hand on.
            let _ = pool.map(&numbers, |&i| {
                work(i);
                Ok(())
            });
        });
    }
    progress.event(Event::End { phase: Phase::Train });
    Ok(trained)
}

/// The documents of the next step, those held out left aside.
fn take_step(epoch: &mut Epoch<'_>, config: &TrainConfig, hold_out: f64, progress: &dyn Progress) -> Result<Vec<Item>> {
    let (mut items, mut bytes, mut read) = (Vec::new(), 0, 0);
    while items.len() < STEP_DOCUMENTS && bytes < STEP_BYTES {
        let Some(item) = epoch.next()? else { break };
        read += item.text().len() as u64;
        if !config.holds_out(item.text(), hold_out) {
            bytes += item.text().len();
            items.push(item);
        }
    }
    progress.event(Event::Advance { phase: Phase::Train, units: read });
    Ok(items)
}
