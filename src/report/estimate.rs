//! The plan before the run: what a recipe will come to, as figures and as a person reads them.

use super::table::{Table, count, percent};
use crate::hash::{Forecast, SketchConfig};
use crate::mix::Share;
use serde::Serialize;
use std::fmt;

/// A source's part of the estimate.
#[derive(Debug, Clone, Serialize)]
pub struct SourceEstimate {
    /// The source.
    pub source: String,
    /// Its group.
    pub group: String,
    /// Rows in all its shards (exact).
    pub rows: u64,
    /// Rows that were read for the estimate.
    pub sampled_rows: u64,
    /// Share of sampled rows that pass the filters, 0 to 1.
    pub keep_rate: f64,
    /// Bytes of text in all its rows, estimated.
    pub text_bytes: u64,
    /// Tokens of the rows that pass, estimated; duplicates are not taken off.
    pub unique_tokens: u64,
    /// Tokens that the mix will ask of it; `None` without a mix, or if the mix cannot be had.
    pub quota: Option<u64>,
    /// Tokens asked per unique token.
    pub epochs: Option<f64>,
}

/// What the search for near duplicates will find and cost.
#[derive(Debug, Clone, Serialize)]
pub struct NearEstimate {
    /// The hash version and all parameters, on one line.
    pub sketch: String,
    /// Recall and load by similarity.
    #[serde(flatten)]
    pub forecast: Forecast,
    /// Pairs to compare if no two rows were more alike than [`Forecast::BACKGROUND`].
    pub unrelated_candidates: f64,
}

impl NearEstimate {
    /// For so many rows.
    pub fn new(sketch: &SketchConfig, rows: u64) -> NearEstimate {
        let forecast = sketch.bands.forecast();
        NearEstimate { sketch: sketch.to_string(), unrelated_candidates: forecast.unrelated_candidates(rows), forecast }
    }
}

impl fmt::Display for NearEstimate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Forecast { bands, rows, .. } = self.forecast;
        writeln!(f, "near duplicates: {bands} bands of {rows} rows ({})", self.sketch)?;
        write!(f, "{}", self.forecast)?;
        let (pairs, at) = (self.unrelated_candidates.round() as u64, Forecast::BACKGROUND);
        writeln!(f, "  {} pairs to compare if no two rows were more alike than {at}", count(pairs))
    }
}

/// A cap that will bind.
#[derive(Debug, Clone, Serialize)]
pub struct CapEstimate {
    /// The group.
    pub group: String,
    /// `kind`, `generator`, `template` or `round`.
    pub field: String,
    /// The value.
    pub value: String,
    /// Its cap: a part of the group's tokens.
    pub cap: Share,
    /// That part in tokens.
    pub most: u64,
    /// Tokens that there are of it, as often as they may be emitted; estimated.
    pub available: u64,
}

/// What a job will come to.
#[derive(Debug, Clone, Serialize)]
pub struct Estimate {
    /// By source.
    pub sources: Vec<SourceEstimate>,
    /// Tokens that would be emitted; `None` if the mix cannot be had.
    pub tokens: Option<u64>,
    /// Why the mix cannot be had, if so: a person's words.
    pub infeasible: Option<String>,
    /// Caps that will bind, those that leave most tokens out first: 12 at most.
    pub caps: Vec<CapEstimate>,
    /// The search for near duplicates, where there is one.
    pub near: Option<NearEstimate>,
    /// Whether every row was read, so that only duplicates are unknown.
    pub exhaustive: bool,
    /// Peak memory in bytes, estimated.
    pub memory_bytes: u64,
    /// Disk for output, spills and ledger at their peak, in bytes of uncompressed text: an upper estimate.
    pub disk_bytes: u64,
    /// Bytes on disk for each row while the run works, of scan files and of deduplication, if every row has a near duplicate.
    pub scratch_bytes_per_row: u64,
    /// Seconds for the scan on this machine and these threads, estimated from the sample.
    pub scan_seconds: f64,
}

impl fmt::Display for Estimate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sampled: u64 = self.sources.iter().map(|s| s.sampled_rows).sum();
        let mut out = match self.exhaustive {
            true => "from every row; duplicates are not taken off yet\n".to_owned(),
            false => {
                format!("estimated from {} rows; duplicates are not taken off\n", count(sampled))
            }
        };
        let mut table =
            Table::new(["source", "group", "rows", "kept", "text MB", "unique tokens", "tokens asked", "epochs"]);
        for s in &self.sources {
            table.row(vec![
                s.source.clone(),
                s.group.clone(),
                count(s.rows),
                percent(s.keep_rate, 1),
                format!("{:.1}", s.text_bytes as f64 / 1e6),
                count(s.unique_tokens),
                s.quota.map_or("-".to_owned(), count),
                s.epochs.map_or("-".to_owned(), |e| format!("{e:.3}")),
            ]);
        }
        table.write(&mut out);
        if !self.caps.is_empty() {
            out.push_str("caps that bind\n");
            let mut table = Table::new(["group", "on", "value", "cap", "tokens at most", "there are"]).texts(3);
            for cap in &self.caps {
                let of = [cap.group.clone(), cap.field.clone(), cap.value.clone()];
                let figures = [percent(cap.cap.to_f64(), 2), count(cap.most), count(cap.available)];
                table.row(of.into_iter().chain(figures).collect());
            }
            table.write(&mut out);
        }
        if let Some(near) = &self.near {
            out.push_str(&near.to_string());
        }
        let mib = |bytes: u64| count(bytes.div_ceil(1 << 20));
        if let Some(tokens) = self.tokens {
            out.push_str(&format!("tokens to emit: {}\n", count(tokens)));
        }
        out.push_str(&format!(
            "memory: about {} MiB; disk: up to {} MiB (scratch up to {} bytes a row); ",
            mib(self.memory_bytes),
            mib(self.disk_bytes),
            count(self.scratch_bytes_per_row)
        ));
        out.push_str(&format!("scan: about {:.0} s on these threads\n", self.scan_seconds.ceil()));
        f.write_str(&out)
    }
}
