//! The order of an interleaved output, proved again from its rows: every prefix of every rank and stage within its bound.

use crate::report::RunReport;
use std::collections::BTreeMap;

/// A row of the output, as its order sees it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Step {
    /// Its stage, numbered in the order in which stages are met.
    pub stage: u32,
    /// Position of its source among those in the books.
    pub source: u32,
    /// Its tokens.
    pub tokens: u64,
}

/// What is wrong with the order of an output's shards, if anything is: its rows, shard by shard.
pub(super) fn problem(report: &RunReport, shards: &[Vec<Step>]) -> Option<String> {
    let mut ranks: Vec<(&str, Vec<Step>)> = Vec::new();
    for (shard, steps) in report.output.shards.iter().zip(shards) {
        let rank = shard.name.split_once('/').map_or("", |(rank, _)| rank);
        match ranks.last_mut() {
            Some((last, all)) if *last == rank => all.extend(steps),
            _ => ranks.push((rank, steps.clone())),
        }
    }
    let sources: Vec<&str> = report.books.sources.keys().map(String::as_str).collect();
    let within = |(rank, steps): &(&str, Vec<Step>)| {
        steps.chunk_by(|a, b| a.stage == b.stage).find_map(|stage| strays(&sources, stage)).map(|problem| match *rank {
            "" => problem,
            rank => format!("{rank}: {problem}"),
        })
    };
    ranks.iter().find_map(within).or_else(|| uneven(&sources, &ranks))
}

/// The first prefix that is further from the shares of the whole than WF2Q allows: ahead by (1 − p) of the source's longest document, behind
/// by that and p of the longest of all.
fn strays(sources: &[&str], steps: &[Step]) -> Option<String> {
    let mut all = vec![0_i128; sources.len()];
    let mut longest = vec![0_i128; sources.len()];
    for step in steps {
        let tokens = i128::from(step.tokens);
        *all.get_mut(step.source as usize)? += tokens;
        longest[step.source as usize] = longest[step.source as usize].max(tokens);
    }
    let (total, longest_of_all) = (all.iter().sum::<i128>(), longest.iter().copied().max().unwrap_or(0));
    let (mut emitted, mut sum) = (vec![0_i128; sources.len()], 0_i128);
    for (row, step) in steps.iter().enumerate() {
        emitted[step.source as usize] += i128::from(step.tokens);
        sum += i128::from(step.tokens);
        for (source, &emitted) in emitted.iter().enumerate() {
            // All in units of 1 / total tokens.
            let ahead = emitted * total - all[source] * sum;
            let own = (total - all[source]) * longest[source];
            if ahead > own || -ahead > own + all[source] * longest_of_all {
                let tokens = ahead / total.max(1);
                return Some(format!("after {} rows `{}` is {tokens} tokens off its share", row + 1, sources[source]));
            }
        }
    }
    None
}

/// Two ranks of which one has more of a source, by more than the source's longest document, than the other.
fn uneven(sources: &[&str], ranks: &[(&str, Vec<Step>)]) -> Option<String> {
    if ranks.len() < 2 {
        return None;
    }
    let mut sums: BTreeMap<(u32, u32), Vec<u64>> = BTreeMap::new();
    let mut longest: BTreeMap<(u32, u32), u64> = BTreeMap::new();
    for (rank, (_, steps)) in ranks.iter().enumerate() {
        for step in steps {
            let of = (step.stage, step.source);
            sums.entry(of).or_insert_with(|| vec![0; ranks.len()])[rank] += step.tokens;
            let most = longest.entry(of).or_default();
            *most = (*most).max(step.tokens);
        }
    }
    sums.into_iter().find_map(|(of, sums)| {
        let (least, most) = (sums.iter().min()?, sums.iter().max()?);
        let bound = longest.get(&of).copied().unwrap_or(0);
        let name = sources.get(of.1 as usize)?;
        (most - least > bound)
            .then(|| format!("ranks have {least} to {most} tokens of `{name}`, whose longest document has {bound}"))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn steps(of: &[(u32, u64)]) -> Vec<Step> {
        of.iter().map(|&(source, tokens)| Step { stage: 0, source, tokens }).collect()
    }

    #[test]
    fn an_order_that_strays_is_named() {
        let names = ["a", "b"];
        assert_eq!(strays(&names, &steps(&[(0, 10), (1, 10), (0, 10), (1, 10)])), None);
        assert_eq!(strays(&names, &[]), None);
        let off = strays(&names, &steps(&[(0, 10), (0, 10), (0, 10), (1, 10), (1, 10), (1, 10)]));
        assert_eq!(off.unwrap(), "after 2 rows `a` is 10 tokens off its share");
    }

    #[test]
    fn ranks_that_differ_are_named() {
        let ranks = |second: &[(u32, u64)]| [("rank-0", steps(&[(0, 10), (0, 5)])), ("rank-1", steps(second))];
        assert_eq!(uneven(&["a"], &ranks(&[(0, 10)])), None);
        assert!(uneven(&["a"], &ranks(&[(0, 1)])).unwrap().starts_with("ranks have 1 to 15 tokens of `a`"));
    }
}
