//! Runs of bytes of one kind, found eight bytes at a time: most of a text in a Latin script is letters and spaces.

/// One in each byte of a word.
const ONES: u64 = 0x0101_0101_0101_0101;
/// The upper bit of each byte.
const HIGH: u64 = 0x80 * ONES;

/// Eight bytes from `at` on, the first one lowest; `None` if fewer are left.
#[inline]
pub(super) fn load(bytes: &[u8], at: usize) -> Option<u64> {
    bytes.get(at..)?.first_chunk::<8>().map(|eight| u64::from_le_bytes(*eight))
}

/// The end of the run of ASCII letters that starts at `at`: `at` itself if no letter is there.
#[inline]
pub(super) fn letters_end(bytes: &[u8], mut at: usize) -> usize {
    while let Some(word) = load(bytes, at) {
        let others = !letters(word) & HIGH;
        if others != 0 {
            return at + others.trailing_zeros() as usize / 8;
        }
        at += 8;
    }
    while bytes.get(at).is_some_and(u8::is_ascii_alphabetic) {
        at += 1;
    }
    at
}

/// The first byte at or after `at` that is no visible ASCII character: white space, a control, part of a character beyond
/// ASCII, or the end.
#[inline]
pub(super) fn visible_end(bytes: &[u8], mut at: usize) -> usize {
    while let Some(word) = load(bytes, at) {
        // U+0021 is the first visible one. U+007F counts as one here: it is no white space.
        let others = (!((word & !HIGH) + (0x80 - 0x21) * ONES) | word) & HIGH;
        if others != 0 {
            return at + others.trailing_zeros() as usize / 8;
        }
        at += 8;
    }
    while bytes.get(at).is_some_and(|b| (0x21..0x80).contains(b)) {
        at += 1;
    }
    at
}

/// The upper bit of each byte that is an ASCII letter; the other bits mean nothing.
#[inline]
fn letters(word: u64) -> u64 {
    // In lower case and seven bits, so that no sum carries into the next byte.
    let lower = (word | (0x20 * ONES)) & !HIGH;
    let from_a = lower + (0x80 - 0x61) * ONES;
    let beyond_z = lower + (0x80 - 0x7B) * ONES;
    from_a & !beyond_z & !word
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_byte_ends_a_run_or_not() {
        for byte in 0..=255u8 {
            for before in 0..20 {
                for after in [0, 1, 9] {
                    let bytes = [vec![b'x'; before], vec![byte], vec![b'Q'; after]].concat();
                    let naive = bytes.iter().position(|b| !b.is_ascii_alphabetic()).unwrap_or(bytes.len());
                    assert_eq!(letters_end(&bytes, 0), naive, "{bytes:?}");
                    let naive = bytes.iter().position(|b| !(0x21..0x80).contains(b)).unwrap_or(bytes.len());
                    assert_eq!(visible_end(&bytes, 0), naive, "{bytes:?}");
                }
            }
        }
    }
}
