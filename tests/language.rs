//! Steps that ask for the language, as a recipe names them.

#![allow(clippy::unwrap_used)]

use mashbill::Facts;
use mashbill::recipe::{Chain, Recipe, Registry};
use mashbill::text::Analyzer;
use serde_json::json;

fn recipe(steps: &str) -> Recipe {
    let text =
        format!("[[source]]\nname = \"web\"\ncategory = \"organic\"\npaths = [\"some.parquet\"]\nsteps = [{steps}]\n");
    Recipe::from_toml(&text, "recipe.toml", "fixtures/recipes/bad".as_ref(), &Registry::default()).unwrap()
}

fn chain(steps: &str) -> Chain {
    recipe(steps).chain(0, &Registry::default()).unwrap()
}

fn reason(chain: &Chain, text: &str, lang: Option<&str>) -> Option<String> {
    let facts = Facts { lang, ..Facts::NONE };
    let failure = chain.check(&mut Analyzer::new(), text, facts).failure()?;
    Some(chain.rule(failure.rule).unwrap().name.clone())
}

/// Texts of `fixtures/text/multilingual.txt` that hold `part`, long ones first, without their front matter.
fn texts(part: &str) -> Vec<String> {
    let all = std::fs::read_to_string("fixtures/text/multilingual.txt").unwrap();
    let body = |text: &str| text.rsplit("\n---\n").next().unwrap().to_owned();
    let mut texts: Vec<String> = all.split("\n\u{1e}\n").filter(|text| text.contains(part)).map(body).collect();
    texts.sort_by_key(|text| std::cmp::Reverse(text.len()));
    texts
}

#[test]
fn a_chinese_page_is_prose_in_its_language() {
    let page = texts("lang: zh").remove(0);
    assert!(page.chars().count() > 1000);
    let (english, any) = (chain("{ gopher_quality = {} }"), chain("{ gopher_multilingual = {} }"));
    assert_eq!(reason(&english, &page, None).as_deref(), Some("gopher_quality.min_mean_word_length"));
    assert_eq!(reason(&any, &page, None), None);
    assert_eq!(reason(&any, &page, Some("zh_Hant")), None);
    // Said to be German, it has neither its words nor their length.
    assert_eq!(reason(&any, &page, Some("de")).as_deref(), Some("gopher_multilingual.min_mean_word_length"));
}

#[test]
fn guides_in_other_languages_are_prose_too() {
    let any = chain("{ gopher_multilingual = {} }");
    for lang in ["ko", "hi", "fa", "it", "ro"] {
        let page = texts(&format!("lang: {lang}")).remove(0);
        assert_eq!(reason(&any, &page, None), None, "{lang}");
    }
}

#[test]
fn each_language_has_its_own_bounds() {
    let steps = "{ gopher_quality = { min_words = 4, by_language = { de = { min_words = 2, max_words = false } } } }";
    let chain = chain(steps);
    assert_eq!(reason(&chain, "one", Some("deu_Latn")).as_deref(), Some("gopher_quality.de.min_words"));
    assert_eq!(reason(&chain, "one two three", Some("en")).as_deref(), Some("gopher_quality.min_words"));
    assert_eq!(reason(&chain, "one two three", Some("C++")).as_deref(), Some("gopher_quality.min_words"));
    assert_ne!(reason(&chain, "one two three", Some("de")).as_deref(), Some("gopher_quality.de.min_words"));
    let resolved = recipe(steps).resolved();
    let rules = &resolved["sources"][0]["steps"][0]["gopher_quality"];
    assert_eq!(rules[1], json!({ "rule": "de.min_words", "bound": "word_count >= 2" }));
}

#[test]
fn each_language_has_its_own_steps() {
    let steps = "{ by_language = { de = [{ threshold = { signal = \"word_count\", min = 2 } }], \
        eng_Latn = [{ profile = \"gopher\" }, { gopher_quality = {} }], default = [{ threshold = { signal = \"word_count\", min = 1 } }] } }";
    let chain = chain(steps);
    let names: Vec<&str> = chain.rules().iter().map(|rule| rule.name.as_str()).collect();
    assert_eq!(
        names[..2],
        ["by_language.de.threshold.min_word_count", "by_language.en.gopher_repetition.max_duplicate_lines"]
    );
    assert_eq!(names.last(), Some(&"by_language.default.threshold.min_word_count"));
    assert_eq!(reason(&chain, "Roggen", Some("de-AT")).as_deref(), Some("by_language.de.threshold.min_word_count"));
    assert_eq!(reason(&chain, "Seigle", Some("fr")), None);
    assert_eq!(reason(&chain, "Rye", Some("en")).as_deref(), Some("by_language.en.gopher_quality.min_words"));
    let resolved = recipe(steps).resolved();
    assert_eq!(resolved["sources"][0]["steps"][0]["by_language"]["de"][0]["threshold"]["min"], json!(2.0));
}

#[test]
fn languages_are_kept_and_recorded() {
    let chain = chain("{ language = { keep = [\"it\", \"English\"], min_confidence = 0.3 } }");
    let italian = texts("lang: it").remove(0);
    assert_eq!(reason(&chain, &italian, None), None);
    assert_eq!(reason(&chain, &italian, Some("rus_Cyrl")).as_deref(), Some("language.kept"));
    let romanian = texts("lang: ro").remove(0);
    let outcome = chain.check(&mut Analyzer::new(), &romanian, Facts::NONE);
    // `ron`, in base 27.
    assert_eq!(outcome.failure().unwrap().observed, Some(f64::from((18 * 27 + 15) * 27 + 14)));
}
