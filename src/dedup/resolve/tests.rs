//! The decision against its definition, written out in quadratic time.

use super::super::{BandBuckets, ContentBuckets, KeepKey, KeepPolicy, Links, Partition, ShingleStore};
use super::*;
use proptest::prelude::*;
use std::cell::Cell;
use std::collections::BTreeSet;

/// A text as deduplication sees it. Documents with the same text have the same content hash, keys and shingles.
#[derive(Debug, Clone)]
struct Text {
    shingles: BTreeSet<u64>,
    keys: Vec<u64>,
}

#[derive(Debug, Clone)]
struct Doc {
    text: usize,
    source: u32,
    score: Option<f64>,
    id: String,
    /// Whether near duplicates of it are sought.
    near: bool,
}

/// Documents over a pool of texts.
#[derive(Debug, Clone)]
struct Corpus {
    texts: Vec<Text>,
    docs: Vec<Doc>,
}

const BANDS: usize = 3;

impl Corpus {
    fn is_sought(&self, doc: &Doc) -> bool {
        doc.near && !self.texts[doc.text].shingles.is_empty()
    }

    fn table(&self, scoped: bool) -> (DocTable, KeepOrder) {
        let mut table = DocTable::new(BANDS as u32);
        for doc in &self.docs {
            let keys = self.is_sought(doc).then_some(&self.texts[doc.text].keys[..]);
            table.push(if scoped { doc.source } else { 0 }, doc.text as u128, keys).unwrap();
        }
        let key = |d: &'_ Doc| (d.source % 2, d.score, self.texts[d.text].shingles.len() as u64);
        let keys: Vec<KeepKey<'_>> = (self.docs.iter())
            .map(|d| {
                let (source, score, length) = key(d);
                KeepKey { source, score, length, id: &d.id, ..KeepKey::default() }
            })
            .collect();
        let order = KeepPolicy::default().order(&keys, &table).unwrap();
        (table, order)
    }

    fn resolve(&self, rules: &Rules, scoped: bool, hot: usize) -> Resolution {
        let (table, order) = self.table(scoped);
        self.resolve_in(&table, &order, rules, hot)
    }

    /// With the batch of each document as the first criterion; those of batches before `now` are of an index.
    fn resolve_batch(&self, rules: &Rules, scoped: bool, hot: usize, batches: &[u32], now: u32) -> Resolution {
        let (table, _) = self.table(scoped);
        let key = |(d, &batch): (&'_ Doc, &u32)| (d.source % 2, d.score, batch, (batch < now).then_some(batch));
        let keys: Vec<KeepKey<'_>> = (self.docs.iter().zip(batches))
            .map(|both| {
                let (source, score, file, batch) = key(both);
                KeepKey { batch, source, score, length: 0, id: &both.0.id, file }
            })
            .collect();
        let order = KeepPolicy::parse(["file", "source", "score", "id"]).unwrap().order(&keys, &table).unwrap();
        self.resolve_in(&table, &order, rules, hot)
    }

    fn resolve_in(&self, table: &DocTable, order: &KeepOrder, rules: &Rules, hot: usize) -> Resolution {
        let candidates = Candidates::find(table, order, rules).unwrap();
        let mut store = ShingleStore::default();
        for &doc in candidates.docs() {
            let set: Vec<u64> = self.texts[self.docs[doc as usize].text].shingles.iter().copied().collect();
            store.insert(doc, &set);
        }
        resolve_with(hot, table, order, &candidates, &store).unwrap()
    }

    /// The definition: the greedy maximal independent set over verified candidate pairs.
    fn naive(&self, rules: &Rules, scoped: bool) -> Vec<Option<Duplicate>> {
        let (_, order) = self.table(scoped);
        let mut verdicts = vec![None; self.docs.len()];
        let mut kept: Vec<u32> = Vec::new();
        for &doc in order.docs() {
            let mine = &self.docs[doc as usize];
            let met: Vec<(u32, &Doc)> = (kept.iter().map(|&k| (k, &self.docs[k as usize])))
                .filter(|(_, other)| !scoped || other.source == mine.source)
                .collect();
            let exact = (met.iter().find(|(_, other)| rules.exact && other.text == mine.text))
                .map(|&(of, _)| Duplicate { kind: Kind::Exact, of, similarity: 1.0 });
            let near = met.iter().find_map(|&(of, other)| {
                let similarity = self.verified(mine, other, rules.near?)?;
                Some(Duplicate { kind: Kind::Near, of, similarity })
            });
            verdicts[doc as usize] = exact.or(near);
            if verdicts[doc as usize].is_none() {
                kept.push(doc);
            }
        }
        verdicts
    }

    fn verified(&self, a: &Doc, b: &Doc, threshold: f64) -> Option<f64> {
        let sought = self.is_sought(a) && self.is_sought(b);
        let (a, b) = (&self.texts[a.text], &self.texts[b.text]);
        let union = a.shingles.union(&b.shingles).count();
        if !sought || !a.keys.iter().zip(&b.keys).any(|(x, y)| x == y) {
            return None;
        }
        Some(a.shingles.intersection(&b.shingles).count() as f64 / union as f64).filter(|&j| j >= threshold)
    }
}

fn corpora() -> impl Strategy<Value = Corpus> {
    let text = (prop::collection::btree_set(0_u64..8, 0..8), prop::collection::vec(0_u64..4, BANDS))
        // Keys of different bands differ, as the band's index is hashed in.
        .prop_map(|(shingles, keys)| Text {
            shingles,
            keys: (0..).zip(keys).map(|(band, k)| band * 100 + k).collect(),
        });
    prop::collection::vec(text, 1..12).prop_flat_map(|texts| {
        let doc = (0..texts.len(), 0_u32..3, prop::option::of(0_u8..3), prop::bool::weighted(0.8));
        prop::collection::vec(doc, 0..30).prop_map(move |docs| {
            let docs = docs.into_iter().enumerate().map(|(i, (text, source, score, near))| Doc {
                text,
                source,
                score: score.map(f64::from),
                id: format!("{:02}", i * 37 % 101),
                near,
            });
            Corpus { texts: texts.clone(), docs: docs.collect() }
        })
    })
}

fn rules() -> impl Strategy<Value = Rules> {
    let near = prop::option::weighted(0.8, proptest::sample::select(vec![0.3, 0.5, 0.6, 0.8, 1.0]));
    (any::<bool>(), near).prop_map(|(exact, near)| Rules { exact, near })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_000))]
    #[test]
    fn equals_the_definition(
        corpus in corpora(),
        rules in rules(),
        scoped in any::<bool>(),
        // Buckets that are large at once, soon, never.
        hot in prop_oneof![Just(0_usize), Just(1), Just(3), Just(HOT_BUCKET)],
    ) {
        let resolution = corpus.resolve(&rules, scoped, hot);
        prop_assert_eq!(resolution.duplicates(), corpus.naive(&rules, scoped));
        for doc in 0..corpus.docs.len() as u32 {
            let representative = resolution.representative(doc);
            prop_assert_eq!(resolution.duplicate(representative), None, "a document went for one that goes itself");
            let size = (0..corpus.docs.len() as u32).filter(|&d| resolution.representative(d) == representative).count();
            prop_assert_eq!(resolution.cluster_size(doc) as usize, size);
        }
    }

    /// Component by component, and the keys of a band in pieces: the same as all at once.
    #[test]
    fn pieces_equal_the_whole(corpus in corpora(), rules in rules(), scoped in any::<bool>(), parts in 1_u32..6) {
        let (table, order) = corpus.table(scoped);
        let mut links = Links::new(table.len() as u32);
        let scope = |doc: u32| table.scope(doc);
        for part in Partition::all(parts) {
            let mut contents = ContentBuckets::new(part, 0);
            (0..table.len() as u32).for_each(|doc| contents.push(table.content(doc) * (u128::MAX / 12), doc));
            contents.each(&scope, &mut |docs| links.same_content(docs, &|doc| table.band_keys(doc).is_some()));
        }
        for (band, part) in (0..table.bands()).flat_map(|band| Partition::all(parts).map(move |part| (band, part))) {
            let mut buckets = BandBuckets::new(part, 0);
            for doc in (0..table.len() as u32).filter(|&doc| !links.follows(doc)) {
                let key = table.band_keys(doc).filter(|_| rules.near.is_some()).map(|keys| keys[band]);
                key.into_iter().for_each(|key| buckets.push(key << 55, doc));
            }
            buckets.each(&scope, &mut |docs| links.same_bucket(docs));
        }
        links.finish();
        let mut pieces: Vec<Option<Duplicate>> = vec![None; table.len()];
        let mut roots: Vec<u32> = (0..table.len() as u32).map(|doc| links.root(doc)).collect();
        roots.sort_unstable();
        roots.dedup();
        for root in roots {
            let members: Vec<u32> = (0..table.len() as u32).filter(|&doc| links.root(doc) == root).collect();
            prop_assert!(members.len() == 1 || members.iter().all(|&doc| links.is_linked(doc)));
            let texts: BTreeSet<usize> = members.iter().map(|&doc| corpus.docs[doc as usize].text).collect();
            prop_assert_eq!(links.is_near(root), texts.len() > 1);
            let docs = members.iter().map(|&doc| corpus.docs[doc as usize].clone()).collect();
            let piece = Corpus { texts: corpus.texts.clone(), docs }.resolve(&rules, scoped, HOT_BUCKET);
            for (i, &doc) in members.iter().enumerate() {
                pieces[doc as usize] = piece.duplicate(i as u32).map(|d| Duplicate { of: members[d.of as usize], ..d });
            }
        }
        prop_assert_eq!(pieces, corpus.resolve(&rules, scoped, HOT_BUCKET).duplicates().to_vec());
        prop_assert_eq!(order.docs().len(), table.len());
    }

    /// Batch after batch, each against what was kept before it: the same as all at once.
    #[test]
    fn batches_equal_the_whole(
        corpus in corpora(),
        batches in prop::collection::vec(0_u32..4, 30),
        rules in rules(),
        scoped in any::<bool>(),
        hot in prop_oneof![Just(0_usize), Just(1), Just(HOT_BUCKET)],
    ) {
        let whole = corpus.resolve_batch(&rules, scoped, hot, &batches, 0);
        let mut verdicts: Vec<Option<Duplicate>> = vec![None; corpus.docs.len()];
        for now in 0..4 {
            let members: Vec<usize> = (0..corpus.docs.len())
                .filter(|&doc| batches[doc] == now || (batches[doc] < now && verdicts[doc].is_none()))
                .collect();
            let docs = members.iter().map(|&doc| corpus.docs[doc].clone()).collect();
            let of_members: Vec<u32> = members.iter().map(|&doc| batches[doc]).collect();
            let part = Corpus { texts: corpus.texts.clone(), docs };
            let resolution = part.resolve_batch(&rules, scoped, hot, &of_members, now);
            for (i, &doc) in members.iter().enumerate() {
                let of = |d: Duplicate| Duplicate { of: members[d.of as usize] as u32, ..d };
                let duplicate = resolution.duplicate(i as u32).map(of);
                prop_assert!(batches[doc] == now || duplicate.is_none(), "a document of the index goes");
                verdicts[doc] = duplicate;
            }
        }
        prop_assert_eq!(verdicts, whole.duplicates().to_vec());
    }

    #[test]
    fn input_order_does_not_matter(
        (corpus, permutation) in corpora().prop_flat_map(|corpus| {
            let permutation = Just((0..corpus.docs.len()).collect::<Vec<_>>()).prop_shuffle();
            (Just(corpus), permutation)
        }),
        rules in rules(),
        scoped in any::<bool>(),
    ) {
        let docs = permutation.iter().map(|&i| corpus.docs[i].clone()).collect();
        let shuffled = Corpus { texts: corpus.texts.clone(), docs };
        let (one, other) = (corpus.resolve(&rules, scoped, HOT_BUCKET), shuffled.resolve(&rules, scoped, 1));
        for (position, &i) in permutation.iter().enumerate() {
            let name = |d: Duplicate, corpus: &Corpus| (d.kind, corpus.docs[d.of as usize].id.clone(), d.similarity);
            prop_assert_eq!(
                one.duplicate(i as u32).map(|d| name(d, &corpus)),
                other.duplicate(position as u32).map(|d| name(d, &shuffled))
            );
        }
    }
}

/// A~B~C~D with A≁D in every keep order: closure would leave one, and here at least two stay.
#[test]
fn a_chain_is_not_a_cluster() {
    let text = |start: u64| Text { shingles: (start..start + 100).collect(), keys: vec![1, 2, 3] };
    let texts: Vec<Text> = [0, 10, 20, 30].map(text).to_vec();
    let rules = Rules { near: Some(0.8), ..Rules::default() };
    for first in 0..4 {
        for second in (0..4).filter(|&s| s != first) {
            for third in (0..4).filter(|&t| t != first && t != second) {
                let order = [first, second, third, 6 - first - second - third];
                let doc =
                    |rank: usize| Doc { text: order[rank], source: 0, score: None, id: rank.to_string(), near: true };
                let corpus = Corpus { texts: texts.clone(), docs: (0..4).map(doc).collect() };
                let resolution = corpus.resolve(&rules, false, HOT_BUCKET);
                let removed: Vec<Duplicate> = resolution.duplicates().iter().flatten().copied().collect();
                assert!((1..=2).contains(&removed.len()), "{order:?}: {removed:?}");
                assert!(removed.iter().all(|d| d.similarity >= 0.8), "{order:?}: {removed:?}");
            }
        }
    }
}

/// Counts how often shingles are asked for.
struct Counting<'a>(&'a [u64], Cell<u64>);

impl ShingleSource for Counting<'_> {
    fn shingles(&self, _doc: u32) -> Result<std::borrow::Cow<'_, [u64]>> {
        self.1.set(self.1.get() + 1);
        Ok(self.0.into())
    }
}

/// 50,000 documents of one boilerplate, each with a content of its own: two looks at shingles each, not 50,000.
#[test]
fn a_hot_bucket_costs_linear_time() {
    const DOCS: u32 = 50_000;
    let mut table = DocTable::new(18);
    for content in 0..DOCS {
        table.push(0, u128::from(content), Some(&[7; 18])).unwrap();
    }
    let keys = vec![KeepKey { source: 0, score: None, length: 1, id: "", ..KeepKey::default() }; DOCS as usize];
    let order = KeepPolicy::default().order(&keys, &table).unwrap();
    let rules = Rules { near: Some(0.8), ..Rules::default() };
    let candidates = Candidates::find(&table, &order, &rules).unwrap();
    assert_eq!(candidates.docs().len(), DOCS as usize);
    let source = Counting(&[1, 2, 3], Cell::new(0));
    let resolution = resolve(&table, &order, &candidates, &source).unwrap();
    assert_eq!(source.1.get(), 2 * u64::from(DOCS - 1));
    assert_eq!(resolution.cluster_size(DOCS - 1), DOCS);
}

/// Documents that begin with the same licence and go on each in its own way.
struct Licensed {
    sets: Vec<Vec<u64>>,
    looks: Cell<u64>,
}

impl ShingleSource for Licensed {
    fn shingles(&self, doc: u32) -> Result<std::borrow::Cow<'_, [u64]>> {
        self.looks.set(self.looks.get() + 1);
        Ok((&self.sets[doc as usize]).into())
    }
}

/// 20,000 documents of one bucket that are all kept, since only a licence (four fifths of each: similarity 0.67) is the same
/// in them: a few looks at shingles each, not 10,000. Every hundredth has a near copy at the end, and that is found.
#[test]
fn a_large_bucket_of_unlike_documents_costs_linear_time() {
    const DOCS: u32 = 20_000;
    let hash = |n: u64| xxhash_rust::xxh3::xxh3_64(&n.to_le_bytes());
    let mut sets: Vec<Vec<u64>> = (0..u64::from(DOCS))
        .map(|doc| (0..80).chain(1_000 * (doc + 1)..1_000 * (doc + 1) + 20).map(hash).collect())
        .collect();
    let copies: Vec<Vec<u64>> = sets.iter().step_by(100).map(|set| set[1..].to_vec()).collect();
    sets.extend(copies);
    sets.iter_mut().for_each(|set| set.sort_unstable());
    let mut table = DocTable::new(2);
    let mut keys = Vec::new();
    for content in 0..sets.len() as u32 {
        table.push(0, u128::from(content), Some(&[7, u64::from(content) % 2])).unwrap();
        keys.push(KeepKey {
            source: 0,
            score: None,
            length: 100 - u64::from(content >= DOCS),
            id: "",
            ..KeepKey::default()
        });
    }
    let order = KeepPolicy::default().order(&keys, &table).unwrap();
    let candidates = Candidates::find(&table, &order, &Rules { near: Some(0.8), ..Rules::default() }).unwrap();
    let source = Licensed { sets, looks: Cell::new(0) };
    let resolution = resolve(&table, &order, &candidates, &source).unwrap();
    let removed: Vec<u32> = (0..table.len() as u32).filter(|&d| resolution.duplicate(d).is_some()).collect();
    assert_eq!(removed, (DOCS..DOCS + DOCS / 100).collect::<Vec<_>>());
    assert!(removed.iter().all(|&d| resolution.representative(d) == (d - DOCS) * 100));
    let per_doc = source.looks.get() as f64 / table.len() as f64;
    assert!(per_doc < 6.0, "{per_doc} looks at shingles for each document");
}

#[test]
fn parts_that_do_not_fit_are_refused() {
    let table = |docs: u128| {
        let mut table = DocTable::new(1);
        (0..docs).for_each(|content| assert!(table.push(0, content, Some(&[9])).is_ok()));
        let keys = vec![KeepKey { source: 0, score: None, length: 1, id: "", ..KeepKey::default() }; docs as usize];
        let order = KeepPolicy::default().order(&keys, &table).unwrap();
        (table, order)
    };
    let ((two, order_of_two), (three, order_of_three)) = (table(2), table(3));
    let rules = Rules { near: Some(0.8), ..Rules::default() };
    let candidates = Candidates::find(&two, &order_of_two, &rules).unwrap();
    let empty = ShingleStore::default();
    assert!(Candidates::find(&two, &order_of_three, &rules).is_err());
    assert!(resolve(&two, &order_of_three, &candidates, &empty).is_err());
    assert!(resolve(&three, &order_of_three, &candidates, &empty).is_err());
    let error = resolve(&two, &order_of_two, &candidates, &empty).unwrap_err();
    assert!(error.to_string().contains("no shingles were read for the candidate at position"), "{error}");
    for near in [0.0, -1.0, 1.5, f64::NAN] {
        assert!(Candidates::find(&two, &order_of_two, &Rules { near: Some(near), ..rules }).is_err(), "{near}");
    }
}

/// The documented memory: 16 bytes a verdict, 4 a cluster size.
#[test]
fn a_verdict_has_sixteen_bytes() {
    assert_eq!(size_of::<Option<Duplicate>>(), 16);
}

#[test]
fn cluster_ids_do_not_run_together() {
    assert_ne!(cluster_id("web", "1"), cluster_id("we", "b1"));
    assert_eq!(cluster_id("web", "1"), xxhash_rust::xxh3::xxh3_64(b"web\xFF1"));
}
