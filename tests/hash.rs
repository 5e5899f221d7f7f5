//! The hash contract: outputs that may not change without a new `HASH_VERSION`.

use mashbill::hash::{Bands, HASH_VERSION, SketchConfig, Sketcher};

/// text, content hash, words, first shingle of the sorted set, first and last band key (three-word shingles, 16 slots
/// in 4 bands of 4).
type Vector = (&'static str, u128, u32, Option<u64>, Option<(u64, u64)>);

/// Computed by a second implementation (Python 3.11 `unicodedata`, `xxhash` 3), not by this crate.
const VECTORS: &[Vector] = &[
    ("", 0x53d52bb3_8ef1b94e_6f3e4b7f_7c1240c3, 0, None, None),
    ("!!!", 0xb9dea245_f7bcbcce_fa068d72_d292d471, 0, None, None),
    ("rye", 0x8e8d6db5_6580c6bd_01faec28_f7642bb2, 1, None, None),
    ("Rye, CORN", 0xe5580d08_cc6fc4ec_761c1b4f_39643068, 2, None, None),
    (
        "Rye, corn & barley",
        0xc8ed965a_974e4fb3_85957992_5fa4b778,
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
        0x2cf82999_abf7d600_b039b5a1_28e4710f,
        4,
        Some(0x3aaabd0c_e883237e),
        Some((0x9f71cb36_dfb81a51, 0x0295cfda_8218d9a1)),
    ),
    (
        "日本語 の 文章 です。 한국어 문장",
        0x488571ab_3ec0e666_de569280_b4f31410,
        6,
        Some(0x4fcd6f52_7d09091c),
        Some((0x0acf3920_805f7aa7, 0x8fe0baa4_5059ef36)),
    ),
    (
        "one\r\ntwo\0three\u{A0}four\u{2003}five",
        0x5081c910_778315fd_2c6022d2_a3a3bf11,
        5,
        Some(0x0be23a8b_0d677bc2),
        Some((0x36f51206_af341044, 0xc4f0a033_354d1979)),
    ),
    (
        "A mash bill of 51 % corn, 39 % rye and 10 % malted barley; aged for 4 years in new charred oak.",
        0xfdb7da20_8d0e5825_a97aa49f_5a4e0899,
        20,
        Some(0x26955fd8_bb2961b4),
        Some((0x03d684cd_e84fac6a, 0xcbe4396c_3960abd9)),
    ),
    (
        "don't stop — 3.14 x_y-z (ǅ ß ﬁ Ⅷ ²)",
        0xae0a33a6_9fdc2634_15c1643b_c1369a07,
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
