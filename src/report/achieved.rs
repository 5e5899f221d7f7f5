//! What a mix came to: each source's part of the emitted, the unique and the effective tokens.

use crate::ledger::{Books, Tally};
use crate::mix::weights::RepetitionLaw;
use serde::{Deserialize, Serialize};

/// A source, or a group of them, in the output. Shares are of all sources together, rounded to nine decimal places.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Achieved {
    /// Its name.
    pub name: String,
    /// Rows emitted, copies counted.
    pub rows: u64,
    /// Tokens emitted, copies counted.
    pub tokens: u64,
    /// Tokens of the rows that were emitted at least once, each counted once.
    pub unique_tokens: u64,
    /// How many fresh tokens the emitted ones are worth by the law of repeated tokens
    /// ([`RepetitionLaw`], R* = 15.387756), rounded to whole ones.
    pub effective_tokens: u64,
    /// Emitted over unique tokens; `None` if there are none.
    pub epochs: Option<f64>,
    /// Part of all emitted tokens.
    pub share: Option<f64>,
    /// Part of all unique tokens.
    pub unique_share: Option<f64>,
    /// Part of all effective tokens.
    pub effective_share: Option<f64>,
}

/// What the sources came to, and the groups that they belong to.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Achievement {
    /// By group, in order of their names.
    pub groups: Vec<Achieved>,
    /// By source, in order of their names.
    pub sources: Vec<Achieved>,
}

impl Achievement {
    /// The achievement of the rows in the books; `groups` has each source's group. Whatever [`Books`] hold can be recounted from a
    /// ledger, and so can this.
    pub fn of(books: &Books, groups: &[(String, String)]) -> Achievement {
        let law = RepetitionLaw::default();
        let mut sources: Vec<Achieved> = books
            .sources
            .iter()
            .map(|(name, books)| {
                let (Tally { rows, tokens, .. }, unique_tokens) = (books.emitted, books.sampled.tokens);
                // Nearest whole token; the law gives at most `tokens`.
                let effective_tokens = law.effective(unique_tokens as f64, tokens as f64).round() as u64;
                let none = None;
                Achieved {
                    name: name.clone(),
                    rows,
                    tokens,
                    unique_tokens,
                    effective_tokens,
                    epochs: none,
                    share: none,
                    unique_share: none,
                    effective_share: none,
                }
            })
            .collect();
        let mut names: Vec<&str> = groups.iter().map(|(_, group)| group.as_str()).collect();
        names.sort_unstable();
        names.dedup();
        let member = |source: &Achieved, group: &str| groups.iter().any(|(s, g)| *s == source.name && g == group);
        let mut groups: Vec<Achieved> =
            names.into_iter().map(|name| sum(name, sources.iter().filter(|source| member(source, name)))).collect();
        let all = sum("all", sources.iter());
        groups.iter_mut().chain(&mut sources).for_each(|row| row.set_shares(&all));
        Achievement { groups, sources }
    }
}

fn sum<'a>(name: &str, sources: impl Iterator<Item = &'a Achieved>) -> Achieved {
    let mut sum = Achieved {
        name: name.to_owned(),
        rows: 0,
        tokens: 0,
        unique_tokens: 0,
        effective_tokens: 0,
        epochs: None,
        share: None,
        unique_share: None,
        effective_share: None,
    };
    for source in sources {
        sum.rows += source.rows;
        sum.tokens += source.tokens;
        sum.unique_tokens += source.unique_tokens;
        sum.effective_tokens += source.effective_tokens;
    }
    sum
}

impl Achieved {
    fn set_shares(&mut self, all: &Achieved) {
        self.epochs = part(self.tokens, self.unique_tokens);
        self.share = part(self.tokens, all.tokens);
        self.unique_share = part(self.unique_tokens, all.unique_tokens);
        self.effective_share = part(self.effective_tokens, all.effective_tokens);
    }
}

/// To nine places, which every reader of JSON gives back to the bit.
fn part(part: u64, whole: u64) -> Option<f64> {
    (whole > 0).then(|| (part as f64 / whole as f64 * 1e9).round() / 1e9)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ledger::SourceBooks;

    /// phi-4's table (arXiv 2412.08905, table 5) in units of 10⁸ tokens: the effective shares are those of mixing.md §1.1.
    #[test]
    fn the_three_shares_of_phi_4() {
        let rows = [
            ("web", 15, 13_000),
            ("rewrites", 15, 2_900),
            ("synthetic", 40, 2_900),
            ("code", 20, 8_200),
            ("acquired", 10, 5_800),
        ];
        let mut books = Books::default();
        for (name, percent, unique) in rows {
            let mut source = SourceBooks::default();
            source.emitted.tokens = percent * 1_000;
            source.sampled.tokens = unique;
            books.sources.insert(name.to_owned(), source);
        }
        let group = |name: &str| if ["rewrites", "synthetic"].contains(&name) { "synthetic" } else { "organic" };
        let groups: Vec<(String, String)> = rows.iter().map(|r| (r.0.to_owned(), group(r.0).to_owned())).collect();
        let achieved = Achievement::of(&books, &groups);
        let percents = |of: fn(&Achieved) -> Option<f64>| -> Vec<f64> {
            let one_place = |row: &Achieved| (of(row).unwrap() * 1e3).round() / 10.0;
            achieved.sources.iter().map(one_place).collect()
        };
        assert_eq!(
            achieved.sources.iter().map(|s| s.name.as_str()).collect::<Vec<_>>(),
            ["acquired", "code", "rewrites", "synthetic", "web"]
        );
        assert_eq!(percents(|s| s.share), [10.0, 20.0, 15.0, 40.0, 15.0]);
        assert_eq!(percents(|s| s.unique_share), [17.7, 25.0, 8.8, 8.8, 39.6]);
        assert_eq!(percents(|s| s.effective_share), [11.5, 22.6, 15.7, 32.7, 17.4]);
        assert_eq!(achieved.groups[1].share, Some(0.55));
        assert_eq!(achieved.sources[3].epochs, Some(13.793_103_448));
    }
}
