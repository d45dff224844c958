//! Options for the JVM: those that Spark or the JVM refuses.

use super::Context;
use super::launch::JAVA_VARIABLES;
use crate::rules::{Place, Problem};

/// Properties that hold options for a JVM.
const PROPERTIES: [&str; 5] = [
    "spark.driver.extraJavaOptions",
    "spark.executor.extraJavaOptions",
    "spark.driver.defaultJavaOptions",
    "spark.executor.defaultJavaOptions",
    "spark.yarn.am.extraJavaOptions",
];

/// Flags that a JVM 17 does not know: it ends with `Unrecognized VM option`. Measured on OpenJDK 17.0.15. Those of the
/// concurrent mark sweep collector also begin so.
const GONE: [&str; 32] = [
    "AggressiveOpts",
    "GCLogFileSize",
    "MaxPermSize",
    "NumberOfGCLogFiles",
    "PermSize",
    "PrintAdaptiveSizePolicy",
    "PrintFLSCensus",
    "PrintFLSStatistics",
    "PrintGCApplicationConcurrentTime",
    "PrintGCApplicationStoppedTime",
    "PrintGCDateStamps",
    "PrintGCID",
    "PrintGCTaskTimeStamps",
    "PrintGCTimeStamps",
    "PrintHeapAtGC",
    "PrintHeapAtGCExtended",
    "PrintOldPLAB",
    "PrintPromotionFailure",
    "PrintReferenceGC",
    "PrintTenuringDistribution",
    "TraceClassLoading",
    "TraceClassUnloading",
    "UseAdaptiveGCBoundary",
    "UseCGroupMemoryLimitForHeap",
    "UseCMSBestFit",
    "UseCMSInitiatingOccupancyOnly",
    "UseConcMarkSweepGC",
    "UseGCLogFileRotation",
    "UseGCTaskAffinity",
    "UseParNewGC",
    "UseParallelOldGC",
    "UseSplitVerifier",
];
/// Flags that it takes for `-Xlog`, with a warning.
const DEPRECATED: [&str; 2] = ["PrintGCDetails", "PrintGC"];

/// Options that a JVM of Spark's does not start with, or that another setting overrides.
pub fn check(context: &Context<'_, '_>, problems: &mut Vec<Problem>) {
    for property in context.properties().filter(|property| PROPERTIES.contains(&property.key.as_str())) {
        let heap =
            if property.key.contains(".executor.") { "spark.executor.memory" } else { "spark.driver.memory" };
        let wrong = wrong(&property.value, heap, property.key.contains(".executor."), has_old_java(context));
        problems.extend(
            wrong.map(|wrong| wrong.problem(&format!("`{}`", property.key), context.place(property))),
        );
    }
    for container in context.subject.pods.iter().flat_map(|pod| pod.containers()) {
        for entry in container.list("env") {
            let (Some(name), Some(value)) = (entry.text("name"), entry.get("value")) else { continue };
            if JAVA_VARIABLES[..5].contains(&name) {
                let heap =
                    if name == "SPARK_SUBMIT_OPTS" { "spark.driver.memory" } else { "SPARK_DAEMON_MEMORY" };
                let wrong = wrong(value.as_str().unwrap_or_default(), heap, false, has_old_java(context));
                problems.extend(
                    wrong.map(|wrong| wrong.problem(&format!("`{name}`"), context.subject.place(value))),
                );
            }
        }
    }
}

/// Whether the JVM may be older than 17: only Spark 3.5 runs on one.
fn has_old_java(context: &Context<'_, '_>) -> bool {
    match (context.version, context.subject.known()) {
        (_, Some(known)) => known.compiled.platform.version.java.image < 17,
        (Some("3.5") | None, None) => {
            let images = context.processes.iter().filter_map(|process| process.app.container.text("image"));
            !images.into_iter().any(|image| image.contains("java17") || image.contains("java21"))
        }
        (Some(_), None) => false,
    }
}

struct Wrong {
    option: String,
    why: String,
    help: String,
}

impl Wrong {
    fn problem(self, holder: &str, place: Place) -> Problem {
        Problem::new("spark/java-options", format!("{holder} holds `{}`", self.option), place, "this option")
            .why(self.why)
            .help(self.help)
    }
}

fn wrong(options: &str, heap: &str, of_executors: bool, old_java: bool) -> Option<Wrong> {
    let lenient = options.contains("-XX:+IgnoreUnrecognizedVMOptions");
    options.split_whitespace().map(|option| option.trim_matches(['"', '\''])).find_map(|option| {
        let wrong =
            |why: &str, help: String| Some(Wrong { option: option.to_owned(), why: why.to_owned(), help });
        if option.starts_with("-Xmx") || option.starts_with("-Xms") && of_executors {
            return wrong(
                "Spark sizes the heap itself: it refuses the option here, or its own comes later and wins",
                format!("remove it and set `{heap}`"),
            );
        }
        if of_executors && option.starts_with("-Dspark.") {
            return wrong(
                "Spark refuses to start: executors get their properties from the driver",
                "set the property itself, in spark-defaults.conf or with --conf".to_owned(),
            );
        }
        let flag = option.strip_prefix("-XX:")?;
        let flag = flag.trim_start_matches(['+', '-']).split('=').next().unwrap_or_default();
        let gone = GONE.contains(&flag) || flag.starts_with("CMS") || flag.starts_with("G1Print");
        if gone && !lenient && !old_java {
            let help = if flag.starts_with("Print") || flag.contains("GCLog") || flag.starts_with("Trace") {
                "remove it; what the collector does is logged with -Xlog:gc*"
            } else {
                "remove it: the JVM's own collector, G1, needs none of it"
            };
            return wrong("Java 17 does not know it and ends: Unrecognized VM option", help.to_owned());
        }
        if DEPRECATED.contains(&flag) && !old_java {
            return wrong(
                "Java 17 takes it for -Xlog:gc, and newer ones may not",
                "write -Xlog:gc*".to_owned(),
            );
        }
        None
    })
}
