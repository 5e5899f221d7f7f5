//! Selection by score: against the definitions, word for word.

use super::Random;
use mashbill::mix::weights::{Bucket, Epoching};
use mashbill::mix::{
    Budget, DocKey, Item, MixAsk, Quality, ScoreEpochs, Scored, SelectBy, SourceSupply, race_key, select,
};

fn scored(seed: u64, n: u64, random: &mut Random) -> Vec<Scored> {
    let score = |random: &mut Random| match random.below(20) {
        0 => None,
        1 => Some(f64::NAN),
        2 => Some(0.5), // many of one score
        _ => Some(random.unit() * 4.0 - 1.0),
    };
    let document = |i: u64| Scored {
        score: score(random),
        key: DocKey::new(seed, "web", &format!("doc-{i}"), 0),
        tokens: random.lognormal(300.0, 1.0),
    };
    (0..n).map(document).collect()
}

fn has(document: &Scored) -> Option<f64> {
    document.score.filter(|score| !score.is_nan())
}

/// A minimum score and the top of what passes it, as sorted lists would have them.
#[test]
fn a_minimum_and_the_top_are_what_they_say() {
    let mut random = Random(51);
    for (min_score, top) in
        [(None, Some(0.4)), (Some(0.2), None), (Some(0.2), Some(0.1)), (Some(9.0), Some(0.5)), (None, Some(1.0))]
    {
        let documents = scored(3, 2_000, &mut random);
        let quality = Quality { min_score, top, ..Quality::default() };
        let cuts = quality.cuts(&mut documents.clone()).unwrap();
        let mut wanted: Vec<&Scored> = documents.iter().collect();
        wanted.retain(|d| min_score.is_none_or(|least| has(d).is_some_and(|score| score >= least)));
        if let Some(top) = top.filter(|&top| top < 1.0) {
            let all: u64 = wanted.iter().map(|d| d.tokens).sum();
            wanted.sort_by(|a, b| has(b).partial_cmp(&has(a)).unwrap().then(a.key.cmp(&b.key)));
            let mut sum = 0;
            let fits = wanted.iter().take_while(|d| {
                sum += d.tokens;
                has(d).is_some() && sum as f64 <= top * all as f64
            });
            let fits = fits.count();
            wanted.truncate(fits);
        }
        let mut wanted: Vec<DocKey> = wanted.iter().map(|d| d.key).collect();
        wanted.sort();
        let mut got: Vec<DocKey> = documents.iter().filter(|d| cuts.key(d) != DocKey::NEVER).map(|d| d.key).collect();
        got.sort();
        assert_eq!(got, wanted, "{min_score:?} {top:?}");
    }
}

/// Taken first of two in proportion to weights, and the sample of a smaller quota lies within that of a larger one.
#[test]
fn quality_weighted_sampling_has_the_chances_it_says() {
    let mut first = 0;
    for i in 0..20_000 {
        let key = |side: &str| DocKey::new(1, side, &i.to_string(), 0);
        first += u32::from(race_key(key("a"), 3.0) < race_key(key("b"), 1.0));
    }
    // Three in four; the standard deviation of 20,000 is 61.
    assert!(first.abs_diff(15_000) < 300, "{first}");

    let mut random = Random(52);
    let documents = scored(7, 5_000, &mut random);
    let quality = Quality { select: SelectBy::Quality, ..Quality::default() };
    let cuts = quality.cuts(&mut []).unwrap();
    let mut items: Vec<Item> = documents.iter().map(|d| Item::new(cuts.key(d), d.tokens)).collect();
    let unique: u64 = items.iter().map(|i| i.tokens).sum();
    let [small, large] = [3, 4].map(|tenths| select(&mut items, unique * tenths / 10).unwrap());
    assert_eq!([small.tokens, large.tokens], [unique * 3 / 10, unique * 4 / 10]);
    let taken = |d: &&Scored| small.copies(cuts.key(d)) > 0;
    assert!(documents.iter().all(|d| small.copies(cuts.key(d)) <= large.copies(cuts.key(d))));
    // Nothing without a positive score while others are left.
    assert!(documents.iter().filter(taken).all(|d| has(d).is_some_and(|score| score > 0.0)));
    let mean = |docs: Vec<&Scored>| docs.iter().filter_map(|d| has(d)).sum::<f64>() / docs.len() as f64;
    let (chosen, left) = documents.iter().filter(|d| has(d).is_some_and(|s| s > 0.0)).partition(taken);
    assert!(mean(chosen) > mean(left) + 0.3);
}

/// Olmo 3's example from scores: the worst 40 % of the tokens dropped, the best 5 % seven times, each bucket to the token.
#[test]
fn epochs_by_score_follow_the_curve() {
    let mut random = Random(53);
    let documents = scored(9, 20_000, &mut random);
    let total: u64 = documents.iter().map(|d| d.tokens).sum();
    let epochs = ScoreEpochs::default();
    let quality = Quality { epochs: Some(epochs), ..Quality::default() };
    let cuts = quality.cuts(&mut documents.clone()).unwrap();
    let supply = SourceSupply::new("web", "organic", total, 20_000).max_epochs(9.0).epoching(epochs.curve);
    assert!((supply.max_epochs - 4.2).abs() < 1e-9); // 7 times 60 %
    let items = |_: &SourceSupply| Ok(documents.iter().map(|d| Item::new(cuts.key(d), d.tokens)).collect());
    let ask = MixAsk::new(Budget::Tokens(total)).group("organic", 1.0);
    let plan = ask.plan(std::slice::from_ref(&supply), items).unwrap();
    assert_eq!(plan.tokens(), total);
    let mut buckets = vec![(0_u64, 0_u64); 20];
    for document in &documents {
        let key = cuts.key(document);
        let bucket = &mut buckets[key.bucket()];
        bucket.0 += document.tokens;
        bucket.1 += document.tokens * u64::from(plan.copies(0, key));
    }
    let sizes: Vec<Bucket> = buckets.iter().map(|b| Bucket { tokens: b.0 }).collect();
    let wanted = Epoching::default().epochs(&sizes, total).unwrap();
    for (&(unique, emitted), epochs) in buckets.iter().zip(&wanted) {
        assert!(unique.abs_diff(total / 20) < total / 200, "{unique}");
        assert!((emitted as f64 - epochs * unique as f64).abs() <= 1.0, "{emitted} of {unique} at {epochs}");
    }
    assert_eq!(buckets[..8].iter().map(|b| b.1).sum::<u64>(), 0);
    assert!((buckets[19].1 as f64 / buckets[19].0 as f64 - 7.0).abs() < 0.01);
    // Better is never read less: no document of a better bucket has fewer copies by more than the one that a bucket's rest gives.
    let short =
        MixAsk::new(Budget::Tokens(total * 5)).group("organic", 1.0).plan(&[supply], items).unwrap_err().to_string();
    assert!(short.contains("is short"), "{short}");
}

/// Scores that are all missing, all equal, or of one giant document.
#[test]
fn scores_that_say_little_have_an_outcome() {
    let document = |i: u64, score, tokens| Scored { score, key: DocKey::new(1, "web", &i.to_string(), 0), tokens };
    let none: Vec<Scored> = (0..10).map(|i| document(i, None, 10)).collect();
    let equal: Vec<Scored> = (0..10).map(|i| document(i, Some(1.0), 10)).collect();
    let giant: Vec<Scored> = (0..10).map(|i| document(i, Some(i as f64), if i == 9 { 10_000 } else { 10 })).collect();
    let left = |documents: &[Scored], quality: Quality| {
        let cuts = quality.cuts(&mut documents.to_vec()).unwrap();
        documents.iter().filter(|d| cuts.key(d) != DocKey::NEVER).count()
    };
    let top = Quality { top: Some(0.5), ..Quality::default() };
    assert_eq!([left(&none, top), left(&equal, top), left(&giant, top)], [0, 5, 0]);
    let all = Quality { top: Some(1.0), ..Quality::default() };
    assert_eq!([left(&none, all), left(&giant, all)], [10, 10]);
    let least = Quality { min_score: Some(1.0), ..Quality::default() };
    assert_eq!([left(&none, least), left(&equal, least), left(&giant, least)], [0, 10, 9]);
    let epochs = Quality { epochs: Some(ScoreEpochs::default()), ..Quality::default() };
    let cuts = epochs.cuts(&mut giant.clone()).unwrap();
    assert_eq!(cuts.key(&giant[9]).bucket(), 0); // it begins within the first twentieth
    assert_eq!(left(&[], epochs), 0);
    for bad in [
        Quality { top: Some(0.0), ..top },
        Quality { top: Some(1.5), ..top },
        Quality { min_score: Some(f64::NAN), ..least },
        Quality { epochs: Some(ScoreEpochs { buckets: 1, ..ScoreEpochs::default() }), ..epochs },
    ] {
        assert!(bad.cuts(&mut []).is_err(), "{bad:?}");
    }
}
