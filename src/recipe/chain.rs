//! A chain: filters and rewrites in order, over one flat list of rules.

use crate::document::{Document, Earlier, Facts, SCORE};
use crate::error::{Error, Result};
use crate::filter::{Failure, Filter, Finding, RuleId, RuleNotes, Verdict};
use crate::rewrite::Rewrite;
use crate::score::Score;
use crate::signal::{self, Signal};
use crate::text::Analyzer;
use std::borrow::Cow;
use std::collections::{HashMap, HashSet};
use std::ops::ControlFlow;

/// What a step does.
#[derive(Debug)]
#[non_exhaustive]
pub enum StepKind {
    /// Keeps or drops the document.
    Filter(Box<dyn Filter>),
    /// Edits its text; later steps see the text after.
    Rewrite(Box<dyn Rewrite>),
    /// Measures it and keeps the value, for rules of later steps that ask how much is left ([`Document::earlier`]).
    Remember(Box<dyn Signal>),
    /// Scores it: [`Outcome::score`], and the signal `score` of later steps. A pass that only rewrites leaves it out.
    Score(Box<dyn Score>),
    /// Takes several scores by name: [`Outcome::scores`]. One of them may be the score at the same time.
    Scores(NamedScores),
}

/// Scores by name, each at its position in [`Outcome::scores`].
#[derive(Debug)]
pub struct NamedScores {
    /// The names, the same for all sources of a recipe; `None` where this one has no such score.
    pub scores: Vec<(String, Option<Box<dyn Score>>)>,
    /// The position of the one that is the document's score as well.
    pub main: Option<usize>,
}

/// One named step of a chain.
#[derive(Debug)]
pub struct Step {
    /// The name, which reports show and which stands before the names of its rules.
    pub name: String,
    /// What it does.
    pub kind: StepKind,
}

impl Step {
    /// A step that decides.
    pub fn filter(name: impl Into<String>, filter: impl Filter + 'static) -> Step {
        Step { name: name.into(), kind: StepKind::Filter(Box::new(filter)) }
    }

    /// A step that keeps a measurement for later ones.
    pub fn remember(name: impl Into<String>, signal: impl Signal + 'static) -> Step {
        Step { name: name.into(), kind: StepKind::Remember(Box::new(signal)) }
    }

    /// A step that scores.
    pub fn score(name: impl Into<String>, score: impl Score + 'static) -> Step {
        Step { name: name.into(), kind: StepKind::Score(Box::new(score)) }
    }

    /// A step that edits.
    pub fn rewrite(name: impl Into<String>, rewrite: impl Rewrite + 'static) -> Step {
        Step { name: name.into(), kind: StepKind::Rewrite(Box::new(rewrite)) }
    }
}

/// A rule of a chain: where a [`RuleId`] of the chain's verdicts points.
#[derive(Debug, Clone, PartialEq)]
pub struct ChainRule {
    /// The full name: `gopher_quality.min_words`.
    pub name: String,
    /// Position of its step in [`Chain::steps`].
    pub step: usize,
    /// The signal that it judges, where it judges one.
    pub signal: Option<&'static str>,
    /// The bound in words: `word_count >= 50`.
    pub bound: String,
    /// What decides it, whose number that is, and what the reference system calls its failure, as far as these are known.
    pub notes: RuleNotes,
}

/// What became of a text.
#[derive(Debug, Clone, PartialEq)]
pub struct Outcome<'t> {
    /// Keep, or the first failure. Its [`RuleId`] is a position in [`Chain::rules`].
    pub verdict: Verdict,
    /// The text as the last step that ran saw or left it; borrowed where no rewrite changed it.
    pub text: Cow<'t, str>,
    /// Number of edits that rewrites made.
    pub edits: u32,
    /// The text when its fate was known: for a dropped one, as the failing step saw it; for a kept one, as it ends.
    pub judged: Judged,
    /// Its quality score, where the chain has a step that takes one, got to it, and the score is defined.
    pub score: Option<f64>,
    /// Its scores by name, where the chain has a step that takes them and got to it; else empty.
    pub scores: Vec<Option<f64>>,
}

/// How far a text was when its fate was known. The same by [`Chain::check`] and by [`Chain::audit`], which goes on rewriting.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Judged {
    /// Bytes of the text.
    pub bytes: usize,
    /// Edits that rewrites had made.
    pub edits: u32,
}

impl Outcome<'_> {
    /// The first failure, if the text was dropped.
    pub fn failure(&self) -> Option<Failure> {
        match self.verdict {
            Verdict::Keep => None,
            Verdict::Drop(failure) => Some(failure),
        }
    }
}

/// Filters and rewrites in order: all that happens to the documents of one source.
#[derive(Debug)]
pub struct Chain {
    steps: Vec<Step>,
    rules: Vec<ChainRule>,
    /// For each step, the position of its first rule in `rules`.
    offsets: Vec<u16>,
}

impl Chain {
    /// A chain of these steps. A name that was there before, of a step or of a rule, gets a number: the second `threshold`
    /// becomes `threshold#2`.
    ///
    /// # Errors
    /// [`Error::Invalid`] if two rules on one signal of the same text leave no value that passes both, or if the steps have more
    /// than 65,535 rules together: a [`RuleId`] could not tell them apart.
    pub fn new(mut steps: Vec<Step>) -> Result<Chain> {
        let mut taken = HashSet::new();
        for step in &mut steps {
            step.name = told_apart(&step.name, &mut taken);
        }
        let mut taken = HashSet::new();
        let mut rules = Vec::new();
        let mut offsets = Vec::with_capacity(steps.len());
        for (at, step) in steps.iter().enumerate() {
            offsets.push(rules.len() as u16);
            if let StepKind::Filter(filter) = &step.kind {
                rules.extend(filter.rules().iter().map(|rule| ChainRule {
                    name: told_apart(&format!("{}.{}", step.name, rule.name), &mut taken),
                    step: at,
                    signal: rule.signal,
                    bound: rule.bound.clone(),
                    notes: RuleNotes::default(),
                }));
                for (id, rule) in (0..=u16::MAX).zip(rules.iter_mut().skip(usize::from(offsets[at]))) {
                    rule.notes = filter.notes(RuleId(id));
                }
            }
            if rules.len() > usize::from(u16::MAX) {
                return Err(Error::Invalid {
                    what: format!("step `{}`", step.name),
                    problem: "the chain has more than 65,535 rules; split it".to_owned(),
                });
            }
        }
        let chain = Chain { steps, rules, offsets };
        chain.passable()?;
        Ok(chain)
    }

    /// Looks for two rules of different steps between which no value is left. A step looks among its own rules itself.
    fn passable(&self) -> Result<()> {
        let mut before: HashMap<(usize, &str), Vec<&ChainRule>> = HashMap::new();
        for rule in &self.rules {
            let signal = rule.signal.filter(|name| signal::signal(name).is_some());
            let (Some(signal), Some(test)) = (signal, rule.notes.test) else { continue };
            let same = before.entry((self.stage(rule.step), signal)).or_default();
            if let Some(other) = same.iter().find(|other| other.notes.test.is_some_and(|t| t.excludes(test))) {
                let problem =
                    format!("no document could pass `{}` and `{}` of `{}`", rule.bound, other.bound, other.name);
                return Err(Error::Invalid { what: rule.name.clone(), problem });
            }
            same.push(rule);
        }
        Ok(())
    }

    /// How many rewrites stand before a step: steps of one stage see the same text.
    pub fn stage(&self, step: usize) -> usize {
        self.steps.iter().take(step).filter(|s| matches!(s.kind, StepKind::Rewrite(_))).count()
    }

    /// This chain, and these steps after it.
    ///
    /// # Errors
    /// [`Error::Invalid`] if that makes too many rules.
    pub fn then(mut self, more: Vec<Step>) -> Result<Chain> {
        self.steps.extend(more);
        Chain::new(self.steps)
    }

    /// The built-in profile of that name; [`profile_names`](super::profile_names) lists them.
    ///
    /// # Errors
    /// [`Error::Unknown`] with the nearest name.
    pub fn profile(name: &str) -> Result<Chain> {
        super::Profile::named(name)?.chain()
    }

    /// The steps, in order.
    pub fn steps(&self) -> &[Step] {
        &self.steps
    }

    /// All rules of all steps, in the order in which they are tried.
    pub fn rules(&self) -> &[ChainRule] {
        &self.rules
    }

    /// The rule that a verdict names.
    pub fn rule(&self, id: RuleId) -> Option<&ChainRule> {
        self.rules.get(usize::from(id.0))
    }

    /// Judges a text and stops at the first failure. The text of a dropped outcome is the one that the failing step saw.
    ///
    /// Total: a text that a rewrite left blank goes on, for the filters to decide.
    pub fn check<'t>(&self, analyzer: &mut Analyzer, text: &'t str, facts: Facts<'_>) -> Outcome<'t> {
        let mut judge = |offset: u16, filter: &dyn Filter, doc: &Document<'_>| match filter.check(doc) {
            Verdict::Keep => ControlFlow::Continue(Verdict::Keep),
            Verdict::Drop(failure) => ControlFlow::Break(Verdict::Drop(Failure {
                rule: RuleId(offset.saturating_add(failure.rule.0)),
                ..failure
            })),
        };
        self.run(analyzer, text, facts, Some(&mut judge))
    }

    /// Judges a text by every rule, in order, and hands on each finding. Later steps see the rewritten text, also after a
    /// failure. The verdict is the first failure, as [`check`](Chain::check) gives it; the text has all rewrites.
    pub fn audit<'t>(
        &self,
        analyzer: &mut Analyzer,
        text: &'t str,
        facts: Facts<'_>,
        each: &mut dyn FnMut(Finding),
    ) -> Outcome<'t> {
        let mut judge = |offset: u16, filter: &dyn Filter, doc: &Document<'_>| {
            let mut verdict = Verdict::Keep;
            filter.audit(doc, &mut |finding| {
                let rule = RuleId(offset.saturating_add(finding.rule.0));
                if verdict.is_keep() && !finding.passed {
                    verdict = Verdict::Drop(Failure { rule, observed: finding.observed });
                }
                each(Finding { rule, ..finding });
            });
            ControlFlow::Continue(verdict)
        };
        self.run(analyzer, text, facts, Some(&mut judge))
    }

    /// The text after all rewrites, as [`check`](Chain::check) leaves it for a document that it keeps; filters are not asked.
    /// Pure: the pass that emits a text sees what the pass that judged it saw.
    pub fn rewrite<'t>(&self, analyzer: &mut Analyzer, text: &'t str, facts: Facts<'_>) -> Cow<'t, str> {
        self.run(analyzer, text, facts, None).text
    }

    /// Takes the text through the steps; `judge` gets each filter with its rules' offset, and may end the run. Without one, nothing
    /// is judged and nothing scored.
    fn run<'t>(
        &self,
        analyzer: &mut Analyzer,
        text: &'t str,
        facts: Facts<'_>,
        mut judge: Option<&mut Judge<'_>>,
    ) -> Outcome<'t> {
        let judged = Judged::default();
        let (score, scores) = (None, Vec::new());
        let mut outcome =
            Outcome { verdict: Verdict::Keep, text: Cow::Borrowed(text), edits: 0, judged, score, scores };
        let mut earlier = Vec::new();
        let mut next = 0;
        loop {
            // One view lives until a rewrite changes the text under it.
            let view = analyzer.view(&outcome.text);
            let mut verdict = outcome.verdict;
            let mut changed = None;
            while let (Some(step), Some(&offset), None) = (self.steps.get(next), self.offsets.get(next), &changed) {
                next += 1;
                let doc = Document::new(&view).with_facts(facts).with_earlier(&earlier);
                match &step.kind {
                    StepKind::Remember(signal) => {
                        let value = signal.measure(&doc);
                        earlier.push(Earlier { signal: signal.name(), value });
                    }
                    StepKind::Score(score) => {
                        if judge.is_some() {
                            outcome.score = score.score(&doc).filter(|score| score.is_finite());
                            earlier.push(Earlier { signal: SCORE, value: outcome.score });
                        }
                    }
                    StepKind::Scores(named) => {
                        if judge.is_some() {
                            let of = |score: &dyn Score| score.score(&doc).filter(|score| score.is_finite());
                            outcome.scores = named.scores.iter().map(|(_, s)| of(s.as_deref()?)).collect();
                            if let Some(main) = named.main {
                                outcome.score = outcome.scores.get(main).copied().flatten();
                                earlier.push(Earlier { signal: SCORE, value: outcome.score });
                            }
                        }
                    }
                    StepKind::Filter(filter) => {
                        let Some(judge) = judge.as_deref_mut() else { continue };
                        let flow = judge(offset, filter.as_ref(), &doc);
                        let (ControlFlow::Continue(seen) | ControlFlow::Break(seen)) = flow;
                        if verdict.is_keep() {
                            verdict = seen;
                            outcome.judged = Judged { bytes: doc.text().len(), edits: outcome.edits };
                        }
                        if flow.is_break() {
                            next = self.steps.len();
                        }
                    }
                    StepKind::Rewrite(rewrite) => {
                        let after = rewrite.rewrite(&doc);
                        if !after.edits.is_empty() {
                            let edits = u32::try_from(after.edits.len()).unwrap_or(u32::MAX);
                            changed = Some((after.text.into_owned(), edits));
                        }
                    }
                }
            }
            drop(view);
            outcome.verdict = verdict;
            match changed {
                Some((text, edits)) => {
                    outcome.text = Cow::Owned(text);
                    outcome.edits = outcome.edits.saturating_add(edits);
                }
                None => {
                    if outcome.verdict.is_keep() {
                        outcome.judged = Judged { bytes: outcome.text.len(), edits: outcome.edits };
                    }
                    return outcome;
                }
            }
        }
    }
}

/// Decides about one filter: its verdict in the chain's rule numbers, and whether to go on.
type Judge<'j> = dyn FnMut(u16, &dyn Filter, &Document<'_>) -> ControlFlow<Verdict, Verdict> + 'j;

/// The name, or the first of `name#2`, `name#3`, … that is not taken.
fn told_apart(name: &str, taken: &mut HashSet<String>) -> String {
    let mut told = name.to_owned();
    let mut count = 1;
    while !taken.insert(told.clone()) {
        count += 1;
        told = format!("{name}#{count}");
    }
    told
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::filter::Rule;
    use crate::rewrite::{C4Lines, NewlineCap};
    use proptest::prelude::*;

    /// Two rules: the text holds the first letter; it holds the second. Observes how many bytes the text has.
    #[derive(Debug)]
    struct Holds([char; 2], Vec<Rule>);

    impl Holds {
        fn new(letters: [char; 2]) -> Holds {
            let rule = |c| Rule { name: format!("holds_{c}"), signal: None, bound: format!("holds {c}") };
            Holds(letters, letters.map(rule).to_vec())
        }
    }

    impl Filter for Holds {
        fn rules(&self) -> &[Rule] {
            &self.1
        }

        fn check(&self, doc: &Document<'_>) -> Verdict {
            match self.0.iter().position(|&c| !doc.text().contains(c)) {
                None => Verdict::Keep,
                Some(at) => Verdict::Drop(Failure { rule: RuleId(at as u16), observed: Some(doc.text().len() as f64) }),
            }
        }

        fn audit(&self, doc: &Document<'_>, each: &mut dyn FnMut(Finding)) {
            for (at, &c) in self.0.iter().enumerate() {
                let observed = Some(doc.text().len() as f64);
                each(Finding { rule: RuleId(at as u16), observed, passed: doc.text().contains(c) });
            }
        }
    }

    fn step(which: u8) -> Step {
        match which {
            0 => Step::filter("ab", Holds::new(['a', 'b'])),
            1 => Step::filter("ac", Holds::new(['a', 'c'])),
            2 => Step::rewrite("lines", C4Lines { min_words_per_line: 2, ..C4Lines::FINEWEB }),
            _ => Step::rewrite("cap", NewlineCap { max: 1, across_spaces: false }),
        }
    }

    #[test]
    fn rules_are_one_list_and_names_are_told_apart() {
        let chain = Chain::new([0, 2, 0, 1, 0].map(step).into()).unwrap();
        let names: Vec<&str> = chain.steps().iter().map(|s| s.name.as_str()).collect();
        assert_eq!(names, ["ab", "lines", "ab#2", "ac", "ab#3"]);
        assert_eq!(chain.rules().len(), 8);
        let rule = chain.rule(RuleId(5)).unwrap();
        assert_eq!((rule.name.as_str(), rule.step, rule.bound.as_str()), ("ac.holds_c", 3, "holds c"));
        assert_eq!(chain.rule(RuleId(8)), None);
        let outcome = chain.check(&mut Analyzer::new(), "a b", Facts::NONE);
        assert_eq!(outcome.failure(), Some(Failure { rule: RuleId(5), observed: Some(3.0) }));
    }

    #[test]
    fn a_text_left_blank_is_for_the_filters_to_decide() {
        let chain = Chain::new([2, 0].map(step).into()).unwrap();
        let outcome = chain.check(&mut Analyzer::new(), "ab", Facts::NONE);
        assert_eq!(outcome.failure(), Some(Failure { rule: RuleId(0), observed: Some(0.0) }));
        assert_eq!((outcome.text.as_ref(), outcome.edits), ("", 1));
    }

    #[test]
    fn no_steps_keep_everything_as_it_is() {
        let chain = Chain::new(Vec::new()).unwrap();
        let outcome = chain.check(&mut Analyzer::new(), "", Facts::NONE);
        assert!(outcome.verdict.is_keep() && matches!(outcome.text, Cow::Borrowed("")));
    }

    /// Every step on a fresh view of a text of its own.
    fn naive(chain: &Chain, text: &str) -> (Vec<Finding>, String) {
        let (mut findings, mut text, mut offset) = (Vec::new(), text.to_owned(), 0);
        for step in chain.steps() {
            let mut analyzer = Analyzer::new();
            let view = analyzer.view(&text);
            let doc = Document::new(&view);
            let after = match &step.kind {
                StepKind::Remember(_) | StepKind::Score(_) | StepKind::Scores(_) => continue,
                StepKind::Filter(filter) => {
                    filter.audit(&doc, &mut |f| findings.push(Finding { rule: RuleId(offset + f.rule.0), ..f }));
                    offset += filter.rules().len() as u16;
                    continue;
                }
                StepKind::Rewrite(rewrite) => rewrite.rewrite(&doc).text.into_owned(),
            };
            drop(view);
            text = after;
        }
        (findings, text)
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(300))]
        #[test]
        fn check_and_audit_agree_with_their_naive_twin(steps in prop::collection::vec(0u8..4, 0..6), text in "[abc \\n]{0,16}") {
            let chain = Chain::new(steps.into_iter().map(step).collect()).unwrap();
            let (expected, after) = naive(&chain, &text);
            let first = expected.iter().find(|f| !f.passed).map(|f| Failure { rule: f.rule, observed: f.observed });
            let mut analyzer = Analyzer::new();
            let mut findings = Vec::new();
            let audited = chain.audit(&mut analyzer, &text, Facts::NONE, &mut |f| findings.push(f));
            prop_assert_eq!(findings, expected);
            prop_assert_eq!(audited.text.as_ref(), &after);
            prop_assert_eq!(matches!(audited.text, Cow::Borrowed(_)), audited.edits == 0);
            prop_assert_eq!(audited.failure(), first);
            let checked = chain.check(&mut analyzer, &text, Facts::NONE);
            prop_assert_eq!(checked.failure(), first);
            if first.is_none() {
                prop_assert_eq!(checked, audited);
            }
        }
    }
}
