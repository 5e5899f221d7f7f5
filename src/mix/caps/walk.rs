//! [`Capper`]: documents in hash order, pass by pass, each taken while its source, its group and all its caps have room.

use super::super::select::HOPS;

/// Rounds in which a group's quota moves between its sources in proportion, before each may give all it has.
const ROUNDS: usize = 4;

/// A document as the caps see it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CapDoc {
    /// Position of its source.
    pub source: usize,
    /// Its tokens.
    pub tokens: u64,
    /// The limits that it counts against, counted from 1; 0 for none.
    pub limits: [u32; 4],
}

impl CapDoc {
    /// Whether it counts against no limit.
    pub fn is_free(&self) -> bool {
        self.limits == [0; 4]
    }
}

/// A source, and what it is to give.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CapSource {
    /// Position of its group.
    pub group: usize,
    /// Tokens that it is to give.
    pub quota: u64,
    /// The most tokens that it may give, if the quota of others moves to it.
    pub most: u64,
    /// How often a document may be emitted at most.
    pub copies: u32,
}

/// A limit on the tokens of some documents.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CapLimit {
    /// Position of the group in which it holds.
    pub group: usize,
    /// The most tokens.
    pub most: u64,
}

/// Finds what capped documents give, in walks over all documents in hash order.
///
/// ```
/// use mashbill::mix::{CapDoc, CapLimit, CapSource, Capper};
///
/// // 100 documents of 10 tokens, two of three under a limit of 200 tokens; 500 are wanted.
/// let docs: Vec<CapDoc> =
///     (0..100).map(|i| CapDoc { source: 0, tokens: 10, limits: [u32::from(i % 3 > 0), 0, 0, 0] }).collect();
/// let source = CapSource { group: 0, quota: 500, most: 1_000, copies: 1 };
/// let mut capper = Capper::new(vec![500], vec![source], vec![CapLimit { group: 0, most: 200 }]);
/// let capped = loop {
///     let mut walk = capper.walk();
///     while {
///         for doc in &docs {
///             walk.take(doc);
///         }
///         walk.end_pass()
///     } {}
///     if let Some(capped) = capper.end(walk) {
///         break capped;
///     }
/// };
/// assert_eq!((capped.tokens[0], capped.quotas[0], capped.held[0]), (200, 500, 200));
/// ```
#[derive(Debug, Clone)]
pub struct Capper {
    groups: Vec<u64>,
    sources: Vec<CapSource>,
    limits: Vec<CapLimit>,
    targets: Vec<u64>,
    round: usize,
}

/// What caps leave of the quotas.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Capped {
    /// What each source gives in all.
    pub quotas: Vec<u64>,
    /// What each source gives of documents under limits; the rest is of free ones.
    pub held: Vec<u64>,
    /// What is taken of each limit.
    pub tokens: Vec<u64>,
    /// Whether a limit had no room for further documents.
    pub closed: Vec<bool>,
    /// What each group lacks of its quota.
    pub lack: Vec<u64>,
    /// What each group may lack because documents are whole: what is left of each limit, of the group and of its sources where a document did
    /// not fit, less than the shortest such document each.
    pub slack: Vec<u64>,
}

/// Tokens that may still be taken.
#[derive(Debug, Clone, Copy)]
struct Meter {
    left: u64,
    misses: usize,
    /// The shortest document that did not fit.
    shortest: u64,
}

impl Meter {
    fn new(left: u64) -> Meter {
        Meter { left, misses: 0, shortest: 0 }
    }

    /// Closed for good after as many documents that do not fit as a selection passes over: what comes later would nest badly.
    fn is_closed(self) -> bool {
        self.misses > HOPS
    }

    /// Whether so many tokens fit; notes that they do not.
    fn fits(&mut self, tokens: u64) -> bool {
        let fits = tokens <= self.left;
        if !fits {
            self.shortest = if self.misses == 0 { tokens } else { self.shortest.min(tokens) };
            self.misses += 1;
        }
        fits
    }

    /// What is left because documents are whole.
    fn slack(&self) -> u64 {
        if self.misses == 0 { 0 } else { self.left.min(self.shortest) }
    }
}

/// One walk: passes over all documents in hash order, the same each time.
#[derive(Debug, Clone)]
pub struct CapWalk {
    pass: u32,
    took: bool,
    group_of: Vec<usize>,
    copies: Vec<u32>,
    sources: Vec<Meter>,
    groups: Vec<Meter>,
    limits: Vec<Meter>,
    /// By source: tokens taken of documents under limits, and of free ones.
    held: Vec<u64>,
    free: Vec<u64>,
    /// By source: free tokens, each document once.
    unique: Vec<u64>,
}

impl CapWalk {
    /// Whether another copy of the document is taken.
    pub fn take(&mut self, doc: &CapDoc) -> bool {
        let CapDoc { source, tokens, limits } = *doc;
        let (Some(&group), Some(&copies)) = (self.group_of.get(source), self.copies.get(source)) else { return false };
        if self.pass == 0 && doc.is_free() {
            self.unique[source] = self.unique[source].saturating_add(tokens);
        }
        if self.pass >= copies || self.sources[source].is_closed() || self.groups[group].is_closed() {
            return false;
        }
        let of_limits = || limits.into_iter().filter(|&limit| limit > 0).map(|limit| limit as usize - 1);
        if of_limits().any(|limit| self.limits[limit].is_closed()) {
            return false;
        }
        if !self.sources[source].fits(tokens) || !self.groups[group].fits(tokens) {
            return false;
        }
        // Each limit without room takes notice of it.
        let misses = of_limits().filter(|&limit| !self.limits[limit].fits(tokens)).count();
        if misses > 0 {
            return false;
        }
        of_limits().for_each(|limit| self.limits[limit].left -= tokens);
        self.sources[source].left -= tokens;
        self.groups[group].left -= tokens;
        let taken = if doc.is_free() { &mut self.free } else { &mut self.held };
        taken[source] += tokens;
        self.took = true;
        true
    }

    /// Ends a pass; whether another one is needed.
    pub fn end_pass(&mut self) -> bool {
        self.pass += 1;
        // Whoever took nothing will take nothing again: no meter has more room than it had.
        let took = std::mem::replace(&mut self.took, false);
        let open = |(source, &copies): (usize, &u32)| self.pass < copies && !self.sources[source].is_closed();
        took && self.copies.iter().enumerate().any(open)
    }
}

impl Capper {
    /// For groups that are to give so many tokens.
    pub fn new(groups: Vec<u64>, sources: Vec<CapSource>, limits: Vec<CapLimit>) -> Capper {
        let targets = sources.iter().map(|source| source.quota).collect();
        Capper { groups, sources, limits, targets, round: 0 }
    }

    /// The next walk.
    pub fn walk(&self) -> CapWalk {
        let nothing = vec![0; self.sources.len()];
        CapWalk {
            pass: 0,
            took: false,
            group_of: self.sources.iter().map(|source| source.group).collect(),
            copies: self.sources.iter().zip(&self.targets).map(|(s, &t)| if t == 0 { 0 } else { s.copies }).collect(),
            sources: self.targets.iter().map(|&target| Meter::new(target)).collect(),
            groups: self.groups.iter().map(|&quota| Meter::new(quota)).collect(),
            limits: self.limits.iter().map(|limit| Meter::new(limit.most)).collect(),
            held: nothing.clone(),
            free: nothing.clone(),
            unique: nothing,
        }
    }

    /// Ends a walk: what is settled, or `None` where another walk is to be taken. The walk that settled it is [`walk`](Capper::walk) again.
    pub fn end(&mut self, walk: CapWalk) -> Option<Capped> {
        let taken: Vec<u64> = walk.held.iter().zip(&walk.free).map(|(held, free)| held + free).collect();
        // Free documents beyond those that the walk came to, for what is left of a target.
        let room: Vec<u64> = self
            .sources
            .iter()
            .enumerate()
            .map(|(at, source)| {
                let all = walk.unique[at].saturating_mul(u64::from(source.copies));
                let target = self.targets[at].min(source.most);
                if target == 0 { 0 } else { all.saturating_sub(walk.free[at]).min(target.saturating_sub(taken[at])) }
            })
            .collect();
        let mut quotas = taken.clone();
        let mut lack = self.groups.clone();
        for (group, lack) in lack.iter_mut().enumerate() {
            for (at, _) in self.sources.iter().enumerate().filter(|(_, source)| source.group == group) {
                *lack = lack.saturating_sub(taken[at]);
            }
            for (at, _) in self.sources.iter().enumerate().filter(|(_, source)| source.group == group) {
                let more = room[at].min(*lack);
                quotas[at] += more;
                *lack -= more;
            }
        }
        if lack.iter().any(|&lack| lack > 0) && self.move_on(&quotas, &lack) {
            return None;
        }
        let tokens = self.limits.iter().zip(&walk.limits).map(|(limit, meter)| limit.most - meter.left).collect();
        let closed = walk.limits.iter().map(|meter| meter.misses > 0).collect();
        let mut slack: Vec<u64> = walk.groups.iter().map(Meter::slack).collect();
        for (source, meter) in self.sources.iter().zip(&walk.sources) {
            slack[source.group] = slack[source.group].saturating_add(meter.slack());
        }
        for (limit, meter) in self.limits.iter().zip(&walk.limits) {
            slack[limit.group] = slack[limit.group].saturating_add(meter.slack());
        }
        Some(Capped { quotas, held: walk.held, tokens, closed, lack, slack })
    }

    /// Moves what groups lack to those of their sources that gave all they were asked for; whether anything moved.
    fn move_on(&mut self, quotas: &[u64], lack: &[u64]) -> bool {
        self.round += 1;
        let mut moved = false;
        for (group, &lack) in lack.iter().enumerate().filter(|(_, lack)| **lack > 0) {
            let of_group: Vec<usize> = (0..self.sources.len()).filter(|&at| self.sources[at].group == group).collect();
            // A source by itself has nowhere to go.
            if of_group.iter().filter(|&&at| self.sources[at].quota > 0).count() < 2 {
                continue;
            }
            if self.round > ROUNDS {
                // Whoever has more gives it, in hash order; the group's own quota ends the walk.
                for at in of_group {
                    let all = if self.sources[at].quota > 0 { self.sources[at].most } else { 0 };
                    moved |= self.round == ROUNDS + 1 && std::mem::replace(&mut self.targets[at], all) != all;
                }
                continue;
            }
            let gave = |at: &usize| quotas[*at] == self.targets[*at] && quotas[*at] > 0;
            let open: Vec<usize> =
                of_group.iter().copied().filter(|at| gave(at) && quotas[*at] < self.sources[*at].most).collect();
            if open.is_empty() {
                self.round = ROUNDS;
                moved = true;
                continue;
            }
            of_group.iter().for_each(|&at| self.targets[at] = quotas[at]);
            let weights: u128 = open.iter().map(|&at| u128::from(quotas[at])).sum();
            let mut rest = lack;
            for &at in &open {
                let part = (u128::from(lack) * u128::from(quotas[at]) / weights.max(1)) as u64;
                let part = part.min(self.sources[at].most - quotas[at]).min(rest);
                self.targets[at] += part;
                rest -= part;
            }
            for &at in &open {
                let part = rest.min(self.sources[at].most - self.targets[at]);
                self.targets[at] += part;
                rest -= part;
            }
            moved = true;
        }
        moved
    }
}
