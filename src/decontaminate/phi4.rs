//! phi-4's algorithm: a 13-gram decides; else the highest share of an item's 7-grams.

use super::gpt3;
use super::hit::{Findings, Hit, Severity};
use super::index::BenchmarkIndex;
use super::rule::Phi4;
use super::scratch::Scratch;

/// For each unit the number of its distinct n-grams of the ratio's length.
pub(super) fn distinct_ngrams(index: &BenchmarkIndex) -> Vec<u32> {
    let mut counts = vec![0; index.units.len()];
    let Some(table) = index.tables.get(1) else { return counts };
    for gram in 0..table.len() as u32 {
        each_unit(index, table.places(gram), |unit, _| counts[unit] += 1);
    }
    counts
}

/// Calls `each` with every unit that an n-gram stands in, and its first place there.
fn each_unit(index: &BenchmarkIndex, places: &[u32], mut each: impl FnMut(usize, u32)) {
    let mut end = 0;
    for &place in places {
        if place >= end {
            let unit = index.unit_at(place);
            end = index.units[unit].end;
            each(unit, place);
        }
    }
}

pub(super) fn check(
    rule: &Phi4,
    index: &BenchmarkIndex,
    distinct: &[u32],
    scratch: &mut Scratch,
    text: &str,
    findings: &mut Findings,
) {
    let [hard, ratio] = index.tables.as_slice() else { return };
    scratch.find(index, ratio, text, true);
    // Every n-gram of the hard rule is made of so many of these in a row, so nearly always there is no need to look for it.
    let row = (hard.n() + 1).saturating_sub(ratio.n());
    if row == 0 || longest_row(scratch) >= row {
        gpt3::check("phi4.hard", index, scratch, text, findings);
        if !findings.hits.is_empty() {
            return;
        }
        scratch.find(index, ratio, text, true);
    }
    if scratch.found.is_empty() {
        return;
    }
    let of_text = distinct_in_text(&scratch.words.hashes, ratio.n());
    let Scratch { found, units, touched, epoch, words, .. } = scratch;
    // Sets: each n-gram once.
    found.sort_unstable_by_key(|found| (found.gram, found.at));
    let mut once = found.clone();
    once.dedup_by_key(|found| found.gram);
    for found in &once {
        each_unit(index, ratio.places(found.gram), |unit, _| {
            let state = &mut units[unit];
            if state.epoch != *epoch {
                (state.epoch, state.count) = (*epoch, 0);
                touched.push(unit as u32);
            }
            state.count += 1;
        });
    }
    let share = |unit: u32, count: u32| {
        let smaller = u64::from(distinct[unit as usize]).min(of_text).max(1);
        f64::from(count) / smaller as f64
    };
    touched.retain(|&unit| share(unit, units[unit as usize].count) > rule.partial);
    if touched.is_empty() {
        return;
    }
    touched.sort_unstable();
    // Of each n-gram its first occurrence is the evidence; so this costs no more than counting did.
    let mut places: Vec<(u32, u32, u32)> = Vec::new();
    let mut decisive: Vec<u32> = Vec::new();
    for found in &once {
        each_unit(index, ratio.places(found.gram), |unit, place| {
            if touched.binary_search(&(unit as u32)).is_ok() {
                places.push((unit as u32, found.at, place - index.units[unit].start));
                if share(unit as u32, units[unit].count) >= rule.threshold {
                    decisive.push(found.gram);
                }
            }
        });
    }
    places.sort_unstable();
    let n = ratio.n();
    let bytes = |at: u32| words.spans[at as usize].start as usize..words.spans[at as usize + n - 1].end as usize;
    for places in places.chunk_by(|a, b| a.0 == b.0) {
        let (Some(first), Some(last)) = (places.first(), places.last()) else { continue };
        let unit = index.units[first.0 as usize];
        let score = share(first.0, units[first.0 as usize].count);
        let item = places.iter().map(|&(_, _, word)| word as usize);
        findings.hits.push(Hit {
            item: unit.item,
            rule: "phi4.ratio",
            severity: if score >= rule.threshold { Severity::Contaminated } else { Severity::Partial },
            part: unit.part,
            span: bytes(first.1).start..bytes(last.1).end,
            item_words: item.clone().min().unwrap_or(0)..item.max().unwrap_or(0) + n,
            part_words: unit.len(),
            matched_words: covered(places, n),
            score,
        });
    }
    // All occurrences are to go. `decisive` ascends, since `once` does.
    let decides = |gram: u32| decisive.binary_search(&gram).is_ok();
    findings.cuts.extend(found.iter().filter(|found| decides(found.gram)).map(|found| bytes(found.at)));
}

/// Words of the text that n-grams at these positions, which ascend, cover.
fn covered(places: &[(u32, u32, u32)], n: usize) -> usize {
    let (mut words, mut end) = (0, 0);
    for &(_, at, _) in places {
        let (from, to) = ((at as usize).max(end), at as usize + n);
        words += to - from;
        end = to;
    }
    words
}

/// The most matches at positions in a row.
fn longest_row(scratch: &Scratch) -> usize {
    let rows = scratch.found.chunk_by(|a, b| a.at + 1 == b.at);
    rows.map(<[_]>::len).max().unwrap_or(0)
}

/// Distinct n-grams of a text, by hashes of 128 bits.
fn distinct_in_text(hashes: &[u64], n: usize) -> u64 {
    const BASES: [u64; 2] = [0x9E37_79B9_7F4A_7C15, 0xD6E8_FEB8_6659_FD93];
    let mut grams: Vec<[u64; 2]> = Vec::with_capacity(hashes.len());
    let out = BASES.map(|base| base.wrapping_pow(n as u32));
    let mut sums = [0_u64; 2];
    for (at, &word) in hashes.iter().enumerate() {
        for ((sum, base), out) in sums.iter_mut().zip(BASES).zip(out) {
            *sum = sum.wrapping_mul(base).wrapping_add(word);
            if at >= n {
                *sum = sum.wrapping_sub(hashes[at - n].wrapping_mul(out));
            }
        }
        if at + 1 >= n {
            grams.push(sums);
        }
    }
    grams.sort_unstable();
    grams.dedup();
    grams.len() as u64
}

#[cfg(test)]
mod tests;
