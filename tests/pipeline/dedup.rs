//! Deduplication out of core against the same in memory: whatever the budget, the threads and the cutting of the files, the ledger
//! says of every row what the library says of the table of all rows.

use crate::kit::{self, batch, job_with, numbers, pool, read_dir, reals, string_array, strings, words, write};
use arrow::array::{ArrayRef, StringArray};
use mashbill::dedup::{Candidates, DocTable, Duplicate, KeepKey, KeepPolicy, Kind, Rules, ShingleStore, cluster_id};
use mashbill::hash::{Form, SketchConfig, Sketcher};
use mashbill::pipeline::Silent;
use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::Path;
use std::sync::Arc;
use xxhash_rust::xxh3::{xxh3_64, xxh3_128};

pub(super) const SOURCES: [&str; 3] = ["a", "b", "sums"];

#[derive(Debug, Clone)]
pub(super) struct Doc {
    pub source: usize,
    pub id: String,
    pub text: String,
    pub dump: Option<String>,
}

/// The test's own random numbers.
struct Random(u64);

impl Random {
    fn below(&mut self, n: usize) -> usize {
        self.0 = self.0.wrapping_add(1);
        (xxh3_64(&self.0.to_le_bytes()) % n as u64) as usize
    }

    fn words(&mut self, n: usize) -> Vec<String> {
        (0..n).map(|_| format!("w{}", self.below(3_000))).collect()
    }
}

/// Documents of all the sorts that make a difference: new ones, exact copies, copies but for white space, copies with words
/// replaced, chains of such, members of a family that shares a long beginning, texts too short to shingle.
pub(super) fn corpus(seed: u64, docs: usize) -> Vec<Doc> {
    let mut random = Random(seed << 32);
    let licence = random.words(40);
    let mut made: Vec<Doc> = Vec::new();
    for number in 0..docs {
        let earlier = (!made.is_empty()).then(|| random.below(made.len()));
        let text = match (random.below(10), earlier) {
            (0, Some(earlier)) => made[earlier].text.clone(),
            (1, Some(earlier)) => made[earlier].text.replace(' ', "\n"),
            (2..5, Some(earlier)) => {
                let mut words: Vec<String> = made[earlier].text.split(' ').map(str::to_owned).collect();
                for _ in 0..1 + random.below(3) {
                    let at = random.below(words.len());
                    words[at] = format!("e{number}");
                }
                words.join(" ")
            }
            (5, _) => {
                let own = 4 + random.below(20);
                [licence.clone(), random.words(own)].concat().join(" ")
            }
            (6, _) => random.words(3).join(" "),
            _ => {
                let length = 10 + random.below(60);
                random.words(length).join(" ")
            }
        };
        let dump = random.below(4);
        let dump = (dump > 0).then(|| format!("dump-{dump}"));
        made.push(Doc { source: random.below(3), id: format!("{:04}", number * 7_919 % 10_007), text, dump });
    }
    made
}

#[derive(Debug, Clone)]
pub(super) struct Settings {
    pub exact: &'static str,
    pub near: bool,
    pub form: &'static str,
    pub scope: &'static str,
    pub keep: &'static [&'static str],
    pub annotate: bool,
}

const BANDS: u32 = 20;
const ROWS: u32 = 4;
const NGRAM: u32 = 3;
const THRESHOLD: f64 = 0.6;

impl Settings {
    pub(super) fn recipe(&self) -> String {
        let mut text = String::from("[tokens]\ncounter = \"bytes\"\n");
        for name in SOURCES {
            let near = name != "sums";
            text += &format!(
                "[[source]]\nname = \"{name}\"\ncategory = \"organic\"\npaths = [\"{name}-*.parquet\"]\nnear = {near}\n"
            );
        }
        let Settings { exact, near, form, scope, keep, annotate } = self;
        text += &format!("[dedup]\nexact = {exact}\nscope = \"{scope}\"\nkeep = {keep:?}\nmax_loss = 1.0\n");
        if *near {
            let slots = BANDS * ROWS;
            text += &format!(
                "near = {{ form = \"{form}\", ngram = {NGRAM}, threshold = {THRESHOLD}, slots = {slots}, bands = {BANDS}, rows = {ROWS} }}\n"
            );
        }
        if *annotate {
            text += "action = \"annotate\"\n";
        }
        text + "[output]\norder = \"input\"\nallow_empty = true\n"
    }
}

/// Writes the documents of each source into so many files.
pub(super) fn write_corpus(dir: &Path, docs: &[Doc], files: usize, group_rows: usize) {
    for (source, name) in SOURCES.iter().enumerate() {
        let of: Vec<&Doc> = docs.iter().filter(|doc| doc.source == source).collect();
        let step = of.len().div_ceil(files).max(1);
        for part in 0..files {
            let of = &of[(part * step).min(of.len())..((part + 1) * step).min(of.len())];
            let dumps: ArrayRef = Arc::new(StringArray::from_iter(of.iter().map(|doc| doc.dump.as_deref())));
            let columns = vec![
                ("id", string_array(of.iter().map(|doc| &doc.id))),
                ("text", string_array(of.iter().map(|doc| &doc.text))),
                ("dump", dumps),
            ];
            write(&dir.join(format!("{name}-{part:02}.parquet")), &batch(columns), group_rows);
        }
    }
}

/// What is said of a row: the verdict; kind, id of the kept row and similarity; id and size of its cluster.
pub(super) type Said = (String, Option<(String, String, f64)>, Option<(u64, u64)>);

pub(super) fn ledger(out: &Path) -> BTreeMap<(String, String), Said> {
    let ledger = read_dir(&out.join("ledger"));
    let [kinds, ofs] = ["duplicate_kind", "duplicate_of_id"].map(|name| strings(&ledger, name));
    let (similarities, verdicts) = (reals(&ledger, "similarity"), words(&ledger, "verdict"));
    let (clusters, sizes) = (numbers(&ledger, "cluster_id"), numbers(&ledger, "cluster_size"));
    let rows = words(&ledger, "source").into_iter().zip(words(&ledger, "id")).enumerate();
    rows.map(|(i, row)| {
        let duplicate = kinds[i].clone().map(|kind| (kind, ofs[i].clone().unwrap(), similarities[i].unwrap()));
        (row, (verdicts[i].clone(), duplicate, clusters[i].map(|id| (id, sizes[i].unwrap()))))
    })
    .collect()
}

/// The same by the library, all rows in one table.
fn in_memory(docs: &[Doc], settings: &Settings) -> BTreeMap<(String, String), Said> {
    // In the order in which the pipeline numbers rows: by source, as they lie.
    let docs: Vec<&Doc> = (0..3).flat_map(|source| docs.iter().filter(move |doc| doc.source == source)).collect();
    let form = Form::ALL.iter().find(|(name, _)| *name == settings.form).unwrap().1;
    let config = SketchConfig::stated(NGRAM, BANDS * ROWS, BANDS, ROWS).unwrap().with_form(form);
    let mut sketcher = Sketcher::new(config).unwrap();
    let mut table = DocTable::new(BANDS);
    let (mut keys, mut dumps) = (Vec::new(), HashMap::new());
    for doc in &docs {
        let sketch = sketcher.sketch(&doc.text);
        let raw = settings.exact == "\"raw\"" || (settings.near && settings.form == "raw");
        let content = if raw { xxh3_128(doc.text.as_bytes()) } else { sketch.content };
        let next = dumps.len() as u32;
        let scope = match settings.scope {
            "global" => 0,
            "source" => doc.source as u32,
            _ => *dumps.entry(&doc.dump).or_insert(next),
        };
        table.push(scope, content, sketch.band_keys.filter(|_| settings.near && doc.source != 2)).unwrap();
        keys.push(KeepKey {
            source: doc.source as u32,
            score: None,
            length: doc.text.len() as u64,
            id: &doc.id,
            ..KeepKey::default()
        });
    }
    let order = KeepPolicy::parse(settings.keep.iter().copied()).unwrap().order(&keys, &table).unwrap();
    let rules = Rules { exact: settings.exact != "false", near: settings.near.then_some(THRESHOLD) };
    let candidates = Candidates::find(&table, &order, &rules).unwrap();
    let mut store = ShingleStore::default();
    for &doc in candidates.docs() {
        store.insert(doc, sketcher.shingles(&docs[doc as usize].text).unwrap());
    }
    let resolution = mashbill::dedup::resolve(&table, &order, &candidates, &store).unwrap();
    let said = |(i, doc): (usize, &&Doc)| {
        let duplicate = resolution.duplicate(i as u32).map(|Duplicate { kind, of, similarity }| {
            let kind = if kind == Kind::Exact { "exact" } else { "near" };
            (kind.to_owned(), docs[of as usize].id.clone(), similarity)
        });
        let kept = docs[resolution.representative(i as u32) as usize];
        let size = u64::from(resolution.cluster_size(i as u32));
        let cluster = (size > 1).then(|| (cluster_id(SOURCES[kept.source], &kept.id), size));
        let removed = duplicate.is_some() && !settings.annotate;
        let verdict = if removed { "duplicate" } else { "kept" };
        ((SOURCES[doc.source].to_owned(), doc.id.clone()), (verdict.to_owned(), duplicate, cluster))
    };
    docs.iter().enumerate().map(said).collect()
}

pub(super) fn settings() -> impl Strategy<Value = Settings> {
    let keep: [&[&str]; 4] = [&["source", "score", "length", "id"], &["id"], &["length"], &[]];
    (
        prop::sample::select(vec!["true", "true", "false", "\"raw\""]),
        prop::bool::weighted(0.9),
        prop::sample::select(vec!["normal", "normal", "content", "raw"]),
        prop::sample::select(vec!["global", "global", "source", "column:dump"]),
        prop::sample::select(keep.to_vec()),
        prop::bool::weighted(0.2),
    )
        .prop_map(|(exact, near, form, scope, keep, annotate)| {
            // Of the raw text, only copies byte for byte have the same shingles.
            let exact = if near && form == "raw" && exact == "true" { "\"raw\"" } else { exact };
            Settings { exact, near, form, scope, keep, annotate }
        })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]
    #[test]
    fn out_of_core_equals_in_memory(
        seed in any::<u32>(),
        docs in prop_oneof![1_usize..40, 200_usize..600],
        settings in settings(),
        memory in prop::sample::select(vec![Some(1), Some(200 << 10), Some(16 << 20), None]),
        threads in prop::sample::select(vec![1_usize, 2, 8]),
        files in prop::sample::select(vec![1_usize, 3, 9]),
        group_rows in prop::sample::select(vec![7_usize, 100, 10_000]),
    ) {
        let docs = corpus(u64::from(seed), docs);
        let dir = tempfile::tempdir().unwrap();
        write_corpus(dir.path(), &docs, files, group_rows);
        let (out, pool) = (dir.path().join("out"), pool(threads));
        job_with(&settings.recipe(), dir.path(), &pool, memory).unwrap().run(&out, &pool, &Silent).unwrap();
        let (found, expected) = (ledger(&out), in_memory(&docs, &settings));
        for (row, said) in &expected {
            prop_assert_eq!(found.get(row), Some(said), "{:?}", row);
        }
        prop_assert_eq!(found.len(), expected.len());
        // What stays is what is written.
        let stays: BTreeSet<String> =
            expected.iter().filter(|(_, said)| said.0 == "kept").map(|((_, id), _)| id.clone()).collect();
        let written: BTreeSet<String> = words(&read_dir(&out.join("data")), "id").into_iter().collect();
        prop_assert_eq!(written, stays);
        prop_assert!(!out.join("work").exists());
    }
}

pub(super) const DEFAULT: Settings = Settings {
    exact: "true",
    near: true,
    form: "normal",
    scope: "global",
    keep: &["source", "length", "id"],
    annotate: false,
};

/// Digest of the sorted ids of the rows that stay.
fn kept(docs: &[Doc], files: usize, threads: usize, memory: Option<u64>) -> u128 {
    let dir = tempfile::tempdir().unwrap();
    write_corpus(dir.path(), docs, files, 40);
    let (out, pool) = (dir.path().join("out"), pool(threads));
    job_with(&DEFAULT.recipe(), dir.path(), &pool, memory).unwrap().run(&out, &pool, &Silent).unwrap();
    let mut ids = words(&read_dir(&out.join("data")), "id");
    ids.sort();
    xxh3_128(ids.join("\n").as_bytes())
}

#[test]
fn threads_shards_row_order_and_memory_change_nothing() {
    let docs = corpus(5, 1_500);
    let mut shuffled = docs.clone();
    shuffled.sort_by_key(|doc| xxh3_64(doc.id.as_bytes()));
    let expected = kept(&docs, 1, 1, None);
    for (docs, files, threads, memory) in [
        (&docs, 7, 2, None),
        (&docs, 64, 8, None),
        (&docs, 1, 8, Some(1)),
        (&docs, 64, 2, Some(1 << 20)),
        (&shuffled, 7, 1, Some(1)),
        (&shuffled, 64, 8, Some(256 << 20)),
        (&shuffled, 1, 2, Some(4 << 30)),
    ] {
        assert_eq!(kept(docs, files, threads, memory), expected, "{files} files, {threads} threads, {memory:?}");
    }
    assert_ne!(kept(&docs[..1_400], 1, 1, None), expected);
}

/// Distinct short lines: a tool that goes by collisions, or by what is like what, loses many of these.
fn short_lines(lines: usize) -> u64 {
    let dir = tempfile::tempdir().unwrap();
    // Seven or eight words, distinct by the digits of the line's number; neighbours share all but one.
    let line = |number: usize| {
        let digits =
            (0..4).map(|place| format!("w{}", number / 30_usize.pow(place) % 30)).collect::<Vec<_>>().join(" ");
        format!("the {digits} of the{}", if number % 2 == 0 { "" } else { " day" })
    };
    let docs: Vec<(String, String)> = (0..lines).map(|i| (format!("l{i}"), line(i))).collect();
    assert_eq!(docs.iter().map(|doc| &doc.1).collect::<BTreeSet<_>>().len(), lines);
    kit::write_docs(&dir.path().join("lines.parquet"), &docs, 50_000);
    let recipe = "[tokens]\ncounter = \"bytes\"\n[[source]]\nname = \"lines\"\ncategory = \"organic\"\n\
                  paths = [\"lines.parquet\"]\n[dedup]\nnear = true\n[output]\norder = \"input\"\n";
    let outcome = kit::run(recipe, dir.path(), &dir.path().join("out")).unwrap();
    lines as u64 - outcome.report.output.rows
}

#[test]
fn distinct_short_lines_stay() {
    assert_eq!(short_lines(20_000), 0);
}

#[test]
#[ignore = "a minute: 700,000 lines"]
#[allow(clippy::print_stdout)] // it is run by hand
fn seven_hundred_thousand_distinct_short_lines_stay() {
    let lost = short_lines(700_000);
    println!("{lost} of 700,000 lines lost");
    assert!(lost < 700, "{lost}");
}

/// A scope that no row is told apart by is the global one; one value a row leaves nothing to compare.
#[test]
fn a_column_may_tell_rows_apart() {
    let docs = corpus(3, 300);
    let with = |dump: &dyn Fn(usize) -> Option<String>| -> Vec<Doc> {
        docs.iter().enumerate().map(|(i, doc)| Doc { dump: dump(i), ..doc.clone() }).collect()
    };
    let scoped = Settings { scope: "column:dump", ..DEFAULT };
    let removed = |docs: &[Doc], settings: &Settings| {
        let dir = tempfile::tempdir().unwrap();
        write_corpus(dir.path(), docs, 2, 50);
        let outcome = kit::run(&settings.recipe(), dir.path(), &dir.path().join("out")).unwrap();
        docs.len() as u64 - outcome.report.output.rows
    };
    let all = removed(&docs, &DEFAULT);
    assert!(all > 50, "{all}");
    assert_eq!(removed(&with(&|_| None), &scoped), all);
    assert_eq!(removed(&with(&|_| Some("x".to_owned())), &scoped), all);
    assert_eq!(removed(&with(&|i| Some(i.to_string())), &scoped), 0);
    let error = kit::run(
        &DEFAULT.recipe().replace("global", "column:dmp"),
        &{
            let dir = tempfile::tempdir().unwrap().keep();
            write_corpus(&dir, &docs, 1, 50);
            dir
        },
        Path::new("unused"),
    )
    .unwrap_err()
    .to_string();
    assert!(error.contains("column `dmp`: is missing (did you mean `dump`?)"), "{error}");
}

/// Bytes of all files below a folder.
fn bytes_below(dir: &Path) -> u64 {
    kit::files(dir).iter().map(|file| std::fs::metadata(file).unwrap().len()).sum()
}

/// Looks at the scan files when the last of them is written.
struct ScanBytes<'a>(&'a Path, std::sync::Mutex<u64>);

impl mashbill::pipeline::Progress for ScanBytes<'_> {
    fn event(&self, event: mashbill::pipeline::Event) {
        use mashbill::pipeline::{Event, Phase};
        if matches!(event, Event::End { phase: Phase::Scan }) {
            *self.1.lock().unwrap() = bytes_below(&self.0.join("work/scan"));
        }
    }
}

/// `docs/dedup.md` says what a row takes on disk: so many bytes with 18 bands and ids of 14 characters, within a twentieth; and in an index.
#[test]
fn the_page_says_what_a_row_takes_on_disk() {
    const ROWS: usize = 60_000;
    let page = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/dedup.md")).unwrap();
    let said = |before: &str| -> f64 {
        let at = page.find(before).unwrap() + before.len();
        page[at..].split_whitespace().next().unwrap().parse().unwrap()
    };
    let dir = tempfile::tempdir().unwrap();
    let mut random = Random(3 << 32);
    let docs: Vec<(String, String)> =
        (0..ROWS).map(|i| (format!("doc-{:010}", i * 7_919 % 100_003), random.words(20).join(" "))).collect();
    kit::write_docs(&dir.path().join("docs.parquet"), &docs, 50_000);
    let recipe = "[tokens]\ncounter = \"bytes\"\n[[source]]\nname = \"docs\"\ncategory = \"organic\"\npaths = [\"docs.parquet\"]\n\
                  [dedup]\nnear = true\nindex = \"index\"\n[output]\norder = \"input\"\n";
    let out = dir.path().join("out");
    let scan = ScanBytes(&out, Default::default());
    let outcome = kit::run_watched(recipe, dir.path(), &out, &scan).unwrap();
    let kept = outcome.report.output.rows as f64;
    let scanned = *scan.1.lock().unwrap() as f64 / ROWS as f64;
    let documents = bytes_below(&dir.path().join("index").join(index_batch(dir.path())).join("documents"));
    let shingles = bytes_below(&dir.path().join("index").join(index_batch(dir.path())).join("shingles"));
    let near =
        |found: f64, said: f64| assert!((found / said - 1.0).abs() < 0.05, "{found} bytes, the page says {said}");
    near(scanned, said("Scan files: "));
    near(documents as f64 / kept, said("An indexed document: "));
    // Twenty words have sixteen shingles of five, and a set its length.
    near((shingles as f64 / kept - 4.0) / 16.0, 8.0);
}

/// The folder of an index's only batch.
fn index_batch(dir: &Path) -> String {
    let entries = std::fs::read_dir(dir.join("index")).unwrap();
    let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    { names }.find(|name| name.starts_with("batch-")).unwrap()
}
