//! The tokenizer: chunks between white space, cut by special strings and affixes; then special strings over the tokens.

use super::affixes::{prefix_len, split_infixes, suffix_len};
use super::specials::Special;
use super::tables::{Tables, tables};
use super::url::is_url;
use crate::text::Span;
use crate::text::runs::{letters_end, visible_end};
use std::cmp::Reverse;

/// Reused buffers.
#[derive(Debug, Default)]
pub(in crate::text) struct Scratch {
    /// Suffixes of a chunk, last one of the text first.
    suffixes: Vec<Span>,
    /// Tokens at which a special string begins that the first pass cut.
    cut: Vec<usize>,
    /// Special strings over the tokens of a window: first token, and how many.
    matches: Vec<(usize, usize)>,
    /// Which tokens of the window belong to a longer or earlier match.
    taken: Vec<bool>,
    /// The matches that stand, by their first token.
    chosen: Vec<(usize, usize)>,
    /// The tokens after the second pass.
    tokens: Vec<Span>,
}

// Kinds of bytes. An ASCII letter has none of these.
const SPACE: u8 = 1;
/// ASCII marks that are a suffix whatever stands before them.
const SUFFIX: u8 = 2;
/// Lead bytes of white space beyond ASCII.
const MAYBE_SPACE: u8 = 4;

const KINDS: [u8; 256] = {
    let mut table = [0; 256];
    let mut b = 0;
    while b < 256 {
        match b as u8 {
            b'\t'..=b'\r' | 0x1C..=0x1F | b' ' => table[b] = SPACE,
            b'!' | b'"' | b'#' | b'&' | b'\'' | b'(' | b')' | b'*' | b',' => table[b] = SUFFIX,
            b':' | b';' | b'<' | b'>' | b'?' | b'[' | b']' | b'_' | b'`' | b'{' | b'}' => table[b] = SUFFIX,
            0xC2 | 0xE1..=0xE3 => table[b] = MAYBE_SPACE,
            _ => {}
        }
        b += 1;
    }
    table
};

/// Appends the tokens of `text` that are not blank.
pub(in crate::text) fn split(text: &str, scratch: &mut Scratch, out: &mut Vec<Span>) {
    let mut tokenizer = Tokenizer { text, bytes: text.as_bytes(), tables: tables(), scratch, out };
    tokenizer.scratch.cut.clear();
    tokenizer.chunks();
    if !tokenizer.scratch.cut.is_empty() {
        tokenizer.second_pass();
    }
}

struct Tokenizer<'t> {
    text: &'t str,
    bytes: &'t [u8],
    tables: &'static Tables,
    scratch: &'t mut Scratch,
    out: &'t mut Vec<Span>,
}

impl Tokenizer<'_> {
    /// Cuts the text at white space, as Python knows it.
    fn chunks(&mut self) {
        let bytes = self.bytes;
        let mut at = 0;
        while at < bytes.len() {
            let space = space_len(bytes, at);
            if space > 0 {
                at += space;
                continue;
            }
            let start = at;
            let letters = letters_end(bytes, start);
            at = chunk_end(bytes, letters);
            self.chunk(start, letters, at);
        }
    }

    /// Cuts one chunk, which begins with ASCII letters up to byte `letters`. Most are these and maybe a mark: they need no
    /// rule but the special strings.
    #[inline]
    fn chunk(&mut self, start: usize, letters: usize, end: usize) {
        if self.push_special(start, end) {
            return;
        }
        if letters == end {
            self.out.push(Span::new(start, end));
            return;
        }
        if letters + 1 == end {
            let mark = self.bytes[letters];
            let suffix = KINDS[usize::from(mark)] & SUFFIX != 0 || mark == b'.' && self.stop_after_word(start, letters);
            if start < letters && suffix && self.tables.specials.get(&self.bytes[start..letters]).is_none() {
                self.out.push(Span::new(start, letters));
                self.out.push(Span::new(letters, end));
                return;
            }
        }
        let first = self.out.len();
        self.affixes(start, end);
        self.note_cut_specials(first);
    }

    /// Whether a full stop is a suffix after ASCII letters.
    fn stop_after_word(&self, start: usize, word: usize) -> bool {
        let lower = start < word && self.bytes[word - 1].is_ascii_lowercase();
        lower || start + 2 <= word && self.bytes[word - 2].is_ascii_uppercase()
    }

    /// Appends the tokens of the special string that a piece is; `false` if it is none.
    #[inline]
    fn push_special(&mut self, start: usize, end: usize) -> bool {
        match self.tables.specials.get(&self.bytes[start..end]) {
            Some(special) => {
                push_lengths(start, &special.tokens, self.out);
                true
            }
            None => false,
        }
    }

    fn is_special(&self, start: usize, end: usize) -> bool {
        self.tables.specials.get(&self.bytes[start..end]).is_some()
    }

    /// Takes prefixes and suffixes off, one of each a turn, until a special string is left or nothing comes off.
    fn affixes(&mut self, mut start: usize, mut end: usize) {
        self.scratch.suffixes.clear();
        while start < end && !self.is_special(start, end) {
            let prefix = prefix_len(self.tables, &self.text[start..end]);
            if prefix > 0 && self.is_special(start + prefix, end) {
                self.out.push(Span::new(start, start + prefix));
                start += prefix;
                break;
            }
            let suffix = suffix_len(self.tables, &self.text[start + prefix..end]);
            if suffix > 0 && self.is_special(start, end - suffix) {
                self.scratch.suffixes.push(Span::new(end - suffix, end));
                end -= suffix;
                break;
            }
            if prefix > 0 {
                self.out.push(Span::new(start, start + prefix));
                start += prefix;
            }
            if suffix > 0 {
                self.scratch.suffixes.push(Span::new(end - suffix, end));
                end -= suffix;
            }
            if prefix + suffix == 0 {
                break;
            }
        }
        if start < end && !self.push_special(start, end) {
            let core = &self.text[start..end];
            if memchr::memchr(b'.', core.as_bytes()).is_some() && is_url(self.tables, core) {
                self.out.push(Span::new(start, end));
            } else {
                split_infixes(self.tables, core, start, self.out);
            }
        }
        self.out.extend(self.scratch.suffixes.drain(..).rev());
    }

    /// Notes where, among the tokens of one chunk from `first` on, a special string was cut otherwise than its rule says.
    fn note_cut_specials(&mut self, first: usize) {
        let specials = &self.tables.specials;
        let changes = |(i, count): (usize, usize)| {
            let (start, end) = (self.out[i].start as usize, self.out[i + count - 1].end as usize);
            specials.get(&self.bytes[start..end]).is_some_and(Special::changes)
        };
        for i in first..self.out.len() {
            let token = self.out[i];
            let may_start = specials.may_start(&self.bytes[token.start as usize..], token.len());
            if may_start && self.matches_at(i).any(changes) {
                self.scratch.cut.push(i);
            }
        }
    }

    /// The special strings over tokens that begin at token `i`: `(i, tokens)`. One space may lie between two tokens: such a
    /// match changes nothing, but stands in the way of others.
    fn matches_at(&self, i: usize) -> impl Iterator<Item = (usize, usize)> + '_ {
        let specials = &self.tables.specials;
        let mut joined = Joined::default();
        let mut count = 0;
        let mut ended = false;
        std::iter::from_fn(move || {
            while !ended {
                let token = *self.out.get(i + count)?;
                let follows = count == 0 || self.adjoin(i + count);
                if !follows || count == specials.most_tokens() || !joined.push(&self.bytes[token.range()]) {
                    ended = true;
                    return None;
                }
                count += 1;
                let pattern = specials.get(joined.text()).and_then(|special| special.pattern.as_deref());
                if pattern.is_some_and(|pattern| self.has_lengths(i, pattern)) {
                    return Some((i, count));
                }
            }
            None
        })
    }

    /// Whether nothing or one space lies before token `i`.
    fn adjoin(&self, i: usize) -> bool {
        let (before, token) = (self.out[i - 1], self.out[i]);
        let gap = &self.bytes[before.end as usize..token.start as usize];
        gap.is_empty() || gap == b" "
    }

    /// Puts special strings that the first pass cut together again: around each, all matches that touch one another are
    /// found; the longest wins, then the first. One that loses still keeps others from its tokens.
    fn second_pass(&mut self) {
        let cut = std::mem::take(&mut self.scratch.cut);
        let mut tokens = std::mem::take(&mut self.scratch.tokens);
        tokens.clear();
        let mut done = 0;
        for &i in &cut {
            if i < done {
                continue;
            }
            let (first, end) = self.window(i);
            tokens.extend_from_slice(&self.out[done..first]);
            self.choose(first, end);
            done = first;
            for &(i, count) in &self.scratch.chosen {
                tokens.extend_from_slice(&self.out[done..i]);
                done = i + count;
                let (from, to) = (self.out[i].start as usize, self.out[done - 1].end as usize);
                match self.tables.specials.get(&self.bytes[from..to]) {
                    Some(special) => push_lengths(from, &special.tokens, &mut tokens),
                    // A space lies between its tokens.
                    None => tokens.extend_from_slice(&self.out[i..done]),
                }
            }
            tokens.extend_from_slice(&self.out[done..end]);
            done = end;
        }
        tokens.extend_from_slice(&self.out[done..]);
        std::mem::swap(self.out, &mut tokens);
        (self.scratch.cut, self.scratch.tokens) = (cut, tokens);
    }

    /// The tokens around token `i` whose borders no match crosses.
    fn window(&self, i: usize) -> (usize, usize) {
        let reach = |i: usize| self.matches_at(i).map(|(i, count)| i + count).max().unwrap_or(i + 1);
        let most = self.tables.specials.most_tokens();
        let mut first = i;
        while let Some(earlier) = (first.saturating_sub(most)..first).find(|&i| reach(i) > first) {
            first = earlier;
        }
        let (mut end, mut at) = (i + 1, first);
        while at < end {
            end = end.max(reach(at));
            at += 1;
        }
        (first, end)
    }

    /// Fills `scratch.chosen` with the matches that stand among tokens `first..end`.
    fn choose(&mut self, first: usize, end: usize) {
        let mut matches = std::mem::take(&mut self.scratch.matches);
        matches.clear();
        for i in first..end {
            matches.extend(self.matches_at(i).filter(|&(_, count)| count > 1));
        }
        matches.sort_unstable_by_key(|&(i, count)| (Reverse(count), i));
        let Scratch { taken, chosen, .. } = &mut *self.scratch;
        taken.clear();
        taken.resize(end - first, false);
        chosen.clear();
        for &(i, count) in &matches {
            let covered = &mut taken[i - first..i - first + count];
            if !covered[0] && !covered[count - 1] {
                chosen.push((i, count));
            }
            covered.fill(true);
        }
        chosen.sort_unstable();
        self.scratch.matches = matches;
    }

    fn has_lengths(&self, i: usize, lengths: &[u8]) -> bool {
        let tokens = self.out[i..].iter().map(|token| token.len());
        self.out.len() - i >= lengths.len() && tokens.zip(lengths).all(|(len, &want)| len == usize::from(want))
    }
}

/// The first white space at or after `at`, or the end.
#[inline]
fn chunk_end(bytes: &[u8], mut at: usize) -> usize {
    loop {
        at = visible_end(bytes, at);
        if at == bytes.len() || space_len(bytes, at) > 0 {
            return at;
        }
        // A control, or a character beyond ASCII: others follow it more often than not.
        at += 1;
        while bytes.get(at).is_some_and(|&b| b >= 0x80 && KINDS[usize::from(b)] == 0) {
            at += 1;
        }
    }
}

/// The length in bytes of the white space character of Python that starts at `at`; 0 if none does.
#[inline]
fn space_len(bytes: &[u8], at: usize) -> usize {
    let kind = KINDS[usize::from(bytes[at])];
    if kind & MAYBE_SPACE != 0 { wide_space_len(&bytes[at..]) } else { usize::from(kind & SPACE) }
}

/// The length in bytes of the white space character beyond ASCII that `bytes` begin with; 0 if they do with another.
fn wide_space_len(bytes: &[u8]) -> usize {
    match bytes {
        // U+0085 and U+00A0.
        [0xC2, 0x85 | 0xA0, ..] => 2,
        // U+1680; U+2000 to 200A, 2028, 2029 and 202F; U+205F; U+3000.
        [0xE1, 0x9A, 0x80, ..]
        | [0xE2, 0x80, 0x80..=0x8A | 0xA8 | 0xA9 | 0xAF, ..]
        | [0xE2, 0x81, 0x9F, ..]
        | [0xE3, 0x80, 0x80, ..] => 3,
        _ => 0,
    }
}

/// The texts of some tokens, one after another.
#[derive(Debug, Default)]
struct Joined {
    bytes: [u8; 32],
    len: usize,
}

impl Joined {
    /// `false` if it is too long to be a special string.
    fn push(&mut self, token: &[u8]) -> bool {
        let Some(room) = self.bytes.get_mut(self.len..self.len + token.len()) else { return false };
        room.copy_from_slice(token);
        self.len += token.len();
        true
    }

    fn text(&self) -> &[u8] {
        &self.bytes[..self.len]
    }
}

/// Appends pieces of these lengths, from `start` on.
#[inline(never)]
fn push_lengths(start: usize, lengths: &[u8], out: &mut Vec<Span>) {
    let mut at = start;
    for &len in lengths {
        out.push(Span::new(at, at + usize::from(len)));
        at += usize::from(len);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::python;

    #[test]
    fn white_space_is_that_of_python() {
        let mut utf8 = [0; 4];
        for c in '\0'..=char::MAX {
            let len = if python::is_space(c) { c.len_utf8() } else { 0 };
            assert_eq!(space_len(c.encode_utf8(&mut utf8).as_bytes(), 0), len, "{c:?}");
        }
    }
}
