//! Tail repair: which few documents fill a gap exactly. Subset-sum over one window, by bitset.

/// The subset of `tokens` whose sum is closest to `gap` (indices, ascending), if one is closer than `slack`; an exact fill
/// before all, else the nearest, below rather than above. Of several, the one that ends earliest in the window.
///
/// Costs `tokens.len()` × (`gap` + `slack`) / 64 word operations and about one byte for each token of `gap` + `slack`:
/// the caller bounds them. The window may hold at most 255 documents.
pub(crate) fn fill(tokens: &[u64], gap: usize, slack: usize) -> Option<Vec<usize>> {
    fill_numbered::<u8>(tokens, gap, slack)
}

/// The same for up to 65,535 documents, at two bytes for each token.
pub(crate) fn fill_wide(tokens: &[u64], gap: usize, slack: usize) -> Option<Vec<usize>> {
    fill_numbered::<u16>(tokens, gap, slack)
}

/// Documents are numbered by `N`: more than it counts are not looked at.
fn fill_numbered<N>(tokens: &[u64], gap: usize, slack: usize) -> Option<Vec<usize>>
where
    N: Copy + Default + TryFrom<usize> + Into<usize>,
{
    // Sums that count: gap − slack < sum < gap + slack.
    let mut sums = Sums::<N>::up_to(gap + slack);
    for (i, &tokens) in tokens.iter().enumerate() {
        let Ok(document) = N::try_from(i) else { break };
        if sums.reached(gap) {
            break;
        }
        if let Ok(tokens) = usize::try_from(tokens) {
            sums.add(tokens, document);
        }
    }
    let nearest = (0..slack).find_map(|off| {
        let below = gap.checked_sub(off).filter(|&sum| sums.reached(sum));
        below.or_else(|| Some(gap + off).filter(|&sum| sums.reached(sum)))
    })?;
    Some(sums.subset(nearest, tokens))
}

/// The sums that subsets reach, and which document reached each first.
struct Sums<N> {
    /// Bit s: some subset sums to s.
    bits: Vec<u64>,
    /// For each reached sum but 0, the document with which it was first reached: the largest index of that subset.
    last: Vec<N>,
    /// Sums below this count.
    len: usize,
}

impl<N: Copy + Default + Into<usize>> Sums<N> {
    fn up_to(len: usize) -> Sums<N> {
        let words = len.div_ceil(64).max(1);
        let mut bits = vec![0; words];
        bits[0] = 1;
        Sums { bits, last: vec![N::default(); words * 64], len }
    }

    fn reached(&self, sum: usize) -> bool {
        sum < self.len && (self.bits[sum / 64] >> (sum % 64)) & 1 == 1
    }

    /// Adds a document: every sum s reached so far also gives s + `tokens`.
    fn add(&mut self, tokens: usize, document: N) {
        let (words, shift) = (tokens / 64, tokens % 64);
        // From the top down, so that the words read below have not yet taken this document.
        for to in (words..self.bits.len()).rev() {
            let from = to - words;
            let mut moved = self.bits[from] << shift;
            if shift > 0 && from > 0 {
                moved |= self.bits[from - 1] >> (64 - shift);
            }
            let mut new = moved & !self.bits[to];
            self.bits[to] |= new;
            while new != 0 {
                self.last[to * 64 + new.trailing_zeros() as usize] = document;
                new &= new - 1;
            }
        }
    }

    /// The subset that reached `sum`. Each step goes to a sum that was reached before the document it takes.
    fn subset(&self, mut sum: usize, tokens: &[u64]) -> Vec<usize> {
        let mut subset = Vec::new();
        while sum > 0 {
            let document: usize = self.last[sum].into();
            subset.push(document);
            sum -= tokens[document] as usize;
        }
        subset.reverse();
        subset
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::collection::vec;
    use proptest::prelude::*;

    fn sum(tokens: &[u64], subset: &[usize]) -> usize {
        subset.iter().map(|&i| tokens[i] as usize).sum()
    }

    #[test]
    fn exact_before_nearest_before_nothing() {
        assert_eq!(fill(&[3, 5, 7], 12, 3), Some(vec![1, 2]));
        assert_eq!(fill(&[10, 10, 10], 14, 5), Some(vec![0]));
        assert_eq!(fill(&[10, 10, 10], 16, 5), Some(vec![0, 1]));
        assert_eq!(fill(&[10, 10], 15, 5), None);
        assert_eq!(fill(&[4, 6], 5, 2), Some(vec![0])); // both are one off: below
        assert_eq!(fill(&[], 0, 1), Some(vec![]));
        assert_eq!(fill(&[u64::MAX, 64, 64, 128], 256, 1), Some(vec![1, 2, 3]));
        assert_eq!(fill(&[0, 0, 1], 1, 1), Some(vec![2]));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(256))]

        /// The naive twin: all subsets.
        #[test]
        fn as_near_as_the_best_of_all_subsets(tokens in vec(0_u64..400, 0..12), gap in 0_usize..2_000, slack in 1_usize..300) {
            let all = (0_u32..1 << tokens.len()).map(|mask| {
                (0..tokens.len()).filter(|i| mask >> i & 1 == 1).map(|i| tokens[i] as usize).sum::<usize>()
            });
            let best = all.map(|sum| sum.abs_diff(gap)).min().unwrap();
            let found = fill(&tokens, gap, slack);
            prop_assert_eq!(found.is_some(), best < slack);
            if let Some(subset) = found {
                prop_assert!(subset.windows(2).all(|pair| pair[0] < pair[1]));
                prop_assert_eq!(sum(&tokens, &subset).abs_diff(gap), best);
            }
        }
    }
}
