//! Classes that the configuration names, and the jars that bring them.

use super::view;
use crate::rules::Problem;
use crate::rules::set::{Application, Property, Subject};
use std::cell::LazyCell;

/// Which artifact brings the classes of a package; the longest package that fits counts.
const PACKAGES: [(&str, &str); 20] = [
    ("org.apache.iceberg.", "iceberg-spark-runtime"),
    ("io.delta.", "delta-spark"),
    ("org.apache.spark.sql.delta.", "delta-spark"),
    ("org.apache.hudi.", "hudi-spark"),
    ("org.apache.spark.sql.hudi.", "hudi-spark"),
    ("org.apache.paimon.", "paimon-spark"),
    ("io.openlineage.", "openlineage-spark"),
    ("com.nvidia.", "rapids-4-spark"),
    ("org.apache.spark.shuffle.celeborn.", "celeborn-client-spark"),
    ("org.apache.spark.shuffle.RssShuffleManager", "rss-client-spark"),
    ("org.apache.spark.shuffle.uniffle.", "rss-client-spark"),
    ("org.apache.spark.internal.io.cloud.", "spark-hadoop-cloud"),
    ("org.apache.sedona.", "sedona-spark"),
    ("org.apache.comet.", "comet-spark"),
    ("org.apache.spark.CometPlugin", "comet-spark"),
    ("org.apache.gluten.", "gluten"),
    ("org.apache.kyuubi.", "kyuubi-spark"),
    ("za.co.absa.spline.", "spline-spark"),
    ("com.databricks.spark.metrics.", "spark-metrics"),
    ("ch.cern.", "spark-plugins"),
];

/// Every driver.
pub fn check(subject: &Subject<'_>, problems: &mut Vec<Problem>) {
    for application in subject.applications.iter().filter(|found| view::is_client(found)) {
        // What an image has is worked out only where some class has to come from it.
        let provided = LazyCell::new(|| provided(subject, application));
        for property in application.properties.iter().filter(|property| names_classes(&property.key)) {
            for class in property.value.split(',').map(str::trim).filter(|class| class.contains('.')) {
                missing(subject, application, property, class, &provided, problems);
            }
        }
        coordinates(subject, application, problems);
    }
}

fn names_classes(key: &str) -> bool {
    const KEYS: [&str; 12] = [
        "spark.extraListeners",
        "spark.plugins",
        "spark.sql.extensions",
        "spark.shuffle.manager",
        "spark.shuffle.sort.io.plugin.class",
        "spark.sql.queryExecutionListeners",
        "spark.sql.streaming.streamingQueryListeners",
        "spark.sql.sources.commitProtocolClass",
        "spark.sql.parquet.output.committer.class",
        "spark.sql.catalog.spark_catalog",
        "spark.serializer",
        "spark.kryo.registrator",
    ];
    let catalog = key.strip_prefix("spark.sql.catalog.").is_some_and(|rest| !rest.contains('.'));
    let metrics = key.starts_with("spark.metrics.conf.") && key.ends_with(".class");
    KEYS.contains(&key) || catalog || metrics
}

/// What brings jars: artifacts by name.
struct Provided {
    names: Vec<String>,
    /// Whether there may be others that nobody can see from here.
    open: bool,
}

fn provided(subject: &Subject<'_>, application: &Application<'_>) -> Provided {
    let mut names = Vec::new();
    let mut open = false;
    for (key, value) in application.properties.iter().map(|found| (found.key.as_str(), found.value.as_str()))
    {
        match key {
            "spark.jars.packages" => {
                names.extend(value.split(',').filter_map(|found| Some(found.split(':').nth(1)?.to_owned())));
            }
            "spark.jars" => {
                names.extend(
                    value.split(',').filter_map(|path| Some(path.trim().rsplit('/').next()?.to_owned())),
                );
            }
            "spark.driver.extraClassPath" => open |= subject.known().is_none(),
            _ => {}
        }
    }
    match subject.known() {
        Some(known) => {
            // A feature that has nothing for this version is refused by a rule of its own.
            let iceberg = known.compiled.platform.version.artifacts.get("iceberg");
            if iceberg.is_none_or(Vec::is_empty) {
                names.push("iceberg-spark-runtime".to_owned());
            }
            if let Ok(Some(image)) = known.compiled.platform.image(known.library, "spark") {
                let all = image.provides.iter().flat_map(|need| need.artifacts.iter().chain(&need.fetched));
                names.extend(all.filter_map(|jar| Some(jar.coordinate.split(':').nth(1)?.to_owned())));
            }
        }
        None => {
            // Of an image that somebody built nothing is known.
            let image = application.container.text("image").unwrap_or_default();
            let name = image.split(['@', ':']).next().unwrap_or_default();
            let official = [
                "apache/spark",
                "docker.io/apache/spark",
                "spark",
                "docker.io/library/spark",
                "apache/spark-py",
            ];
            open |= !official.contains(&name)
                || view::option(application, "--packages").is_some()
                || view::option(application, "--jars").is_some();
        }
    }
    Provided { names, open }
}

/// T-otel-class: a class that no jar has stops the driver at its start.
fn missing<'a>(
    subject: &Subject<'a>,
    application: &Application<'a>,
    property: &Property<'a>,
    class: &str,
    provided: &LazyCell<Provided, impl FnOnce() -> Provided>,
    problems: &mut Vec<Problem>,
) {
    let package = PACKAGES
        .iter()
        .filter(|(package, _)| class.starts_with(package))
        .max_by_key(|(package, _)| package.len());
    let own = class.starts_with("org.apache.spark.") || class.starts_with("org.apache.hadoop.");
    // Java's own, which some properties name.
    if package.is_none() && (own || class.starts_with("java.") || class.starts_with("scala.")) {
        return;
    }
    let brings = |wanted: &str| provided.names.iter().any(|name| name.starts_with(wanted));
    let there = match package {
        Some((_, artifact)) => brings(artifact),
        None => {
            !provided.names.is_empty()
                && (application.property("spark.jars").is_some()
                    || application.property("spark.jars.packages").is_some())
        }
    };
    if there || provided.open {
        return;
    }
    let message = format!("no jar of the image has the class `{class}`");
    let help = match package {
        Some((_, artifact)) => {
            format!("add `{artifact}` for this version of Spark to the image, or take the property out")
        }
        None => "build an image with the jar, or take the property out".to_owned(),
    };
    problems.push(
        Problem::new(
            "spark/class-without-jar",
            message,
            property.place(subject),
            format!("`{}`", property.key),
        )
        .help(help),
    );
}

/// N15, T-otel-class: a jar is built for one Scala and, where its name says so, for one Spark.
fn coordinates<'a>(subject: &Subject<'a>, application: &Application<'a>, problems: &mut Vec<Problem>) {
    let Some(version) = subject.spark_version() else { return };
    let Some(minor) = view::version(version) else { return };
    let scala = match subject.known() {
        Some(known) => known.compiled.platform.version.scala.as_str(),
        // 3.5 has images of both.
        None if minor >= (4, 0) => "2.13",
        None => return,
    };
    for property in application
        .properties
        .iter()
        .filter(|found| found.key == "spark.jars.packages" || found.key == "spark.jars")
    {
        for written in property.value.split(',').map(str::trim) {
            let (name, release) = match property.key.as_str() {
                "spark.jars" => (written.rsplit('/').next().unwrap_or_default(), None),
                _ => {
                    let mut parts = written.split(':').skip(1);
                    (parts.next().unwrap_or_default(), parts.next())
                }
            };
            let built = name
                .split_once("_2.")
                .map(|(_, rest)| rest.chars().take_while(char::is_ascii_digit).collect::<String>());
            let message = match built.map(|minor| format!("2.{minor}")) {
                Some(built) if built != scala => {
                    format!("`{name}` is built for Scala {built}; Spark {version} has {scala}")
                }
                _ => {
                    let Some(wanted) = built_for(name, written, release) else { continue };
                    if wanted == minor {
                        continue;
                    }
                    format!("`{name}` is built for Spark {}.{}, and this is {version}", wanted.0, wanted.1)
                }
            };
            problems.push(
                Problem::new("spark/jar-version", message, property.place(subject), "does not load")
                    .help(format!("take the artifact for Spark {version} and Scala {scala}")),
            );
        }
    }
}

/// The Spark that an artifact is built for: its own parts bear its version, runtimes of others name it.
fn built_for(name: &str, written: &str, release: Option<&str>) -> Option<(u32, u32)> {
    if written.starts_with("org.apache.spark:") {
        return view::version(release?);
    }
    // iceberg-spark-runtime-4.0_2.13, delta-spark_4.1_2.13
    let rest = ["iceberg-spark-runtime-", "delta-spark_", "hudi-spark"]
        .iter()
        .find_map(|prefix| name.strip_prefix(prefix))?;
    // delta-spark_2.13 has Scala's version alone.
    let (number, _) = rest.split_once("_2.").filter(|_| !rest.starts_with("2."))?;
    view::version(number.trim_end_matches("-bundle"))
}
