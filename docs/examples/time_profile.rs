//! How fast a profile judges the texts of Parquet files: one thread, the texts in memory, the best of some rounds.
//! `cargo run --release --example time_profile -- PROFILE[,PROFILE…] EVERY ROUNDS FILE.parquet…`
//!
//! Every EVERY-th row is judged, from the first: the same rows as `fixtures/parity/datatrove/time_chain.py` takes.

#![allow(clippy::print_stdout)]

use mashbill::{io::Shard, recipe::Chain, text::Analyzer};
use std::{env, error::Error, hint::black_box, path::Path, time::Instant};

const USAGE: &str = "time_profile PROFILE[,PROFILE…] EVERY ROUNDS FILE.parquet…";

fn main() -> Result<(), Box<dyn Error>> {
    let args: Vec<String> = env::args().skip(1).collect();
    let [profiles, every, rounds, files @ ..] = args.as_slice() else { return Err(USAGE.into()) };
    let (every, rounds) = (every.parse::<usize>()?.max(1), rounds.parse::<usize>()?.max(1));
    println!(
        "{:<22}{:<24}{:>7}{:>9}{:>7}{:>14}{:>14}",
        "profile", "file", "docs", "MB", "kept", "check MB/s", "audit MB/s"
    );
    for file in files {
        let texts = texts(Path::new(file), every)?;
        let bytes: usize = texts.iter().map(String::len).sum();
        let name = Path::new(file).file_stem().map_or_else(String::new, |s| s.to_string_lossy().into_owned());
        for profile in profiles.split(',') {
            let chain = Chain::profile(profile)?;
            let mut analyzer = Analyzer::new();
            let (mut kept, mut failed) = (0, 0);
            let check = best(rounds, || {
                kept =
                    texts.iter().filter(|t| chain.check(&mut analyzer, black_box(t), None).verdict.is_keep()).count();
            });
            let audit = best(rounds, || {
                for text in &texts {
                    chain.audit(&mut analyzer, black_box(text), None, &mut |f| failed += u64::from(!f.passed));
                }
            });
            let (docs, mb) = (texts.len(), bytes as f64 / 1e6);
            let (check, audit) = (mb / check, mb / audit);
            println!("{profile:<22}{name:<24}{docs:>7}{mb:>9.1}{kept:>7}{check:>14.1}{audit:>14.1}");
        }
    }
    Ok(())
}

/// The texts of every `every`-th row.
fn texts(path: &Path, every: usize) -> mashbill::Result<Vec<String>> {
    let shard = Shard::open(path)?;
    let text = shard.string_column("text")?;
    let (mut texts, mut row) = (Vec::new(), 0);
    for group in 0..shard.row_groups() {
        for batch in shard.read(group, &[&text], 8 << 20)? {
            let strings = text.bind(&batch?)?;
            for at in 0..strings.len() {
                if row % every == 0 {
                    texts.extend(strings.get(at).map(str::to_owned));
                }
                row += 1;
            }
        }
    }
    Ok(texts)
}

/// The seconds of the fastest of some rounds.
fn best(rounds: usize, mut work: impl FnMut()) -> f64 {
    let mut seconds = f64::INFINITY;
    for _ in 0..rounds {
        let start = Instant::now();
        work();
        seconds = seconds.min(start.elapsed().as_secs_f64());
    }
    seconds
}
