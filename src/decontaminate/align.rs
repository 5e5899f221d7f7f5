//! How many words of an item stand in a stretch of text in the same order: the longest common subsequence, by bits.

/// Aligns sequences of word numbers; owns the buffers.
#[derive(Debug, Default)]
pub(super) struct Aligner {
    /// The item's words and their positions, sorted.
    sorted: Vec<(u32, u32)>,
    masks: Vec<u64>,
    /// The state after each word of the text.
    rows: Vec<u64>,
}

impl Aligner {
    /// The pairs of positions, in `item` and in `text`, of a longest common subsequence, ascending.
    ///
    /// Hyyrö's algorithm ("Bit-parallel LCS-length computation revisited", 2004): a row is the item's words as bits, 64 at a time. The rows are
    /// kept, and the pairs read from them backwards.
    pub fn pairs(&mut self, item: &[u32], text: &[u32], pairs: &mut Vec<(usize, usize)>) {
        pairs.clear();
        let width = item.len().div_ceil(64);
        self.sorted.clear();
        self.sorted.extend(item.iter().zip(0_u32..).map(|(&word, at)| (word, at)));
        self.sorted.sort_unstable();
        self.rows.clear();
        self.rows.resize(width * (text.len() + 1), u64::MAX);
        self.masks.resize(width, 0);
        for (number, &word) in text.iter().enumerate() {
            self.masks.fill(0);
            let from = self.sorted.partition_point(|&(other, _)| other < word);
            for &(_, at) in self.sorted[from..].iter().take_while(|&&(other, _)| other == word) {
                self.masks[at as usize / 64] |= 1 << (at % 64);
            }
            let (before, after) = self.rows.split_at_mut(width * (number + 1));
            let before = &before[width * number..];
            let mut carry = false;
            for ((new, &old), &mask) in after[..width].iter_mut().zip(before).zip(&self.masks) {
                let matched = old & mask;
                let (sum, over) = old.overflowing_add(matched);
                let (sum, over_by_carry) = sum.overflowing_add(u64::from(carry));
                carry = over || over_by_carry;
                *new = sum | (old & !matched);
            }
        }
        // A bit that is not set: one word more of the item, up to there, is matched.
        let (mut i, mut j) = (item.len(), text.len());
        let gained = |row: usize, i: usize| self.rows[width * row + (i - 1) / 64] >> ((i - 1) % 64) & 1 == 0;
        while i > 0 && j > 0 {
            if !gained(j, i) {
                i -= 1;
                continue;
            }
            j -= 1;
            if !gained(j, i) {
                i -= 1;
                pairs.push((i, j));
            }
        }
        pairs.reverse();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn naive_length(a: &[u32], b: &[u32]) -> usize {
        let mut row = vec![0; b.len() + 1];
        for x in a {
            let mut diagonal = 0;
            for (j, y) in b.iter().enumerate() {
                let above = row[j + 1];
                row[j + 1] = if x == y { diagonal + 1 } else { above.max(row[j]) };
                diagonal = above;
            }
        }
        row[b.len()]
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(500))]
        #[test]
        fn pairs_are_a_longest_common_subsequence(
            a in prop::collection::vec(0_u32..5, 0..200), b in prop::collection::vec(0_u32..5, 0..90)
        ) {
            let mut pairs = Vec::new();
            Aligner::default().pairs(&a, &b, &mut pairs);
            prop_assert_eq!(pairs.len(), naive_length(&a, &b));
            prop_assert!(pairs.iter().all(|&(i, j)| a[i] == b[j]));
            prop_assert!(pairs.windows(2).all(|pair| pair[0].0 < pair[1].0 && pair[0].1 < pair[1].1));
        }
    }
}
