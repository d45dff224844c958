//! Keys: whether the version that runs knows them.

use super::Context;
use crate::diagnostic;
use crate::rules::Problem;
use crate::rules::set::Property;
use crate::spark::conf_keys::{self, ConfKey, Kind, known, lifetime};
use crate::spark::other_keys;
use std::collections::BTreeSet;

const VERSIONS: [&str; 5] = ["3.5", "4.0", "4.1", "4.2", "4.3"];

/// Every rule about keys.
pub fn check(context: &Context<'_, '_>, problems: &mut Vec<Problem>) {
    let catalogs = iceberg_catalogs(context);
    let mut seen = BTreeSet::new();
    for property in context.properties() {
        let key = property.key.as_str();
        // What is no word at all, `spark/malformed-property` tells.
        if key.is_empty() || key.contains(['"', '\'', '{', '}', '$', ' ']) {
            continue;
        }
        if !key.starts_with("spark.") {
            problems.push(not_sparks(context, property));
            continue;
        }
        match lookup(context.version, key) {
            Some(found) => {
                problems.extend(old(context, property, &found));
                if found.kind == Kind::Prefix {
                    problems.extend(slip(context, property, &found, &catalogs));
                }
            }
            None if other_keys::is_a_vendors(key) => {}
            None if seen.insert((key, property.value.as_str())) => problems.push(unknown(context, property)),
            None => {}
        }
    }
}

/// What a version makes of a key; where it is not known which one runs, what any makes of it.
pub fn lookup(version: Option<&str>, key: &str) -> Option<ConfKey<'static>> {
    match version {
        Some(version) => known(version, key),
        None => VERSIONS.iter().rev().find_map(|version| known(version, key)),
    }
}

fn not_sparks(context: &Context<'_, '_>, property: &Property<'_>) -> Problem {
    let key = &property.key;
    let with = format!("spark.{key}");
    let hadoop = ["fs.", "hive.", "hadoop.", "dfs.", "yarn."].iter().any(|prefix| key.starts_with(prefix));
    let help = if lookup(context.version, &with).is_some_and(|found| found.kind == Kind::Key) {
        Some(format!("write `{with}`"))
    } else if hadoop {
        Some(format!("write `spark.hadoop.{key}`: what begins so is handed on to Hadoop and Hive"))
    } else {
        context.version.and_then(|version| near(version, key)).map(|near| format!("did you mean `{near}`?"))
    };
    Problem::new(
        "spark/unknown-key",
        format!("`{key}` is no property of Spark"),
        context.place(property),
        "names of properties begin with `spark.`",
    )
    .why("Spark warns about it (Ignoring non-Spark config property) and goes on without it")
    .help_if(help)
}

/// Removed and deprecated keys.
fn old(context: &Context<'_, '_>, property: &Property<'_>, found: &ConfKey<'_>) -> Option<Problem> {
    let (key, note) = (&property.key, found.note);
    let removed = found.kind == Kind::Removed;
    if found.kind == Kind::Prefix || note.is_empty() {
        return None;
    }
    let version =
        context.version.map(|version| format!("Spark {version}")).unwrap_or_else(|| "Spark".to_owned());
    let (rule, message) = match removed {
        true => ("spark/removed-key", format!("{version} reads `{key}` no more")),
        false => ("spark/deprecated-key", format!("`{key}` is an old name or an old way")),
    };
    let help = match successor(note, key) {
        Some(instead) => format!("write `{instead}` instead"),
        None if removed => "remove it: it changes nothing".to_owned(),
        None => "see whether it is still needed".to_owned(),
    };
    Some(
        Problem::new(rule, message, context.place(property), "set here")
            .why(format!("in its own words: {note}"))
            .help(help),
    )
}

/// The key that Spark's own words name in place of an old one.
fn successor<'n>(note: &'n str, key: &str) -> Option<&'n str> {
    note.split(|c: char| !(c.is_ascii_alphanumeric() || ".-_".contains(c)))
        .map(|word| word.trim_end_matches('.'))
        .find(|word| word.starts_with("spark.") && *word != key && conf_keys::lifetime(word).is_some())
}

fn unknown(context: &Context<'_, '_>, property: &Property<'_>) -> Problem {
    let (key, place) = (property.key.as_str(), context.place(property));
    if let (Some(version), Some((first, last))) = (context.version, lifetime(key)) {
        let number = |version: &str| {
            let (major, minor) = version.split_once('.').unwrap_or((version, "0"));
            (major.parse::<u32>().unwrap_or_default(), minor.parse::<u32>().unwrap_or_default())
        };
        if number(first) > number(version) {
            return Problem::new(
                "spark/key-too-new",
                format!("`{key}` came with Spark {first}; this is {version}"),
                place,
                "unknown to this version",
            )
            .why("Spark keeps what it does not know and never reads it")
            .help(format!("remove it, or run Spark {first} or newer"));
        }
        return Problem::new(
            "spark/removed-key",
            format!("Spark {version} has no `{key}` any more; the last that had it was {last}"),
            place,
            "nothing reads it",
        )
        .help_if(Some(match near(version, key) {
            Some(near) => format!("remove it; the nearest that there is now is `{near}`"),
            None => "remove it: it changes nothing".to_owned(),
        }));
    }
    let version = context.version_or_newest();
    let who = context.version.map_or_else(|| "Spark".to_owned(), |version| format!("Spark {version}"));
    let help = if key.ends_with(".request.memory") || key.ends_with(".limit.memory") {
        Some("an executor's memory is `spark.executor.memory` and `spark.executor.memoryOverhead`: Spark makes request and limit of them".to_owned())
    } else {
        near(version, key).map(|near| format!("did you mean `{near}`?"))
    };
    Problem::new("spark/unknown-key", format!("{who} has no property `{key}`"), place, "nothing reads it")
        .why("Spark keeps what it does not know and never reads it, without a word")
        .help_if(help)
}

/// The registered key nearest to one that does not exist.
fn near(version: &str, key: &str) -> Option<&'static str> {
    diagnostic::nearest(key, conf_keys::registered(version))
}

/// A slip below a prefix under which any key may stand: near to a key that exists.
fn slip(
    context: &Context<'_, '_>,
    property: &Property<'_>,
    found: &ConfKey<'_>,
    catalogs: &BTreeSet<String>,
) -> Option<Problem> {
    let key = property.key.as_str();
    let near = match found.key {
        "spark.hadoop." => {
            let own = key.strip_prefix("spark.hadoop.")?;
            other_keys::slip_in_hadoop(own).map(|near| format!("spark.hadoop.{near}"))
        }
        "spark.hive." => None,
        "spark.sql.catalog." => {
            let (name, own) = key.strip_prefix("spark.sql.catalog.")?.split_once('.')?;
            let near = catalogs.contains(name).then(|| other_keys::slip_in_catalog(own)).flatten()?;
            Some(format!("spark.sql.catalog.{name}.{near}"))
        }
        "spark.metrics.conf." => return metrics(context, property),
        prefix => {
            let mut others = conf_keys::below(context.version_or_newest(), prefix);
            others.find(|other| other_keys::is_slip(key, other)).map(str::to_owned)
        }
    }?;
    let message = format!("`{key}` is a slip away from `{near}`");
    Some(
        Problem::new("spark/unknown-key", message, context.place(property), "nothing is known to read it")
            .help(format!("did you mean `{near}`?")),
    )
}

/// `INSTANCE.sink.NAME.OPTION` or `INSTANCE.source.NAME.OPTION`, from `conf/metrics.properties.template`.
fn metrics(context: &Context<'_, '_>, property: &Property<'_>) -> Option<Problem> {
    const INSTANCES: [&str; 8] = [
        "*",
        "master",
        "applications",
        "worker",
        "executor",
        "driver",
        "shuffleService",
        "applicationMaster",
    ];
    let own = property.key.strip_prefix("spark.metrics.conf.")?;
    let mut parts = own.splitn(4, '.');
    let (instance, kind, _, option) = (parts.next()?, parts.next(), parts.next(), parts.next());
    let fine = INSTANCES.contains(&instance)
        && (kind == Some("sink") || kind == Some("source"))
        && option.is_some_and(|option| {
            !["class", "path", "period", "unit"].iter().any(|known| other_keys::is_slip(option, known))
        })
        || own == "file";
    (!fine).then(|| {
        Problem::new(
            "spark/unknown-key",
            format!("`{own}` is no setting of Spark's metrics"),
            context.place(property),
            "nothing reads it",
        )
        .help("write INSTANCE.sink.NAME.OPTION or INSTANCE.source.NAME.class, where INSTANCE is `*`, driver, executor, master, worker or applications")
    })
}

/// The catalogs that Iceberg implements.
fn iceberg_catalogs(context: &Context<'_, '_>) -> BTreeSet<String> {
    let named =
        context.properties().filter(|property| property.value.starts_with("org.apache.iceberg.spark."));
    named.filter_map(|property| Some(property.key.strip_prefix("spark.sql.catalog.")?.to_owned())).collect()
}
