//! What the tests of the pipeline share: small recipes run in-process, files written and read by arrow and parquet themselves
//! (never by the code under test), and digests of whole folders.
// The helpers here are no tests in Clippy's eyes.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use arrow::array::{Array, ArrayRef, AsArray, BooleanArray, Float64Array, RecordBatch, StringArray, UInt64Array};
use arrow::compute::{cast, concat_batches};
use arrow::datatypes::DataType;
use mashbill::Result;
use mashbill::pipeline::{Event, Job, Limits, Outcome, Phase, Pool, Progress, Silent};
use mashbill::recipe::{Recipe, Registry};
use parquet::arrow::ArrowWriter;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use parquet::file::properties::WriterProperties;
use std::collections::BTreeMap;
use std::fs::{self, File};
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, Weak};
use tempfile::TempDir;
use xxhash_rust::xxh3::xxh3_128;

/// The main recipe's tokens: real ones where the build has them, words where not.
pub(crate) const COUNTER: &str = if cfg!(feature = "tokens") { "cl100k" } else { "words" };

pub(crate) fn fixtures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures")
}

pub(crate) fn recipes() -> PathBuf {
    fixtures().join("recipes")
}

/// A fixture's file, as a string for recipes and command lines.
pub(crate) fn fixture(name: &str) -> String {
    fixtures().join(name).to_str().unwrap().to_owned()
}

/// A recipe of `fixtures/recipes`, counting by [`COUNTER`].
pub(crate) fn recipe(name: &str) -> String {
    let text = fs::read_to_string(recipes().join(name)).unwrap();
    let counter = format!("counter = \"{COUNTER}\"");
    let text = replace(&text, "counter = \"cl100k\"", &counter);
    // Fewer words than tokens: the same mix, of a size that they allow.
    if cfg!(feature = "tokens") { text } else { text.replace("tokens = 1_500_000", "tokens = 900_000") }
}

/// Replaces what must be there.
pub(crate) fn replace(text: &str, from: &str, to: &str) -> String {
    assert!(text.contains(from), "`{from}` is not in the text");
    text.replace(from, to)
}

pub(crate) fn pool(threads: usize) -> Pool {
    Pool::new(NonZeroUsize::new(threads)).unwrap()
}

pub(crate) fn job_with(recipe: &str, base: &Path, pool: &Pool, memory: Option<u64>) -> Result<Job> {
    let registry = Registry::default();
    let recipe = Recipe::from_toml(recipe, "test.toml", base, &registry)?;
    Job::from_recipe(&recipe, &registry, base, pool, Limits { memory })
}

/// Runs a recipe; paths below `base`.
pub(crate) fn run(recipe: &str, base: &Path, out: &Path) -> Result<Outcome> {
    run_watched(recipe, base, out, &Silent)
}

pub(crate) fn run_watched(recipe: &str, base: &Path, out: &Path, progress: &dyn Progress) -> Result<Outcome> {
    let pool = pool(2);
    job_with(recipe, base, &pool, None)?.run(out, &pool, progress)
}

/// Notes the phases that began.
#[derive(Default)]
pub(crate) struct Phases(pub Mutex<Vec<Phase>>);

impl Progress for Phases {
    fn event(&self, event: Event) {
        if let Event::Begin { phase, .. } = event {
            self.0.lock().unwrap().push(phase);
        }
    }
}

/// The main recipe's run, shared by tests that run at the same time.
pub(crate) struct MainRun {
    pub dir: TempDir,
    pub outcome: Outcome,
}

pub(crate) fn main_run() -> Arc<MainRun> {
    static SHARED: Mutex<Weak<MainRun>> = Mutex::new(Weak::new());
    let mut shared = SHARED.lock().unwrap();
    if let Some(run) = shared.upgrade() {
        return run;
    }
    let dir = tempfile::tempdir().unwrap();
    let outcome = run(&recipe("phi4-30-synthetic.toml"), &recipes(), &dir.path().join("out")).unwrap();
    let run = Arc::new(MainRun { dir, outcome });
    *shared = Arc::downgrade(&run);
    run
}

impl MainRun {
    pub(crate) fn out(&self) -> PathBuf {
        self.dir.path().join("out")
    }
}

/// Digest of every file below a folder, by its path there.
pub(crate) fn digests(dir: &Path) -> BTreeMap<String, String> {
    let path = |file: PathBuf| file.strip_prefix(dir).unwrap().to_str().unwrap().to_owned();
    let digest = |file: &Path| format!("{:032x}", xxh3_128(&fs::read(file).unwrap()));
    files(dir).into_iter().map(|f| (digest(&f), f)).map(|(d, f)| (path(f), d)).collect()
}

/// Every file below a folder, sorted.
pub(crate) fn files(dir: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(dir).into_iter().flatten() {
        let path = entry.unwrap().path();
        if path.is_dir() { found.extend(files(&path)) } else { found.push(path) }
    }
    found.sort();
    found
}

pub(crate) fn copy_dir(from: &Path, to: &Path) {
    for file in files(from) {
        let target = to.join(file.strip_prefix(from).unwrap());
        fs::create_dir_all(target.parent().unwrap()).unwrap();
        fs::copy(file, target).unwrap();
    }
}

/// A whole Parquet file as one batch.
pub(crate) fn read(path: &Path) -> RecordBatch {
    let builder = ParquetRecordBatchReaderBuilder::try_new(File::open(path).unwrap()).unwrap();
    let schema = builder.schema().clone();
    let batches: Vec<RecordBatch> = builder.build().unwrap().map(|b| b.unwrap()).collect();
    concat_batches(&schema, &batches).unwrap()
}

/// All Parquet files below a folder as one batch, files in order of their names.
pub(crate) fn read_dir(dir: &Path) -> RecordBatch {
    let batches: Vec<RecordBatch> = files(dir).iter().map(|f| read(f)).collect();
    concat_batches(&batches.first().expect("a file").schema(), &batches).unwrap()
}

/// Writes a batch, `group_rows` rows to a row group.
pub(crate) fn write(path: &Path, batch: &RecordBatch, group_rows: usize) {
    write_with(path, batch, WriterProperties::builder().set_max_row_group_row_count(Some(group_rows)).build());
}

pub(crate) fn write_with(path: &Path, batch: &RecordBatch, properties: WriterProperties) {
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    let mut writer = ArrowWriter::try_new(File::create(path).unwrap(), batch.schema(), Some(properties)).unwrap();
    writer.write(batch).unwrap();
    writer.close().unwrap();
}

/// A batch of columns, each nullable.
pub(crate) fn batch(columns: Vec<(&str, ArrayRef)>) -> RecordBatch {
    RecordBatch::try_from_iter_with_nullable(columns.into_iter().map(|(n, c)| (n, c, true))).unwrap()
}

pub(crate) fn string_array<S: AsRef<str>>(values: impl IntoIterator<Item = S>) -> ArrayRef {
    Arc::new(StringArray::from_iter_values(values))
}

/// Writes a file of these (id, text), in row groups of `group_rows`.
pub(crate) fn write_docs<I: AsRef<str>, T: AsRef<str>>(path: &Path, docs: &[(I, T)], group_rows: usize) {
    let ids = string_array(docs.iter().map(|d| d.0.as_ref()));
    let texts = string_array(docs.iter().map(|d| d.1.as_ref()));
    write(path, &batch(vec![("id", ids), ("text", texts)]), group_rows);
}

fn column(batch: &RecordBatch, name: &str, data_type: &DataType) -> ArrayRef {
    let column = batch.column_by_name(name).unwrap_or_else(|| panic!("no column `{name}` in {:?}", batch.schema()));
    cast(column, data_type).unwrap()
}

/// A column's strings.
pub(crate) fn strings(batch: &RecordBatch, name: &str) -> Vec<Option<String>> {
    column(batch, name, &DataType::Utf8).as_string::<i32>().iter().map(|v| v.map(str::to_owned)).collect()
}

/// A column's strings, none of them null.
pub(crate) fn words(batch: &RecordBatch, name: &str) -> Vec<String> {
    strings(batch, name).into_iter().map(|v| v.unwrap_or_else(|| panic!("a null in `{name}`"))).collect()
}

/// A column's integers.
pub(crate) fn numbers(batch: &RecordBatch, name: &str) -> Vec<Option<u64>> {
    let array = column(batch, name, &DataType::UInt64);
    array.as_any().downcast_ref::<UInt64Array>().unwrap().iter().collect()
}

/// A column's reals.
pub(crate) fn reals(batch: &RecordBatch, name: &str) -> Vec<Option<f64>> {
    let array = column(batch, name, &DataType::Float64);
    array.as_any().downcast_ref::<Float64Array>().unwrap().iter().collect()
}

/// A column's truth values.
pub(crate) fn flags(batch: &RecordBatch, name: &str) -> Vec<Option<bool>> {
    let array = column(batch, name, &DataType::Boolean);
    array.as_any().downcast_ref::<BooleanArray>().unwrap().iter().collect()
}

/// A column's lists of strings.
pub(crate) fn lists(batch: &RecordBatch, name: &str) -> Vec<Option<Vec<String>>> {
    let array = batch.column_by_name(name).unwrap().clone();
    let list = array.as_list::<i32>();
    let items = |i: usize| {
        let values = cast(&list.value(i), &DataType::Utf8).unwrap();
        values.as_string::<i32>().iter().map(|v| v.unwrap().to_owned()).collect()
    };
    (0..list.len()).map(|i| (!list.is_null(i)).then(|| items(i))).collect()
}

/// An error's message without the folders of this machine.
pub(crate) fn plain(message: impl ToString, dirs: &[&Path]) -> String {
    let mut message = message.to_string().replace(env!("CARGO_MANIFEST_DIR"), "REPO");
    for (i, dir) in dirs.iter().enumerate() {
        message = message.replace(dir.to_str().unwrap(), ["DIR", "OTHER"][i.min(1)]);
    }
    message
}

/// Prose that profiles keep: so many sentences, different for each seed.
pub(crate) fn prose(seed: u64, sentences: usize) -> String {
    const NOUNS: [&str; 12] = [
        "barley", "river", "engine", "letter", "harbour", "window", "teacher", "copper", "orchard", "winter", "signal",
        "market",
    ];
    const VERBS: [&str; 8] = ["carries", "follows", "answers", "measures", "crosses", "remembers", "repairs", "hides"];
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ 0x2545_f491_4f6c_dd1d;
    let mut pick = |n: usize| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state % n as u64) as usize
    };
    let mut text = String::new();
    for i in 0..sentences {
        let (a, b, c) = (NOUNS[pick(12)], NOUNS[pick(12)], NOUNS[pick(12)]);
        let (verb, number) = (VERBS[pick(8)], pick(100_000));
        text.push_str(&format!("The {a} of number {number} {verb} the {b}, and with it the {c} that was to be here. "));
        if i % 4 == 3 {
            text.push('\n');
        }
    }
    text.trim_end().to_owned()
}
