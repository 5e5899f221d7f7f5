//! How fast texts are looked through for benchmark items: one thread, the texts in memory, the best of some rounds. Seconds are those that the
//! thread ran, where the system tells (Linux), so that other work on the machine is left out.
//! `cargo run --release --example decontamination_throughput -- ROUNDS COPIES BENCHMARKS.parquet FILE.parquet…`
//!
//! COPIES times the items: 1 is the file's own; more stand for more benchmarks, each copy with words of its own, so that their n-grams differ.

#![allow(clippy::print_stdout)]

use mashbill::decontaminate::{Decontaminator, Item, Rule, Scratch};
use mashbill::io::Shard;
use mashbill::pipeline::{BenchmarkFile, LabelledPath, read_benchmarks};
use mashbill::recipe::ItemColumns;
use std::{env, error::Error, fs, hint::black_box, path::Path, time::Instant};

const USAGE: &str = "decontamination_throughput ROUNDS COPIES BENCHMARKS.parquet FILE.parquet…";

fn main() -> Result<(), Box<dyn Error>> {
    let args: Vec<String> = env::args().skip(1).collect();
    let [rounds, copies, benchmarks, files @ ..] = args.as_slice() else { return Err(USAGE.into()) };
    let (rounds, copies) = (rounds.parse::<usize>()?.max(1), copies.parse::<usize>()?.max(1));
    let file = BenchmarkFile {
        file: LabelledPath::new(Path::new(benchmarks), None),
        name: None,
        columns: ItemColumns::default(),
    };
    let items = copied(&read_benchmarks(&[file])?.0, copies);
    for rule in [Rule::coverage(), Rule::phi4(), Rule::gpt3()] {
        let began = Instant::now();
        let decontaminator = Decontaminator::new(&items, rule)?;
        let seconds = began.elapsed().as_secs_f64();
        let (grams, bytes) = (decontaminator.index().ngrams(), decontaminator.index().ngram_memory());
        println!(
            "{}: {} items, {} n-grams, {:.1} MB ({:.1} bytes an n-gram), {:.1} MB in all, indexed in {seconds:.1} s",
            decontaminator.rule().name(),
            items.len(),
            grams,
            bytes as f64 / 1e6,
            bytes as f64 / grams.max(1) as f64,
            decontaminator.memory() as f64 / 1e6
        );
        for path in files {
            let texts = texts(Path::new(path))?;
            let bytes: usize = texts.iter().map(String::len).sum();
            let (mut best, mut hits) = (f64::MAX, 0);
            let mut scratch = Scratch::new();
            for _ in 0..rounds {
                let began = seconds_run();
                hits = texts
                    .iter()
                    .filter(|text| black_box(decontaminator.check(&mut scratch, text)).decisive().is_some())
                    .count();
                best = best.min(seconds_run() - began);
            }
            let name = Path::new(path).file_stem().map_or_else(String::new, |s| s.to_string_lossy().into_owned());
            let (documents, megabytes) = (texts.len(), bytes as f64 / 1e6);
            println!(
                "  {name:<20}{documents:>7} documents{megabytes:>8.1} MB{hits:>6} hit{:>8.1} MB/s",
                megabytes / best.max(1e-9)
            );
        }
    }
    Ok(())
}

/// The items, and copies of them whose words end in the number of the copy.
fn copied(items: &[Item], copies: usize) -> Vec<Item> {
    let mut all = items.to_vec();
    for copy in 1..copies {
        let other = |text: &str| text.split(' ').map(|word| format!("{word}{copy}")).collect::<Vec<_>>().join(" ");
        all.extend(items.iter().map(|item| Item {
            benchmark: format!("{}-{copy}", item.benchmark),
            question: other(&item.question),
            answer: other(&item.answer),
            choices: item.choices.iter().map(|choice| other(choice)).collect(),
            passage: other(&item.passage),
            ..item.clone()
        }));
    }
    all
}

/// Seconds that this thread has run, or that have passed where the system does not say.
fn seconds_run() -> f64 {
    let run = fs::read_to_string("/proc/thread-self/schedstat").ok();
    let run = run.and_then(|line| line.split(' ').next()?.parse::<f64>().ok());
    run.map_or_else(|| std::time::SystemTime::UNIX_EPOCH.elapsed().map_or(0.0, |t| t.as_secs_f64()), |ns| ns / 1e9)
}

fn texts(path: &Path) -> Result<Vec<String>, Box<dyn Error>> {
    let shard = Shard::open(path)?;
    let column = shard.string_column("text")?;
    let mut all = Vec::new();
    for group in 0..shard.row_groups() {
        for batch in shard.read(group, &[&column], 8 << 20)? {
            let strings = column.bind(&batch?)?;
            all.extend((0..strings.len()).filter_map(|row| strings.get(row)).map(str::to_owned));
        }
    }
    Ok(all)
}
