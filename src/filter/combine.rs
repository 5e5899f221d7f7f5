//! Filters of filters: all of them, any of them, not this one.

use super::{Failure, Filter, Finding, Rule, RuleId, RuleNotes, Verdict};
use crate::document::Document;
use crate::error::{Error, Result};

/// Keeps what every filter keeps; drops for the first reason in order. Its rules are theirs, in a row. Without filters it
/// keeps everything.
///
/// ```
/// use mashbill::filter::{AllOf, Filter, Not, Threshold};
/// use mashbill::signal::{CurlyBracketCount, WordCount};
///
/// let long = Threshold::new(WordCount, Some(50.0), None)?;
/// let code = Threshold::new(CurlyBracketCount, Some(1.0), None)?;
/// let prose = AllOf::new(vec![Box::new(long), Box::new(Not::new(Box::new(code)))])?;
/// let names: Vec<&str> = prose.rules().iter().map(|rule| rule.name.as_str()).collect();
/// assert_eq!(names, ["min_word_count", "not(min_curly_bracket_count)"]);
/// # Ok::<(), mashbill::Error>(())
/// ```
#[derive(Debug)]
pub struct AllOf {
    /// Each filter, and the position of its first rule among all.
    filters: Vec<(u16, Box<dyn Filter>)>,
    rules: Vec<Rule>,
}

impl AllOf {
    /// All of `filters`, in order.
    ///
    /// # Errors
    ///
    /// [`Error::Invalid`] if they have more rules together than a [`RuleId`] can number (65,535).
    pub fn new(filters: Vec<Box<dyn Filter>>) -> Result<AllOf> {
        let rules: Vec<Rule> = filters.iter().flat_map(|filter| filter.rules()).cloned().collect();
        if rules.len() > usize::from(u16::MAX) {
            let problem = format!("{} rules; one chain numbers {} at most", rules.len(), u16::MAX);
            return Err(Error::Invalid { what: "all_of".to_owned(), problem });
        }
        let mut offset = 0;
        let with_offset = |filter: Box<dyn Filter>| {
            let first = offset;
            offset += filter.rules().len() as u16;
            (first, filter)
        };
        Ok(AllOf { filters: filters.into_iter().map(with_offset).collect(), rules })
    }
}

impl Filter for AllOf {
    fn rules(&self) -> &[Rule] {
        &self.rules
    }

    fn check(&self, doc: &Document<'_>) -> Verdict {
        for (first, filter) in &self.filters {
            if let Verdict::Drop(failure) = filter.check(doc) {
                return Verdict::Drop(Failure { rule: RuleId(first + failure.rule.0), ..failure });
            }
        }
        Verdict::Keep
    }

    fn audit(&self, doc: &Document<'_>, each: &mut dyn FnMut(Finding)) {
        for (first, filter) in &self.filters {
            filter.audit(doc, &mut |finding| each(Finding { rule: RuleId(first + finding.rule.0), ..finding }));
        }
    }

    fn notes(&self, rule: RuleId) -> RuleNotes {
        // The last filter that begins at or before the rule; one without rules shares its beginning with the next.
        let inside = self.filters.iter().rev().find(|(first, _)| *first <= rule.0);
        inside.map(|(first, filter)| filter.notes(RuleId(rule.0 - first))).unwrap_or_default()
    }
}

/// Keeps what at least one filter keeps. It has one rule, named `any_of(…)` after those inside, and that rule has no observed
/// value: no single number decided.
#[derive(Debug)]
pub struct AnyOf {
    filters: Vec<Box<dyn Filter>>,
    rules: [Rule; 1],
}

impl AnyOf {
    /// Any of `filters`, tried in order.
    ///
    /// # Errors
    ///
    /// [`Error::Invalid`] if there are none: nothing could pass, which is never what was meant.
    pub fn new(filters: Vec<Box<dyn Filter>>) -> Result<AnyOf> {
        if filters.is_empty() {
            let problem = "needs at least one filter".to_owned();
            return Err(Error::Invalid { what: "any_of".to_owned(), problem });
        }
        let join = |describe: fn(&dyn Filter) -> String, by: &str| {
            filters.iter().map(|filter| describe(filter)).collect::<Vec<_>>().join(by)
        };
        let name = format!("any_of({})", join(names, ", "));
        let bound = join(|filter| format!("({})", bounds(filter)), " or ");
        Ok(AnyOf { rules: [Rule { name, signal: None, bound }], filters })
    }
}

impl Filter for AnyOf {
    fn rules(&self) -> &[Rule] {
        &self.rules
    }

    fn check(&self, doc: &Document<'_>) -> Verdict {
        verdict(self.filters.iter().any(|filter| filter.check(doc).is_keep()))
    }

    fn audit(&self, doc: &Document<'_>, each: &mut dyn FnMut(Finding)) {
        each(Finding { rule: RuleId(0), observed: None, passed: self.check(doc).is_keep() });
    }
}

/// Keeps what a filter drops. It has one rule, named `not(…)`, without an observed value.
#[derive(Debug)]
pub struct Not {
    filter: Box<dyn Filter>,
    rules: [Rule; 1],
}

impl Not {
    /// The opposite of `filter`.
    pub fn new(filter: Box<dyn Filter>) -> Not {
        let (name, bound) = (format!("not({})", names(&filter)), format!("not ({})", bounds(&filter)));
        Not { filter, rules: [Rule { name, signal: None, bound }] }
    }
}

impl Filter for Not {
    fn rules(&self) -> &[Rule] {
        &self.rules
    }

    fn check(&self, doc: &Document<'_>) -> Verdict {
        verdict(!self.filter.check(doc).is_keep())
    }

    fn audit(&self, doc: &Document<'_>, each: &mut dyn FnMut(Finding)) {
        each(Finding { rule: RuleId(0), observed: None, passed: self.check(doc).is_keep() });
    }
}

/// The verdict of a filter that has one rule and no number.
fn verdict(keep: bool) -> Verdict {
    if keep { Verdict::Keep } else { Verdict::Drop(Failure { rule: RuleId(0), observed: None }) }
}

/// The names of a filter's rules; a filter without rules keeps everything.
fn names(filter: &dyn Filter) -> String {
    listed(filter, |rule| &rule.name, " and ")
}

/// The bounds of a filter's rules.
fn bounds(filter: &dyn Filter) -> String {
    listed(filter, |rule| &rule.bound, " and ")
}

fn listed(filter: &dyn Filter, part: fn(&Rule) -> &str, by: &str) -> String {
    match filter.rules() {
        [] => "anything".to_owned(),
        rules => rules.iter().map(part).collect::<Vec<_>>().join(by),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::filter::Threshold;
    use crate::signal::{CharCount, LineCount, WordCount};
    use crate::text::Analyzer;

    fn boxed(threshold: Result<Threshold>) -> Box<dyn Filter> {
        Box::new(threshold.unwrap())
    }

    #[test]
    fn rules_are_flat_and_numbered_through() {
        let words = boxed(Threshold::new(WordCount, Some(1.0), Some(3.0)));
        let lines = boxed(Threshold::new(LineCount, None, Some(2.0)));
        let inner = AllOf::new(vec![lines, Box::new(AllOf::new(Vec::new()).unwrap())]).unwrap();
        let all = AllOf::new(vec![words, Box::new(inner)]).unwrap();
        let names: Vec<&str> = all.rules().iter().map(|r| r.name.as_str()).collect();
        assert_eq!(names, ["min_word_count", "max_word_count", "max_line_count"]);
        let mut analyzer = Analyzer::new();
        let view = analyzer.view("a\nb\nc");
        let failure = Failure { rule: RuleId(2), observed: Some(3.0) };
        assert_eq!(all.check(&Document::new(&view)), Verdict::Drop(failure));
    }

    #[test]
    fn names_say_what_is_inside() {
        let words = boxed(Threshold::new(WordCount, Some(1.0), Some(3.0)));
        let chars = boxed(Threshold::new(CharCount, Some(9.0), None));
        let any = AnyOf::new(vec![words, Box::new(Not::new(chars))]).unwrap();
        assert_eq!(any.rules()[0].name, "any_of(min_word_count and max_word_count, not(min_char_count))");
        assert_eq!(any.rules()[0].bound, "(word_count >= 1 and word_count <= 3) or (not (char_count >= 9))");
        assert_eq!(AnyOf::new(Vec::new()).unwrap_err().to_string(), "any_of: needs at least one filter");
    }

    #[test]
    fn the_empty_conjunction_keeps() {
        let mut analyzer = Analyzer::new();
        let view = analyzer.view("");
        let all = AllOf::new(Vec::new()).unwrap();
        assert!(all.check(&Document::new(&view)).is_keep() && all.rules().is_empty());
        assert_eq!(Not::new(Box::new(all)).rules()[0].name, "not(anything)");
    }
}
