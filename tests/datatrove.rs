//! Decisions and reasons against those of datatrove 0.10.

#![allow(clippy::unwrap_used, clippy::panic)]

use crate::escapes::unescaped;
use mashbill::filter::{Filter, RuleFilter, profile::rule_set};
use mashbill::recipe::{Chain, StepKind};
use mashbill::text::Analyzer;
use mashbill::{Document, Facts, rewrite::DatatroveC4Lines, rewrite::Rewrite, rewrite::SymbolLines};
use std::collections::BTreeMap;
use std::path::Path;
use std::time::Instant;
use xxhash_rust::xxh3::xxh3_128;

/// In the order of the columns of `reference.py`.
const SETS: [&str; 5] = [
    "datatrove_gopher_repetition",
    "datatrove_gopher_quality",
    "datatrove_c4_fineweb",
    "datatrove_c4_quality",
    "datatrove_fineweb_quality",
];

const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/parity/datatrove");

/// What is compared.
struct Judge {
    sets: Vec<RuleFilter>,
    chain: Chain,
    analyzer: Analyzer,
}

impl Judge {
    fn new() -> Judge {
        Judge {
            sets: SETS.iter().map(|name| rule_set(name).unwrap().build(&[]).unwrap()).collect(),
            chain: Chain::profile("datatrove-0.10").unwrap(),
            analyzer: Analyzer::new(),
        }
    }

    /// The first reason of each set, `-` where it keeps the text.
    fn reasons(&mut self, text: &str) -> Vec<String> {
        let view = self.analyzer.view(text);
        let doc = Document::new(&view);
        self.sets.iter().map(|set| reason(set, &doc)).collect()
    }

    /// The columns of `reference.py`: the reasons, that of the chain, and a digest of the text that its lines leave.
    fn columns(&mut self, text: &str) -> Vec<String> {
        let mut columns = self.reasons(text);
        let rewritten = columns[2] == "-";
        let outcome = self.chain.check(&mut self.analyzer, text, Facts::NONE);
        columns.push(outcome.failure().map_or("-".to_owned(), |f| self.chain.rule(f.rule).unwrap().name.clone()));
        let view = self.analyzer.view(text);
        let after = DatatroveC4Lines { terminal_punctuation: false }.rewrite(&Document::new(&view)).text;
        columns.push(if rewritten { format!("{:032x}", xxh3_128(after.as_bytes())) } else { "-".to_owned() });
        columns
    }
}

fn reason(filter: &dyn Filter, doc: &Document<'_>) -> String {
    let failure = filter.check(doc).failure();
    failure.map_or("-".to_owned(), |f| filter.rules()[usize::from(f.rule.0)].name.clone())
}

/// Twelve lines of fourteen words, which every filter keeps.
fn base() -> String {
    let words: Vec<&str> =
        "alpha bravo charlie delta echo foxtrot golf hotel india juliet kilo lima mike november oscar papa \
        quebec romeo sierra tango uniform victor whiskey xray yankee zulu the of and to be with that have"
            .split(' ')
            .collect();
    let mut state = 1u64;
    let mut line = || {
        let mut line = Vec::new();
        for _ in 0..14 {
            state = (state * 1_103_515_245 + 12_345) % (1 << 31);
            line.push(words[(state >> 16) as usize % words.len()]);
        }
        let line = line.join(" ") + ".";
        line[..1].to_uppercase() + &line[1..]
    };
    (0..12).map(|_| line()).collect::<Vec<_>>().join("\n")
}

/// Variants of one text, each met by another rule. Columns: repetition, quality, C4, C4 without its rule on terminal marks,
/// FineWeb.
#[test]
fn variants_of_a_text_are_dropped_for_the_same_reasons() {
    let b = base();
    assert_eq!(b.chars().count(), 961);
    assert!(b.lines().next().unwrap().ends_with("romeo golf yankee."));
    let each = |change: &dyn Fn(&str) -> String| b.lines().map(change).collect::<Vec<_>>().join("\n");
    let starts = |with: &str| each(&|line| format!("{with}{line}"));
    let stops = |with: &str| b.replace('.', with);
    let first_ends = |with: &str| b.replacen('.', with, 1);
    let (short, few, punct) = ("gopher_short_doc", "too_few_sentences", "line_punct_ratio");
    let cases: Vec<(String, [&str; 5])> = vec![
        (b.clone(), ["-", "-", "-", "-", "-"]),
        (format!("{b}\n"), ["-", "-", "-", "-", "-"]),
        (format!("\n{b}\n"), ["-", "-", "-", "-", "-"]),
        (b.replace('\n', "\r\n"), ["-", "-", "-", "-", punct]),
        (stops(". "), ["-", "-", "-", "-", punct]),
        (b.replace('\n', "\u{85}"), ["-", "-", "-", "-", "-"]),
        (b.replace('\n', "\u{2028}"), ["-", "-", "-", "-", "-"]),
        (b.replace('\n', "\u{c}"), ["-", "-", "-", "-", "-"]),
        (b.replace('\n', "\u{b}"), ["-", "-", "-", "-", "-"]),
        (b.replace(' ', "\u{a0}"), ["-", "-", "-", "-", "-"]),
        (b.replace(' ', "\t"), ["-", "-", "-", "-", "-"]),
        (format!("\u{feff}{b}"), ["-", "-", "-", "-", "-"]),
        (b.replacen(' ', "\0", 1), ["-", "-", "-", "-", "-"]),
        (b.replace(' ', "\u{200b}"), ["-", short, few, few, "list_ratio"]),
        (stops(".\""), ["-", "-", "-", "-", punct]),
        (stops(".”"), ["-", "-", few, "-", punct]),
        (stops(".)"), ["-", "-", few, "-", punct]),
        (stops(". [1]"), ["-", "gopher_below_alpha_threshold", few, "-", punct]),
        (stops(".[1]"), ["-", "-", "-", "-", punct]),
        (first_ends(" where $x_{i}$ holds."), ["-", "-", "curly_bracket", "curly_bracket", "-"]),
        (first_ends(" where $x_{i}$ holds"), ["-", "-", "-", "curly_bracket", "-"]),
        (starts("We use cookies. "), ["top_4_gram", "-", few, few, "-"]),
        (b.replace("alpha", "JavaScript"), ["-", "-", "-", "-", "-"]),
        (b.to_uppercase(), ["-", "gopher_enough_stop_words", "-", "-", "-"]),
        (starts("- "), ["-", "gopher_too_many_bullets", "-", "-", "-"]),
        (starts("• "), ["-", "gopher_too_many_bullets", "-", "-", "-"]),
        (starts("* "), ["-", "-", "-", "-", "-"]),
        (stops("。"), ["-", "-", few, "-", "-"]),
        (stops("।"), ["-", "-", few, "-", "-"]),
        (format!("{b}\n{}", b.lines().last().unwrap()), ["-", "-", "-", "-", "char_dup_ratio"]),
        (b.replace('\n', " "), ["-", "-", "-", "-", "-"]),
        (starts("## "), ["-", "gopher_too_many_hashes", "-", "-", "-"]),
        (starts("#### "), ["-", "gopher_too_many_hashes", "-", "-", "-"]),
        (stops("…"), ["-", "gopher_too_many_end_ellipsis", few, "-", punct]),
        (stops("..."), ["-", "gopher_too_many_end_ellipsis", few, "-", "-"]),
        (String::new(), ["empty", short, few, few, "empty"]),
        ("\n".to_owned(), ["dup_line_frac", short, few, few, "empty"]),
        ("   ".to_owned(), ["-", short, few, few, "empty"]),
        ("Hello world".to_owned(), ["top_2_gram", short, few, few, punct]),
        (format!("\n{}\n", b.replace('\n', " ")), ["dup_line_frac", "-", "-", "-", "-"]),
    ];
    let mut judge = Judge::new();
    for (text, want) in cases {
        let mut got = judge.reasons(&text);
        got.swap(2, 3);
        assert_eq!(got, want, "{text:?}");
    }
}

/// The numbers behind the decisions.
#[test]
fn repeats_are_counted_as_in_the_reference() {
    let b = base();
    let twice = format!("{b}\n{}", b.lines().next().unwrap());
    let mut analyzer = Analyzer::new();
    for (text, chars, tops, duplicates) in
        [(&b, 961.0, [24, 28, 23], [0; 6]), (&twice, 1039.0, [32, 30, 46], [64, 53, 63, 39, 42, 46])]
    {
        let view = analyzer.view(text);
        let doc = Document::new(&view);
        let names = (2..=4).map(|n| format!("dt_top_{n}gram_char_ratio"));
        let names = names.chain((5..=10).map(|n| format!("dt_duplicate_{n}gram_char_ratio")));
        for (name, want) in names.zip(tops.into_iter().chain(duplicates)) {
            let value = mashbill::signal::signal(&name).unwrap().measure(&doc);
            assert_eq!(value, Some(f64::from(want) / chars), "{name}");
        }
    }
}

/// Every document of `fixtures/text`: five filters, the chain, and the text that it leaves.
#[test]
fn documents_are_dropped_for_the_same_reasons() {
    let goldens = std::fs::read_to_string(Path::new(FOLDER).join("goldens.tsv")).unwrap();
    let mut sets: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let mut judge = Judge::new();
    let mut compared = 0;
    for line in goldens.lines().filter(|line| !line.starts_with('#')) {
        let fields: Vec<&str> = line.split('\t').collect();
        let texts = sets.entry(fields[0].to_owned()).or_insert_with(|| {
            let file = Path::new(FOLDER).join(format!("../../text/{}.txt", fields[0]));
            std::fs::read_to_string(file).unwrap().split("\n\u{1e}\n").map(str::to_owned).collect()
        });
        let text = &texts[fields[1].parse::<usize>().unwrap()];
        assert_eq!(judge.columns(text), fields[2..], "{} {}", fields[0], fields[1]);
        compared += 1;
    }
    assert_eq!(compared, sets.values().map(Vec::len).sum::<usize>());
    assert_eq!((sets.len(), compared > 600), (6, true));
}

#[test]
fn the_profile_judges_each_by_itself_under_the_names_of_the_filters() {
    let chain = Chain::profile("datatrove-0.10-each").unwrap();
    let steps: Vec<&str> = chain.steps().iter().map(|step| step.name.as_str()).collect();
    assert_eq!(steps, ["gopher_repetition", "gopher_quality", "c4_quality", "fineweb_quality"]);
    assert!(chain.steps().iter().all(|step| matches!(step.kind, StepKind::Filter(_))));
    assert!(chain.rules().iter().any(|rule| rule.name == "gopher_quality.gopher_short_doc"));
}

#[test]
fn lines_of_symbols_go_as_in_the_reference() {
    let goldens = std::fs::read_to_string(Path::new(FOLDER).join("symbol_lines.tsv")).unwrap();
    let mut analyzer = Analyzer::new();
    let mut compared = 0;
    for line in goldens.lines().filter(|line| !line.starts_with("# ")) {
        let fields: Vec<String> = line.split('\t').map(unescaped).collect();
        let [replacement, text, after] = fields.try_into().unwrap();
        let rewrite = SymbolLines { replacement };
        assert_eq!(rewrite.rewrite(&Document::new(&analyzer.view(&text))).text, after, "{line}");
        compared += 1;
    }
    assert_eq!(compared, 410);
}

/// Settings stand under the names of the filters, and reach the sets behind them.
#[cfg(feature = "recipe-file")]
#[test]
fn a_recipe_changes_a_part_of_the_profile() {
    use mashbill::recipe::{Recipe, Registry};
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("web.parquet"), "").unwrap();
    let recipe = r#"
        [[source]]
        name = "web"
        category = "organic"
        paths = ["web.parquet"]
        steps = [{ profile = "datatrove-0.10", gopher_repetition = false, gopher_quality = { gopher_short_doc = 3 },
            c4_quality = { too_few_sentences = false, curly_bracket = false }, c4_lines = { terminal_punctuation = true } }]
    "#;
    let registry = Registry::default();
    let recipe = Recipe::from_toml(recipe, "recipe.toml", folder.path(), &registry).unwrap();
    let chain = recipe.chain(0, &registry).unwrap();
    let steps: Vec<&str> = chain.steps().iter().map(|step| step.name.as_str()).collect();
    assert_eq!(steps, ["gopher_quality", "c4_quality", "c4_lines", "fineweb_quality"]);
    let outcome =
        chain.check(&mut Analyzer::new(), "Home of the rye\nTo be kept of { it stands, with a full stop.", Facts::NONE);
    assert!(outcome.verdict.is_keep(), "{outcome:?}");
    assert_eq!(outcome.text, "To be kept of { it stands, with a full stop.");
}

/// Long texts of what each measure looks at again and again. Quadratic time would be minutes here.
#[test]
fn hostile_texts_end() {
    let mut judge = Judge::new();
    for unit in ["[", "[1", "[1]", "\n", "\r", "\n\n", "a\n", "{", "j", "x ", ". ", "a b c d e ", "é", "\u{85}", "…"]
    {
        let text = unit.repeat(200_000 / unit.len());
        assert!(judge.columns(&text).len() == 7, "{unit:?}");
    }
}

/// A full comparison, over texts that are no part of the repository: see `fixtures/parity/datatrove/compare.py`.
#[test]
#[ignore = "reads a dump that compare.py writes"]
fn datatrove_dump() {
    let dump = std::fs::read(Path::new(FOLDER).join("corpus.dump")).unwrap();
    let mut rest = &dump[..];
    let mut field = || {
        let len = u32::from_le_bytes(rest.get(..4)?.try_into().unwrap()) as usize;
        let (field, tail) = rest[4..].split_at(len);
        rest = tail;
        Some(std::str::from_utf8(field).unwrap())
    };
    let mut records = Vec::new();
    while let Some(name) = field() {
        records.push((name, field().unwrap(), field().unwrap()));
    }
    let mut judge = Judge::new();
    let mut same = [0u32; SETS.len() + 2];
    for (name, text, want) in &records {
        let got = judge.columns(text);
        for (i, (got, want)) in got.iter().zip(want.split('\t')).enumerate() {
            same[i] += u32::from(got == want);
            if got != want {
                println!("{name}: column {i}: {got}, not {want}");
            }
        }
    }
    let bytes: usize = records.iter().map(|(_, text, _)| text.len()).sum();
    println!("{} texts of {bytes} bytes; the same of each column: {same:?}", records.len());
    for profile in ["datatrove-0.10", "datatrove-0.10-each", "fineweb"] {
        let chain = Chain::profile(profile).unwrap();
        let start = Instant::now();
        let kept =
            records.iter().filter(|r| chain.check(&mut judge.analyzer, r.1, Facts::NONE).verdict.is_keep()).count();
        let seconds = start.elapsed().as_secs_f64();
        println!("{profile}: {kept} kept; check {:.1} MB/s", bytes as f64 / 1e6 / seconds);
        let start = Instant::now();
        let mut failed = 0;
        for (_, text, _) in &records {
            chain.audit(&mut judge.analyzer, text, Facts::NONE, &mut |f| failed += u32::from(!f.passed));
        }
        let seconds = start.elapsed().as_secs_f64();
        println!("{profile}: {failed} findings failed; audit {:.1} MB/s", bytes as f64 / 1e6 / seconds);
    }
}
