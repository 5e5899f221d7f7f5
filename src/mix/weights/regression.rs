//! [`LogLinear`]: what proxy runs say about a mix: a law fitted to shares and losses, and the shares that it thinks best.

use crate::error::{Error, Result};

/// The law y = c + exp(Σ a_j · p_j) of a loss over the shares of a mix: "Data Mixing Laws" (Ye et al. 2024, arXiv 2403.16952) with its factor in
/// the exponent, which shares that sum to 1 allow; olmix fits the same. As many parameters as sources, and one.
///
/// ```
/// use mashbill::mix::weights::{LogLinear, spearman};
///
/// // Nine proxy runs of two sources; the loss is least where half is code.
/// let runs: Vec<Vec<f64>> = (1..10).map(|i| vec![i as f64 / 10.0, 1.0 - i as f64 / 10.0]).collect();
/// let losses: Vec<f64> = runs.iter().map(|p| 2.0 + (-0.5 * p[0] - 1.5 * p[1]).exp()).collect();
/// let law = LogLinear::fit(&runs, &losses)?;
/// let predicted: Vec<f64> = runs.iter().map(|p| law.predict(p)).collect();
/// assert!(spearman(&predicted, &losses) > Some(0.999));
/// # Ok::<(), mashbill::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct LogLinear {
    /// c: what no mix goes below.
    pub floor: f64,
    /// a: a source of a lower number lowers the loss more.
    pub slopes: Vec<f64>,
}

/// Where the fit of the floor begins: so far below the least loss, in widths of the losses.
const FLOORS: [f64; 8] = [0.02, 0.1, 0.5, 2.0, 8.0, 32.0, 128.0, 1024.0];

/// Steps of a fit; it mostly ends by itself after ten.
const FIT_STEPS: usize = 3_000;

impl LogLinear {
    /// Least squares, by Levenberg and Marquardt's method from several beginnings.
    ///
    /// # Errors
    /// [`Error::Invalid`] for runs without shares, of unequal numbers of them, or with numbers that are not finite, and for fewer runs than
    /// parameters.
    pub fn fit(shares: &[Vec<f64>], losses: &[f64]) -> Result<LogLinear> {
        let invalid = |problem: String| Err(Error::Invalid { what: "proxy runs".to_owned(), problem });
        let sources = shares.first().map_or(0, Vec::len);
        if sources == 0 || shares.len() != losses.len() || shares.iter().any(|p| p.len() != sources) {
            return invalid("need a loss for each run, and a share of each source in each".to_owned());
        }
        if shares.len() < sources + 1 {
            return invalid(format!("{} are fewer than the {} numbers to be fitted", shares.len(), sources + 1));
        }
        if !shares.iter().flatten().chain(losses).all(|x| x.is_finite()) {
            return invalid("hold numbers that are not finite".to_owned());
        }
        let (least, most) = losses.iter().fold((f64::INFINITY, f64::NEG_INFINITY), |(l, m), &y| (l.min(y), m.max(y)));
        let width = (most - least).max(1e-9 * most.abs()).max(1e-12);
        let fits = FLOORS.iter().map(|below| fit_from(shares, losses, least - below * width));
        let best = fits.min_by(|a, b| error_of(a, shares, losses).total_cmp(&error_of(b, shares, losses)));
        best.map_or_else(|| invalid("give no fit".to_owned()), Ok)
    }

    /// The loss of a mix.
    pub fn predict(&self, shares: &[f64]) -> f64 {
        self.floor + self.part(shares)
    }

    /// What of the loss hangs on the mix.
    fn part(&self, shares: &[f64]) -> f64 {
        self.slopes.iter().zip(shares).map(|(a, p)| a * p).sum::<f64>().exp()
    }
}

/// Sum of squares; infinite where it is no number.
fn error_of(law: &LogLinear, shares: &[Vec<f64>], losses: &[f64]) -> f64 {
    let sum: f64 = shares.iter().zip(losses).map(|(p, y)| (law.predict(p) - y).powi(2)).sum();
    if sum.is_nan() { f64::INFINITY } else { sum }
}

fn fit_from(shares: &[Vec<f64>], losses: &[f64], floor: f64) -> LogLinear {
    let n = shares.first().map_or(0, Vec::len);
    // With the floor held, the logarithm is linear.
    let rows = shares.iter().zip(losses).map(|(p, y)| (p.clone(), (y - floor).max(1e-300).ln()));
    let mut law = LogLinear { floor, slopes: least_squares(rows, n, 1e-9) };
    let mut error = error_of(&law, shares, losses);
    let mut damping = 1e-3;
    for _ in 0..FIT_STEPS {
        let rows = shares.iter().zip(losses).map(|(p, y)| {
            let part = law.part(p);
            let mut row = Vec::with_capacity(n + 1);
            row.push(1.0);
            row.extend(p.iter().map(|p| part * p));
            (row, y - law.floor - part)
        });
        let step = least_squares(rows, n + 1, damping);
        let mut slopes = law.slopes.clone();
        slopes.iter_mut().zip(step.iter().skip(1)).for_each(|(a, s)| *a += s);
        let next = LogLinear { floor: law.floor + step.first().copied().unwrap_or(0.0), slopes };
        let next_error = error_of(&next, shares, losses);
        if next_error < error {
            let gain = (error - next_error) / error.max(1e-300);
            (law, error, damping) = (next, next_error, damping / 3.0);
            if gain < 1e-12 {
                break;
            }
        } else {
            damping *= 4.0;
            if damping > 1e12 {
                break;
            }
        }
    }
    law
}

/// Least squares of rows of `n` numbers and their targets, the diagonal of the normal equations enlarged by a part `damping`.
fn least_squares(rows: impl Iterator<Item = (Vec<f64>, f64)>, n: usize, damping: f64) -> Vec<f64> {
    let mut matrix = vec![vec![0.0; n]; n];
    let mut right = vec![0.0; n];
    for (row, target) in rows {
        for (i, right) in right.iter_mut().enumerate() {
            *right += row[i] * target;
            for j in 0..=i {
                matrix[i][j] += row[i] * row[j];
            }
        }
    }
    let largest = (0..n).map(|i| matrix[i][i]).fold(0.0, f64::max);
    for (i, row) in matrix.iter_mut().enumerate() {
        // A source that no run has keeps a small number there, and so a slope of 0.
        row[i] += damping * row[i] + 1e-12 * largest + 1e-300;
    }
    cholesky(matrix, right)
}

/// Solves a symmetric positive definite system, given by its lower half.
fn cholesky(mut matrix: Vec<Vec<f64>>, mut right: Vec<f64>) -> Vec<f64> {
    let n = right.len();
    for i in 0..n {
        for j in 0..=i {
            let sum: f64 = (0..j).map(|k| matrix[i][k] * matrix[j][k]).sum();
            let rest = matrix[i][j] - sum;
            matrix[i][j] = if i == j { rest.max(1e-300).sqrt() } else { rest / matrix[j][j] };
        }
        let sum: f64 = (0..i).map(|k| matrix[i][k] * right[k]).sum();
        right[i] = (right[i] - sum) / matrix[i][i];
    }
    for i in (0..n).rev() {
        let sum: f64 = (i + 1..n).map(|k| matrix[k][i] * right[k]).sum();
        right[i] = (right[i] - sum) / matrix[i][i];
    }
    right
}

/// Spearman's rank correlation; equal numbers have their mean rank. `None` for lists of unequal length, fewer than two, or all equal.
pub fn spearman(a: &[f64], b: &[f64]) -> Option<f64> {
    if a.len() != b.len() || a.len() < 2 {
        return None;
    }
    let (a, b) = (ranks(a), ranks(b));
    let mean = (a.len() + 1) as f64 / 2.0;
    let dot = |x: &[f64], y: &[f64]| x.iter().zip(y).map(|(x, y)| (x - mean) * (y - mean)).sum::<f64>();
    let scale = (dot(&a, &a) * dot(&b, &b)).sqrt();
    (scale > 0.0).then(|| dot(&a, &b) / scale)
}

fn ranks(numbers: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..numbers.len()).collect();
    order.sort_by(|&i, &j| numbers[i].total_cmp(&numbers[j]));
    let mut ranks = vec![0.0; numbers.len()];
    let mut before = 0;
    for run in order.chunk_by(|&i, &j| numbers[i] == numbers[j]) {
        let rank = before as f64 + (run.len() + 1) as f64 / 2.0;
        run.iter().for_each(|&i| ranks[i] = rank);
        before += run.len();
    }
    ranks
}

/// Predictions for each run by a law that has not seen it: the runs are left out in `folds` parts (every `folds`-th run), one part at a time.
///
/// # Errors
/// As [`LogLinear::fit`], for the runs that remain.
pub fn cross_validated(shares: &[Vec<f64>], losses: &[f64], folds: usize) -> Result<Vec<f64>> {
    let folds = folds.max(2);
    let mut predicted = vec![0.0; losses.len()];
    for fold in 0..folds.min(losses.len()) {
        let rest = |i: &usize| i % folds != fold;
        let kept: Vec<usize> = (0..losses.len().min(shares.len())).filter(rest).collect();
        let some: Vec<Vec<f64>> = kept.iter().map(|&i| shares[i].clone()).collect();
        let law = LogLinear::fit(&some, &kept.iter().map(|&i| losses[i]).collect::<Vec<_>>())?;
        (0..shares.len().min(losses.len())).filter(|i| !rest(i)).for_each(|i| predicted[i] = law.predict(&shares[i]));
    }
    Ok(predicted)
}

/// What is optimised: the laws of one or more losses, and how far to stray from what is there.
#[derive(Debug, Clone, PartialEq)]
pub struct Search {
    /// The laws with their weights, which are 0 or more.
    pub laws: Vec<(f64, LogLinear)>,
    /// The shares to stay near: mostly the natural ones. Above 0; a source of 0 stays out.
    pub prior: Vec<f64>,
    /// λ: what straying costs, per unit of the Kullback-Leibler divergence from the prior. olmix' default is 0.05.
    pub prior_weight: f64,
    /// The most of each share: epochs · unique tokens / budget, say. 1 or more for no cap.
    pub caps: Vec<f64>,
}

/// Steps of the search; some dozens mostly do.
const SEARCH_STEPS: usize = 20_000;

/// The search ends when its cost is at most this far above the least, as a part of it.
const ENOUGH: f64 = 1e-10;

/// The logarithm of the largest share over the smallest.
const SMALLEST: f64 = 60.0;

impl Search {
    /// The shares of least Σ weight · exp(a·p) + λ · KL(p ‖ prior), which is a convex problem and has one answer: mirror descent on the simplex,
    /// each step projected under the caps.
    ///
    /// # Errors
    /// [`Error::Invalid`] for numbers that mean nothing; [`Error::Infeasible`] if the caps sum to less than 1.
    pub fn best(&self) -> Result<Vec<f64>> {
        let n = self.prior.len();
        let invalid = |problem: &str| Err(Error::Invalid { what: "weights".to_owned(), problem: problem.to_owned() });
        let fits = self.caps.len() == n && self.laws.iter().all(|(w, law)| law.slopes.len() == n && *w >= 0.0);
        if n == 0 || !fits || self.prior_weight.is_nan() || self.prior_weight < 0.0 {
            return invalid("need a prior, a cap and a slope for each source, and weights of 0 or more");
        }
        let all = self.prior.iter().sum::<f64>();
        if !(self.prior.iter().all(|p| *p >= 0.0)
            && all > 0.0
            && all.is_finite()
            && self.caps.iter().all(|c| *c >= 0.0))
        {
            return invalid("prior and caps are to be 0 or more, and not all 0");
        }
        let prior: Vec<f64> = self.prior.iter().map(|p| p / all).collect();
        let room: f64 = self.caps.iter().zip(&prior).filter(|(_, p)| **p > 0.0).map(|(c, _)| c.min(1.0)).sum();
        if room < 1.0 - 1e-12 {
            return Err(Error::Infeasible(format!("the caps of all sources sum to {room:.6}, not to 1")));
        }
        let cost = |p: &[f64]| self.cost(p, &prior);
        let mut best = project(&prior.iter().map(|p| p.ln()).collect::<Vec<_>>(), &self.caps);
        let mut least = cost(&best);
        let mut rate = 1.0_f64;
        for _ in 0..SEARCH_STEPS {
            let slope = self.slope(&best, &prior);
            if self.gap(&best, &slope, &prior) <= ENOUGH * least.abs().max(1.0) {
                break;
            }
            // A step changes no ratio of two shares by more than e^4, and none becomes so small that it could not grow again.
            let (low, high) = slope.iter().fold((f64::INFINITY, f64::NEG_INFINITY), |(l, h), &g| (l.min(g), h.max(g)));
            let bounded = rate.min(4.0 / (high - low).max(1e-300));
            let logs: Vec<f64> = best.iter().zip(&slope).map(|(p, g)| p.ln() - bounded * g).collect();
            let top = logs.iter().copied().fold(f64::NEG_INFINITY, f64::max);
            let logs: Vec<f64> =
                logs.into_iter().map(|l| if l.is_finite() { l.max(top - SMALLEST) } else { l }).collect();
            let next = project(&logs, &self.caps);
            let found = cost(&next);
            if found <= least {
                (best, least, rate) = (next, found, (bounded * 1.5).min(1e9));
            } else {
                rate = bounded / 2.0;
                if rate < 1e-12 {
                    break;
                }
            }
        }
        Ok(best)
    }

    /// How far the cost of `p` may be above the least at most: what a step along the slope to the best corner under the caps would gain, as
    /// the problem is convex (Frank and Wolfe's gap).
    fn gap(&self, p: &[f64], slope: &[f64], prior: &[f64]) -> f64 {
        let mut order: Vec<usize> = (0..p.len()).filter(|&i| prior[i] > 0.0).collect();
        order.sort_by(|&i, &j| slope[i].total_cmp(&slope[j]));
        let here: f64 = p.iter().zip(slope).map(|(p, g)| p * g).sum();
        let (corner, _) = order.iter().fold((0.0, 1.0_f64), |(sum, left), &i| {
            let taken = left.min(self.caps[i]);
            (sum + taken * slope[i], left - taken)
        });
        here - corner
    }

    fn cost(&self, p: &[f64], prior: &[f64]) -> f64 {
        let losses: f64 = self.laws.iter().map(|(w, law)| w * law.part(p)).sum();
        let stray = p.iter().zip(prior).filter(|(p, _)| **p > 0.0).map(|(p, q)| p * (p / q).ln());
        losses + self.prior_weight * stray.sum::<f64>()
    }

    fn slope(&self, p: &[f64], prior: &[f64]) -> Vec<f64> {
        let mut slope: Vec<f64> = p
            .iter()
            .zip(prior)
            .map(|(p, q)| if *p > 0.0 { self.prior_weight * ((p / q).ln() + 1.0) } else { 0.0 })
            .collect();
        for (w, law) in &self.laws {
            let part = w * law.part(p);
            slope.iter_mut().zip(&law.slopes).for_each(|(s, a)| *s += part * a);
        }
        slope
    }
}

/// The shares nearest to exp(logs), scaled, of those that sum to 1 under the caps (nearest by Kullback and Leibler): all are scaled alike, but those that
/// a cap stops.
fn project(logs: &[f64], caps: &[f64]) -> Vec<f64> {
    let top = logs.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let raw: Vec<f64> = logs.iter().map(|l| (l - top).exp()).collect();
    let mut shares = vec![0.0; raw.len()];
    let mut open: Vec<usize> = (0..raw.len()).filter(|&i| raw[i] > 0.0).collect();
    let mut left = 1.0;
    loop {
        let sum: f64 = open.iter().map(|&i| raw[i]).sum();
        let over: Vec<usize> = open.iter().copied().filter(|&i| raw[i] / sum * left > caps[i]).collect();
        if over.is_empty() || sum <= 0.0 {
            open.iter().for_each(|&i| shares[i] = raw[i] / sum * left);
            return shares;
        }
        for i in over {
            shares[i] = caps[i];
            left = (left - caps[i]).max(0.0);
            open.retain(|&o| o != i);
        }
    }
}

/// Sources of whose share a mix asks more, or less, than any run had: there the law is not a fit but a guess. By position.
pub fn extrapolated(runs: &[Vec<f64>], shares: &[f64]) -> Vec<usize> {
    let seen = |j: usize| {
        let of = runs.iter().filter_map(|run| run.get(j));
        of.fold((f64::INFINITY, f64::NEG_INFINITY), |(l, m), &p| (l.min(p), m.max(p)))
    };
    let outside = |&j: &usize| {
        let (least, most) = seen(j);
        shares[j] < least - 1e-9 || shares[j] > most + 1e-9
    };
    (0..shares.len()).filter(outside).collect()
}

/// Runs that a fit wants at least: three for each number that is fitted (mixing.md §5.5, after olmix).
pub fn wanted_runs(sources: usize) -> usize {
    3 * (sources + 1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::collection::vec;
    use proptest::prelude::*;

    fn search(laws: Vec<(f64, LogLinear)>, prior: &[f64], prior_weight: f64, caps: &[f64]) -> Search {
        Search { laws, prior: prior.to_vec(), prior_weight, caps: caps.to_vec() }
    }

    #[test]
    fn ranks_of_equal_numbers_are_their_mean() {
        assert_eq!(ranks(&[3.0, 1.0, 3.0, 0.0]), [3.5, 2.0, 3.5, 1.0]);
        assert_eq!(spearman(&[1.0, 2.0, 3.0], &[10.0, 20.0, 15.0]), Some(0.5));
        assert_eq!(spearman(&[1.0, 1.0], &[1.0, 2.0]), None);
        assert_eq!(spearman(&[1.0], &[1.0]), None);
    }

    #[test]
    fn what_means_nothing_is_refused() {
        assert!(LogLinear::fit(&[], &[]).is_err());
        assert!(LogLinear::fit(&[vec![0.5, 0.5], vec![1.0, 0.0]], &[1.0, 2.0]).is_err());
        assert!(LogLinear::fit(&vec![vec![f64::NAN]; 3], &[1.0; 3]).is_err());
        assert!(LogLinear::fit(&vec![vec![1.0]; 3], &[1.0; 3]).is_ok()); // no slope to be seen, and none needed
        assert!(search(vec![], &[0.5, 0.5], 0.1, &[0.4, 0.4]).best().is_err());
        assert!(search(vec![], &[0.0, 0.0], 0.1, &[1.0, 1.0]).best().is_err());
        let alone = search(vec![], &[3.0, 1.0], 0.1, &[1.0, 1.0]).best().unwrap();
        assert!((alone[0] - 0.75).abs() < 1e-12 && (alone[1] - 0.25).abs() < 1e-12, "{alone:?}");
        let capped = search(vec![], &[3.0, 1.0, 1.0], 0.1, &[0.5, 1.0, 1.0]).best().unwrap();
        assert!(capped.iter().zip([0.5, 0.25, 0.25]).all(|(a, b)| (a - b).abs() < 1e-12), "{capped:?}");
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(40))]

        /// Runs of a law without noise give the law back: its predictions, since shares that sum to 1 leave a slope free.
        #[test]
        fn a_law_is_found_again(slopes in vec(-2.0_f64..0.5, 2..6), floor in 0.0_f64..3.0, points in vec(vec(0.01_f64..1.0, 6), 40)) {
            let law = LogLinear { floor, slopes: slopes.clone() };
            let runs: Vec<Vec<f64>> = points.iter().map(|p| {
                let sum: f64 = p[..slopes.len()].iter().sum();
                p[..slopes.len()].iter().map(|x| x / sum).collect()
            }).collect();
            let losses: Vec<f64> = runs.iter().map(|p| law.predict(p)).collect();
            let fitted = LogLinear::fit(&runs, &losses).unwrap();
            let width = losses.iter().copied().fold(0.0, f64::max) - losses.iter().copied().fold(f64::INFINITY, f64::min);
            for (p, y) in runs.iter().zip(&losses) {
                prop_assert!((fitted.predict(p) - y).abs() < 1e-3 * width + 1e-9, "{} for {y}", fitted.predict(p));
            }
        }

        /// Brute force: no point of a grid of 1/60 is better.
        #[test]
        fn no_grid_point_is_better(
            slopes in vec(vec(-3.0_f64..3.0, 3), 1..4),
            prior in vec(0.05_f64..1.0, 3),
            weight in 0.0_f64..0.5,
            caps in vec(0.35_f64..1.2, 3),
        ) {
            let laws = slopes.into_iter().map(|slopes| (1.0, LogLinear { floor: 0.0, slopes })).collect();
            let search = search(laws, &prior, weight, &caps);
            let best = search.best().unwrap();
            prop_assert!((best.iter().sum::<f64>() - 1.0).abs() < 1e-9);
            prop_assert!(best.iter().zip(&caps).all(|(p, c)| *p >= 0.0 && *p <= c + 1e-12));
            let sum: f64 = prior.iter().sum();
            let prior: Vec<f64> = prior.iter().map(|p| p / sum).collect();
            let least = search.cost(&best, &prior);
            for i in 0..=60 {
                for j in 0..=60 - i {
                    let p = [f64::from(i) / 60.0, f64::from(j) / 60.0, f64::from(60 - i - j) / 60.0];
                    if p.iter().zip(&caps).all(|(p, c)| p <= c) {
                        prop_assert!(search.cost(&p, &prior) >= least - 1e-7, "{p:?} is better than {best:?}");
                    }
                }
            }
        }
    }
}
