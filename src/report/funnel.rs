//! The funnel: rows in, what became of them, and the shares asked and got, as a person reads them.

use super::table::{Table, count, percent, ratio};
use super::{RunReport, duplicates};
use crate::ledger::{SourceBooks, Tally};
use std::collections::BTreeMap;
use std::fmt;

/// Rules named for each source before the rest is only counted.
const RULES_SHOWN: usize = 6;

/// Caps that may bind, before the rest is left to `run.json`.
const CAPS_SHOWN: usize = 12;

impl fmt::Display for RunReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut out = String::new();
        self.rows(&mut out);
        self.reasons(&mut out);
        if let Some(lines) = &self.lines {
            lines.write(&mut out);
        }
        if let Some(found) = &self.contamination {
            found.write(&mut out);
        }
        if let Some(found) = &self.duplicates {
            duplicates::write(found, &mut out);
        }
        if let Some(scores) = &self.scores {
            scores.write(&mut out);
        }
        self.shares(&mut out);
        if let Some(origins) = &self.provenance {
            origins.write(&mut out);
        }
        for limit in self.mix.iter().flat_map(|mix| &mix.caps).flat_map(|caps| &caps.limits).take(CAPS_SHOWN) {
            out.push_str(&format!("cap: {limit}\n"));
        }
        let files = self.output.shards.len();
        out.push_str(&format!(
            "\nwritten: {} rows, {} tokens (by `{}`), {} bytes of text in {} file{}\n",
            count(self.output.rows),
            count(self.output.tokens),
            self.job["recipe"]["tokens"].as_str().unwrap_or("?"),
            count(self.output.text_bytes),
            files,
            if files == 1 { "" } else { "s" }
        ));
        for note in self.mix.iter().flat_map(|mix| &mix.notes) {
            out.push_str(&format!("note: {note}\n"));
        }
        for (old, new) in &self.output.renamed_columns {
            out.push_str(&format!("note: the input column `{old}` is `{new}` in the output\n"));
        }
        f.write_str(&out)
    }
}

fn rows_of(map: &BTreeMap<String, Tally>) -> u64 {
    map.values().map(|t| t.rows).sum()
}

impl RunReport {
    fn rows(&self, out: &mut String) {
        out.push_str("rows in = filtered + duplicates + contaminated + quarantined + not sampled + sampled\n");
        // Where clusters are closed, nothing is proved, and there is no other kind.
        let closed = self.books.sources.values().any(|books| books.duplicates.contains_key("unverified"));
        let (near, heading) = if closed { ("unverified", "unverified") } else { ("near", "near dup") };
        let mut table = Table::new([
            "source",
            "rows in",
            "filtered",
            "exact dup",
            heading,
            "contam.",
            "quarant.",
            "not sampled",
            "sampled",
            "rows out",
            "tokens out",
        ]);
        let mut total = [0u64; 10];
        for (name, books) in &self.books.sources {
            let dup = |kind: &str| books.duplicates.get(kind).map_or(0, |t| t.rows);
            let figures = [
                books.input.rows,
                rows_of(&books.dropped),
                dup("exact"),
                dup(near),
                rows_of(&books.contaminated),
                rows_of(&books.quarantined),
                books.not_sampled.rows,
                books.sampled.rows,
                books.emitted.rows,
                books.emitted.tokens,
            ];
            for (sum, figure) in total.iter_mut().zip(figures) {
                *sum += figure;
            }
            table.row(std::iter::once(name.clone()).chain(figures.map(count)).collect());
        }
        table.row(std::iter::once("all".to_owned()).chain(total.map(count)).collect());
        table.write(out);
    }

    fn reasons(&self, out: &mut String) {
        if self.books.sources.values().all(|b| b.dropped.is_empty() && b.quarantined.is_empty()) {
            return;
        }
        out.push_str("\nfirst failing rule (rows, share of the source's rows in)\n");
        let mut table = Table::new(["source", "rule", "rows", "of rows in"]);
        for (name, books) in &self.books.sources {
            let SourceBooks { dropped, quarantined, input, .. } = books;
            let mut rules: Vec<(&String, u64)> = dropped.iter().chain(quarantined).map(|(r, t)| (r, t.rows)).collect();
            rules.sort_by_key(|&(rule, rows)| (std::cmp::Reverse(rows), rule.clone()));
            let rest: u64 = rules.iter().skip(RULES_SHOWN).map(|r| r.1).sum();
            for (rule, rows) in rules.iter().take(RULES_SHOWN) {
                table.row(vec![name.clone(), (*rule).clone(), count(*rows), percent(ratio(*rows, input.rows), 1)]);
            }
            if rest > 0 {
                let others = format!("{} other rules", rules.len() - RULES_SHOWN);
                table.row(vec![name.clone(), others, count(rest), percent(ratio(rest, input.rows), 1)]);
            }
        }
        table.write(out);
    }

    fn shares(&self, out: &mut String) {
        let Some(mix) = &self.mix else { return };
        out.push_str("\nshares of emitted tokens\n");
        let mut table = Table::new([
            "group",
            "asked",
            "got",
            "tokens asked",
            "tokens got",
            "difference",
            "unique tokens",
            "epochs",
        ]);
        let epochs = |e: Option<f64>| e.map_or("-".to_owned(), |e| format!("{e:.3}"));
        for row in mix.share_table() {
            table.row(vec![
                row.group,
                percent(row.asked_share.to_f64(), 4),
                row.got_share.map_or("-".to_owned(), |share| percent(share, 4)),
                count(row.asked_tokens),
                count(row.got_tokens),
                count(row.difference),
                count(row.unique_tokens),
                epochs(row.epochs),
            ]);
        }
        table.write(out);
        out.push_str("\nsources in the mix\n");
        let mut table =
            Table::new(["source", "group", "tokens asked", "tokens got", "difference", "unique tokens", "epochs"]);
        for source in &mix.sources {
            table.row(vec![
                source.quota.name.clone(),
                source.quota.group.clone(),
                count(source.quota.quota),
                count(source.selection.tokens),
                count(source.difference()),
                count(source.quota.tokens),
                epochs(source.epochs()),
            ]);
        }
        table.write(out);
    }
}
