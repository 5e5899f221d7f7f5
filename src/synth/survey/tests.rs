//! The survey as a whole: order does not matter, groups are bounded, hostile texts have an outcome.

use super::*;

fn row<'a>(template: &'a str, id: &'a str, text: &'a str, seeds: &'a [&'a str]) -> SurveyRow<'a> {
    SurveyRow { kind: "k", generator: "g", template, id, text, seeds }
}

fn survey(numbers: impl Iterator<Item = u64>) -> Survey {
    let mut surveyor = Surveyor::new(SurveyConfig { sample_words: 300, ..SurveyConfig::default() });
    for n in numbers {
        let (id, text) =
            (n.to_string(), format!("the {} of {} and {} is a {} word {}", n % 7, n % 11, n * n % 13, n % 3, n));
        if n % 3 == 0 {
            surveyor.add_organic(&id, &text);
        } else {
            surveyor.add(&row(if n % 2 == 0 { "even" } else { "odd" }, &id, &text, &["s"])).unwrap();
        }
    }
    surveyor.finish()
}

#[test]
fn order_and_threads_do_not_matter() {
    let whole = survey(0..500).report();
    assert_eq!(survey((0..500).rev()).report(), whole);
    let mut parts = survey(400..500);
    parts.merge(survey(0..150)).unwrap();
    parts.merge(survey(150..400)).unwrap();
    assert_eq!(parts.report(), whole);
    assert_eq!(whole.groups.len(), 2);
    assert_eq!(whole.groups.iter().map(|g| g.documents).sum::<u64>(), whole.all.as_ref().unwrap().documents);
    for group in &whole.groups {
        let organic = group.organic.as_ref().unwrap();
        assert_eq!(group.measures.words, organic.words, "samples of equal size");
        assert_eq!(group.measures.words, 300);
    }
}

#[test]
fn too_many_groups_are_refused() {
    let config = SurveyConfig { max_groups: 2, ..SurveyConfig::default() };
    let mut surveyor = Surveyor::new(config);
    surveyor.add(&row("a", "1", "x", &[])).unwrap();
    surveyor.add(&row("b", "2", "x", &[])).unwrap();
    surveyor.add(&row("a", "3", "x", &[])).unwrap();
    let error = surveyor.add(&row("c", "4", "x", &[])).unwrap_err().to_string();
    let expected = "groups: there are more than 2 combinations of kind, generator and template; group by a column with fewer values, or by \
                    an empty one";
    assert_eq!(error, expected);
}

#[test]
fn every_text_has_an_outcome() {
    let long = "word ".repeat(300_000);
    let texts =
        ["", " \r\n", "\0\0", "e\u{301}\u{301}", "é".repeat(200_000).as_str(), long.as_str(), "麦芽とライ麦", "?!?!"]
            .map(str::to_owned);
    let mut surveyor =
        Surveyor::new(SurveyConfig { compress: Some(|bytes| bytes.len() as u64), ..SurveyConfig::default() });
    for (at, text) in texts.iter().enumerate() {
        surveyor.add(&row("t", &at.to_string(), text, &["seed", ""])).unwrap();
        surveyor.add_organic("same id", text);
    }
    let mut seeded = surveyor.finish().with_seeds();
    assert!(seeded.wants("seed") && !seeded.wants("other"));
    seeded.add_seed("seed", &long);
    let report = seeded.report();
    assert_eq!(report.groups[0].documents, texts.len() as u64);
    let empty = Surveyor::new(SurveyConfig::default()).finish().report();
    assert!(empty.all.is_none() && empty.groups.is_empty());
}
