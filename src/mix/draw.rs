//! A quota → the documents that fill it: [`select`], after whatever the quota says of pools and buckets.

use super::apportion::largest_remainder;
use super::ask::SourceSupply;
use super::key::DocKey;
use super::quota::SourceQuota;
use super::select::{Item, Selection, select};
use super::weights::{Bucket, Epoching};
use crate::error::Result;

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
    if let Some(epoching) = &supply.epoching {
        items.sort_unstable_by_key(|item| item.key);
        let mut tokens = Vec::new();
        for item in items.iter() {
            tokens.resize(tokens.len().max(item.key.bucket() + 1), 0_u64);
            tokens[item.key.bucket()] += item.tokens;
        }
        let buckets: Vec<Bucket> = tokens.into_iter().map(|tokens| Bucket { tokens }).collect();
        let quotas = bucket_quotas(epoching, &buckets, quota.quota)?;
        let mut all = Selection::default();
        let mut rest = items.as_mut_slice();
        for (bucket, quota) in quotas.into_iter().enumerate() {
            let (these, others) = rest.split_at_mut(rest.partition_point(|item| item.key.bucket() <= bucket));
            rest = others;
            let selection = select(these, quota)?;
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

/// Whole tokens for each bucket that sum to `quota`, in proportion to what the curve gives it.
///
/// # Errors
/// [`Error::Invalid`](crate::Error::Invalid) if the curve cannot give the quota.
pub fn bucket_quotas(epoching: &Epoching, buckets: &[Bucket], quota: u64) -> Result<Vec<u64>> {
    let epochs = epoching.epochs(buckets, quota)?;
    // In millionths of a token, which a quota below 2^43 tokens can be counted in; larger ones lose what nobody will miss.
    let unit = if quota < 1 << 43 { 1e6 } else { 1.0 };
    let wanted: Vec<u64> = epochs.iter().zip(buckets).map(|(e, b)| (e * b.tokens as f64 * unit) as u64).collect();
    Ok(largest_remainder(quota, &wanted))
}
