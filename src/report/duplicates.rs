//! Duplicates as a person reads them: by similarity, by source, and the largest clusters.

use super::table::{Table, count, percent, ratio};
use crate::ledger::{DuplicateSummary, Member};

/// Appends the tables to a report. Nothing, where there are no duplicates.
pub(super) fn write(duplicates: &DuplicateSummary, out: &mut String) {
    let rows = duplicates.rows();
    if rows == 0 {
        return;
    }
    let near: u64 = duplicates.by_similarity.values().sum();
    if near > 0 {
        out.push_str("\nnear duplicates by similarity to the row that stays\n");
        let mut table = Table::new(["similarity from", "rows", "of near duplicates"]);
        for (bin, &rows) in &duplicates.by_similarity {
            table.row(vec![bin.clone(), count(rows), percent(ratio(rows, near), 1)]);
        }
        table.write(out);
    }
    out.push_str("\nduplicates by source, and by the source of the row that stays\n");
    let unverified: u64 = duplicates.by_source.values().flat_map(|of| of.values()).map(|pairs| pairs.unverified).sum();
    match unverified {
        0 => {
            let mut table = Table::new(["source", "duplicate of", "exact", "near"]);
            for (source, of_source) in &duplicates.by_source {
                for (kept, pairs) in of_source {
                    table.row(vec![source.clone(), kept.clone(), count(pairs.exact), count(pairs.near)]);
                }
            }
            table.write(out);
        }
        // Clusters were closed: there is no other kind.
        _ => {
            let mut table = Table::new(["source", "duplicate of", "unverified"]);
            for (source, of_source) in &duplicates.by_source {
                for (kept, pairs) in of_source {
                    table.row(vec![source.clone(), kept.clone(), count(pairs.unverified)]);
                }
            }
            table.write(out);
        }
    }
    let clusters: u64 = duplicates.by_cluster_size.values().sum();
    out.push_str(&format!("\nclusters: {}, of which the largest are\n", count(clusters)));
    let mut table = Table::new(["rows", "similarity", "source", "id", "begins"]);
    for cluster in &duplicates.largest {
        for (i, member) in std::iter::once(&cluster.kept).chain(&cluster.samples).enumerate() {
            let Member { source, id, similarity, begins, .. } = member;
            let size = if i == 0 { count(cluster.size) } else { String::new() };
            let without = if i == 0 { "stays" } else { "unverified" };
            let similarity = similarity.map_or(without.to_owned(), |s| format!("{s:.3}"));
            table.row(vec![size, similarity, source.clone(), id.clone(), begins.clone()]);
        }
    }
    table.write(out);
}
