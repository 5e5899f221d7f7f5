//! Shares of the characters by kind.

use super::{ratio, signals};

signals! {
    /// Alphabetic characters over all characters (code points); StarCoder2 (Lozhkov et al. 2024) asks for a quarter.
    AlphabeticCharRatio "alphabetic_char_ratio" |doc| {
        let counts = doc.view().chars();
        ratio(counts.letters, counts.chars)
    };

    /// Alphanumeric characters over all characters (code points), as in bigcode-dataset's `alphanum_fraction`.
    AlphanumericCharRatio "alphanumeric_char_ratio" |doc| {
        let counts = doc.view().chars();
        ratio(counts.alphanumeric, counts.chars)
    };

    /// Numeric characters over all characters (code points).
    DigitCharRatio "digit_char_ratio" |doc| {
        let counts = doc.view().chars();
        ratio(counts.digits, counts.chars)
    };

    /// Characters neither alphanumeric nor white space, over all characters (code points).
    SymbolCharRatio "symbol_char_ratio" |doc| {
        let counts = doc.view().chars();
        ratio(counts.symbols(), counts.chars)
    };

    /// White space, line breaks included, over all characters (code points).
    WhitespaceCharRatio "whitespace_char_ratio" |doc| {
        let counts = doc.view().chars();
        ratio(counts.whitespace, counts.chars)
    };

    /// Upper-case letters over alphabetic characters; undefined without any.
    UppercaseLetterRatio "uppercase_letter_ratio" |doc| {
        let counts = doc.view().chars();
        // All upper-case characters are alphabetic (UAX #44), so this is a share.
        ratio(counts.upper, counts.letters)
    };
}

#[cfg(test)]
mod tests {
    use crate::signal::tests::measured;

    #[test]
    fn shares_by_hand() {
        let text = "Ab 12\n-É";
        let want = [
            ("alphabetic_char_ratio", 3.0 / 8.0),
            ("alphanumeric_char_ratio", 5.0 / 8.0),
            ("digit_char_ratio", 2.0 / 8.0),
            ("symbol_char_ratio", 1.0 / 8.0),
            ("whitespace_char_ratio", 2.0 / 8.0),
            ("uppercase_letter_ratio", 2.0 / 3.0),
        ];
        for (name, value) in want {
            assert_eq!(measured(name, text), Some(value), "{name}");
            assert_eq!(measured(name, ""), None, "{name} of nothing");
        }
    }
}
