//! Deduplication from text to verdict.

#![allow(clippy::unwrap_used)] // tests, and a helper of theirs

use mashbill::dedup::{Candidates, DocTable, Duplicate, KeepKey, KeepPolicy, Kind, Rules, ShingleStore, resolve};
use mashbill::hash::{SketchConfig, Sketcher, jaccard};

/// Verdicts for the texts, kept in the order given.
fn dedup(texts: &[String], rules: &Rules) -> Vec<Option<Duplicate>> {
    let mut sketcher = Sketcher::new(SketchConfig::default()).unwrap();
    let mut docs = DocTable::new(sketcher.config().bands.bands);
    let ids: Vec<String> = (0..texts.len()).map(|i| format!("{i:09}")).collect();
    let mut keys = Vec::new();
    for (text, id) in texts.iter().zip(&ids) {
        let sketch = sketcher.sketch(text);
        docs.push(0, sketch.content, sketch.band_keys).unwrap();
        keys.push(KeepKey { source: 0, score: None, length: 0, id, ..KeepKey::default() });
    }
    let order = KeepPolicy::default().order(&keys, &docs).unwrap();
    let candidates = Candidates::find(&docs, &order, rules).unwrap();
    let mut shingles = ShingleStore::default();
    for &doc in candidates.docs() {
        shingles.insert(doc, sketcher.shingles(&texts[doc as usize]).unwrap());
    }
    resolve(&docs, &order, &candidates, &shingles).unwrap().duplicates().to_vec()
}

/// Words from a generator of the test's own (Knuth's MMIX), none like another text's of a different seed.
fn random_words(seed: u64, count: usize) -> Vec<String> {
    let mut state = seed;
    let mut next = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        format!("w{}", (state >> 33) % 5_000)
    };
    (0..count).map(|_| next()).collect()
}

/// Edits of one word shift all that follows; sketches that sample by position miss nearly all of these.
#[test]
fn one_word_edits_are_found() {
    let rules = Rules { near: Some(0.8), ..Rules::default() };
    for length in [60, 300, 1_500] {
        for seed in 0..20 {
            let words = random_words(seed * 10_000 + length as u64, length);
            let mut deleted = words.clone();
            deleted.remove(length / 2);
            let texts =
                [words.join(" "), words.join(" ") + " more", format!("more {}", words.join(" ")), deleted.join(" ")];
            let verdicts = dedup(&texts, &rules);
            assert_eq!(verdicts[0], None);
            for (text, verdict) in texts.iter().zip(&verdicts).skip(1) {
                let verdict = verdict.unwrap_or_else(|| panic!("{length} words, seed {seed}: missed"));
                assert_eq!((verdict.kind, verdict.of), (Kind::Near, 0));
                // The similarity that is stated is the similarity of the texts, computed again.
                let mut sketcher = Sketcher::new(SketchConfig::default()).unwrap();
                let mine = sketcher.shingles(text).unwrap().to_vec();
                let truth = jaccard(sketcher.shingles(&texts[0]).unwrap(), &mine);
                assert_eq!(Some(verdict.similarity), truth);
                assert!(verdict.similarity >= 0.8);
            }
        }
    }
}

/// Short distinct texts stay; copies of them, whatever their case and punctuation, go.
#[test]
fn short_lines_are_copies_only_if_equal() {
    let mut texts: Vec<String> = (0..20_000).map(|i| format!("Line {i}, of {} words", i % 7)).collect();
    texts.extend((0..100).map(|i| format!(" Line {i},\r\nof {} words", i % 7)));
    texts.extend(["!!!".to_owned(), "???".to_owned(), "!!!".to_owned(), String::new(), String::new()]);
    let verdicts = dedup(&texts, &Rules { near: Some(0.8), ..Rules::default() });
    let removed: Vec<(usize, u32)> = verdicts
        .iter()
        .enumerate()
        .filter_map(|(i, v)| v.filter(|v| v.kind == Kind::Exact).map(|v| (i, v.of)))
        .collect();
    let mut expected: Vec<(usize, u32)> = (0..100).map(|i| (20_000 + i, i as u32)).collect();
    expected.extend([(20_102, 20_100), (20_104, 20_103)]);
    assert_eq!(removed, expected);
    assert!(verdicts.iter().flatten().all(|v| v.kind == Kind::Exact), "five words are one shingle: equal or unlike");
}
