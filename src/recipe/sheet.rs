//! A chain on paper: every rule and setting, to be read, and to be held against another chain's.

use super::chain::{Chain, Step, StepKind};
use crate::filter::Undefined;
use std::collections::BTreeSet;
use std::fmt;

/// What a chain does, line by line: a rule of a filter, or a setting of a rewrite.
///
/// ```
/// use mashbill::recipe::{Difference, Profile};
///
/// let sheet = |name: &str| Ok::<_, mashbill::Error>(Profile::named(name)?.chain()?.sheet());
/// let differences = sheet("c4")?.differences(&sheet("fineweb")?);
/// assert_eq!(differences[0].to_string(), "- c4_lines.terminal_punctuation: true\n+ c4_lines.terminal_punctuation: false");
/// # Ok::<(), mashbill::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "recipe-file", derive(serde::Serialize))]
pub struct Sheet {
    /// The steps, in order.
    pub steps: Vec<StepSheet>,
}

/// One step on paper.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "recipe-file", derive(serde::Serialize))]
pub struct StepSheet {
    /// Its name.
    pub step: String,
    /// Whether it rewrites the text; else it filters, or measures.
    pub rewrites: bool,
    /// Whether it only measures, for later steps or the ledger.
    pub measures: bool,
    /// Its rules or settings, in order.
    pub entries: Vec<Entry>,
    /// A digest of all that it does, also of what no entry shows.
    #[cfg_attr(feature = "recipe-file", serde(skip))]
    digest: u64,
}

/// A rule or a setting.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "recipe-file", derive(serde::Serialize))]
pub struct Entry {
    /// `STEP.RULE` or `STEP.KEY`.
    pub name: String,
    /// What the rule keeps, in words; the value of the setting.
    pub says: String,
    /// The signal that the rule judges, where it judges one.
    pub signal: Option<&'static str>,
    /// What the reference system calls its failure.
    pub reference_reason: Option<&'static str>,
    /// Where the number was published, or that it is ours.
    pub source: Option<&'static str>,
}

/// A difference between two chains, `a` and `b`.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "recipe-file", derive(serde::Serialize))]
pub struct Difference {
    /// What `a` has; `None` where it has nothing that answers to what `b` has.
    pub a: Option<Entry>,
    /// What `b` has.
    pub b: Option<Entry>,
}

impl Chain {
    /// The chain on paper.
    pub fn sheet(&self) -> Sheet {
        let digests = self.digests();
        let steps = self.steps().iter().zip(&digests).enumerate();
        let sheet = |(at, (step, &(_, digest))): (usize, (&Step, &(&str, u64)))| StepSheet {
            step: step.name.clone(),
            rewrites: matches!(step.kind, StepKind::Rewrite(_)),
            measures: matches!(step.kind, StepKind::Remember(_) | StepKind::Score(_) | StepKind::Scores(_)),
            entries: self.entries(at, step),
            digest,
        };
        Sheet { steps: steps.map(sheet).collect() }
    }

    fn entries(&self, at: usize, step: &Step) -> Vec<Entry> {
        let setting = |(key, says): (&str, String)| {
            let name = format!("{}.{key}", step.name);
            Entry { name, says, signal: None, reference_reason: None, source: None }
        };
        match &step.kind {
            StepKind::Rewrite(rewrite) => return rewrite.settings().into_iter().map(setting).collect(),
            StepKind::Remember(signal) => return vec![setting(("signal", signal.name().to_owned()))],
            StepKind::Score(score) => return vec![setting(("by", score.describe()))],
            StepKind::Scores(named) => {
                let says =
                    named.scores.iter().filter_map(|(name, score)| Some((name.as_str(), score.as_ref()?.describe())));
                return says.map(setting).collect();
            }
            StepKind::Filter(_) => {}
        }
        let rules = self.rules().iter().filter(|rule| rule.step == at);
        let entry = |rule: &super::ChainRule| {
            let undefined = rule.notes.test.is_some_and(|test| test.undefined == Undefined::Keep);
            Entry {
                name: rule.name.clone(),
                says: format!("{}{}", rule.bound, if undefined { ", or undefined" } else { "" }),
                signal: rule.signal,
                reference_reason: rule.notes.reference_reason,
                source: rule.notes.source,
            }
        };
        rules.map(entry).collect()
    }
}

impl Sheet {
    /// In what two chains differ: entries of the same name that say different things; then entries of different names that stand
    /// for the same rule of the reference system; then what only one of them has, and an order of steps that is not the same.
    pub fn differences(&self, other: &Sheet) -> Vec<Difference> {
        let mut found = Vec::new();
        let (mut left, mut right): (Vec<&Entry>, Vec<&Entry>) = (self.entries(), other.entries());
        let mut pair = |same: &dyn Fn(&Entry, &Entry) -> bool, left: &mut Vec<&Entry>| {
            left.retain(|a| {
                let Some(at) = right.iter().position(|b| same(a, b)) else { return true };
                let b = right.remove(at);
                if a.name != b.name || a.says != b.says {
                    found.push(Difference { a: Some((*a).clone()), b: Some(b.clone()) });
                }
                false
            });
        };
        pair(&|a, b| a.name == b.name, &mut left);
        let step = |entry: &Entry| entry.name.split('.').next().unwrap_or_default().to_owned();
        let reason = |a: &Entry, b: &Entry| a.reference_reason.is_some() && a.reference_reason == b.reference_reason;
        pair(&|a, b| reason(a, b) && step(a) == step(b), &mut left);
        pair(&reason, &mut left);
        found.extend(left.into_iter().map(|a| Difference { a: Some(a.clone()), b: None }));
        found.extend(right.into_iter().map(|b| Difference { a: None, b: Some(b.clone()) }));
        found.extend(self.hidden(other));
        found.extend(self.order(other));
        found
    }

    fn entries(&self) -> Vec<&Entry> {
        self.steps.iter().flat_map(|step| &step.entries).collect()
    }

    /// Steps of one name and the same entries that are not the same all the same.
    fn hidden(&self, other: &Sheet) -> Vec<Difference> {
        let says = |step: &StepSheet| -> Vec<(String, String)> {
            step.entries.iter().map(|e| (e.name.clone(), e.says.clone())).collect()
        };
        let twin = |a: &&StepSheet| {
            let b = other.steps.iter().find(|b| b.step == a.step);
            b.is_some_and(|b| b.digest != a.digest && says(b) == says(a))
        };
        let note = |step: &StepSheet, says: &str| Some(Entry::note(&step.step, says));
        let both = |a: &StepSheet| Difference {
            a: note(a, "does something else, which its rules do not show"),
            b: note(a, "does something else, which its rules do not show"),
        };
        self.steps.iter().filter(twin).map(both).collect()
    }

    /// The steps that both have, if not in the same order.
    fn order(&self, other: &Sheet) -> Option<Difference> {
        let names = |sheet: &Sheet| sheet.steps.iter().map(|step| step.step.clone()).collect::<Vec<String>>();
        let (a, b) = (names(self), names(other));
        let common: BTreeSet<&String> = a.iter().filter(|name| b.contains(name)).collect();
        let of = |names: &[String]| names.iter().filter(|n| common.contains(n)).cloned().collect::<Vec<_>>().join(", ");
        let (a, b) = (of(&a), of(&b));
        let note = |order: &str| Some(Entry::note("order of the steps", order));
        (a != b).then(|| Difference { a: note(&a), b: note(&b) })
    }
}

impl Entry {
    fn note(name: &str, says: &str) -> Entry {
        let (name, says) = (name.to_owned(), says.to_owned());
        Entry { name, says, signal: None, reference_reason: None, source: None }
    }
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let line = |sign: char, entry: &Entry| format!("{sign} {}: {}", entry.name, entry.says);
        let lines = [self.a.as_ref().map(|a| line('-', a)), self.b.as_ref().map(|b| line('+', b))];
        f.write_str(&lines.into_iter().flatten().collect::<Vec<_>>().join("\n"))
    }
}

impl fmt::Display for Sheet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, step) in self.steps.iter().enumerate() {
            let parted = if at > 0 { "\n" } else { "" };
            let does = match (step.rewrites, step.measures) {
                (true, _) => "rewrites",
                (_, true) => "measures",
                _ => "filters",
            };
            writeln!(f, "{parted}{} ({does})", step.step)?;
            let short = |entry: &Entry| entry.name.get(step.step.len() + 1..).unwrap_or(&entry.name).to_owned();
            let rows: Vec<[String; 4]> = step
                .entries
                .iter()
                .map(|e| {
                    let reason =
                        e.reference_reason.map(|reason| format!("the reference says {reason}")).unwrap_or_default();
                    [short(e), e.says.clone(), reason, e.source.unwrap_or_default().to_owned()]
                })
                .collect();
            let width = |c: usize| rows.iter().map(|row| row[c].chars().count()).max().unwrap_or(0);
            let widths = [width(0), width(1), width(2)];
            for [name, says, reason, source] in &rows {
                let [a, b, c] = widths;
                writeln!(f, "{}", format!("  {name:a$}  {says:b$}  {reason:c$}  {source}").trim_end())?;
            }
        }
        Ok(())
    }
}
