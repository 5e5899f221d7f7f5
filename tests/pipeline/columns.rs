//! Columns: everything passes through, null where a file lacks it; names that the mix needs are freed; text is emitted as
//! rewritten; ids of any kind come out as they went in.

use crate::kit::{self, fixture, fixtures, numbers, pool, read, read_dir, strings, words, write, write_docs};
use arrow::array::{Array, ArrayRef, AsArray, Int32Array, Int64Array, RecordBatch, StringArray, UInt64Array};
use arrow::compute::cast;
use arrow::datatypes::DataType;
use mashbill::Facts;
use mashbill::pipeline::{Silent, all_hold, verify};
use mashbill::recipe::Chain;
use mashbill::text::Analyzer;
use std::collections::{BTreeMap, HashMap};
use std::path::Path;
use std::sync::Arc;

/// Runs a recipe without filters over sources of one file each, `(name, file, more)`; verifies, and returns the output.
fn emitted(sources: &[(&str, &str, &str)], more: &str, base: &Path) -> RecordBatch {
    let mut recipe = format!("{more}\n[tokens]\ncounter = \"bytes\"\n");
    for (name, file, more) in sources {
        recipe.push_str(&format!("[[source]]\nname = \"{name}\"\ncategory = \"code\"\npaths = [\"{file}\"]\n{more}\n"));
    }
    let out = tempfile::tempdir().unwrap();
    kit::run(&recipe, base, out.path()).unwrap();
    all_hold(&verify(out.path(), &pool(1), &Silent).unwrap()).unwrap();
    read_dir(&out.path().join("data"))
}

/// Rows of the output that came from `source`, by id.
fn rows_of(data: &RecordBatch, source: &str) -> BTreeMap<String, usize> {
    let (sources, ids) = (words(data, "source"), words(data, "id"));
    ids.into_iter().enumerate().filter(|(i, _)| sources[*i] == source).map(|(i, id)| (id, i)).collect()
}

#[test]
fn every_column_of_every_source_passes_through() {
    let extra = fixture("corpus/extra_columns.parquet");
    let nested = fixture("corpus/nested.parquet");
    let duckdb = fixture("corpus/duckdb.parquet");
    let sources = [
        ("extra", extra.as_str(), ""),
        ("nested", nested.as_str(), "columns = { text = \"record.text\", id = \"record.id\" }"),
        ("duckdb", duckdb.as_str(), ""),
    ];
    let data = emitted(&sources, "", &fixtures());
    let mut compared = 0;
    for (source, file, _) in sources {
        let input = read(Path::new(file));
        let ids = if source == "nested" {
            cast(input.column_by_name("record").unwrap().as_struct().column_by_name("id").unwrap(), &DataType::Utf8)
                .unwrap()
        } else {
            cast(input.column_by_name("id").unwrap(), &DataType::Utf8).unwrap()
        };
        let rows = rows_of(&data, source);
        assert_eq!(rows.len(), input.num_rows(), "{source}");
        for field in data.schema().fields() {
            let column = data.column_by_name(field.name()).unwrap();
            let original = match field.name().as_str() {
                "source" | "category" | "copy_index" => continue,
                "text" if source == "nested" => {
                    input.column_by_name("record").unwrap().as_struct().column_by_name("text").cloned()
                }
                "id" if source == "nested" => {
                    input.column_by_name("record").unwrap().as_struct().column_by_name("id").cloned()
                }
                name => input.column_by_name(name.strip_prefix("input_").unwrap_or(name)).cloned(),
            };
            let original = original.map(|o| cast(&o, field.data_type()).unwrap());
            for (i, id) in ids.as_string::<i32>().iter().enumerate() {
                let got = column.slice(rows[id.unwrap()], 1);
                match &original {
                    Some(original) => assert_eq!(&got, &original.slice(i, 1), "{source}, {id:?}: {}", field.name()),
                    None => assert!(got.is_null(0), "{source}, {id:?}: {} is not null", field.name()),
                }
            }
            compared += usize::from(original.is_some());
        }
    }
    // 15 columns of `extra`, 3 of `nested` (text, id, record, source), 7 of `duckdb`.
    let expected = 15 + 4 + 7;
    assert_eq!(compared, expected);
    let schema = data.schema();
    let types: BTreeMap<&str, &DataType> = schema.fields().iter().map(|f| (f.name().as_str(), f.data_type())).collect();
    assert_eq!(
        (types["stars"], types["score"], types["is_main"]),
        (&DataType::Int64, &DataType::Float64, &DataType::Boolean)
    );
    assert!(matches!(types["tags"], DataType::List(_)) && matches!(types["origin"], DataType::Struct(_)));
    assert!(matches!(types["fetched_at"], DataType::Timestamp(..)), "{:?}", types["fetched_at"]);
}

#[test]
fn columns_whose_names_the_mix_needs_are_renamed_and_kept() {
    let dir = tempfile::tempdir().unwrap();
    let of = |values: [&str; 2]| kit::string_array(values);
    let columns = vec![
        ("id", of(["1", "2"])),
        ("text", of(["one", "two"])),
        ("source", of(["s1", "s2"])),
        ("category", of(["c1", "c2"])),
        ("copy_index", of(["k1", "k2"])),
        ("input_source", of(["i1", "i2"])),
    ];
    write(&dir.path().join("a.parquet"), &kit::batch(columns), 9);
    let data = emitted(&[("a", "a.parquet", "")], "", dir.path());
    let rows = rows_of(&data, "a");
    let second = |name: &str| strings(&data, name)[rows["2"]].clone().unwrap();
    assert_eq!(["input_category", "input_copy_index", "input_source"].map(second), ["c2", "k2", "i2"]);
    // The name `input_source` was taken, so the input's `source` goes one further.
    assert_eq!(second("input_input_source"), "s2");
    assert_eq!([second("source"), second("category"), second("copy_index")], ["a", "code", "0"]);
}

#[test]
fn text_is_emitted_as_rewritten_under_the_recipes_names() {
    let dir = tempfile::tempdir().unwrap();
    let page = |i: u64| {
        format!(
            "Home | Log in\n{}\nPlease enable javascript to go on from here.\nMenu\nThis last line of the page ends well.",
            kit::prose(i, 12)
        )
    };
    let texts: Vec<String> = (0..20).map(page).collect();
    let ids: Vec<String> = (0..20).map(|i| format!("p{i}")).collect();
    let columns = vec![
        ("page", kit::string_array(&texts)),
        ("key", kit::string_array(&ids)),
        ("id", kit::string_array((0..20).map(|i| format!("other {i}")))),
    ];
    write(&dir.path().join("a.parquet"), &kit::batch(columns), 7);
    let recipe = "columns = { text = \"page\", id = \"key\" }\n[tokens]\ncounter = \"words\"\n\
         [[source]]\nname = \"a\"\ncategory = \"organic\"\npaths = [\"a.parquet\"]\nsteps = [{ profile = \"c4\" }]\n";
    let out = dir.path().join("out");
    let outcome = kit::run(recipe, dir.path(), &out).unwrap();
    all_hold(&verify(&out, &pool(1), &Silent).unwrap()).unwrap();
    assert_eq!(outcome.report.output.columns, ["key", "page", "id", "source", "category", "copy_index"]);
    let data = read_dir(&out.join("data"));
    let (chain, mut analyzer) = (Chain::profile("c4").unwrap(), Analyzer::new());
    let mut expected = BTreeMap::new();
    for (id, text) in ids.iter().zip(&texts) {
        let judged = chain.check(&mut analyzer, text, Facts::NONE);
        assert!(judged.verdict.is_keep() && judged.edits > 0, "{judged:?}");
        assert!(!judged.text.contains("javascript") && judged.text.contains("The "), "{}", judged.text);
        expected.insert(id.clone(), judged.text.into_owned());
    }
    let found: BTreeMap<String, String> = words(&data, "key").into_iter().zip(words(&data, "page")).collect();
    assert_eq!(found, expected);
    // The ledger has both sizes.
    let ledger = read_dir(&out.join("ledger"));
    for (i, id) in words(&ledger, "id").iter().enumerate() {
        assert_eq!(numbers(&ledger, "bytes")[i], Some(expected[id].len() as u64));
        assert!(numbers(&ledger, "input_bytes")[i] > numbers(&ledger, "bytes")[i]);
        assert!(numbers(&ledger, "edits")[i] >= Some(2));
    }
}

/// A text inside a struct: the struct passes through with the text as rewritten, too.
#[test]
fn a_nested_text_is_rewritten_in_both_places() {
    let file = fixture("corpus/nested.parquet");
    let sources = [(
        "nested",
        file.as_str(),
        "columns = { text = \"record.text\", id = \"record.id\" }\nsteps = [{ newline_cap = { max = 1 } }]",
    )];
    let data = emitted(&sources, "", &fixtures());
    let inner =
        cast(data.column_by_name("record").unwrap().as_struct().column_by_name("text").unwrap(), &DataType::Utf8)
            .unwrap();
    let inner: Vec<String> = inner.as_string::<i32>().iter().map(|t| t.unwrap().to_owned()).collect();
    assert_eq!(inner, words(&data, "text"));
    assert!(inner.iter().all(|t| !t.contains("\n\n")));
    assert!(inner.iter().any(|t| t.contains('\n')));
}

fn id_file(path: &Path, ids: ArrayRef) {
    let texts = kit::string_array((0..ids.len() as u64).map(|i| kit::prose(i, 3)));
    write(path, &kit::batch(vec![("id", ids), ("text", texts)]), 2);
}

/// The ids of an output, as strings, and their type.
fn ids_out(files: &[ArrayRef]) -> (Vec<Option<String>>, DataType) {
    let dir = tempfile::tempdir().unwrap();
    let names: Vec<String> = (0..files.len()).map(|i| format!("f{i}")).collect();
    for (name, ids) in names.iter().zip(files) {
        id_file(&dir.path().join(format!("{name}.parquet")), ids.clone());
    }
    let paths: Vec<String> = names.iter().map(|n| format!("{n}.parquet")).collect();
    let sources: Vec<(&str, &str, &str)> =
        names.iter().zip(&paths).map(|(n, p)| (n.as_str(), p.as_str(), "")).collect();
    let data = emitted(&sources, "", dir.path());
    let mut ids = strings(&data, "id");
    ids.sort();
    (ids, data.column_by_name("id").unwrap().data_type().clone())
}

fn some(ids: &[&str]) -> Vec<Option<String>> {
    ids.iter().map(|id| Some((*id).to_owned())).collect()
}

#[test]
fn integer_ids_stay_integers_where_all_are() {
    let small: ArrayRef = Arc::new(Int32Array::from(vec![-7, 12]));
    let large: ArrayRef = Arc::new(Int64Array::from(vec![i64::MAX, 3]));
    let (ids, data_type) = ids_out(&[small.clone(), large]);
    assert_eq!((ids, data_type), (some(&["-7", "12", "3", "9223372036854775807"]), DataType::Int64));
    let (ids, data_type) = ids_out(&[small, kit::string_array(["a", "b"])]);
    assert_eq!((ids, data_type), (some(&["-7", "12", "a", "b"]), DataType::Utf8));
}

/// An id above 2^63 fits no signed integer; it must not become null.
#[test]
fn unsigned_ids_are_not_lost() {
    let unsigned: ArrayRef = Arc::new(UInt64Array::from(vec![u64::MAX, 1]));
    assert_eq!(ids_out(&[unsigned]).0, some(&["1", "18446744073709551615"]));
}

/// A row without an id goes by the hash of its text, in the ledger and in the output.
#[test]
fn null_ids_become_hashes_of_the_text() {
    let hash = |i: u64| format!("{:032x}", xxhash_rust::xxh3::xxh3_128(kit::prose(i, 3).as_bytes()));
    let mut expected = vec![Some(hash(1)), Some("a".to_owned()), Some("c".to_owned())];
    expected.sort();
    let words: ArrayRef = Arc::new(StringArray::from(vec![Some("a"), None, Some("c")]));
    assert_eq!(ids_out(&[words]).0, expected);
    let mut expected = vec![Some("5".to_owned()), Some(hash(1)), Some("6".to_owned())];
    expected.sort();
    let numbers: ArrayRef = Arc::new(Int64Array::from(vec![Some(5), None, Some(6)]));
    assert_eq!(ids_out(&[numbers]).0, expected);
}

/// Two rows of one source with one id and different texts: both have a fate, and both may be chosen, or one.
#[test]
fn rows_that_share_an_id_are_two_rows() {
    let dir = tempfile::tempdir().unwrap();
    let docs: Vec<(&str, String)> = (0..30).map(|i| ("same", kit::prose(i, 3 + i as usize % 5))).collect();
    write_docs(&dir.path().join("a.parquet"), &docs, 7);
    let all = emitted(&[("a", "a.parquet", "")], "", dir.path());
    let mut texts = words(&all, "text");
    texts.sort();
    let mut expected: Vec<String> = docs.iter().map(|d| d.1.clone()).collect();
    expected.sort();
    assert_eq!(texts, expected);
    // A mix takes some of them, to the token.
    let mix = "[mix]\ntokens = 4_000\nshares = { code = 1.0 }\n";
    let some = emitted(&[("a", "a.parquet", "")], "", dir.path());
    assert_eq!(some.num_rows(), 30);
    let out = dir.path().join("out");
    let recipe = format!(
        "[tokens]\ncounter = \"bytes\"\n[[source]]\nname = \"a\"\ncategory = \"code\"\npaths = [\"a.parquet\"]\n{mix}"
    );
    let outcome = kit::run(&recipe, dir.path(), &out).unwrap();
    all_hold(&verify(&out, &pool(1), &Silent).unwrap()).unwrap();
    let chosen = words(&read_dir(&out.join("data")), "text");
    assert_eq!(chosen.iter().map(String::len).sum::<usize>() as u64, outcome.report.output.tokens);
    assert!(outcome.report.output.tokens.abs_diff(4_000) < 500 && chosen.len() < 30, "{:?}", outcome.report.output);
    let ledger = read_dir(&out.join("ledger"));
    assert_eq!(numbers(&ledger, "copies").iter().flatten().sum::<u64>(), chosen.len() as u64);
}

#[test]
fn copies_are_numbered_and_counted() {
    let dir = tempfile::tempdir().unwrap();
    let docs: Vec<(String, String)> = (0..60).map(|i| (format!("d{i}"), kit::prose(i, 2 + i as usize % 7))).collect();
    write_docs(&dir.path().join("a.parquet"), &docs, 20);
    let bytes: usize = docs.iter().map(|d| d.1.len()).sum();
    let recipe = format!(
        "[tokens]\ncounter = \"bytes\"\n[[source]]\nname = \"a\"\ncategory = \"code\"\npaths = [\"a.parquet\"]\nmax_epochs = 2.5\n\
         [mix]\ntokens = {}\nshares = {{ code = 1.0 }}\n",
        bytes * 5 / 2
    );
    let out = dir.path().join("out");
    let outcome = kit::run(&recipe, dir.path(), &out).unwrap();
    all_hold(&verify(&out, &pool(1), &Silent).unwrap()).unwrap();
    let data = read_dir(&out.join("data"));
    let mut copies: HashMap<String, Vec<u64>> = HashMap::new();
    for (id, copy) in words(&data, "id").into_iter().zip(numbers(&data, "copy_index")) {
        copies.entry(id).or_default().push(copy.unwrap());
    }
    assert_eq!(copies.len(), 60);
    for (id, mut numbers) in copies.clone() {
        numbers.sort();
        assert!(numbers == [0, 1] || numbers == [0, 1, 2], "{id}: {numbers:?}");
    }
    let third = copies.values().filter(|c| c.len() == 3).count();
    assert!((15..45).contains(&third), "{third}");
    let ledger = read_dir(&out.join("ledger"));
    for (id, n) in words(&ledger, "id").iter().zip(numbers(&ledger, "copies")) {
        assert_eq!(copies[id].len() as u64, n.unwrap(), "{id}");
    }
    let books = &outcome.report.books.sources["a"];
    assert_eq!((books.sampled.rows, books.emitted.rows), (60, 120 + third as u64));
    assert_eq!(books.emitted.tokens, bytes as u64 * 5 / 2);
    // Copies are shuffled like other rows, not laid side by side.
    let order = words(&data, "id");
    assert!(order.windows(2).filter(|w| w[0] == w[1]).count() < 20);
}

/// The output's text and id have the recipe's names; a column that is called so and is another passes through all the same.
#[test]
fn a_column_named_text_that_is_not_the_text_is_kept() {
    let dir = tempfile::tempdir().unwrap();
    let column = |values: [&str; 2]| -> ArrayRef { kit::string_array(values) };
    let columns = vec![
        ("key", column(["a", "b"])),
        ("id", column(["row 1", "row 2"])),
        ("content", column(["corn and rye", "malted barley"])),
        ("text", column(["a summary", "another"])),
    ];
    kit::write(&dir.path().join("in.parquet"), &kit::batch(columns), 10);
    let named = "columns = { text = \"content\", id = \"key\" }";
    let data = emitted(&[("one", "in.parquet", named)], "", dir.path());
    let row = rows_of(&data, "one")["b"];
    let at = |name: &str| words(&data, name)[row].clone();
    assert_eq!([at("text"), at("input_text"), at("input_id")], ["malted barley", "another", "row 2"]);
    assert!(data.column_by_name("content").is_none(), "the text stands under the recipe's name only");
}
