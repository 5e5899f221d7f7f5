//! How many true pairs become candidates, against the S-curve that the planner promises; and every removal proved again.

use crate::kit::{self, fixture, read, read_dir, reals, strings, words};
use mashbill::hash::{Bands, SketchConfig, Sketcher, jaccard};
use std::collections::{BTreeMap, HashMap};
use std::fmt::Write;
use std::path::Path;
use std::sync::LazyLock;

const SEEDS: u64 = 5;

/// Pairs of one bin of similarity, over all seeds.
#[derive(Default)]
struct Bin {
    pairs: u64,
    found: u64,
    expected: f64,
    variance: f64,
}

/// Measures (variant, origin) pairs of a file made as `fixtures/corpus/neardup.parquet` is: bins of 0.05 from 0.5.
fn measure(file: &Path) -> BTreeMap<u32, Bin> {
    let input = read(file);
    let (ids, texts, origins) = (words(&input, "id"), words(&input, "text"), strings(&input, "origin_id"));
    let places: HashMap<&str, usize> = ids.iter().enumerate().map(|(i, id)| (id.as_str(), i)).collect();
    let pairs: Vec<(usize, usize)> = (origins.iter().enumerate())
        .filter_map(|(i, origin)| Some((i, *places.get(origin.as_deref()?)?)).filter(|(i, origin)| i != origin))
        .collect();
    let mut bins: BTreeMap<u32, Bin> = BTreeMap::new();
    for seed in 0..SEEDS {
        let mut config = SketchConfig::default();
        config.seed += seed;
        let Bands { bands, rows } = config.bands;
        let mut sketcher = Sketcher::new(config).unwrap();
        let sketches: Vec<Option<(Vec<u64>, Vec<u64>)>> = texts
            .iter()
            .map(|text| {
                let keys = sketcher.sketch(text).band_keys?.to_vec();
                Some((keys, sketcher.shingles(text)?.to_vec()))
            })
            .collect();
        for &(a, b) in &pairs {
            let (Some((keys, set)), Some((other_keys, other_set))) = (&sketches[a], &sketches[b]) else { continue };
            let similarity = jaccard(set, other_set).unwrap();
            // Equal sets are found for certain and would only make the last bin look better.
            if !(0.5..1.0).contains(&similarity) {
                continue;
            }
            let bin = bins.entry((similarity * 20.0) as u32).or_default();
            let p = 1.0 - (1.0 - similarity.powi(rows as i32)).powi(bands as i32);
            bin.pairs += 1;
            bin.found += u64::from(keys.iter().zip(other_keys).any(|(x, y)| x == y));
            bin.expected += p;
            bin.variance += p * (1.0 - p);
        }
    }
    bins
}

/// The bins as a table, and those in which the recall is outside of the 99 % interval of the curve (averaged over the similarities
/// of the bin).
fn against_the_curve(bins: &BTreeMap<u32, Bin>) -> (String, Vec<u32>) {
    let (mut table, mut outside) =
        (String::from("| similarity | pairs | found | S-curve | 99 % interval |\n|---|---|---|---|---|\n"), Vec::new());
    for (&bin, Bin { pairs, found, expected, variance }) in bins {
        let n = *pairs as f64;
        // 2.576: the normal quantile of 0.995. One pair more, since pairs are whole.
        let half = (2.576 * variance.sqrt() + 1.0) / n;
        let (recall, curve) = (*found as f64 / n, expected / n);
        if (recall - curve).abs() > half {
            outside.push(bin);
        }
        let (low, high) = ((curve - half).max(0.0), (curve + half).min(1.0));
        let from = f64::from(bin) / 20.0;
        writeln!(table, "| {from:.2} | {pairs} | {recall:.4} | {curve:.4} | {low:.4} to {high:.4} |").unwrap();
    }
    (table, outside)
}

#[test]
fn recall_is_that_of_the_s_curve() {
    let bins = measure(fixture("corpus/neardup.parquet").as_ref());
    let (table, outside) = against_the_curve(&bins);
    assert!(outside.is_empty(), "outside in {outside:?}\n{table}");
    assert!(bins.values().map(|bin| bin.pairs).sum::<u64>() > 500, "{table}");
}

/// Over a file of one's own with the columns of `fixtures/corpus/neardup.parquet`, named by the environment variable `NEARDUP`:
/// the table of docs/dedup.md, and each removal's similarity computed again.
#[test]
#[ignore = "measures a file named by NEARDUP"]
#[allow(clippy::print_stdout, clippy::disallowed_methods)] // the table is what it is run for; a variable names the file
fn recall_and_precision_of_a_file() {
    let file = std::env::var("NEARDUP").expect("NEARDUP names a file");
    let (table, outside) = against_the_curve(&measure(file.as_ref()));
    println!("{table}");
    let dir = tempfile::tempdir().unwrap();
    let recipe = format!(
        "[tokens]\ncounter = \"bytes\"\n[[source]]\nname = \"near\"\ncategory = \"organic\"\npaths = [\"{file}\"]\n[dedup]\nnear = true\n"
    );
    kit::run(&recipe, Path::new("/"), &dir.path().join("out")).unwrap();
    let ledger = read_dir(&dir.path().join("out/ledger"));
    let input = read(file.as_ref());
    let texts: HashMap<String, String> = words(&input, "id").into_iter().zip(words(&input, "text")).collect();
    let (ids, kept) = (words(&ledger, "id"), strings(&ledger, "duplicate_of_id"));
    let (kinds, similarities) = (strings(&ledger, "duplicate_kind"), reals(&ledger, "similarity"));
    let mut removed = 0;
    for i in (0..ids.len()).filter(|&i| kinds[i].as_deref() == Some("near")) {
        let sets = [&ids[i], kept[i].as_ref().unwrap()].map(|id| shingles_by_hand(&texts[id]));
        let both = sets[0].intersection(&sets[1]).count();
        let similarity = both as f64 / (sets[0].len() + sets[1].len() - both) as f64;
        assert!((similarity - similarities[i].unwrap()).abs() < 1e-12 && similarity >= 0.8, "{}", ids[i]);
        removed += 1;
    }
    println!("{removed} near duplicates removed, every one at 0.8 or more by a count of its own");
    assert!(outside.is_empty(), "outside in {outside:?}");
}

/// Word 5-grams as strings, of the normal form as `fixtures/README.md` states it.
fn shingles_by_hand(text: &str) -> std::collections::HashSet<String> {
    use unicode_normalization::UnicodeNormalization;
    static WORD: LazyLock<regex::Regex> = LazyLock::new(|| regex::Regex::new(r"[\p{L}\p{M}\p{N}\p{Pc}]+").unwrap());
    let text = text.nfc().collect::<String>().to_lowercase();
    let words: Vec<&str> = WORD.find_iter(&text).map(|m| m.as_str()).collect();
    words.windows(5).map(|run| run.join(" ")).collect()
}
