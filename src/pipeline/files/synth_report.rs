//! Synthetic files beside organic ones: columns found by name, rows handed to surveyors, samples merged.

use crate::error::{Error, Result};
use crate::io::{Shard, StringColumn, Strings};
use crate::pipeline::scan::text_id;
use crate::pipeline::{Event, Phase, Pool, Progress};
use crate::synth::{Survey, SurveyConfig, SurveyReport, SurveyRow, Surveyor};
use arrow::array::{Array, ArrayRef, AsArray, RecordBatch};
use arrow::datatypes::DataType;
use flate2::Compression;
use flate2::write::ZlibEncoder;
use std::io::Write;
use std::path::{Path, PathBuf};

/// Which columns hold what. `None` takes the usual name where a file has it, and else leaves the value empty.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SurveyColumns {
    /// The text.
    pub text: String,
    /// The id; usually `id`, else the text's hash.
    pub id: Option<String>,
    /// The kind; usually `kind`.
    pub kind: Option<String>,
    /// The generator; usually `generator`, else `model`.
    pub generator: Option<String>,
    /// The template; usually `prompt_template_id`, else `template`.
    pub template: Option<String>,
    /// The ids of seed documents, a list of strings or a string; usually `seed_doc_ids`.
    pub seed_ids: Option<String>,
}

impl Default for SurveyColumns {
    fn default() -> Self {
        SurveyColumns { text: "text".to_owned(), id: None, kind: None, generator: None, template: None, seed_ids: None }
    }
}

/// The files of a survey.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SurveyFiles {
    /// Synthetic texts.
    pub synthetic: Vec<PathBuf>,
    /// Organic texts.
    pub organic: Vec<PathBuf>,
    /// The documents that synthetic ones were made from.
    pub seeds: Vec<PathBuf>,
}

/// Surveys files: text is read once (seeds are read after it), memory is that of the samples. Rows without usable text are left out.
/// Unless the configuration has a codec, compression is zlib's at level 6.
///
/// # Errors
/// [`Error::Read`] for a file that is no sound Parquet, [`Error::Column`] for a column that was named and is missing, or mistyped;
/// [`Error::Invalid`] for too many groups.
pub fn synth_report(
    files: &SurveyFiles,
    columns: &SurveyColumns,
    config: SurveyConfig,
    batch_bytes: usize,
    pool: &Pool,
    progress: &dyn Progress,
) -> Result<SurveyReport> {
    let config = SurveyConfig { compress: config.compress.or(Some(zlib)), ..config };
    let open = |paths: &[PathBuf], synthetic: bool| -> Result<Vec<Input>> {
        let mut paths = paths.to_vec();
        paths.sort();
        paths.dedup();
        pool.map(&paths, |path| Input::open(path, columns, synthetic))
    };
    let (synthetic, organic, seeds) =
        (open(&files.synthetic, true)?, open(&files.organic, false)?, open(&files.seeds, false)?);
    let total = synthetic.iter().chain(&organic).chain(&seeds).map(Input::text_bytes).sum();
    progress.event(Event::Begin { phase: Phase::Scan, total });
    let mut survey = Surveyor::new(config).finish();
    take(&synthetic, &mut survey, config, batch_bytes, pool, progress)?;
    take(&organic, &mut survey, config, batch_bytes, pool, progress)?;
    let mut seeded = survey.with_seeds();
    for input in &seeds {
        for group in 0..input.shard.row_groups() {
            input.rows(group, batch_bytes, progress, &mut |row| {
                if seeded.wants(row.id) {
                    seeded.add_seed(row.id, row.text);
                }
                Ok(())
            })?;
        }
    }
    progress.event(Event::End { phase: Phase::Scan });
    Ok(seeded.report())
}

/// Hands all rows on, as many row groups at a time as there are threads: that many samples are in memory beside the whole.
fn take(
    inputs: &[Input],
    survey: &mut Survey,
    config: SurveyConfig,
    batch_bytes: usize,
    pool: &Pool,
    progress: &dyn Progress,
) -> Result<()> {
    let groups = |input| (0..Input::shard(input).row_groups()).map(move |group| (input, group));
    let work: Vec<(&Input, usize)> = inputs.iter().flat_map(groups).collect();
    for some in work.chunks(pool.threads().max(1)) {
        let parts = pool.map(some, |(input, group)| {
            let mut surveyor = Surveyor::new(config);
            input.rows(*group, batch_bytes, progress, &mut |row| match input.synthetic {
                true => surveyor.add(&row),
                false => {
                    surveyor.add_organic(row.id, row.text);
                    Ok(())
                }
            })?;
            Ok(surveyor.finish())
        })?;
        parts.into_iter().try_for_each(|part| survey.merge(part))?;
    }
    Ok(())
}

/// Bytes of zlib's output at level 6, the default of most tools.
fn zlib(bytes: &[u8]) -> u64 {
    let mut encoder = ZlibEncoder::new(Count(0), Compression::new(6));
    // Counting cannot fail.
    let _ = encoder.write_all(bytes);
    encoder.finish().map_or(0, |count| count.0)
}

/// Counts what is written to it.
struct Count(u64);

impl Write for Count {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0 += bytes.len() as u64;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// A file with its columns found.
#[derive(Debug)]
struct Input {
    shard: Shard,
    synthetic: bool,
    text: StringColumn,
    id: Option<StringColumn>,
    kind: Option<StringColumn>,
    generator: Option<StringColumn>,
    template: Option<StringColumn>,
    seeds: Option<SeedIds>,
}

/// Ids of seeds: a list in each row, or one.
#[derive(Debug)]
pub(in crate::pipeline) enum SeedIds {
    List(String),
    One(StringColumn),
}

impl Input {
    fn open(path: &Path, names: &SurveyColumns, synthetic: bool) -> Result<Input> {
        let shard = Shard::open_with_text(path, &[&names.text])?;
        let text = shard.string_column(&names.text)?;
        // A named column has to be there; a usual one is taken where it is there and holds strings.
        let find = |named: &Option<String>, usual: &[&str]| match named {
            Some(name) => shard.id_column(name).map(Some),
            None => Ok(usual.iter().find_map(|name| shard.id_column(name).ok())),
        };
        let id = find(&names.id, &["id"])?;
        if !synthetic {
            return Ok(Input { text, id, kind: None, generator: None, template: None, seeds: None, synthetic, shard });
        }
        Ok(Input {
            kind: find(&names.kind, &["kind"])?,
            generator: find(&names.generator, &["generator", "model"])?,
            template: find(&names.template, &["prompt_template_id", "template"])?,
            seeds: SeedIds::find(&shard, path, names.seed_ids.as_deref())?,
            text,
            id,
            synthetic,
            shard,
        })
    }

    fn shard(&self) -> &Shard {
        &self.shard
    }

    fn text_bytes(&self) -> u64 {
        self.shard.column_bytes(self.text.column().root())
    }

    fn roots(&self) -> Vec<&str> {
        let strings = [self.id.as_ref(), self.kind.as_ref(), self.generator.as_ref(), self.template.as_ref()];
        let mut roots = vec![self.text.column().root()];
        roots.extend(strings.into_iter().flatten().map(|column| column.column().root()));
        roots.extend(self.seeds.as_ref().map(SeedIds::root));
        roots.sort_unstable();
        roots.dedup();
        roots
    }

    /// Hands on the rows of a row group that have a text.
    fn rows(
        &self,
        group: usize,
        batch_bytes: usize,
        progress: &dyn Progress,
        take: &mut dyn FnMut(SurveyRow<'_>) -> Result<()>,
    ) -> Result<()> {
        for batch in self.shard.read_roots(group, Some(&self.roots()), None, batch_bytes)? {
            let batch = batch?;
            let bind = |column: &Option<StringColumn>| column.as_ref().map(|c| c.bind(&batch)).transpose();
            let texts = self.text.bind(&batch)?;
            let (ids, kinds, generators) = (bind(&self.id)?, bind(&self.kind)?, bind(&self.generator)?);
            let templates = bind(&self.template)?;
            let seeds = self.seeds.as_ref().map(|seeds| seeds.bind(&batch, self.shard.path())).transpose()?;
            let mut bytes = 0;
            for row in 0..batch.num_rows() {
                let Some(text) = texts.get(row) else { continue };
                bytes += text.len() as u64;
                let hashed;
                let id = match ids.as_ref().and_then(|ids| ids.get(row)) {
                    Some(id) => id,
                    None => {
                        hashed = text_id(text);
                        &hashed
                    }
                };
                let seed_ids = seeds.as_ref().map(|seeds| seeds.get(row)).unwrap_or_default();
                let seed_ids: Vec<&str> = seed_ids.iter().map(String::as_str).collect();
                fn get(values: &Option<Strings>, row: usize) -> &str {
                    values.as_ref().and_then(|values| values.get(row)).unwrap_or_default()
                }
                take(SurveyRow {
                    kind: get(&kinds, row),
                    generator: get(&generators, row),
                    template: get(&templates, row),
                    id,
                    text,
                    seeds: &seed_ids,
                })?;
            }
            progress.event(Event::Advance { phase: Phase::Scan, units: bytes });
        }
        Ok(())
    }
}

impl SeedIds {
    pub(in crate::pipeline) fn find(shard: &Shard, path: &Path, named: Option<&str>) -> Result<Option<SeedIds>> {
        let name = named.unwrap_or("seed_doc_ids");
        let Ok(field) = shard.schema().field_with_name(name) else {
            // A name that descends into a struct, or none; only what was asked for has to be there.
            return named.map(|name| shard.id_column(name).map(SeedIds::One)).transpose();
        };
        match field.data_type() {
            DataType::List(item) if matches!(item.data_type(), DataType::Utf8View) => {
                Ok(Some(SeedIds::List(name.to_owned())))
            }
            // A column that is null throughout has whatever type its writer gave it.
            _ if named.is_none() => Ok(shard.id_column(name).ok().map(SeedIds::One)),
            other => match shard.id_column(name) {
                Ok(column) => Ok(Some(SeedIds::One(column))),
                Err(_) => Err(Error::Column {
                    path: path.to_owned(),
                    column: name.to_owned(),
                    problem: format!("has type {other}, where a list of strings or a string is needed"),
                }),
            },
        }
    }

    pub(in crate::pipeline) fn root(&self) -> &str {
        match self {
            SeedIds::List(name) => name,
            SeedIds::One(column) => column.column().root(),
        }
    }

    pub(in crate::pipeline) fn bind(&self, batch: &RecordBatch, path: &Path) -> Result<BoundSeeds> {
        match self {
            SeedIds::One(column) => Ok(BoundSeeds::One(column.bind(batch)?)),
            SeedIds::List(name) => match batch.column_by_name(name) {
                Some(column) => Ok(BoundSeeds::List(column.clone())),
                None => Err(Error::Column {
                    path: path.to_owned(),
                    column: name.clone(),
                    problem: "is not in the batch that was read".to_owned(),
                }),
            },
        }
    }
}

/// The seed ids of a batch.
pub(in crate::pipeline) enum BoundSeeds {
    List(ArrayRef),
    One(Strings),
}

impl BoundSeeds {
    pub(in crate::pipeline) fn get(&self, row: usize) -> Vec<String> {
        match self {
            BoundSeeds::One(strings) => strings.get(row).into_iter().map(str::to_owned).collect(),
            BoundSeeds::List(array) => {
                let Some(list) = array.as_list_opt::<i32>().filter(|list| row < list.len() && !list.is_null(row))
                else {
                    return Vec::new();
                };
                let values = list.value(row);
                let strings = values.as_string_view_opt();
                strings.map(|s| s.iter().flatten().map(str::to_owned).collect()).unwrap_or_default()
            }
        }
    }
}
