//! `profile`: the built-in profiles listed, shown and compared, also with a recipe's source.

use super::args::{Common, ProfileCommand};
use super::commands::{print, print_json};
use crate::error::{Error, Result};
use crate::recipe::{Chain, Profile, Recipe, Registry};
use serde_json::json;
use std::path::Path;

pub(super) fn profile(command: &ProfileCommand, common: &Common) -> Result<()> {
    let out = match command {
        ProfileCommand::List if common.json => {
            let entry = |profile: &Profile| json!({ "profile": profile.name(), "steps": profile.steps() });
            return print_json(&Profile::all().iter().map(entry).collect::<Vec<_>>());
        }
        ProfileCommand::List => {
            let width = Profile::all().iter().map(|profile| profile.name().len()).max().unwrap_or(0);
            let line = |profile: &Profile| format!("{:width$}  {}\n", profile.name(), profile.steps().join(", "));
            Profile::all().iter().map(line).collect()
        }
        ProfileCommand::Show { name, toml: true } => Profile::named(name)?.to_toml()?,
        ProfileCommand::Show { name, toml: false } => {
            let sheet = chain(name)?.sheet();
            if common.json {
                return print_json(&sheet);
            }
            sheet.to_string()
        }
        ProfileCommand::Diff { a, b } => {
            let differences = chain(a)?.sheet().differences(&chain(b)?.sheet());
            if common.json {
                return print_json(&differences);
            }
            match differences.is_empty() {
                true => format!("{a} and {b} do the same\n"),
                false => {
                    let lines = differences.iter().map(|difference| format!("{difference}\n"));
                    format!("--- {a}\n+++ {b}\n{}", lines.collect::<String>())
                }
            }
        }
    };
    if !common.quiet {
        print(&out);
    }
    Ok(())
}

/// The chain of a profile, or of a recipe's source: `RECIPE.toml#SOURCE`, or `RECIPE.toml` where it has one source.
fn chain(name: &str) -> Result<Chain> {
    let (file, source) = match name.rsplit_once('#') {
        Some((file, source)) => (file, Some(source)),
        None if name.ends_with(".toml") => (name, None),
        None => return Chain::profile(name),
    };
    let registry = Registry::default();
    let recipe = Recipe::load(Path::new(file), None, &registry)?;
    let names = || recipe.sources.iter().map(|source| source.name.as_str());
    let at = match source {
        Some(source) => {
            names().position(|name| name == source).ok_or_else(|| Error::unknown("source", source, names()))?
        }
        None if recipe.sources.len() == 1 => 0,
        None => {
            let first = names().next().unwrap_or_default();
            let problem = format!("has several sources; name one, as in {file}#{first}");
            return Err(Error::Invalid { what: file.to_owned(), problem });
        }
    };
    recipe.chain(at, &registry)
}
