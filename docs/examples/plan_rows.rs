//! Planning of as many ledger rows as you like: seconds, and the peak of memory.
//!
//! ```sh
//! cargo run --release --example plan_rows -- make DIR ROWS
//! cargo run --release --example plan_rows -- plan DIR MEMORY_MIB [shuffled|interleaved|input]
//! ```
//!
//! Seven rows of ten are of a source `web`, three of a source `made`; of a thousand rows one shares its id with the one before it. Lengths are
//! lognormal (median 600 tokens, σ 1.2). The mix takes 400 tokens for each row, about a third of all, 70 % of `web` and 30 % of `made`.

#![allow(clippy::print_stdout)]

use mashbill::io::{Compression, TableOptions, TableWriter};
use mashbill::ledger::{RowProvenance, RowVerdict, ScanBuilder, ScanLayout, ScanRow, versions};
use mashbill::mix::{Budget, MixAsk};
use mashbill::pipeline::{LedgerSource, MixConfig, Pool, SourceMix, plan_ledger};
use mashbill::recipe::Order;
use std::error::Error;
use std::path::{Path, PathBuf};
use std::time::Instant;
use xxhash_rust::xxh3::{xxh3_64, xxh3_128};

const SOURCES: [(&str, &str, u64); 2] = [("web", "organic", 7), ("made", "synthetic", 3)];
const FILE_ROWS: u64 = 4_000_000;
const GROUP_ROWS: u64 = 1 << 16;

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match arguments.as_slice() {
        ["make", dir, rows] => make(dir.as_ref(), rows.parse()?),
        ["plan", dir, memory] => plan(dir.as_ref(), memory.parse()?, "shuffled"),
        ["plan", dir, memory, order] => plan(dir.as_ref(), memory.parse()?, order),
        _ => Err("plan_rows make DIR ROWS, or plan_rows plan DIR MEMORY_MIB [ORDER]".into()),
    }
}

/// A lognormal length from two hashes of the row (Box and Muller 1958).
fn tokens(row: u64) -> u64 {
    let unit =
        |salt: u64| (xxh3_64(&[row.to_le_bytes(), salt.to_le_bytes()].concat()) >> 11) as f64 / (1_u64 << 53) as f64;
    let normal = (-2.0 * (1.0 - unit(1)).ln()).sqrt() * (std::f64::consts::TAU * unit(2)).cos();
    (600.0 * (1.2 * normal).exp()).clamp(1.0, 100_000.0) as u64
}

fn make(dir: &Path, rows: u64) -> Result<(), Box<dyn Error>> {
    let layout = ScanLayout::default();
    let mut row = 0;
    for (source, _, tenths) in SOURCES {
        let end = row + rows * tenths / 10;
        let mut file = 0;
        while row < end {
            let name = format!("{file:05}.parquet");
            let options = TableOptions {
                compression: Compression::Lz4,
                plain_columns: ScanBuilder::plain_columns(layout),
                metadata: versions(),
                ..TableOptions::default()
            };
            let path = dir.join(source).join(&name);
            let mut writer = TableWriter::create(&path, &ScanBuilder::schema(layout), &options)?;
            let file_end = end.min(row + FILE_ROWS);
            while row < file_end {
                let mut builder = ScanBuilder::new(source, &name, layout);
                for _ in 0..GROUP_ROWS.min(file_end - row) {
                    let tokens = tokens(row);
                    builder.push(&ScanRow {
                        row,
                        id: &format!("doc-{:010}", if row % 1000 == 1 { row - 1 } else { row }),
                        input_bytes: 4 * tokens,
                        bytes: 4 * tokens,
                        edits: 0,
                        tokens: Some(tokens),
                        content_hash: Some(xxh3_128(&row.to_le_bytes())),
                        verdict: RowVerdict::Kept,
                        rule: None,
                        observed: None,
                        failed: &[],
                        score: None,
                        scope: None,
                        contaminated_by: None,
                        provenance: RowProvenance::default(),
                        band_keys: None,
                    })?;
                    row += 1;
                }
                writer.write(&builder.finish()?)?;
                writer.end_row_group()?;
            }
            writer.finish()?;
            file += 1;
        }
    }
    println!("{row} rows");
    Ok(())
}

fn plan(dir: &Path, memory_mib: u64, order: &str) -> Result<(), Box<dyn Error>> {
    let order = Order::ALL.into_iter().find(|(name, _)| *name == order).ok_or("no such order")?.1;
    let mut sources = Vec::new();
    for (name, group, _) in SOURCES {
        let mut files: Vec<PathBuf> =
            std::fs::read_dir(dir.join(name))?.map(|entry| entry.map(|e| e.path())).collect::<Result<_, _>>()?;
        files.sort();
        sources.push(LedgerSource { name: name.to_owned(), group: group.to_owned(), files });
    }
    let pool = Pool::new(None)?;
    let ask = |tokens| MixAsk::new(tokens).group("organic", 0.7).group("synthetic", 0.3);
    let config = |tokens| MixConfig::new(ask(tokens), vec![SourceMix::default(); 2]);
    let work = dir.join("work");
    let rows: u64 = sources
        .iter()
        .flat_map(|s| &s.files)
        .map(|f| Ok(mashbill::io::Shard::open(f)?.rows()))
        .sum::<mashbill::Result<u64>>()?;
    let budget = Budget::Tokens(rows * 400);
    let began = Instant::now();
    let planned = plan_ledger(&sources, &config(budget), (17, order), &work, Some(memory_mib << 20), &pool)?;
    let seconds = began.elapsed().as_secs_f64();
    println!(
        "{rows} rows, {} chosen, {} tokens of {} asked: {seconds:.1} s on {} threads, peak {} MiB, order {:032x}",
        planned.rows,
        planned.plan.tokens(),
        planned.plan.budget,
        pool.threads(),
        peak_mib().unwrap_or(0),
        planned.order_xxh3_128
    );
    Ok(())
}

/// The highest resident memory of this process so far, where the system says it.
fn peak_mib() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with("VmHWM:"))?;
    Some(line.split_whitespace().nth(1)?.parse::<u64>().ok()? / 1024)
}
