//! The allow-list: n-grams of benchmark items that stand in many documents of a clean corpus, and so prove nothing.

use super::decontaminator::Decontaminator;
use super::scratch::Scratch;
use crate::error::{Error, Result};
use std::collections::BTreeMap;
use std::fmt::Write;
use std::io::Read;
use std::path::Path;

/// Version of the file, and of what a word is. A file of another version is refused.
pub const ALLOW_LIST_VERSION: u32 = 1;
/// What the first line begins with.
const MARK: &str = "mashbill allow-list";
/// The longest file that is read, in bytes.
const MAX_FILE_BYTES: u64 = 1 << 30;

/// N-grams that are no evidence, with the number of clean documents that hold each.
///
/// Its file is text: a first line with the version, then a line for each n-gram, with its length in words, the number of documents,
/// and its words in their folded form.
///
/// ```
/// use mashbill::decontaminate::{AllowList, AllowListLearner, Decontaminator, Item, Rule, Scratch};
///
/// let items = [Item::new("quiz", "1", "Which of the following is true of rye and of no other grain at all, then?")];
/// let decontaminator = Decontaminator::new(&items, Rule::phi4())?;
/// let mut learner = AllowListLearner::new(&decontaminator);
/// for page in 0..10 {
///     learner.observe(&mut Scratch::new(), &format!("{page}: Which of the following is true of rye and of no other grain?"));
/// }
/// let list = learner.finish(10);
/// assert_eq!(list.len(), 1); // its only 13-gram that these pages hold
/// assert_eq!(AllowList::parse(&list.to_string())?, list);
/// # Ok::<(), mashbill::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct AllowList {
    grams: BTreeMap<(usize, String), u64>,
}

impl AllowList {
    /// Number of n-grams.
    pub fn len(&self) -> usize {
        self.grams.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.grams.is_empty()
    }

    /// The n-grams: length in words, and the words, folded, joined by single spaces.
    pub fn iter(&self) -> impl Iterator<Item = (usize, &str)> {
        self.grams.keys().map(|(n, gram)| (*n, gram.as_str()))
    }

    /// Reads what [`to_string`](ToString::to_string) writes. Lines that are empty or begin with `#` are passed over, so a list can
    /// be written by hand.
    ///
    /// # Errors
    /// [`Error::Invalid`], naming the line, for a file of another kind or version, or a line that is no n-gram.
    pub fn parse(text: &str) -> Result<AllowList> {
        let invalid =
            |line: usize, problem: String| Err(Error::Invalid { what: format!("allow-list, line {line}"), problem });
        let mut lines = (1..).zip(text.lines().map(str::trim_end));
        let head = lines.next().map_or("", |(_, line)| line);
        match head.strip_prefix(MARK).map(|rest| rest.trim().parse::<u32>()) {
            Some(Ok(ALLOW_LIST_VERSION)) => {}
            Some(Ok(version)) => {
                let problem = format!(
                    "is of version {version}, and this release reads version {ALLOW_LIST_VERSION}: learn the list again"
                );
                return invalid(1, problem);
            }
            _ => return invalid(1, format!("must be `{MARK} {ALLOW_LIST_VERSION}`")),
        }
        let mut grams = BTreeMap::new();
        for (number, line) in lines.filter(|(_, line)| !line.is_empty() && !line.starts_with('#')) {
            let mut fields = line.split('\t');
            let (n, documents, gram) = (fields.next(), fields.next(), fields.next());
            let parsed = n.and_then(|n| n.parse::<usize>().ok()).zip(documents.and_then(|d| d.parse::<u64>().ok()));
            match (parsed, gram, fields.next()) {
                (Some((n, documents)), Some(gram), None) if n > 0 && gram.split(' ').count() == n => {
                    grams.insert((n, gram.to_owned()), documents);
                }
                _ => {
                    let problem = "must be a number of words, a number of documents and so many words, parted by tabs";
                    return invalid(number, problem.into());
                }
            }
        }
        Ok(AllowList { grams })
    }

    /// Reads a file.
    ///
    /// # Errors
    /// [`Error::Read`], naming the file, if it cannot be read, is not UTF-8, or is no allow-list of this version.
    pub fn load(path: &Path) -> Result<AllowList> {
        let fail = |cause: String| Error::Read { path: path.to_owned(), row_group: None, cause: cause.into() };
        let mut text = String::new();
        let file = std::fs::File::open(path).map_err(|e| fail(e.to_string()))?;
        file.take(MAX_FILE_BYTES).read_to_string(&mut text).map_err(|e| fail(e.to_string()))?;
        AllowList::parse(&text).map_err(|e| fail(e.to_string()))
    }
}

impl std::fmt::Display for AllowList {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mut out = format!("{MARK} {ALLOW_LIST_VERSION}\n");
        for ((n, gram), documents) in &self.grams {
            writeln!(out, "{n}\t{documents}\t{gram}")?;
        }
        f.write_str(&out)
    }
}

/// Learns an [`AllowList`] from documents that are known to be clean: older than the benchmarks, or looked through. Merging is
/// associative and commutative.
#[derive(Debug, Clone)]
pub struct AllowListLearner<'d> {
    decontaminator: &'d Decontaminator,
    /// For each n-gram that a list may hold, the documents that do.
    counts: Vec<u32>,
}

impl<'d> AllowListLearner<'d> {
    /// A learner that has seen nothing.
    pub fn new(decontaminator: &'d Decontaminator) -> AllowListLearner<'d> {
        let ngrams = decontaminator.index().tables.first().map_or(0, |table| table.len());
        AllowListLearner { decontaminator, counts: vec![0; ngrams] }
    }

    /// Takes in a document.
    pub fn observe(&mut self, scratch: &mut Scratch, text: &str) {
        let index = self.decontaminator.index();
        let Some(table) = index.tables.first() else { return };
        scratch.begin(text, index.units.len());
        scratch.find(index, table, text, true);
        scratch.found.sort_unstable_by_key(|found| found.gram);
        scratch.found.dedup_by_key(|found| found.gram);
        for found in &scratch.found {
            if let Some(count) = self.counts.get_mut(found.gram as usize) {
                *count = count.saturating_add(1);
            }
        }
    }

    /// Takes in what another one has seen.
    pub fn merge(&mut self, other: &AllowListLearner<'_>) {
        let pairs = self.counts.iter_mut().zip(&other.counts);
        pairs.for_each(|(mine, theirs)| *mine = mine.saturating_add(*theirs));
    }

    /// The n-grams that at least so many documents hold.
    pub fn finish(self, min_documents: u32) -> AllowList {
        let index = self.decontaminator.index();
        let by_number = index.by_number();
        let mut grams = BTreeMap::new();
        if let Some(table) = index.tables.first() {
            for (gram, &count) in (0_u32..).zip(&self.counts).filter(|&(_, &count)| count >= min_documents.max(1)) {
                if let Some(&place) = table.places(gram).first() {
                    grams.insert((table.n(), index.gram_text(place, table.n(), &by_number)), u64::from(count));
                }
            }
        }
        AllowList { grams }
    }
}
