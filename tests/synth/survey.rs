//! Planted faults in real text: who planted them knows where they are, and knows nothing of how they are looked for.

use crate::kit::{batch, fixture, plain, pool, read, string_array, words, write};
use arrow::array::{ArrayRef, ListBuilder, StringBuilder};
use mashbill::pipeline::{Silent, SurveyColumns, SurveyFiles, synth_report};
use mashbill::synth::{Finding, SurveyConfig, SurveyReport};
use std::collections::{BTreeMap, HashSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Numbers without a pattern, to choose what is planted where.
struct Dice(u64);

impl Dice {
    fn below(&mut self, n: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        ((self.0 >> 33) % n as u64) as usize
    }

    fn of<'a>(&mut self, all: &'a [&'a str]) -> &'a str {
        all[self.below(all.len())]
    }
}

/// Words in a piece of real text.
const PIECE: usize = 120;

/// Pieces of the books and manuals of the fixtures that have no run of eight words in common: what is planted is all that is there.
fn pieces() -> Vec<Vec<String>> {
    let mut seen: HashSet<String> = HashSet::new();
    let mut pieces = Vec::new();
    for file in ["books", "docs"] {
        for text in words(&read(fixture(&format!("corpus/{file}.parquet")).as_ref()), "text") {
            let all: Vec<String> = text.split_whitespace().map(str::to_owned).collect();
            for piece in all.chunks_exact(PIECE) {
                let plain: Vec<String> =
                    piece.iter().map(|w| w.to_lowercase().replace(|c: char| !c.is_alphanumeric(), "")).collect();
                let runs: Vec<String> = plain.windows(8).map(|run| run.join(" ")).collect();
                let prose = plain.iter().filter(|word| word.len() > 1).count() > PIECE * 3 / 4;
                if prose && runs.iter().all(|run| !seen.contains(run)) {
                    seen.extend(runs);
                    pieces.push(piece.to_vec());
                }
            }
        }
    }
    // Shuffled, so that every part of them is from everywhere.
    let mut dice = Dice(5);
    (1..pieces.len()).rev().for_each(|at| pieces.swap(at, dice.below(at + 1)));
    pieces
}

/// Openings of refusals as models wrote them (in answers to AlpacaEval's prompts), to be ended by an object.
const REFUSALS: [&str; 14] = [
    "As an AI language model, I cannot say anything about",
    "As an AI language model, I don't have access to",
    "As an AI, I do not have opinions on",
    "I'm sorry, but as an AI language model I can't write about",
    "I’m sorry, but I am not able to write about",
    "I apologize, but I do not feel comfortable with",
    "I apologize, but I cannot provide information on",
    "I'm sorry, I cannot comply with your request about",
    "Sorry, as a language model, I cannot judge",
    "I'm sorry, but I'm unable to identify",
    "I cannot fulfill your request about",
    "I'm sorry, but I can't assist with",
    "I am sorry, but I cannot help you with",
    "I must respectfully decline to speak about",
];

/// What people write that is no refusal.
const NO_REFUSALS: [&str; 8] = [
    "I'm sorry to hear about",
    "She said that she could not assist with",
    "I cannot help thinking of",
    "Sorry, we are closed because of",
    "As an airline we cannot be blamed for",
    "They apologized, but did not change",
    "The model refuses to converge on",
    "I am unable to forget",
];

/// What was planted, by the beginning of the ids.
struct Planted {
    ids: Vec<String>,
    texts: Vec<String>,
    seeds: Vec<Vec<String>>,
    seed_docs: Vec<(String, String)>,
    organic: Vec<(String, String)>,
}

const EACH: usize = 300;

fn plant() -> Planted {
    let mut dice = Dice(7);
    let mut pieces = pieces().into_iter();
    let mut next = || pieces.next().expect("enough pieces").join(" ");
    let (mut ids, mut texts, mut seeds) = (Vec::new(), Vec::new(), Vec::new());
    let mut add = |id: String, text: String, of: Vec<String>| {
        ids.push(id);
        texts.push(text);
        seeds.push(of);
    };
    for n in 0..EACH {
        add(format!("plain-{n}"), next(), vec![]);
    }
    // A template of sixty words around words of real text.
    for n in 0..EACH {
        let filler = next();
        let filler: Vec<&str> = filler.split(' ').collect();
        let mut some = |most: usize| {
            let (from, length) = (dice.below(PIECE - most), 1 + dice.below(most));
            filler[from..from + length].join(" ")
        };
        let (topic, name, goal) = (some(4), some(1), some(6));
        let text = format!(
            "Welcome back, dear students! In lesson {n} we will take a closer look at {topic}. Imagine that {name} wants to understand \
             {goal} before the exam next week. First, write down everything you already know about it. Second, compare your notes with \
             those of a friend. By the end of this lesson you will be able to explain {topic} in your own words, and to give at least {} \
             good examples.",
            n % 9 + 2
        );
        add(format!("template-{n}"), text, vec![]);
    }
    for n in 0..EACH {
        let text = next();
        let (at, object) = (text.find(' ').unwrap(), text.split(' ').nth(dice.below(PIECE)).unwrap().to_owned());
        let refusal = format!("{} {object}.", dice.of(&REFUSALS));
        // At the beginning, or after the first word.
        let text = if n % 2 == 0 {
            format!("{refusal} {text}")
        } else {
            format!("{}. {refusal} {}", &text[..at], &text[at + 1..])
        };
        add(format!("refusal-{n}"), text, vec![]);
        let other = next();
        add(format!("no_refusal-{n}"), format!("{} {object}. {other}", dice.of(&NO_REFUSALS)), vec![]);
    }
    // Pairs that differ in at most two words of 120: at most ten of 116 runs of five are changed, Jaccard 106 / 126.
    for n in 0..EACH / 2 {
        let text = next();
        let mut changed: Vec<String> = text.split(' ').map(str::to_owned).collect();
        (0..1 + n % 2).for_each(|k| changed[dice.below(PIECE)] = format!("zyx{n}q{k}"));
        add(format!("near-{n}a"), text, vec![]);
        add(format!("near-{n}b"), changed.join(" "), vec![]);
    }
    // Two thirds of a seed, word for word, and a third of something else; and as many that quote a tenth.
    let mut seed_docs = Vec::new();
    for n in 0..EACH {
        let (seed, other) = (next(), next());
        let part = |text: &str, from: usize, to: usize| {
            text.split(' ').skip(from).take(to - from).collect::<Vec<_>>().join(" ")
        };
        let (share, name) = if n % 2 == 0 { (PIECE * 2 / 3, "copy") } else { (PIECE / 10, "quote") };
        let text = format!("{} {}", part(&seed, 20, 20 + share), part(&other, 0, PIECE - share));
        add(format!("{name}-{n}"), text, vec![format!("missing-{n}"), format!("seed-{n}")]);
        seed_docs.push((format!("seed-{n}"), seed));
    }
    let organic = (0..600).map(|n| (format!("organic-{n}"), next())).collect();
    Planted { ids, texts, seeds, seed_docs, organic }
}

fn write_planted(planted: &Planted, dir: &Path, group_rows: usize) -> SurveyFiles {
    let mut lists = ListBuilder::new(StringBuilder::new());
    for seeds in &planted.seeds {
        seeds.iter().for_each(|seed| lists.values().append_value(seed));
        lists.append(!seeds.is_empty());
    }
    let rows = planted.ids.len();
    let columns: Vec<(&str, ArrayRef)> = vec![
        ("id", string_array(&planted.ids)),
        ("text", string_array(&planted.texts)),
        ("kind", string_array(vec!["textbook"; rows])),
        ("generator", string_array(planted.ids.iter().map(|id| if id.len() % 2 == 0 { "m1" } else { "m2" }))),
        ("seed_doc_ids", Arc::new(lists.finish())),
    ];
    write(&dir.join("made.parquet"), &batch(columns), group_rows);
    let pairs = |docs: &[(String, String)]| {
        batch(vec![("id", string_array(docs.iter().map(|d| &d.0))), ("text", string_array(docs.iter().map(|d| &d.1)))])
    };
    write(&dir.join("organic.parquet"), &pairs(&planted.organic), group_rows);
    write(&dir.join("seeds.parquet"), &pairs(&planted.seed_docs), group_rows);
    let path = |name: &str| vec![dir.join(name)];
    SurveyFiles { synthetic: path("made.parquet"), organic: path("organic.parquet"), seeds: path("seeds.parquet") }
}

fn surveyed(files: &SurveyFiles, threads: usize, sample_words: u64) -> SurveyReport {
    let config = SurveyConfig { sample_words, ..SurveyConfig::default() };
    synth_report(files, &SurveyColumns::default(), config, 1 << 20, &pool(threads), &Silent).unwrap()
}

/// Recall and false alarms of a finding, where the planted documents are those whose ids begin so.
fn judged(
    findings: &[Finding],
    planted: &[&str],
    found: impl Fn(&Finding) -> bool,
    among: impl Fn(&Finding) -> bool,
) -> (f64, f64) {
    let mut counts: BTreeMap<(bool, bool), f64> = BTreeMap::new();
    for finding in findings.iter().filter(|f| among(f)) {
        let is = planted.contains(&finding.id.split('-').next().unwrap());
        *counts.entry((is, found(finding))).or_insert(0.0) += 1.0;
    }
    let of = |is: bool| {
        let (hit, missed) = (counts.get(&(is, true)).unwrap_or(&0.0), counts.get(&(is, false)).unwrap_or(&0.0));
        assert!(hit + missed > 100.0, "too few to judge");
        hit / (hit + missed)
    };
    (of(true), of(false))
}

#[test]
fn what_was_planted_is_found_and_little_else() {
    let dir = tempfile::tempdir().unwrap();
    let report = surveyed(&write_planted(&plant(), dir.path(), 500), 2, 10_000_000);
    let all = report.all.as_ref().unwrap();
    assert_eq!(all.findings.len() as u64, all.documents, "the sample is all");
    let everyone = |_: &Finding| true;
    let results = [
        ("templates", judged(&all.findings, &["template"], |f| f.template_share >= 0.05, everyone)),
        ("refusals", judged(&all.findings, &["refusal"], |f| f.refusals > 0, everyone)),
        ("near duplicates", judged(&all.findings, &["near"], |f| f.near_duplicate, |f| !f.id.starts_with("template"))),
        (
            "copies of seeds",
            judged(&all.findings, &["copy"], |f| f.seed_containment >= Some(0.5), |f| f.seed_containment.is_some()),
        ),
    ];
    for (what, (recall, false_alarms)) in results {
        println!("{what}: recall {recall:.4}, false alarms {false_alarms:.4}");
        assert!(recall >= 0.99 && false_alarms <= 0.01, "{what}: recall {recall}, false alarms {false_alarms}");
    }
    let share = |n: usize| n as f64 / all.documents as f64;
    // Of as many words as there are organic ones: a sixth of the documents.
    assert!((all.measures.template_top1.unwrap() - share(EACH)).abs() < 0.06, "{:?}", all.measures);
    assert!((all.refusals.unwrap() - share(EACH)).abs() < 0.002);
    for word in ["template collapse", "refuse", "copies of seeds"] {
        assert!(all.warnings.iter().any(|warning| warning.contains(word)), "{word}: {:?}", all.warnings);
    }
    let seeds = all.seeds.as_ref().unwrap();
    assert_eq!((seeds.documents, seeds.most_of_one_seed), (EACH as u64, 1));
    assert!((seeds.copies - 0.5).abs() < 0.01);
}

/// Text that people wrote, beside other such text, is no reason to warn.
#[test]
fn organic_text_is_like_itself() {
    let dir = tempfile::tempdir().unwrap();
    let mut planted = plant();
    let plain: Vec<usize> = (0..planted.ids.len()).filter(|&at| planted.ids[at].starts_with("plain")).collect();
    planted.texts = plain.iter().map(|&at| planted.texts[at].clone()).collect();
    planted.ids = plain.iter().map(|&at| planted.ids[at].clone()).collect();
    planted.seeds = vec![vec![]; plain.len()];
    let report = surveyed(&write_planted(&planted, dir.path(), 500), 2, 1_000_000);
    let all = report.all.unwrap();
    assert_eq!(all.warnings, Vec::<String>::new());
    let (own, organic) = (all.measures.distinct[2].unwrap(), all.organic.unwrap().distinct[2].unwrap());
    assert!((own / organic - 1.0).abs() < 0.1, "{own} {organic}");
    assert!((all.rare_words.unwrap() / all.organic_rare_words.unwrap() - 1.0).abs() < 0.25);
}

#[test]
fn threads_and_row_groups_do_not_matter() {
    let dirs = [tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap()];
    let planted = plant();
    let one = surveyed(&write_planted(&planted, dirs[0].path(), 97), 1, 20_000);
    assert_eq!(surveyed(&write_planted(&planted, dirs[1].path(), 1_000), 4, 20_000), one);
    assert_eq!(one.groups.iter().map(|g| g.generator.as_str()).collect::<Vec<_>>(), ["m1", "m2"]);
    for group in one.groups.iter().chain(&one.all) {
        // The organic half that is compared with may be short of the wanted words by some documents; both sides are cut alike.
        let words = group.measures.words;
        assert!((19_000..=20_000).contains(&words), "{words}");
        assert_eq!(group.organic.as_ref().unwrap().words, words);
        assert!(group.measures.compression > Some(1.0));
    }
}

#[test]
fn columns_are_found_by_name_or_as_told() {
    let dir = tempfile::tempdir().unwrap();
    let texts = string_array(["rye and corn are grown here", "barley too"]);
    let columns: Vec<(&str, ArrayRef)> = vec![
        ("body", texts),
        ("model", string_array(["a", "b"])),
        ("origin_id", string_array(["s1", "s2"])),
        ("template", string_array(["t", "t"])),
    ];
    write(&dir.path().join("made.parquet"), &batch(columns), 10);
    let organic: Vec<(&str, ArrayRef)> =
        vec![("body", string_array(["wheat", ""])), ("id", string_array(["s1", "s2"]))];
    write(&dir.path().join("organic.parquet"), &batch(organic), 10);
    let path = |name: &str| -> Vec<PathBuf> { vec![dir.path().join(name)] };
    let files = SurveyFiles {
        synthetic: path("made.parquet"),
        organic: path("organic.parquet"),
        seeds: path("organic.parquet"),
    };
    let report =
        |columns: SurveyColumns| synth_report(&files, &columns, SurveyConfig::default(), 1 << 20, &pool(1), &Silent);
    let told = SurveyColumns { text: "body".into(), seed_ids: Some("origin_id".into()), ..SurveyColumns::default() };
    let found = report(told.clone()).unwrap();
    let names: Vec<_> =
        found.groups.iter().map(|g| (g.kind.as_str(), g.generator.as_str(), g.template.as_str())).collect();
    assert_eq!(names, [("", "a", "t"), ("", "b", "t")]);
    assert_eq!(found.groups[0].seeds.as_ref().unwrap().ungrounded, 1.0);
    let wrong = |columns: SurveyColumns| plain(report(columns).unwrap_err(), &[dir.path()]);
    let missing = wrong(SurveyColumns { text: "boby".into(), ..told.clone() });
    assert!(missing.contains("made.parquet: column `boby`: is missing (did you mean `body`?)"), "{missing}");
    let missing = wrong(SurveyColumns { kind: Some("sort".into()), ..told.clone() });
    assert!(missing.contains("column `sort`: is missing"), "{missing}");
    let text = found.to_string();
    assert!(text.contains("a / t") && text.contains("near duplicates"), "{text}");
}
