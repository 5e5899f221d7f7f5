//! A benchmark's row → an item: which column is what, by the mapping or by the layouts that benchmarks are published in.

use crate::decontaminate::Item;
use crate::recipe::ItemColumns;
use serde_json::{Map, Value};

/// Where the parts of an item are found by name, the first that a row has. GSM8K: question, answer. MMLU: question, choices, answer (a number or a
/// letter), or input, A to D, target. ARC: question, choices.text, answerKey. HumanEval: prompt, canonical_solution. MBPP: text or
/// prompt, code. HellaSwag: ctx, endings, label. PIQA: goal, sol1, sol2, label. WinoGrande: sentence, option1, option2, answer (from 1).
const QUESTION: [&str; 15] = [
    "question",
    "question.stem",
    "prompt",
    "problem",
    "input",
    "sentence",
    "goal",
    "ctx",
    "query",
    "question_stem",
    "instruction",
    "turns",
    "Question",
    "Problem",
    "text",
];
const CHOICES: [&str; 7] =
    ["choices", "question.choices", "options", "endings", "candidates", "answer_choices", "Choices"];
/// Choices in columns of their own.
const CHOICE_COLUMNS: [&[&str]; 6] = [
    &["A", "B", "C", "D", "E", "F", "G", "H", "I", "J"],
    &["option1", "option2", "option3", "option4", "option5"],
    &["sol1", "sol2"],
    &["ending0", "ending1", "ending2", "ending3"],
    &["opa", "opb", "opc", "opd"],
    &["choice1", "choice2", "choice3", "choice4"],
];
const ANSWER: [&str; 14] = [
    "answer",
    "answerKey",
    "canonical_solution",
    "solution",
    "code",
    "target",
    "answers",
    "label",
    "output",
    "correct_answer",
    "best_answer",
    "gold",
    "answer_key",
    "Answer",
];
const PASSAGE: [&str; 7] = ["passage", "context", "article", "story", "paragraph", "support", "background"];
const ID: [&str; 8] = ["id", "task_id", "question_id", "item_id", "qid", "idx", "ind", "uid"];
const BENCHMARK: [&str; 3] = ["benchmark", "dataset", "task"];

/// Whether a row has a column under that name, with or without a value.
pub(super) fn has(row: &Map<String, Value>, name: &str) -> bool {
    get(row, name).is_some()
}

/// The value under a name, whose dots descend where there is no such column itself.
fn get<'v>(row: &'v Map<String, Value>, name: &str) -> Option<&'v Value> {
    if let Some(value) = row.get(name) {
        return Some(value);
    }
    let (first, rest) = name.split_once('.')?;
    get(row.get(first)?.as_object()?, rest)
}

/// The item of a row. `file` names the benchmark, and `number` the item, where no column does. `None` if the row has no column for a
/// question: what it has instead is for the message.
pub(super) fn item(row: &Map<String, Value>, columns: &ItemColumns, file: &str, number: u64) -> Option<Item> {
    let find = |named: &Option<String>, known: &[&str]| match named {
        Some(name) => get(row, name),
        None => known.iter().find_map(|name| get(row, name).filter(|value| !value.is_object() || *name == "answers")),
    };
    let question = find(&columns.question, &QUESTION)?;
    let (choices, labels, first) = choices(row, columns);
    let answer =
        find(&columns.answer, &ANSWER).map(|value| answer(value, &choices, &labels, first)).unwrap_or_default();
    let text_of = |value: Option<&Value>| value.map(text).filter(|text| !text.is_empty());
    Some(Item {
        benchmark: text_of(find(&columns.benchmark, &BENCHMARK)).unwrap_or_else(|| file.to_owned()),
        split: text_of(find(&columns.split, &["split"])),
        id: text_of(find(&columns.id, &ID)).unwrap_or_else(|| number.to_string()),
        question: text(question),
        choices,
        answer,
        passage: text_of(find(&columns.passage, &PASSAGE)).unwrap_or_default(),
    })
}

/// The choices, their labels where they have any, and the number that the first one goes by.
fn choices(row: &Map<String, Value>, columns: &ItemColumns) -> (Vec<String>, Vec<String>, i64) {
    let value = match &columns.choices {
        Some(name) => get(row, name),
        None => CHOICES.iter().find_map(|name| get(row, name).filter(|value| value.is_array() || value.is_object())),
    };
    let member = |value: &Value, key: &str| value.get(key).map(text).unwrap_or_default();
    let list = |value: Option<&Value>| value.and_then(Value::as_array).map(|list| list.iter().map(text).collect());
    match value {
        Some(Value::Array(list)) if list.iter().any(Value::is_object) => {
            (list.iter().map(|c| member(c, "text")).collect(), list.iter().map(|c| member(c, "label")).collect(), 0)
        }
        Some(Value::Array(list)) => (list.iter().map(text).collect(), Vec::new(), 0),
        Some(Value::Object(both)) if both.contains_key("text") => {
            (list(both.get("text")).unwrap_or_default(), list(both.get("label")).unwrap_or_default(), 0)
        }
        // `{"A": …, "B": …}`, in the order of the letters.
        Some(Value::Object(by_letter)) => {
            let mut pairs: Vec<(&String, String)> = by_letter.iter().map(|(key, value)| (key, text(value))).collect();
            pairs.sort();
            let (labels, texts) = pairs.into_iter().map(|(key, text)| (key.clone(), text)).unzip();
            (texts, labels, 0)
        }
        Some(other) => (vec![text(other)], Vec::new(), 0),
        None => {
            let in_columns =
                CHOICE_COLUMNS.iter().find(|names| names.iter().take(2).all(|name| row.contains_key(*name)));
            let Some(names) = in_columns else { return Default::default() };
            let there = names.iter().filter(|name| row.contains_key(**name));
            let (texts, labels) =
                there.map(|name| (row.get(*name).map(text).unwrap_or_default(), (*name).to_owned())).unzip();
            // `option1` is choice 1.
            (texts, labels, i64::from(names[0].ends_with('1') && names[0] != "sol1"))
        }
    }
}

/// The text of an answer: where there are choices, that of the one that it names.
fn answer(value: &Value, choices: &[String], labels: &[String], first: i64) -> String {
    // Several right answers, as in reading comprehension: the first.
    let value = match value {
        Value::Object(both) => both.get("text").unwrap_or(value),
        other => other,
    };
    let value = match value {
        Value::Array(list) => list.first().unwrap_or(&Value::Null),
        other => other,
    };
    let said = text(value);
    if choices.is_empty() || choices.contains(&said) {
        return said;
    }
    let bare = said.trim().trim_start_matches('(').trim_end_matches([')', '.']);
    let by_label = labels.iter().position(|label| label == bare);
    let by_number = || usize::try_from(bare.parse::<i64>().ok()? - first).ok();
    let by_letter = || match bare.as_bytes() {
        [letter @ b'A'..=b'Z'] => Some(usize::from(letter - b'A')),
        _ => None,
    };
    let at = by_label.or_else(by_number).or_else(by_letter);
    at.and_then(|at| choices.get(at).cloned()).unwrap_or(said)
}

/// A value as text: of a list its texts, a line each.
fn text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Number(number) => number.to_string(),
        Value::Bool(truth) => truth.to_string(),
        Value::Array(list) => list.iter().map(text).collect::<Vec<_>>().join("\n"),
        Value::Null | Value::Object(_) => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn read(row: Value) -> Item {
        item(row.as_object().unwrap(), &ItemColumns::default(), "file", 3).unwrap()
    }

    /// Question, choices, answer of published layouts.
    #[test]
    fn published_layouts_are_recognised() {
        let cases = [
            ("gsm8k", json!({"question": "Q", "answer": "2 + 2 = 4\n#### 4"}), ("Q", vec![], "2 + 2 = 4\n#### 4")),
            (
                "mmlu",
                json!({"question": "Q", "subject": "s", "choices": ["a", "b"], "answer": 1}),
                ("Q", vec!["a", "b"], "b"),
            ),
            (
                "mmlu, letter",
                json!({"question": "Q", "choices": ["a", "b"], "answer": "B"}),
                ("Q", vec!["a", "b"], "b"),
            ),
            (
                "mmlu, columns",
                json!({"input": "Q", "A": "a", "B": "b", "C": "c", "D": "d", "target": "C"}),
                ("Q", vec!["a", "b", "c", "d"], "c"),
            ),
            (
                "mmlu-pro",
                json!({"question": "Q", "options": ["a", "b"], "answer": "B", "answer_index": 1}),
                ("Q", vec!["a", "b"], "b"),
            ),
            (
                "arc",
                json!({"id": "x", "question": "Q", "choices": {"text": ["a", "b"], "label": ["1", "2"]}, "answerKey": "2"}),
                ("Q", vec!["a", "b"], "b"),
            ),
            (
                "arc, published",
                json!({"question": {"stem": "Q", "choices": [{"text": "a", "label": "A"}, {"text": "b", "label": "B"}]}, "answerKey": "A"}),
                ("Q", vec!["a", "b"], "a"),
            ),
            (
                "humaneval",
                json!({"task_id": "H/0", "prompt": "def f():", "canonical_solution": " return 1", "test": "t", "entry_point": "f"}),
                ("def f():", vec![], " return 1"),
            ),
            (
                "mbpp",
                json!({"task_id": 2, "text": "Write it", "code": "def f(): 1", "test_list": ["assert f()"]}),
                ("Write it", vec![], "def f(): 1"),
            ),
            (
                "mbpp, sanitized",
                json!({"task_id": 2, "prompt": "Write it", "code": "def f(): 1"}),
                ("Write it", vec![], "def f(): 1"),
            ),
            ("hellaswag", json!({"ctx": "Q", "endings": ["a", "b"], "label": "1"}), ("Q", vec!["a", "b"], "b")),
            ("piqa", json!({"goal": "Q", "sol1": "a", "sol2": "b", "label": 0}), ("Q", vec!["a", "b"], "a")),
            (
                "winogrande",
                json!({"sentence": "Q", "option1": "a", "option2": "b", "answer": "1"}),
                ("Q", vec!["a", "b"], "a"),
            ),
            ("math", json!({"problem": "Q", "solution": "s", "level": "1"}), ("Q", vec![], "s")),
            (
                "letters",
                json!({"question": "Q", "options": {"B": "b", "A": "a"}, "answer": "B"}),
                ("Q", vec!["a", "b"], "b"),
            ),
            ("squad", json!({"question": "Q", "context": "c", "answers": {"text": ["a", "b"]}}), ("Q", vec![], "a")),
            ("bare", json!({"text": "Q"}), ("Q", vec![], "")),
            ("nulls", json!({"question": null, "choices": null, "answer": null}), ("", vec![], "")),
            ("out of range", json!({"question": "Q", "choices": ["a"], "answer": 7}), ("Q", vec!["a"], "7")),
            ("below zero", json!({"question": "Q", "choices": ["a"], "answer": -1}), ("Q", vec!["a"], "-1")),
        ];
        for (name, row, (question, choices, answer)) in cases {
            let item = read(row);
            assert_eq!((item.question.as_str(), item.answer.as_str()), (question, answer), "{name}");
            assert_eq!(item.choices, choices, "{name}");
        }
    }

    #[test]
    fn names_come_from_columns_or_from_the_file() {
        let item = read(json!({"question": "Q", "passage": "p", "benchmark": "b", "split": "test", "task_id": 7}));
        let Item { benchmark, split, id, passage, .. } = item;
        assert_eq!(
            (benchmark.as_str(), split.as_deref(), id.as_str(), passage.as_str()),
            ("b", Some("test"), "7", "p")
        );
        let item = read(json!({"question": "Q"}));
        assert_eq!((item.benchmark.as_str(), item.split, item.id.as_str()), ("file", None, "3"));
    }

    #[test]
    fn a_mapping_goes_before_what_is_known() {
        let columns = ItemColumns {
            question: Some("a.b".into()),
            answer: Some("question".into()),
            choices: Some("c".into()),
            ..ItemColumns::default()
        };
        let row = json!({"question": "1", "a": {"b": "Q"}, "c": ["x", "y"]});
        let item = item(row.as_object().unwrap(), &columns, "file", 0).unwrap();
        assert_eq!((item.question.as_str(), item.answer.as_str()), ("Q", "y"));
        assert!(super::item(&Map::new(), &ItemColumns::default(), "file", 0).is_none());
    }
}
