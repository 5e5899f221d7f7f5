//! The hash contract: outputs that may not change without a new `HASH_VERSION`; and what they are worth as estimates.

#![allow(clippy::unwrap_used)]

use mashbill::hash::{Bands, Form, HASH_VERSION, MinHasher, SketchConfig, Sketcher, Unit};
use xxhash_rust::xxh3::xxh3_128;

const FIXTURES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures");

/// `\u{hex}` back to its character.
fn unescape(text: &str) -> String {
    let mut parts = text.split("\\u{");
    let mut out = parts.next().unwrap().to_owned();
    for part in parts {
        let (hex, rest) = part.split_once('}').unwrap();
        out.push(char::from_u32(u32::from_str_radix(hex, 16).unwrap()).unwrap());
        out.push_str(rest);
    }
    out
}

/// The columns of `fixtures/hash/vectors.tsv`, worked out by the crate.
fn columns(config: &str, text: &str, simd: bool) -> String {
    let named: Vec<&str> = config.split('\t').collect();
    let number = |i: usize| named[i].parse::<u32>().unwrap();
    let form = Form::ALL.iter().find(|(name, _)| *name == named[0]).unwrap().1;
    let unit = Unit::ALL.iter().find(|(name, _)| *name == named[1]).unwrap().1;
    let config = SketchConfig::stated(number(2), number(3), number(4), number(5)).unwrap();
    let sketcher = Sketcher::new(config.with_form(form).with_unit(unit)).unwrap();
    let mut sketcher = if simd { sketcher } else { sketcher.without_simd() };
    let set = sketcher.shingles(text).unwrap_or_default().to_vec();
    let sketch = sketcher.sketch(text);
    assert_eq!((sketch.slots.is_some(), sketch.band_keys.is_some()), (!set.is_empty(), !set.is_empty()));
    let start = format!("{:032x}\t{}\t{}", sketch.content, sketch.words, set.len());
    let (Some(slots), Some(keys)) = (sketch.slots, sketch.band_keys) else { return start + "\t-\t-\t-\t-\t-\t-" };
    let digest = |bytes: Vec<u8>| format!("{:032x}", xxh3_128(&bytes));
    let sets = digest(set.iter().flat_map(|x| x.to_le_bytes()).collect());
    let slot = digest(slots.iter().flat_map(|x| x.to_le_bytes()).collect());
    let key = digest(keys.iter().flat_map(|x| x.to_le_bytes()).collect());
    format!("{start}\t{:016x}\t{:08x}\t{:016x}\t{sets}\t{slot}\t{key}", set[0], slots[0], keys[0])
}

/// Worked out by another implementation, in Python: `fixtures/hash/make_vectors.py`.
#[test]
fn frozen_vectors() {
    let file = std::fs::read_to_string(format!("{FIXTURES}/hash/vectors.tsv")).unwrap();
    let (head, lines) = file.split_once('\n').unwrap();
    assert!(head.starts_with(&format!("# version {HASH_VERSION} ")), "a new version needs new vectors");
    assert_eq!(lines.lines().count(), 50);
    for line in lines.lines() {
        let tabs: Vec<usize> = line.match_indices('\t').map(|(at, _)| at).collect();
        let (config, wanted, text) = (&line[..tabs[5]], &line[tabs[5] + 1..tabs[14]], unescape(&line[tabs[14] + 1..]));
        for simd in [true, false] {
            assert_eq!(columns(config, &text, simd), wanted, "{config} {simd} {text:?}");
        }
    }
}

/// All that a sketch holds, of every text of the fixtures, with and without the instructions of this processor in particular.
#[test]
fn sketches_are_equal_on_every_processor() {
    let mut documents = 0;
    for (unit, form) in [(Unit::Word, Form::Normal), (Unit::Char, Form::Content)] {
        let config = SketchConfig::stated(5, 136, 17, 8).unwrap().with_unit(unit).with_form(form);
        let (mut fast, mut plain) = (Sketcher::new(config).unwrap(), Sketcher::new(config).unwrap().without_simd());
        for file in std::fs::read_dir(format!("{FIXTURES}/text")).unwrap() {
            let text = std::fs::read_to_string(file.unwrap().path()).unwrap();
            for document in text.split("\n\u{1e}\n") {
                assert_eq!(fast.sketch(document), plain.sketch(document));
                documents += 1;
            }
        }
    }
    assert!(documents > 1_000, "{documents}");
}

/// Pairs of sets of known similarity: their parts found are those of the S-curve, within 4 standard errors, for published groupings.
#[test]
fn recall_is_that_of_the_s_curve() {
    const TRIALS: usize = 400;
    let mut state = 3_u64;
    let mut random = || {
        // Weyl's sequence through the finaliser of MurmurHash3.
        state = state.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let x = (state ^ (state >> 33)).wrapping_mul(0xFF51_AFD7_ED55_8CCD);
        let x = (x ^ (x >> 33)).wrapping_mul(0xC4CE_B9FE_1A85_EC53);
        x ^ (x >> 33)
    };
    for (bands, rows) in [(18, 7), (14, 8), (9, 13)] {
        let bands = Bands::new(bands, rows, 128).unwrap();
        for common in [120, 150, 180, 210, 240, 270] {
            let (mut found, mut keys) = (0, (Vec::new(), Vec::new()));
            let truth = f64::from(common) / 300.0;
            for _ in 0..TRIALS {
                // 300 in the union, the rest of it shared out.
                let all: Vec<u64> = (0..300).map(|_| random()).collect();
                let half = common as usize + (300 - common as usize) / 2;
                let other: Vec<u64> = all[..common as usize].iter().chain(&all[half..]).copied().collect();
                // The frozen constants, and one more draw of them for each pair, would do alike; sets are random already.
                let mut hasher = MinHasher::new(128).unwrap();
                bands.keys(hasher.signature(&all[..half]).unwrap().slots(), &mut keys.0);
                bands.keys(hasher.signature(&other).unwrap().slots(), &mut keys.1);
                found += usize::from(keys.0.iter().zip(&keys.1).any(|(a, b)| a == b));
            }
            let (share, theory) = (found as f64 / TRIALS as f64, bands.recall(truth));
            let error = (theory * (1.0 - theory) / TRIALS as f64).sqrt();
            // Where the curve is at its ends, one pair more or less is allowed.
            assert!(
                (share - theory).abs() <= 4.0 * error + 1.0 / TRIALS as f64,
                "{bands:?} at {truth}: {share}, not {theory}"
            );
        }
    }
}

#[test]
fn parameters_stand_on_one_line() {
    let config = SketchConfig::default().with_unit(Unit::Char).with_form(Form::Raw);
    let line = "hash=1 form=raw unit=char ngram=5 slots=128 bands=18 rows=7 seed=6d61736862696c6c";
    assert_eq!(config.to_string(), line);
}

#[test]
fn total_on_every_text() {
    let mut sketcher = Sketcher::new(SketchConfig::default()).unwrap();
    let one_word = "x".repeat(1 << 20);
    let many_words = "x ".repeat(1 << 19);
    for (text, words) in [("", 0), (" \r\n\0", 0), ("\u{301}", 1), (&*one_word, 1), (&*many_words, 1 << 19)] {
        let sketch = sketcher.sketch(text);
        assert_eq!(sketch.words, words);
        assert_eq!(sketch.band_keys.is_some(), words >= 5);
        assert_eq!(sketcher.shingles(text).map(<[u64]>::len), (words >= 5).then_some(1));
    }
}

#[test]
fn nonsense_is_refused() {
    let with = |ngram, slots, bands, rows| {
        let mut config = SketchConfig::default();
        (config.ngram, config.slots, config.bands) = (ngram, slots, Bands { bands, rows });
        Sketcher::new(config)
    };
    assert!(with(5, 128, 16, 8).is_ok());
    for (ngram, slots, bands, rows) in
        [(0, 128, 16, 8), (5, 127, 1, 1), (5, 128, 17, 8), (5, 128, 0, 8), (5, 128, 8, 0)]
    {
        assert!(with(ngram, slots, bands, rows).is_err(), "{ngram} {slots} {bands} {rows}");
    }
    let planned = SketchConfig::planned(5, 128, 0.8, 0.95).unwrap();
    assert_eq!(planned, SketchConfig::default());
}
