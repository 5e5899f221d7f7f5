//! The hash contract: outputs that may not change without a new `HASH_VERSION`.

use mashbill::hash::{Bands, HASH_VERSION, SketchConfig, Sketcher};

/// text, content hash, words, first shingle of the sorted set, first and last band key (three-word shingles, 16 slots in
/// 4 bands of 4).
type Vector = (&'static str, u128, u32, Option<u64>, Option<(u64, u64)>);

const VECTORS: &[Vector] = &[];

#[test]
fn frozen_vectors() {
    assert_eq!(HASH_VERSION, 1, "a new version needs new vectors");
    let mut config = SketchConfig::default();
    (config.ngram, config.slots, config.bands) = (3, 16, Bands { bands: 4, rows: 4 });
    let mut sketcher = Sketcher::new(config).unwrap();
    for &(text, content, words, shingle, keys) in VECTORS {
        let sketch = sketcher.sketch(text);
        let ends = |keys: &[u64]| (keys[0], keys[keys.len() - 1]);
        assert_eq!((sketch.content, sketch.words), (content, words), "{text:?}");
        assert_eq!(sketch.band_keys.map(ends), keys, "{text:?}");
        assert_eq!(sketcher.shingles(text).map(|s| s[0]), shingle, "{text:?}");
    }
}

#[test]
fn total_on_every_text() {
    let mut sketcher = Sketcher::new(SketchConfig::default()).unwrap();
    let one_word = "x".repeat(1 << 20);
    let many_words = "x ".repeat(1 << 19);
    for (text, words) in
        [("", 0), (" \r\n\0", 0), ("\u{301}", 1), (&*one_word, 1), (&*many_words, 1 << 19)]
    {
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
