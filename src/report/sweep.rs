//! A sweep: what other bounds would keep, and which rule removes what, as figures and as a person reads them.

use super::table::{Table, count, percent, ratio};
use serde::Serialize;
use std::fmt;

/// The headings of what is kept.
const KEPT: [&str; 5] = ["rows", "of judged", "difference", "bytes", "tokens"];
/// Pairs of rules named for each source before the rest is left to the JSON.
const PAIRS_SHOWN: usize = 5;

/// What a chain of rules does to the rows of some sources, and would do at other bounds.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Sweep {
    /// By source, in the order of the recipe.
    pub sources: Vec<SourceSweep>,
    /// How many combinations of the rules' values there are, where they were too many to try.
    pub combinations_left_out: Option<u64>,
}

/// One source's part of a sweep. Kept means: passes all filters; duplicates are not taken off.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct SourceSweep {
    /// The source.
    pub source: String,
    /// Rows that were judged, each with what it would be emitted with.
    pub judged: Size,
    /// Rows that were set aside: they are kept at no bound.
    pub unjudged_rows: u64,
    /// What the recipe keeps as it is.
    pub kept: Size,
    /// What it would keep with one rule changed, for each value asked.
    pub alone: Vec<Swept>,
    /// What it would keep with all the rules changed, for each combination of values; empty if one rule was asked for.
    pub combined: Vec<Swept>,
    /// What each rule removes, in the order of the rules.
    pub rules: Vec<RuleEffect>,
    /// Pairs of rules that fail together, most rows first.
    pub pairs: Vec<RulePair>,
}

/// Some rows.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Size {
    /// Rows.
    pub rows: u64,
    /// Bytes of their text after all rewrites; `None` where that was not recorded.
    pub bytes: Option<u64>,
    /// Tokens of it; `None` where they were not counted.
    pub tokens: Option<u64>,
}

/// What other bounds keep.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Swept {
    /// The rules that were changed.
    pub settings: Vec<Setting>,
    /// What is kept then.
    pub kept: Size,
}

/// A rule and its bound.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Setting {
    /// The rule's full name.
    pub rule: String,
    /// The bound; `None` switches the rule off.
    pub value: Option<f64>,
}

/// What one rule removes at the recipe's bounds.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct RuleEffect {
    /// The rule's full name.
    pub rule: String,
    /// Its bound in words.
    pub bound: String,
    /// What the reference system calls its failure, where there is one.
    pub reference_reason: Option<&'static str>,
    /// Rows that fail it, whatever else they fail.
    pub failing_rows: u64,
    /// Rows of which it is the first rule to fail, in the order of the rules: the reason in the ledger.
    pub first_rows: u64,
    /// Rows that fail no other rule: what switching it off would bring back.
    pub only: Size,
}

/// Two rules that fail together.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RulePair {
    /// The two, in their order.
    pub rules: [String; 2],
    /// Rows that fail both.
    pub rows: u64,
    /// Of these, rows that fail no third rule.
    pub only_rows: u64,
}

impl Setting {
    /// The bound, or `off`.
    fn bound(&self) -> String {
        self.value.map_or("off".to_owned(), |value| value.to_string())
    }
}

impl fmt::Display for Setting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} = {}", self.rule, self.bound())
    }
}

impl fmt::Display for Sweep {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut out = String::from("kept by the filters, one rule changed at a time; duplicates are not taken off\n");
        let mut table =
            Table::with_heading([&["source", "bound"], &KEPT[..]].concat().iter().map(|h| (*h).to_owned()).collect());
        for source in &self.sources {
            source.alone_rows(&mut table);
        }
        table.texts(2).write(&mut out);
        if let Some(first) = self.sources.first().and_then(|source| source.combined.first()) {
            out.push_str("\nkept with all of them changed\n");
            let rules: Vec<&str> = first.settings.iter().map(|setting| setting.rule.as_str()).collect();
            let heading = [&["source"], &rules[..], &KEPT[..]].concat();
            let mut table = Table::with_heading(heading.into_iter().map(str::to_owned).collect());
            self.sources.iter().for_each(|source| source.combined_rows(&mut table));
            table.write(&mut out);
        }
        if let Some(n) = self.combinations_left_out {
            out.push_str(&format!("note: {} combinations of these values are too many to list\n", count(n)));
        }
        out.push_str("\nremoved by each rule, as the recipe is: at all; as the first that fails; as the only one\n");
        let mut table =
            Table::new(["source", "rule", "keeps", "rows failing", "first", "only", "bytes only", "tokens only"])
                .texts(3);
        for source in &self.sources {
            source.rule_rows(&mut table);
        }
        table.write(&mut out);
        if self.sources.iter().any(|source| !source.pairs.is_empty()) {
            out.push_str("\nrules that fail together\n");
            let mut table = Table::new(["source", "rule", "and", "rows", "these two only"]).texts(3);
            for source in &self.sources {
                source.pair_rows(&mut table);
            }
            table.write(&mut out);
        }
        f.write_str(&out)
    }
}

fn known(n: Option<u64>) -> String {
    n.map_or("-".to_owned(), count)
}

impl SourceSweep {
    fn alone_rows(&self, table: &mut Table) {
        let mut row =
            |bound: String, kept: &Size| table.row([vec![self.source.clone(), bound], self.figures(kept)].concat());
        row("as in the recipe".to_owned(), &self.kept);
        for swept in &self.alone {
            let bounds: Vec<String> = swept.settings.iter().map(Setting::to_string).collect();
            row(bounds.join(", "), &swept.kept);
        }
    }

    fn combined_rows(&self, table: &mut Table) {
        for swept in &self.combined {
            let bounds = swept.settings.iter().map(Setting::bound).collect();
            table.row([vec![self.source.clone()], bounds, self.figures(&swept.kept)].concat());
        }
    }

    /// The cells under [`KEPT`].
    fn figures(&self, kept: &Size) -> Vec<String> {
        let difference = i128::from(kept.rows) - i128::from(self.kept.rows);
        let sign = if difference > 0 { "+" } else { "" };
        vec![
            count(kept.rows),
            percent(ratio(kept.rows, self.judged.rows), 1),
            format!("{sign}{}", count(difference)),
            known(kept.bytes),
            known(kept.tokens),
        ]
    }

    fn rule_rows(&self, table: &mut Table) {
        let removing: Vec<&RuleEffect> = self.rules.iter().filter(|rule| rule.failing_rows > 0).collect();
        for rule in &removing {
            table.row(vec![
                self.source.clone(),
                rule.rule.clone(),
                rule.bound.clone(),
                count(rule.failing_rows),
                count(rule.first_rows),
                count(rule.only.rows),
                known(rule.only.bytes),
                known(rule.only.tokens),
            ]);
        }
        let idle = self.rules.len() - removing.len();
        if idle > 0 {
            let what = format!("{idle} other{}", if idle == 1 { "" } else { "s" });
            table.row(vec![self.source.clone(), what, String::new(), "0".into(), "0".into(), "0".into()]);
        }
    }

    fn pair_rows(&self, table: &mut Table) {
        for RulePair { rules: [a, b], rows, only_rows } in self.pairs.iter().take(PAIRS_SHOWN) {
            table.row(vec![self.source.clone(), a.clone(), b.clone(), count(*rows), count(*only_rows)]);
        }
        if let Some(rest @ 1..) = self.pairs.len().checked_sub(PAIRS_SHOWN) {
            table.row(vec![self.source.clone(), format!("{rest} other pair{}", if rest == 1 { "" } else { "s" })]);
        }
    }
}
