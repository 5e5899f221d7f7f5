//! Problems made by rule, and the survey of synthetic texts: frozen items, and truth that was planted by other means than it is found by.
// The helpers here are no tests in Clippy's eyes.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

#[cfg(feature = "parquet")]
mod files;
#[cfg(feature = "parquet")]
mod survey;

use mashbill::synth::{Generator, Kind, SYNTH_VERSION};
use std::fmt::Write;
use std::path::PathBuf;
use xxhash_rust::xxh3::Xxh3;

/// Items of each kind that are frozen word for word, and those that are frozen by their digest.
const SHOWN: u64 = 6;
const DIGESTED: u64 = 1_000;

fn golden_path() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("fixtures/synth").join(format!("items-v{SYNTH_VERSION}.txt"))
}

/// A digest of the first items of every kind, and some of them in full.
fn golden() -> String {
    let mut page = format!(
        "Items of version {SYNTH_VERSION}, seed 17. Made by `cargo test --test all write_golden_items -- --ignored`.\n"
    );
    for (name, kind) in Kind::ALL {
        let generator = Generator::new(kind, 17);
        let mut digest = Xxh3::new();
        for i in 0..DIGESTED {
            let item = generator.item(i).unwrap();
            digest.update(item.problem_key.as_bytes());
            digest.update(item.text().as_bytes());
        }
        writeln!(
            page,
            "\n==== {name}: {} problems; first {DIGESTED}: {:032x}",
            generator.cardinality(),
            digest.digest128()
        )
        .unwrap();
        // From both ends, so that the order of the cells is frozen too.
        for i in (0..SHOWN).map(|i| if i % 2 == 0 { i } else { generator.cardinality() - i }) {
            let item = generator.item(i).unwrap();
            writeln!(page, "\n-- {} {}\n{}", item.problem_key, item.difficulty, item.text()).unwrap();
        }
    }
    page
}

/// A change of any item, word or order needs a new version.
#[test]
fn items_of_this_version_are_frozen() {
    let frozen = std::fs::read_to_string(golden_path()).unwrap();
    for (have, want) in golden().lines().zip(frozen.lines()) {
        assert_eq!(have, want, "raise SYNTH_VERSION, then write the new items");
    }
    assert_eq!(golden().lines().count(), frozen.lines().count());
}

#[test]
#[ignore = "writes fixtures/synth"]
fn write_golden_items() {
    std::fs::create_dir_all(golden_path().parent().unwrap()).unwrap();
    std::fs::write(golden_path(), golden()).unwrap();
}
