//! Values of Spark's properties by what Spark reads in them: `4g` and `4096m` are one size.

use super::Meaning;
use crate::spark::conf_keys::{Kind, known};

/// The versions that are asked what type a key has, the newest first: types do not change.
const VERSIONS: [&str; 5] = ["4.3", "4.2", "4.1", "4.0", "3.5"];

/// Whether two values of a key mean the same to Spark. White space around a value is none of it. What is no key of
/// Spark's is text.
///
/// Source: `JavaUtils.byteStringAs` and `timeStringAs`; the types and units of keys are those of the registries.
pub fn same(key: &str, a: &str, b: &str) -> bool {
    if a == b || !key.starts_with("spark.") {
        return a == b;
    }
    let (a, b) = (a.trim(), b.trim());
    a == b || meaning(key, a).is_some_and(|meaning| Some(meaning) == self::meaning(key, b))
}

/// What a value means, where its type says more than its text.
fn meaning(key: &str, value: &str) -> Option<Meaning<'static>> {
    let entry =
        VERSIONS.into_iter().find_map(|version| known(version, key)).filter(|it| it.kind == Kind::Key)?;
    let lower = value.to_ascii_lowercase();
    let end = lower.find(|c: char| !c.is_ascii_digit()).unwrap_or(lower.len());
    let (number, unit) = lower.split_at(end);
    match entry.of_type {
        "boolean" => match lower.as_str() {
            "true" => Some(Meaning::Flag(true)),
            "false" => Some(Meaning::Flag(false)),
            _ => None,
        },
        "int" | "long" => value.parse().ok().map(Meaning::Whole),
        "bytes" => {
            // Handed to the JVM as it is, where a number alone counts bytes: no unit is to be guessed.
            let unit = if unit.is_empty() && key != "spark.driver.memory" { entry.unit } else { unit };
            let number: i128 = number.parse().ok()?;
            number.checked_mul(size(unit)?).map(Meaning::Amount)
        }
        "time" => {
            let unit = if unit.is_empty() { entry.unit } else { unit };
            let number: i128 = number.parse().ok()?;
            number.checked_mul(time(unit)?).map(Meaning::Time)
        }
        _ => None,
    }
}

fn size(unit: &str) -> Option<i128> {
    let shift = match unit {
        "b" | "B" | "BYTE" => 0,
        "k" | "kb" | "KiB" => 10,
        "m" | "mb" | "MiB" => 20,
        "g" | "gb" | "GiB" => 30,
        "t" | "tb" => 40,
        "p" | "pb" => 50,
        _ => return None,
    };
    Some(1 << shift)
}

/// In nanoseconds.
fn time(unit: &str) -> Option<i128> {
    Some(match unit {
        "NANOSECONDS" => 1,
        "us" | "MICROSECONDS" => 1_000,
        "ms" | "MILLISECONDS" => 1_000_000,
        "s" | "SECONDS" => 1_000_000_000,
        "m" | "min" | "MINUTES" => 60_000_000_000,
        "h" | "HOURS" => 3_600_000_000_000,
        "d" | "DAYS" => 86_400_000_000_000,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::same;

    #[test]
    fn values_are_one_where_spark_reads_one() {
        for (key, a, b) in [
            ("spark.executor.memory", "4g", "4096m"),
            ("spark.executor.memory", "4g", "4096"),
            ("spark.executor.memory", "4GB", "4g"),
            ("spark.network.timeout", "120", "2min"),
            ("spark.sql.adaptive.enabled", "TRUE", "true"),
            ("spark.sql.shuffle.partitions", "0200", "200"),
            ("spark.app.name", "a ", "a"),
        ] {
            assert!(same(key, a, b), "{key} {a} {b}");
        }
        for (key, a, b) in [
            ("spark.executor.memory", "4g", "4000m"),
            ("spark.driver.memory", "4096", "4g"),
            ("spark.app.name", "4g", "4096m"),
            ("spark.hadoop.fs.s3a.multipart.size", "64M", "65536K"),
            ("not.of.spark", "TRUE", "true"),
        ] {
            assert!(!same(key, a, b), "{key} {a} {b}");
        }
    }
}
