//! The published mixes in `docs/presets/`: they are recipes, and plan to what was published.

use mashbill::mix::{SourceSupply, StageAsk, stage_quotas};
use mashbill::recipe::{Recipe, Registry};
use std::path::Path;

/// Reads a preset; the files that it names are there, empty.
fn preset(name: &str) -> Recipe {
    let text = std::fs::read_to_string(format!("docs/presets/{name}.toml")).unwrap();
    let folder = tempfile::tempdir().unwrap();
    for path in text.split('"').filter(|part| part.ends_with(".parquet")) {
        let path = folder.path().join(path.replace('*', "0"));
        std::fs::create_dir_all(path.parent().unwrap_or(Path::new(""))).unwrap();
        std::fs::write(path, "").unwrap();
    }
    Recipe::from_toml(&text, name, folder.path(), &Registry::default()).unwrap()
}

/// The sources of a recipe with so many tokens each.
fn supplies(recipe: &Recipe, tokens: &dyn Fn(&str) -> u64) -> Vec<SourceSupply> {
    let mix = recipe.mix.as_ref().or(recipe.stages.first().map(|stage| &stage.mix)).unwrap();
    let supply = |s: &mashbill::recipe::Source| {
        let tokens = tokens(&s.name);
        SourceSupply::new(&s.name, mix.group(&s.name, s.category.name()), tokens, tokens / 500).max_epochs(s.max_epochs)
    };
    recipe.sources.iter().map(supply).collect()
}

/// Table 5 of the report (arXiv 2412.08905): shares and epochs as printed, from its unique tokens.
#[test]
fn phi_4_has_the_epochs_of_its_table() {
    let recipe = preset("phi-4");
    let unique = |name: &str| match name {
        "web" => 13_000_000, // 1.3 T over a hundred thousand, and so on
        "rewrites" | "textbooks" => 2_900_000,
        "github" => 8_200_000,
        _ => 5_800_000,
    };
    let quotas = recipe.mix.as_ref().unwrap().ask().quotas(&supplies(&recipe, &unique)).unwrap();
    let told: Vec<(&str, u64, String)> = quotas
        .sources
        .iter()
        .map(|s| (s.name.as_str(), s.quota / 1_000_000, format!("{:.1}", s.quota as f64 / s.tokens as f64)))
        .collect();
    let printed = [
        ("web", 15, "1.2"),
        ("rewrites", 15, "5.2"),
        ("textbooks", 40, "13.8"),
        ("github", 20, "2.4"),
        ("acquired", 10, "1.7"),
    ];
    assert_eq!(told, printed.map(|(name, share, epochs)| (name, share, epochs.to_owned())));
    assert_eq!(quotas.budget, 100_000_000);
}

/// Percent of each stage by source, as published.
#[test]
fn staged_presets_have_the_published_shares() {
    let plenty = |_: &str| 200_000_000;
    for (name, stages) in [
        ("smollm2", vec![vec![90, 10, 0, 0], vec![75, 20, 5, 0], vec![74, 16, 10, 0], vec![58, 24, 14, 4]]),
        ("smollm3", vec![vec![85, 12, 3], vec![75, 15, 10], vec![63, 24, 13]]),
    ] {
        let recipe = preset(name);
        let asks: Vec<StageAsk> = recipe.stages.iter().map(|stage| stage.ask()).collect();
        let quotas = stage_quotas(&asks, &supplies(&recipe, &plenty)).unwrap();
        let percents = quotas
            .iter()
            .map(|stage| stage.sources.iter().map(|s| (s.quota * 100).div_ceil(stage.budget)).collect::<Vec<_>>());
        assert_eq!(percents.collect::<Vec<_>>(), stages, "{name}");
    }
    // The cap is for all stages: 11 T tokens of a web that has a sixth of what is asked of it over all stages do not fit.
    let recipe = preset("smollm2");
    let asks: Vec<StageAsk> = recipe.stages.iter().map(|stage| stage.ask()).collect();
    let few = |name: &str| if name == "web" { 15_000_000 } else { 200_000_000 };
    let short = stage_quotas(&asks, &supplies(&recipe, &few)).unwrap_err().to_string();
    assert!(short.starts_with("stage `stable 3`: group `web` is short"), "{short}");
}

#[test]
fn olmo_2_has_the_published_shares() {
    let recipe = preset("olmo-2");
    let quotas = recipe.mix.as_ref().unwrap().ask().quotas(&supplies(&recipe, &|_| 60_000_000)).unwrap();
    for (source, percent) in quotas.sources.iter().zip([47.2, 16.6, 20.8, 7.1, 5.9, 2.5]) {
        let got = source.quota as f64 / quotas.budget as f64 * 100.0;
        assert!((got - percent / 1.001).abs() < 0.02, "{}: {got} for {percent}", source.name);
    }
}
