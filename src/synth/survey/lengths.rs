//! How long documents are, in words: counts by length, lengths above 99 to two leading digits.

use std::collections::BTreeMap;

/// Numbers of documents by length. Merges by adding.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Lengths {
    counts: BTreeMap<u64, u64>,
    documents: u64,
}

impl Lengths {
    pub fn add(&mut self, words: u64) {
        let mut unit = 1;
        while words / unit >= 100 {
            unit *= 10;
        }
        *self.counts.entry(words / unit * unit).or_insert(0) += 1;
        self.documents += 1;
    }

    pub fn merge(&mut self, other: Lengths) {
        other.counts.into_iter().for_each(|(length, n)| *self.counts.entry(length).or_insert(0) += n);
        self.documents += other.documents;
    }

    /// The least length that at least this share of the documents do not exceed, to two digits; `None` without documents.
    pub fn quantile(&self, share: f64) -> Option<u64> {
        let wanted = ((share * self.documents as f64).ceil() as u64).max(1);
        let mut seen = 0;
        self.counts.iter().find_map(|(&length, n)| {
            seen += n;
            (seen >= wanted).then_some(length)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_are_those_of_the_sorted_list() {
        let mut lengths = Lengths::default();
        assert_eq!(lengths.quantile(0.5), None);
        (1..=10).for_each(|n| lengths.add(n * 10));
        assert_eq!([0.0, 0.1, 0.5, 0.9, 1.0].map(|q| lengths.quantile(q)), [10, 10, 50, 90, 100].map(Some));
        lengths.add(123_456);
        assert_eq!(lengths.quantile(1.0), Some(120_000));
    }
}
