//! How fast rows are emitted, beside a plain copy of the same files with the `parquet` crate, in one run.
//! `cargo run --release --example emit_ratio -- [--threads N] FILE.parquet...`
//!
//! The copy decodes every row group in batches and encodes it again with the settings of the output (zstd, row groups of 64 MiB, the
//! text without a dictionary), on one thread. Emitting is what a run does after its plan: with `order = "input"` and
//! `order = "shuffled"`, of all rows, on one thread unless more are asked for. Each is done three times, in turns; the medians count.
//! What is measured is processor time, where the system tells it (Linux), so that a busy machine does not matter; else wall time.

#![allow(clippy::print_stdout)]

use mashbill::pipeline::{Event, Job, Limits, Phase, Pool, Progress};
use mashbill::recipe::{Recipe, Registry};
use parquet::arrow::ArrowWriter;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use parquet::basic::{Compression, ZstdLevel};
use parquet::file::properties::WriterProperties;
use std::collections::HashMap;
use std::error::Error;
use std::fs::File;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, OnceLock, PoisonError};
use std::time::Instant;

const ROUNDS: usize = 3;
const GROUP_BYTES: usize = 64 << 20;

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments: Vec<String> = std::env::args().skip(1).collect();
    let mut threads = NonZeroUsize::MIN;
    if let Some(at) = arguments.iter().position(|a| a == "--threads") {
        threads = arguments.get(at + 1).ok_or("--threads N")?.parse()?;
        arguments.drain(at..at + 2);
    }
    let files: Vec<PathBuf> = arguments.iter().map(std::path::absolute).collect::<Result<_, _>>()?;
    let work = std::env::temp_dir().join(format!("mashbill-emit-ratio-{}", std::process::id()));
    let pool = Pool::new(Some(threads))?;
    let mut taken: HashMap<&str, Vec<f64>> = HashMap::new();
    for _ in 0..ROUNDS {
        taken.entry("copy").or_default().push(copy(&files, &work)?);
        for order in ["input", "shuffled"] {
            taken.entry(order).or_default().push(emit(&files, order, &work, &pool)?);
        }
    }
    std::fs::remove_dir_all(&work)?;
    let median = |name: &str| {
        let mut all = taken[name].clone();
        all.sort_by(f64::total_cmp);
        all[all.len() / 2]
    };
    let plain = median("copy");
    println!("copy, 1 thread: {plain:.2} s");
    for order in ["input", "shuffled"] {
        let emit = median(order);
        println!("emit, order = {order:?}, {threads} threads: {emit:.2} s, {:.2} of the copy's speed", plain / emit);
    }
    Ok(())
}

/// Seconds for a plain copy.
fn copy(files: &[PathBuf], work: &Path) -> Result<f64, Box<dyn Error>> {
    std::fs::create_dir_all(work)?;
    let began = seconds();
    for file in files {
        let reader = ParquetRecordBatchReaderBuilder::try_new(File::open(file)?)?.with_batch_size(4096);
        let properties = WriterProperties::builder()
            .set_compression(Compression::ZSTD(ZstdLevel::try_new(3)?))
            .set_column_dictionary_enabled("text".into(), false)
            .set_max_row_group_row_count(None)
            .build();
        let out = File::create(work.join("copy.parquet"))?;
        let mut writer = ArrowWriter::try_new(out, reader.schema().clone(), Some(properties))?;
        for batch in reader.build()? {
            writer.write(&batch?)?;
            if writer.in_progress_size() > GROUP_BYTES {
                writer.flush()?;
            }
        }
        writer.finish()?;
        writer.inner().sync_all()?;
    }
    Ok(seconds() - began)
}

/// Seconds of processor time of this process so far; of wall time where the system does not say.
fn seconds() -> f64 {
    static BEGAN: OnceLock<Instant> = OnceLock::new();
    let wall = BEGAN.get_or_init(Instant::now).elapsed().as_secs_f64();
    let ticks = || -> Option<f64> {
        let stat = std::fs::read_to_string("/proc/self/stat").ok()?;
        // Behind the name, which may hold anything: user and system time are fields 14 and 15 of all, in hundredths.
        let fields: Vec<&str> = stat.rsplit_once(')')?.1.split_whitespace().collect();
        Some((fields.get(11)?.parse::<f64>().ok()? + fields.get(12)?.parse::<f64>().ok()?) / 100.0)
    };
    ticks().unwrap_or(wall)
}

/// Seconds that a run takes for what is behind its plan.
fn emit(files: &[PathBuf], order: &str, work: &Path, pool: &Pool) -> Result<f64, Box<dyn Error>> {
    let paths: Vec<String> = files.iter().map(|f| format!("{:?}", f.to_string_lossy())).collect();
    let text = format!(
        "[tokens]\ncounter = \"bytes\"\n[[source]]\nname = \"all\"\ncategory = \"organic\"\npaths = [{}]\nsteps = []\n\
         [output]\norder = {order:?}\n",
        paths.join(", ")
    );
    let (registry, base) = (Registry::default(), Path::new("/"));
    let recipe = Recipe::from_toml(&text, "emit_ratio", base, &registry)?;
    let out = work.join(order);
    let clock = Clock::default();
    Job::from_recipe(&recipe, &registry, base, pool, Limits::default())?.run(&out, pool, &clock)?;
    std::fs::remove_dir_all(&out)?;
    let phases = clock.0.into_inner().unwrap_or_else(PoisonError::into_inner);
    let of = |wanted: Phase| phases.iter().filter(|(phase, _)| *phase == wanted).map(|(_, s)| s).sum::<f64>();
    println!("  {order}: scatter {:.2} s, write {:.2} s", of(Phase::Scatter), of(Phase::Write));
    Ok(of(Phase::Scatter) + of(Phase::Write))
}

/// Seconds of each phase.
#[derive(Default)]
struct Clock(Mutex<Vec<(Phase, f64)>>, Mutex<Option<f64>>);

impl Progress for Clock {
    fn event(&self, event: Event) {
        let mut began = self.1.lock().unwrap_or_else(PoisonError::into_inner);
        match event {
            Event::Begin { .. } => *began = Some(seconds()),
            Event::End { phase } => {
                if let Some(began) = began.take() {
                    self.0.lock().unwrap_or_else(PoisonError::into_inner).push((phase, seconds() - began));
                }
            }
            _ => {}
        }
    }
}
