//! Quotas and feasibility against an oracle in exact fractions, on random recipes.

use super::{Random, source_quotas};
use mashbill::Error;
use mashbill::mix::{Budget, Infeasible, MixAsk, Note, Quotas, Shortage, SourceSupply};

/// A recipe and its supplies in whole numbers: shares in 10,000ths, epochs in hundredths.
struct Case {
    groups: Vec<(String, u64)>,
    /// The most epochs of each group, in hundredths.
    limits: Vec<Option<u64>>,
    /// Name, group (by position), weight, epochs in hundredths, tokens.
    sources: Vec<(String, usize, Option<u64>, u64, u64)>,
    budget: u64,
}

impl Case {
    fn random(random: &mut Random) -> Case {
        let n = 1 + random.below(4) as usize;
        let mut cuts: Vec<u64> = (1..n).map(|_| random.below(10_001)).chain([0, 10_000]).collect();
        cuts.sort_unstable();
        let groups: Vec<_> = cuts.windows(2).enumerate().map(|(i, c)| (format!("g{i}"), c[1] - c[0])).collect();
        let mut sources = Vec::new();
        for group in 0..groups.len() {
            let weighted = random.below(2) == 0;
            for i in 0..1 + random.below(3) {
                let weight = weighted.then(|| 1 + random.below(20));
                let (epochs, tokens) = (1 + random.below(400), 1 + random.below(2_000));
                sources.push((format!("s{group}{i}"), group, weight, epochs, tokens));
            }
        }
        let limits = groups.iter().map(|_| (random.below(3) == 0).then(|| 20 + random.below(300))).collect();
        Case { groups, limits, sources, budget: 1 + random.below(8_000) }
    }

    fn ask(&self, shortage: Shortage) -> MixAsk {
        let ask = MixAsk::new(Budget::Tokens(self.budget)).shortage(shortage);
        let limited = self.groups.iter().zip(&self.limits).filter_map(|((name, _), limit)| Some((name, (*limit)?)));
        let ask = limited.fold(ask, |ask, (name, limit)| ask.group_epochs(name, limit as f64 / 100.0));
        self.groups.iter().fold(ask, |ask, (name, share)| ask.group(name, *share as f64 / 10_000.0))
    }

    fn supplies(&self) -> Vec<SourceSupply> {
        let supply = |(name, group, weight, epochs, tokens): &(String, usize, Option<u64>, u64, u64)| SourceSupply {
            weight: weight.map(|w| w as f64 / 4.0),
            max_epochs: *epochs as f64 / 100.0,
            ..SourceSupply::new(name, &self.groups[*group].0, *tokens, 1 + tokens / 10)
        };
        self.sources.iter().map(supply).collect()
    }

    fn caps(&self, group: usize, least_epochs: u64) -> u64 {
        let of_group = || self.sources.iter().filter(|s| s.1 == group);
        let sources: u64 = of_group().map(|&(_, _, _, epochs, tokens)| epochs.max(least_epochs) * tokens / 100).sum();
        let limit = |most: u64| most.max(least_epochs) * of_group().map(|s| s.4).sum::<u64>() / 100;
        self.limits[group].map_or(sources, |most| sources.min(limit(most)))
    }

    /// Whether every group's exact share of the budget is within its caps.
    fn feasible(&self, budget: u64) -> bool {
        self.groups.iter().enumerate().all(|(g, &(_, share))| budget * share <= self.caps(g, 0) * 10_000)
    }
}

/// An exact fraction, in lowest terms. The oracle knows nothing of the room's arithmetic.
#[derive(Clone, Copy, PartialEq, Debug)]
struct Fraction(i128, i128);

impl Fraction {
    fn new(n: i128, d: i128) -> Fraction {
        fn gcd(a: i128, b: i128) -> i128 {
            if b == 0 { a.abs() } else { gcd(b, a % b) }
        }
        let g = gcd(n, d);
        Fraction(n / g, d / g)
    }

    fn cmp(self, other: Fraction) -> std::cmp::Ordering {
        (self.0 * other.1).cmp(&(other.0 * self.1))
    }
}

/// Hamilton's method in fractions: floors, then the largest remainders, earlier first.
fn hamilton(total: u64, weights: &[u64]) -> Vec<u64> {
    let sum: u64 = weights.iter().sum();
    let exact = |w: u64| Fraction::new(i128::from(total * w), i128::from(sum.max(1)));
    let mut parts: Vec<i128> = weights.iter().map(|&w| exact(w).0 / exact(w).1).collect();
    let remainder =
        |i: usize, part: i128| Fraction::new(exact(weights[i]).0 - part * exact(weights[i]).1, exact(weights[i]).1);
    let mut order: Vec<usize> = (0..weights.len()).collect();
    order.sort_by(|&a, &b| remainder(b, parts[b]).cmp(remainder(a, parts[a])));
    let left = i128::from(total) - parts.iter().sum::<i128>();
    order.iter().take(left as usize).for_each(|&i| parts[i] += 1);
    parts.into_iter().map(|p| p as u64).collect()
}

/// The level of a filled vessel, one cap at a time: the part that overflows most for its weight is fixed first.
fn filled(total: u64, weights: &[u64], caps: &[u64]) -> Vec<u64> {
    let mut open: Vec<usize> = (0..weights.len()).collect();
    let mut parts = vec![0; weights.len()];
    let mut left = total;
    loop {
        let sum: u64 = open.iter().map(|&i| weights[i]).sum();
        let level = |i: usize| Fraction::new(i128::from(caps[i]), i128::from(weights[i]));
        let first = open.iter().copied().min_by(|&a, &b| level(a).cmp(level(b)));
        match first {
            Some(i) if Fraction::new(i128::from(left), i128::from(sum)).cmp(level(i)).is_gt() => {
                parts[i] = caps[i];
                left -= caps[i];
                open.retain(|&o| o != i);
            }
            _ => break,
        }
    }
    let rest: Vec<u64> = open.iter().map(|&i| weights[i]).collect();
    for (i, part) in open.iter().zip(hamilton(left, &rest)) {
        parts[*i] = part;
    }
    parts
}

/// The quotas of a feasible case, source by source.
fn oracle_quotas(case: &Case, group_quotas: &[u64], least_epochs: &[u64]) -> Vec<u64> {
    let mut quotas = vec![0; case.sources.len()];
    for (g, &quota) in group_quotas.iter().enumerate() {
        let of_group: Vec<usize> = (0..case.sources.len()).filter(|&s| case.sources[s].1 == g).collect();
        let weights: Vec<u64> = of_group.iter().map(|&s| case.sources[s].2.unwrap_or(case.sources[s].4)).collect();
        let cap = |s: usize| case.sources[s].3.max(least_epochs[g]) * case.sources[s].4 / 100;
        let caps: Vec<u64> = of_group.iter().map(|&s| cap(s)).collect();
        for (s, quota) in of_group.into_iter().zip(filled(quota, &weights, &caps)) {
            quotas[s] = quota;
        }
    }
    quotas
}

/// 10,000 random recipes: feasibility, binding group, largest budget, sufficient epochs and every quota, under all policies.
#[test]
fn ten_thousand_recipes_agree_with_exact_fractions() {
    let mut random = Random(1);
    let (mut infeasible_seen, mut refused) = (0, 0);
    for _ in 0..10_000 {
        let case = Case::random(&mut random);
        let (supplies, shares) = (case.supplies(), case.groups.iter().map(|g| g.1).collect::<Vec<_>>());
        let asked = hamilton(case.budget, &shares);
        let ask = |shortage| case.ask(shortage).quotas(&supplies);
        let infeasible = case.ask(Shortage::Error).infeasible(&supplies).unwrap();
        assert_eq!(infeasible.is_none(), case.feasible(case.budget));
        // A group that comes to no token is refused, whatever the policy.
        if shares.iter().zip(&asked).any(|(&share, &tokens)| share > 0 && tokens == 0) {
            refused += 1;
            assert!(infeasible.is_some() || matches!(ask(Shortage::Error), Err(Error::Invalid { .. })));
            continue;
        }
        let Some(infeasible) = infeasible else {
            let quotas = ask(Shortage::Error).unwrap();
            assert_eq!(source_quotas(&quotas), oracle_quotas(&case, &asked, &[0; 4]));
            assert_eq!(quotas.groups.iter().map(|g| g.quota).collect::<Vec<_>>(), asked);
            // No policy acts where nothing is short.
            assert!(
                [Shortage::Shrink, Shortage::Repeat, Shortage::Renormalise]
                    .map(ask)
                    .iter()
                    .all(|q| q.as_ref().unwrap() == &quotas)
            );
            continue;
        };
        infeasible_seen += 1;
        assert!(matches!(ask(Shortage::Error), Err(Error::Infeasible(_))));
        assert_binding(&case, &infeasible);

        // Shrink: the largest budget, by the same rules.
        let largest = infeasible.largest_budget;
        assert!((largest == 0 || case.feasible(largest)) && !case.feasible(largest + 1));
        match ask(Shortage::Shrink) {
            Ok(quotas) => {
                assert_eq!((quotas.budget, source_quotas(&quotas).iter().sum()), (largest, largest));
                assert_eq!(source_quotas(&quotas), oracle_quotas(&case, &hamilton(largest, &shares), &[0; 4]));
                assert!(quotas.notes.contains(&Note::Shrunk { asked: case.budget, budget: largest }));
            }
            Err(Error::Infeasible(_)) => assert_eq!(largest, 0),
            Err(_) => assert!(hamilton(largest, &shares).iter().zip(&shares).any(|(&t, &s)| t == 0 && s > 0)),
        }

        // Repeat: every short group's caps at the epochs that the message named, all shares kept.
        let mut least_epochs = [0; 4];
        for short in &infeasible.short {
            let group = case.groups.iter().position(|g| g.0 == short.group).unwrap();
            least_epochs[group] = (short.sufficient_epochs * 100.0).round() as u64;
        }
        let quotas = ask(Shortage::Repeat).unwrap();
        assert_eq!(source_quotas(&quotas), oracle_quotas(&case, &asked, &least_epochs));

        // Renormalise: groups filled like vessels.
        let positive = |g: usize| shares[g] > 0;
        let caps: Vec<u64> = (0..shares.len()).map(|g| case.caps(g, 0)).collect();
        let available: u64 = (0..shares.len()).filter(|&g| positive(g)).map(|g| caps[g]).sum();
        assert_eq!(infeasible.available, available);
        match ask(Shortage::Renormalise) {
            Ok(quotas) => {
                let used: Vec<usize> = (0..shares.len()).filter(|&g| positive(g)).collect();
                let pick = |of: &[u64]| used.iter().map(|&g| of[g]).collect::<Vec<_>>();
                let mut groups = vec![0; shares.len()];
                for (g, quota) in used.iter().zip(filled(case.budget, &pick(&shares), &pick(&caps))) {
                    groups[*g] = quota;
                }
                assert_eq!(source_quotas(&quotas), oracle_quotas(&case, &groups, &[0; 4]));
                let noted = quotas.notes.iter().any(|note| matches!(note, Note::Renormalised { .. }));
                assert_eq!(noted, groups != asked);
            }
            Err(_) => assert!(available < case.budget),
        }
    }
    // The recipes are a fair mix of both sorts.
    assert!((2_000..9_000).contains(&infeasible_seen), "{infeasible_seen}");
    assert!(refused < 1_000, "{refused}");
}

/// The groups named are the short ones, the binding one first, and the epochs named are the least that do.
fn assert_binding(case: &Case, infeasible: &Infeasible) {
    let index = |name: &str| case.groups.iter().position(|g| g.0 == name).unwrap();
    let short: Vec<usize> = infeasible.short.iter().map(|s| index(&s.group)).collect();
    let need = |g: usize| (case.budget * case.groups[g].1).div_ceil(10_000);
    let mut expected: Vec<usize> = (0..case.groups.len()).filter(|&g| need(g) > case.caps(g, 0)).collect();
    let reach = |g: usize| Fraction::new(i128::from(case.caps(g, 0)), i128::from(case.groups[g].1));
    expected.sort_by(|&a, &b| reach(a).cmp(reach(b)));
    assert_eq!(short, expected);
    for (short, &g) in infeasible.short.iter().zip(&expected) {
        assert_eq!((short.asked, short.available), (need(g), case.caps(g, 0)));
        let hundredths = (short.sufficient_epochs * 100.0).round() as u64;
        assert!(case.caps(g, hundredths) >= need(g) && case.caps(g, hundredths - 1) < need(g));
        let names = case.sources.iter().filter(|s| s.1 == g).map(|s| s.0.clone());
        assert_eq!(short.sources, names.collect::<Vec<_>>());
    }
}

/// The order in which groups and sources are written changes nothing but the order of the rows.
#[test]
fn the_order_of_groups_and_sources_does_not_matter() {
    let mut random = Random(2);
    for _ in 0..300 {
        let case = Case::random(&mut random);
        for shortage in [Shortage::Error, Shortage::Repeat, Shortage::Renormalise, Shortage::Shrink] {
            let (mut ask, mut supplies) = (case.ask(shortage), case.supplies());
            let sorted = |quotas: mashbill::Result<Quotas>| {
                let mut quotas = quotas.map_err(|e| e.to_string())?;
                quotas.groups.sort_by(|a, b| a.name.cmp(&b.name));
                quotas.sources.sort_by(|a, b| a.name.cmp(&b.name));
                Ok::<_, String>(quotas)
            };
            let before = sorted(ask.quotas(&supplies));
            random.shuffle(&mut ask.groups);
            random.shuffle(&mut supplies);
            assert_eq!(sorted(ask.quotas(&supplies)), before);
        }
    }
}
