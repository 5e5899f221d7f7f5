//! How fast a file's texts are sketched, on one thread: from strings in memory, and from Parquet.
//! `cargo run --release --example sketch_throughput FILE.parquet [COLUMN]`
//!
//! Prints one line a way: name, MB of text, seconds of processor time, MB/s. `fixtures/parity/minhash/throughput.py` sets it
//! beside other tools on the same texts.

#![allow(clippy::print_stdout)]

use mashbill::hash::{SketchConfig, Sketcher};
use mashbill::io::{Shard, StringColumn};
use std::path::Path;
use std::time::Instant;

/// Uncompressed bytes of a column that are decoded at a time.
const BATCH_BYTES: usize = 8 << 20;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut args = std::env::args().skip(1);
    let path = args.next().ok_or("a Parquet file is needed")?;
    let column = args.next().unwrap_or_else(|| "text".to_owned());
    let mut texts = Vec::new();
    let bytes = each(Path::new(&path), &column, |text| texts.push(text.to_owned()))?;
    let mut sketcher = Sketcher::new(SketchConfig::default())?;
    let mut plain = Sketcher::new(SketchConfig::default())?.without_simd();
    let mut found = Vec::new();
    let memory = |sketcher: &mut Sketcher| texts.iter().filter(|t| sketcher.sketch(t).band_keys.is_some()).count();
    found.push(timed("memory", bytes, || Ok(memory(&mut sketcher)))?);
    found.push(timed("memory, without AVX2", bytes, || Ok(memory(&mut plain)))?);
    let from_file = || {
        let mut count = 0;
        each(Path::new(&path), &column, |text| count += usize::from(sketcher.sketch(text).band_keys.is_some()))?;
        Ok(count)
    };
    found.push(timed("parquet", bytes, from_file)?);
    assert!(found.iter().all(|&count| count == found[0]), "the ways disagree: {found:?}");
    Ok(())
}

/// Hands on every text of a file; returns their bytes.
fn each(path: &Path, column: &str, mut take: impl FnMut(&str)) -> mashbill::Result<usize> {
    let shard = Shard::open(path)?;
    let text = StringColumn::find(shard.schema(), column)?;
    let mut bytes = 0;
    for group in 0..shard.row_groups() {
        for batch in shard.read_roots(group, Some(&[text.column().root()]), None, BATCH_BYTES)? {
            let batch = batch?;
            let texts = text.bind(&batch)?;
            for text in (0..texts.len()).filter_map(|i| texts.get(i)) {
                bytes += text.len();
                take(text);
            }
        }
    }
    Ok(bytes)
}

/// The best of five.
fn timed(name: &str, bytes: usize, mut work: impl FnMut() -> mashbill::Result<usize>) -> mashbill::Result<usize> {
    let (mut best, mut count) = (f64::INFINITY, 0);
    for _ in 0..5 {
        let (wall, start) = (Instant::now(), processor_seconds());
        count = work()?;
        let taken = match (start, processor_seconds()) {
            (Some(start), Some(end)) => end - start,
            _ => wall.elapsed().as_secs_f64(),
        };
        best = best.min(taken);
    }
    let megabytes = bytes as f64 / 1e6;
    println!("{name}\t{megabytes:.3}\t{best:.6}\t{:.1}", megabytes / best);
    Ok(count)
}

/// Processor time of this thread, where Linux tells it: on a shared machine the clock on the wall measures others too.
fn processor_seconds() -> Option<f64> {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").ok()?;
    text.split(' ').next()?.parse::<f64>().ok().map(|nanoseconds| nanoseconds / 1e9)
}
