//! The pages in `docs/` against the crate: what is listed there is what there is.

#![allow(clippy::unwrap_used)]

use mashbill::filter::{Filter, In, Undefined, profile::RULE_SETS};
use mashbill::signal::SIGNALS;
use std::fmt::Write;

const SIGNALS_PAGE: &str = "docs/signals.md";

const INTRO: &str = "\
# Signals and rule sets

Made from the code by `cargo test write_docs_signals -- --ignored`; change it there.

A signal measures a document: one number, or undefined. A recipe bounds it by name, as in
`threshold = { signal = \"word_count\", min = 50 }`, and `mashbill annotate` writes it as a column. Words are UAX #29 words unless a
signal says otherwise; characters are code points; lines that hold only white space count in `line_count` and nowhere else. A ratio
over nothing is undefined.
";

const RULES: &str = "
## Rule sets

A rule set is a step of recipes, under its name; each rule is a key in it: `gopher_quality = { min_words = 30, max_words = false }`.
A document is dropped by the first rule that it fails. Where a signal is undefined, the rule fails unless it says otherwise. Numbers
are those of the source; what counts as a word or a line is this crate's, so a set decides nearly, not exactly, as its source does.
The sets `datatrove_…`, `dolma_…`, `dclm_…` and `datamap_…` are the exception: they measure and decide as those tools do, as far as
[parity.md](parity.md) says.
";

/// The page of signals and rule sets.
fn signals_page() -> String {
    let cell = |text: &str| text.replace('|', "\\|");
    let mut page = INTRO.to_owned();
    page.push_str("\n## Signals\n\n| signal | what it measures, in which unit, after whom |\n|---|---|\n");
    for signal in SIGNALS {
        writeln!(page, "| `{}` | {} |", signal.name(), cell(signal.doc())).unwrap();
    }
    page.push_str(RULES);
    for set in RULE_SETS {
        writeln!(page, "\n### `{}`\n\n{}\n", set.name, set.doc).unwrap();
        page.push_str("| rule | keeps | the reference says | source |\n|---|---|---|---|\n");
        for (rule, built) in set.rules.iter().zip(set.build(&[]).unwrap().rules()) {
            let undefined = if rule.undefined == Undefined::Keep { ", or undefined" } else { "" };
            let languages = match rule.languages {
                In::Any => String::new(),
                In::Only(codes) => format!(", in {}", codes.join(", ")),
                In::Except(codes) => format!(", not in {}", codes.join(", ")),
            };
            let reason = rule.reference_reason.map(|r| format!("`{r}`")).unwrap_or_default();
            let source = cell(rule.source);
            writeln!(page, "| `{}` | `{}`{undefined}{languages} | {reason} | {source} |", rule.name, built.bound)
                .unwrap();
        }
    }
    page
}

#[test]
fn the_page_of_signals_is_what_the_code_says() {
    let page = std::fs::read_to_string(SIGNALS_PAGE).unwrap();
    assert!(page == signals_page(), "{SIGNALS_PAGE} is behind: cargo test write_docs_signals -- --ignored");
}

#[test]
#[ignore = "writes docs/signals.md"]
fn write_docs_signals() {
    std::fs::write(SIGNALS_PAGE, signals_page()).unwrap();
}

#[cfg(feature = "recipe-file")]
mod recipes {
    use mashbill::recipe::{Chain, Recipe, Registry, profile_names};
    use std::path::Path;

    fn page() -> String {
        std::fs::read_to_string("docs/recipes.md").unwrap()
    }

    /// Reads a recipe; the files that it names are there, empty.
    fn read(text: &str) -> mashbill::Result<Recipe> {
        let folder = tempfile::tempdir().unwrap();
        for path in text.split('"').filter(|part| part.ends_with(".parquet")) {
            let path = folder.path().join(path.replace('*', "0"));
            std::fs::create_dir_all(path.parent().unwrap_or(Path::new(""))).unwrap();
            std::fs::write(path, "").unwrap();
        }
        Recipe::from_toml(text, "recipe.toml", folder.path(), &Registry::default())
    }

    /// The keys that a table knows, by the answer to one that it does not know.
    fn keys(recipe: &str) -> Vec<String> {
        let error = read(recipe).unwrap_err().to_string();
        assert!(error.contains("unknown key `nonsense`"), "{error}");
        let known = error.split_once("known: ").unwrap().1;
        known.split(',').map(|key| key.trim().to_owned()).collect()
    }

    /// The fenced blocks of the page: language and body.
    fn blocks(page: &str) -> Vec<(&str, &str)> {
        let fenced = page.split("```").skip(1).step_by(2);
        fenced.filter_map(|block| block.split_once('\n')).collect()
    }

    #[test]
    fn every_key_stands_on_the_page() {
        let page = page();
        let source = "[[source]]\nname = \"web\"\ncategory = \"organic\"\npaths = [\"web.parquet\"]\n";
        let step = |step: &str| format!("{source}steps = [{step}]\n");
        let tables = [
            ("Top level", format!("nonsense = 1\n{source}")),
            ("`[columns]`", format!("columns.nonsense = 1\n{source}")),
            ("`[tokens]`", format!("tokens.nonsense = 1\n{source}")),
            ("`[[source]]`", format!("{source}nonsense = 1\n")),
            ("`[dedup]`", format!("dedup.nonsense = 1\n{source}")),
            ("`near`", format!("dedup.near = {{ nonsense = 1 }}\n{source}")),
            ("`lines`", format!("dedup.lines = {{ nonsense = 1 }}\n{source}")),
            ("`[decontaminate]`", format!("decontaminate.nonsense = 1\n{source}")),
            ("`[mix]`", format!("mix.nonsense = 1\n{source}")),
            ("`caps`", format!("{source}[mix]\ntokens = 1\nshares = {{ organic = 1.0 }}\ncaps = {{ nonsense = 1 }}\n")),
            ("`[[stage]]`", format!("{source}[[stage]]\nnonsense = 1\n")),
            ("`epochs_by_score`", format!("{source}epochs_by_score = {{ nonsense = 1 }}\n")),
            ("`[ledger]`", format!("ledger.nonsense = 1\n{source}")),
            ("`[output]`", format!("output.nonsense = 1\n{source}")),
            ("`threshold`", step("{ threshold = { nonsense = 1 } }")),
            ("`pattern`", step("{ pattern = { nonsense = 1 } }")),
            ("`c4_lines`", step("{ c4_lines = { nonsense = 1 } }")),
            ("`datatrove_c4_lines`", step("{ datatrove_c4_lines = { nonsense = 1 } }")),
            ("`newline_cap`", step("{ newline_cap = { nonsense = 1 } }")),
            ("`pii`", step("{ pii = { nonsense = 1 } }")),
            ("`unicode_normalize`", step("{ unicode_normalize = { nonsense = 1 } }")),
            ("`url_lists`", step("{ url_lists = { nonsense = 1 } }")),
            ("`c4_badwords`", step("{ c4_badwords = { nonsense = 1 } }")),
            ("`language`", step("{ language = { nonsense = 1 } }")),
            ("`line_feed_cap`", step("{ line_feed_cap = { nonsense = 1 } }")),
            ("`dclm_lines`", step("{ dclm_lines = { nonsense = 1 } }")),
            ("`datamap_lines`", step("{ datamap_lines = { nonsense = 1 } }")),
            ("`symbol_lines`", step("{ symbol_lines = { nonsense = 1 } }")),
            ("`urls`", step("{ urls = { nonsense = 1 } }")),
            ("`remember`", step("{ remember = { nonsense = 1 } }")),
        ];
        for (heading, recipe) in tables {
            let section = page.split("\n##").find(|s| s.trim_start_matches('#').trim_start().starts_with(heading));
            let mut rows: Vec<&str> = section.unwrap_or_else(|| panic!("no section {heading}")).lines().collect();
            rows.retain(|line| line.starts_with("| `"));
            let mut named: Vec<&str> = rows.iter().filter_map(|row| row.split('`').nth(1)).collect();
            let mut known = keys(&recipe);
            named.sort_unstable();
            known.sort_unstable();
            assert_eq!(named, known, "keys of {heading}");
        }
    }

    #[test]
    fn every_step_and_profile_stands_on_the_page() {
        let page = page();
        for step in Registry::default().names() {
            assert!(page.contains(&format!("| `{step}` |")), "no row for the step `{step}`");
        }
        for name in profile_names() {
            let chain = Chain::profile(name).unwrap();
            let steps: Vec<String> = chain.steps().iter().map(|step| format!("`{}`", step.name)).collect();
            let row = format!("| `{name}` | {} |", steps.join(", "));
            assert!(page.contains(&row), "no row {row}");
        }
    }

    /// Whole recipes are read; one with a text block after it is answered so.
    #[test]
    fn every_example_is_sound() {
        let page = page();
        let blocks = blocks(&page);
        let mut read_well = 0;
        for (i, (language, body)) in blocks.iter().enumerate() {
            let lacking = cfg!(not(feature = "lang")) && body.contains("language");
            if *language != "toml" || !body.contains("[[source]]") || lacking {
                continue;
            }
            match (read(body), blocks.get(i + 1).filter(|(language, _)| *language == "text")) {
                (Ok(recipe), None) => {
                    for source in 0..recipe.sources.len() {
                        recipe.chain(source, &Registry::default()).unwrap();
                    }
                    read_well += 1;
                }
                (Err(error), Some((_, answer))) => assert_eq!(error.to_string(), answer.trim_end()),
                (result, _) => panic!("{result:?}\n{body}"),
            }
        }
        assert!(read_well >= 2);
    }
}
