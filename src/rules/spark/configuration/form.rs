//! The form of properties: how they are written, how often, and where.

use super::{Context, Process, PropertiesFile};
use crate::rules::Problem;
use crate::rules::set::{Property, Source};
use std::collections::BTreeMap;

/// Every rule about how properties are written.
pub fn check(context: &Context<'_, '_>, problems: &mut Vec<Problem>) {
    for file in &context.files {
        for property in file.properties.iter() {
            problems.extend(malformed(context, property));
        }
        twice_in_a_file(context, file, problems);
    }
    for process in &context.processes {
        for property in &process.launch.conf {
            problems.extend(malformed(context, property).or_else(|| undefined(context, process, property)));
        }
        twice_on_the_way(context, process, problems);
        no_master(context, process, problems);
    }
}

/// Whether a variable stands in a value that nobody puts a value in for. `${env:A}` and `${spark.a}` Spark resolves
/// itself, `${a.b}` Hadoop, `{{APP_ID}}` and the like Spark as it starts executors.
pub fn is_unresolved(property: &Property<'_>) -> bool {
    let value = property.value.as_str();
    if !value.contains(['$', '{']) {
        return false;
    }
    let expanded = matches!(property.source, Source::Argument(_));
    (!expanded && value.contains("$(")) || has_shell_variable(value) || has_braces(value)
}

fn has_shell_variable(value: &str) -> bool {
    value.match_indices("${").any(|(at, _)| {
        let name = value[at + 2..].split(['}', ':', '-']).next().unwrap_or_default();
        !name.is_empty() && name.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'_')
    })
}

fn has_braces(value: &str) -> bool {
    value.match_indices("{{").any(|(at, _)| {
        let name = value[at + 2..].split("}}").next().unwrap_or_default();
        name.is_empty() || !name.bytes().all(|b| b.is_ascii_uppercase() || b == b'_')
    }) || value.contains("{%")
}

/// Whether one pair of quotes stands round the whole value.
pub fn is_quoted(value: &str) -> bool {
    let value = value.trim();
    ['"', '\''].into_iter().any(|quote| {
        let inner = value.strip_prefix(quote).and_then(|value| value.strip_suffix(quote));
        inner.is_some_and(|inner| !inner.contains(quote))
    })
}

fn malformed(context: &Context<'_, '_>, property: &Property<'_>) -> Option<Problem> {
    let (key, value) = (property.key.as_str(), property.value.trim());
    let is_line = matches!(property.source, Source::Line(..));
    let free = key.ends_with("JavaOptions") || key.contains("regex") || key.ends_with(".url");
    let printed = ["map[", "<nil>", "<no value>", "%!", "[object Object]"];
    let (message, why, help) = if key.contains(['"', '\'']) {
        (
            format!("quotes are part of the key `{key}`"),
            "Spark takes every character before the `=` for the name",
            "leave the quotes out",
        )
    } else if value.is_empty() {
        (
            format!("`{key}` has no value"),
            "Spark takes the empty text for the value, which no number, flag or size is",
            "write KEY=VALUE, or remove the line",
        )
    } else if is_quoted(value) {
        (
            format!("quotes are part of the value of `{key}`"),
            "Spark takes every character behind the `=` for the value",
            "leave the quotes out",
        )
    } else if is_unresolved(property) {
        (
            format!("the value of `{key}` holds a variable that nobody fills in"),
            "Kubernetes puts variables into command, args and env only, and Spark reads the file as it is",
            "write the value, or pass the property on the command line as `--conf KEY=$(NAME)`",
        )
    } else if printed.iter().any(|mark| value.starts_with(mark))
        || matches!(value, "None" | "null" | "undefined")
    {
        (
            format!("the value of `{key}` is what a program prints for a list, a mapping or nothing"),
            "Spark takes the text as it is",
            "write a plain value: lists with commas between",
        )
    } else if (value.starts_with('{') && value.ends_with('}') && !value.starts_with("{\""))
        || (value.starts_with('[') && value.ends_with(']') && !free)
    {
        (
            format!("the value of `{key}` is a list or mapping, and properties are plain text"),
            "Spark takes the text as it is, with its brackets",
            "write a plain value: lists with commas between",
        )
    } else if is_line && !free && (value.contains(" #") || value.contains("\t#")) {
        (
            format!("a remark is part of the value of `{key}`"),
            "properties files know no remarks behind a value",
            "put the remark on a line of its own, before this one",
        )
    } else {
        return None;
    };
    Some(
        Problem::new("spark/malformed-property", message, context.place(property), "as Spark reads it")
            .why(why)
            .help(help),
    )
}

/// `$(NAME)` in an argument where the container has no variable NAME.
fn undefined(
    context: &Context<'_, '_>,
    process: &Process<'_, '_>,
    property: &Property<'_>,
) -> Option<Problem> {
    let container = process.app.container;
    if !container.list("envFrom").is_empty() {
        return None;
    }
    let name = property.value.split("$(").nth(1)?.split(')').next()?;
    let is_name = !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
    let is_set = container.list("env").iter().any(|entry| entry.text("name") == Some(name));
    (is_name && !is_set).then(|| {
        Problem::new(
            "spark/malformed-property",
            format!("`{}` is made of `$({name})`, and the container has no variable `{name}`", property.key),
            context.place(property),
            "stays as it is",
        )
        .why("Kubernetes leaves what it cannot fill in as it is written")
        .help(format!("add `{name}` to the container's `env`"))
    })
}

fn twice_in_a_file(context: &Context<'_, '_>, file: &PropertiesFile<'_, '_>, problems: &mut Vec<Problem>) {
    let mut seen: BTreeMap<&str, &Property<'_>> = BTreeMap::new();
    for property in file.properties.iter() {
        let is_new = !context.told.computed.contains(&property.key);
        if let Some(first) = seen.insert(&property.key, property).filter(|_| is_new) {
            problems.push(
                Problem::new(
                    "spark/malformed-property",
                    format!("`{}` is set twice in one file", property.key),
                    property.place(context.subject),
                    "this one is taken",
                )
                .and(first.place(context.subject), "this one is not")
                .why("the last line wins, whatever the first says")
                .help("keep one of them"),
            );
        }
    }
}

/// A property with two values: in the file and on the command line, or twice there.
fn twice_on_the_way(context: &Context<'_, '_>, process: &Process<'_, '_>, problems: &mut Vec<Problem>) {
    let mut last: BTreeMap<&str, &Property<'_>> = BTreeMap::new();
    let file = context
        .files
        .iter()
        .find(|file| process.app.file.is_some_and(|own| std::ptr::eq(own.node, file.file.node)));
    for property in file.into_iter().flat_map(|file| file.properties.iter()) {
        last.insert(&property.key, property);
    }
    for property in &process.launch.conf {
        if let Some(first) = last.insert(&property.key, property)
            && first.value != property.value
            && !context.told.computed.contains(&property.key)
        {
            problems.push(
                Problem::new(
                    "spark/set-twice",
                    format!("`{}` has two values: `{}` and `{}`", property.key, first.value, property.value),
                    context.place(property),
                    "this one is taken",
                )
                .and(context.place(first), "this one is not")
                .help("keep one of them: the command line wins over the file"),
            );
        }
    }
}

/// A driver that nobody tells its master runs everything in its own process.
fn no_master(context: &Context<'_, '_>, process: &Process<'_, '_>, problems: &mut Vec<Problem>) {
    let Some(file) = process.app.file.filter(|_| process.app.is_driver()) else { return };
    let elsewhere = process.get("spark.master").is_some()
        || process.get("spark.remote").is_some()
        || ["MASTER", "SPARK_REMOTE"].iter().any(|name| process.variable(name).is_some());
    if !elsewhere {
        problems.push(
            Problem::new(
                "spark/no-master",
                format!("{} has no `spark.master`", process.name(context.subject)),
                context.subject.place(file.node),
                "not set here, nor on the command line",
            )
            .why(
                "Spark takes `local[*]` then: every task runs inside the driver, and no executor ever starts",
            )
            .help("set `spark.master` once: k8s://https://kubernetes.default.svc:443, or spark://HOST:7077"),
        );
    }
}
