//! Rows of numbers: as they are, or product-quantised.

/// Centroids of a part: a code is a byte.
const CENTROIDS: usize = 256;

pub(super) enum Matrix {
    Dense { dim: usize, values: Vec<f32> },
    Quantised { codes: Vec<u8>, parts: Parts, norms: Option<(Vec<u8>, Parts)> },
}

/// The centroids of every part of a row.
pub(super) struct Parts {
    /// Parts of a row.
    pub count: usize,
    /// Numbers of a part; of the last, what is left.
    pub width: usize,
    pub last: usize,
    pub centroids: Vec<f32>,
}

impl Parts {
    /// Where part `part` begins in a row, and the centroid that its code stands for.
    #[inline]
    fn centroid(&self, part: usize, code: u8) -> (usize, &[f32]) {
        let width = if part + 1 == self.count { self.last } else { self.width };
        let at = part * CENTROIDS * self.width + usize::from(code) * width;
        (part * self.width, &self.centroids[at..at + width])
    }

    /// How many numbers all centroids have.
    pub fn size(dim: usize) -> usize {
        dim * CENTROIDS
    }
}

impl Matrix {
    pub fn rows(&self) -> usize {
        match self {
            Matrix::Dense { dim, values } => values.len() / (*dim).max(1),
            Matrix::Quantised { codes, parts, .. } => codes.len() / parts.count.max(1),
        }
    }

    pub fn is_quantised(&self) -> bool {
        matches!(self, Matrix::Quantised { .. })
    }

    /// Adds a row to `sum`.
    #[inline]
    pub fn add(&self, row: usize, sum: &mut [f32]) {
        match self {
            Matrix::Dense { dim, values } => {
                let row = values.get(row * dim..(row + 1) * dim).unwrap_or_default();
                sum.iter_mut().zip(row).for_each(|(sum, x)| *sum += x);
            }
            Matrix::Quantised { parts, .. } => {
                let (codes, norm) = self.quantised(row);
                for (part, &code) in codes.iter().enumerate() {
                    let (at, centroid) = parts.centroid(part, code);
                    sum[at..].iter_mut().zip(centroid).for_each(|(sum, x)| *sum += norm * x);
                }
            }
        }
    }

    /// The product of a row with `vector`, summed from left to right.
    #[inline]
    pub fn dot(&self, row: usize, vector: &[f32]) -> f32 {
        match self {
            Matrix::Dense { dim, values } => {
                let row = values.get(row * dim..(row + 1) * dim).unwrap_or_default();
                row.iter().zip(vector).fold(0.0, |sum, (a, b)| sum + a * b)
            }
            Matrix::Quantised { parts, .. } => {
                let (codes, norm) = self.quantised(row);
                let mut sum = 0.0;
                for (part, &code) in codes.iter().enumerate() {
                    let (at, centroid) = parts.centroid(part, code);
                    sum = vector[at..].iter().zip(centroid).fold(sum, |sum, (a, b)| sum + a * b);
                }
                sum * norm
            }
        }
    }

    /// Codes and norm of a row.
    fn quantised(&self, row: usize) -> (&[u8], f32) {
        let Matrix::Quantised { codes, parts, norms } = self else { return (&[], 1.0) };
        let norm = norms.as_ref().and_then(|(codes, norms)| Some(norms.centroid(0, *codes.get(row)?).1[0]));
        (codes.get(row * parts.count..(row + 1) * parts.count).unwrap_or_default(), norm.unwrap_or(1.0))
    }
}
