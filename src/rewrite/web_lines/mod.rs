//! RefinedWeb's line rules as DCLM and datamap-rs have them: lines of a page's frame go, and its stock phrases are cut out.

mod datamap;
mod dclm;
mod line;
#[cfg(test)]
mod tests;

pub use datamap::DatamapLines;
pub use dclm::DclmLines;

/// Bounds of the line rules.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LineLimits {
    /// Most upper-case letters of a line that stays, as a share of its length, 0 to 1. RefinedWeb (Penedo et al. 2023,
    /// appendix G.2): mainly upper-case; DCLM and datamap-rs: 0.5.
    pub max_uppercase: f64,
    /// Most digits of a line that stays, as a share of its length, 0 to 1. RefinedWeb: not only digits; DCLM and datamap-rs:
    /// 0.999999.
    pub max_digits: f64,
    /// Whether lines that are a counter go: `3 likes`, `1.2k views`. RefinedWeb: yes.
    pub counters: bool,
    /// Fewest words of a line that stays; empty lines stay. RefinedWeb, DCLM and datamap-rs: 2.
    pub min_words: u32,
    /// Whether `items in cart`, `Read more...` at the end and `Sign-in` at the beginning of lines are cut out. RefinedWeb: yes.
    pub phrases: bool,
}

impl LineLimits {
    /// Those of DCLM-Baseline and of datamap-rs's web config.
    pub const PUBLISHED: LineLimits =
        LineLimits { max_uppercase: 0.5, max_digits: 0.999_999, counters: true, min_words: 2, phrases: true };

    /// By the keys of recipes.
    fn settings(&self) -> Vec<(&'static str, String)> {
        vec![
            ("max_uppercase", self.max_uppercase.to_string()),
            ("max_digits", self.max_digits.to_string()),
            ("counters", self.counters.to_string()),
            ("min_words", self.min_words.to_string()),
            ("phrases", self.phrases.to_string()),
        ]
    }
}

impl Default for LineLimits {
    fn default() -> Self {
        LineLimits::PUBLISHED
    }
}
