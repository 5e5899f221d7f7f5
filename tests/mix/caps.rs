//! Caps: against the closed form that one field has, against limits counted anew, and against a smaller ask.

use super::Random;
use mashbill::mix::{CapDoc, CapLimit, CapSource, Capped, Capper};

struct Case {
    docs: Vec<CapDoc>,
    groups: Vec<u64>,
    sources: Vec<CapSource>,
    limits: Vec<CapLimit>,
}

/// What is taken of each document, and what the walks settled on.
fn solve(case: &Case) -> (Vec<u32>, Capped) {
    let mut capper = Capper::new(case.groups.clone(), case.sources.clone(), case.limits.clone());
    loop {
        let again = capper.clone();
        let mut walk = capper.walk();
        while {
            for doc in &case.docs {
                walk.take(doc);
            }
            walk.end_pass()
        } {}
        let Some(capped) = capper.end(walk) else { continue };
        let (mut walk, mut copies) = (again.walk(), vec![0; case.docs.len()]);
        while {
            for (doc, copies) in case.docs.iter().zip(&mut copies) {
                *copies += u32::from(walk.take(doc));
            }
            walk.end_pass()
        } {}
        return (copies, capped);
    }
}

/// Documents of some sources in hash order (that of the list), each with a value or none of `fields` fields.
fn case(random: &mut Random, fields: usize, length: impl Fn(&mut Random) -> u64) -> Case {
    let groups = 1 + random.below(2) as usize;
    let sources = groups + random.below(4) as usize;
    let group_of = |source: usize| if source < groups { source } else { source % groups };
    let values = 1 + random.below(6);
    let docs = 1 + random.below(300);
    let docs: Vec<CapDoc> = (0..docs)
        .map(|_| {
            let source = random.below(sources as u64) as usize;
            let mut limits = [0; 4];
            for (field, limit) in limits.iter_mut().enumerate().take(fields) {
                let value = random.below(values + 1);
                let number = (field as u64 * values + value - u64::from(value > 0)) * groups as u64;
                *limit = if value == 0 { 0 } else { (number + group_of(source) as u64 + 1) as u32 };
            }
            CapDoc { source, tokens: length(random), limits }
        })
        .collect();
    let mut sources: Vec<CapSource> = (0..sources)
        .map(|source| {
            let copies = 1 + random.below(3) as u32;
            let tokens: u64 = docs.iter().filter(|doc| doc.source == source).map(|doc| doc.tokens).sum();
            let most = tokens * u64::from(copies);
            CapSource { group: group_of(source), quota: random.below(most + 1), most, copies }
        })
        .collect();
    sources.iter_mut().filter(|_| random.below(6) == 0).for_each(|source| source.quota = 0);
    let quota = |group| sources.iter().filter(|s| s.group == group).map(|s| s.quota).sum();
    let groups: Vec<u64> = (0..groups).map(quota).collect();
    let limits = 0..fields as u64 * values * groups.len() as u64;
    let limits = limits
        .map(|number| {
            let group = (number % groups.len() as u64) as usize;
            CapLimit { group, most: random.below(groups[group] + 1) }
        })
        .collect();
    Case { docs, groups, sources, limits }
}

/// What a case says of itself, whatever was taken.
fn holds(case: &Case, copies: &[u32], capped: &Capped) {
    let mut limits = vec![0; case.limits.len()];
    let mut held = vec![0; case.sources.len()];
    for (doc, &copies) in case.docs.iter().zip(copies) {
        let tokens = doc.tokens * u64::from(copies);
        assert!(copies <= case.sources[doc.source].copies);
        held[doc.source] += if doc.is_free() { 0 } else { tokens };
        doc.limits.iter().filter(|&&limit| limit > 0).for_each(|&limit| limits[limit as usize - 1] += tokens);
    }
    assert_eq!((&limits, &held), (&capped.tokens, &capped.held));
    for (limit, &tokens) in case.limits.iter().zip(&limits) {
        assert!(tokens <= limit.most, "{tokens} tokens under a limit of {}", limit.most);
    }
    for (group, &quota) in case.groups.iter().enumerate() {
        let of_group = || (0..case.sources.len()).filter(|&at| case.sources[at].group == group);
        let sum: u64 = of_group().map(|at| capped.quotas[at]).sum();
        assert_eq!(sum + capped.lack[group], quota);
        for at in of_group() {
            let free: u64 = case.docs.iter().filter(|d| d.source == at && d.is_free()).map(|d| d.tokens).sum();
            assert!(capped.quotas[at] <= case.sources[at].most);
            assert!(capped.quotas[at] - capped.held[at] <= free * u64::from(case.sources[at].copies));
        }
    }
}

/// What each group can give under the limits of one field: all that is free, and of every value what there is or its limit.
fn closed_form(case: &Case) -> Vec<u64> {
    let mut values = vec![0; case.limits.len()];
    let mut sums = vec![0; case.groups.len()];
    for doc in &case.docs {
        let source = case.sources[doc.source];
        let tokens = if source.quota == 0 { 0 } else { doc.tokens * u64::from(source.copies) };
        match doc.limits[0] {
            0 => sums[source.group] += tokens,
            limit => values[limit as usize - 1] += tokens,
        }
    }
    for (limit, tokens) in case.limits.iter().zip(values) {
        sums[limit.group] += tokens.min(limit.most);
    }
    sums
}

/// Documents of one token: what is lacking is what the closed form lacks, to the token, however the sources of a group share values.
#[test]
fn one_field_is_met_whenever_it_can_be() {
    let mut random = Random(801);
    let (mut short, mut met) = (0, 0);
    for _ in 0..3_000 {
        let case = case(&mut random, 1, |_| 1);
        let (copies, capped) = solve(&case);
        holds(&case, &copies, &capped);
        let lack: Vec<u64> =
            case.groups.iter().zip(closed_form(&case)).map(|(&quota, most)| quota.saturating_sub(most)).collect();
        assert_eq!(capped.lack, lack);
        if lack.iter().any(|&lack| lack > 0) { short += 1 } else { met += 1 }
    }
    assert!(short > 300 && met > 300, "{short} {met}");
}

/// Documents of any length: no more is lacking than whole documents explain, and never less than the closed form lacks.
#[test]
fn whole_documents_lack_no_more_than_they_explain() {
    let mut random = Random(802);
    for _ in 0..1_500 {
        let case = case(&mut random, 1, |random| match random.below(20) {
            0 => 0,
            1 => 1_000 + random.below(5_000),
            _ => 1 + random.below(100),
        });
        let (copies, capped) = solve(&case);
        holds(&case, &copies, &capped);
        for (group, most) in closed_form(&case).into_iter().enumerate() {
            let least = case.groups[group].saturating_sub(most);
            assert!(capped.lack[group] >= least);
            assert!(
                capped.lack[group] <= least + capped.slack[group],
                "{} {least} {:?}",
                capped.lack[group],
                capped.slack
            );
        }
    }
}

/// Limits of several fields hold together, and a refusal never hides a choice of one field that is there.
#[test]
fn several_fields_hold_together() {
    let mut random = Random(803);
    for fields in [2, 3, 4] {
        for _ in 0..500 {
            let case = case(&mut random, fields, |random| 1 + random.below(50));
            let (copies, capped) = solve(&case);
            holds(&case, &copies, &capped);
        }
    }
}

/// A larger budget, and limits that grow with it, take all that a smaller one takes (documents of one length, one field, one source).
#[test]
fn selections_nest() {
    let mut random = Random(804);
    for _ in 0..200 {
        let docs: Vec<CapDoc> =
            (0..500).map(|_| CapDoc { source: 0, tokens: 7, limits: [random.below(4) as u32, 0, 0, 0] }).collect();
        let at = |percent: u64| {
            let quota = 3_500 * percent / 100;
            let source = CapSource { group: 0, quota, most: 3_500, copies: 1 };
            let limits = (0..3).map(|i| CapLimit { group: 0, most: quota * (20 + i) / 100 }).collect();
            solve(&Case { docs: docs.clone(), groups: vec![quota], sources: vec![source], limits }).0
        };
        let (less, more) = (at(20), at(35));
        assert!(less.iter().zip(&more).all(|(less, more)| less <= more));
    }
}
