//! Words and sentences against those of spaCy 3.8 as datatrove 0.10 counts them.

#![allow(clippy::unwrap_used)]

use mashbill::text::{Analyzer, TextView, WordBreak};
use std::collections::HashMap;
use std::path::Path;
use xxhash_rust::xxh3::xxh3_128;

/// What the reference was asked about each text: words and sentences, and a digest of each joined by U+001F.
#[derive(Debug, PartialEq, Eq, Clone, Copy)]
struct Counts {
    words: usize,
    words_digest: u128,
    sentences: usize,
    sentences_digest: u128,
}

fn measure(view: &TextView<'_>) -> Counts {
    let digest = |parts: Vec<&str>| xxh3_128(parts.join("\u{1f}").as_bytes());
    let (words, sentences) = (view.words(WordBreak::SpacyEnglish), view.spacy_sentences());
    Counts {
        words: words.len(),
        words_digest: digest(words.iter().collect()),
        sentences: sentences.len(),
        sentences_digest: digest(sentences.iter().collect()),
    }
}

#[test]
fn words_and_sentences_are_those_of_spacy() {
    let mut sets: HashMap<&str, Vec<String>> = HashMap::new();
    let mut analyzer = Analyzer::new();
    let (mut texts, mut wrong) = (0, Vec::new());
    for line in read("goldens.tsv").lines().filter(|line| !line.starts_with('#')) {
        let [name, number, words, words_digest, sentences, sentences_digest] =
            line.split('\t').collect::<Vec<_>>().try_into().unwrap();
        let want = Counts {
            words: words.parse().unwrap(),
            words_digest: u128::from_str_radix(words_digest, 16).unwrap(),
            sentences: sentences.parse().unwrap(),
            sentences_digest: u128::from_str_radix(sentences_digest, 16).unwrap(),
        };
        let name = SETS.into_iter().find(|set| *set == name).unwrap();
        let text = &sets.entry(name).or_insert_with(|| load(name))[number.parse::<usize>().unwrap()];
        let view = analyzer.view(text);
        if measure(&view) != want {
            let words: Vec<&str> = view.words(WordBreak::SpacyEnglish).iter().collect();
            wrong.push(format!("{name} {number}: {want:?}, not {words:?} of {:?}", text.get(..400).unwrap_or(text)));
        }
        texts += 1;
    }
    assert_eq!(texts, sets.values().map(Vec::len).sum::<usize>());
    assert!(texts > TORTURES && sets.len() == SETS.len());
    assert!(wrong.is_empty(), "{} of {texts}:\n{}", wrong.len(), wrong[..wrong.len().min(10)].join("\n"));
}

/// The examples by which the port was written, token for token.
#[test]
fn vectors_word_by_word() {
    let cases: [(&str, &[&str]); 12] = [
        ("10:30p.m. in the U.S.A.", &["10:30p.m", ".", "in", "the", "U.S.A."]),
        ("state-of-the-art C++/Rust x=3", &["state", "-", "of", "-", "the", "-", "art", "C++/Rust", "x=3"]),
        ("a/b 5-10 $5.00 3km", &["a", "/", "b", "5", "-", "10", "$", "5.00", "3", "km"]),
        ("O'Neill rock'n'roll", &["O'Neill", "rock'n'roll"]),
        ("foo(bar)", &["foo(bar", ")"]),
        ("x**2 a*b a==b snake_case", &["x**2", "a*b", "a==b", "snake_case"]),
        ("2024-01-02 10am", &["2024", "-", "01", "-", "02", "10", "am"]),
        ("日本語テキスト。これは", &["日本語テキスト。これは"]),
        ("f(x):\n  return''", &["f(x", "):", "return", "''"]),
        ("(can't)", &["(", "ca", "n't", ")"]),
        ("see http://a.bc/d?e. me@x.org,", &["see", "http://a.bc/d?e", ".", "me@x.org", ","]),
        (" \u{1c}\u{a0}\n", &[]),
    ];
    let mut analyzer = Analyzer::new();
    for (text, want) in cases {
        assert_eq!(analyzer.view(text).words(WordBreak::SpacyEnglish).iter().collect::<Vec<_>>(), want, "{text:?}");
    }
}

#[test]
fn sentences_cover_the_text() {
    let cases: [(&str, &[&str]); 7] = [
        ("", &[""]),
        ("   ", &["   "]),
        ("Dr. Smith went. He left.", &["Dr. Smith went.", " He left."]),
        ("I live in the U.S. It is big.", &["I live in the U.S. It is big."]),
        ("He said \"no.\" Then left.", &["He said \"no.\"", " Then left."]),
        ("End.\nNext ... line", &["End.", "\nNext ... line"]),
        ("End. \n", &["End.", " \n"]),
    ];
    let mut analyzer = Analyzer::new();
    for (text, want) in cases {
        assert_eq!(analyzer.view(text).spacy_sentences().iter().collect::<Vec<_>>(), want, "{text:?}");
    }
}

/// Without spaces, and of what each rule looks at again and again. Quadratic time would be minutes here.
#[test]
fn hostile_texts_end() {
    let mut analyzer = Analyzer::new();
    for unit in [
        "(", ")", ".", ". ", ":(", "):", "a@", "a.", "a@b.c/", "5", "5km", "…", "-", "'", "''", "é", "日", "x-",
        "\u{301}",
    ] {
        let text = unit.repeat(100_000 / unit.len());
        let view = analyzer.view(&text);
        let words = view.words(WordBreak::SpacyEnglish);
        assert!(words.iter().map(str::len).sum::<usize>() <= text.len());
        assert!(!view.spacy_sentences().is_empty());
    }
}

const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/parity/spacy");
const SETS: [&str; 8] = ["book", "code", "math", "multilingual", "tldr", "web", "vectors", "torture"];
const TORTURES: usize = 5000;

fn read(name: &str) -> String {
    std::fs::read_to_string(Path::new(FOLDER).join(name)).unwrap()
}

/// The texts of a set.
fn load(set: &str) -> Vec<String> {
    match set {
        "vectors" => read_lines("vectors.txt"),
        "torture" => tortures(),
        _ => read(&format!("../../text/{set}.txt")).split("\n\u{1e}\n").map(str::to_owned).collect(),
    }
}

/// Lines in which `\u{HEX}` stands for a character.
fn read_lines(name: &str) -> Vec<String> {
    let unescape = |line: &str| {
        let mut pieces = line.split("\\u{");
        let mut out = pieces.next().unwrap().to_owned();
        for piece in pieces {
            let (hex, rest) = piece.split_once('}').unwrap();
            out.push(char::from_u32(u32::from_str_radix(hex, 16).unwrap()).unwrap());
            out.push_str(rest);
        }
        out
    };
    read(name).strip_suffix('\n').unwrap().split('\n').map(unescape).collect()
}

/// Random fragments in a row, the same as in `make_goldens.py`.
fn tortures() -> Vec<String> {
    let fragments = read_lines("fragments.txt");
    let mut state = 1u64;
    let mut draw = || {
        state = (state * 1_103_515_245 + 12_345) % (1 << 31);
        (state >> 16) as usize
    };
    let mut torture = || {
        let pieces = 1 + draw() % 24;
        (0..pieces).map(|_| fragments[draw() % fragments.len()].as_str()).collect()
    };
    (0..TORTURES).map(|_| torture()).collect()
}

/// A full comparison, over texts that are no part of the repository: see `fixtures/parity/spacy/compare.py`.
#[test]
#[ignore = "reads a dump that compare.py writes"]
fn spacy_dump() {
    let dump = std::fs::read(Path::new(FOLDER).join("corpus.dump")).unwrap();
    let mut rest = &dump[..];
    let mut analyzer = Analyzer::new();
    let (mut texts, mut bytes, mut same_words, mut same) = (0u64, 0usize, 0u64, 0u64);
    while !rest.is_empty() {
        let name = String::from_utf8(block(&mut rest).to_vec()).unwrap();
        let text = String::from_utf8(block(&mut rest).to_vec()).unwrap();
        let mut count = || {
            let count = u32::from_le_bytes(take(&mut rest, 4).try_into().unwrap()) as usize;
            (count, u128::from_be_bytes(take(&mut rest, 16).try_into().unwrap()))
        };
        let ((words, words_digest), (sentences, sentences_digest)) = (count(), count());
        let want = Counts { words, words_digest, sentences, sentences_digest };
        let got = measure(&analyzer.view(&text));
        texts += 1;
        bytes += text.len();
        same_words += u64::from((got.words, got.words_digest) == (want.words, want.words_digest));
        same += u64::from(got == want);
        if got != want {
            println!("{name}: {} words, not {words}; {} sentences, not {sentences}", got.words, got.sentences);
        }
    }
    println!("{texts} texts of {bytes} bytes: words of {same_words} the same, words and sentences of {same}");
}

fn take<'a>(rest: &mut &'a [u8], len: usize) -> &'a [u8] {
    let (head, tail) = rest.split_at(len);
    *rest = tail;
    head
}

/// A piece after its length.
fn block<'a>(rest: &mut &'a [u8]) -> &'a [u8] {
    let len = u32::from_le_bytes(take(rest, 4).try_into().unwrap());
    take(rest, len as usize)
}
