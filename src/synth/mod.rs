//! Rule-based STEM problems: question, worked steps and answer, computed exactly and checked by a second route.
//!
//! ```
//! use mashbill::synth::{Generator, Kind};
//!
//! let calculus = Generator::new(Kind::Calculus, 17);
//! let item = calculus.item(7)?; // depends on kind, version, seed and number alone
//! assert!(item.question.len() > 10 && !item.steps.is_empty() && !item.answer.is_empty());
//! # Ok::<(), mashbill::Error>(())
//! ```
//!
//! No item has a floating-point answer, no two items of a generator are the same problem, and each was checked from its own words:
//! the question is read again by its phrasing, and the answer tried in it by another route than the one it came by (equations by
//! substitution, derivatives by dual numbers, integrals by quadrature, chances by counting cases, conversions by going back).
//!
//! | file | question it answers |
//! |---|---|
//! | `generate` | which problem is item `i`, and how many are there? |
//! | `counter` | how is chance had without a state? |
//! | `draw`, `template` | how does a number become a problem, and how is its question read again? |
//! | `kinds` | which problems are there? |
//! | `rational`, `poly`, `english` | with what are they worked and written? |
//! | `evaluate` | what is a printed formula worth? |
//! | `survey` | how do synthetic texts, of any origin, compare with organic ones? |

mod counter;
mod draw;
mod english;
mod evaluate;
mod generate;
mod kinds;
mod poly;
mod rational;
mod survey;
mod template;

pub use generate::{CellSize, Generator, Item, SYNTH_VERSION, check_answer};
pub use kinds::Kind;
pub use rational::Rational;
pub use survey::{
    Finding, GroupReport, Measures, SeedOverlap, SeededSurvey, Survey, SurveyConfig, SurveyReport, SurveyRow, Surveyor,
};

#[cfg(test)]
mod tests;
