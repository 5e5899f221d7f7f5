//! The looking: texts against the index, by the rule that it was made for.

use super::allow::AllowList;
use super::coverage::CoverageIndex;
use super::hit::Findings;
use super::index::BenchmarkIndex;
use super::item::Item;
use super::rule::{Removal, Rule};
use super::scratch::Scratch;
use super::{gpt3, phi4, whole};
use crate::error::Result;

/// Finds benchmark items in texts. Made once, shared by threads, each of which has a [`Scratch`].
///
/// One pass over the words of a text, whose cost does not depend on how many benchmarks there are; what is found then costs time by how
/// much of it there is, and no more than linear in the text for a given index.
///
/// ```
/// use mashbill::decontaminate::{Decontaminator, Item, Rule, Scratch};
///
/// let question = "A distiller fills 12 barrels a day, 3 of them with rye. How many barrels of other grain are filled in 5 days?";
/// let items = [Item::new("quiz", "1", question).answer("45")];
/// let decontaminator = Decontaminator::new(&items, Rule::coverage())?;
///
/// let page = "Home\nQ: a distiller FILLS 12 barrels each day, three of them with rye! How many barrels of other grain are filled in 5 days?";
/// let findings = decontaminator.check(&mut Scratch::new(), page);
/// let hit = findings.decisive().expect("two words are other ones, and `day` between them counts for nothing");
/// assert_eq!(&page[hit.span.clone()][..13], "a distiller F");
/// assert_eq!((hit.rule, hit.part_words, hit.matched_words), ("coverage.question", 23, 20));
/// # Ok::<(), mashbill::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct Decontaminator {
    index: BenchmarkIndex,
    rule: Rule,
    removal: Removal,
    detail: Detail,
}

/// What a rule knows beside the index.
#[derive(Debug, Clone)]
enum Detail {
    /// For each unit the number of its distinct n-grams.
    Phi4(Vec<u32>),
    Gpt3,
    Coverage(CoverageIndex),
}

impl Decontaminator {
    /// Indexes items for a rule.
    ///
    /// # Errors
    /// [`Error::Invalid`](crate::Error::Invalid) for settings that mean nothing, and for over 4 billion words of items.
    pub fn new(items: &[Item], rule: Rule) -> Result<Decontaminator> {
        Decontaminator::with_allow_list(items, rule, &AllowList::default())
    }

    /// The same, with n-grams that are no evidence.
    ///
    /// # Errors
    /// As [`new`](Decontaminator::new).
    pub fn with_allow_list(items: &[Item], rule: Rule, allowed: &AllowList) -> Result<Decontaminator> {
        rule.check()?;
        let mut index = BenchmarkIndex::new(items, rule.layout())?;
        index.allow(allowed);
        let detail = match &rule {
            Rule::Phi4(_) => Detail::Phi4(phi4::distinct_ngrams(&index)),
            Rule::Gpt3(_) => Detail::Gpt3,
            Rule::Coverage(_) => Detail::Coverage(CoverageIndex::new(&index)),
        };
        let removal = rule.removal();
        Ok(Decontaminator { index, rule, removal, detail })
    }

    /// The same with another way to remove spans.
    pub fn with_removal(self, removal: Removal) -> Decontaminator {
        Decontaminator { removal, ..self }
    }

    /// The items.
    pub fn index(&self) -> &BenchmarkIndex {
        &self.index
    }

    /// The rule.
    pub fn rule(&self) -> &Rule {
        &self.rule
    }

    /// How spans are removed.
    pub fn removal(&self) -> Removal {
        self.removal
    }

    /// Bytes that the index takes, about, with what the rule adds.
    pub fn memory(&self) -> usize {
        self.index.memory()
            + match &self.detail {
                Detail::Phi4(counts) => 4 * counts.len(),
                Detail::Gpt3 => 0,
                Detail::Coverage(coverage) => coverage.memory(),
            }
    }

    /// What a text holds of the items. A function of the text alone.
    pub fn check(&self, scratch: &mut Scratch, text: &str) -> Findings {
        let mut findings = Findings::default();
        scratch.begin(text, self.index.units.len());
        match (&self.rule, &self.detail) {
            (Rule::Phi4(rule), Detail::Phi4(distinct)) => {
                phi4::check(rule, &self.index, distinct, scratch, text, &mut findings);
            }
            (Rule::Coverage(rule), Detail::Coverage(coverage)) => {
                coverage.check(rule, &self.index, scratch, text, &mut findings);
            }
            _ => gpt3::check("gpt3.ngram", &self.index, scratch, text, &mut findings),
        }
        whole::check(&self.index, scratch, text, &mut findings);
        findings.settle()
    }
}
