//! What an output folder belongs to: the recipe with every default spelled out, and the inputs. Decides whether a run may go on there.

use super::Source;
use crate::error::{Error, Result};
use crate::io::{is_unfinished, remove_dir, remove_file, write_file};
use crate::ledger::LEDGER_VERSION;
use serde_json::{Value, json};
use std::path::{Path, PathBuf};

/// Names the job that owns an output folder.
pub(super) const JOB_FILE: &str = "job.json";
/// Written last: its presence says that the output is whole.
pub(super) const RUN_FILE: &str = "run.json";
/// Differences shown before the rest is only counted.
const SHOWN_DIFFERENCES: usize = 8;

/// An output folder and what lies where in it.
#[derive(Debug, Clone)]
pub struct Folder {
    root: PathBuf,
}

/// How far an earlier run in the same folder came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// Nothing is there, or a broken run's scans, which will be used.
    Open,
    /// The output is whole.
    Done,
}

impl Folder {
    /// The folder, which need not exist.
    pub fn new(root: &Path) -> Folder {
        Folder { root: root.to_owned() }
    }

    /// The folder itself.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// `run.json`.
    pub fn run_file(&self) -> PathBuf {
        self.root.join(RUN_FILE)
    }

    /// Output shards.
    pub fn data(&self) -> PathBuf {
        self.root.join("data")
    }

    /// Benchmark items found in documents, where they are looked for.
    pub fn contamination(&self) -> PathBuf {
        self.root.join("contamination.parquet")
    }

    /// Ledger files, a folder for each source.
    pub fn ledger(&self) -> PathBuf {
        self.root.join("ledger")
    }

    /// Signals files, a folder for each source, where the recipe asks for them.
    pub fn signals(&self) -> PathBuf {
        self.root.join("signals")
    }

    /// Unfinished work; gone once the output is whole.
    pub fn work(&self) -> PathBuf {
        self.root.join("work")
    }

    /// Spill files of deduplication; gone once the ledger is written.
    pub fn dedup(&self) -> PathBuf {
        self.work().join("dedup")
    }

    /// The scan of a shard.
    pub fn scan(&self, source: &str, label: &str) -> PathBuf {
        self.work().join("scan").join(source).join(flat(label))
    }

    /// Where a shard's ledger is built, relative to the ledger folder.
    pub fn ledger_name(source: &str, label: &str) -> PathBuf {
        Path::new(source).join(flat(label))
    }

    /// Takes the folder for this job, or finds that it already belongs to it. What a broken run left beyond its scans is cleared.
    ///
    /// # Errors
    /// [`Error::Conflict`] if the folder belongs to another recipe or other inputs (it says which settings differ), or holds
    /// files that are not a run's.
    pub fn claim(&self, job: &Value) -> Result<State> {
        let file = self.root.join(JOB_FILE);
        let conflict = |problem: String| Error::Conflict { path: self.root.clone(), problem };
        match std::fs::read(&file) {
            Ok(bytes) => {
                let found: Value = serde_json::from_slice(&bytes)
                    .map_err(|e| conflict(format!("{JOB_FILE} cannot be read ({e}); choose another folder")))?;
                let differences = differences(&found, job);
                if !differences.is_empty() {
                    return Err(conflict(refusal(&differences)));
                }
            }
            Err(_) => {
                // A run that was stopped while it wrote its very first file left that one, unfinished.
                let mut entries = std::fs::read_dir(&self.root).into_iter().flatten().flatten();
                if entries.any(|e| !is_unfinished(&e.path())) {
                    return Err(conflict("holds files that no run made; choose an empty or new folder".into()));
                }
                write_file(&file, pretty(job).as_bytes())?;
            }
        }
        if self.run_file().exists() {
            // Still there if the run was stopped between its last file and its last clearing.
            remove_dir(&self.work())?;
            return Ok(State::Done);
        }
        for half_made in [self.data(), self.ledger(), self.signals(), self.work().join("emit"), self.dedup()] {
            remove_dir(&half_made)?;
        }
        remove_file(&self.contamination())?;
        Ok(State::Open)
    }
}

/// A shard's label as one file name: folders become `__`, and a short digest keeps names apart that this makes equal.
fn flat(label: &str) -> String {
    let name = label.strip_suffix(".parquet").unwrap_or(label).replace(['/', '\\', ':'], "__");
    if name == label.strip_suffix(".parquet").unwrap_or(label) {
        return format!("{name}.parquet");
    }
    let digest = xxhash_rust::xxh3::xxh3_64(label.as_bytes());
    format!("{}-{:08x}.parquet", name.trim_start_matches(['_', '.']), digest as u32)
}

/// The identity of a job: anything here that changes makes it another one. Thread counts and memory budgets are not in it, since
/// they change no byte of the output.
///
/// `index` is what the index held when the run began, if there is one.
pub fn identity(recipe: Value, sources: &[Source], index: Option<Value>) -> Value {
    let inputs: Vec<Value> = sources
        .iter()
        .flat_map(|source| source.shards.iter().map(move |s| (source, s)))
        .map(|(source, s)| {
            json!({
                "source": source.name,
                "shard": s.label,
                "rows": s.shard.rows(),
                "bytes": s.shard.bytes(),
                "footer_xxh3_128": format!("{:032x}", s.shard.digest()),
            })
        })
        .collect();
    let mut identity = json!({
        "mashbill": env!("CARGO_PKG_VERSION"),
        "ledger_version": LEDGER_VERSION,
        "hash_version": crate::hash::HASH_VERSION,
        "recipe": recipe,
        "inputs": inputs,
    });
    if let Some(index) = index {
        identity["index"] = index;
    }
    identity
}

pub(super) fn pretty(value: &Value) -> String {
    let mut text = serde_json::to_string_pretty(value).unwrap_or_default();
    text.push('\n');
    text
}

fn refusal(differences: &[String]) -> String {
    let mut lines = vec!["belongs to a run with another recipe or other inputs:".to_owned()];
    lines.extend(differences.iter().take(SHOWN_DIFFERENCES).map(|d| format!("  {d}")));
    if differences.len() > SHOWN_DIFFERENCES {
        lines.push(format!("  and {} more", differences.len() - SHOWN_DIFFERENCES));
    }
    lines.push("Choose another --out, undo the change, or delete the folder to begin anew.".to_owned());
    lines.join("\n")
}

/// The settings in which two JSON values differ, as `path: was X, is Y`, in order.
pub fn differences(was: &Value, is: &Value) -> Vec<String> {
    let mut out = Vec::new();
    compare("", was, is, &mut out);
    out
}

fn compare(path: &str, was: &Value, is: &Value, out: &mut Vec<String>) {
    let below = |key: &str| if path.is_empty() { key.to_owned() } else { format!("{path}.{key}") };
    match (was, is) {
        (Value::Object(a), Value::Object(b)) => {
            let mut keys: Vec<&String> = a.keys().chain(b.keys()).collect();
            keys.sort();
            keys.dedup();
            for key in keys {
                compare(&below(key), a.get(key).unwrap_or(&Value::Null), b.get(key).unwrap_or(&Value::Null), out);
            }
        }
        (Value::Array(a), Value::Array(b)) if path == "inputs" => compare_inputs(a, b, out),
        (Value::Array(a), Value::Array(b)) => {
            for i in 0..a.len().max(b.len()) {
                let item = |list: &[Value]| list.get(i).cloned().unwrap_or(Value::Null);
                compare(&format!("{path}[{i}]"), &item(a), &item(b), out);
            }
        }
        _ if was == is => {}
        _ => out.push(format!("{path}: was {was}, is {is}")),
    }
}

/// Inputs are matched by source and shard, so that one file more does not make all later ones differ.
fn compare_inputs(was: &[Value], is: &[Value], out: &mut Vec<String>) {
    let name = |v: &Value| format!("{}/{}", v["source"].as_str().unwrap_or("?"), v["shard"].as_str().unwrap_or("?"));
    for old in was {
        match is.iter().find(|new| name(new) == name(old)) {
            Some(new) => compare(&format!("input {}", name(old)), old, new, out),
            None => out.push(format!("input {}: is no longer named", name(old))),
        }
    }
    for new in is.iter().filter(|new| !was.iter().any(|old| name(old) == name(new))) {
        out.push(format!("input {}: is new", name(new)));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_changed_recipe_is_refused_with_the_difference() {
        let dir = tempfile::tempdir().unwrap();
        let folder = Folder::new(&dir.path().join("out"));
        let job = |share: f64, bytes: u64| {
            json!({"recipe": {"mix": {"shares": {"synthetic": share}}},
                   "inputs": [{"source": "web", "shard": "a.parquet", "bytes": bytes}]})
        };
        assert_eq!(folder.claim(&job(0.3, 1)).unwrap(), State::Open);
        assert_eq!(folder.claim(&job(0.3, 1)).unwrap(), State::Open);
        let Error::Conflict { problem, .. } = folder.claim(&job(0.4, 2)).unwrap_err() else { panic!() };
        insta::assert_snapshot!(problem, @r"
        belongs to a run with another recipe or other inputs:
          input web/a.parquet.bytes: was 1, is 2
          recipe.mix.shares.synthetic: was 0.3, is 0.4
        Choose another --out, undo the change, or delete the folder to begin anew.
        ");
    }

    #[test]
    fn other_peoples_files_are_left_alone() {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join("thesis.tex"), "").unwrap();
        assert!(matches!(Folder::new(dir.path()).claim(&json!({})), Err(Error::Conflict { .. })));
    }

    #[test]
    fn labels_become_distinct_file_names() {
        assert_eq!(flat("web.parquet"), "web.parquet");
        assert_ne!(flat("a/b.parquet"), flat("a__b.parquet"));
        assert!(!flat("../corpus/web.parquet").contains('/'));
    }
}
