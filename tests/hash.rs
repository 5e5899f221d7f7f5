//! The hash contract: outputs that may not change without a new `HASH_VERSION`.

use mashbill::hash::{Bands, HASH_VERSION, SketchConfig, Sketcher};

/// text, content hash, words, first shingle of the sorted set, first and last band key (three-word shingles, 16 slots
/// in 4 bands of 4).
type Vector = (&'static str, u128, u32, Option<u64>, Option<(u64, u64)>);

/// Computed by a second implementation (Python 3.11 `unicodedata`, `xxhash` 3), not by this crate.
const VECTORS: &[Vector] = &[
    ("", 0x99aa06d3_014798d8_6001c324_468d497f, 0, None, None),
    ("!!!", 0xd1e3a20a_9e4c3dde_95606572_57ca2469, 0, None, None),
    ("rye", 0x8e8d6db5_6580c6bd_01faec28_f7642bb2, 1, None, None),
    ("Rye, CORN", 0x556f2776_26839d0b_c9013256_60550b17, 2, None, None),
    (
        "Rye, corn & barley",
        0x1c91ecd0_8e8c2aff_42cb2495_d51fb518,
        3,
        Some(0x10407429_fafeae5a),
        Some((0x05ba7e1a_f3cd711e, 0xe65cd023_a22eabfa)),
    ),
    (
        "the rye the rye the rye",
        0xe7da972e_a19e8aa7_f4e572f5_ec9fdb95,
        6,
        Some(0x1541ad86_32d4b607),
        Some((0x9403a15a_1b675cc4, 0xf3574782_d41c1e38)),
    ),
    (
        "Cafe\u{301} naïve_2 ΟΔΟΣ İz",
        0xf828d014_605dc0d3_bccc6aa0_66f5e477,
        4,
        Some(0x3aaabd0c_e883237e),
        Some((0x9f71cb36_dfb81a51, 0x0295cfda_8218d9a1)),
    ),
    (
        "日本語 の 文章 です。 한국어 문장",
        0xca8cef19_e666c9bc_7c014ebd_475dc39c,
        6,
        Some(0x4fcd6f52_7d09091c),
        Some((0x0acf3920_805f7aa7, 0x8fe0baa4_5059ef36)),
    ),
    (
        "one\r\ntwo\0three\u{A0}four\u{2003}five",
        0x3b421d44_fbaf897e_54cab03b_1636193c,
        5,
        Some(0x0be23a8b_0d677bc2),
        Some((0x36f51206_af341044, 0xc4f0a033_354d1979)),
    ),
    (
        "A mash bill of 51 % corn, 39 % rye and 10 % malted barley; aged for 4 years in new charred oak.",
        0xc5adabaa_73570957_d957ade5_29edb2fe,
        20,
        Some(0x26955fd8_bb2961b4),
        Some((0x03d684cd_e84fac6a, 0xcbe4396c_3960abd9)),
    ),
    (
        "don't stop — 3.14 x_y-z (ǅ ß ﬁ Ⅷ ²)",
        0x93c58d93_00c152c0_b35661e5_1aaa9446,
        12,
        Some(0x1cb87572_f855a560),
        Some((0x1518048a_5824dab8, 0x3eefc2bd_295481fe)),
    ),
];

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
