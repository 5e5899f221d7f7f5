//! `sweep`: a recipe and recorded values → what other bounds would keep.

use super::args::{Common, SweepArgs};
use super::commands::{print, print_json};
use crate::error::{Error, Result};
use crate::pipeline::{EvidenceFile, Pool, SweepSource};
use crate::recipe::{Recipe, Registry};

pub(super) fn sweep(args: &SweepArgs, common: &Common, pool: &Pool) -> Result<()> {
    let registry = Registry::default();
    let recipe = Recipe::load(&args.recipe.recipe, args.recipe.base.as_deref(), &registry)?;
    let names = || recipe.sources.iter().map(|source| source.name.as_str());
    if let Some(unknown) = args.sources.iter().find(|name| names().all(|known| known != name.as_str())) {
        return Err(Error::unknown("source", unknown, names()));
    }
    let mut sources = Vec::new();
    for (number, source) in recipe.sources.iter().enumerate() {
        if args.sources.is_empty() || args.sources.contains(&source.name) {
            let chain = recipe.chain(number, &registry)?;
            sources.push(SweepSource { name: source.name.clone(), chain, files: Vec::new() });
        }
    }
    if let (Some(path), Some(second)) = (&args.annotations, sources.get(1)) {
        return Err(Error::Invalid {
            what: path.display().to_string(),
            problem: format!(
                "annotations are of one source, but `{}` and `{}` are to be swept: name one with --source",
                sources[0].name, second.name
            ),
        });
    }
    // Before any file is opened, so that a misspelt rule is not answered with the state of the ledger.
    SweepSource::check(&sources, &args.rules)?;
    for source in &mut sources {
        source.files = match (&args.ledger, &args.annotations) {
            (Some(folder), _) => EvidenceFile::of_run(folder, &source.name, &source.chain)?,
            (None, Some(path)) => vec![EvidenceFile::annotations(path, &source.name, &source.chain)?],
            (None, None) => Vec::new(),
        };
    }
    let sweep = crate::pipeline::sweep(&sources, &args.rules, pool)?;
    match common.json {
        true => print_json(&sweep)?,
        false if !common.quiet => print(&sweep.to_string()),
        false => {}
    }
    Ok(())
}
