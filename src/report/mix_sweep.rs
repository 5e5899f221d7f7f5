//! What mixes of other ratios come to, side by side.

use super::table::{Table, count, percent};
use crate::mix::MixPlan;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::fmt;

/// Mixes of one ledger that differ in their shares.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct MixSweep {
    /// One for each ratio, in the order asked.
    pub mixes: Vec<SweptMix>,
}

/// One of them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SweptMix {
    /// `synthetic=0.3`.
    pub ratio: String,
    /// The list of its rows, or the folder of its data, within the sweep's folder; `None` if it cannot be had.
    pub list: Option<String>,
    /// Its plan.
    pub plan: Option<MixPlan>,
    /// Why it cannot be had.
    pub infeasible: Option<String>,
}

impl fmt::Display for MixSweep {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let plans = || self.mixes.iter().filter_map(|mix| mix.plan.as_ref());
        let groups: BTreeSet<&str> = plans().flat_map(|plan| plan.groups.iter().map(|g| g.name.as_str())).collect();
        let mut heading: Vec<String> = ["ratio", "feasible", "tokens", "rows"].map(str::to_owned).into();
        for group in &groups {
            heading.extend([format!("{group} tokens"), "got".to_owned(), "epochs".to_owned()]);
        }
        let mut table = Table::with_heading(heading).texts(2);
        for mix in &self.mixes {
            let mut cells = vec![mix.ratio.clone(), if mix.plan.is_some() { "yes" } else { "no" }.to_owned()];
            let Some(plan) = &mix.plan else {
                table.row(cells);
                continue;
            };
            cells.extend([count(plan.tokens()), count(plan.docs())]);
            let rows = plan.share_table();
            for group in &groups {
                let row = rows.iter().find(|row| row.group == *group);
                let cell = |text: Option<String>| text.unwrap_or_else(|| "-".to_owned());
                cells.extend([
                    cell(row.map(|row| count(row.got_tokens))),
                    cell(row.and_then(|row| row.got_share).map(|share| percent(share, 4))),
                    cell(row.and_then(|row| row.epochs).map(|epochs| format!("{epochs:.3}"))),
                ]);
            }
            table.row(cells);
        }
        let mut out = String::from("mixes from one ledger\n");
        table.write(&mut out);
        for mix in &self.mixes {
            if let Some(why) = &mix.infeasible {
                out.push_str(&format!("\n{}: {why}\n", mix.ratio));
            }
            for note in mix.plan.iter().flat_map(|plan| &plan.notes) {
                out.push_str(&format!("note: {}: {note}\n", mix.ratio));
            }
        }
        f.write_str(&out)
    }
}
