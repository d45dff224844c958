//! What values Spark takes: how it reads sizes, durations, numbers and words, and what it refuses.

use super::conf_keys::ConfKey;
use crate::diagnostic::nearest;
use crate::spec::types::Quantity;

/// Why Spark, or what it hands the value to, refuses one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refused {
    /// What it should be: `a size such as 8g or 512m`.
    pub wanted: String,
    /// What to write instead, where that can be told.
    pub instead: Option<String>,
}

/// Units of sizes, with the power of two that each stands for.
const SIZES: [(&str, u32); 11] = [
    ("b", 0),
    ("k", 10),
    ("kb", 10),
    ("m", 20),
    ("mb", 20),
    ("g", 30),
    ("gb", 30),
    ("t", 40),
    ("tb", 40),
    ("p", 50),
    ("pb", 50),
];
const TIMES: [&str; 7] = ["us", "ms", "s", "m", "min", "h", "d"];

/// The MiB of a size, a number without a unit counting MiB; nothing where Spark refuses it. Spark 4.2 and newer take
/// `8Gi` and `8GiB` besides. Measured with `JavaUtils.byteStringAsMb` of 3.5.9, 4.0.5, 4.1.4, 4.2.1 and 4.3.0.
///
/// ```
/// use sparkctl::spark::values::mebibytes;
/// assert_eq!(mebibytes("8g", "4.1"), Some(8192));
/// assert_eq!(mebibytes("8GB", "4.1"), Some(8192));
/// assert_eq!((mebibytes("8Gi", "4.1"), mebibytes("8Gi", "4.3")), (None, Some(8192)));
/// assert_eq!((mebibytes("1.5g", "4.3"), mebibytes("-1g", "4.3")), (None, None));
/// ```
pub fn mebibytes(text: &str, version: &str) -> Option<u64> {
    let (number, unit) = amount(text)?;
    let number: u64 = number.parse().ok()?;
    Some(match size_unit(&unit, version)? {
        None => number,
        Some(shift) if shift >= 20 => number.checked_mul(1 << (shift - 20))?,
        Some(shift) => number >> (20 - shift),
    })
}

/// The MiB of a heap that is handed to the JVM as it is written, behind `-Xmx`: `spark.driver.memory` in client mode,
/// SPARK_DRIVER_MEMORY, SPARK_DAEMON_MEMORY. A number alone counts bytes there, and `8gb` is refused. Measured on Java 17.
pub fn heap(text: &str) -> Option<u64> {
    let (number, unit) = amount(text)?;
    let number: u64 = number.parse().ok()?;
    match unit.as_str() {
        "" => Some(number >> 20),
        "k" => Some(number >> 10),
        "m" => Some(number),
        "g" => number.checked_mul(1 << 10),
        "t" => number.checked_mul(1 << 20),
        _ => None,
    }
}

/// Digits and what follows them, in lower case.
fn amount(text: &str) -> Option<(String, String)> {
    let text = text.trim().to_ascii_lowercase();
    let end = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let (number, unit) = text.split_at(end);
    let is_amount = !number.is_empty() && unit.bytes().all(|byte| byte.is_ascii_lowercase());
    is_amount.then(|| (number.to_owned(), unit.to_owned()))
}

fn size_unit(unit: &str, version: &str) -> Option<Option<u32>> {
    if unit.is_empty() {
        return Some(None);
    }
    let binary = unit.strip_suffix("ib").or_else(|| unit.strip_suffix('i'));
    let unit = binary.filter(|_| takes_binary_units(version)).unwrap_or(unit);
    SIZES.iter().find(|(name, _)| *name == unit).map(|(_, shift)| Some(*shift))
}

/// Since 4.2.
fn takes_binary_units(version: &str) -> bool {
    !matches!(version, "" | "3.5" | "4.0" | "4.1")
}

/// What a version of Spark has against a value of a key.
pub fn refused(key: &ConfKey<'_>, version: &str, value: &str) -> Option<Refused> {
    let value = value.trim();
    by_type(key, version, value).or_else(|| by_key(key.key, value))
}

fn by_type(key: &ConfKey<'_>, version: &str, value: &str) -> Option<Refused> {
    let lower = value.to_ascii_lowercase();
    let wants = |wanted: &str, instead: Option<String>| Some(Refused { wanted: wanted.to_owned(), instead });
    match key.of_type {
        "boolean" if lower != "true" && lower != "false" => wants(
            "true or false",
            match lower.as_str() {
                "yes" | "y" | "on" | "1" | "enabled" => Some("true".to_owned()),
                "no" | "n" | "off" | "0" | "disabled" => Some("false".to_owned()),
                _ => None,
            },
        ),
        "int" if value.parse::<i32>().is_err() => wants("a whole number", whole(value)),
        "long" if value.parse::<i64>().is_err() => wants("a whole number", whole(value)),
        "double" | "number" => {
            let digits = lower.strip_suffix(['d', 'f']).unwrap_or(&lower);
            digits.parse::<f64>().is_err().then_some(())?;
            wants("a number", None)
        }
        "time" => {
            let bare = lower.strip_prefix('-').unwrap_or(&lower);
            let fine =
                amount(bare).is_some_and(|(_, unit)| unit.is_empty() || TIMES.contains(&unit.as_str()));
            let number: String = bare.chars().take_while(char::is_ascii_digit).collect();
            let unit = match bare[number.len()..].trim() {
                "sec" | "secs" | "second" | "seconds" => "s",
                "mins" | "minute" | "minutes" => "min",
                "hour" | "hours" | "hr" | "hrs" => "h",
                "day" | "days" => "d",
                "millis" | "msec" | "milliseconds" => "ms",
                _ => "",
            };
            let instead = (!unit.is_empty() && !number.is_empty()).then(|| format!("{number}{unit}"));
            if fine { None } else { wants("a duration such as 30s, 5min, 12h or 100ms", instead) }
        }
        "bytes" => {
            // Below 0 means never, to the few keys that have it for their default.
            let bare = value.strip_prefix('-').filter(|_| key.default.starts_with('-')).unwrap_or(value);
            mebibytes(bare, version).is_none().then_some(())?;
            wants("a size such as 8g or 512m, without a fraction", size(value))
        }
        "enum" if !key.allowed.ends_with("...") => {
            let mut allowed = key.allowed.split(',');
            let one = |part: &str| key.allowed.split(',').any(|word| word.eq_ignore_ascii_case(part.trim()));
            if value.split(',').all(one) {
                return None;
            }
            let instead = nearest(value, allowed.by_ref()).map(str::to_owned);
            wants(&format!("one of {}", key.allowed.replace(',', ", ")), instead)
        }
        "regex" if !is_balanced(value) => wants("a regular expression", None),
        _ => None,
    }
}

/// What nothing but a key's own meaning tells.
fn by_key(key: &str, value: &str) -> Option<Refused> {
    let wants = |wanted: &str, instead: Option<String>| Some(Refused { wanted: wanted.to_owned(), instead });
    match key {
        // SparkClassCommandBuilder and SparkSubmitCommandBuilder put it behind -Xmx as it is.
        "spark.driver.memory" if heap(value).is_none() || value.bytes().all(|byte| byte.is_ascii_digit()) => {
            wants(
                "a size as the JVM writes it, such as 8g or 512m: it is handed on as -Xmx",
                size(value).or_else(|| amount(value).map(|(number, _)| format!("{number}m"))),
            )
        }
        "spark.executor.cores"
        | "spark.task.cpus"
        | "spark.sql.shuffle.partitions"
        | "spark.default.parallelism"
        | "spark.executor.instances"
        | "spark.dynamicAllocation.maxExecutors"
            if value.parse::<i64>().is_ok_and(|number| number <= 0) =>
        {
            wants("a number above 0", None)
        }
        "spark.dynamicAllocation.minExecutors" | "spark.dynamicAllocation.initialExecutors"
            if value.parse::<i64>().is_ok_and(|number| number < 0) =>
        {
            wants("a number that is not below 0", None)
        }
        "spark.eventLog.compression.codec" | "spark.io.compression.codec"
            if !value.contains('.')
                && !["lz4", "lzf", "snappy", "zstd"].contains(&value.to_ascii_lowercase().as_str()) =>
        {
            let codecs = ["lz4", "lzf", "snappy", "zstd"];
            wants("one of lz4, lzf, snappy, zstd, or a class", nearest(value, codecs).map(str::to_owned))
        }
        "spark.submit.deployMode" if value != "client" && value != "cluster" => {
            wants("client or cluster", None)
        }
        "spark.master" if !is_master(value) => {
            wants("k8s://https://HOST:PORT, spark://HOST:PORT, yarn or local[*]", None)
        }
        "spark.kubernetes.executor.request.cores" | "spark.kubernetes.executor.limit.cores"
            if value.parse::<Quantity>().is_err() =>
        {
            wants("an amount of CPU as Kubernetes writes it, such as 3 or 500m", None)
        }
        _ if key.ends_with(".port")
            && value.parse::<i64>().is_ok_and(|port| !(0..=65_535).contains(&port)) =>
        {
            wants("a port from 0 to 65535", None)
        }
        _ => None,
    }
}

/// What Hadoop's S3 file system has against a value. It takes its own for a flag that is neither true nor false, and
/// dies of a number that is none. Sizes are read by `Configuration.getLongBytes`.
pub fn refused_by_s3a(key: &str, value: &str) -> Option<Refused> {
    let value = value.trim();
    let own = key.strip_prefix("fs.s3a.")?;
    let wants = |wanted: &str| Some(Refused { wanted: wanted.to_owned(), instead: None });
    let is_flag = own.ends_with(".enabled") || own.ends_with(".enable") || own == "path.style.access";
    let is_number = own.ends_with(".maximum") || own == "threads.max" || own.ends_with(".limit");
    if is_flag && !value.eq_ignore_ascii_case("true") && !value.eq_ignore_ascii_case("false") {
        return wants("true or false");
    }
    if is_number && value.parse::<i64>().is_err() {
        return wants("a whole number");
    }
    let is_size = own.ends_with(".size") && !own.contains("page");
    let lower = value.to_ascii_lowercase();
    let digits = lower.strip_suffix(['k', 'm', 'g', 't', 'p', 'e']).unwrap_or(&lower);
    if is_size && digits.parse::<u64>().is_err() {
        return wants("a size such as 64M: a number and one of K, M, G, T");
    }
    (own == "committer.name" && !["file", "directory", "partitioned", "magic"].contains(&value))
        .then(|| wants("one of file, directory, partitioned, magic"))
        .flatten()
}

fn is_master(value: &str) -> bool {
    let local = value.strip_prefix("local").is_some_and(|rest| {
        rest.is_empty() || (rest.starts_with('[') && rest.ends_with(']')) || rest.starts_with("-cluster[")
    });
    let host = |scheme: &str| {
        let rest = value.strip_prefix(scheme);
        let rest = rest.map(|rest| rest.trim_start_matches("https://").trim_start_matches("http://"));
        rest.is_some_and(|rest| !rest.is_empty() && !rest.contains(char::is_whitespace))
    };
    local || value == "yarn" || host("k8s://") || host("spark://")
}

/// The whole number that `10.0`, `10s` or `1_000` may have meant.
fn whole(value: &str) -> Option<String> {
    let digits: String = value.chars().take_while(char::is_ascii_digit).collect();
    let rest = &value[digits.len()..];
    let is_whole =
        rest.strip_prefix('.').is_some_and(|rest| !rest.is_empty() && rest.bytes().all(|b| b == b'0'));
    (!digits.is_empty() && is_whole).then_some(digits)
}

/// The size that `8Gi`, `8 g` or `8GiB` means.
fn size(value: &str) -> Option<String> {
    let digits: String = value.chars().take_while(char::is_ascii_digit).collect();
    let unit = value[digits.len()..].trim().to_ascii_lowercase();
    let unit = unit.trim_end_matches('b').trim_end_matches('i');
    (!digits.is_empty() && matches!(unit, "k" | "m" | "g" | "t" | "p")).then(|| format!("{digits}{unit}"))
}

/// Whether parentheses outside of character classes come in pairs.
fn is_balanced(regex: &str) -> bool {
    let (mut open, mut class, mut escaped) = (0_i32, false, false);
    for c in regex.chars() {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '[' => class = true,
            ']' => class = false,
            '(' if !class => open += 1,
            ')' if !class => open -= 1,
            _ => {}
        }
        if open < 0 {
            return false;
        }
    }
    open == 0 && !class && !escaped
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::spark::conf_keys::{Kind, known};

    fn instead(key: &str, version: &str, value: &str) -> Option<Option<String>> {
        refused(&known(version, key).unwrap(), version, value).map(|refused| refused.instead)
    }

    #[test]
    fn values_are_read_as_spark_reads_them() {
        let text = |text: &str| Some(Some(text.to_owned()));
        assert_eq!(instead("spark.executor.memory", "4.1", "8Gi"), text("8g"));
        assert_eq!(instead("spark.executor.memory", "4.3", "8Gi"), None);
        assert_eq!(instead("spark.driver.memory", "4.3", "8Gi"), text("8g"));
        assert_eq!(instead("spark.driver.memory", "4.3", "8gb"), text("8g"));
        assert_eq!(instead("spark.driver.memory", "4.3", "8192"), text("8192m"));
        assert_eq!(instead("spark.sql.adaptive.enabled", "4.1", "yes"), text("true"));
        assert_eq!(instead("spark.sql.adaptive.enabled", "4.1", " TRUE "), None);
        assert_eq!(instead("spark.sql.shuffle.partitions", "4.1", "200.0"), text("200"));
        assert_eq!(instead("spark.sql.shuffle.partitions", "4.1", "0"), Some(None));
        assert_eq!(instead("spark.network.timeout", "4.1", "120sec"), text("120s"));
        for fine in ["120", "120s", "2min", "-1", "5M", "100ms"] {
            assert_eq!(instead("spark.network.timeout", "4.1", fine), None, "{fine}");
        }
        assert_eq!(instead("spark.history.store.serializer", "4.1", "protobuff"), text("PROTOBUF"));
        assert_eq!(instead("spark.eventLog.compression.codec", "4.1", "zstandard"), Some(None));
        assert_eq!(instead("spark.memory.fraction", "4.1", "0,6"), Some(None));
        assert_eq!(instead("spark.driver.port", "4.1", "70000"), Some(None));
        assert_eq!(instead("spark.redaction.regex", "4.1", "(?i)secret|(token"), Some(None));
    }

    /// Spark's own defaults are the largest set of values that are right.
    #[test]
    fn no_default_of_sparks_own_is_refused() {
        for version in ["3.5", "4.0", "4.1", "4.2", "4.3"] {
            for key in crate::spark::conf_keys::registered(version) {
                let entry = known(version, key).unwrap();
                let computed = entry.default.starts_with('<') || entry.default.ends_with("...");
                if entry.kind == Kind::Key && !entry.default.is_empty() && !computed {
                    assert_eq!(
                        refused(&entry, version, entry.default),
                        None,
                        "{version} {key} {}",
                        entry.default
                    );
                }
            }
        }
    }

    #[test]
    fn hadoop_has_its_own_forms() {
        assert_eq!(refused_by_s3a("fs.s3a.multipart.size", "64M"), None);
        assert_eq!(refused_by_s3a("fs.s3a.multipart.size", "134217728"), None);
        assert!(refused_by_s3a("fs.s3a.multipart.size", "64MB").is_some());
        assert!(refused_by_s3a("fs.s3a.path.style.access", "yes").is_some());
        assert!(refused_by_s3a("fs.s3a.connection.maximum", "many").is_some());
        assert_eq!(refused_by_s3a("fs.s3a.endpoint", "http://a:9000"), None);
    }
}
