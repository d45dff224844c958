//! Command lines: what `spark-submit` would not read, and what ends at once.

use super::launch::{Program, Slip, parts};
use super::{Context, Process};
use crate::layer::tree::Node;
use crate::rules::set::Role;
use crate::rules::{Place, Problem};

/// Every rule about command lines.
pub fn check(context: &Context<'_, '_>, problems: &mut Vec<Problem>) {
    for process in &context.processes {
        slips(context, process, problems);
        classes(context, process, problems);
    }
    for pod in &context.subject.pods {
        for container in pod.containers() {
            let keeps =
                container.list("env").iter().any(|entry| entry.text("name") == Some("SPARK_NO_DAEMONIZE"));
            let words = || container.list("command").iter().chain(container.list("args"));
            let alone = words().count() > 1 && words().last().and_then(Node::as_str) == Some("&");
            let spark = words().filter_map(Node::as_str).any(runs_spark);
            if let Some(node) = words().last().filter(|_| alone && spark) {
                problems.push(daemonizing(context.subject.place(node), "the command goes to the background"));
            }
            for node in words() {
                let Some(text) = node.as_str() else { continue };
                if let Some((_, what)) = background(text, keeps) {
                    problems.push(daemonizing(context.subject.place(node), what));
                }
            }
            if spark && words().filter_map(Node::as_str).any(|word| word == "nohup") {
                problems
                    .push(daemonizing(context.subject.place(container), "`nohup` goes to the background"));
            }
        }
    }
    for file in context.subject.files.iter().filter(|file| file.key.ends_with(".sh")) {
        if let Some((line, what)) = background(file.text, false) {
            problems.push(daemonizing(context.subject.line(file.node, line), what));
        }
    }
}

/// Whether a script starts Spark and does not wait for it: `spark/daemonizing` says so.
pub fn leaves_spark_behind(script: &str) -> bool {
    background(script, false).is_some()
}

fn runs_spark(text: &str) -> bool {
    if !text.contains("spark") && !text.contains("sbin/start-") {
        return false;
    }
    ["spark-submit", "spark-class", "spark-sql", "spark-shell", "pyspark", "sbin/start-", "spark-daemon.sh"]
        .iter()
        .any(|program| text.contains(program))
}

/// The line (from 1) of a command or script that starts Spark and does not wait for it.
fn background(script: &str, keeps: bool) -> Option<(usize, &'static str)> {
    // Nearly all scripts start no daemon of Spark's, nor Spark itself.
    let daemon = script.contains("start-") || script.contains("spark-daemon.sh");
    if !daemon && !runs_spark(script) {
        return None;
    }
    let keeps = keeps || script.contains("SPARK_NO_DAEMONIZE=");
    let lines = script.lines().enumerate().filter(|(_, line)| !line.trim_start().starts_with('#'));
    let mut found = lines.filter_map(|(at, line)| {
        let line = line.trim();
        let starts = |word: &str| {
            let daemon = word.contains("sbin/start-") && word.ends_with(".sh");
            daemon || is_daemon(word) || word.ends_with("sbin/spark-daemon.sh")
        };
        let mut words = line.split_whitespace().map(|word| word.trim_matches(['"', '\'', ';']));
        if daemon && !keeps && words.any(starts) {
            return Some((at + 1, "starts a daemon and ends"));
        }
        (runs_spark(line) && is_background(line)).then_some((at + 1, "goes to the background"))
    });
    found.next()
}

/// Whether a line of a script does not wait for what it starts.
fn is_background(line: &str) -> bool {
    let ampersand = line.ends_with('&') && !line.ends_with("&&");
    ampersand || line.contains(char::is_whitespace) && parts(line).iter().any(|part| part == "nohup")
}

/// The scripts under Spark's `sbin` that start a daemon.
fn is_daemon(name: &str) -> bool {
    let daemon = name.strip_prefix("start-").and_then(|name| name.strip_suffix(".sh"));
    matches!(
        daemon,
        Some("connect-server" | "history-server" | "master" | "worker" | "workers" | "all" | "thriftserver")
    )
}

fn daemonizing(place: Place, label: &str) -> Problem {
    Problem::new("spark/daemonizing", "the container's command does not wait for Spark", place, label)
        .why("a container ends with its command: Kubernetes sees it complete and starts it again, for ever")
        .help("run it in the foreground: exec /opt/spark/bin/spark-submit --class ..., or /opt/spark/bin/spark-class ... for a daemon")
}

fn slips(context: &Context<'_, '_>, process: &Process<'_, '_>, problems: &mut Vec<Problem>) {
    let place = |node: &Node| context.subject.place(node);
    for slip in &process.launch.slips {
        problems.push(match slip {
            Slip::NoValue(word) => Problem::new(
                "spark/command-line",
                format!("`{}` is no KEY=VALUE, or an option without its value", word.text),
                place(word.node),
                "spark-submit stops here",
            )
            .help("write `--conf` and KEY=VALUE as two arguments"),
            Slip::Unknown(word) => Problem::new(
                "spark/command-line",
                format!("spark-submit has no option `{}`", word.text),
                place(word.node),
                "spark-submit stops here",
            )
            .help("properties are passed as `--conf KEY=VALUE`; what is for the application goes behind it"),
            Slip::NoApplication => Problem::new(
                "spark/command-line",
                "spark-submit is not told what to run",
                process.launch.words.last().map_or(Place::Whole, |word| place(word.node)),
                "an application is missing behind this",
            )
            .why("spark-submit stops: Missing application resource")
            .help("end the command with the application: a jar, a Python file, or `spark-internal` for a class of Spark's own"),
            Slip::Behind(word) => {
                let own = process.app.role == Role::Connect;
                let sparks = ["--conf", "--properties-file", "--master", "--driver-memory", "--executor-memory", "--executor-cores", "--deploy-mode"];
                if !own && !sparks.contains(&word.text.split('=').next().unwrap_or_default()) {
                    continue;
                }
                Problem::new(
                    "spark/command-line",
                    format!("`{}` stands behind the application, where spark-submit does not read it", word.text),
                    place(word.node),
                    "handed to the application",
                )
                .why("what follows the application is the application's: the option has no effect, without a word")
                .help("move it before `--class`")
            }
        });
    }
}

/// Options and files that `spark-class` and daemons do not read.
fn classes(context: &Context<'_, '_>, process: &Process<'_, '_>, problems: &mut Vec<Problem>) {
    if process.launch.program != Program::Class {
        return;
    }
    let daemon = matches!(process.app.role, Role::History | Role::Master | Role::Worker);
    let named = process.launch.words.iter().find(|word| word.text.starts_with("--properties-file"));
    let conf = process.launch.words.iter().find(|word| word.text == "--conf");
    let at = named.filter(|_| !daemon).or(conf);
    if let Some(word) = at {
        problems.push(
            Problem::new(
                "spark/command-line",
                format!("`spark-class` does not read `{}`", word.text),
                context.subject.place(word.node),
                "handed to the class",
            )
            .why("options are read by spark-submit, spark-shell and spark-sql; a class gets them as its own arguments")
            .help("start it with spark-submit, or put the property into spark-defaults.conf or a -D option"),
        );
    } else if process.app.role == Role::Connect {
        let node = process
            .app
            .words
            .iter()
            .find(|node| node.as_str().is_some_and(|text| text.contains("spark-class")));
        problems.push(
            Problem::new(
                "spark/command-line",
                "`spark-class` starts the Connect server without its spark-defaults.conf",
                node.map_or(Place::Whole, |node| context.subject.place(node)),
                "reads no properties",
            )
            .why("only spark-submit reads the file: the server would run with Spark's defaults, on no cluster at all")
            .help("start it with spark-submit --class org.apache.spark.sql.connect.service.SparkConnectServer spark-internal"),
        );
    }
}
