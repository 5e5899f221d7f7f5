//! A benchmark's item, and its parts.

use std::fmt;

/// One item of a benchmark: what a model is asked, and what it should answer.
///
/// ```
/// use mashbill::decontaminate::Item;
///
/// let item = Item::new("gsm8k", "test-7", "How many apples are left?").answer("5 - 2 = 3");
/// assert_eq!((item.benchmark.as_str(), item.answer.as_str()), ("gsm8k", "5 - 2 = 3"));
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Item {
    /// The benchmark's name.
    pub benchmark: String,
    /// The split, where one is named.
    pub split: Option<String>,
    /// The item's id within its benchmark (and split).
    pub id: String,
    /// The question, or what else is asked: a prompt, the head of a function.
    pub question: String,
    /// The choices, where there are any, in order.
    pub choices: Vec<String>,
    /// The answer; of a question with choices the text of the right one. Empty where there is none.
    pub answer: String,
    /// The passage that the question is about. Often a text that stands elsewhere too, so it is no evidence by itself.
    pub passage: String,
}

impl Item {
    /// An item that has only a question.
    pub fn new(benchmark: &str, id: &str, question: &str) -> Item {
        Item { benchmark: benchmark.into(), id: id.into(), question: question.into(), ..Item::default() }
    }

    /// The same with an answer.
    pub fn answer(self, answer: &str) -> Item {
        Item { answer: answer.into(), ..self }
    }
}

/// A part of an item.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Part {
    /// Question, choices and answer, one after the other: the instance of phi-4's and GPT-3's rules.
    Instance,
    /// The question.
    Question,
    /// The choices, one after the other.
    Choices,
    /// The answer.
    Answer,
    /// The passage.
    Passage,
}

impl Part {
    /// The word in reports.
    pub fn name(self) -> &'static str {
        match self {
            Part::Instance => "instance",
            Part::Question => "question",
            Part::Choices => "choices",
            Part::Answer => "answer",
            Part::Passage => "passage",
        }
    }
}

impl fmt::Display for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
