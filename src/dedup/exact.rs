//! Exact duplicates: documents of equal content hash follow the first of them in keep order.

use super::{DocTable, KeepOrder};
use std::collections::HashMap;

/// Documents of equal content, by who stands for them.
#[derive(Debug, Clone)]
pub(super) struct Contents {
    /// For each document the first, in keep order, of its content in its scope (itself, if it is that one).
    pub leaders: Vec<u32>,
    /// Of contents whose leader has no band keys though others of them do (a source in which near duplicates are not
    /// sought): from the leader to the first that has.
    banded: HashMap<u32, u32>,
}

impl Contents {
    /// Four bytes a document, twelve while it is made.
    pub fn find(docs: &DocTable, order: &KeepOrder) -> Contents {
        let ranks = order.ranks();
        let content = |doc: u32| (docs.scope(doc), docs.content(doc));
        let mut sorted = order.docs().to_vec();
        sorted.sort_unstable_by_key(|&doc| (content(doc), ranks[doc as usize]));

        let mut leaders = ranks; // its room is used again: every entry is written below
        let mut banded = HashMap::new();
        for same in sorted.chunk_by(|&a, &b| content(a) == content(b)) {
            for &doc in same {
                leaders[doc as usize] = same[0];
            }
            let first = same.iter().find(|&&doc| docs.band_keys(doc).is_some());
            if let Some(&first) = first.filter(|&&first| first != same[0]) {
                banded.insert(same[0], first);
            }
        }
        Contents { leaders, banded }
    }

    /// The first document, in keep order, with the content of `doc`.
    pub fn leader(&self, doc: u32) -> u32 {
        self.leaders[doc as usize]
    }

    /// The first document, in keep order, with the content of `doc` that may have band keys: its shingles are those of
    /// all.
    pub fn stand_in(&self, doc: u32) -> u32 {
        let leader = self.leader(doc);
        self.banded.get(&leader).copied().unwrap_or(leader)
    }
}

#[cfg(test)]
mod tests {
    use super::super::{KeepKey, KeepPolicy};
    use super::*;

    #[test]
    fn the_best_of_equal_content_leads() {
        let table = [(0, 5, 1), (0, 6, 1), (1, 5, 3), (1, 5, 2), (0, 5, 2)];
        let find = |scoped: bool| {
            let mut docs = DocTable::new(1);
            let mut keys = Vec::new();
            for (source, content, length) in table {
                docs.push(if scoped { source } else { 0 }, content, (length == 2).then_some(&[9])).unwrap();
                keys.push(KeepKey { source: 0, score: None, length, id: "", ..KeepKey::default() });
            }
            let order = KeepPolicy::default().order(&keys, &docs).unwrap();
            Contents::find(&docs, &order)
        };
        let (global, scoped) = (find(false), find(true));
        assert_eq!(global.leaders, [2, 1, 2, 2, 2]);
        assert_eq!(scoped.leaders, [4, 1, 2, 2, 4]);
        assert_eq!([0, 1, 2].map(|doc| global.stand_in(doc)), [3, 1, 3], "3 and 4 have keys, 3 comes first by input");
        assert_eq!([0, 2].map(|doc| scoped.stand_in(doc)), [4, 3]);
    }
}
