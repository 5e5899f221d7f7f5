//! How fast a profile judges the texts of Parquet files: one thread, the texts in memory, the best of some rounds. Seconds are
//! those that the thread ran, where the system tells (Linux), so that other work on the machine is left out.
//! `cargo run --release --example time_profile -- PROFILE[,PROFILE…] EVERY ROUNDS FILE.parquet…`
//!
//! Every EVERY-th row is judged, from the first: the same rows as `fixtures/parity/datatrove/time_chain.py` takes.

#![allow(clippy::print_stdout)]

use mashbill::{Facts, io::Shard, recipe::Chain, text::Analyzer};
use std::{env, error::Error, fs, hint::black_box, path::Path, time::Instant};

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
                kept = texts
                    .iter()
                    .filter(|t| chain.check(&mut analyzer, black_box(t), Facts::NONE).verdict.is_keep())
                    .count();
            });
            let audit = best(rounds, || {
                for text in &texts {
                    chain.audit(&mut analyzer, black_box(text), Facts::NONE, &mut |f| failed += u64::from(!f.passed));
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
    let begin = Instant::now();
    let seconds = || ran().unwrap_or_else(|| begin.elapsed().as_secs_f64());
    let mut fastest = f64::INFINITY;
    for _ in 0..rounds {
        let start = seconds();
        work();
        fastest = fastest.min(seconds() - start);
    }
    fastest
}

/// How long this thread has run.
fn ran() -> Option<f64> {
    let told = fs::read_to_string("/proc/thread-self/schedstat").ok()?;
    Some(told.split(' ').next()?.parse::<f64>().ok()? / 1e9)
}
