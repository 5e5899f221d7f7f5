//! Files for trainers and the Hub, written beside the data of a run that is whole.

use super::job::Folder;
use super::run::read_report;
use crate::error::{Error, Result};
use crate::io::{Shard, write_file};
use crate::report::{Feature, FeatureKind, Taker};
use arrow::datatypes::{DataType, Field, TimeUnit};
use std::path::{Path, PathBuf};

/// Writes what each taker reads into a run's folder. Returns the files written, in order.
///
/// # Errors
/// [`Error::Read`] if the folder holds no whole run; [`Error::Conflict`] if a file is in the way that is none of ours: a `README.md`
/// without the mark of a card; [`Error::Write`].
pub fn hand_over(root: &Path, takers: &[Taker]) -> Result<Vec<PathBuf>> {
    let folder = Folder::new(root);
    let report = read_report(&folder)?;
    let features = match report.output.shards.first() {
        Some(shard) => features(&folder.data().join(&shard.name))?,
        None => Vec::new(),
    };
    let mut written = Vec::new();
    for taker in takers {
        for (name, text) in taker.files(&report, &features) {
            let path = root.join(name);
            if *taker == Taker::Card && std::fs::read_to_string(&path).is_ok_and(|old| !old.contains("\n- mashbill\n"))
            {
                let problem = "is not a card that this command wrote; move it away first".to_owned();
                return Err(Error::Conflict { path, problem });
            }
            write_file(&path, text.as_bytes())?;
            written.push(path);
        }
    }
    Ok(written)
}

fn features(path: &Path) -> Result<Vec<Feature>> {
    Ok(Shard::open(path)?.schema().fields().iter().map(|field| feature(field)).collect())
}

fn feature(field: &Field) -> Feature {
    Feature { name: field.name().clone(), kind: kind(field.data_type()) }
}

/// The type as `datasets` names it.
fn kind(data_type: &DataType) -> FeatureKind {
    let plain = |name: &str| FeatureKind::Plain(name.to_owned());
    match data_type {
        DataType::List(item) | DataType::LargeList(item) | DataType::FixedSizeList(item, _) => {
            FeatureKind::List(Box::new(kind(item.data_type())))
        }
        DataType::Struct(fields) => FeatureKind::Struct(fields.iter().map(|field| feature(field)).collect()),
        DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View => plain("string"),
        DataType::Binary | DataType::LargeBinary | DataType::BinaryView | DataType::FixedSizeBinary(_) => {
            plain("binary")
        }
        DataType::Boolean => plain("bool"),
        DataType::Null => plain("null"),
        DataType::Date32 => plain("date32"),
        DataType::Date64 => plain("date64"),
        DataType::Decimal128(precision, scale) => plain(&format!("decimal128({precision}, {scale})")),
        DataType::Decimal256(precision, scale) => plain(&format!("decimal256({precision}, {scale})")),
        DataType::Timestamp(unit, zone) => {
            let zone = zone.as_ref().map(|zone| format!(", tz={zone}")).unwrap_or_default();
            plain(&format!("timestamp[{}{zone}]", unit_name(*unit)))
        }
        DataType::Time32(unit) => plain(&format!("time32[{}]", unit_name(*unit))),
        DataType::Time64(unit) => plain(&format!("time64[{}]", unit_name(*unit))),
        DataType::Duration(unit) => plain(&format!("duration[{}]", unit_name(*unit))),
        // Int8 … UInt64, Float16 … Float64: as Arrow calls them, in lower case.
        other => plain(&other.to_string().to_lowercase()),
    }
}

fn unit_name(unit: TimeUnit) -> &'static str {
    match unit {
        TimeUnit::Second => "s",
        TimeUnit::Millisecond => "ms",
        TimeUnit::Microsecond => "us",
        TimeUnit::Nanosecond => "ns",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;

    #[test]
    fn types_are_called_as_datasets_calls_them() {
        let list = DataType::List(Arc::new(Field::new("item", DataType::Utf8View, true)));
        let cases = [
            (DataType::Utf8View, "string"),
            (DataType::UInt32, "uint32"),
            (DataType::Float64, "float64"),
            (DataType::Boolean, "bool"),
            (DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into())), "timestamp[us, tz=UTC]"),
            (DataType::Timestamp(TimeUnit::Millisecond, None), "timestamp[ms]"),
        ];
        for (data_type, name) in cases {
            assert_eq!(kind(&data_type), FeatureKind::Plain(name.to_owned()));
        }
        assert_eq!(kind(&list), FeatureKind::List(Box::new(FeatureKind::Plain("string".to_owned()))));
    }
}
