//! Every built-in profile on texts that nobody would write: an outcome for each, the same from `check` as from `audit`, in
//! linear time.

#![allow(clippy::unwrap_used)]

use super::text::hostile;
use mashbill::Facts;
use mashbill::recipe::{Chain, profile_names};
use mashbill::text::Analyzer;
use std::time::Instant;

fn chains() -> Vec<(&'static str, Chain)> {
    profile_names().into_iter().map(|name| (name, Chain::profile(name).unwrap())).collect()
}

/// Pieces that some rule looks at, or that break what counts characters, words or lines carelessly.
const PIECES: &[&str] = &[
    " ",
    "  ",
    "\t",
    "\n",
    "\n\n",
    "\r",
    "\r\n",
    "\u{85}",
    "\u{2028}",
    "\u{2029}",
    "\u{b}",
    "\u{c}",
    "\u{1c}",
    "\u{1f}",
    "\u{a0}",
    "\u{3000}",
    "\u{200b}",
    "\u{feff}",
    "\0",
    "\u{301}",
    "\u{345}",
    "\u{200d}",
    "\u{1f469}\u{200d}\u{1f467}",
    "\u{1f1e6}",
    "the ",
    "and ",
    "of ",
    "to ",
    "with that have be ",
    "The old mill grinds rye. ",
    "Corn is sweet. ",
    "word",
    "Wörter ",
    "слово ",
    "日本語。",
    "한국어 ",
    "العربية ",
    "हिन्दी। ",
    ".",
    "...",
    "…",
    "!",
    "?",
    "?! ",
    ",",
    ";",
    "“",
    "”",
    "'",
    "’",
    "\"",
    "don't ",
    "can’t ",
    "I'm ",
    "it's",
    "U.S.",
    "e.g. ",
    "a.m. ",
    ":(",
    ":-)",
    "<3 ",
    "C++",
    "(",
    ")",
    "[",
    "]",
    "{",
    "}",
    "[1]",
    "[१२]",
    "[edit]",
    "[citation needed]",
    "#",
    "# ",
    "## ",
    "- ",
    "• ",
    "* ",
    "``` ",
    "```\n",
    "$x$",
    "5km",
    "10:30",
    "3.14",
    "1,000",
    "-",
    "--",
    "—",
    "~",
    "_",
    "a_b",
    "http://a.bc/d?e ",
    "me@there.org ",
    "192.168.0.1 ",
    "javascript",
    "JavaScript is here. ",
    "lorem ipsum ",
    "use cookies ",
    "terms of use",
    "privacy policy ",
    "coo\u{212A}ies",
    "I'm sorry, but I cannot ",
    "As an AI language model, ",
    "Certainly! Here is ",
    "x = y + z; ",
    "if (a) { b(); }\n",
    "one two three four five six seven eight nine ten ",
];

/// SplitMix64 (Steele, Lea, Flood 2014).
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    fn below(&mut self, end: usize) -> usize {
        (self.next() % end as u64) as usize
    }

    /// A text of up to some forty pieces: those above, characters of every plane, and runs of one of them.
    fn text(&mut self) -> String {
        let mut text = String::new();
        for _ in 0..self.below(40) {
            let any = char::from_u32(self.next() as u32 % 0x11_0000).unwrap_or('\u{FFFD}').to_string();
            let piece = if self.below(4) == 0 { any.as_str() } else { PIECES[self.below(PIECES.len())] };
            let times = if self.below(12) == 0 { 1 + self.below(60) } else { 1 };
            text.push_str(&piece.repeat(times));
        }
        text
    }
}

/// Judges so many random texts by every profile.
fn judge_random_texts(count: usize, seed: u64) {
    let chains = chains();
    let mut random = Random(seed);
    let mut analyzer = Analyzer::new();
    let (mut bytes, mut kept) = (0, 0);
    for _ in 0..count {
        let text = random.text();
        bytes += text.len();
        for (name, chain) in &chains {
            let mut findings = 0;
            let audited = chain.audit(&mut analyzer, &text, Facts::NONE, &mut |finding| {
                findings += 1;
                assert!(finding.observed.is_none_or(f64::is_finite), "{name}: {finding:?} of {text:?}");
            });
            assert_eq!(findings, chain.rules().len(), "{name} of {text:?}");
            let checked = chain.check(&mut analyzer, &text, Facts::NONE);
            assert_eq!(checked.failure(), audited.failure(), "{name} of {text:?}");
            if checked.verdict.is_keep() {
                kept += 1;
                assert_eq!(checked, audited, "{name} of {text:?}");
            }
        }
    }
    // Else every text would have been dropped before the last rules.
    assert!(kept > 0);
    println!("{count} texts of {bytes} bytes by {} profiles: {kept} kept", chains.len());
}

#[test]
fn any_text_has_one_outcome() {
    judge_random_texts(4_000, 17);
}

#[test]
#[ignore = "minutes: for a release build"]
fn a_million_texts_have_one_outcome_each() {
    judge_random_texts(1_000_000, 18);
}

/// Seconds that the work takes. Of longer work only those that the thread ran, where the system tells (Linux, to some
/// milliseconds): what else the machine does is left out.
fn seconds(work: impl FnOnce()) -> f64 {
    let ran = || {
        let told = std::fs::read_to_string("/proc/thread-self/schedstat").ok()?;
        Some(told.split(' ').next()?.parse::<f64>().ok()? / 1e9)
    };
    let (start, before) = (Instant::now(), ran());
    work();
    let (wall, after) = (start.elapsed().as_secs_f64(), ran());
    let ran = before.zip(after).map(|(before, after)| after - before);
    ran.filter(|_| wall > 0.02).unwrap_or(wall)
}

/// Audits every hostile shape at each size, by every profile: no step from one size to the next, ten times as long, may take
/// more than `most` times as long. The fastest of some rounds counts.
fn grows_with_length(sizes: &[(usize, usize)], most: f64) {
    let mut steep = Vec::new();
    for at in 0..hostile(1).len() {
        let mut columns = Vec::new();
        for &(size, rounds) in sizes {
            let (_, text) = hostile(size).swap_remove(at);
            // A fresh one, so that growing its buffers counts too.
            columns.push(
                chains()
                    .into_iter()
                    .map(|(name, chain)| {
                        let best = (0..rounds).map(|_| {
                            let mut analyzer = Analyzer::new();
                            let mut failed = 0u32;
                            let mut count = |f: mashbill::filter::Finding| failed += u32::from(!f.passed);
                            seconds(|| drop(chain.audit(&mut analyzer, &text, Facts::NONE, &mut count)))
                        });
                        (name, best.fold(f64::INFINITY, f64::min))
                    })
                    .collect::<Vec<_>>(),
            );
        }
        let shape = hostile(1)[at].0;
        for profile in 0..columns[0].len() {
            let times: Vec<f64> = columns.iter().map(|column| column[profile].1).collect();
            let steps: Vec<f64> = times.windows(2).map(|pair| pair[1] / pair[0]).collect();
            let row = format!("{shape} | {} | {times:.4?} s | {steps:.1?}", columns[0][profile].0);
            println!("{row}");
            // What ends within a tenth of a second says nothing where other work may come in between.
            let steep_step = |(&step, &time): (&f64, &f64)| step > most && time > 0.1;
            if steps.iter().zip(&times[1..]).any(steep_step) {
                steep.push(row);
            }
        }
    }
    assert!(steep.is_empty(), "\n{}", steep.join("\n"));
}

/// The same for all profiles together and short texts, so that it takes no time: ten times the length, and at most thirty times
/// as long. Quadratic cost would be a hundred times as much, and by far the largest part.
#[test]
fn cost_grows_with_length() {
    const REPEATS: usize = 10;
    let chains = chains();
    let audit_all = |text: &str| {
        let mut failed = 0u32;
        for (_, chain) in &chains {
            chain.audit(&mut Analyzer::new(), text, Facts::NONE, &mut |f| failed += u32::from(!f.passed));
        }
    };
    for ((shape, short), (_, long)) in hostile(10_000).iter().zip(hostile(100_000)) {
        let step = || {
            let of_short = seconds(|| (0..REPEATS).for_each(|_| audit_all(short))) / REPEATS as f64;
            seconds(|| audit_all(&long)) / of_short
        };
        // A machine that does much else at the same time may spoil some, not all.
        let steps: Vec<f64> = (0..5).map(|_| step()).take_while(|&step| step > 30.0).collect();
        assert!(steps.len() < 5, "{shape}: {steps:.1?} times as long");
    }
}

#[test]
#[ignore = "minutes and some gigabytes: for a release build"]
fn cost_grows_with_length_up_to_100_mb() {
    grows_with_length(&[(1_000_000, 5), (10_000_000, 2), (100_000_000, 1)], 12.0);
}
