//! `synth`: problems by rule, and `synth-report`: synthetic texts beside organic ones.

use super::args::{Common, SynthArgs, SynthReportArgs};
use super::bar::Bar;
use super::commands::{batch_bytes, print, print_json};
use crate::error::Result;
use crate::pipeline::{self, Pool, SurveyColumns, SurveyFiles, SynthConfig};
use crate::synth::{CellSize, Generator, Kind, SurveyConfig};
use std::fmt::Write;

pub(super) fn synth(args: &SynthArgs, common: &Common, pool: &Pool) -> Result<()> {
    let kinds = match args.kinds.as_slice() {
        [] => Kind::ALL.iter().map(|(_, kind)| *kind).collect(),
        named => named.to_vec(),
    };
    let seed = common.seed.unwrap_or(0);
    let (Some(count), Some(out), false) = (args.count, &args.out, args.list) else {
        return list(&kinds, seed, args.difficulty, common);
    };
    let config = SynthConfig { kinds, count, seed, difficulty: args.difficulty };
    let made = pipeline::synth(&config, out, pool, &Bar::new(common.quiet))?;
    if common.json {
        return print_json(&made);
    }
    let mut text = String::new();
    for kind in &made.kinds {
        let (name, items, all) = (kind.kind, kind.items, kind.cardinality);
        let _ = writeln!(text, "{name}: {items} of {all} problems, {} bytes of text, all answers checked", kind.bytes);
    }
    for (path, rows) in &made.files {
        let _ = writeln!(text, "{}: {rows} rows", path.display());
    }
    if !common.quiet {
        print(&text);
    }
    Ok(())
}

/// The templates, their levels, difficulty and number of problems.
fn list(kinds: &[Kind], seed: u64, difficulty: Option<(f64, f64)>, common: &Common) -> Result<()> {
    let mut cells: Vec<CellSize> = Vec::new();
    let mut text =
        format!("{:<36} {:>5} {:>10} {:>9} {:>22}\n", "template", "level", "difficulty", "phrasings", "problems");
    for &kind in kinds {
        let generator = match difficulty {
            Some((low, high)) => Generator::with_difficulty(kind, seed, low, high)?,
            None => Generator::new(kind, seed),
        };
        for cell in generator.cell_sizes() {
            let CellSize { template, level, difficulty, problems, phrasings, .. } = cell;
            let _ = writeln!(text, "{template:<36} {level:>5} {difficulty:>10.2} {phrasings:>9} {problems:>22}");
            cells.push(cell);
        }
        let _ = writeln!(
            text,
            "{:<36} {:>5} {:>10} {:>9} {:>22}",
            format!("{kind}, all"),
            "",
            "",
            "",
            generator.cardinality()
        );
    }
    match common.json {
        true => print_json(&cells),
        false => {
            print(&text);
            Ok(())
        }
    }
}

pub(super) fn synth_report(args: &SynthReportArgs, common: &Common, pool: &Pool) -> Result<()> {
    let SynthReportArgs { files, organic, seeds, text, id, kind, generator, template, seed_ids, sample_words } =
        args.clone();
    let files = SurveyFiles { synthetic: files, organic, seeds };
    let columns = SurveyColumns { text, id, kind, generator, template, seed_ids };
    let config = SurveyConfig { sample_words, seed: common.seed.unwrap_or(0), ..SurveyConfig::default() };
    let bar = Bar::new(common.quiet);
    let report = pipeline::synth_report(&files, &columns, config, batch_bytes(common, pool), pool, &bar)?;
    match common.json {
        true => print_json(&report),
        false if !common.quiet => {
            print(&report.to_string());
            Ok(())
        }
        false => Ok(()),
    }
}
