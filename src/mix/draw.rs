//! A quota → the documents that fill it: [`select`], after whatever the quota says of pools and buckets.

use super::ask::SourceSupply;
use super::key::DocKey;
use super::quota::SourceQuota;
use super::select::{Item, Selection, select};
use super::weights::Bucket;
use crate::error::Result;
use std::cmp::Reverse;

/// Buckets that are asked to make up for what the others miss. Our own choice: the first does it nearly always.
const SETTLERS: usize = 8;

/// Chooses the documents of a source for its quota, as [`select`] does. Two things go beyond that: where the quota is to be filled by copies of
/// fewer unique tokens than there are, those are chosen first ([`SourceQuota::pool`]); and where quality decides how often a document is
/// repeated, each bucket of keys has its own part of the quota ([`SourceSupply::epoching`]).
///
/// Documents whose key is [`DocKey::NEVER`] are not there.
///
/// # Errors
/// As [`select`], and [`Error::Invalid`](crate::Error::Invalid) if the curve cannot give the quota.
pub fn draw(items: &mut Vec<Item>, supply: &SourceSupply, quota: &SourceQuota) -> Result<Selection> {
    items.retain(|item| item.key != DocKey::NEVER);
    if let Some(repeats) = &supply.epoching {
        items.sort_unstable_by_key(|item| item.key);
        let mut tokens = Vec::new();
        for item in items.iter() {
            tokens.resize(tokens.len().max(item.key.bucket() + 1), 0_u64);
            tokens[item.key.bucket()] += item.tokens;
        }
        let buckets: Vec<Bucket> = tokens.into_iter().map(|tokens| Bucket { tokens }).collect();
        let quotas = repeats.quotas(&buckets, quota.quota)?;
        let of = |bucket: usize| {
            let place = |bucket| items.partition_point(|item| item.key.bucket() < bucket);
            items.get(place(bucket)..place(bucket + 1)).unwrap_or_default().to_vec()
        };
        let parts = quotas.iter().enumerate().map(|(bucket, &quota)| select(&mut of(bucket), quota));
        let mut parts: Vec<Selection> = parts.collect::<Result<_>>()?;
        settle(&mut parts, &quotas, |bucket, quota| select(&mut of(bucket), quota))?;
        let mut all = Selection::default();
        for selection in parts {
            all.tokens += selection.tokens;
            all.docs += selection.docs;
            all.unique_tokens += selection.unique_tokens;
            all.buckets.push(selection);
        }
        return Ok(all);
    }
    let Some(pool) = quota.pool else { return select(items, quota.quota) };
    let pool = select(items, pool)?;
    items.retain(|item| pool.copies(item.key) > 0);
    let mut selection = select(items, quota.quota)?;
    selection.pool = Some(Box::new(pool));
    Ok(selection)
}

/// Where buckets miss their quotas, since no subset of their documents is nearer, others make up for it as far as their documents can:
/// those of most documents first, a few of them. `again` chooses the documents of a bucket for another quota.
///
/// # Errors
/// Those of `again`.
pub fn settle(
    parts: &mut [Selection],
    quotas: &[u64],
    mut again: impl FnMut(usize, u64) -> Result<Selection>,
) -> Result<()> {
    let wanted: u64 = quotas.iter().sum();
    let mut order: Vec<usize> = (0..parts.len().min(quotas.len())).filter(|&at| quotas[at] > 0).collect();
    order.sort_by_key(|&at| (Reverse(parts[at].docs), at));
    for at in order.into_iter().take(SETTLERS) {
        let all: u64 = parts.iter().map(|part| part.tokens).sum();
        if all == wanted {
            break;
        }
        let others = all - parts[at].tokens;
        let selection = again(at, wanted.saturating_sub(others))?;
        let miss = |tokens: u64| (others + tokens).abs_diff(wanted);
        if miss(selection.tokens) < miss(parts[at].tokens) {
            parts[at] = selection;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mix::SourceSupply;

    /// Buckets of documents of one length each, which miss their parts; together they do not.
    #[test]
    fn buckets_make_up_for_what_others_miss() {
        let key = |i: u64| DocKey::new(17, "web", &i.to_string(), 0);
        let items = |lengths: [u64; 3]| -> Vec<Item> {
            (0..300).map(|i| Item::new(key(i).in_bucket((i % 3) as u8), lengths[(i % 3) as usize])).collect()
        };
        for (lengths, quota) in [([70, 90, 1], 9_001), ([7, 13, 1], 1_001), ([100, 100, 1], 12_345)] {
            let mut items = items(lengths);
            let supply = SourceSupply::new("web", "organic", items.iter().map(|i| i.tokens).sum(), 300);
            let sizes: Vec<Bucket> = lengths.iter().map(|length| Bucket { tokens: 100 * length }).collect();
            let supply = supply.max_epochs(9.0).epochs_by_bucket(vec![1.0, 1.0, 4.0], &sizes);
            let of = SourceQuota {
                name: "web".to_owned(),
                group: "organic".to_owned(),
                tokens: supply.tokens,
                docs: 300,
                cap: u64::MAX,
                quota,
                pool: None,
            };
            let selection = draw(&mut items, &supply, &of).unwrap();
            let emitted: u64 = items.iter().map(|i| i.tokens * u64::from(selection.copies(i.key))).sum();
            assert_eq!((selection.tokens, emitted), (quota, quota), "{lengths:?}");
        }
    }
}
