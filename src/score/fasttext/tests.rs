//! What fastText's own goldens do not show (those are in `tests/fasttext.rs`): files that are damaged, and texts that are odd.

use super::*;
use crate::score::Score;
use crate::{Document, text::Analyzer};
use proptest::prelude::*;
use std::path::{Path, PathBuf};

fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/parity/fasttext").join(name)
}

fn models() -> Vec<(String, Vec<u8>)> {
    let mut found: Vec<PathBuf> = std::fs::read_dir(fixture("")).unwrap().map(|e| e.unwrap().path()).collect();
    found.retain(|path| path.extension().is_some_and(|e| e == "bin" || e == "ftz"));
    found.sort();
    assert!(found.len() >= 5);
    found.iter().map(|path| (path.display().to_string(), std::fs::read(path).unwrap())).collect()
}

fn of_bytes(bytes: &[u8]) -> Result<FastText> {
    FastText::from_bytes("x.bin".as_ref(), bytes)
}

/// A message without what is in the file's way.
fn refused(bytes: &[u8]) -> String {
    of_bytes(bytes).unwrap_err().to_string()
}

#[test]
fn a_file_cut_anywhere_is_refused() {
    for (name, bytes) in models() {
        let step = (bytes.len() / 500).max(1);
        for length in (0..200.min(bytes.len())).chain((0..bytes.len()).step_by(step)).chain([bytes.len() - 1]) {
            assert!(of_bytes(&bytes[..length]).is_err(), "{name} cut at {length}");
        }
        assert!(of_bytes(&[&bytes[..], b"x"].concat()).is_err(), "{name} with a byte more");
        assert!(of_bytes(&bytes).is_ok(), "{name}");
    }
}

#[test]
fn messages_say_what_is_wrong() {
    let bytes = models().swap_remove(0).1;
    let with = |at: usize, number: i32| {
        let mut bytes = bytes.clone();
        bytes[at..at + 4].copy_from_slice(&number.to_le_bytes());
        refused(&bytes)
    };
    insta::assert_snapshot!(refused(b""), @"x.bin: is no model of fastText (a `.bin` or `.ftz`)");
    insta::assert_snapshot!(refused(b"mashbill linear\n"), @"x.bin: is no model of fastText (a `.bin` or `.ftz`)");
    insta::assert_snapshot!(with(4, 13), @"x.bin: is a model of fastText's version 13; versions 11 and 12 are read");
    insta::assert_snapshot!(with(8, -1), @"x.bin: is damaged: its vectors have -1 numbers");
    insta::assert_snapshot!(with(28, 1 << 30), @"x.bin: is damaged: its wordNgrams is 1073741824, where at most 64 is read");
    insta::assert_snapshot!(with(36, 2), @"x.bin: is a model of word vectors, without labels: take one that `fasttext supervised` trained");
    insta::assert_snapshot!(with(32, 9), @"x.bin: is damaged: its loss is 9, where 1 to 4 are known");
    insta::assert_snapshot!(with(64, i32::MAX), @"x.bin: is damaged: it says 58 words and 5 labels in 2147483647 entries");
    let missing = FastText::load("/no/such/model.bin".as_ref()).unwrap_err().to_string();
    assert!(missing.starts_with("/no/such/model.bin: "), "{missing}");
}

/// Applies what is left of a model, so that a number in it that leads nowhere would be seen.
fn try_it(bytes: &[u8]) {
    if let Ok(model) = of_bytes(bytes) {
        for text in ["", "the mill of rye, the river and barley 12", "\u{85}é\0x </s> y"] {
            for (_, p) in model.predict(text, 3, Newlines::Space) {
                assert!(p.is_finite());
            }
            let _ = model.probability(text, 0, Newlines::Dclm);
        }
    }
}

#[test]
fn flipped_bits_give_an_error_or_an_answer() {
    let mut seed = 0x9e37_79b9_7f4a_7c15u64;
    let mut draw = |below: usize| {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        ((seed >> 33) % below as u64) as usize
    };
    for (_, bytes) in models() {
        for round in 0..1500 {
            let mut bytes = bytes.clone();
            for _ in 0..1 + draw(3) {
                // Half of them where lengths stand.
                let at = if round % 2 == 0 { draw(100) } else { draw(bytes.len()) };
                match draw(3) {
                    0 => bytes[at] ^= 1 << draw(8),
                    1 => bytes[at] = 0xFF,
                    _ => bytes[at] = draw(256) as u8,
                }
            }
            try_it(&bytes);
        }
        // Every number of the head as the largest, the least, -1 and 0.
        for at in (0..100).step_by(4) {
            for number in [i32::MAX, i32::MIN, -1, 0, 1 << 20] {
                let mut bytes = bytes.clone();
                bytes[at..at + 4].copy_from_slice(&number.to_le_bytes());
                try_it(&bytes);
            }
        }
    }
}

#[test]
fn texts_without_a_known_word_have_no_score() {
    let model = std::sync::Arc::new(FastText::load(&fixture("softmax.bin")).unwrap());
    let first = model.labels().next().unwrap().to_owned();
    let score = FastTextScore::new(model.clone(), [first.as_str()], Newlines::Space).unwrap();
    let mut analyzer = Analyzer::new();
    let mut of = |text: &str| score.score(&Document::new(&analyzer.view(text)));
    for text in ["", " \n\t", "\0", "zzzzqqqq", "__label__web_wet", "</s>"] {
        assert_eq!(of(text), None, "{text:?}");
    }
    assert!(of("the").is_some_and(|p| p > 0.0 && p < 1.0001));
    assert!(of(&"the \n".repeat(300_000)).is_some());
    assert!(of(&"the".repeat(1_000_000)).is_none());
}

#[test]
fn labels_are_found_by_either_name_and_the_nearest_is_told() {
    let model = std::sync::Arc::new(FastText::load(&fixture("softmax.bin")).unwrap());
    let labels: Vec<String> = model.labels().map(str::to_owned).collect();
    assert_eq!(model.find_label(&labels[1]).unwrap(), 1);
    assert_eq!(model.find_label(labels[1].trim_start_matches("__label__")).unwrap(), 1);
    let of = |labels: &[&str]| FastTextScore::new(model.clone(), labels.iter().copied(), Newlines::Space);
    insta::assert_snapshot!(of(&["__label__bok"]).unwrap_err(), @"unknown label `__label__bok` (did you mean `__label__books`?); known: __label__web_wet, __label__synthetic_math, __label__books, __label__docs, __label__code-0");
    insta::assert_snapshot!(of(&[]).unwrap_err(), @"label: name the label to score by");
    insta::assert_snapshot!(of(&["books", "__label__books"]).unwrap_err(), @"label: `__label__books` is named twice");
    // All labels together are certain, but for what fastText adds.
    let all = of(&labels.iter().map(String::as_str).collect::<Vec<_>>()).unwrap();
    let mut analyzer = Analyzer::new();
    let sum = all.score(&Document::new(&analyzer.view("the mill"))).unwrap();
    assert!((sum - 1.0).abs() < 1e-4, "{sum}");
}

#[test]
fn line_breaks_by_hand() {
    let of = |way: Newlines, text: &str| way.prepare(text).into_owned();
    assert_eq!(of(Newlines::Space, " a\nb\u{85}c"), " a\nb\u{85}c");
    assert_eq!(of(Newlines::Remove, " a\nb\u{85}c\n"), "ab\u{85}c");
    assert_eq!(of(Newlines::Dclm, "\u{a0}a\nb\u{85}c\u{2028}d "), "a\nb c d");
    assert_eq!("dclm".parse::<Newlines>().unwrap(), Newlines::Dclm);
    let unknown = "spaec".parse::<Newlines>().unwrap_err();
    insta::assert_snapshot!(unknown, @"unknown way with line breaks `spaec` (did you mean `space`?); known: dclm, first_line, remove, space");
    let model = FastText::load(&fixture("softmax.bin")).unwrap();
    let of = |text: &str, way| model.predict(text, 1, way);
    assert_eq!(of("the mill\nof rye", Newlines::FirstLine), of("the mill", Newlines::Space));
    assert_eq!(of("the mill\nof rye", Newlines::Space), of("the mill of rye", Newlines::Space));
    assert_eq!(of("the mi\nll", Newlines::Remove), of("the mill", Newlines::Space));
    // The end of the line in the text is one.
    assert_eq!(of("the mill </s> of rye", Newlines::Space), of("the mill", Newlines::Space));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn every_text_has_an_outcome(text in "([a-z \\n\\t\\r\0é日<>/_]|the |</s>|__label__|\u{301}){0,60}", k in 0usize..8) {
        for name in ["hs.bin", "softmax.bin", "pruned.ftz"] {
            let model = FastText::load(&fixture(name)).unwrap();
            for way in [Newlines::Space, Newlines::Remove, Newlines::Dclm, Newlines::FirstLine] {
                let found = model.predict(&text, k, way);
                let most = if k == 0 { usize::MAX } else { k };
                prop_assert!(found.len() <= most);
                prop_assert!(found.windows(2).all(|w| w[0].1 >= w[1].1));
                prop_assert!(found.iter().all(|(_, p)| (0.0..1.0001).contains(p)));
                if let Some(&(label, p)) = found.first() {
                    let place = model.find_label(label).unwrap();
                    let alone = model.probability(&text, place, way);
                    prop_assert!(alone.is_none() || alone == Some(p));
                }
            }
        }
    }
}
