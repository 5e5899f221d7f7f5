//! What a run tells while it works. The library prints nothing; a callback sees these events.

use std::fmt;

/// A phase of a run, in the order in which they come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Phase {
    /// Counting the lines or paragraphs that many documents share.
    Lines,
    /// Training a model.
    Train,
    /// Scoring the documents that were held out of training.
    Evaluate,
    /// Reading text, filtering, counting, sketching.
    Scan,
    /// Reading candidate duplicates again and deciding.
    Dedup,
    /// Deciding how many copies of each row are emitted.
    Plan,
    /// Reading chosen rows again and sorting them to their output shard.
    Scatter,
    /// Writing output shards.
    Write,
}

impl fmt::Display for Phase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Phase::Lines => "lines",
            Phase::Train => "train",
            Phase::Evaluate => "evaluate",
            Phase::Scan => "scan",
            Phase::Dedup => "dedup",
            Phase::Plan => "plan",
            Phase::Scatter => "scatter",
            Phase::Write => "write",
        })
    }
}

/// Something that happened. Units are input bytes of text for reading phases and emitted bytes of text for writing.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Event {
    /// A phase begins; `total` units are expected.
    Begin {
        /// The phase.
        phase: Phase,
        /// Expected units.
        total: u64,
    },
    /// So many more units are done.
    Advance {
        /// The phase.
        phase: Phase,
        /// Units done since the last such event.
        units: u64,
    },
    /// Work of an earlier, broken run was found whole and is not done again.
    Reused {
        /// Number of input shards.
        shards: usize,
    },
    /// A phase ended.
    End {
        /// The phase.
        phase: Phase,
    },
}

/// Receives events, from any thread.
pub trait Progress: Sync {
    /// Called for each event; should return at once.
    fn event(&self, event: Event);
}

/// Ignores every event.
#[derive(Debug, Clone, Copy, Default)]
pub struct Silent;

impl Progress for Silent {
    fn event(&self, _: Event) {}
}
