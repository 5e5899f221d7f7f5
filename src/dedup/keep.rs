//! Who is kept: a total order of the documents, best first.

use super::DocTable;
use crate::error::{Error, Result};
use std::cmp::Ordering;
use std::fmt;

/// One criterion of the keep order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "recipe-file", derive(serde::Serialize), serde(rename_all = "snake_case"))]
#[non_exhaustive]
pub enum KeepBy {
    /// Sources of lower rank first.
    Source,
    /// Higher quality scores first, documents without a score last.
    Score,
    /// Longer texts first.
    Length,
    /// Lower ids first, compared byte by byte.
    Id,
    /// Files of lower rank first: within a source they are ranked by name.
    File,
}

impl KeepBy {
    /// All criteria.
    pub const ALL: [KeepBy; 5] = [KeepBy::Source, KeepBy::Score, KeepBy::Length, KeepBy::Id, KeepBy::File];
    /// The criteria where none are stated, in their order.
    pub const DEFAULT: [KeepBy; 4] = [KeepBy::Source, KeepBy::Score, KeepBy::Length, KeepBy::Id];

    /// The name in recipes.
    pub fn name(self) -> &'static str {
        match self {
            KeepBy::Source => "source",
            KeepBy::Score => "score",
            KeepBy::Length => "length",
            KeepBy::Id => "id",
            KeepBy::File => "file",
        }
    }
}

impl fmt::Display for KeepBy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// What a document is ranked by.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct KeepKey<'a> {
    /// The batch of an index that it was kept in, if an earlier run kept it. Such documents come before all others, batch by batch,
    /// whatever the criteria, and stay: see [`resolve`](super::resolve).
    pub batch: Option<u32>,
    /// Rank of its source: the lower, the dearer.
    pub source: u32,
    /// Its quality score. NaN counts as none.
    pub score: Option<f64>,
    /// Length of its text, in whatever unit the caller ranks by; bytes as a rule.
    pub length: u64,
    /// Its id.
    pub id: &'a str,
    /// Rank of the file that it lies in: the lower, the dearer.
    pub file: u32,
}

impl KeepKey<'_> {
    /// Earlier batches first, documents of no batch last.
    fn age(&self) -> u64 {
        self.batch.map_or(u64::MAX, u64::from)
    }
}

/// The criteria, most important first.
///
/// What they leave undecided is decided by content hash, then source, then id, then input position; so the order is
/// total, and input position only matters between documents with the same source, id and normal form.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct KeepPolicy {
    by: Vec<KeepBy>,
}

impl Default for KeepPolicy {
    /// Source, score, length, id.
    fn default() -> Self {
        KeepPolicy { by: KeepBy::DEFAULT.to_vec() }
    }
}

impl KeepPolicy {
    /// The policy with these criteria, most important first. None at all is allowed: the content hash decides.
    pub fn new(by: impl IntoIterator<Item = KeepBy>) -> Self {
        KeepPolicy { by: by.into_iter().collect() }
    }

    /// The policy with the criteria of these names.
    ///
    /// ```
    /// use mashbill::dedup::KeepPolicy;
    ///
    /// assert_eq!(KeepPolicy::parse(["source", "score", "length", "id"])?, KeepPolicy::default());
    /// assert!(KeepPolicy::parse(["newest"]).is_err());
    /// # Ok::<(), mashbill::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::Unknown`] for an unknown name, [`Error::Invalid`] for one that is given twice.
    pub fn parse<'a>(names: impl IntoIterator<Item = &'a str>) -> Result<Self> {
        let mut by = Vec::new();
        for name in names {
            let unknown = || Error::unknown("keep criterion", name, KeepBy::ALL.map(KeepBy::name));
            let criterion = KeepBy::ALL.into_iter().find(|k| k.name() == name).ok_or_else(unknown)?;
            if by.contains(&criterion) {
                return Err(Error::Invalid { what: "keep".into(), problem: format!("`{name}` is given twice") });
            }
            by.push(criterion);
        }
        Ok(KeepPolicy { by })
    }

    /// The criteria, most important first.
    pub fn criteria(&self) -> &[KeepBy] {
        &self.by
    }

    /// Which of two documents is kept rather than the other: the lesser.
    pub fn compare(&self, a: &KeepKey<'_>, b: &KeepKey<'_>) -> Ordering {
        self.by.iter().fold(a.age().cmp(&b.age()), |order, by| {
            order.then_with(|| match by {
                KeepBy::Source => a.source.cmp(&b.source),
                KeepBy::Score => compare_scores(a.score, b.score),
                KeepBy::Length => b.length.cmp(&a.length),
                KeepBy::Id => a.id.cmp(b.id),
                KeepBy::File => a.file.cmp(&b.file),
            })
        })
    }

    /// The keep order of all documents of `docs`, whose keys are `keys`.
    ///
    /// # Errors
    ///
    /// [`Error::Invalid`] unless there is one key for each document.
    pub fn order(&self, keys: &[KeepKey<'_>], docs: &DocTable) -> Result<KeepOrder> {
        if keys.len() != docs.len() {
            let problem = format!("{} keep keys for {} documents", keys.len(), docs.len());
            return Err(Error::Invalid { what: "keep".into(), problem });
        }
        let mut order: Vec<u32> = (0..docs.len() as u32).collect();
        order.sort_unstable_by(|&x, &y| {
            let (a, b) = (&keys[x as usize], &keys[y as usize]);
            let tie =
                || docs.content(x).cmp(&docs.content(y)).then_with(|| (a.source, a.id, x).cmp(&(b.source, b.id, y)));
            self.compare(a, b).then_with(tie)
        });
        let known = order.partition_point(|&doc| keys[doc as usize].batch.is_some());
        Ok(KeepOrder { order, known })
    }
}

/// Higher first; none, and NaN, last. Both zeros are equal.
fn compare_scores(a: Option<f64>, b: Option<f64>) -> Ordering {
    let (a, b) = (a.filter(|s| !s.is_nan()), b.filter(|s| !s.is_nan()));
    match (a, b) {
        (Some(a), Some(b)) => b.partial_cmp(&a).unwrap_or(Ordering::Equal),
        (a, b) => b.is_some().cmp(&a.is_some()),
    }
}

/// The documents of a [`DocTable`] in keep order, best first. Made by [`KeepPolicy::order`]; 4 bytes a document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeepOrder {
    order: Vec<u32>,
    /// How many of them an earlier run kept: the first.
    known: usize,
}

impl KeepOrder {
    /// The documents, best first.
    pub fn docs(&self) -> &[u32] {
        &self.order
    }

    /// How many of them an earlier run kept: they come first.
    pub(super) fn known(&self) -> usize {
        self.known
    }

    /// The rank of each document, by position.
    pub(super) fn ranks(&self) -> Vec<u32> {
        let mut ranks = vec![0; self.order.len()];
        (0_u32..).zip(&self.order).for_each(|(rank, &doc)| ranks[doc as usize] = rank);
        ranks
    }

    /// That this order was made for a table of that many documents.
    pub(super) fn check(&self, docs: &DocTable) -> Result<()> {
        if self.order.len() == docs.len() {
            return Ok(());
        }
        let problem = format!("an order of {} documents for a table of {}", self.order.len(), docs.len());
        Err(Error::Invalid { what: "keep".into(), problem })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(source: u32, score: Option<f64>, length: u64, id: &str) -> KeepKey<'_> {
        KeepKey { source, score, length, id, ..KeepKey::default() }
    }

    /// Each list is in keep order under its policy; the reverse input must come out the same.
    #[test]
    fn orders() {
        let cases: [(&[&str], Vec<KeepKey<'_>>); 5] = [
            (
                &["source", "score", "length", "id"],
                vec![
                    key(0, Some(0.1), 1, "z"),
                    key(1, Some(0.9), 1, "z"),
                    key(1, Some(0.2), 9, "b"),
                    key(1, Some(0.2), 9, "c"),
                    key(1, Some(0.2), 8, "a"),
                    key(1, Some(f64::NEG_INFINITY), 8, "a"),
                    key(1, None, 99, "a"),
                    key(1, Some(f64::NAN), 98, "a"),
                ],
            ),
            (
                &["file", "length"],
                vec![KeepKey { file: 1, ..key(3, None, 1, "") }, KeepKey { file: 2, ..key(0, None, 5, "") }],
            ),
            (&["length"], vec![key(9, None, 3, ""), key(0, Some(1.0), 2, ""), key(5, None, 1, "")]),
            (&["id", "source"], vec![key(7, None, 0, "B"), key(1, None, 0, "a"), key(2, None, 0, "a")]),
            // Nothing decides but source and id, after the content hash (equal here).
            (&[], vec![key(1, None, 0, "b"), key(2, None, 5, "a"), key(2, None, 1, "b")]),
        ];
        for (names, sorted) in cases {
            let policy = KeepPolicy::parse(names.iter().copied()).unwrap();
            let mut docs = DocTable::new(0);
            for _ in &sorted {
                docs.push(0, 1, None).unwrap();
            }
            let reversed: Vec<_> = sorted.iter().rev().copied().collect();
            let forth: Vec<u32> = (0..sorted.len() as u32).collect();
            let back: Vec<u32> = forth.iter().rev().copied().collect();
            assert_eq!(policy.order(&sorted, &docs).unwrap().docs(), forth, "{names:?}");
            assert_eq!(policy.order(&reversed, &docs).unwrap().docs(), back, "{names:?}");
        }
    }

    #[test]
    fn what_an_index_holds_comes_first_batch_by_batch() {
        let indexed = |batch, length| KeepKey { batch, ..key(9, None, length, "z") };
        let keys = [key(0, Some(1.0), 99, "a"), indexed(Some(1), 9), indexed(Some(0), 1), indexed(Some(1), 10)];
        let mut docs = DocTable::new(0);
        keys.iter().for_each(|_| _ = docs.push(0, 1, None).unwrap());
        let order = KeepPolicy::default().order(&keys, &docs).unwrap();
        assert_eq!((order.docs(), order.known()), (&[2, 3, 1, 0][..], 3));
    }

    #[test]
    fn content_decides_before_position() {
        let mut docs = DocTable::new(0);
        for content in [5, 3, 4] {
            docs.push(0, content, None).unwrap();
        }
        let order = KeepPolicy::new([KeepBy::Score]).order(&[key(0, None, 0, "x"); 3], &docs).unwrap();
        assert_eq!(order.docs(), [1, 2, 0]);
        assert_eq!(order.ranks(), [2, 0, 1]);
    }

    #[test]
    fn mistakes_are_named() {
        let error = KeepPolicy::parse(["scores"]).unwrap_err().to_string();
        assert!(error.contains("did you mean `score`"), "{error}");
        assert!(KeepPolicy::parse(["id", "id"]).is_err());
        assert!(KeepPolicy::default().order(&[], &DocTable::new(0)).is_ok());
        assert!(KeepPolicy::default().order(&[key(0, None, 0, "")], &DocTable::new(0)).is_err());
    }
}
