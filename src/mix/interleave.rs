//! [`Interleave`]: the order between sources in which every prefix keeps the shares, to within one document.

use std::cmp::{Ordering, Reverse};
use std::collections::BinaryHeap;

/// Merges queues of documents, one queue a source, so that the shares hold in every prefix: after `V` tokens, a source that gives
/// `T` of `B` tokens in all has given `V·T/B`, within the longest document of any source, at every token.
///
/// The rule is WF2Q (Bennett and Zhang 1996, worst-case fair weighted fair queueing) with tokens in the place of bits: of the
/// sources that are not ahead of their share, the one whose next document ends first on the source's own clock. A source is ahead by
/// at most `1 − T/B` of its own longest document, and behind by at most one longest document of all (mixing.md §4.4 has the proof;
/// the property test beside this file checks both at every document's both ends).
///
/// It reads one document ahead of each source and keeps three numbers for each, so it merges streams of any length: offer each
/// source's first document, then, whenever [`next`](Interleave::next) names a source, that source's following one.
///
/// ```
/// use mashbill::mix::Interleave;
///
/// // Tokens of each document, by source: 60 % of the first, 40 % of the second.
/// let queues = [vec![30, 20, 10], vec![10, 10, 10, 10]];
/// let mut order = Interleave::new(queues.iter().map(|queue| queue.iter().sum()));
/// let mut heads = queues.each_ref().map(|queue| queue.iter());
/// for (source, head) in heads.iter_mut().enumerate() {
///     head.next().map(|&tokens| order.offer(source, tokens));
/// }
/// let mut got = Vec::new();
/// while let Some(source) = order.next() {
///     got.push(source);
///     heads[source].next().map(|&tokens| order.offer(source, tokens));
/// }
/// assert_eq!(got, [1, 0, 1, 1, 0, 1, 0]);
/// ```
#[derive(Debug, Clone)]
pub struct Interleave {
    sources: Vec<Clock>,
    /// Tokens of all documents that were named so far.
    emitted: u64,
    /// Tokens of all sources together.
    total: u64,
    /// Sources with a document on offer that are ahead of their share, by its start.
    ahead: BinaryHeap<Reverse<(Instant, usize)>>,
    /// The others, by the end of the document.
    due: BinaryHeap<Reverse<(Instant, usize)>>,
}

/// One source: what it gives in all, what it gave, and the document on offer.
#[derive(Debug, Clone, Copy, Default)]
struct Clock {
    total: u64,
    emitted: u64,
    /// Tokens of the document on offer.
    next: Option<u64>,
}

/// Tokens of a source over its tokens in all: when, on its own clock from 0 to 1, that point is reached. Compared exactly.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Instant {
    tokens: u64,
    of: u64,
}

impl Ord for Instant {
    fn cmp(&self, other: &Instant) -> Ordering {
        let cross = |a: &Instant, b: &Instant| u128::from(a.tokens) * u128::from(b.of);
        cross(self, other).cmp(&cross(other, self))
    }
}

impl PartialOrd for Instant {
    fn partial_cmp(&self, other: &Instant) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Clock {
    fn at(&self, tokens: u64) -> Instant {
        // A source of no tokens in all has documents of none: they are due from the start.
        Instant { tokens, of: self.total.max(1) }
    }
}

impl Interleave {
    /// An interleave of sources that will give so many tokens in all, each the sum of the documents that it will offer. (If a source
    /// ends earlier or later than that, the order is still total, and the bound is lost.)
    pub fn new(totals: impl IntoIterator<Item = u64>) -> Interleave {
        let sources: Vec<Clock> = totals.into_iter().map(|total| Clock { total, ..Clock::default() }).collect();
        let total = sources.iter().fold(0_u64, |sum, source| sum.saturating_add(source.total));
        Interleave { sources, emitted: 0, total, ahead: BinaryHeap::new(), due: BinaryHeap::new() }
    }

    /// Puts a source's next document on offer, by its tokens. One at a time: until [`next`](Interleave::next) has named the source,
    /// a further offer is not heard, nor is one by a source that is not there.
    pub fn offer(&mut self, source: usize, tokens: u64) {
        let Some(clock) = self.sources.get_mut(source).filter(|clock| clock.next.is_none()) else { return };
        clock.next = Some(tokens);
        self.ahead.push(Reverse((clock.at(clock.emitted), source)));
    }

    /// The source whose document on offer comes next; `None` if nothing is on offer.
    #[expect(clippy::should_implement_trait, reason = "an iterator could not be offered documents between its items")]
    pub fn next(&mut self) -> Option<usize> {
        let now = Instant { tokens: self.emitted, of: self.total.max(1) };
        while self.ahead.peek().is_some_and(|Reverse((start, _))| *start <= now) {
            self.release();
        }
        if self.due.is_empty() {
            // As all shares sum to one, some source is not ahead, unless one ended early: then the one least ahead goes on.
            self.release();
        }
        let Reverse((_, source)) = self.due.pop()?;
        let clock = self.sources.get_mut(source)?;
        let tokens = clock.next.take().unwrap_or(0);
        clock.emitted = clock.emitted.saturating_add(tokens);
        self.emitted = self.emitted.saturating_add(tokens);
        Some(source)
    }

    /// Lets the source that is least ahead compete by the end of its document.
    fn release(&mut self) {
        let Some(Reverse((_, source))) = self.ahead.pop() else { return };
        if let Some(clock) = self.sources.get(source) {
            let end = clock.emitted.saturating_add(clock.next.unwrap_or(0));
            self.due.push(Reverse((clock.at(end), source)));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// All queues, merged: (source, tokens) in order.
    fn merged(queues: &[Vec<u64>]) -> Vec<(usize, u64)> {
        let mut order = Interleave::new(queues.iter().map(|queue| queue.iter().sum()));
        let mut heads: Vec<_> = queues.iter().map(|queue| queue.iter().copied()).collect();
        let mut current = vec![0; queues.len()];
        let mut offer = |order: &mut Interleave, current: &mut Vec<u64>, source: usize| {
            if let Some(tokens) = heads[source].next() {
                current[source] = tokens;
                order.offer(source, tokens);
            }
        };
        (0..queues.len()).for_each(|source| offer(&mut order, &mut current, source));
        let mut out = Vec::new();
        while let Some(source) = order.next() {
            out.push((source, current[source]));
            offer(&mut order, &mut current, source);
        }
        out
    }

    /// The rule, word for word, in whole numbers: `emitted · total ≤ V · total of the source` is "not ahead".
    fn naive(queues: &[Vec<u64>]) -> Vec<(usize, u64)> {
        let totals: Vec<u128> = queues.iter().map(|q| q.iter().map(|&t| u128::from(t)).sum()).collect();
        let all: u128 = totals.iter().sum();
        let (mut taken, mut emitted) = (vec![0; queues.len()], vec![0_u128; queues.len()]);
        let mut out = Vec::new();
        loop {
            let now: u128 = emitted.iter().sum();
            let open: Vec<usize> = (0..queues.len()).filter(|&s| taken[s] < queues[s].len()).collect();
            let due = open.iter().copied().filter(|&s| emitted[s] * all.max(1) <= now * totals[s].max(1));
            let end = |s: usize| emitted[s] + u128::from(queues[s][taken[s]]);
            let first =
                |a: &usize, b: &usize| (end(*a) * totals[*b].max(1)).cmp(&(end(*b) * totals[*a].max(1))).then(a.cmp(b));
            let Some(source) = due.min_by(first) else {
                assert!(open.is_empty(), "some source is never ahead");
                return out;
            };
            out.push((source, queues[source][taken[source]]));
            emitted[source] = end(source);
            taken[source] += 1;
        }
    }

    /// Documents of 1 to 40 tokens, of one length, or hostile: mostly short, with giants among them.
    fn queues() -> impl Strategy<Value = Vec<Vec<u64>>> {
        let lengths = prop_oneof![
            (1..=40_u64).boxed(),
            Just(7_u64).boxed(),
            prop_oneof![30 => 1..=3_u64, 1 => 100_000..=100_003_u64].boxed(),
            prop_oneof![1 => Just(0_u64), 3 => 1..=1000_u64].boxed(),
        ];
        prop::collection::vec(prop::collection::vec(lengths, 0..40), 2..12)
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(400))]

        #[test]
        fn agrees_with_the_rule_word_for_word(queues in queues()) {
            prop_assert_eq!(merged(&queues), naive(&queues));
        }
    }

    #[test]
    fn nothing_on_offer_is_the_end() {
        assert_eq!(Interleave::new([]).next(), None);
        let mut order = Interleave::new([0, 5]);
        assert_eq!(order.next(), None);
        order.offer(7, 1); // no such source
        assert_eq!(order.next(), None);
        order.offer(0, 0);
        order.offer(1, 5);
        order.offer(1, 9); // one at a time
        assert_eq!((order.next(), order.next(), order.next()), (Some(0), Some(1), None));
    }

    #[test]
    fn a_source_that_ends_early_does_not_stop_the_others() {
        let mut order = Interleave::new([100, 10]);
        let mut got = Vec::new();
        for _ in 0..10 {
            order.offer(1, 1); // the first source never offers anything
            got.extend(order.next());
        }
        assert_eq!(got, [1; 10]);
    }

    #[test]
    fn totals_near_the_limit_of_u64_do_not_wrap() {
        let mut order = Interleave::new([u64::MAX, u64::MAX]);
        order.offer(0, u64::MAX);
        order.offer(1, u64::MAX - 1);
        assert_eq!((order.next(), order.next()), (Some(1), Some(0)));
    }
}
