//! From a text's vector to the probabilities of labels, by the loss that the model was trained with.

use super::matrix::Matrix;
use Loss::{Hierarchical, Sigmoid, Softmax};

/// What fastText adds before it takes a logarithm.
const LEAST: f64 = 1e-5;
/// The sigmoid is a table of so many steps…
const STEPS: i64 = 512;
/// … from minus to plus this.
const RANGE: i64 = 8;

pub(super) struct Output {
    pub matrix: Matrix,
    pub loss: Loss,
    labels: usize,
}

pub(super) enum Loss {
    Softmax,
    /// Negative sampling and one against all: each label by itself.
    Sigmoid(Vec<f32>),
    Hierarchical(Tree),
}

impl Output {
    pub fn new(matrix: Matrix, loss: Loss, labels: usize) -> Output {
        Output { matrix, loss, labels }
    }

    /// The `k` best labels (0: all) with what fastText prints for them, the best first.
    pub fn best(&self, hidden: &[f32], k: usize, output: &mut Vec<f32>) -> Vec<(usize, f32)> {
        let k = if k == 0 { self.labels } else { k.min(self.labels) };
        let mut best = Best { k, heap: Vec::with_capacity(k + 1) };
        match &self.loss {
            Hierarchical(tree) => tree.search(&self.matrix, hidden, &mut best),
            _ => {
                self.fill(hidden, output);
                output.iter().enumerate().for_each(|(label, &p)| best.offer(log(p), label));
            }
        }
        best.sorted().into_iter().map(|(score, label)| (label, score.exp())).collect()
    }

    /// The sum of what fastText prints for some labels.
    pub fn sum(&self, hidden: &[f32], labels: &[usize], output: &mut Vec<f32>) -> Option<f32> {
        let printed = |score: f32| score.exp();
        match &self.loss {
            Hierarchical(tree) => labels.iter().map(|&at| tree.path(&self.matrix, hidden, at).map(printed)).sum(),
            _ => {
                self.fill(hidden, output);
                labels.iter().map(|&at| output.get(at).map(|&p| printed(log(p)))).sum()
            }
        }
    }

    /// The probability of every label.
    fn fill(&self, hidden: &[f32], output: &mut Vec<f32>) {
        output.clear();
        output.extend((0..self.labels).map(|label| self.matrix.dot(label, hidden)));
        match &self.loss {
            Softmax => {
                let max = output.iter().copied().fold(f32::NEG_INFINITY, f32::max);
                let mut sum = 0.0f32;
                for x in output.iter_mut() {
                    *x = (*x - max).exp();
                    sum += *x;
                }
                output.iter_mut().for_each(|x| *x /= sum);
            }
            Sigmoid(table) => output.iter_mut().for_each(|x| *x = sigmoid(table, *x)),
            Hierarchical(_) => {}
        }
    }
}

/// A logarithm as fastText takes it.
fn log(x: f32) -> f32 {
    (f64::from(x) + LEAST).ln() as f32
}

pub(super) fn sigmoid_table() -> Vec<f32> {
    let at = |i: i64| (i * 2 * RANGE) as f32 / STEPS as f32 - RANGE as f32;
    (0..=STEPS).map(|i| (1.0 / (1.0 + f64::from((-at(i)).exp()))) as f32).collect()
}

fn sigmoid(table: &[f32], x: f32) -> f32 {
    match x {
        x if x < -(RANGE as f32) => 0.0,
        x if x > RANGE as f32 => 1.0,
        // NaN is 0 as a number of steps, and told by who looks at the result.
        x if x.is_nan() => x,
        x => {
            let step = ((x + RANGE as f32) * STEPS as f32 / RANGE as f32 / 2.0) as usize;
            table.get(step).copied().unwrap_or(1.0)
        }
    }
}

/// Huffman's tree over the labels.
pub(super) struct Tree {
    labels: usize,
    /// Left and right of each inner node; numbers below `labels` are labels, others inner nodes.
    inner: Vec<[u32; 2]>,
    /// The inner node above each node, and whether the node is its right one; the root's is itself.
    above: Vec<(u32, bool)>,
}

impl Tree {
    /// The tree for labels with these counts, most frequent first. `None` where they make none.
    pub fn new(counts: &[i64]) -> Option<Tree> {
        // What stands for a node that is not there yet: more than any count (fastText's `loss.cc`).
        const MANY: i64 = 1_000_000_000_000_000;
        let labels = counts.len();
        let nodes = (2 * labels).checked_sub(1)?;
        let mut count = counts.to_vec();
        count.resize(nodes, MANY);
        let mut above = vec![(0, false); nodes];
        let mut inner = Vec::with_capacity(labels - 1);
        let (mut leaf, mut node) = (labels, labels);
        for new in labels..nodes {
            let mut both = [0; 2];
            for slot in &mut both {
                let least = match leaf.checked_sub(1) {
                    Some(last) if node >= new || count[last] < count[node] => {
                        // A node is only there once it is made; counts beyond all bounds do not change that.
                        leaf = last;
                        last
                    }
                    _ if node < new => {
                        node += 1;
                        node - 1
                    }
                    _ => return None,
                };
                *slot = least as u32;
            }
            let [left, right] = both.map(|n| n as usize);
            count[new] = count[left].saturating_add(count[right]);
            above[left] = (new as u32, false);
            above[right] = (new as u32, true);
            inner.push(both);
        }
        above[nodes - 1] = (nodes as u32 - 1, false);
        Some(Tree { labels, inner, above })
    }

    /// The chance of going right at an inner node.
    fn right(&self, matrix: &Matrix, hidden: &[f32], node: usize) -> f32 {
        let sum = matrix.dot(node - self.labels, hidden);
        (1.0 / f64::from(1.0 + (-sum).exp())) as f32
    }

    /// Both ways down from a node: logarithms of the chances of left and right.
    fn ways(&self, matrix: &Matrix, hidden: &[f32], node: usize) -> [f32; 2] {
        let right = self.right(matrix, hidden, node);
        [log((1.0 - f64::from(right)) as f32), log(right)]
    }

    /// Offers labels, left before right, and leaves out what cannot be among the best.
    fn search(&self, matrix: &Matrix, hidden: &[f32], best: &mut Best) {
        let mut open = vec![(self.labels + self.inner.len(), 0.0f32)];
        open[0].0 -= 1;
        while let Some((node, score)) = open.pop() {
            // With fastText's threshold of 0.
            if score < log(0.0) || best.is_full_above(score) {
                continue;
            }
            let Some(&[left, right]) = node.checked_sub(self.labels).and_then(|inner| self.inner.get(inner)) else {
                best.push(score, node);
                continue;
            };
            let [to_left, to_right] = self.ways(matrix, hidden, node);
            open.push((right as usize, score + to_right));
            open.push((left as usize, score + to_left));
        }
    }

    /// The logarithm of one label's probability, summed from the root down.
    fn path(&self, matrix: &Matrix, hidden: &[f32], label: usize) -> Option<f32> {
        if label >= self.labels {
            return None;
        }
        let mut way = Vec::new();
        let mut node = label;
        while self.above[node].0 as usize != node {
            let (above, right) = self.above[node];
            way.push((above as usize, right));
            node = above as usize;
        }
        let step = |(node, right): &(usize, bool)| self.ways(matrix, hidden, *node)[usize::from(*right)];
        Some(way.iter().rev().map(step).fold(0.0, |sum, step| sum + step))
    }
}

/// The best labels so far: a heap with the least on top, kept as the C++ standard library keeps one, because of labels with equal
/// scores it depends on the heap which one stays.
struct Best {
    k: usize,
    heap: Vec<(f32, usize)>,
}

impl Best {
    fn offer(&mut self, score: f32, label: usize) {
        // No label is left out for a NaN, which the caller sees.
        if !self.is_full_above(score) {
            self.push(score, label);
        }
    }

    fn is_full_above(&self, score: f32) -> bool {
        self.heap.len() == self.k && self.heap.first().is_some_and(|top| score < top.0)
    }

    fn push(&mut self, score: f32, label: usize) {
        self.heap.push((score, label));
        let last = self.heap.len() - 1;
        self.rise(last, 0, (score, label));
        if self.heap.len() > self.k {
            self.pop();
            self.heap.pop();
        }
    }

    /// Moves a value up from a hole to where what is above is no greater.
    fn rise(&mut self, mut hole: usize, top: usize, value: (f32, usize)) {
        while hole > top {
            let above = (hole - 1) / 2;
            if self.heap[above].0 <= value.0 {
                break;
            }
            self.heap[hole] = self.heap[above];
            hole = above;
        }
        self.heap[hole] = value;
    }

    /// Moves the least to the end, and makes a heap of the others.
    fn pop(&mut self) {
        let length = self.heap.len();
        self.pop_within(length);
    }

    fn pop_within(&mut self, length: usize) {
        if length < 2 {
            return;
        }
        let last = length - 1;
        let value = self.heap[last];
        self.heap[last] = self.heap[0];
        // The hole sinks to the bottom along the lesser ones, of equals the right one, and the value rises from there.
        let mut hole = 0;
        let mut child = 0;
        while child < (last.saturating_sub(1)) / 2 {
            child = 2 * (child + 1);
            if self.heap[child].0 > self.heap[child - 1].0 {
                child -= 1;
            }
            self.heap[hole] = self.heap[child];
            hole = child;
        }
        if last & 1 == 0 && last >= 2 && child == (last - 2) / 2 {
            child = 2 * child + 1;
            self.heap[hole] = self.heap[child];
            hole = child;
        }
        self.rise(hole, 0, value);
    }

    /// The best first.
    fn sorted(mut self) -> Vec<(f32, usize)> {
        for length in (2..=self.heap.len()).rev() {
            self.pop_within(length);
        }
        self.heap
    }
}
