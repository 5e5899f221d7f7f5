//! Which words, pairs and runs a model decides by: hashes have no way back, so they are looked up in texts that were held out.

use crate::report::TopFeature;
use crate::score::linear::LinearModel;
use std::collections::BTreeMap;

/// Features named on each side.
const NAMED: usize = 20;

/// The features that add most to the scores of these texts, and those that take most away, each by its most frequent text.
pub(super) fn top(model: &LinearModel, texts: &[String]) -> Vec<TopFeature> {
    let mut sums: BTreeMap<u32, f64> = BTreeMap::new();
    for text in texts {
        model.explain(text, &mut |place, adds, _| *sums.entry(place).or_default() += adds);
    }
    let mut order: Vec<(u32, f64)> = sums.into_iter().collect();
    order.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
    let best = order.iter().take(NAMED).filter(|f| f.1 > 0.0);
    let worst = order.iter().rev().take(NAMED).filter(|f| f.1 < 0.0);
    let mut named: BTreeMap<u32, (f64, BTreeMap<Vec<u8>, u64>)> =
        best.chain(worst).map(|&(place, adds)| (place, (adds, BTreeMap::new()))).collect();
    for text in texts {
        model.explain(text, &mut |place, _, bytes| {
            if let Some((_, names)) = named.get_mut(&place) {
                *names.entry(bytes.to_ascii_lowercase()).or_default() += 1;
            }
        });
    }
    let name = |names: &BTreeMap<Vec<u8>, u64>| {
        let most = names.iter().max_by(|a, b| a.1.cmp(b.1).then(b.0.cmp(a.0)));
        most.map(|(bytes, _)| String::from_utf8_lossy(bytes).into_owned()).unwrap_or_default()
    };
    let mean = |sum: f64| sum / texts.len().max(1) as f64;
    let mut features: Vec<TopFeature> =
        named.values().map(|(sum, names)| TopFeature { text: name(names), adds: mean(*sum) }).collect();
    features.sort_by(|a, b| b.adds.total_cmp(&a.adds).then_with(|| a.text.cmp(&b.text)));
    features
}
