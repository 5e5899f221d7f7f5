//! Words and sentences against those of spaCy 3.8 as datatrove 0.10 counts them.

#![allow(clippy::unwrap_used)]

use mashbill::text::{Analyzer, TextView, WordBreak};
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

const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/parity/spacy");
