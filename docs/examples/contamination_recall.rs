//! What each rule finds of planted benchmark items, by kind of plant, and what it finds where nothing was planted.
//! `cargo run --release --example contamination_recall -- BENCHMARKS.parquet PLANTED.parquet [CLEAN.parquet…]`
//!
//! PLANTED has the columns `text`, `contaminated`, `ambiguous`, `plant_kind`, `neg_kind` and `q_words`. Rows that are ambiguous are counted apart.
//! With RULES=coverage:0.5,phi4:0.6 in the environment those rules and thresholds only, and the rows that they miss with SHOW=kind.

#![allow(clippy::print_stdout, clippy::disallowed_methods)] // run by hand

use arrow::array::{Array, AsArray, RecordBatch};
use mashbill::decontaminate::{Decontaminator, Rule, Scratch, Severity};
use mashbill::io::Shard;
use mashbill::pipeline::{BenchmarkFile, LabelledPath, read_benchmarks};
use mashbill::recipe::ItemColumns;
use std::collections::BTreeMap;
use std::{env, error::Error, path::Path};

const USAGE: &str = "contamination_recall BENCHMARKS.parquet PLANTED.parquet [CLEAN.parquet…]";

struct Row {
    text: String,
    kind: String,
    q_words: u64,
}

fn main() -> Result<(), Box<dyn Error>> {
    let args: Vec<String> = env::args().skip(1).collect();
    let [benchmarks, planted, clean @ ..] = args.as_slice() else { return Err(USAGE.into()) };
    let file = |path: &str| BenchmarkFile {
        file: LabelledPath::new(Path::new(path), None),
        name: None,
        columns: ItemColumns::default(),
    };
    let (items, _) = read_benchmarks(&[file(benchmarks)])?;
    let rows = planted_rows(Path::new(planted))?;
    let asked = env::var("RULES").ok();
    let rules = match &asked {
        Some(list) => list.split(',').map(rule).collect::<Result<Vec<_>, _>>()?,
        None => {
            vec![("coverage".into(), Rule::coverage()), ("phi4".into(), Rule::phi4()), ("gpt3".into(), Rule::gpt3())]
        }
    };
    // For each kind, and each rule: rows, contaminated, in part.
    let mut table: BTreeMap<String, Vec<[u64; 3]>> = BTreeMap::new();
    for (number, (_, rule)) in rules.iter().enumerate() {
        let decontaminator = Decontaminator::new(&items, rule.clone())?;
        let mut scratch = Scratch::new();
        let mut note = |kind: &str, severity: Option<Severity>| {
            let counts = table.entry(kind.to_owned()).or_insert_with(|| vec![[0; 3]; rules.len()]);
            counts[number][0] += 1;
            match severity {
                Some(Severity::Contaminated) => counts[number][1] += 1,
                Some(Severity::Partial) => counts[number][2] += 1,
                None => {}
            }
        };
        for row in &rows {
            let findings = decontaminator.check(&mut scratch, &row.text);
            let severity = findings.hits.first().map(|hit| hit.severity);
            note(&row.kind, severity);
            if row.q_words >= 20 {
                note(&format!("{} (20 words and more)", row.kind), severity);
            }
            let shown = env::var("SHOW").is_ok_and(|kind| row.kind == kind);
            if shown && (severity == Some(Severity::Contaminated)) != row.kind.starts_with('+') {
                let best = findings.hits.first().map(|hit| format!("{hit:?} {}", name(&decontaminator, hit.item)));
                let span =
                    findings.hits.first().map(|hit| row.text[hit.span.clone()].chars().take(300).collect::<String>());
                println!("{} q_words {} {best:?}\n    {span:?}", row.kind, row.q_words);
            }
        }
        for path in clean {
            let kind = Path::new(path).file_stem().map_or_else(String::new, |s| s.to_string_lossy().into_owned());
            for text in texts(Path::new(path))? {
                let findings = decontaminator.check(&mut scratch, &text);
                note(&format!("file {kind}"), findings.hits.first().map(|hit| hit.severity));
                if let Some(hit) = findings.decisive().filter(|_| env::var("SHOW").is_ok_and(|shown| shown == kind)) {
                    let span: String = text[hit.span.clone()].chars().take(300).collect();
                    println!("{kind} {hit:?} {}\n    {span:?}", name(&decontaminator, hit.item));
                }
            }
        }
    }
    print!("{:<42}{:>7}", "kind (+ planted, - not, ? ambiguous)", "rows");
    rules.iter().for_each(|(name, _)| print!("{name:>16}{:>9}", "in part"));
    println!();
    for (kind, counts) in table {
        print!("{kind:<42}{:>7}", counts[0][0]);
        for [rows, contaminated, partial] in counts {
            let share = |n: u64| 100.0 * n as f64 / rows.max(1) as f64;
            print!("{:>9}{:>5.1} %{:>7.1} %", contaminated, share(contaminated), share(partial));
        }
        println!();
    }
    Ok(())
}

fn name(decontaminator: &Decontaminator, item: u32) -> String {
    let index = decontaminator.index();
    let item = &index.items()[item as usize];
    format!("{} {}", index.benchmarks()[item.benchmark as usize], item.id)
}

/// `phi4`, or `phi4:0.5` for another threshold.
fn rule(text: &str) -> Result<(String, Rule), Box<dyn Error>> {
    let (name, threshold) = text.split_once(':').map_or((text, None), |(name, t)| (name, Some(t)));
    let mut rule = Rule::named(name)?;
    if let Some(threshold) = threshold.map(str::parse::<f64>).transpose()? {
        match &mut rule {
            Rule::Phi4(phi4) => (phi4.threshold, phi4.partial) = (threshold, phi4.partial.min(threshold)),
            Rule::Coverage(coverage) => {
                (coverage.threshold, coverage.partial) = (threshold, coverage.partial.min(threshold));
            }
            _ => {}
        }
    }
    Ok((text.to_owned(), rule))
}

fn batches(path: &Path) -> Result<Vec<RecordBatch>, Box<dyn Error>> {
    let shard = Shard::open(path)?;
    let mut batches = Vec::new();
    for group in 0..shard.row_groups() {
        for batch in shard.read_roots(group, None, None, 8 << 20)? {
            batches.push(batch?);
        }
    }
    Ok(batches)
}

fn strings(batch: &RecordBatch, name: &str) -> Result<Vec<Option<String>>, Box<dyn Error>> {
    let column = batch.column_by_name(name).ok_or_else(|| format!("no column {name}"))?;
    Ok(column.as_string_view().iter().map(|v| v.map(str::to_owned)).collect())
}

fn texts(path: &Path) -> Result<Vec<String>, Box<dyn Error>> {
    let mut all = Vec::new();
    for batch in batches(path)? {
        all.extend(strings(&batch, "text")?.into_iter().flatten());
    }
    Ok(all)
}

fn planted_rows(path: &Path) -> Result<Vec<Row>, Box<dyn Error>> {
    let mut rows = Vec::new();
    for batch in batches(path)? {
        let (texts, plants, negatives) =
            (strings(&batch, "text")?, strings(&batch, "plant_kind")?, strings(&batch, "neg_kind")?);
        let flag = |name: &str| batch.column_by_name(name).map(|c| c.as_boolean().clone());
        let (planted, ambiguous) = (flag("contaminated").ok_or("no truth")?, flag("ambiguous").ok_or("no truth")?);
        let words = batch.column_by_name("q_words").ok_or("no q_words")?;
        let words = words.as_primitive::<arrow::datatypes::Int64Type>();
        for (i, text) in texts.into_iter().enumerate() {
            let mark = if ambiguous.value(i) {
                '?'
            } else if planted.value(i) {
                '+'
            } else {
                '-'
            };
            let kind = plants[i].as_deref().or(negatives[i].as_deref()).unwrap_or("?");
            let q_words = if words.is_null(i) { 0 } else { u64::try_from(words.value(i)).unwrap_or(0) };
            rows.push(Row { text: text.unwrap_or_default(), kind: format!("{mark}{kind}"), q_words });
        }
    }
    Ok(rows)
}
