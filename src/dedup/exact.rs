//! Exact duplicates: documents of equal content hash follow the first of them in keep order.

use super::{DocTable, KeepOrder, Scope};

/// For each document the leader: the first, in keep order, of its content in its scope (itself, if it is that one).
///
/// Four bytes a document, twelve while it is made.
pub(super) fn leaders(docs: &DocTable, order: &KeepOrder, scope: Scope) -> Vec<u32> {
    let ranks = order.ranks();
    let group = |doc: u32| (scope.of(docs.source(doc)), docs.content(doc));
    let mut sorted = order.docs().to_vec();
    sorted.sort_unstable_by_key(|&doc| (group(doc), ranks[doc as usize]));

    let mut leaders = ranks; // its room is used again: every entry is written below
    for same in sorted.chunk_by(|&a, &b| group(a) == group(b)) {
        for &doc in same {
            leaders[doc as usize] = same[0];
        }
    }
    leaders
}

#[cfg(test)]
mod tests {
    use super::super::{KeepKey, KeepPolicy};
    use super::*;

    #[test]
    fn the_best_of_equal_content_leads() {
        let mut docs = DocTable::new(0);
        let mut keys = Vec::new();
        for (source, content, length) in [(0, 5, 1), (0, 6, 1), (1, 5, 3), (1, 5, 2), (0, 5, 2)] {
            docs.push(source, content, None).unwrap();
            keys.push(KeepKey { source: 0, score: None, length, id: "" });
        }
        let order = KeepPolicy::default().order(&keys, &docs).unwrap();
        assert_eq!(leaders(&docs, &order, Scope::Global), [2, 1, 2, 2, 2]);
        assert_eq!(leaders(&docs, &order, Scope::Source), [4, 1, 2, 2, 4]);
    }
}
