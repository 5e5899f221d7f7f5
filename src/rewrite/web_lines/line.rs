//! A line of a text that is being cut: what stays of it, and how the lines are joined again.

use crate::rewrite::Rewritten;
use crate::rewrite::pieces::Pieces;
use crate::text::python;
use std::ops::Range;

/// A line: what is left of a range of the text.
pub(super) struct Line {
    pub(super) range: Range<usize>,
    /// What is cut out of it, in order, and what stands there instead.
    pub(super) cuts: Vec<(Range<usize>, &'static str)>,
}

impl Line {
    /// The line as it stands, in `joined` if something was cut.
    pub(super) fn content<'c>(&self, text: &'c str, joined: &'c mut String) -> &'c str {
        if self.cuts.is_empty() {
            return &text[self.range.clone()];
        }
        joined.clear();
        let mut at = self.range.start;
        for (cut, instead) in &self.cuts {
            joined.push_str(&text[at..cut.start]);
            joined.push_str(instead);
            at = cut.end;
        }
        joined.push_str(&text[at..self.range.end]);
        joined
    }

    /// Where a byte of the content lies in the text: at the beginning of a cut what begins there, at its end what lies in the
    /// string that stands for it.
    fn place(&self, mut at: usize) -> usize {
        let mut from = self.range.start;
        for (cut, instead) in &self.cuts {
            let before = cut.start - from;
            if at <= before {
                return from + at;
            }
            at = (at - before).saturating_sub(instead.len());
            from = cut.end;
        }
        from + at
    }

    /// Takes `found`, ranges of the content, out of the line.
    pub(super) fn cut(&mut self, found: &[Range<usize>], instead: &'static str) {
        let places: Vec<_> = found.iter().map(|cut| self.place(cut.start)..self.place(cut.end)).collect();
        if self.cuts.is_empty() {
            self.cuts.extend(places.into_iter().map(|place| (place, instead)));
            return;
        }
        for place in places {
            // A cut around older ones takes them in.
            self.cuts.retain(|(cut, _)| cut.start < place.start || cut.end > place.end);
            let at = self.cuts.partition_point(|(cut, _)| cut.end <= place.start);
            self.cuts.insert(at, (place, instead));
        }
    }

    /// Takes white space from the beginning, and cuts with it.
    pub(super) fn strip_start(&mut self, text: &str) {
        loop {
            let end = self.cuts.first().map_or(self.range.end, |(cut, _)| cut.start);
            let head = &text[self.range.start..end];
            let blank = head.len() - head.trim_start_matches(python::is_space).len();
            self.range.start += blank;
            if blank < head.len() || self.cuts.is_empty() {
                return;
            }
            self.range.start = self.cuts.remove(0).0.end;
        }
    }

    /// Takes white space from the end, and cuts with it.
    pub(super) fn strip_end(&mut self, text: &str) {
        loop {
            let start = self.cuts.last().map_or(self.range.start, |(cut, _)| cut.end);
            let tail = &text[start..self.range.end];
            let solid = tail.trim_end_matches(python::is_space).len();
            self.range.end = start + solid;
            let last = if solid == 0 { self.cuts.pop() } else { None };
            let Some((cut, _)) = last else { return };
            self.range.end = cut.start;
        }
    }
}

/// The lines between LFs.
pub(super) fn lines(text: &str) -> Vec<Line> {
    let mut start = 0;
    let line = |line: &str| {
        let range = start..start + line.len();
        start = range.end + 1;
        Line { range, cuts: Vec::new() }
    };
    text.split('\n').map(line).collect()
}

/// The lines, joined by LF.
pub(super) fn join<'t>(text: &'t str, lines: &[Line]) -> Rewritten<'t> {
    let mut splice = Pieces::new(text);
    for (i, line) in lines.iter().enumerate() {
        if i > 0 {
            splice.put("\n");
        }
        let mut at = line.range.start;
        for (cut, instead) in &line.cuts {
            splice.keep(at..cut.start);
            splice.put(instead);
            at = cut.end;
        }
        splice.keep(at..line.range.end);
    }
    splice.finish()
}
