//! What a job will come to, from a sample of each source: tokens, shares, epochs, memory, disk and time, before any work.

mod caps;

use super::emit::SHARD_MEMORY;
use super::keyed::Supply;
use super::resolve::{DOC_BYTES, LINK_ROW_BYTES, SHINGLE_BYTES_PER_TEXT_BYTE, working_memory};
use super::sort::sort_bytes;
use super::table::TABLE_ROW_BYTES;
use super::{Job, Pool, Source};
use crate::error::{Error, Result};
use crate::mix::{DocKey, Quality, Quotas, Scored, stage_quotas};
use crate::report::{Estimate, NearEstimate, SourceEstimate};
use crate::text::{Analyzer, TokenCounter};
use caps::{ValueSample, caps};
use std::time::Instant;

/// Text read from each source, in bytes.
const SAMPLE_BYTES: u64 = 8 << 20;
/// Bytes of a row in a scan file, beside its band keys: id, hash, counts, verdict. The ledger's rows have about as many.
/// Measured on ids of 14 characters; see docs/dedup.md.
const SCAN_ROW_BYTES: u64 = 60;
/// Bytes that planning holds for each row, as far as memory allows: the record of its key, and that of its place.
const PLAN_ROW_BYTES: u64 = 112;
/// Bytes of a row's records on disk, where memory does not allow it: candidate, key, place, ticket.
const PLAN_DISK_BYTES: u64 = 56 + 40 + 48 + 32;

#[derive(Default)]
struct Sample {
    rows: u64,
    kept: u64,
    bytes: u64,
    tokens: u64,
    seconds: f64,
    /// The rows that pass, where scores have to do with which are chosen.
    scored: Vec<Scored>,
    /// What the rows that pass say of where they come from, where there are caps on that.
    values: ValueSample,
}

impl Sample {
    /// Tokens and rows that scores leave.
    fn eligible(&mut self, quality: &Quality) -> Result<Supply> {
        if !quality.is_used() {
            return Ok(Supply { tokens: self.tokens, rows: self.kept });
        }
        let cuts = quality.cuts(&mut self.scored)?;
        let mut left = Supply::default();
        for row in self.scored.iter().filter(|row| cuts.key(row) != DocKey::NEVER) {
            left.add(row.tokens);
        }
        Ok(left)
    }
}

/// Reads a sample of each source and works the job out on paper.
///
/// # Errors
/// Unreadable inputs; a mix that means nothing (shares that do not sum to 1, a source without a group). One that merely cannot
/// be had is part of the estimate.
pub fn estimate(job: &Job, pool: &Pool) -> Result<Estimate> {
    let mut sources = Vec::new();
    let (mut rows, mut text_bytes, mut cpu_seconds, mut exhaustive) = (0, 0, 0.0, true);
    let mut have = Vec::with_capacity(job.sources.len());
    let mut values = Vec::with_capacity(job.sources.len());
    for (at, source) in job.sources.iter().enumerate() {
        let mut sample = sample(job, source, pool)?;
        let quality = job.mix.as_ref().and_then(|mix| mix.sources.get(at)).map(|mix| mix.quality).unwrap_or_default();
        let eligible = sample.eligible(&quality)?;
        let stands_for = if sample.rows == 0 { 0.0 } else { source.rows() as f64 / sample.rows as f64 };
        values.push((std::mem::take(&mut sample.values), stands_for));
        let scale = |n: u64| if sample.rows == 0 { 0 } else { scaled(n, source.rows(), sample.rows) };
        have.push(Supply { tokens: scale(eligible.tokens), rows: scale(eligible.rows) });
        exhaustive &= sample.rows == source.rows();
        rows += source.rows();
        text_bytes += scale(sample.bytes);
        if sample.rows > 0 {
            cpu_seconds += sample.seconds * source.rows() as f64 / sample.rows as f64;
        }
        sources.push(SourceEstimate {
            source: source.name.clone(),
            group: source.category.clone(),
            rows: source.rows(),
            sampled_rows: sample.rows,
            keep_rate: if sample.rows == 0 { 0.0 } else { sample.kept as f64 / sample.rows as f64 },
            text_bytes: scale(sample.bytes),
            unique_tokens: scale(sample.tokens),
            quota: None,
            epochs: None,
        });
    }
    let (tokens, infeasible) = fill_quotas(job, &mut sources, &have)?;
    let (caps, short) = match &job.mix {
        Some(mix) if infeasible.is_none() => caps(mix, &sources, &values, exhaustive)?,
        _ => (Vec::new(), None),
    };
    let (tokens, infeasible) = if short.is_some() { (None, short) } else { (tokens, infeasible) };
    let space = Space::of(job, rows, text_bytes, pool.threads() as u64);
    let shards = text_bytes.div_ceil(job.emit.shard_bytes.max(1));
    let at_once =
        (pool.threads() as u64).min(shards).min(job.emit.memory.map_or(u64::MAX, |m| (m / SHARD_MEMORY).max(1)));
    let sorted = sort_bytes(job.emit.memory);
    let records = if rows * PLAN_ROW_BYTES > sorted { rows * PLAN_DISK_BYTES } else { 0 };
    Ok(Estimate {
        sources,
        tokens,
        infeasible,
        caps,
        near: job.scan.near.then(|| NearEstimate::new(&job.scan.sketch, rows)),
        exhaustive,
        memory_bytes: ((rows * PLAN_ROW_BYTES).min(2 * sorted) + SHARD_MEMORY.min(3 * text_bytes) * at_once)
            .max(space.memory),
        disk_bytes: space.scans + space.dedup.max(rows * SCAN_ROW_BYTES + 2 * text_bytes) + records,
        scratch_bytes_per_row: (space.scans + space.dedup).checked_div(rows).unwrap_or(0),
        scan_seconds: cpu_seconds / pool.threads() as f64,
    })
}

/// What deduplication takes at most.
struct Space {
    memory: u64,
    /// Scan files.
    scans: u64,
    /// Its spill files, if every row is linked with another.
    dedup: u64,
}

impl Space {
    fn of(job: &Job, rows: u64, text_bytes: u64, threads: u64) -> Space {
        let bands = if job.scan.near { u64::from(job.scan.sketch.bands.bands) } else { 0 };
        let scans = rows * (SCAN_ROW_BYTES + 8 * bands);
        let Some(dedup) = &job.dedup else { return Space { memory: 0, scans, dedup: 0 } };
        let shingles = if bands > 0 { SHINGLE_BYTES_PER_TEXT_BYTE * text_bytes } else { 0 };
        let spilled = rows * (SCAN_ROW_BYTES + 8 * bands) + shingles;
        // Either the records of one hash on every thread, or a batch of all that is linked, and no more than there may be.
        let records = (rows * 12 * threads).max(rows * (DOC_BYTES + 24 * bands) + shingles);
        let memory = rows * (TABLE_ROW_BYTES + LINK_ROW_BYTES) + records.min(working_memory(dedup, rows, 0));
        Space { memory, scans, dedup: spilled }
    }
}

fn scaled(n: u64, whole: u64, part: u64) -> u64 {
    u64::try_from(u128::from(n) * u128::from(whole) / u128::from(part.max(1))).unwrap_or(u64::MAX)
}

fn fill_quotas(job: &Job, sources: &mut [SourceEstimate], have: &[Supply]) -> Result<(Option<u64>, Option<String>)> {
    let Some(mix) = &job.mix else {
        return Ok((Some(sources.iter().map(|s| s.unique_tokens).sum()), None));
    };
    let names: Vec<(String, String)> = sources.iter().map(|s| (s.source.clone(), s.group.clone())).collect();
    let supplies = mix.supplies(&names, have, &[]);
    let quotas = match mix.stages.is_empty() {
        true => mix.ask.quotas(&supplies).map(|quotas| (quotas.budget, of_all(vec![quotas]))),
        false => stage_quotas(&mix.stages, &supplies)
            .map(|stages| (stages.iter().map(|quotas| quotas.budget).sum(), of_all(stages))),
    };
    match quotas {
        Ok((budget, quotas)) => {
            for (source, (quota, tokens)) in sources.iter_mut().zip(quotas) {
                source.quota = Some(quota);
                source.epochs = (tokens > 0).then(|| quota as f64 / tokens as f64);
            }
            Ok((Some(budget), None))
        }
        Err(Error::Infeasible(why)) => Ok((None, Some(why))),
        Err(e) => Err(e),
    }
}

/// What each source gives in all, beside its tokens.
fn of_all(stages: Vec<Quotas>) -> Vec<(u64, u64)> {
    let mut sums: Vec<(u64, u64)> = Vec::new();
    for stage in stages {
        sums.resize(stage.sources.len(), (0, 0));
        for (sum, source) in sums.iter_mut().zip(&stage.sources) {
            *sum = (sum.0 + source.quota, source.tokens);
        }
    }
    sums
}

/// Reads row groups spread evenly over the source until the sample is large enough, and judges their rows.
fn sample(job: &Job, source: &Source, pool: &Pool) -> Result<Sample> {
    let all = source.shards.iter().enumerate();
    let groups: Vec<(usize, usize)> =
        all.flat_map(|(s, shard)| (0..shard.shard.row_groups()).map(move |g| (s, g))).collect();
    let fits = (SAMPLE_BYTES / (source.text_bytes() / groups.len().max(1) as u64).max(1)).max(1) as usize;
    let step = groups.len().div_ceil(fits).max(1);
    let chosen: Vec<(usize, usize)> = groups.into_iter().step_by(step).collect();
    let parts = pool.map(&chosen, |&(shard, group)| sample_group(job, source, shard, group))?;
    Ok(parts.into_iter().fold(Sample::default(), |mut sum, part| {
        sum.rows += part.rows;
        sum.kept += part.kept;
        sum.bytes += part.bytes;
        sum.tokens += part.tokens;
        sum.seconds += part.seconds;
        sum.scored.extend(part.scored);
        sum.values.merge(part.values);
        sum
    }))
}

fn sample_group(job: &Job, source: &Source, shard: usize, group: usize) -> Result<Sample> {
    let input = &source.shards[shard];
    let counter: &TokenCounter = &job.scan.counter;
    let mut analyzer = Analyzer::new();
    let mut sample = Sample::default();
    let scored = job.mix.as_ref().is_some_and(|mix| mix.sources.iter().any(|source| source.quality.is_used()));
    let capped = job.mix.as_ref().is_some_and(|mix| !mix.caps.is_empty());
    let mut seeds = Vec::new();
    let began = Instant::now();
    for batch in input.shard.read_roots(group, Some(&input.roots()), None, job.scan.batch_bytes)? {
        let batch = batch?;
        let texts = input.text.bind(&batch)?;
        let facts = input.facts.bind(&batch)?;
        let counts = input.tokens.as_ref().map(|c| c.bind_u64(&batch)).transpose()?;
        let provenance = input.provenance.bind(&batch)?;
        for i in 0..batch.num_rows() {
            sample.rows += 1;
            let Some(text) = texts.get(i) else { continue };
            sample.bytes += text.len() as u64;
            let outcome = source.chain.check(&mut analyzer, text, facts.get(i));
            if outcome.verdict.is_keep() {
                let tokens = match &counts {
                    Some(counts) => counts[i].unwrap_or(0),
                    None => counter.count(&outcome.text),
                };
                let tokens = tokens.saturating_add(job.scan.tokens_per_document);
                sample.kept += 1;
                sample.tokens += tokens;
                if capped {
                    sample.values.add(&provenance.get(i, &mut seeds), tokens);
                }
                if scored {
                    let key = DocKey::new(job.seed, &source.name, &outcome.text, 0);
                    sample.scored.push(Scored { score: outcome.score, key, tokens });
                }
            }
        }
        if sample.bytes > SAMPLE_BYTES {
            break;
        }
    }
    sample.seconds = began.elapsed().as_secs_f64();
    Ok(sample)
}
