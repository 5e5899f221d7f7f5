//! A model as bytes: one small file, little-endian, with a checksum at its end.
//!
//! ```text
//! "mashbill linear\n"  version u32  loss u32  word_bits u32  pairs u32  run_bytes u32  run_bits u32
//! lowest and highest label f64 f64  bias f64  signals u32, each: name (length u32, bytes) mean f64 deviation f64 weight f64
//! report (length u32, bytes)  weights of words f32…  weights of runs f32…  xxh3-64 of all before u64
//! ```

use super::model::LinearModel;
use super::{CONTRACT, Contract, Loss, SignalFeature};
use crate::error::{Cause, Error, Result};
use crate::signal::{SIGNALS, signal};
use std::path::Path;
use xxhash_rust::xxh3::{xxh3_64, xxh3_128};

const MAGIC: &[u8] = b"mashbill linear\n";

impl LinearModel {
    /// The model's file.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut out = MAGIC.to_vec();
        let mut whole = |n: u32| out.extend_from_slice(&n.to_le_bytes());
        let Contract { word_bits, pairs, run_bytes, run_bits, signals } = &self.contract;
        whole(CONTRACT);
        whole(match self.loss {
            Loss::Classes => 0,
            Loss::Numbers { .. } => 1,
        });
        [*word_bits, u32::from(*pairs), *run_bytes, *run_bits].into_iter().for_each(whole);
        let (low, high) = self.loss.range();
        [low, high, self.bias].iter().for_each(|x| out.extend_from_slice(&x.to_le_bytes()));
        out.extend_from_slice(&(signals.len() as u32).to_le_bytes());
        for (signal, weight) in signals.iter().zip(&self.signals) {
            put_text(&mut out, signal.signal.name());
            [signal.mean, signal.deviation, *weight].iter().for_each(|x| out.extend_from_slice(&x.to_le_bytes()));
        }
        put_text(&mut out, &self.report);
        self.words.iter().chain(&self.runs).for_each(|weight| out.extend_from_slice(&weight.to_le_bytes()));
        let sum = xxh3_64(&out);
        out.extend_from_slice(&sum.to_le_bytes());
        out
    }

    /// Reads a model's file.
    ///
    /// # Errors
    /// [`Error::Read`] if the bytes are no model, damaged, or of another version; `path` is what the message names.
    pub fn from_bytes(path: &Path, bytes: &[u8]) -> Result<LinearModel> {
        let fail = |problem: String| unreadable(path, problem);
        let Some(rest) = bytes.strip_prefix(MAGIC) else {
            return Err(fail("is no model of `mashbill score train`".to_owned()));
        };
        let mut reader = Reader { rest };
        let version = reader.whole().unwrap_or(0);
        if version != CONTRACT {
            let problem = format!(
                "is a model of version {version}, and this release reads version {CONTRACT}: train it again, or use the release that did"
            );
            return Err(fail(problem));
        }
        let (body, sum) = bytes.split_at(bytes.len().saturating_sub(8));
        if sum != xxh3_64(body).to_le_bytes() {
            return Err(fail("is damaged: its checksum does not fit; copy or train it again".to_owned()));
        }
        let model = reader.model(&fail)?.ok_or_else(|| fail("is damaged: it ends too early".to_owned()))?;
        Ok(LinearModel { digest: xxh3_128(bytes), ..model })
    }

    /// Loads a model's file.
    ///
    /// # Errors
    /// [`Error::Read`] if there is none, and those of [`from_bytes`](Self::from_bytes).
    pub fn load(path: &Path) -> Result<LinearModel> {
        let bytes = std::fs::read(path).map_err(|e| unreadable(path, e))?;
        LinearModel::from_bytes(path, &bytes)
    }
}

fn unreadable(path: &Path, cause: impl Into<Cause>) -> Error {
    Error::Read { path: path.to_owned(), row_group: None, cause: cause.into() }
}

fn put_text(out: &mut Vec<u8>, text: &str) {
    out.extend_from_slice(&(text.len() as u32).to_le_bytes());
    out.extend_from_slice(text.as_bytes());
}

struct Reader<'b> {
    rest: &'b [u8],
}

impl<'b> Reader<'b> {
    fn take(&mut self, bytes: usize) -> Option<&'b [u8]> {
        let (taken, rest) = self.rest.split_at_checked(bytes)?;
        self.rest = rest;
        Some(taken)
    }

    fn whole(&mut self) -> Option<u32> {
        self.take(4)?.try_into().ok().map(u32::from_le_bytes)
    }

    fn real(&mut self) -> Option<f64> {
        self.take(8)?.try_into().ok().map(f64::from_le_bytes)
    }

    fn text(&mut self) -> Option<&'b str> {
        let length = self.whole()? as usize;
        std::str::from_utf8(self.take(length)?).ok()
    }

    fn weights(&mut self, places: usize) -> Option<Vec<f32>> {
        let bytes = self.take(places.checked_mul(4)?)?;
        Some(bytes.chunks_exact(4).filter_map(|b| b.try_into().ok().map(f32::from_le_bytes)).collect())
    }

    /// What stands after the version; `None` if it ends too early.
    fn model(&mut self, fail: &dyn Fn(String) -> Error) -> Result<Option<LinearModel>> {
        let mut head = [0u32; 5];
        for slot in &mut head {
            let Some(n) = self.whole() else { return Ok(None) };
            *slot = n;
        }
        let [loss, word_bits, pairs, run_bytes, run_bits] = head;
        let (Some(low), Some(high)) = (self.real(), self.real()) else { return Ok(None) };
        let loss = match loss {
            0 => Loss::Classes,
            1 => Loss::Numbers { low, high },
            other => return Err(fail(format!("has an unknown loss ({other})"))),
        };
        let mut contract = Contract { word_bits, pairs: pairs != 0, run_bytes, run_bits, signals: Vec::new() };
        let mut signals = Vec::new();
        let (Some(bias), Some(count)) = (self.real(), self.whole()) else { return Ok(None) };
        for _ in 0..count {
            let (Some(name), Some(mean), Some(deviation), Some(weight)) =
                (self.text(), self.real(), self.real(), self.real())
            else {
                return Ok(None);
            };
            let Some(signal) = signal(name) else {
                let unknown = Error::unknown("signal", name, SIGNALS.iter().map(|s| s.name()));
                return Err(fail(format!("looks at a signal that this release lacks: {unknown}")));
            };
            contract.signals.push(SignalFeature { signal, mean, deviation });
            signals.push(weight);
        }
        contract.check().and_then(|()| loss.check()).map_err(|e| fail(e.to_string()))?;
        let Some(report) = self.text().map(str::to_owned) else { return Ok(None) };
        let (words, runs) = (self.weights(1 << word_bits), self.weights(contract.places() - (1 << word_bits)));
        let (Some(words), Some(runs)) = (words, runs) else { return Ok(None) };
        let finite = bias.is_finite()
            && signals.iter().all(|w| w.is_finite())
            && words.iter().chain(&runs).all(|w| w.is_finite());
        if !finite {
            return Err(fail("holds a weight that is no finite number".to_owned()));
        }
        Ok(Some(LinearModel { contract, loss, words, runs, bias, signals, report, digest: 0 }))
    }
}
