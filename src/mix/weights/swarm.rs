//! [`Swarm`]: mixes for proxy runs, scattered around a prior, the same ones for the same seed.

use crate::error::{Error, Result};
use xxhash_rust::xxh3::xxh3_64_with_seed;

/// A generator of mixes for small proxy runs, to which [`LogLinear`](super::LogLinear) is fitted: shares from Dirichlet distributions around a prior,
/// of strengths from weak (nearly all from one source) to strong.
///
/// ```
/// use mashbill::mix::weights::Swarm;
///
/// let swarm = Swarm::around(&[900, 90, 10]);
/// let runs = swarm.runs(64)?;
/// assert!(runs.iter().all(|run| (run.iter().sum::<f64>() - 1.0).abs() < 1e-9));
/// assert_eq!(runs, swarm.runs(64)?);
/// # Ok::<(), mashbill::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Swarm {
    /// Key of all chance.
    pub seed: u64,
    /// Mean of the shares; sums to 1.
    pub prior: Vec<f64>,
    /// The least and the largest strength; those between are spaced evenly in logarithms. Default 0.1 and 5, as in RegMix.
    pub strengths: (f64, f64),
    /// Shares below this become 0: too few documents for a proxy run to notice. Default 2e-4, as in RegMix; olmix has 2e-3.
    pub floor: f64,
    /// The most of each share; a run above is drawn anew. 1 for no cap.
    pub caps: Vec<f64>,
}

/// Strengths that runs cycle through.
const STRENGTHS: usize = 15;
/// Draws for one run before its caps are found too tight.
const DRAWS: u64 = 10_000;

impl Swarm {
    /// A swarm around shares in proportion to the square roots of what there is, the prior of RegMix and olmix, without caps.
    pub fn around(tokens: &[u64]) -> Swarm {
        let prior = super::temperature(tokens, 2.0);
        Swarm { seed: 0, caps: vec![1.0; prior.len()], prior, strengths: (0.1, 5.0), floor: 2e-4 }
    }

    /// So many mixes. The first of a larger number are those of a smaller one. Shares are rounded to nine places, so that they are the same on
    /// machines whose logarithms differ in the last digit.
    ///
    /// # Errors
    /// [`Error::Invalid`] for settings that mean nothing; [`Error::Infeasible`] if the caps leave next to nothing.
    pub fn runs(&self, n: usize) -> Result<Vec<Vec<f64>>> {
        let (low, high) = self.strengths;
        let sum: f64 = self.prior.iter().sum();
        let sound =
            (sum - 1.0).abs() < 1e-6 && self.prior.iter().all(|p| *p >= 0.0) && self.caps.len() == self.prior.len();
        if !(sound && low > 0.0 && low <= high && high.is_finite() && (0.0..0.5).contains(&self.floor)) {
            let problem =
                "needs a prior that sums to 1, a cap for each source, strengths above 0, and a floor below 0.5";
            return Err(Error::Invalid { what: "swarm".to_owned(), problem: problem.to_owned() });
        }
        (0..n as u64).map(|run| self.run(run)).collect()
    }

    fn run(&self, run: u64) -> Result<Vec<f64>> {
        let (low, high) = self.strengths;
        let step = (run as usize % STRENGTHS) as f64 / (STRENGTHS - 1) as f64;
        let strength = (low.ln() + step * (high / low).ln()).exp();
        for draw in 0..DRAWS {
            let mut chance = Chance { seed: self.seed, run, draw, count: 0 };
            // In logarithms: weak strengths give numbers that no float holds.
            let logs: Vec<f64> = self.prior.iter().map(|p| chance.log_gamma_variate(p * strength)).collect();
            let top = logs.iter().copied().fold(f64::NEG_INFINITY, f64::max);
            let mut shares: Vec<f64> = logs.iter().map(|l| (l - top).exp()).collect();
            normalise(&mut shares);
            shares.iter_mut().filter(|share| **share < self.floor).for_each(|share| *share = 0.0);
            normalise(&mut shares);
            if shares.iter().zip(&self.caps).all(|(share, cap)| share <= cap) {
                return Ok(rounded(shares));
            }
        }
        Err(Error::Infeasible(format!("{DRAWS} draws for one run were all above the caps of the swarm")))
    }
}

fn normalise(shares: &mut [f64]) {
    let sum: f64 = shares.iter().sum();
    shares.iter_mut().for_each(|share| *share /= sum);
}

/// To nine places; the largest takes what that leaves of 1.
fn rounded(mut shares: Vec<f64>) -> Vec<f64> {
    let mut units: Vec<i64> = shares.iter().map(|share| (share * 1e9).round() as i64).collect();
    let missing = 1_000_000_000 - units.iter().sum::<i64>();
    if let Some(largest) = units.iter_mut().max() {
        *largest += missing;
    }
    shares.iter_mut().zip(units).for_each(|(share, units)| *share = units as f64 / 1e9);
    shares
}

/// Random numbers by hash: of seed, run, draw and a count.
struct Chance {
    seed: u64,
    run: u64,
    draw: u64,
    count: u64,
}

impl Chance {
    /// Uniform in (0, 1).
    fn unit(&mut self) -> f64 {
        let mut bytes = [0; 24];
        for (to, from) in bytes.chunks_mut(8).zip([self.run, self.draw, self.count]) {
            to.copy_from_slice(&from.to_le_bytes());
        }
        self.count += 1;
        ((xxh3_64_with_seed(&bytes, self.seed) >> 12) as f64 + 0.5) / (1_u64 << 52) as f64
    }

    fn normal(&mut self) -> f64 {
        (-2.0 * self.unit().ln()).sqrt() * (std::f64::consts::TAU * self.unit()).cos()
    }

    /// The logarithm of a gamma variate (Marsaglia and Tsang 2000; shapes below 1 by one above and a power of a uniform number). −∞ for a shape
    /// of 0.
    fn log_gamma_variate(&mut self, shape: f64) -> f64 {
        if shape <= 0.0 {
            return f64::NEG_INFINITY;
        }
        if shape < 1.0 {
            return self.log_gamma_variate(shape + 1.0) + self.unit().ln() / shape;
        }
        let d = shape - 1.0 / 3.0;
        let c = 1.0 / (9.0 * d).sqrt();
        loop {
            let x = self.normal();
            let v = (1.0 + c * x).powi(3);
            if v > 0.0 && self.unit().ln() < 0.5 * x * x + d - d * v + d * v.ln() {
                return (d * v).ln();
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_mean_is_the_prior_and_caps_hold() {
        let swarm = Swarm { strengths: (2.0, 5.0), floor: 0.0, ..Swarm::around(&[16, 4, 1]) };
        let runs = swarm.runs(4_000).unwrap();
        for (j, prior) in swarm.prior.iter().enumerate() {
            let mean = runs.iter().map(|run| run[j]).sum::<f64>() / runs.len() as f64;
            assert!((mean - prior).abs() < 0.02, "{mean} for {prior}");
        }
        let capped = Swarm { caps: vec![0.5, 1.0, 1.0], ..swarm.clone() }.runs(200).unwrap();
        assert!(capped.iter().all(|run| run[0] <= 0.5 + 1e-8));
        assert_eq!(swarm.runs(10).unwrap(), swarm.runs(20).unwrap()[..10]);
        assert_ne!(Swarm { seed: 1, ..swarm.clone() }.runs(10).unwrap(), swarm.runs(10).unwrap());
        assert!(Swarm { caps: vec![1e-9; 3], ..swarm.clone() }.runs(1).is_err());
        assert!(Swarm { prior: vec![0.5, 0.4, 0.0], ..swarm.clone() }.runs(1).is_err());
        assert!(Swarm { strengths: (0.0, 1.0), ..swarm }.runs(1).is_err());
    }

    #[test]
    fn weak_strengths_leave_few_sources() {
        let swarm = Swarm { strengths: (0.1, 0.1), ..Swarm::around(&[100; 17]) };
        let runs = swarm.runs(200).unwrap();
        let used = runs.iter().flatten().filter(|share| **share > 0.0).count() as f64 / 200.0;
        assert!((1.0..3.0).contains(&used), "{used}");
        assert!(runs.iter().flatten().all(|share| *share == 0.0 || *share >= 2e-4 - 1e-9));
    }
}
