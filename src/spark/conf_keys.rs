//! Spark's configuration keys, by version: `versions/conf-keys.tsv`, made by `scripts/spark-conf-keys` from
//! the registries of the released jars.
//!
//! The table is sorted by key and cut into columns when the first question is asked: from then on a question is
//! a binary search.

use std::sync::OnceLock;

/// The table; its columns are told in `scripts/spark-conf-keys`.
const TABLE: &str = include_str!("../../versions/conf-keys.tsv");
/// Its columns.
const COLUMNS: usize = 10;

/// What the table says of a key in one version of Spark. Where a field is empty, there is nothing to say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ConfKey<'a> {
    /// The key; for [`Kind::Prefix`] what it begins with, up to and including a dot.
    pub key: &'a str,
    /// What it is.
    pub kind: Kind,
    /// `boolean`, `int`, `long`, `double`, `number`, `string`, `time`, `bytes`, `seq`, `enum`, `regex`.
    pub of_type: &'a str,
    /// What a number without a unit counts: `SECONDS`, `MiB`, ...
    pub unit: &'a str,
    /// Its default as Spark prints it, cut where it is long; `<value of KEY>` where it is another key's.
    pub default: &'a str,
    /// The version that brought it.
    pub since: &'a str,
    /// The values it may have, with commas between.
    pub allowed: &'a str,
    /// Since when it is deprecated, or why it was removed; in Spark's own words.
    pub note: &'a str,
}

/// What a key is to a version of Spark.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Registered.
    Key,
    /// Read, but not registered: nothing is known of its values.
    Literal,
    /// Below a prefix under which any key may stand.
    Prefix,
    /// Refused or ignored.
    Removed,
}

/// What a version of Spark (`4.1`) makes of a key. Nothing where it does not know the key at all: in
/// names that begin with `spark.` most likely a slip, elsewhere nothing of Spark's.
///
/// ```
/// use sparkctl::spark::conf_keys::{Kind, known};
/// let key = known("4.1", "spark.executor.memory").unwrap();
/// assert_eq!((key.kind, key.of_type, key.unit, key.default), (Kind::Key, "bytes", "MiB", "1g"));
/// assert_eq!(known("4.1", "spark.executor.memroy"), None);
/// ```
pub fn known(version: &str, key: &str) -> Option<ConfKey<'static>> {
    let version = number(version)?;
    let here = |key: &str| rows(key).find(|row| row.holds(version)).map(|row| row.key);
    here(key).or_else(|| {
        let dots = key.rmatch_indices('.').map(|(at, _)| at);
        dots.filter_map(|dot| here(&key[..=dot])).find(|found| found.kind == Kind::Prefix)
    })
}

/// The versions, first and last, in which a key is registered or read; the last is empty where it still is.
/// For telling people that a key came later or is gone.
pub fn lifetime(key: &str) -> Option<(&'static str, &'static str)> {
    let mut alive = rows(key).filter(|row| matches!(row.key.kind, Kind::Key | Kind::Literal));
    let first = alive.next()?;
    let last = alive.last().unwrap_or(first);
    Some((first.first, last.last))
}

/// The keys that one version registers, in order: candidates for "did you mean".
pub fn registered(version: &str) -> impl Iterator<Item = &'static str> + Clone {
    let version = number(version);
    table()
        .iter()
        .filter(move |row| row.key.kind == Kind::Key && version.is_some_and(|version| row.holds(version)))
        .map(|row| row.key.key)
}

/// The keys below a prefix that one version registers.
pub fn below(version: &str, prefix: &str) -> impl Iterator<Item = &'static str> {
    let (version, prefix) = (number(version), prefix.to_owned());
    not_below(&prefix)
        .iter()
        .take_while(move |row| row.key.key.starts_with(&prefix))
        .filter(move |row| row.key.kind == Kind::Key && version.is_some_and(|version| row.holds(version)))
        .map(|row| row.key.key)
}

/// One line: a key and the versions for which the rest holds.
#[derive(Debug, Clone, Copy)]
struct Row {
    key: ConfKey<'static>,
    /// The first and the last version, as they are written; the last is empty: still so.
    first: &'static str,
    last: &'static str,
    from: (u32, u32),
    to: Option<(u32, u32)>,
}

impl Row {
    fn read(line: &'static str) -> Option<Row> {
        let mut columns = [""; COLUMNS];
        let mut parts = line.split('\t');
        for column in &mut columns {
            *column = parts.next().map(|part| if part == "-" { "" } else { part })?;
        }
        let [key, first, last, kind, of_type, unit, default, since, allowed, note] = columns;
        let kind = match kind {
            "key" => Kind::Key,
            "literal" => Kind::Literal,
            "prefix" => Kind::Prefix,
            "removed" => Kind::Removed,
            _ => return None,
        };
        let key = ConfKey { key, kind, of_type, unit, default, since, allowed, note };
        Some(Row { key, first, last, from: number(first)?, to: number(last) })
    }

    fn holds(&self, version: (u32, u32)) -> bool {
        self.from <= version && self.to.is_none_or(|to| version <= to)
    }
}

fn number(version: &str) -> Option<(u32, u32)> {
    let (major, minor) = version.split_once('.')?;
    Some((major.parse().ok()?, minor.parse().ok()?))
}

/// The table, cut into columns.
fn table() -> &'static [Row] {
    static ROWS: OnceLock<Vec<Row>> = OnceLock::new();
    ROWS.get_or_init(|| TABLE.lines().filter_map(Row::read).collect())
}

/// The lines of one key.
fn rows(key: &str) -> impl Iterator<Item = &'static Row> {
    not_below(key).iter().take_while(move |row| row.key.key == key)
}

/// The lines from the first one whose key does not come before this one.
fn not_below(key: &str) -> &'static [Row] {
    let table = table();
    &table[table.partition_point(|row| row.key.key < key)..]
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::panic)]
    use super::*;

    #[test]
    fn every_line_is_found_by_its_key() {
        let lines: Vec<&str> = TABLE.lines().skip(1).collect();
        assert!(lines.len() > 2000, "{} lines", lines.len());
        assert!(lines.is_sorted_by_key(|line| line.split('\t').next().unwrap().as_bytes()));
        for line in lines {
            let columns: Vec<&str> = line.split('\t').collect();
            assert_eq!(columns.len(), COLUMNS, "{line}");
            let found = known(columns[1], columns[0]).unwrap_or_else(|| panic!("{line}"));
            assert_eq!(found.key, columns[0]);
        }
        assert!(TABLE.len() < 400_000, "{} bytes", TABLE.len());
    }

    #[test]
    fn keys_come_and_go() {
        let grace = "spark.kubernetes.executor.terminationGracePeriodSeconds";
        assert_eq!(known("4.0", grace), None);
        assert_eq!(known("4.1", grace).unwrap().default, "30s");
        assert_eq!(lifetime(grace), Some(("4.1", "")));
        let mesos = "spark.mesos.coarse";
        assert_eq!(known("3.5", mesos).unwrap().kind, Kind::Key);
        assert_eq!(known("4.0", mesos), None);
        assert_eq!(lifetime(mesos), Some(("3.5", "3.5")));
        assert_eq!(known("3.5", "spark.sql.execution.pythonUDF.arrow.enabled").unwrap().default, "false");
        assert_eq!(known("4.2", "spark.sql.execution.pythonUDF.arrow.enabled").unwrap().default, "true");
        assert_eq!(lifetime("spark.no.such.key"), None);
    }

    #[test]
    fn what_stands_below_a_prefix_is_found() {
        let found: Vec<&str> = below("4.1", "spark.kubernetes.authenticate.").collect();
        assert!(found.contains(&"spark.kubernetes.authenticate.executor.serviceAccountName"), "{found:?}");
        assert_eq!(below("4.1", "spark.nothing.").next(), None);
    }

    #[test]
    fn what_is_not_registered_is_not_unknown() {
        for version in ["3.5", "4.0", "4.1", "4.2", "4.3"] {
            let kind = |key: &str| known(version, key).map(|found| found.kind);
            assert_eq!(kind("spark.hadoop.fs.s3a.endpoint"), Some(Kind::Prefix));
            assert_eq!(kind("spark.sql.catalog.lake.uri"), Some(Kind::Prefix));
            assert_eq!(kind("spark.kubernetes.driverEnv.A"), Some(Kind::Prefix));
            assert_eq!(kind("spark.app.name"), Some(Kind::Literal));
            let blacklist = if version < "4.1" { Kind::Key } else { Kind::Removed };
            assert_eq!(kind("spark.blacklist.enabled"), Some(blacklist));
            assert_eq!(kind("spark.sql.adaptive.enabeld"), None);
            assert_eq!(kind("spark"), None);
            assert_eq!(kind(""), None);
            assert_eq!(kind("zzz"), None);
            assert!(registered(version).count() > 1100);
        }
        assert_eq!(known("9", "spark.app.name"), None);
    }
}
