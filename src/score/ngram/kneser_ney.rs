//! Modified Kneser-Ney smoothing, interpolated, as Chen and Goodman (1998) have it and KenLM's `lmplz` computes it.
//!
//! The probability of a word after a context is its discounted share of what was counted there, plus the context's back-off times the
//! probability after the context without its first word; below single words stands the uniform distribution over all words, `<unk>` among
//! them.

use super::counts::{Gram, Sorted, Tokens};
use super::table::{Index, Table, hash};

/// Discounts where the counts of counts give none: those of `lmplz --discount_fallback`.
const DEFAULT: [f64; 3] = [0.5, 1.0, 1.5];
/// The logarithm of what has no probability, as in ARPA files.
const NEVER: f64 = -99.0;
/// Bytes for an n-gram of the order at hand, while it is estimated.
pub(super) const GRAM_BYTES: u64 = 64;

/// What a context's n-grams were counted together.
#[derive(Debug, Clone, Copy, Default)]
struct Sums {
    total: u64,
    /// Kept n-grams that were counted once, twice, and more often.
    kept: [u32; 3],
    /// What left-out n-grams were counted.
    lost: u64,
}

impl Sums {
    fn add(&mut self, gram: &Gram, is_kept: bool) {
        self.total += gram.adjusted;
        match is_kept {
            true => self.kept[class(gram.adjusted)] += 1,
            false => self.lost += gram.adjusted,
        }
    }

    /// What is left for the shorter context; 1 for a context that none of its n-grams was kept of, or that is none.
    fn backoff(&self, discounts: [f64; 3]) -> f64 {
        if self.total == 0 {
            return 1.0;
        }
        let discounted: f64 = discounts.iter().zip(self.kept).map(|(d, n)| d * f64::from(n)).sum();
        (discounted + self.lost as f64) / self.total as f64
    }
}

fn class(count: u64) -> usize {
    count.clamp(1, 3) as usize - 1
}

/// Logarithms of all n-grams.
pub(super) struct Estimates {
    pub unigrams: Vec<[f32; 2]>,
    pub tables: Vec<Table>,
    pub discounts: Vec<[f64; 3]>,
    pub defaulted: Vec<bool>,
}

/// Estimates a model with `words` different words, marks included; an n-gram of `n` words is left out where it stands at most
/// `prune[n - 2]` times. `None` if it has more n-grams of an order than there are numbers.
pub(super) fn estimate(tokens: &Tokens<'_>, sorted: &Sorted, words: usize, prune: &[u64]) -> Option<Estimates> {
    let mut found =
        Estimates { unigrams: Vec::new(), tables: Vec::new(), discounts: Vec::new(), defaulted: Vec::new() };
    let (discounts, defaulted) = discounts(tokens, sorted, 1);
    found.discounts.push(discounts);
    found.defaulted.push(defaulted);
    let mut lower = single(tokens, sorted, words, discounts);
    for n in 2..=tokens.order {
        let (discounts, defaulted) = self::discounts(tokens, sorted, n);
        found.discounts.push(discounts);
        found.defaulted.push(defaulted);
        let threshold = prune.get(n - 2).copied().unwrap_or(0);
        let mut sums = vec![Sums::default(); lower.chances.len()];
        let mut kept: Vec<(u64, Gram)> = Vec::new();
        sorted.grams(tokens, n, &mut |gram| {
            let words = tokens.gram(gram.place, n);
            let is_kept = gram.raw > threshold;
            if let Some(context) = lower.find(&words[..n - 1]) {
                sums[context].add(&gram, is_kept);
            }
            if is_kept {
                kept.push((hash(words), gram));
            }
        });
        kept.sort_unstable_by_key(|(key, _)| *key);
        let backoffs: Vec<f64> = sums.iter().map(|sums| sums.backoff(discounts)).collect();
        let chances: Vec<f64> = kept
            .iter()
            .map(|(_, gram)| {
                let words = tokens.gram(gram.place, n);
                let context = lower.find(&words[..n - 1]);
                let total = context.map_or(gram.adjusted, |at| sums[at].total).max(1);
                let shorter = lower.find(&words[1..]).map_or(0.0, |at| lower.chances[at]);
                let share = (gram.adjusted as f64 - discounts[class(gram.adjusted)]).max(0.0) / total as f64;
                share + context.map_or(1.0, |at| backoffs[at]) * shorter
            })
            .collect();
        found.take(&lower, &backoffs);
        lower = Lower { index: Some(Index::new(kept.into_iter().map(|(key, _)| key).collect())?), chances };
    }
    found.take(&lower, &[]);
    Some(found)
}

/// The order below the one at hand.
struct Lower {
    /// `None` for single words, whose numbers are their places.
    index: Option<Index>,
    chances: Vec<f64>,
}

impl Lower {
    fn find(&self, gram: &[u32]) -> Option<usize> {
        match (&self.index, gram) {
            (None, [word]) => Some(*word as usize),
            (None, _) => None,
            (Some(index), gram) => index.find(hash(gram)),
        }
    }
}

impl Estimates {
    /// Takes what an order has, now that its back-offs are known.
    fn take(&mut self, lower: &Lower, backoffs: &[f64]) {
        let log = |x: f64| x.log10().max(NEVER) as f32;
        let of = |at: usize| log(backoffs.get(at).copied().unwrap_or(1.0));
        match &lower.index {
            None => self.unigrams = lower.chances.iter().enumerate().map(|(at, &p)| [log(p), of(at)]).collect(),
            Some(index) => {
                let log10 = lower.chances.iter().map(|&p| log(p)).collect();
                let backoffs = (0..backoffs.len()).map(of).collect();
                let index = Index::new(index.keys().to_vec()).unwrap_or_default();
                self.tables.push(Table { index, log10, backoffs });
            }
        }
    }
}

/// Single words. The begin of a sentence is certain, as in `lmplz`'s files; no other word's share knows of it.
fn single(tokens: &Tokens<'_>, sorted: &Sorted, words: usize, discounts: [f64; 3]) -> Lower {
    let mut adjusted = vec![0u64; words];
    let mut sums = Sums::default();
    sorted.grams(tokens, 1, &mut |gram| {
        adjusted[tokens.tokens[gram.place as usize] as usize] = gram.adjusted;
        sums.add(&gram, true);
    });
    let uniform = sums.backoff(discounts) / (words as f64 - 1.0);
    let chance = |count: u64| match count {
        0 => uniform,
        count => (count as f64 - discounts[class(count)]).max(0.0) / sums.total as f64 + uniform,
    };
    let mut chances: Vec<f64> = adjusted.into_iter().map(chance).collect();
    chances[tokens.begin as usize] = 1.0;
    Lower { index: None, chances }
}

/// The discounts of an order, from how many n-grams were counted once to four times (Chen and Goodman's equation 26), and whether they are
/// the default ones, since those make none between 0 and the count.
fn discounts(tokens: &Tokens<'_>, sorted: &Sorted, n: usize) -> ([f64; 3], bool) {
    let mut counted = [0u64; 5];
    sorted.grams(tokens, n, &mut |gram| {
        if let Some(slot) = counted.get_mut(gram.adjusted as usize) {
            *slot += 1;
        }
    });
    of_counts(counted).map_or((DEFAULT, true), |discounts| (discounts, false))
}

fn of_counts(counted: [u64; 5]) -> Option<[f64; 3]> {
    let n = counted.map(|n| n as f64);
    let y = n[1] / (n[1] + 2.0 * n[2]);
    let mut discounts = [0.0; 3];
    for (at, slot) in discounts.iter_mut().enumerate() {
        let j = at + 1;
        let discount = j as f64 - (j as f64 + 1.0) * y * n[j + 1] / n[j];
        if counted[j] == 0 || !(0.0..=j as f64).contains(&discount) {
            return None;
        }
        *slot = discount;
    }
    Some(discounts)
}
