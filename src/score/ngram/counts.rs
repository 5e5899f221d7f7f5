//! All n-grams of a corpus, by sorting the places of its words by what stands before them.
//!
//! Words that end the same n-gram stand together then, for every length at once; how far two neighbours agree says which n-grams they
//! share. Eight bytes for each word are all that the longest n-grams take more than the shortest.

/// The words of a corpus, each sentence between its marks.
pub(super) struct Tokens<'t> {
    pub tokens: &'t [u32],
    pub begin: u32,
    pub order: usize,
}

/// Places of all words and ends, sorted by their n-grams read backwards.
pub(super) struct Sorted {
    pub places: Vec<u32>,
    /// How many words each has in common with the place before it, read backwards to the begin of the sentence; at most the order.
    common: Vec<u8>,
}

/// An n-gram.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Gram {
    /// Where it ends, somewhere.
    pub place: u32,
    /// How often it stands in the corpus.
    pub raw: u64,
    /// What Kneser and Ney count: of the longest n-grams and those at the begin of a sentence how often they stand there; of others how
    /// many different words stand before them.
    pub adjusted: u64,
}

impl Tokens<'_> {
    /// The words before and at `place`, the last first, to the begin of the sentence, which is one of them.
    fn back(&self, place: u32) -> impl Iterator<Item = u32> {
        let mut ended = false;
        let before = self.tokens.get(..=place as usize).unwrap_or_default().iter().rev();
        before.copied().take_while(move |&token| {
            let within = !ended;
            ended |= token == self.begin;
            within
        })
    }

    /// The last `n` words at `place`, the first first. Fewer at the begin of a sentence.
    pub fn gram(&self, place: u32, n: usize) -> &[u32] {
        let end = place as usize + 1;
        self.tokens.get(end.saturating_sub(n)..end).unwrap_or_default()
    }

    /// Sorts.
    pub fn sorted(&self) -> Sorted {
        let all = (0u32..).zip(self.tokens).filter(|(_, token)| **token != self.begin);
        let mut keyed: Vec<(u64, u32)> = all.map(|(place, _)| (self.key(place, 0), place)).collect();
        self.sort(&mut keyed, 0);
        let places: Vec<u32> = keyed.into_iter().map(|(_, place)| place).collect();
        let mut common = vec![0; places.len()];
        for (at, pair) in places.windows(2).enumerate() {
            let same = self.back(pair[0]).zip(self.back(pair[1])).take(self.order).take_while(|(a, b)| a == b);
            common[at + 1] = same.count() as u8;
        }
        Sorted { places, common }
    }

    /// Two words of the n-gram at `place`, the later one first, from the `depth`th word before the last on; 0 for none.
    fn key(&self, place: u32, depth: usize) -> u64 {
        let mut words = self.back(place).take(self.order).skip(depth).map(|word| u64::from(word) + 1);
        let (later, earlier) = (words.next().unwrap_or(0), words.next().unwrap_or(0));
        // Words are fewer than 2^32 - 1, so that both fit.
        (later << 32) | earlier
    }

    /// Sorts by two words at a time, those that agree by the next two.
    fn sort(&self, keyed: &mut [(u64, u32)], depth: usize) {
        keyed.sort_unstable();
        let next = depth + 2;
        if next >= self.order {
            return;
        }
        for same in keyed.chunk_by_mut(|a, b| a.0 == b.0) {
            // Nothing stands before the begin of a sentence.
            if same.len() > 1 && same[0].0 & 0xFFFF_FFFF != 0 {
                same.iter_mut().for_each(|(key, place)| *key = self.key(*place, next));
                self.sort(same, next);
            }
        }
    }
}

impl Sorted {
    /// Calls `each` with every different n-gram of `n` words.
    pub fn grams(&self, tokens: &Tokens<'_>, n: usize, each: &mut dyn FnMut(Gram)) {
        let longest = n == tokens.order;
        let mut gram: Option<Gram> = None;
        let mut at_begin = false;
        for (at, &place) in self.places.iter().enumerate() {
            let common = usize::from(self.common[at]);
            match &mut gram {
                Some(gram) if common >= n => {
                    gram.raw += 1;
                    gram.adjusted += u64::from(longest || at_begin || common == n);
                }
                slot => {
                    slot.take().into_iter().for_each(&mut *each);
                    if tokens.back(place).take(n).count() == n {
                        at_begin = tokens.gram(place, n).first() == Some(&tokens.begin);
                        *slot = Some(Gram { place, raw: 1, adjusted: 1 });
                    }
                }
            }
        }
        gram.into_iter().for_each(each);
    }
}
