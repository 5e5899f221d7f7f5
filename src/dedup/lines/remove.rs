//! The second pass: the units that many documents share are taken out of each.

use super::count::content_key;
use super::unit::{Piece, UnitReader};
use super::{LineRules, RepeatedUnits};
use crate::document::Document;
use crate::filter::{Failure, Filter, Finding, Rule, RuleId, Verdict};
use crate::rewrite::{Edit, Rewrite, Rewritten, cut};
use std::sync::{Arc, OnceLock};

/// Where the units to remove will be once they are counted; clones share it. Filled once: the units depend on the texts alone,
/// so there is nothing else that it could be filled with later.
#[derive(Debug, Clone, Default)]
pub struct UnitSlot(Arc<OnceLock<RepeatedUnits>>);

impl UnitSlot {
    /// Fills the slot; one that is full stays as it is.
    pub fn fill(&self, units: RepeatedUnits) {
        let _ = self.0.set(units);
    }

    /// The units, where there are any.
    fn units(&self) -> Option<&RepeatedUnits> {
        self.0.get().filter(|units| !units.is_empty())
    }
}

impl From<RepeatedUnits> for UnitSlot {
    fn from(units: RepeatedUnits) -> Self {
        let slot = UnitSlot::default();
        slot.fill(units);
        slot
    }
}

/// Removes the units that many documents share, as a [`Rewrite`]; and drops documents that would lose too much, as a [`Filter`]
/// to be asked before the rewrite. Pure: both depend on the text and the counted units alone.
///
/// A line goes with its line end; where the text's last lines go, the line end before them goes and the text's own end stays, so
/// `a⏎menu` becomes `a` and `a⏎menu⏎` becomes `a⏎`. A paragraph goes with the blank lines after it. Each unit is an edit of its own.
#[derive(Debug, Clone)]
pub struct RemoveUnits {
    rules: LineRules,
    source: String,
    slot: UnitSlot,
    names: Vec<Rule>,
}

impl RemoveUnits {
    /// Removes these units, or those that a slot will hold: until it does, nothing is removed. The rules are those that the
    /// units were counted by.
    pub fn new(rules: &LineRules, units: impl Into<UnitSlot>) -> Self {
        RemoveUnits::for_source(rules, "", units)
    }

    /// The same for the documents of one source.
    pub fn for_source(rules: &LineRules, source: &str, units: impl Into<UnitSlot>) -> Self {
        let bound = format!("share of bytes in repeated {}s <= {}", rules.unit.name(), rules.max_removed);
        let names = vec![Rule { name: "max_removed".to_owned(), signal: None, bound }];
        RemoveUnits { rules: *rules, source: source.to_owned(), slot: units.into(), names }
    }

    /// Every unit of a text that is not left alone as a matter of course, and whether it is removed.
    fn each(&self, units: &RepeatedUnits, text: &str, mut each: impl FnMut(&Piece, bool)) {
        let mut content = None;
        UnitReader::new(&self.rules, &self.source).each(text, |piece| {
            let key = || *content.get_or_insert_with(|| content_key(text));
            let removed = piece.hash.is_some_and(|unit| units.removes(unit, key));
            each(&piece, removed);
        });
    }

    /// The share of a text's bytes (of units that are not blank) that would go; 0 for a text without any.
    pub fn removed_share(&self, text: &str) -> f64 {
        let Some(units) = self.slot.units() else { return 0.0 };
        let (mut all, mut gone) = (0_u64, 0_u64);
        self.each(units, text, |piece, removed| {
            let bytes = if piece.blank { 0 } else { piece.range.len() as u64 };
            all += bytes;
            gone += if removed { bytes } else { 0 };
        });
        if all == 0 { 0.0 } else { gone as f64 / all as f64 }
    }
}

impl Rewrite for RemoveUnits {
    fn rewrite<'t>(&self, doc: &Document<'t>) -> Rewritten<'t> {
        let text = doc.text();
        let Some(units) = self.slot.units() else { return cut(text, &[]) };
        let mut cuts = Cuts::default();
        self.each(units, text, |piece, removed| cuts.unit(piece, removed));
        cut(text, &cuts.finish(text))
    }
}

impl Filter for RemoveUnits {
    fn rules(&self) -> &[Rule] {
        &self.names
    }

    fn check(&self, doc: &Document<'_>) -> Verdict {
        let share = self.removed_share(doc.text());
        match share > self.rules.max_removed {
            true => Verdict::Drop(Failure { rule: RuleId(0), observed: Some(share) }),
            false => Verdict::Keep,
        }
    }

    fn audit(&self, doc: &Document<'_>, each: &mut dyn FnMut(Finding)) {
        let share = self.removed_share(doc.text());
        each(Finding { rule: RuleId(0), observed: Some(share), passed: share <= self.rules.max_removed });
    }
}

/// The edits that take units out, in the making.
#[derive(Debug, Default)]
struct Cuts {
    edits: Vec<Edit>,
    /// Start of a removed unit whose edit ends where the next unit begins.
    open: Option<usize>,
    /// End of the last unit that stays; `None` while none does.
    kept_end: Option<usize>,
    /// Edits made when that unit came: those after it are of the units that follow.
    before: usize,
    /// End of the last unit.
    end: usize,
}

impl Cuts {
    fn unit(&mut self, piece: &Piece, removed: bool) {
        if let Some(start) = self.open.take() {
            self.edits.push(removal(start, piece.range.start));
        }
        if removed {
            self.open = Some(piece.range.start);
        } else {
            (self.kept_end, self.before) = (Some(piece.range.end), self.edits.len());
        }
        self.end = piece.range.end;
    }

    fn finish(mut self, text: &str) -> Vec<Edit> {
        let Some(start) = self.open else { return self.edits };
        // The last units go: with the break before the first of them, not with the one after the last.
        let end = if self.kept_end.is_some() { self.end } else { text.len() };
        self.edits.push(removal(start, end));
        if let Some(first) = self.edits.get_mut(self.before) {
            first.start = self.kept_end.unwrap_or(0) as u32;
        }
        self.edits
    }
}

fn removal(start: usize, end: usize) -> Edit {
    Edit { start: start as u32, end: end as u32, new_len: 0 }
}
