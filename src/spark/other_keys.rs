//! Names that Spark's registry does not hold: what vendors add, what is handed on to Hadoop, Hive and Iceberg, and
//! the environment variables that Spark reads.

use std::sync::LazyLock;

/// Prefixes of properties that others than Spark read; one a line.
const VENDORS: &str = include_str!("../../versions/vendor-prefixes.txt");
/// Keys below the prefixes that Spark hands on; made by `scripts/other-conf-keys`.
const OTHERS: &str = include_str!("../../versions/other-conf-keys.txt");
static HADOOP: LazyLock<Vec<&str>> = LazyLock::new(|| family("hadoop "));
static CATALOG: LazyLock<Vec<&str>> = LazyLock::new(|| family("catalog "));
/// The variables that Spark, its scripts, its client or the entry point of its image read, sorted. Read out of the
/// jars, Python files and scripts of PyPI's pyspark 3.5.9, 4.0.5, 4.1.4, 4.2.1 and 4.3.0, and of `entrypoint.sh`.
const VARIABLES: &str = include_str!("../../versions/spark-variables.txt");
/// Beginnings of variables that Spark reads, whatever follows.
const VARIABLE_PREFIXES: [&str; 3] = ["SPARK_JAVA_OPT_", "SPARK_EXECUTOR_ATTRIBUTE_", "SPARK_LOG_URL_"];

/// Whether somebody else than Spark is known to read properties that begin so.
///
/// ```
/// assert!(sparkctl::spark::other_keys::is_a_vendors("spark.celeborn.client.push.replicate.enabled"));
/// ```
pub fn is_a_vendors(key: &str) -> bool {
    VENDORS.lines().any(|prefix| key.starts_with(prefix))
}

/// The Hadoop or Hive key that this one is a slip away from; none for one that exists or is like no other.
///
/// ```
/// use sparkctl::spark::other_keys::slip_in_hadoop;
/// assert_eq!(slip_in_hadoop("fs.s3a.endpiont"), Some("fs.s3a.endpoint"));
/// assert_eq!((slip_in_hadoop("fs.s3a.endpoint"), slip_in_hadoop("my.own.key")), (None, None));
/// ```
pub fn slip_in_hadoop(key: &str) -> Option<&'static str> {
    slip(key, &HADOOP)
}

/// As [`slip_in_hadoop`], for what follows the name of an Iceberg catalog.
pub fn slip_in_catalog(key: &str) -> Option<&'static str> {
    slip(key, &CATALOG)
}

/// Whether Spark reads a variable.
pub fn reads_variable(name: &str) -> bool {
    VARIABLE_PREFIXES.iter().any(|prefix| name.starts_with(prefix))
        || VARIABLES.lines().any(|known| known == name)
}

/// The variables that Spark reads.
pub fn variables() -> impl Iterator<Item = &'static str> + Clone {
    VARIABLES.lines()
}

/// The keys of one family, sorted.
fn family(name: &str) -> Vec<&'static str> {
    OTHERS.lines().filter_map(|line| line.strip_prefix(name)).collect()
}

fn slip(key: &str, known: &[&'static str]) -> Option<&'static str> {
    // Nearly every key is one that exists: distances are computed for the others only.
    match known.binary_search(&key) {
        Ok(_) => None,
        Err(_) => known.iter().copied().find(|known| is_slip(key, known)),
    }
}

/// Whether one word is another with a slip or two of the finger.
pub fn is_slip(word: &str, known: &str) -> bool {
    let allowed = if known.len() < 6 { 1 } else { 2 };
    let apart = word.len().abs_diff(known.len());
    apart <= allowed
        && known.len() > 2
        && word != known
        && strsim::damerau_levenshtein(word, known) <= allowed
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lists_are_in_order() {
        for (list, least) in [(VENDORS, 40), (OTHERS, 300), (VARIABLES, 80)] {
            assert!(list.lines().is_sorted() && list.lines().count() >= least);
        }
    }

    #[test]
    fn what_is_like_nothing_is_nobodys_slip() {
        assert_eq!(slip_in_hadoop("fs.s3a.conection.maximum"), Some("fs.s3a.connection.maximum"));
        assert_eq!(slip_in_hadoop("fs.s3a.bucket.logs.endpoint"), None);
        assert_eq!(slip_in_catalog("io-imlp"), Some("io-impl"));
        assert_eq!(slip_in_catalog("default-namespace"), None);
        assert!(reads_variable("SPARK_CONF_DIR") && !reads_variable("SPARK_DRIVER_HOST"));
    }
}
