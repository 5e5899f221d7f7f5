//! Item `i` of a kind: which template, which problem of it, in which words. A function of kind, version, seed and `i` alone.

use super::counter::{Counter, Permutation, key};
use super::draw::{Draw, LEVELS};
use super::kinds::Kind;
use super::template::{Given, Page, Template};
use crate::error::{Error, Result};

/// Version of the items: templates, phrasings, dials and the way from a number to a problem. Raised when any item changes.
pub const SYNTH_VERSION: u32 = 1;

/// Makes the problems of one kind, each once.
///
/// A kind is made of cells: a template at one of three levels. Items go around the cells, in an order of its own in each round, and
/// every cell gives each of its problems once, in an order of the seed's; a cell that has given all drops out. So templates keep equal
/// shares as long as they last, no two items are the same problem, and the number of items is known beforehand.
///
/// ```
/// use mashbill::synth::{Generator, Kind};
///
/// let algebra = Generator::new(Kind::Algebra, 17);
/// let item = algebra.item(123_456)?;
/// assert_eq!(algebra.item(123_456)?, item); // whatever was asked before
/// assert!(item.text().starts_with(&item.question) && item.text().ends_with(&item.answer));
/// assert!(algebra.cardinality() > 1_000_000);
/// assert!(algebra.item(algebra.cardinality()).is_err());
/// # Ok::<(), mashbill::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct Generator {
    kind: Kind,
    seed: u64,
    range: Option<(f64, f64)>,
    cells: Vec<Cell>,
    stages: Vec<Stage>,
    cardinality: u64,
}

/// A template at a level.
#[derive(Debug, Clone)]
struct Cell {
    template: &'static Template,
    level: usize,
    size: u64,
    permutation: Permutation,
    flavour: u64,
}

/// Rounds in which the same cells take part.
#[derive(Debug, Clone)]
struct Stage {
    first_item: u64,
    first_round: u64,
    /// Positions of the cells.
    cells: Vec<usize>,
}

/// What is known of a cell without making its problems.
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(feature = "recipe-file", derive(serde::Serialize))]
#[non_exhaustive]
pub struct CellSize {
    /// The template's name, `kind.name`.
    pub template: &'static str,
    /// 1 (easy) to 3 (hard).
    pub level: u8,
    /// Entropy of a problem of the cell, in base-10 digits: the logarithm of the number of its problems, to two places.
    pub difficulty: f64,
    /// Number of its problems.
    pub problems: u64,
    /// Number of ways to ask each.
    pub phrasings: usize,
}

/// A problem, worked and checked.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Item {
    /// The kind.
    pub kind: Kind,
    /// Its number among the kind's items of this seed and range.
    pub index: u64,
    /// The template's name.
    pub template: &'static str,
    /// Which of the template's phrasings, from 0.
    pub phrasing: usize,
    /// The phrasing itself, slots in braces.
    pub pattern: &'static str,
    /// 1 (easy) to 3 (hard).
    pub level: u8,
    /// As [`CellSize::difficulty`].
    pub difficulty: f64,
    /// The template, the level and the values of the problem. Equal for equal problems, however they are asked.
    pub problem_key: String,
    /// The question.
    pub question: String,
    /// The worked solution, a step a line.
    pub steps: String,
    /// The answer.
    pub answer: String,
}

impl Item {
    /// Question, worked solution and answer, with blank lines between.
    pub fn text(&self) -> String {
        let Item { question, steps, answer, .. } = self;
        format!("{question}\n\n{steps}\n\nAnswer: {answer}")
    }
}

impl Generator {
    /// All problems of a kind.
    pub fn new(kind: Kind, seed: u64) -> Generator {
        Generator::of_cells(kind, seed, None, |_| true)
    }

    /// The problems of a kind from cells whose difficulty lies in a range, in base-10 digits, ends included.
    ///
    /// # Errors
    /// [`Error::Invalid`] if there are none; names the kind's range.
    pub fn with_difficulty(kind: Kind, seed: u64, low: f64, high: f64) -> Result<Generator> {
        let made = Generator::of_cells(kind, seed, Some((low, high)), |d| low <= d && d <= high);
        if made.cells.is_empty() {
            let all = Generator::new(kind, seed);
            let (least, most) = all.cell_sizes().fold((f64::INFINITY, 0.0_f64), |(least, most), cell| {
                (least.min(cell.difficulty), most.max(cell.difficulty))
            });
            let problem =
                format!("`{kind}` has no template between {low} and {high} digits; it has them from {least} to {most}");
            return Err(Error::Invalid { what: "difficulty".to_owned(), problem });
        }
        Ok(made)
    }

    fn of_cells(kind: Kind, seed: u64, range: Option<(f64, f64)>, wanted: impl Fn(f64) -> bool) -> Generator {
        let mut cells = Vec::new();
        for template in kind.templates() {
            for level in 0..LEVELS {
                let size = cell_size(template, level);
                if wanted(digits(size)) {
                    let numbers = [u64::from(SYNTH_VERSION), seed, level as u64];
                    let permutation = Permutation::new(key(template.id, &numbers), size);
                    let flavour = key(&format!("{} flavour", template.id), &numbers);
                    cells.push(Cell { template, level, size, permutation, flavour });
                }
            }
        }
        let mut sizes: Vec<u64> = cells.iter().map(|cell| cell.size).collect();
        sizes.sort_unstable();
        sizes.dedup();
        let (mut stages, mut first_round, mut first_item) = (Vec::new(), 0, 0_u64);
        for size in sizes {
            let active: Vec<usize> = (0..cells.len()).filter(|&at| cells[at].size >= size).collect();
            let items = (size - first_round).saturating_mul(active.len() as u64);
            stages.push(Stage { first_item, first_round, cells: active });
            (first_round, first_item) = (size, first_item.saturating_add(items));
        }
        Generator { kind, seed, range, cells, stages, cardinality: first_item }
    }

    /// The kind.
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// Number of items, no two of them the same problem.
    pub fn cardinality(&self) -> u64 {
        self.cardinality
    }

    /// The cells in the order of the templates.
    pub fn cell_sizes(&self) -> impl Iterator<Item = CellSize> {
        self.cells.iter().map(|cell| CellSize {
            template: cell.template.id,
            level: cell.level as u8 + 1,
            difficulty: digits(cell.size),
            problems: cell.size,
            phrasings: cell.template.phrasings.len(),
        })
    }

    /// The generator in words, with all that is needed to make its items again but their numbers.
    pub fn describe(&self) -> String {
        let range = self.range.map(|(low, high)| format!(" difficulty={low}..{high}")).unwrap_or_default();
        format!("version={SYNTH_VERSION} kind={} seed={}{range}", self.kind, self.seed)
    }

    /// The id of an item, which names all that is needed to make it again.
    pub fn id(&self, index: u64) -> String {
        let range = self.range.map(|(low, high)| format!("-d{low}..{high}")).unwrap_or_default();
        format!("synth{SYNTH_VERSION}-{}-{}{range}-{index}", self.kind, self.seed)
    }

    /// Item `index`, its answer checked by the template's second route.
    ///
    /// # Errors
    /// [`Error::Invalid`] beyond the last, with the cardinality. [`Error::Unbalanced`] if the check fails, which would be a bug.
    pub fn item(&self, index: u64) -> Result<Item> {
        let Some((cell, round)) = self.place(index) else {
            let all = self.cardinality;
            let problem = format!(
                "there are only {all} problems of this kind and difficulty, and none is made twice; ask for {all} at most"
            );
            return Err(Error::Invalid { what: format!("item {index} of `{}`", self.kind), problem });
        };
        let bug = |what: &str| {
            let id = cell.template.id;
            Error::Unbalanced(format!("item {index} of `{}` (seed {}, template {id}): {what}", self.kind, self.seed))
        };
        let mut flavour = Counter::new(key("", &[cell.flavour, round]));
        let phrasing = flavour.below(cell.template.phrasings.len() as u64) as usize;
        let mut draw = Draw::new(cell.permutation.at(round), cell.level, flavour);
        let mut page = Page::default();
        (cell.template.make)(&mut draw, &mut page).ok_or_else(|| bug("a number outgrew its type"))?;
        let pattern = cell.template.phrasings.get(phrasing).copied().unwrap_or_default();
        let question =
            page.question(pattern).ok_or_else(|| bug("the phrasing has a slot that the template does not fill"))?;
        if !checked(cell.template, pattern, &question, &page.answer).unwrap_or(false) {
            return Err(bug(&format!("`{question}`: the answer `{}` does not pass its check", page.answer)));
        }
        Ok(Item {
            kind: self.kind,
            index,
            template: cell.template.id,
            phrasing,
            pattern,
            level: cell.level as u8 + 1,
            difficulty: digits(cell.size),
            problem_key: problem_key(cell.template.id, cell.level, draw.values()),
            question,
            steps: page.steps,
            answer: page.answer,
        })
    }

    /// The problem of an item in the first phrasing, with the same names and things for all: equal only for equal problems.
    #[cfg(test)]
    pub(super) fn canonical(&self, index: u64) -> Option<String> {
        let (cell, round) = self.place(index)?;
        let mut page = Page::default();
        let mut draw = Draw::new(cell.permutation.at(round), cell.level, Counter::new(0));
        (cell.template.make)(&mut draw, &mut page)?;
        assert_eq!(
            (draw.size(), draw.rest()),
            (cell.size, 0),
            "the dials of {} depend on what they show",
            cell.template.id
        );
        page.question(cell.template.phrasings[0])
    }

    /// The cell of an item, and its number within.
    fn place(&self, index: u64) -> Option<(&Cell, u64)> {
        if index >= self.cardinality {
            return None;
        }
        let after = self.stages.partition_point(|stage| stage.first_item <= index);
        let stage = self.stages.get(after.checked_sub(1)?)?;
        let (within, active) = (index - stage.first_item, stage.cells.len() as u64);
        let round = stage.first_round + within / active;
        let order = Permutation::new(key(self.kind.name(), &[u64::from(SYNTH_VERSION), self.seed, round]), active);
        let at = stage.cells.get(order.at(within % active) as usize)?;
        Some((self.cells.get(*at)?, round))
    }
}

/// Whether an item's answer is right, worked out from the published question alone, by another route than the one that made it.
/// `None` where no such template or phrasing is known, or the question is none of its.
///
/// ```
/// use mashbill::synth::{Generator, Kind, check_answer};
///
/// let item = Generator::new(Kind::Calculus, 5).item(0)?;
/// let right = |answer: &str| check_answer(item.template, item.phrasing, &item.question, answer);
/// assert_eq!(right(&item.answer), Some(true));
/// assert_ne!(right("0"), Some(true));
/// # Ok::<(), mashbill::Error>(())
/// ```
pub fn check_answer(template: &str, phrasing: usize, question: &str, answer: &str) -> Option<bool> {
    let kind = template.split('.').next()?;
    let template = Kind::parse(kind).ok()?.templates().iter().find(|known| known.id == template)?;
    checked(template, template.phrasings.get(phrasing)?, question, answer)
}

fn checked(template: &Template, pattern: &str, question: &str, answer: &str) -> Option<bool> {
    (template.check)(&Given::read(pattern, question, answer)?)
}

/// `template/level:value,value`: what a dial shows may be relative to its level.
fn problem_key(template: &str, level: usize, values: &[i64]) -> String {
    let mut key = String::with_capacity(template.len() + 4 * values.len() + 3);
    key.push_str(template);
    key.push('/');
    key.push_str(&(level + 1).to_string());
    for (at, value) in values.iter().enumerate() {
        key.push(if at == 0 { ':' } else { ',' });
        key.push_str(&value.to_string());
    }
    key
}

/// The number of problems of a template at a level: the product of its dials, which do not depend on what they show.
fn cell_size(template: &Template, level: usize) -> u64 {
    let mut draw = Draw::new(0, level, Counter::new(0));
    let _ = (template.make)(&mut draw, &mut Page::default());
    draw.size()
}

/// Base-10 digits of a choice among so many, to two places.
fn digits(size: u64) -> f64 {
    ((size as f64).log10() * 100.0).round() / 100.0
}
