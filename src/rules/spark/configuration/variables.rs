//! Environment variables named `SPARK_...` that nothing reads.

use super::Context;
use crate::diagnostic;
use crate::layer::tree::Node;
use crate::rules::Problem;
use crate::rules::set::{Pod, PodKind};
use crate::spark::other_keys;

/// Variables that Spark does not read, in containers that run Spark; elsewhere, those that are a slip away from one.
pub fn check(context: &Context<'_, '_>, problems: &mut Vec<Problem>) {
    for pod in &context.subject.pods {
        for container in pod.containers() {
            let entries = container.list("env").iter().filter_map(|entry| Some((entry, entry.text("name")?)));
            let sparks =
                entries.filter(|(_, name)| name.starts_with("SPARK_") || name.starts_with("_SPARK_"));
            for (entry, name) in sparks.filter(|(_, name)| !other_keys::reads_variable(name)) {
                let slip =
                    other_keys::variables().find(|known| known.len() > 8 && other_keys::is_slip(name, known));
                if (slip.is_none() && !runs_spark(pod, container)) || is_read(context, container, name) {
                    continue;
                }
                problems.push(unread(context, entry, name, slip));
            }
        }
    }
}

fn runs_spark(pod: &Pod<'_>, container: &Node) -> bool {
    let mut words = container.list("command").iter().chain(container.list("args")).filter_map(Node::as_str);
    let bitnami = container.text("image").is_some_and(|image| image.contains("bitnami"));
    let programs = [
        "/opt/entrypoint.sh",
        "spark-submit",
        "spark-class",
        "spark-shell",
        "spark-sql",
        "pyspark",
        "/opt/spark/",
    ];
    let runs = words.any(|word| programs.iter().any(|program| word.contains(program)));
    !bitnami && (runs || pod.kind == PodKind::Executor)
}

/// Whether the container's own command, or a script of the set, reads it.
fn is_read(context: &Context<'_, '_>, container: &Node, name: &str) -> bool {
    let reads = |text: &str| {
        text.match_indices(name).any(|(at, _)| {
            let before = text[..at].trim_end_matches(['{', '(', '!']);
            before.ends_with('$')
        })
    };
    let words = container.list("command").iter().chain(container.list("args")).filter_map(Node::as_str);
    let values = container.list("env").iter().filter_map(|entry| entry.text("value"));
    let scripts =
        context.subject.files.iter().filter(|file| !file.key.ends_with(".conf")).map(|file| file.text);
    words.chain(values).chain(scripts).any(reads)
}

fn unread(context: &Context<'_, '_>, entry: &Node, name: &str, slip: Option<&str>) -> Problem {
    let help = if let Some(slip) = slip {
        format!("did you mean `{slip}`?")
    } else if let Some(property) = property(context, name) {
        format!("it is a property: `{property}`, in spark-defaults.conf or with --conf")
    } else {
        match diagnostic::nearest(name, other_keys::variables()) {
            Some(near) => format!("remove it, or did you mean `{near}`?"),
            None => "remove it; properties go into spark-defaults.conf or --conf".to_owned(),
        }
    };
    let place = context.subject.place(entry.get("name").unwrap_or(entry));
    Problem::new(
        "spark/unread-variable",
        format!("Spark does not read the variable `{name}`"),
        place,
        "nothing reads it",
    )
    .why("what it was meant to change stays as it is, without a word")
    .help(help)
}

/// The property that a variable's name spells: SPARK_DRIVER_HOST, SPARK_SPARK_DRIVER_HOST.
fn property(context: &Context<'_, '_>, name: &str) -> Option<String> {
    let words = name.to_ascii_lowercase().replace('_', ".");
    let words = words.strip_prefix("spark.spark.").map(|rest| format!("spark.{rest}")).unwrap_or(words);
    let keys = crate::spark::conf_keys::registered(context.version_or_newest());
    keys.into_iter().find(|key| key.eq_ignore_ascii_case(&words)).map(str::to_owned)
}
