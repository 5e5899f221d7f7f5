//! `mix`: a recipe and a run's ledger → another mix of the same rows, or several. `handover`: a run → what trainers read of it.

use super::args::{Common, MixArgs, Ratios};
use super::bar::Bar;
use super::commands::{job_of, print, print_json, recipe, tell};
use crate::error::{Error, Result};
use crate::pipeline::{Pool, RatioJob, hand_over, sweep_mix};
use crate::recipe::Recipe;
use crate::report::{MixSweep, SweptMix, Taker};
use std::path::Path;
use std::time::Instant;

pub(super) fn mix(args: &MixArgs, common: &Common, pool: &Pool) -> Result<()> {
    let recipe = recipe(&args.recipe, common)?;
    let Some(ratios) = &args.sweep else {
        let job = job_of(&recipe, &args.recipe, common, pool)?;
        let (bar, began) = (Bar::new(common.quiet), Instant::now());
        let outcome = job.run_from_ledger(&args.ledger, &args.out, pool, &bar)?;
        return tell(&outcome, &args.out, &bar, began, common, pool);
    };
    let jobs = ratios
        .shares
        .iter()
        .map(|(written, share)| {
            let name = format!("{}={written}", ratios.category.name());
            let recipe = with_share(&recipe, ratios, *share)?;
            Ok(RatioJob { name, job: job_of(&recipe, &args.recipe, common, pool)? })
        })
        .collect::<Result<Vec<_>>>()?;
    let sweep = if args.data {
        emit_each(&jobs, args, common, pool)?
    } else {
        sweep_mix(&jobs, &args.ledger, &args.out, pool)?
    };
    match common.json {
        true => print_json(&sweep),
        false if !common.quiet => {
            print(&sweep.to_string());
            Ok(())
        }
        false => Ok(()),
    }
}

/// Every mix in a folder of its own; one that cannot be had is told of, and the others are made.
fn emit_each(jobs: &[RatioJob], args: &MixArgs, common: &Common, pool: &Pool) -> Result<MixSweep> {
    let mut sweep = MixSweep::default();
    for RatioJob { name, job } in jobs {
        let ratio = name.clone();
        let mix = match job.run_from_ledger(&args.ledger, &args.out.join(name), pool, &Bar::new(common.quiet)) {
            Ok(outcome) => SweptMix { list: Some(name.clone()), plan: outcome.report.mix, infeasible: None, ratio },
            Err(Error::Infeasible(why)) => SweptMix { list: None, plan: None, infeasible: Some(why), ratio },
            Err(other) => return Err(other),
        };
        sweep.mixes.push(mix);
    }
    Ok(sweep)
}

/// The recipe with another share for one category; what is left goes to the others as their shares are.
fn with_share(recipe: &Recipe, ratios: &Ratios, share: f64) -> Result<Recipe> {
    let mut recipe = recipe.clone();
    let invalid = |problem: String| Error::Invalid { what: "--sweep".into(), problem };
    let Some(mix) = &mut recipe.mix else {
        return Err(invalid("the recipe has no [mix] whose shares could be swept".into()));
    };
    let category = ratios.category;
    if !mix.shares.contains_key(&category) {
        let known: Vec<&str> = mix.shares.keys().map(|category| category.name()).collect();
        let problem = format!("`{}` has no share in the recipe; it has {}", category.name(), known.join(", "));
        return Err(invalid(problem));
    }
    let rest: f64 = mix.shares.iter().filter(|(other, _)| **other != category).map(|(_, share)| share).sum();
    if rest <= 0.0 && share < 1.0 {
        return Err(invalid(format!("no other category has a share that {} could be left to", 1.0 - share)));
    }
    for (other, its) in &mut mix.shares {
        // To 15 decimal places, so that recipes and reports show `0.3`, not `0.30000000000000004`.
        let new = if *other == category { share } else { (1.0 - share) * *its / rest };
        *its = if rest > 0.0 || *other == category { (new * 1e15).round() / 1e15 } else { 0.0 };
    }
    Ok(recipe)
}

pub(super) fn handover(dir: &Path, takers: &[Taker], common: &Common) -> Result<()> {
    let all = Taker::ALL.map(|(_, taker)| taker);
    let written = hand_over(dir, if takers.is_empty() { &all } else { takers })?;
    if common.json {
        return print_json(&written);
    }
    if !common.quiet {
        written.iter().for_each(|path| print(&format!("{}\n", path.display())));
    }
    Ok(())
}
