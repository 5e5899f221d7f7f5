//! Lists of domains, addresses and words that a page's address must not meet, as datatrove's `URLFilter` asks them (feature `lists`).

use super::entries::Entries;
use super::{Bound, Failure, Filter, Finding, Rule, RuleId, RuleNotes, Test, Undefined, Verdict};
use crate::document::Document;
use crate::error::{Error, Result};
use crate::text::Host;
use aho_corasick::automaton::Automaton;
use aho_corasick::{Anchored, nfa::contiguous::NFA};
use std::sync::Arc;

/// Drops documents by their address ([`Facts::url`](crate::Facts::url)), decision for decision as `URLFilter` of datatrove 0.10 does with the
/// same lists. A list is text of one entry a line; lines that begin with `#` are comments, blank ones are left out.
///
/// | rule, in this order | drops if |
/// |---|---|
/// | `no_url` | the row has no address, or an empty one (datatrove stops there) |
/// | `domain` | the registered domain (`bbc.co.uk`) is among the domains, in the same case |
/// | `subdomain` | the whole host is among the domains |
/// | `url` | the address is among the addresses, as it is |
/// | `hard_blacklisted` | a piece of the address, cut at all but ASCII letters and digits, is a banned word |
/// | `soft_blacklisted` | at least so many soft words are such pieces; the observed value is their number |
/// | `blacklisted_subword` | the address without all but ASCII letters and digits, in lower case, has a banned part |
///
/// Words in lists are reduced as the address is for the last rule; pieces of the address are not, so `XXX` is not `xxx` there.
///
/// ```
/// use mashbill::filter::{Filter, UrlLists};
/// use mashbill::{Document, Facts, text::Analyzer};
///
/// let lists = UrlLists::default().domains("spam.co.uk\n")?.soft_banned_words("cheap\npills\n")?;
/// let mut analyzer = Analyzer::new();
/// let view = analyzer.view("Rye");
/// let reason = |url| {
///     let doc = Document::new(&view).with_facts(Facts { url: Some(url), ..Facts::NONE });
///     lists.check(&doc).failure().map(|f| lists.rules()[usize::from(f.rule.0)].name.as_str())
/// };
/// assert_eq!(reason("https://www.spam.co.uk/"), Some("domain"));
/// assert_eq!(reason("https://a.com/cheap-rye"), None);
/// assert_eq!(reason("https://a.com/cheap-pills"), Some("soft_blacklisted"));
/// # Ok::<(), mashbill::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct UrlLists {
    domains: Vec<Entries>,
    urls: Vec<Entries>,
    banned: Vec<Entries>,
    soft: Vec<Entries>,
    soft_threshold: u32,
    subwords: Vec<(Entries, NFA)>,
    missing: Undefined,
    rules: Vec<Rule>,
}

/// datatrove 0.10, `url_filter.py` (`soft_word_threshold`).
const SOFT_WORD_THRESHOLD: u32 = 2;

/// Rules, in the order of datatrove's checks, each named by its reason.
const NAMES: [&str; 7] =
    ["no_url", "domain", "subdomain", "url", "hard_blacklisted", "soft_blacklisted", "blacklisted_subword"];

const NO_URL: usize = 0;
const SOFT: usize = 5;

impl Default for UrlLists {
    /// Without lists: drops documents without an address, and no other.
    fn default() -> Self {
        let lists = UrlLists {
            domains: Vec::new(),
            urls: Vec::new(),
            banned: Vec::new(),
            soft: Vec::new(),
            soft_threshold: SOFT_WORD_THRESHOLD,
            subwords: Vec::new(),
            missing: Undefined::Drop,
            rules: Vec::new(),
        };
        lists.stated()
    }
}

impl UrlLists {
    /// More domains: registered ones (`example.com`), which stand for all below them, or whole hosts (`blog.example.com`).
    ///
    /// # Errors
    /// [`Error::Invalid`] for a list of more than 4 GiB.
    pub fn domains(mut self, list: impl Into<Arc<str>>) -> Result<UrlLists> {
        self.domains.push(Entries::lines(&list.into(), true)?);
        Ok(self.stated())
    }

    /// More addresses, as pages have them.
    ///
    /// # Errors
    /// [`Error::Invalid`] for a list of more than 4 GiB.
    pub fn urls(mut self, list: impl Into<Arc<str>>) -> Result<UrlLists> {
        self.urls.push(Entries::lines(&list.into(), true)?);
        Ok(self.stated())
    }

    /// More words of which none may be a piece of the address.
    ///
    /// # Errors
    /// [`Error::Invalid`], naming the line, for an entry without an ASCII letter or digit.
    pub fn banned_words(mut self, list: &str) -> Result<UrlLists> {
        self.banned.push(Entries::words(list)?);
        Ok(self.stated())
    }

    /// More words of which fewer than the threshold may be pieces of the address.
    ///
    /// # Errors
    /// [`Error::Invalid`], naming the line, for an entry without an ASCII letter or digit.
    pub fn soft_banned_words(mut self, list: &str) -> Result<UrlLists> {
        self.soft.push(Entries::words(list)?);
        Ok(self.stated())
    }

    /// How many distinct soft words drop a page. Default 2, as in datatrove.
    ///
    /// # Errors
    /// [`Error::Invalid`] for 0, which would drop every page.
    pub fn soft_word_threshold(mut self, words: u32) -> Result<UrlLists> {
        if words == 0 {
            let problem = "must be at least 1: 0 would drop every page".to_owned();
            return Err(Error::Invalid { what: "soft_word_threshold".to_owned(), problem });
        }
        self.soft_threshold = words;
        Ok(self.stated())
    }

    /// More parts of words that the address must not have anywhere.
    ///
    /// # Errors
    /// [`Error::Invalid`], naming the line, for an entry without an ASCII letter or digit, and for a list too long for an automaton.
    pub fn banned_subwords(mut self, list: &str) -> Result<UrlLists> {
        let entries = Entries::words(list)?;
        let automaton = automaton(entries.iter())?;
        self.subwords.push((entries, automaton));
        Ok(self.stated())
    }

    /// What becomes of a document without an address. Default: it is dropped.
    pub fn missing(self, missing: Undefined) -> UrlLists {
        UrlLists { missing, ..self }.stated()
    }

    /// The same, with rules that say how it stands.
    fn stated(mut self) -> UrlLists {
        let count = |lists: &[Entries]| lists.iter().map(Entries::len).sum::<usize>();
        let subwords: usize = self.subwords.iter().map(|(entries, _)| entries.len()).sum();
        let no_url = if self.missing == Undefined::Drop { "url is known" } else { "url may be unknown" };
        let bounds = [
            no_url.to_owned(),
            format!("registered domain not among {} domains", count(&self.domains)),
            format!("host not among {} domains", count(&self.domains)),
            format!("url not among {} urls", count(&self.urls)),
            format!("no piece of the url among {} banned words", count(&self.banned)),
            format!("fewer than {} of {} soft banned words", self.soft_threshold, count(&self.soft)),
            format!("none of {subwords} banned subwords in the url"),
        ];
        let rule = |(name, bound): (&str, String)| Rule { name: name.to_owned(), signal: None, bound };
        self.rules = NAMES.into_iter().zip(bounds).map(rule).collect();
        self
    }

    /// Whether each rule passes, until `each` has enough; the number of soft words where it was counted.
    fn judge(&self, doc: &Document<'_>, mut each: impl FnMut(usize, Option<f64>, bool) -> bool) {
        let Some(url) = doc.facts().url.filter(|url| !url.is_empty()) else {
            let passed = |at| at != NO_URL || self.missing == Undefined::Keep;
            let _ = (0..NAMES.len()).all(|at| each(at, None, passed(at)));
            return;
        };
        let host = Host::of(url);
        let is_in = |lists: &[Entries], entry: &str| lists.iter().any(|list| list.position(entry).is_some());
        let _ = each(NO_URL, None, true)
            && each(1, None, !is_in(&self.domains, host.registered()))
            && each(2, None, !is_in(&self.domains, host.full()))
            && each(3, None, !is_in(&self.urls, url))
            && each(4, None, !pieces(url).any(|piece| is_in(&self.banned, piece)))
            && {
                let soft = self.soft_words(url);
                each(SOFT, Some(f64::from(soft)), soft < self.soft_threshold)
            }
            && each(6, None, !self.subwords.iter().any(|(_, automaton)| has_part(automaton, url)));
    }

    /// How many different soft words are pieces of the address.
    fn soft_words(&self, url: &str) -> u32 {
        if self.soft.is_empty() {
            return 0;
        }
        // A word that stands in two lists is one word: the first list that has it counts.
        let found = |piece| self.soft.iter().enumerate().find_map(|(at, list)| Some((at, list.position(piece)?)));
        let mut words: Vec<(usize, usize)> = pieces(url).filter_map(found).collect();
        words.sort_unstable();
        words.dedup();
        u32::try_from(words.len()).unwrap_or(u32::MAX)
    }
}

/// The pieces of an address between characters that are no letters or digits of ASCII.
fn pieces(url: &str) -> impl Iterator<Item = &str> {
    url.split(|c: char| !c.is_ascii_alphanumeric()).filter(|piece| !piece.is_empty())
}

/// Whether a pattern stands in the letters and digits of the address.
fn has_part(automaton: &NFA, url: &str) -> bool {
    let Ok(mut state) = automaton.start_state(Anchored::No) else { return false };
    url.bytes().filter(u8::is_ascii_alphanumeric).any(|byte| {
        state = automaton.next_state(Anchored::No, state, byte.to_ascii_lowercase());
        automaton.is_match(state)
    })
}

/// What finds all patterns in one scan.
pub(super) fn automaton<'p>(patterns: impl Iterator<Item = &'p str>) -> Result<NFA> {
    let built = NFA::builder().prefilter(false).build(patterns);
    built.map_err(|e| Error::Invalid { what: "the list".to_owned(), problem: format!("is too long: {e}") })
}

impl Filter for UrlLists {
    fn rules(&self) -> &[Rule] {
        &self.rules
    }

    fn check(&self, doc: &Document<'_>) -> Verdict {
        let mut verdict = Verdict::Keep;
        self.judge(doc, |at, observed, passed| {
            if !passed {
                verdict = Verdict::Drop(Failure { rule: RuleId(at as u16), observed });
            }
            passed
        });
        verdict
    }

    fn audit(&self, doc: &Document<'_>, each: &mut dyn FnMut(Finding)) {
        self.judge(doc, |at, observed, passed| {
            each(Finding { rule: RuleId(at as u16), observed, passed });
            true
        });
    }

    fn notes(&self, rule: RuleId) -> RuleNotes {
        let at = usize::from(rule.0);
        let bound = Bound::Max(f64::from(self.soft_threshold) - 1.0);
        RuleNotes {
            test: (at == SOFT).then_some(Test { bound, undefined: Undefined::Keep }),
            reference_reason: NAMES.get(at).copied().filter(|_| at != NO_URL),
            ..RuleNotes::default()
        }
    }
}
