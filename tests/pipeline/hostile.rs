//! Rows that no rule was written for, through `annotate` and a whole run: every row has an outcome, no value is NaN, nothing panics.

use crate::kit::{self, numbers, pool, read, read_dir, reals, words, write_docs};
use arrow::array::{ArrayRef, StringArray};
use arrow::datatypes::DataType;
use mashbill::Error;
use mashbill::pipeline::{AnnotateConfig, ColumnNames, LabelledPath, Silent, Source, annotate};
use mashbill::recipe::{Chain, profile_names};
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// A text that every profile for prose keeps.
fn page() -> String {
    let books = std::fs::read_to_string(kit::fixtures().join("text/book.txt")).unwrap();
    books.split("\n\u{1e}\n").next().unwrap().to_owned()
}

/// Name and text.
fn hostile() -> Vec<(&'static str, String)> {
    let text = |s: &str| s.to_owned();
    vec![
        ("empty", text("")),
        ("blank", text(" \t\u{a0}\u{3000} ")),
        ("newlines", text("\n\n\r\n\r\n\r")),
        ("nul", text("\0")),
        ("nuls in words", text("a\0b c\0d the of \0 and")),
        ("lone combining mark", text("\u{301}")),
        ("combining marks only", "\u{301}\u{302}\u{327}".repeat(2_000)),
        ("crlf", "The one line ends here.\r\nAnd the next one, with the rest of it.\r\n".repeat(40)),
        ("one word", text("barley")),
        ("one letter", text("a")),
        ("one word per line", "barley\n".repeat(2_000)),
        ("byte-order mark", text("\u{feff}barley")),
        ("zero-width spaces", "\u{200b}".repeat(3_000)),
        ("right-to-left overrides", "\u{202e}abc\u{202c} ".repeat(500)),
        ("emoji families", "👩‍👩‍👧‍👦🏽 ".repeat(1_000)),
        ("han without spaces", "麦芽和玉米".repeat(2_000)),
        ("dots", "...".repeat(10_000)),
        ("hashes", "#".repeat(30_000)),
        ("brackets", "{}[]()<>".repeat(4_000)),
        ("one word repeated", "the ".repeat(20_000)),
        ("digits", "0123456789 ".repeat(3_000)),
        ("last code point", text("\u{10ffff}\u{fffd}")),
        ("private use", "\u{e000}".repeat(1_000)),
        ("prose", page()),
    ]
}

fn annotated(profile: &str, file: &Path) -> arrow::array::RecordBatch {
    let (dir, pool) = (tempfile::tempdir().unwrap(), pool(2));
    let files = [LabelledPath::new(file, None)];
    let source =
        Source::open(&pool, "input", "input", &files, &ColumnNames::default(), Chain::profile(profile).unwrap())
            .unwrap();
    let path = dir.path().join("annotations.parquet");
    let config = AnnotateConfig { batch_bytes: 1 << 20, reference_reasons: false };
    let rows = annotate(&source, &pool, &path, &config, &Silent).unwrap();
    let batch = read(&path);
    assert_eq!(rows, batch.num_rows() as u64);
    batch
}

fn no_nan(batch: &arrow::array::RecordBatch) {
    for field in batch.schema().fields().iter().filter(|f| f.data_type() == &DataType::Float64) {
        for (id, value) in words(batch, "id").iter().zip(reals(batch, field.name())) {
            assert!(value.is_none_or(f64::is_finite), "{id}: {} = {value:?}", field.name());
        }
    }
}

/// A run with every profile in a source of its own, and near duplicates. Returns the ledger.
fn run_all_profiles(file: &str, dir: &Path, more: &str) -> mashbill::Result<arrow::array::RecordBatch> {
    let mut recipe = format!(
        "{more}\n[tokens]\ncounter = \"words\"\n[dedup]\nmax_loss = 1.0\nnear = {{ ngram = 5, threshold = 0.8 }}\n"
    );
    recipe.push_str(&format!("[[source]]\nname = \"bare\"\ncategory = \"organic\"\npaths = [\"{file}\"]\n"));
    for profile in profile_names() {
        recipe.push_str(&format!(
            "[[source]]\nname = \"{}\"\ncategory = \"organic\"\npaths = [\"{file}\"]\nsteps = [{{ profile = \"{profile}\" }}]\n",
            profile.replace('.', "_")
        ));
    }
    let out = dir.join("out");
    kit::run(&recipe, dir, &out)?;
    let pool = pool(2);
    let checks = mashbill::pipeline::verify(&out, &pool, &Silent)?;
    mashbill::pipeline::all_hold(&checks)?;
    let ledger = read_dir(&out.join("ledger"));
    no_nan(&ledger);
    Ok(ledger)
}

#[test]
fn every_hostile_row_has_an_outcome() {
    let dir = tempfile::tempdir().unwrap();
    let docs = hostile();
    write_docs(&dir.path().join("hostile.parquet"), &docs, 7);
    for profile in profile_names() {
        let batch = annotated(profile, &dir.path().join("hostile.parquet"));
        assert_eq!(words(&batch, "id"), docs.iter().map(|d| d.0).collect::<Vec<_>>(), "{profile}");
        no_nan(&batch);
    }
    let ledger = run_all_profiles("hostile.parquet", dir.path(), "").unwrap();
    let (sources, ids, verdicts) = (words(&ledger, "source"), words(&ledger, "id"), words(&ledger, "verdict"));
    assert_eq!(ids.len(), docs.len() * (1 + profile_names().len()));
    // Without rules everything but a copy of the same content is kept, the empty text too.
    for i in (0..ids.len()).filter(|&i| sources[i] == "bare") {
        assert!(verdicts[i] == "kept" || verdicts[i] == "duplicate", "{}: {}", ids[i], verdicts[i]);
    }
    let of = |source: &str, id: &str| {
        let at = (0..ids.len()).find(|&i| sources[i] == source && ids[i] == id).unwrap();
        verdicts[at].as_str()
    };
    assert_eq!(
        (of("gopher", "prose"), of("gopher", "empty"), of("fineweb", "hashes")),
        ("duplicate", "dropped", "dropped")
    );
}

/// Shape, text: what a quadratic step would take minutes over.
fn long(bytes: usize) -> Vec<(&'static str, String)> {
    let words = kit::prose(3, bytes / 80 + 1);
    let mut end = bytes.min(words.len());
    while !words.is_char_boundary(end) {
        end -= 1;
    }
    vec![("no spaces", "x".repeat(bytes)), ("words", words[..end].to_owned()), ("newlines", "\n".repeat(bytes / 5))]
}

fn survives(bytes: usize) -> Duration {
    let dir = tempfile::tempdir().unwrap();
    write_docs(&dir.path().join("long.parquet"), &long(bytes), 1);
    let began = Instant::now();
    no_nan(&annotated("fineweb", &dir.path().join("long.parquet")));
    let recipe = "[tokens]\ncounter = \"words\"\n[dedup]\nnear = { ngram = 5, threshold = 0.8 }\n\
         [[source]]\nname = \"a\"\ncategory = \"organic\"\npaths = [\"long.parquet\"]\nsteps = [{ profile = \"fineweb\" }]\n\
         [[source]]\nname = \"b\"\ncategory = \"organic\"\npaths = [\"long.parquet\"]\n";
    let outcome = kit::run(recipe, dir.path(), &dir.path().join("out")).unwrap();
    assert_eq!(outcome.report.books.sources["a"].accounted(), 3);
    assert_eq!(outcome.report.books.sources["b"].accounted(), 3);
    // The bare source keeps its long texts, byte for byte.
    let emitted = read_dir(&dir.path().join("out/data"));
    let mut kept: Vec<(String, usize)> =
        words(&emitted, "id").into_iter().zip(words(&emitted, "text").iter().map(String::len)).collect();
    kept.sort();
    kept.dedup();
    let has = |id: &str, len: usize| kept.iter().any(|(i, l)| i == id && *l == len);
    assert!(has("no spaces", bytes) && has("newlines", bytes / 5), "{kept:?}");
    began.elapsed()
}

/// A million newlines, five megabytes without a space, five megabytes of words.
#[test]
fn long_documents_have_an_outcome() {
    survives(5_000_000);
}

/// The same ten times as long; also that the time grows as the text does (four times the ratio is allowed, for a busy machine).
#[test]
#[ignore = "a minute without optimisation: run with --release --ignored"]
fn documents_of_fifty_megabytes_have_an_outcome() {
    let (short, long) = (survives(5_000_000), survives(50_000_000));
    assert!(long < short * 40, "{short:?} for 5 MB, {long:?} for 50 MB");
}

#[test]
fn a_column_of_nulls_is_set_aside_or_refused() {
    let dir = tempfile::tempdir().unwrap();
    let ids = kit::string_array(["a", "b", "c"]);
    let texts: ArrayRef = Arc::new(StringArray::from(vec![None::<&str>; 3]));
    kit::write(&dir.path().join("nulls.parquet"), &kit::batch(vec![("id", ids), ("text", texts)]), 2);
    let error = run_all_profiles("nulls.parquet", dir.path(), "").unwrap_err();
    assert!(matches!(error, Error::BadRow { row: 0, row_group: 0, .. }), "{error}");
    std::fs::remove_dir_all(dir.path().join("out")).unwrap();
    let ledger =
        run_all_profiles("nulls.parquet", dir.path(), "on_bad_row = \"quarantine\"\noutput.allow_empty = true")
            .unwrap();
    assert!(words(&ledger, "verdict").iter().all(|v| v == "quarantined"));
    let batch = annotated("gopher", &dir.path().join("nulls.parquet"));
    assert_eq!(kit::flags(&batch, "gopher_quality.keep"), [None; 3]);
}

/// Without an id either, a row that holds nothing still is a row of the ledger.
#[test]
fn a_row_of_nothing_but_nulls_is_a_row() {
    let dir = tempfile::tempdir().unwrap();
    let column = || -> ArrayRef { Arc::new(StringArray::from(vec![None, Some("something"), None])) };
    kit::write(&dir.path().join("n.parquet"), &kit::batch(vec![("id", column()), ("text", column())]), 2);
    let recipe = "on_bad_row = \"quarantine\"\n[tokens]\ncounter = \"words\"\n[[source]]\nname = \"a\"\ncategory = \"organic\"\npaths = [\"n.parquet\"]\n";
    let outcome = kit::run(recipe, dir.path(), &dir.path().join("out")).unwrap();
    let books = &outcome.report.books.sources["a"];
    assert_eq!((books.input.rows, books.quarantined["null_text"].rows, books.emitted.rows), (3, 2, 1));
}

#[test]
fn a_file_without_rows_is_no_error_beside_others() {
    let dir = tempfile::tempdir().unwrap();
    std::fs::copy(kit::fixtures().join("corpus/empty.parquet"), dir.path().join("empty.parquet")).unwrap();
    write_docs(&dir.path().join("full.parquet"), &[("1", "one text")], 1);
    let recipe = |paths: &str, allow: bool| {
        format!(
            "[tokens]\ncounter = \"words\"\n[[source]]\nname = \"a\"\ncategory = \"organic\"\npaths = [{paths}]\n[output]\nallow_empty = {allow}\n"
        )
    };
    let both = recipe("\"empty.parquet\", \"full.parquet\"", false);
    let outcome = kit::run(&both, dir.path(), &dir.path().join("both")).unwrap();
    assert_eq!((outcome.report.output.rows, kit::files(&dir.path().join("both/ledger")).len()), (1, 2));
    let error = kit::run(&recipe("\"empty.parquet\"", false), dir.path(), &dir.path().join("none")).unwrap_err();
    assert!(matches!(error, Error::Refused(_)), "{error}");
    let allowed = kit::run(&recipe("\"empty.parquet\"", true), dir.path(), &dir.path().join("allowed")).unwrap();
    assert_eq!(allowed.report.output.rows, 0);
    let checks = mashbill::pipeline::verify(&dir.path().join("allowed"), &pool(1), &Silent).unwrap();
    mashbill::pipeline::all_hold(&checks).unwrap();
    assert_eq!(annotated("gopher", &dir.path().join("empty.parquet")).num_rows(), 0);
}

#[test]
fn no_file_at_all_is_an_error_that_says_where_it_looked() {
    let dir = tempfile::tempdir().unwrap();
    let recipe =
        "[tokens]\ncounter = \"words\"\n[[source]]\nname = \"a\"\ncategory = \"organic\"\npaths = [\"x-*.parquet\"]\n";
    let error = kit::run(recipe, dir.path(), &dir.path().join("out")).unwrap_err();
    assert!(matches!(error, Error::Recipe(_)), "{error:?}");
    assert!(error.to_string().contains("no file matches `x-*.parquet`"), "{error}");
    assert!(!dir.path().join("out").exists());
}

/// A source that every filter empties takes no part in the mix, and says so.
#[test]
fn a_source_that_its_filters_empty_is_named() {
    let dir = tempfile::tempdir().unwrap();
    write_docs(&dir.path().join("short.parquet"), &[("1", "short"), ("2", "shorter")], 1);
    write_docs(&dir.path().join("long.parquet"), &[("1", kit::prose(1, 30))], 1);
    let recipe = "[tokens]\ncounter = \"bytes\"\n\
         [[source]]\nname = \"short\"\ncategory = \"code\"\npaths = [\"short.parquet\"]\nsteps = [{ profile = \"gopher\" }]\n\
         [[source]]\nname = \"long\"\ncategory = \"organic\"\npaths = [\"long.parquet\"]\n\
         [mix]\ntokens = 100\nshares = { organic = 0.5, code = 0.5 }\n";
    let error = kit::run(recipe, dir.path(), &dir.path().join("out")).unwrap_err();
    assert!(matches!(&error, Error::Infeasible(m) if m.contains("`short`") || m.contains("`code`")), "{error}");
    assert_eq!(numbers(&read(&kit::files(&dir.path().join("out/work"))[0]), "row").len(), 1);
}
