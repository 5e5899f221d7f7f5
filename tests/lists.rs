//! Lists that a user brings: datatrove's own decisions with the same lists, what a recipe says of them, and what is wrong in one.

#![allow(clippy::unwrap_used)]

use crate::escapes::unescaped;
use mashbill::filter::{BadWords, Filter, UrlLists};
use mashbill::text::{Analyzer, NaturalLanguage};
use mashbill::{Document, Facts};
use proptest::prelude::*;

const FOLDER: &str = "fixtures/parity/datatrove";

fn list(name: &str) -> String {
    std::fs::read_to_string(format!("{FOLDER}/lists/{name}.txt")).unwrap()
}

fn goldens(name: &str) -> Vec<Vec<String>> {
    let goldens = std::fs::read_to_string(format!("{FOLDER}/{name}.tsv")).unwrap();
    goldens.lines().skip(1).map(|line| line.split('\t').map(unescaped).collect()).collect()
}

/// The name of the rule that drops a text with these facts, or `-`. What `check` says must be the first of `audit`.
fn reason(filter: &dyn Filter, text: &str, facts: Facts<'_>) -> String {
    let mut analyzer = Analyzer::new();
    let view = analyzer.view(text);
    let doc = Document::new(&view).with_facts(facts);
    let name = |rule: usize| filter.rules()[rule].name.clone();
    let checked = filter.check(&doc).failure();
    let mut findings = Vec::new();
    filter.audit(&doc, &mut |finding| findings.push(finding));
    assert_eq!(findings.len(), filter.rules().len());
    let first = findings.iter().find(|finding| !finding.passed);
    assert_eq!(checked.map(|f| (f.rule, f.observed)), first.map(|f| (f.rule, f.observed)), "{text:?} {facts:?}");
    checked.map_or("-".to_owned(), |failure| name(usize::from(failure.rule.0)))
}

fn url_reason(filter: &UrlLists, url: &str) -> String {
    reason(filter, "Rye", Facts { url: Some(url), ..Facts::NONE })
}

#[test]
fn addresses_are_dropped_for_the_same_reasons() {
    let none = UrlLists::default;
    let domains = |lists: UrlLists| lists.domains(list("domains")).unwrap();
    let urls = |lists: UrlLists| lists.urls(list("urls")).unwrap();
    let words = |lists: UrlLists| lists.banned_words(&list("banned_words")).unwrap();
    let soft = |lists: UrlLists| lists.soft_banned_words(&list("soft_banned_words")).unwrap();
    let parts = |lists: UrlLists| lists.banned_subwords(&list("banned_subwords")).unwrap();
    let all = parts(soft(words(urls(domains(none())))));
    let three = all.clone().soft_word_threshold(3).unwrap();
    let filters = [all, three, domains(none()), urls(none()), words(none()), soft(none()), parts(none())];
    let goldens = goldens("url_lists");
    assert_eq!(goldens.len(), 502);
    for fields in goldens {
        let got: Vec<String> = filters.iter().map(|filter| url_reason(filter, &fields[0])).collect();
        assert_eq!(got, fields[1..], "{:?}", fields[0]);
    }
}

#[test]
fn texts_with_bad_words_are_dropped_as_in_the_reference() {
    let mut words = BadWords::new(NaturalLanguage::ENGLISH);
    for code in ["en", "ja", "hi"] {
        words = words.list(NaturalLanguage::named(code).unwrap(), list(&format!("badwords_{code}"))).unwrap();
    }
    let goldens = goldens("bad_words");
    assert!(goldens.len() > 500);
    for fields in goldens {
        let lang = Some(fields[0].as_str()).filter(|code| *code != "-");
        assert_eq!(reason(&words, &fields[1], Facts { lang, ..Facts::NONE }), fields[2], "{fields:?}");
    }
}

#[test]
fn a_row_without_an_address_has_an_outcome() {
    use mashbill::filter::Undefined;
    let lists = UrlLists::default().domains("a.com").unwrap();
    assert_eq!(reason(&lists, "Rye", Facts::NONE), "no_url");
    assert_eq!(url_reason(&lists, ""), "no_url");
    assert_eq!(reason(&lists.clone().missing(Undefined::Keep), "Rye", Facts::NONE), "-");
    assert_eq!(url_reason(&lists, " "), "-");
    assert_eq!(url_reason(&lists.domains("b.com").unwrap(), "//x.b.com"), "domain");
}

/// What the words of a list are asked, by the definition.
fn naive_reason(words: &[String], soft: &[String], parts: &[String], url: &str) -> &'static str {
    let reduced = |s: &str| s.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_ascii_lowercase();
    let pieces: Vec<&str> = url.split(|c: char| !c.is_ascii_alphanumeric()).collect();
    let mut soft: Vec<String> = soft.iter().map(|s| reduced(s)).filter(|s| pieces.contains(&s.as_str())).collect();
    soft.sort();
    soft.dedup();
    match () {
        () if url.is_empty() => "no_url",
        () if words.iter().any(|word| pieces.contains(&reduced(word).as_str())) => "hard_blacklisted",
        () if soft.len() >= 2 => "soft_blacklisted",
        () if parts.iter().any(|part| reduced(url).contains(&reduced(part))) => "blacklisted_subword",
        () => "-",
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn words_are_asked_as_the_definition_says(
        words in prop::collection::vec("[abA]{1,2}[-b]?", 0..3),
        soft in prop::collection::vec("[abB]{1,2}", 0..5),
        parts in prop::collection::vec("[ab1]{2,4}", 0..4),
        url in "[abAB1/.é-]{0,14}",
    ) {
        let lists = UrlLists::default().banned_words(&words.join("\n")).unwrap();
        let lists = lists.soft_banned_words(&soft.join("\n")).unwrap().banned_subwords(&parts.join("\n")).unwrap();
        prop_assert_eq!(url_reason(&lists, &url), naive_reason(&words, &soft, &parts, &url));
    }

    /// Hosts of any string: an outcome, and whatever is registered ends the whole host.
    #[test]
    fn any_string_has_an_outcome(url in "\\PC{0,24}", scheme in "(http://|//|)", host in "[a-zA-Z0-9.。\\[\\]:@-]{0,16}") {
        let lists = UrlLists::default().domains("com\nco.uk").unwrap();
        for url in [url, format!("{scheme}{host}")] {
            let want = if url.is_empty() { "no_url" } else { "-" };
            prop_assert_eq!(url_reason(&lists, &url), want);
        }
    }
}

#[cfg(feature = "recipe-file")]
mod recipes {
    use super::list;
    use mashbill::recipe::{Recipe, Registry};
    use mashbill::{Error, Facts, text::Analyzer};
    use std::path::Path;

    fn folder() -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("web.parquet"), "").unwrap();
        std::fs::create_dir(folder.path().join("lists")).unwrap();
        folder
    }

    fn read(folder: &Path, columns: &str, steps: &str) -> mashbill::Result<Recipe> {
        let text = format!(
            "columns = {{ {columns} }}\n[[source]]\nname = \"web\"\ncategory = \"organic\"\npaths = [\"web.parquet\"]\nsteps = [{steps}]\n"
        );
        Recipe::from_toml(&text, "recipe.toml", folder, &Registry::default())
    }

    const STEPS: &str = "{ url_lists = { domains = \"lists/d.txt\", banned_words = [\"lists/w.txt\", \"lists/v.txt\"], missing = \"keep\" } }, \
        { c4_badwords = { lists = { en = \"lists/d.txt\" }, keep_fraction = 0.25 } }";

    #[test]
    fn a_list_is_a_part_of_the_recipe() {
        let folder = folder();
        let write = |name: &str, text: &str| std::fs::write(folder.path().join("lists").join(name), text).unwrap();
        write("d.txt", "spam.com\n");
        write("w.txt", "# hard\nrye\n");
        write("v.txt", "corn\n");
        let recipe = read(folder.path(), "url = \"url\"", STEPS).unwrap();
        insta::assert_snapshot!(serde_json::to_string_pretty(&recipe.resolved()["sources"][0]["steps"]).unwrap(), @r#"
        [
          {
            "url_lists": {
              "banned_subwords": [],
              "banned_words": [
                {
                  "bytes": 11,
                  "path": "lists/w.txt",
                  "xxh3_128": "3f3233bb9e54c4bc115ea63698a712be"
                },
                {
                  "bytes": 5,
                  "path": "lists/v.txt",
                  "xxh3_128": "44e7929a358a62765af4b830d370b281"
                }
              ],
              "domains": [
                {
                  "bytes": 9,
                  "path": "lists/d.txt",
                  "xxh3_128": "2e038b1b5b8acd8a01e60ab91e4b0702"
                }
              ],
              "missing": "keep",
              "soft_banned_words": [],
              "soft_word_threshold": 2,
              "urls": []
            }
          },
          {
            "c4_badwords": {
              "default_language": "en",
              "keep_fraction": 0.25,
              "lists": {
                "en": {
                  "bytes": 9,
                  "path": "lists/d.txt",
                  "xxh3_128": "2e038b1b5b8acd8a01e60ab91e4b0702"
                }
              },
              "unlisted": "drop"
            }
          }
        ]
        "#);
        let before = recipe.resolved();
        let registry = Registry::default();
        let mut analyzer = Analyzer::new();
        let mut judged = |recipe: &Recipe, url| {
            let chain = recipe.chain(0, &registry).unwrap();
            let facts = Facts { url, ..Facts::NONE };
            let failure = chain.check(&mut analyzer, "Barley.", facts).failure();
            failure.map_or("-".to_owned(), |failure| chain.rule(failure.rule).unwrap().name.clone())
        };
        let cases = [
            (Some("http://www.spam.com"), "url_lists.domain"),
            (Some("http://a.com/rye"), "url_lists.hard_blacklisted"),
            (Some("http://a.com/corn"), "url_lists.hard_blacklisted"),
            (Some("http://a.com/oat"), "-"),
            (None, "-"),
        ];
        for (url, want) in cases {
            assert_eq!(judged(&recipe, url), want, "{url:?}");
        }
        // A list that changes is another recipe; one that is read stays as it was.
        write("v.txt", "oat\n");
        assert_eq!(judged(&recipe, Some("http://a.com/oat")), "-");
        let changed = read(folder.path(), "url = \"url\"", STEPS).unwrap();
        assert_eq!(judged(&changed, Some("http://a.com/oat")), "url_lists.hard_blacklisted");
        assert_ne!(changed.resolved(), before);
        write("v.txt", "corn\n");
        assert_eq!(read(folder.path(), "url = \"url\"", STEPS).unwrap().resolved(), before);
    }

    #[test]
    fn mistakes_in_lists_are_shown_with_file_and_line() {
        let folder = folder();
        std::fs::write(folder.path().join("lists/words.txt"), "rye\n# no\n—\n").unwrap();
        std::fs::write(folder.path().join("lists/latin1.txt"), b"rye\ncaf\xe9\n").unwrap();
        let answer = |columns: &str, steps: &str| {
            let error = read(folder.path(), columns, steps).unwrap_err();
            assert!(matches!(error, Error::Recipe(_)));
            error.to_string().replace(folder.path().to_str().unwrap(), "FOLDER")
        };
        let url = "url = \"url\"";
        let answers = [
            answer(url, "{ url_lists = { banned_words = \"lists/words.txt\" } }"),
            answer(url, "{ url_lists = { urls = [\"lists/latin1.txt\"] } }"),
            answer(url, "{ url_lists = { domains = \"lists/word.txt\" } }"),
            answer(url, "{ url_lists = { domains = 7 } }"),
            answer(url, "{ url_lists = { missing = \"keep\" } }"),
            answer("", "{ not = { url_lists = { domains = \"lists/latin0.txt\" } } }")
                .lines()
                .next()
                .unwrap()
                .to_owned(),
            answer("", "{ any_of = [{ url_lists = { soft_banned_words = \"lists/ok.txt\" } }] }"),
            answer("", "{ c4_badwords = { lists = { en = \"lists/latin1.txt\" } } }"),
            answer("", "{ c4_badwords = { lists = { de = \"lists/words.txt\" } } }"),
            answer("", "{ c4_badwords = { lists = { default = \"lists/words.txt\" } } }"),
        ];
        insta::assert_snapshot!(answers.join("\n\n"), @r#"
        recipe.toml:6:41: lists/words.txt, line 3: `—` has no letter or digit of ASCII, which words are compared by; take it out
          |
        6 | steps = [{ url_lists = { banned_words = "lists/words.txt" } }]
          |                                         ^^^^^^^^^^^^^^^^^

        recipe.toml:6:34: lists/latin1.txt, line 2: is not UTF-8; save the list as UTF-8
          |
        6 | steps = [{ url_lists = { urls = ["lists/latin1.txt"] } }]
          |                                  ^^^^^^^^^^^^^^^^^^

        recipe.toml:6:36: no file `lists/word.txt` (did you mean `words.txt`?), looked for FOLDER/lists/word.txt
          |
        6 | steps = [{ url_lists = { domains = "lists/word.txt" } }]
          |                                    ^^^^^^^^^^^^^^^^

        recipe.toml:6:36: `domains` must be the name of a file, or a list of names, but is the whole number 7
          |
        6 | steps = [{ url_lists = { domains = 7 } }]
          |                                    ^

        recipe.toml:6:24: `url_lists` needs a list, for example domains = "lists/domains.txt"
          |
        6 | steps = [{ url_lists = { missing = "keep" } }]
          |                        ^^^^^^^^^^^^^^^^^^^^

        recipe.toml:6:44: no file `lists/latin0.txt` (did you mean `latin1.txt`?), looked for FOLDER/lists/latin0.txt

        recipe.toml:6:58: no file `lists/ok.txt`, looked for FOLDER/lists/ok.txt
          |
        6 | steps = [{ any_of = [{ url_lists = { soft_banned_words = "lists/ok.txt" } }] }]
          |                                                          ^^^^^^^^^^^^^^

        recipe.toml:6:43: lists/latin1.txt, line 2: is not UTF-8; save the list as UTF-8
          |
        6 | steps = [{ c4_badwords = { lists = { en = "lists/latin1.txt" } } }]
          |                                           ^^^^^^^^^^^^^^^^^^

        recipe.toml:6:36: rows that state no language are taken for `en`, which has no list, and would all be dropped; add one, set default_language, or unlisted = "keep"
          |
        6 | steps = [{ c4_badwords = { lists = { de = "lists/words.txt" } } }]
          |                                    ^^^^^^^^^^^^^^^^^^^^^^^^^^

        recipe.toml:6:38: `default` is no language; default_language = "en" beside `lists` says what rows are in that state none
          |
        6 | steps = [{ c4_badwords = { lists = { default = "lists/words.txt" } } }]
          |                                      ^^^^^^^
        "#);
    }

    #[test]
    fn an_address_needs_a_column() {
        let folder = folder();
        std::fs::write(folder.path().join("lists/d.txt"), list("domains")).unwrap();
        let error = read(folder.path(), "", "{ not = { url_lists = { domains = \"lists/d.txt\" } } }").unwrap_err();
        let error = error.to_string();
        assert!(error.contains("no column holds it; say url = \"url\" under [columns]"), "{error}");
    }
}
