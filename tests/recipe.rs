//! Recipes: what they mean with every default in place, and what each mistake in one is answered with.

#![allow(clippy::unwrap_used)]

use mashbill::Facts;
use mashbill::mix::Budget;
use mashbill::recipe::{Chain, Counter, Profile, Recipe, Registry, StepConfig, StepKind};
use mashbill::rewrite::NewlineCap;
use mashbill::text::Analyzer;
use proptest::prelude::*;
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// Recipes with one mistake each, `NAME.toml`, beside what is answered, `NAME.txt`.
const BAD: &str = "fixtures/recipes/bad";

/// Reads a recipe whose sources are `some.parquet`, which only needs to be there.
fn read(text: &str) -> mashbill::Result<Recipe> {
    Recipe::from_toml(text, "recipe.toml", Path::new(BAD), &Registry::default())
}

/// A recipe of one source with these steps.
fn with_steps(steps: &str) -> String {
    format!("[[source]]\nname = \"web\"\ncategory = \"organic\"\npaths = [\"some.parquet\"]\nsteps = [{steps}]\n")
}

fn names(extension: &str) -> BTreeSet<PathBuf> {
    let files = std::fs::read_dir(BAD).unwrap().map(|entry| entry.unwrap().path());
    files.filter(|p| p.extension().is_some_and(|e| e == extension)).map(|p| p.with_extension("")).collect()
}

fn answer(recipe: &Path) -> String {
    let text = std::fs::read_to_string(recipe).unwrap();
    let file = recipe.file_name().unwrap().to_str().unwrap();
    match Recipe::from_toml(&text, file, Path::new(BAD), &Registry::default()) {
        Ok(_) => "no mistake was found".to_owned(),
        Err(error @ mashbill::Error::Recipe(_)) => format!("{error}\n"),
        Err(other) => format!("an error without a place: {other}"),
    }
}

#[test]
fn every_mistake_has_its_answer() {
    assert_eq!(names("toml"), names("txt"), "each bad recipe has an expectation, and each expectation a recipe");
    for name in names("toml") {
        let expected = std::fs::read_to_string(name.with_extension("txt")).unwrap();
        assert_eq!(answer(&name.with_extension("toml")), expected, "{}", name.display());
    }
}

/// Writes the answers anew, to be read in the diff: `cargo test write_answers -- --ignored`.
#[test]
#[ignore = "writes fixtures"]
fn write_answers() {
    for name in names("toml") {
        std::fs::write(name.with_extension("txt"), answer(&name.with_extension("toml"))).unwrap();
    }
}

#[test]
fn a_small_recipe_has_every_default_spelled_out() {
    let recipe = read(&with_steps("{ c4_lines = { max_word_chars = false } }, { newline_cap = {} }")).unwrap();
    assert_eq!(recipe.sources[0].files, [Path::new(BAD).join("some.parquet")]);
    insta::assert_snapshot!(serde_json::to_string_pretty(&recipe.resolved()).unwrap(), @r#"
    {
      "columns": {
        "id": "id",
        "lang": null,
        "path": null,
        "prompt": null,
        "text": "text",
        "url": null
      },
      "dedup": null,
      "ledger": {
        "signals": false
      },
      "mix": null,
      "on_bad_row": "fail",
      "output": {
        "allow_empty": false,
        "compression": "zstd:3",
        "order": "shuffled",
        "row_group_mib": 64,
        "shard_mib": 512
      },
      "seed": 0,
      "sources": [
        {
          "category": "organic",
          "columns": {
            "id": "id",
            "lang": null,
            "path": null,
            "prompt": null,
            "text": "text",
            "url": null
          },
          "lines": true,
          "max_epochs": 1.0,
          "name": "web",
          "near": true,
          "paths": [
            "some.parquet"
          ],
          "score": null,
          "steps": [
            {
              "c4_lines": {
                "javascript": true,
                "max_word_chars": null,
                "min_words_per_line": 3,
                "policy": true,
                "remove_citations": true,
                "terminal_punctuation": true
              }
            },
            {
              "newline_cap": {
                "across_spaces": false,
                "max": 2
              }
            }
          ],
          "weight": null
        }
      ],
      "tokens": "words"
    }
    "#);
}

/// Something of everything.
const FULL: &str = r#"seed = 0x11
on_bad_row = "quarantine"
columns.text = "content"
columns.url = "meta.url"
[tokens]
counter = "column:token_count"
[[source]]
name = "web"
category = "organic"
paths = ["some.parquet", "./some.parquet", "*.parquet"]
weight = 2
[[source.steps]]
profile = "fineweb"
gopher_quality = { min_words = 30 }
c4 = false
[[source]]
name = "made-up"
category = "synthetic"
paths = ["some.parquet"]
max_epochs = 4
columns = { text = "answer", id = false }
[dedup]
near = true
keep = ["length"]
allow_loss = ["made-up"]
[mix]
tokens = 10_000_000
shares = { organic = 0.7, synthetic = 0.3, code = 0 }
[output]
compression = "lz4"
order = "input"
"#;

#[test]
fn a_full_recipe_is_read() {
    let recipe = read(FULL).unwrap();
    assert_eq!((recipe.seed, recipe.tokens.clone()), (17, Counter::Column("token_count".to_owned())));
    assert_eq!(recipe.sources[0].files.len(), 1, "one file, however often it is named");
    let columns = &recipe.sources[1].columns;
    assert_eq!((columns.text.as_str(), columns.url.as_deref()), ("answer", Some("meta.url")));
    assert_eq!((recipe.sources[0].columns.id.as_deref(), columns.id.as_deref()), (Some("id"), None));
    assert_eq!(recipe.mix.as_ref().unwrap().tokens, Budget::Tokens(10_000_000));

    let resolved = recipe.resolved();
    assert_eq!((&resolved["dedup"]["keep"], &resolved["dedup"]["scope"]), (&json!(["length"]), &json!("global")));
    assert_eq!(
        (&resolved["mix"]["tokens"], &resolved["mix"]["shortage"]),
        (&json!({"tokens": 10_000_000}), &json!("error"))
    );
    assert_eq!((&resolved["on_bad_row"], &resolved["output"]["compression"]), (&json!("quarantine"), &json!("lz4")));
    assert_eq!(
        (&resolved["output"]["order"], &resolved["sources"][1]["columns"]["id"]),
        (&json!("input"), &json!(null))
    );
    let largest = read(&FULL.replace("10_000_000", "\"max\"")).unwrap();
    assert_eq!(largest.resolved()["mix"]["tokens"], json!("max"));

    let registry = Registry::default();
    let chain = recipe.chain(0, &registry).unwrap();
    let steps: Vec<&str> = chain.steps().iter().map(|s| s.name.as_str()).collect();
    assert_eq!(steps, ["gopher_repetition", "gopher_quality", "c4_lines", "fineweb"]);
    let min_words = chain.rules().iter().find(|r| r.name == "gopher_quality.min_words").unwrap();
    assert!(min_words.bound.ends_with(">= 30"), "{}", min_words.bound);
    assert_eq!(recipe.chain(1, &registry).unwrap().steps().len(), 0);
    assert!(recipe.chain(2, &registry).unwrap_err().to_string().contains("2 sources"));
}

#[test]
fn the_same_work_resolves_the_same() {
    let resolved = |steps: &str| read(&with_steps(steps)).unwrap().resolved();
    let profile = resolved("{ profile = \"gopher\" }");
    assert_eq!(profile, resolved("{ gopher_repetition = {} }, { gopher_quality = {} } # the same\n"));
    assert_eq!(profile, resolved("{ profile = \"gopher\", gopher_quality = { min_words = 50 } }"));
    assert_ne!(profile, resolved("{ profile = \"gopher\", gopher_quality = { min_words = 51 } }"));
    assert_ne!(profile, resolved("{ profile = \"gopher\", gopher_quality = { min_words = false } }"));
}

#[test]
fn no_setting_is_lost_in_the_resolved_form() {
    let variants = [
        "{ threshold = { signal = \"word_count\", min = 5 } }",
        "{ threshold = { signal = \"word_count\", max = 5 } }",
        "{ threshold = { signal = \"word_count\", min = 5, undefined = \"keep\" } }",
        "{ threshold = { signal = \"mean_word_length\", min = 5 } }",
        "{ not = { threshold = { signal = \"word_count\", min = 5 } } }",
        "{ any_of = [{ threshold = { signal = \"word_count\", min = 5 } }] }",
        "{ any_of = [{ threshold = { signal = \"word_count\", min = 5, undefined = \"keep\" } }] }",
        "{ all_of = [{ threshold = { signal = \"word_count\", min = 5 } }] }",
        "{ all_of = [{ gopher_quality = {} }] }",
        "{ all_of = [{ gopher_quality = { min_words = 49 } }] }",
        "{ all_of = [{ profile = \"gopher\" }] }",
        "{ c4_lines = {} }",
        "{ c4_lines = { javascript = false } }",
        "{ newline_cap = {} }",
        "{ newline_cap = { max = 3 } }",
        "{ profile = \"c4\" }",
        "{ profile = \"c4\", c4_lines = { min_words_per_line = 5 } }",
        "{ profile = \"c4\", c4_lines = false }",
        "{ newline_cap = {}, as = \"x\" }",
        "{ c4_lines = {}, as = \"x\" }",
        "{ datatrove_c4_lines = { terminal_punctuation = true }, as = \"c4_lines\" }",
    ];
    let resolved: BTreeSet<String> =
        variants.iter().map(|steps| read(&with_steps(steps)).unwrap().resolved().to_string()).collect();
    assert_eq!(resolved.len(), variants.len());
}

#[test]
fn a_profile_in_a_recipe_is_the_built_in_profile() {
    for name in mashbill::recipe::profile_names() {
        let recipe = read(&with_steps(&format!("{{ profile = \"{name}\" }}"))).unwrap();
        let chain = recipe.chain(0, &Registry::default()).unwrap();
        assert_eq!(format!("{chain:?}"), format!("{:?}", Chain::profile(name).unwrap()), "{name}");
    }
}

/// A profile as TOML, pasted below a source, is the profile; and changing a number there changes that rule alone.
#[test]
fn a_pasted_profile_is_the_profile() {
    for profile in Profile::all() {
        let source = "[[source]]\nname = \"web\"\ncategory = \"organic\"\npaths = [\"some.parquet\"]\n";
        let pasted = read(&format!("{source}{}", profile.to_toml().unwrap())).unwrap();
        let chain = pasted.chain(0, &Registry::default()).unwrap();
        assert_eq!(format!("{chain:?}"), format!("{:?}", profile.chain().unwrap()), "{}", profile.name());
        assert_eq!(chain.digests(), profile.chain().unwrap().digests());
        let named = read(&with_steps(&format!("{{ profile = \"{}\" }}", profile.name()))).unwrap();
        assert_eq!(pasted.resolved(), named.resolved(), "{}", profile.name());
        assert_eq!(chain.sheet().differences(&profile.chain().unwrap().sheet()), []);
    }
}

/// What a recipe says beside a profile's name reaches every kind of step, also rewrites, and nothing else changes.
#[test]
fn a_profile_is_overridden_in_part() {
    let differences = |profile: &str, settings: &str| -> Vec<String> {
        let recipe = read(&with_steps(&format!("{{ profile = \"{profile}\", {settings} }}"))).unwrap();
        let chain = recipe.chain(0, &Registry::default()).unwrap();
        let built_in = Chain::profile(profile).unwrap().sheet();
        built_in.differences(&chain.sheet()).iter().map(|d| d.to_string().replace('\n', " ")).collect()
    };
    assert_eq!(
        differences("datatrove-0.10", "c4_lines = { terminal_punctuation = true }"),
        ["- c4_lines.terminal_punctuation: false + c4_lines.terminal_punctuation: true"]
    );
    assert_eq!(
        differences("fineweb", "c4_lines = { max_word_chars = false, min_words_per_line = 5 }"),
        [
            "- c4_lines.min_words_per_line: 3 + c4_lines.min_words_per_line: 5",
            "- c4_lines.max_word_chars: 1000 + c4_lines.max_word_chars: false"
        ]
    );
    assert_eq!(
        differences("datatrove-0.10", "gopher_quality = { gopher_short_doc = 30, gopher_long_doc = false }"),
        [
            "- gopher_quality.gopher_short_doc: dt_non_symbol_word_count >= 50 \
             + gopher_quality.gopher_short_doc: dt_non_symbol_word_count >= 30",
            "- gopher_quality.gopher_long_doc: dt_non_symbol_word_count <= 100000"
        ]
    );
    assert_eq!(differences("fineweb", "c4_lines = false, fineweb = false").len(), 6 + 4);
    assert_eq!(differences("fineweb", "c4_lines = {}, c4 = { min_sentences = true }"), Vec::<String>::new());
}

#[test]
fn a_step_may_have_another_name() {
    let recipe = read(&with_steps("{ threshold = { signal = \"word_count\", min = 5 }, as = \"not-short\" }")).unwrap();
    let chain = recipe.chain(0, &Registry::default()).unwrap();
    assert_eq!(chain.rules()[0].name, "not-short.min_word_count");
    let resolved = &recipe.resolved()["sources"][0]["steps"][0];
    assert_eq!((&resolved["as"], resolved["threshold"]["min"].as_f64()), (&json!("not-short"), Some(5.0)));
}

/// Chains that differ where no rule shows it are not called the same.
#[test]
fn differences_inside_combinations_are_seen() {
    let sheet = |regex: &str| {
        let recipe = read(&with_steps(&format!("{{ not = {{ pattern = {{ regex = \"{regex}\", max = 0 }} }} }}")));
        recipe.unwrap().chain(0, &Registry::default()).unwrap().sheet()
    };
    let differences = sheet("a").differences(&sheet("b"));
    assert_eq!(differences.len(), 1);
    assert!(differences[0].to_string().starts_with("- not: does something else"), "{}", differences[0]);
    assert_eq!(sheet("a").differences(&sheet("a")), []);
    let order = |steps: &str| read(&with_steps(steps)).unwrap().chain(0, &Registry::default()).unwrap().sheet();
    let differences =
        order("{ code = {} }, { newline_cap = {} }").differences(&order("{ newline_cap = {} }, { code = {} }"));
    let said: Vec<String> = differences.iter().map(|d| d.to_string()).collect();
    assert_eq!(said, ["- order of the steps: code, newline_cap\n+ order of the steps: newline_cap, code"]);
}

#[test]
fn rules_of_one_name_are_told_apart() {
    let twice = "{ threshold = { signal = \"word_count\", min = 5 } }";
    let recipe = read(&with_steps(&format!("{{ all_of = [{twice}, {twice}] }}, {twice}, {twice}"))).unwrap();
    let chain = recipe.chain(0, &Registry::default()).unwrap();
    let names: Vec<&str> = chain.rules().iter().map(|r| r.name.as_str()).collect();
    assert_eq!(
        names,
        ["all_of.min_word_count", "all_of.min_word_count#2", "threshold.min_word_count", "threshold#2.min_word_count"]
    );
}

/// A step as another crate would bring it.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Fold {
    #[serde(default = "two")]
    lines: u32,
}

fn two() -> u32 {
    2
}

impl StepConfig for Fold {
    const NAME: &'static str = "fold";
    fn build(&self) -> mashbill::Result<StepKind> {
        if self.lines == 0 {
            return Err(mashbill::Error::Invalid { what: "lines".to_owned(), problem: "must be above 0".to_owned() });
        }
        Ok(StepKind::Rewrite(Box::new(NewlineCap { max: self.lines, ..NewlineCap::default() })))
    }
}

#[test]
fn a_foreign_step_is_read_built_and_placed() {
    let registry = Registry::default().with_step::<Fold>().unwrap();
    let read = |steps: &str| Recipe::from_toml(&with_steps(steps), "recipe.toml", Path::new(BAD), &registry);

    let recipe = read("{ fold = {} }, { fold = { lines = 1 } }").unwrap();
    let chain = recipe.chain(0, &registry).unwrap();
    assert_eq!(chain.steps()[1].name, "fold#2");
    assert_eq!(chain.check(&mut Analyzer::new(), "a\n\n\n\nb", Facts::NONE).text, "a\nb");
    assert_eq!(recipe.resolved()["sources"][0]["steps"][0], json!({ "fold": { "lines": 2 } }));

    insta::assert_snapshot!(read("{ fold = { line = 1 } }").unwrap_err(), @r#"
    recipe.toml:5:21: step `fold`: unknown field `line`, expected `lines`
      |
    5 | steps = [{ fold = { line = 1 } }]
      |                     ^^^^
    "#);
    insta::assert_snapshot!(read("{ fold = { lines = \"1\" } }").unwrap_err(), @r#"
    recipe.toml:5:29: step `fold`: invalid type: string "1", expected u32
      |
    5 | steps = [{ fold = { lines = "1" } }]
      |                             ^^^
    "#);
    insta::assert_snapshot!(read("{ fold = { lines = 0 } }").unwrap_err(), @r#"
    recipe.toml:5:19: lines: must be above 0
      |
    5 | steps = [{ fold = { lines = 0 } }]
      |                   ^^^^^^^^^^^^^
    "#);
    insta::assert_snapshot!(Registry::default().with_step::<Fold>().unwrap().with_step::<Fold>().unwrap_err(), @"step `fold`: is registered already; give it another name");
    insta::assert_snapshot!(recipe.chain(0, &Registry::default()).unwrap_err(), @r"
    recipe.toml:5:12: unknown step `fold`
      |
    5 | steps = [{ fold = {} }, { fold = { lines = 1 } }]
      |            ^^^^
    known: all_of, any_of, by_language, c4, c4_badwords, c4_lines, c4_paragraph, c4_tfds, code,
           datamap_lines, datamap_quality, datamap_removal, datamap_repetition,
           datatrove_0_2_fineweb_quality, datatrove_0_2_gopher_quality, datatrove_0_2_gopher_repetition,
           datatrove_c4_fineweb, datatrove_c4_lines, datatrove_c4_quality, datatrove_fineweb_quality,
           datatrove_gopher_quality, datatrove_gopher_repetition, dclm_lines, dclm_quality,
           dclm_removal, dclm_repetition, dolma_c4, dolma_gopher_v1, dolma_gopher_v2, dolma_top_ngrams,
           fineweb, gopher_multilingual, gopher_quality, gopher_repetition, ipv4_urls, language,
           line_feed_cap, math, newline_cap, not, pattern, pii, profile, remember, starcoder2,
           symbol_lines, synthetic, tfds_c4_lines, threshold, unicode_normalize, url_lists, urls
    ");
}

#[test]
fn a_file_is_read_beside_its_data() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("r.toml");
    std::fs::write(&file, with_steps("")).unwrap();
    let registry = Registry::default();
    assert!(Recipe::load(&file, None, &registry).unwrap_err().to_string().contains("no file `some.parquet`"));
    assert!(Recipe::load(&file, Some(Path::new(BAD)), &registry).is_ok());
    std::fs::write(folder.path().join("some.parquet"), "").unwrap();
    assert!(Recipe::load(&file, None, &registry).is_ok());
    std::fs::write(&file, b"seed = 1\n\xff").unwrap();
    assert!(
        Recipe::load(&file, None, &registry).unwrap_err().to_string().ends_with("r.toml:2: the recipe is not UTF-8")
    );
    assert!(Recipe::load(&folder.path().join("none.toml"), None, &registry).is_err());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(500))]
    /// Whatever is cut out of a recipe and put in its place: it is read, or refused with file, line and column.
    #[test]
    fn a_mangled_recipe_never_panics(at in 0..FULL.len(), cut in 0usize..40, new in "[a-z0-9\"'={}\\[\\],.#é\r\n -]{0,6}") {
        let mut text = FULL.to_owned();
        text.replace_range(at..(at + cut).min(FULL.len()), &new);
        match read(&text) {
            Ok(recipe) => {
                for source in 0..recipe.sources.len() {
                    prop_assert!(recipe.chain(source, &Registry::default()).is_ok());
                }
            }
            Err(error) => {
                prop_assert!(matches!(error, mashbill::Error::Recipe(_)), "{}", error);
                let text = error.to_string();
                let place: Vec<&str> = text.split(':').take(3).collect();
                prop_assert_eq!(place[0], "recipe.toml");
                prop_assert!(place[1].parse::<u32>().is_ok() && place[2].parse::<u32>().is_ok(), "{}", text);
            }
        }
    }
}
