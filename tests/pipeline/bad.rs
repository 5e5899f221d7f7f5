//! The census of bad inputs: every file of `fixtures/bad` has an expectation here, under both policies, and none is a panic.

use crate::kit::{self, fixtures, lists, numbers, plain, read_dir, strings, words};
use mashbill::Error;
use std::collections::BTreeSet;
use std::path::Path;

/// What comes of a file.
enum Expect {
    /// Refused under both policies: the variant, and words of the message.
    Refused(&'static str, &'static [&'static str]),
    /// Refused under `fail` likewise; under `quarantine` so many rows are set aside under a rule, and the others are kept.
    BadRows(&'static [&'static str], u64, &'static str),
    /// Reads, all twenty rows.
    Reads,
}
use Expect::{BadRows, Reads, Refused};

const CENSUS: &[(&str, Expect)] = &[
    ("bitflip", Refused("Read", &["row group 1", "column `text`", "damaged"])),
    ("bitflip_crc_only", Refused("Read", &["row group 1", "column `text`", "checksum"])),
    ("brotli", Refused("Read", &["brotli", "write it again"])),
    ("directory", Refused("Read", &["is a folder"])),
    // Rows that share an id are told apart by their content; see `columns::rows_that_share_an_id_are_two_rows`.
    ("duplicate_ids", Reads),
    ("garbled_footer", Refused("Read", &["its footer cannot be read"])),
    ("huge_footer_length", Refused("Read", &["its footer says that it is longer than the file"])),
    ("id_is_int", Reads),
    ("invalid_utf8", BadRows(&["row group 1, row 14", "column `text`", "not UTF-8"], 1, "invalid_utf8")),
    ("magic_only", Refused("Read", &["its footer cannot be read"])),
    ("no_id_column", Refused("Column", &["column `id`: is missing", "url_or_path", "id = false"])),
    ("no_text_column", Refused("Column", &["column `text`", "did you mean `Text`?", "content"])),
    ("not_parquet", Refused("Read", &["is not a Parquet file"])),
    // Such rows get the hash of their text as id.
    ("null_ids", Reads),
    ("null_text", BadRows(&["row group 1, row 13", "column `text`", "is null"], 2, "null_text")),
    ("odd_text", Reads),
    ("sound", Reads),
    ("text_is_binary", Reads),
    ("text_is_int", Refused("Column", &["column `text`", "has type Int64, where a string is needed"])),
    ("text_is_list", Refused("Column", &["column `text`", "has type List", "where a string is needed"])),
    ("truncated", Refused("Read", &["is cut short"])),
    ("truncated_footer", Refused("Read", &["is cut short"])),
    ("wrong_magic", Refused("Read", &["is not a Parquet file"])),
    ("zero_bytes", Refused("Read", &["is empty (0 bytes)"])),
    ("zeroed_page", Refused("Read", &["row group 1", "column `text`", "damaged"])),
];

fn variant(error: &Error) -> &'static str {
    match error {
        Error::Read { .. } => "Read",
        Error::Column { .. } => "Column",
        Error::BadRow { .. } => "BadRow",
        _ => "another",
    }
}

/// A run over one bad file beside a sound one, which must not suffer.
fn run(file: &str, policy: &str, out: &Path) -> mashbill::Result<mashbill::pipeline::Outcome> {
    let recipe = format!(
        "on_bad_row = \"{policy}\"\n[tokens]\ncounter = \"words\"\n\
         [[source]]\nname = \"bad\"\ncategory = \"organic\"\npaths = [\"bad/{file}.parquet\"]\n\
         [[source]]\nname = \"sound\"\ncategory = \"organic\"\npaths = [\"layouts/utf8-plain.parquet\"]\n"
    );
    kit::run(&recipe, &fixtures(), out)
}

#[test]
fn every_bad_file_has_the_outcome_that_is_right() {
    let found: BTreeSet<String> = std::fs::read_dir(fixtures().join("bad"))
        .unwrap()
        .map(|e| e.unwrap().file_name().to_str().unwrap().to_owned())
        .filter_map(|name| name.strip_suffix(".parquet").map(str::to_owned))
        .collect();
    let listed: BTreeSet<String> = CENSUS.iter().map(|(name, _)| (*name).to_owned()).collect();
    assert_eq!(found, listed, "each file of fixtures/bad has one expectation");
    let mut wrong = Vec::new();
    for (name, expect) in CENSUS {
        for policy in ["fail", "quarantine"] {
            let dir = tempfile::tempdir().unwrap();
            let result = run(name, policy, dir.path());
            if let Err(problem) = check(name, policy, expect, &result, dir.path()) {
                let got = result.map(|o| o.report.books).map_err(|e| plain(e, &[]));
                wrong.push(format!("{name}, {policy}: {problem}: {got:?}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

fn check(
    name: &str,
    policy: &str,
    expect: &Expect,
    result: &mashbill::Result<mashbill::pipeline::Outcome>,
    out: &Path,
) -> Result<(), String> {
    let refused = |kind: &str, needed: &[&str]| match result {
        Ok(_) => Err("was not refused".to_owned()),
        Err(e) => {
            let message = e.to_string();
            let file = format!("bad/{name}.parquet");
            match () {
                () if variant(e) != kind => Err(format!("is {} and not {kind}", variant(e))),
                () if !message.contains(&file) => Err(format!("does not name {file}")),
                () if out.join("data").exists() || out.join("run.json").exists() => Err("left output".to_owned()),
                () => needed.iter().try_for_each(|n| match message.contains(n) {
                    true => Ok(()),
                    false => Err(format!("does not say `{n}`")),
                }),
            }
        }
    };
    let (rows, set_aside, rule) = match (expect, policy) {
        (Refused(kind, needed), _) => return refused(kind, needed),
        (BadRows(needed, ..), "fail") => return refused("BadRow", needed),
        (BadRows(_, rows, rule), _) => (20, *rows, *rule),
        (Reads, _) => (20, 0, ""),
    };
    let books = &result.as_ref().map_err(|_| "was refused")?.report.books.sources["bad"];
    let quarantined = books.quarantined.get(rule).map_or(0, |t| t.rows);
    match (books.input.rows, quarantined, books.emitted.rows) == (rows, set_aside, rows - set_aside) {
        true => Ok(()),
        false => Err("has other numbers".to_owned()),
    }
}

/// The messages in full, where they say most.
#[test]
fn messages_name_file_place_and_remedy() {
    let message = |file: &str| {
        let dir = tempfile::tempdir().unwrap();
        plain(run(file, "fail", dir.path()).unwrap_err(), &[])
    };
    insta::assert_snapshot!(message("null_text"), @r#"REPO/fixtures/bad/null_text.parquet, row group 1, row 13: column `text`: is null; set on_bad_row = "quarantine" to count such rows and go on"#);
    insta::assert_snapshot!(message("invalid_utf8"), @r#"REPO/fixtures/bad/invalid_utf8.parquet, row group 1, row 14: column `text`: is not UTF-8; set on_bad_row = "quarantine" to count such rows and go on"#);
    insta::assert_snapshot!(message("no_text_column"), @"REPO/fixtures/bad/no_text_column.parquet: column `text`: is missing (did you mean `Text`?); there are: id, source, category, url_or_path, license, lang, content, Text");
    insta::assert_snapshot!(message("zero_bytes"), @"REPO/fixtures/bad/zero_bytes.parquet: is empty (0 bytes): its writer did not finish; write it again or leave it out");
    insta::assert_snapshot!(message("truncated"), @"REPO/fixtures/bad/truncated.parquet: is cut short (it does not end with PAR1): its writer or its transfer did not finish; fetch it again");
    insta::assert_snapshot!(message("directory"), @"REPO/fixtures/bad/directory.parquet: is a folder, not a Parquet file; name the files in it, as in `folder/*.parquet`");
    insta::assert_snapshot!(message("text_is_list"), @"REPO/fixtures/bad/text_is_list.parquet: column `text`: has type List(Utf8View, field: 'element'), where a string is needed");
    insta::assert_snapshot!(message("brotli"), @"REPO/fixtures/bad/brotli.parquet: is compressed with brotli, which this build does not read; write it again with zstd or snappy");
}

#[test]
fn rows_that_are_set_aside_are_in_the_ledger_with_their_reason() {
    let dir = tempfile::tempdir().unwrap();
    run("null_text", "quarantine", dir.path()).unwrap();
    let ledger = read_dir(&dir.path().join("ledger/bad"));
    let bad: Vec<usize> =
        words(&ledger, "verdict").iter().enumerate().filter(|(_, v)| *v == "quarantined").map(|(i, _)| i).collect();
    assert_eq!(bad, [13, 17]);
    for i in bad {
        assert_eq!(strings(&ledger, "rule")[i].as_deref(), Some("null_text"));
        assert_eq!(numbers(&ledger, "row")[i], Some(i as u64));
        assert_eq!((numbers(&ledger, "tokens")[i], numbers(&ledger, "copies")[i]), (None, Some(0)));
        assert_eq!(lists(&ledger, "failed")[i], None);
        assert!(!words(&ledger, "id")[i].is_empty());
    }
    let emitted = words(&read_dir(&dir.path().join("data")), "text");
    assert_eq!(emitted.len(), 18 + 32);
}

/// A text column of bytes is text where it is UTF-8.
#[test]
fn binary_text_is_emitted_as_text() {
    let texts = |file: &str| {
        let dir = tempfile::tempdir().unwrap();
        run(file, "fail", dir.path()).unwrap();
        let data = read_dir(&dir.path().join("data"));
        let mut rows: Vec<(String, String)> = words(&data, "id").into_iter().zip(words(&data, "text")).collect();
        rows.sort();
        rows
    };
    assert_eq!(texts("text_is_binary"), texts("sound"));
}
