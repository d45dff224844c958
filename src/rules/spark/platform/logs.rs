//! Event logs: written where the History Server reads, in a way that makes them appear.

use super::view;
use crate::rules::Problem;
use crate::rules::set::{Application, Pod, Role, Subject};

const ENABLED: &str = "spark.eventLog.enabled";
const DIR: &str = "spark.eventLog.dir";
const READ: &str = "spark.history.fs.logDirectory";

/// Drivers that write logs, and the History Server.
pub fn check(subject: &Subject<'_>, problems: &mut Vec<Problem>) {
    let history: Vec<&Application<'_>> =
        subject.applications.iter().filter(|found| found.role == Role::History).collect();
    for server in &history {
        history_server(subject, server, problems);
    }
    for driver in subject.applications.iter().filter(|found| view::is_client(found)) {
        writer(subject, driver, history.first().copied(), problems);
    }
}

fn folder(path: &str) -> &str {
    path.trim_end_matches('/')
}

/// A History Server has a directory to read, and it exists before it starts.
fn history_server<'a>(subject: &Subject<'a>, server: &Application<'a>, problems: &mut Vec<Problem>) {
    let pod = view::pod(subject, server);
    let in_options = ["SPARK_HISTORY_OPTS", "SPARK_DAEMON_JAVA_OPTS"].iter().any(|name| {
        let entry = view::env(server.container, name);
        entry.is_some_and(|entry| entry.text("value").is_none_or(|value| value.contains(READ)))
    });
    match server.get(READ) {
        Some(path) => {
            unknown_scheme(subject, server, READ, path, problems);
            prefix(subject, server, pod, READ, path, problems);
        }
        None if view::is_visible(subject, server) && !in_options => {
            let message = format!("{} is not told where the logs are", pod.name());
            let at = view::at(subject, server, READ);
            problems.push(
                Problem::new(
                    "spark/history-directory",
                    message,
                    at,
                    "`spark.history.fs.logDirectory` is not set here",
                )
                .help(format!("set `{READ}` to the `{DIR}` of the drivers")),
            );
        }
        None => {}
    }
}

/// What a driver writes, against what the History Server of the set reads.
fn writer<'a>(
    subject: &Subject<'a>,
    driver: &Application<'a>,
    history: Option<&Application<'a>>,
    problems: &mut Vec<Problem>,
) {
    let pod = view::pod(subject, driver);
    if !driver.is_on(ENABLED) {
        let read = history.filter(|_| view::is_visible(subject, driver));
        if let Some(read) = read {
            let message = format!("{} writes no event log, and there is a History Server", pod.name());
            problems.push(
                Problem::new(
                    "spark/event-log",
                    message,
                    view::at(subject, driver, ENABLED),
                    "not switched on",
                )
                .and(view::at(subject, read, READ), "read here")
                .help(format!("set `{ENABLED}=true` and `{DIR}`, or leave the History Server out")),
            );
        } else if let Some(property) = driver.property(DIR) {
            let message = format!("`{DIR}` is set, and no log is written");
            let problem =
                Problem::new("spark/event-log", message, property.place(subject), "nothing is written there");
            problems.push(problem.help(format!("set `{ENABLED}=true`")));
        }
        return;
    }
    let Some(path) = driver.get(DIR) else {
        if view::is_visible(subject, driver) {
            let message = format!("{} writes its log into its own container", pod.name());
            let problem = Problem::new(
                "spark/event-log",
                message,
                view::at(subject, driver, DIR),
                "no `spark.eventLog.dir`",
            );
            problems.push(
                problem
                    .why("it is gone with the container, and no History Server can read it")
                    .help(format!("set `{DIR}` to a directory of the object store")),
            );
        }
        return;
    };
    let read = history.and_then(|history| Some((history, history.get(READ)?)));
    if let Some((history, read)) = read.filter(|(_, read)| folder(read) != folder(path)) {
        let message = format!("logs are written to `{path}` and read from `{read}`");
        problems.push(
            Problem::new("spark/event-log", message, view::at(subject, driver, DIR), "written here")
                .and(view::at(subject, history, READ), "read here")
                .help(format!("let `{DIR}` and `{READ}` be the same")),
        );
    }
    unknown_scheme(subject, driver, DIR, path, problems);
    prefix(subject, driver, pod, DIR, path, problems);
    rolling(subject, driver, problems);
    codec(subject, driver, problems);
}

/// The file systems that Spark has, or that connectors bring.
fn unknown_scheme<'a>(
    subject: &Subject<'a>,
    application: &Application<'a>,
    key: &str,
    path: &str,
    problems: &mut Vec<Problem>,
) {
    const KNOWN: [&str; 12] =
        ["s3a", "gs", "abfss", "abfs", "wasbs", "hdfs", "viewfs", "file", "oss", "cosn", "obs", "o3fs"];
    let scheme = path.split_once(':').map(|(scheme, _)| scheme);
    let pathless = path.starts_with('/');
    let known = scheme.is_some_and(|scheme| KNOWN.contains(&scheme));
    let own = subject.known().is_some() && (pathless || scheme == Some("file"));
    if (known || pathless || path.contains('$')) && !own {
        return;
    }
    let message = match scheme {
        Some("s3" | "s3n") => format!("`{path}`: Hadoop's connector to S3 is called `s3a`"),
        Some(scheme) if !known => format!("no file system is called `{scheme}`"),
        _ => format!("`{path}` is a directory of one container"),
    };
    problems.push(
        Problem::new(
            "spark/log-directory",
            message,
            view::at(subject, application, key),
            "not a shared file system",
        )
        .help("write a URL such as `s3a://BUCKET/DIRECTORY`"),
    );
}

/// ISSUE-003, ISSUE-006, ISSUE-013: an object store has no directories until something lies in them, and
/// both Spark and the History Server stop when theirs does not exist.
fn prefix<'a>(
    subject: &Subject<'a>,
    application: &Application<'a>,
    pod: &Pod<'a>,
    key: &str,
    path: &str,
    problems: &mut Vec<Problem>,
) {
    let remote = ["s3a://", "gs://", "abfss://"].iter().any(|scheme| path.starts_with(scheme));
    if subject.known().is_none() || !remote {
        return;
    }
    let made = pod.spec.list("initContainers").iter().any(|first| {
        let words: Vec<&str> = first.list("args").iter().filter_map(|word| word.as_str()).collect();
        words.ends_with(&["-mkdir", "-p", path])
    });
    if !made {
        let message = format!("nothing makes `{path}` before {} needs it", pod.name());
        let there = subject.missing(pod.spec, &["initContainers"]);
        problems.push(
            Problem::new(
                "spark/event-log-prefix",
                message,
                view::at(subject, application, key),
                "has to exist",
            )
            .and(there, "what runs first")
            .help("let an init container run `hadoop fs -mkdir -p` with exactly this URL"),
        );
    }
}

/// T-history-long-running: on an object store a file is there once it is closed.
fn rolling<'a>(subject: &Subject<'a>, driver: &Application<'a>, problems: &mut Vec<Problem>) {
    const ROLLING: &str = "spark.eventLog.rolling.enabled";
    const SIZE: &str = "spark.eventLog.rolling.maxFileSize";
    const MOST: u64 = 32;
    if driver.role != Role::Connect || !view::is_visible(subject, driver) {
        return;
    }
    let rolls = driver.get(ROLLING).map_or(!view::before(subject, 4, 0), |value| value == "true");
    // Spark refuses less than 10m; the default is 128m.
    let size = driver.get(SIZE).map_or(Some(128), view::mebibytes);
    let (key, message) = match size {
        _ if !rolls => {
            (ROLLING, "the log of a server that never stops is one file that never ends".to_owned())
        }
        Some(size) if size > MOST => (SIZE, format!("a file of the log is closed after {size}m")),
        Some(size) if size < 10 => (SIZE, format!("Spark refuses files of {size}m: 10m is the least")),
        _ => return,
    };
    problems.push(
        Problem::new(
            "spark/event-log-rolling",
            message,
            view::at(subject, driver, key),
            "nothing to be seen until then",
        )
        .help(format!("set `{ROLLING}=true` and `{SIZE}=16m`")),
    );
}

/// T-compression: codecs that Spark's own jars have.
fn codec<'a>(subject: &Subject<'a>, driver: &Application<'a>, problems: &mut Vec<Problem>) {
    const KNOWN: [&str; 4] = ["zstd", "lz4", "lzf", "snappy"];
    for key in ["spark.eventLog.compression.codec", "spark.io.compression.codec"] {
        let Some(property) = driver.property(key) else { continue };
        let value = property.value.as_str();
        if !KNOWN.contains(&value) && !value.contains('.') {
            let message = format!("`{value}` is no codec of Spark");
            problems.push(
                Problem::new("spark/compression-codec", message, property.place(subject), "not a codec")
                    .help(format!("choose one of {}", KNOWN.join(", "))),
            );
        }
    }
}
