//! Which use of a buffer it still holds, so that what was left there is found again, or known to be gone.

/// One use of a buffer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Round(u64);

/// The uses of a buffer.
#[derive(Debug, Default)]
pub(super) struct Rounds {
    /// How many there were.
    last: u64,
    /// The one whose contents are there.
    held: Round,
}

impl Rounds {
    /// Another one: the buffer has new contents.
    pub(super) fn begin(&mut self) -> Round {
        self.last += 1;
        self.held = Round(self.last);
        self.held
    }

    /// Back to that one. `false` if others came between, so that its contents are gone.
    pub(super) fn resume(&mut self, round: Round) -> bool {
        std::mem::replace(&mut self.held, round) == round
    }
}
