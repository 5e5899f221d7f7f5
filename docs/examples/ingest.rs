//! A small ingestion service: batches come in, each row is judged, copies of recent rows go, the rest is written.
//! `cargo run --example ingest [OUT.parquet]`

#![allow(clippy::print_stdout)]

use arrow::array::{ArrayRef, BooleanArray, Int64Array, LargeStringArray, RecordBatch};
use arrow::compute::filter_record_batch;
use mashbill::hash::{SketchConfig, Sketcher, jaccard_at_least};
use mashbill::io::{StringColumn, TableOptions, TableWriter, replace_strings};
use mashbill::{Facts, recipe::Chain, text::Analyzer};
use std::collections::{BTreeMap, HashMap, HashSet};
use std::{env, path::PathBuf, sync::Arc};

/// Lowest exact Jaccard similarity of a near duplicate, and how many kept documents are remembered.
const THRESHOLD: f64 = 0.8;
const WINDOW: u64 = 100_000;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let path = env::args_os().nth(1).map_or_else(|| env::temp_dir().join("ingested.parquet"), PathBuf::from);
    let batches = arriving()?;
    let schema = batches[0].schema();
    let text = StringColumn::find(&schema, "text")?; // any string type; dots descend into structs

    let chain = Chain::profile("fineweb")?; // shared by all threads
    let mut analyzer = Analyzer::new(); // one per thread, like the window: they own their buffers
    let mut window = Window::new()?;
    let mut writer = TableWriter::create(&path, &schema, &TableOptions::default())?;
    let mut counts: BTreeMap<String, u64> = BTreeMap::new();

    for batch in batches {
        let texts = text.bind(&batch)?;
        let mut keep = vec![false; batch.num_rows()];
        let mut edited: Vec<Option<String>> = vec![None; batch.num_rows()];
        for row in 0..batch.num_rows() {
            let outcome = texts.get(row).map(|text| chain.check(&mut analyzer, text, Facts::NONE));
            let fate = match outcome.as_ref().map(|o| (o, o.failure())) {
                None => "null text",
                Some((_, Some(failure))) => chain.rule(failure.rule).map_or("?", |rule| &rule.name),
                Some((outcome, None)) => window.admit(&outcome.text),
            };
            keep[row] = fate == "kept";
            // The chain may have edited the text, as C4's line rules do: what was judged is what is written.
            edited[row] = outcome.filter(|o| o.edits > 0).map(|o| o.text.into_owned());
            *counts.entry(fate.to_owned()).or_default() += 1;
        }
        let batch = replace_strings(&batch, &text, &edited)?;
        writer.write(&filter_record_batch(&batch, &BooleanArray::from(keep))?)?; // other columns pass through
    }

    let rows = writer.finish()?; // only now has the file its name
    println!("{}: {rows} rows", path.display());
    counts.iter().for_each(|(fate, rows)| println!("{rows:>5}  {fate}"));
    Ok(())
}

/// What was kept lately: enough to know a copy, exact or near, when it comes by.
struct Window {
    sketcher: Sketcher,
    contents: HashSet<u128>,
    /// The last kept document of each bucket: (band, key) → its number.
    buckets: HashMap<(usize, u64), u64>,
    kept: HashMap<u64, Kept>,
    next: u64,
}

/// A document in the window.
struct Kept {
    content: u128,
    keys: Vec<(usize, u64)>,
    shingles: Vec<u64>,
}

impl Window {
    fn new() -> mashbill::Result<Window> {
        // Five words a shingle, 128 slots, in bands that find 95 % of the pairs at the threshold.
        let sketcher = Sketcher::new(SketchConfig::planned(5, 128, THRESHOLD, 0.95)?)?;
        let (contents, buckets, kept) = Default::default();
        Ok(Window { sketcher, contents, buckets, kept, next: 0 })
    }

    /// Takes a text in, unless something like it is there.
    fn admit(&mut self, text: &str) -> &'static str {
        let sketch = self.sketcher.sketch(text);
        let content = sketch.content;
        let keys: Vec<(usize, u64)> = sketch.band_keys.unwrap_or_default().iter().copied().enumerate().collect();
        if self.contents.contains(&content) {
            return "exact duplicate";
        }
        // A shared bucket makes a candidate; only the shingles prove it.
        let shingles = self.sketcher.shingles(text).unwrap_or_default();
        let candidates: HashSet<&u64> = keys.iter().filter_map(|key| self.buckets.get(key)).collect();
        let mut candidates = candidates.into_iter().filter_map(|number| self.kept.get(number));
        if candidates.any(|kept| jaccard_at_least(shingles, &kept.shingles, THRESHOLD).is_some()) {
            return "near duplicate";
        }
        self.contents.insert(content);
        self.buckets.extend(keys.iter().map(|&key| (key, self.next)));
        self.kept.insert(self.next, Kept { content, keys, shingles: shingles.to_vec() });
        self.next += 1;
        if let Some(Kept { content, keys, .. }) =
            self.next.checked_sub(WINDOW + 1).and_then(|old| self.kept.remove(&old))
        {
            self.contents.remove(&content);
            for key in keys {
                if self.buckets.get(&key).is_some_and(|last| !self.kept.contains_key(last)) {
                    self.buckets.remove(&key);
                }
            }
        }
        "kept"
    }
}

/// Batches from elsewhere: a crawler, a queue, a table format. Two columns, and strings of the type that this one has.
fn arriving() -> Result<Vec<RecordBatch>, arrow::error::ArrowError> {
    let (mash, stills) = (include_str!("pages/mash.txt"), include_str!("pages/stills.txt"));
    let near = mash.replace("a few hours", "some hours");
    let batch = |day: i64, pages: Vec<Option<&str>>| {
        let days: ArrayRef = Arc::new(Int64Array::from(vec![day; pages.len()]));
        let texts: ArrayRef = Arc::new(LargeStringArray::from(pages));
        RecordBatch::try_from_iter([("day", days), ("text", texts)])
    };
    Ok(vec![
        batch(1, vec![Some(mash), Some("Home\nShop\nCart\nLog in"), None, Some(stills)])?,
        batch(2, vec![Some(&near), Some(stills), Some("Too short to be of use.")])?,
    ])
}
