//! The sketch: all that deduplication needs to know of a text, in one pass over it.

use super::{Bands, HASH_VERSION, MinHasher, Shingler, Signature, Unit, content_hash};
use crate::error::Result;
use crate::text::Normalizer;
use std::fmt;

/// What of a text is shingled: its normalisation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[cfg_attr(feature = "recipe-file", derive(serde::Serialize), serde(rename_all = "snake_case"))]
pub enum Form {
    /// The normal form ([`Normalizer::normalize`]): NFC, lower case, words only.
    #[default]
    Normal,
    /// The content form ([`Normalizer::content_form`]): NFC, white space collapsed. `x + 3` and `x - 3` have different words.
    Content,
    /// The text as it is; words are what stands between white space.
    Raw,
}

impl Form {
    /// Every form by its name in recipes.
    pub const ALL: [(&'static str, Form); 3] =
        [("normal", Form::Normal), ("content", Form::Content), ("raw", Form::Raw)];
}

/// What a sketch is made of. Sketches compare only with sketches of equal configuration and
/// [`HASH_VERSION`](super::HASH_VERSION).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct SketchConfig {
    /// What of a text is shingled.
    pub form: Form,
    /// What a shingle is a run of.
    pub unit: Unit,
    /// Words, or characters, in a shingle.
    pub ngram: u32,
    /// MinHash slots; a multiple of 8.
    pub slots: u32,
    /// How the slots are grouped.
    pub bands: Bands,
    /// Seed of the slot constants. Other than the default only to measure how results vary with it.
    pub seed: u64,
}

/// All of it, the hash version first, on one line: for whoever keeps sketches, and refuses those that do not compare.
impl fmt::Display for SketchConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let SketchConfig { form, unit, ngram, slots, bands: Bands { bands, rows }, seed } = self;
        let form = Form::ALL.iter().find(|(_, f)| f == form).map_or("", |(name, _)| name);
        let unit = Unit::ALL.iter().find(|(_, u)| u == unit).map_or("", |(name, _)| name);
        write!(f, "hash={HASH_VERSION} form={form} unit={unit} ngram={ngram} slots={slots} ")?;
        write!(f, "bands={bands} rows={rows} seed={seed:016x}")
    }
}

impl Default for SketchConfig {
    /// Five words, as FineWeb (arXiv 2406.17557, section 3.4) and most others; 128 slots in 18 bands of 7 rows, which
    /// find a pair at similarity 0.8 with probability 0.98.
    fn default() -> Self {
        SketchConfig {
            form: Form::Normal,
            unit: Unit::Word,
            ngram: 5,
            slots: 128,
            bands: Bands { bands: 18, rows: 7 },
            seed: MinHasher::SEED,
        }
    }
}

impl SketchConfig {
    /// A configuration that finds pairs at `threshold` with the probability `recall`, planned by [`Bands::plan`].
    ///
    /// # Errors
    ///
    /// [`Error::Invalid`](crate::Error::Invalid) for what [`Bands::plan`] refuses.
    pub fn planned(ngram: u32, slots: u32, threshold: f64, recall: f64) -> Result<Self> {
        Ok(SketchConfig { ngram, slots, bands: Bands::plan(threshold, recall, slots)?, ..Default::default() })
    }

    /// The same over another form of the texts.
    pub fn with_form(mut self, form: Form) -> Self {
        self.form = form;
        self
    }

    /// The same with shingles of another unit.
    pub fn with_unit(mut self, unit: Unit) -> Self {
        self.unit = unit;
        self
    }

    /// A configuration with bands and rows as stated.
    ///
    /// # Errors
    ///
    /// [`Error::Invalid`](crate::Error::Invalid) if the slots do not suffice, or there are no bands or rows.
    pub fn stated(ngram: u32, slots: u32, bands: u32, rows: u32) -> Result<Self> {
        Ok(SketchConfig { ngram, slots, bands: Bands::new(bands, rows, slots)?, ..Default::default() })
    }
}

/// Sketches texts. One per thread: it owns the buffers, and allocates nothing once they have grown.
#[derive(Debug)]
pub struct Sketcher {
    config: SketchConfig,
    normalizer: Normalizer,
    shingler: Shingler,
    hasher: MinHasher,
    slots: Vec<u32>,
    keys: Vec<u64>,
    bytes: Vec<u8>,
    set: Vec<u64>,
}

/// What is known of one text, borrowed from the [`Sketcher`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Sketch<'a> {
    /// [`content_hash`] of the text.
    pub content: u128,
    /// Words of the form that is shingled; its characters, where those are the unit.
    pub words: u32,
    /// One key per band. `None` for a text of fewer words (or characters) than a shingle has: it can only be an exact duplicate.
    pub band_keys: Option<&'a [u64]>,
    /// The MinHash slots behind the keys, for whoever keeps signatures; `None` as above.
    pub slots: Option<&'a [u32]>,
}

impl Sketcher {
    /// A sketcher with empty buffers.
    ///
    /// # Errors
    ///
    /// [`Error::Invalid`](crate::Error::Invalid) for a configuration that makes no sense (no words, no rows, slots
    /// that are no multiple of 8 or too few for the bands).
    pub fn new(config: SketchConfig) -> Result<Self> {
        Bands::new(config.bands.bands, config.bands.rows, config.slots)?;
        Ok(Sketcher {
            config,
            normalizer: Normalizer::new(),
            shingler: Shingler::of(config.unit, config.ngram)?,
            hasher: MinHasher::with_seed(config.slots, config.seed)?,
            slots: Vec::new(),
            keys: Vec::new(),
            bytes: Vec::new(),
            set: Vec::new(),
        })
    }

    /// What the sketches are made of.
    pub fn config(&self) -> &SketchConfig {
        &self.config
    }

    /// The same without the instructions of this processor in particular, to compare the two. Sketches are equal.
    pub fn without_simd(mut self) -> Self {
        self.hasher = self.hasher.without_simd();
        self
    }

    /// The [`content_hash`] of `text` alone: all that finding exact duplicates needs.
    pub fn content(&mut self, text: &str) -> u128 {
        content_hash(self.normalizer.content_form(text))
    }

    /// The sketch of `text`. Memory grows with the longest text by its forms alone, not by its shingles.
    pub fn sketch(&mut self, text: &str) -> Sketch<'_> {
        let content = self.content(text);
        let form = form(&mut self.normalizer, &self.config, text);
        self.hasher.begin(&mut self.slots);
        let (mut has_shingles, hasher, slots) = (false, &mut self.hasher, &mut self.slots);
        let words = self.shingler.blocks(form, |block| {
            has_shingles = true;
            hasher.lower(block, slots);
        });
        if has_shingles {
            self.config.bands.keys_with(&self.slots, &mut self.bytes, &mut self.keys);
        }
        Sketch {
            content,
            words: u32::try_from(words).unwrap_or(u32::MAX),
            band_keys: has_shingles.then_some(self.keys.as_slice()),
            slots: has_shingles.then_some(self.slots.as_slice()),
        }
    }

    /// The MinHash signature of `text`, to be kept and compared. `None` for a text of fewer words than a shingle has.
    pub fn signature(&mut self, text: &str) -> Option<Signature> {
        self.sketch(text).slots.map(|slots| Signature::from_slots(slots.to_vec()))
    }

    /// The shingle set of `text`, sorted and without repetitions, for exact comparison. `None` for a text of fewer
    /// words than a shingle has.
    pub fn shingles(&mut self, text: &str) -> Option<&[u64]> {
        let form = form(&mut self.normalizer, &self.config, text);
        self.shingler.shingles(form, &mut self.set);
        self.set.sort_unstable();
        self.set.dedup();
        (!self.set.is_empty()).then_some(self.set.as_slice())
    }
}

/// What of `text` is shingled, words between single spaces.
fn form<'a>(normalizer: &'a mut Normalizer, config: &SketchConfig, text: &'a str) -> &'a str {
    match (config.form, config.unit) {
        (Form::Normal, _) => normalizer.normalize(text),
        (Form::Content, _) => normalizer.content_form(text),
        (Form::Raw, Unit::Word) => normalizer.collapse_spaces(text),
        (Form::Raw, Unit::Char) => text,
    }
}
