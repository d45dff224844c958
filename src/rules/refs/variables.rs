//! Variables of containers: what commands, values and mounted files take from them.

use super::mounts::lines;
use super::names::Names;
use super::texts::Reader;
use crate::diagnostic::did_you_mean;
use crate::layer::tree::Node;
use crate::rules::{Place, Problem};
use std::collections::BTreeSet;

/// What shells set by themselves, and what Kubernetes gives every container.
const GIVEN: [&str; 20] = [
    "BASH_SOURCE",
    "EUID",
    "FUNCNAME",
    "HOME",
    "HOSTNAME",
    "IFS",
    "JAVA_HOME",
    "KUBERNETES_SERVICE_HOST",
    "KUBERNETES_SERVICE_PORT",
    "LANG",
    "LINENO",
    "OLDPWD",
    "OPTARG",
    "OPTIND",
    "PATH",
    "PPID",
    "PWD",
    "RANDOM",
    "SECONDS",
    "UID",
];

/// Rules `ref/unknown-variable` and `ref/unexpanded-variable`.
pub fn check(names: &Names<'_>, readers: &[Vec<Reader<'_, '_>>], problems: &mut Vec<Problem>) {
    for reader in readers.iter().flatten() {
        of_container(names, reader, problems);
    }
    for file in &names.subject.files {
        let plain = [".conf", ".properties", ".xml"].iter().any(|end| file.key.ends_with(end));
        if !plain || !file.text.contains("$(") {
            continue;
        }
        for (number, line) in lines(file.text) {
            if let Some(name) = referred(line, "$(", ')').next() {
                problems.push(
                    Problem::new(
                        "ref/unexpanded-variable",
                        format!("`$({name})` stands in a file, where nobody replaces it"),
                        names.subject.line(file.node, number),
                        "read as it is written",
                    )
                    .help("pass the value on the command line, where Kubernetes replaces it"),
                );
            }
        }
    }
}

fn of_container(names: &Names<'_>, reader: &Reader<'_, '_>, problems: &mut Vec<Problem>) {
    let container = reader.container;
    // What comes whole from elsewhere may hold any name.
    if !container.list("envFrom").is_empty() {
        return;
    }
    let mut known: BTreeSet<&str> = BTreeSet::new();
    for entry in container.list("env") {
        if let Some(value) = entry.get("value") {
            expanded(names, container, value, &known, problems);
        }
        known.extend(entry.text("name"));
    }
    for word in container.list("command").iter().chain(container.list("args")) {
        expanded(names, container, word, &known, problems);
    }
    for (path, text) in &reader.texts {
        let file = text.file;
        let mut words = reader.told.iter().filter_map(|word| word.as_str());
        let script = path.ends_with(".sh") && words.any(|word| word.contains(path));
        if !script && !file.text.contains("${env") {
            continue;
        }
        let set_inside = if script { assigned(file.text) } else { BTreeSet::new() };
        for (number, line) in lines(file.text) {
            let dotted = referred(line, "${env.", '}').chain(referred(line, "${env:", '}'));
            // A script's own are known only where it names nothing that another file may set.
            let shell = script.then(|| shell(line)).into_iter().flatten();
            let shell =
                shell.filter(|name| names.is_own() && !set_inside.contains(name) && !GIVEN.contains(name));
            for name in dotted.chain(shell).filter(|name| !known.contains(name)) {
                let at = names.subject.line(file.node, number);
                problems.push(unknown(container, name, &known, at).and(
                    names.subject.missing(container, &["env"]),
                    "the variables of the container that reads it",
                ));
            }
        }
    }
}

fn expanded(
    names: &Names<'_>,
    container: &Node,
    node: &Node,
    known: &BTreeSet<&str>,
    problems: &mut Vec<Problem>,
) {
    let Some(text) = node.as_str().filter(|text| text.contains("$(")) else { return };
    for name in referred(text, "$(", ')').filter(|name| !known.contains(name)) {
        problems.push(unknown(container, name, known, names.subject.place(node)));
    }
}

fn unknown(container: &Node, name: &str, known: &BTreeSet<&str>, at: Place) -> Problem {
    let of = container.text("name").unwrap_or_default();
    Problem::new(
        "ref/unknown-variable",
        format!("the container `{of}` has no variable `{name}`"),
        at,
        "used here",
    )
    .help_if(did_you_mean(name, known.iter().copied()))
}

/// The names between `open` and `close`, in capitals as variables of the environment are; `$$(` is an escape,
/// and anything else in brackets is a command of a shell.
fn referred<'t>(text: &'t str, open: &'t str, close: char) -> impl Iterator<Item = &'t str> {
    text.match_indices(open).filter_map(move |(at, _)| {
        let (name, _) = text[at + open.len()..].split_once(close)?;
        (is_variable(name) && !text[..at].ends_with('$')).then_some(name)
    })
}

fn is_variable(name: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_';
    name.len() > 1 && name.bytes().all(plain) && !name.starts_with(|c: char| c.is_ascii_digit())
}

/// The variables in capitals that a line of a shell script reads and gives no default for.
fn shell(line: &str) -> impl Iterator<Item = &str> {
    line.match_indices('$').filter_map(|(at, _)| {
        if line[..at].ends_with('\\') {
            return None;
        }
        let rest = &line[at + 1..];
        let rest = rest.strip_prefix('{').unwrap_or(rest);
        let end = rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(rest.len());
        let name = &rest[..end];
        let open = rest[end..].starts_with([':', '-', '+', '=']) && line[at + 1..].starts_with('{');
        (is_variable(name) && !open).then_some(name)
    })
}

/// The variables that a script sets itself.
fn assigned(text: &str) -> BTreeSet<&str> {
    let mut found = BTreeSet::new();
    for word in text.split(|c: char| c.is_whitespace() || c == ';') {
        if let Some((name, _)) = word.split_once('=') {
            found.insert(name);
        }
    }
    for (at, _) in text.match_indices("for ").chain(text.match_indices("read ")) {
        found.extend(text[at..].split_whitespace().skip(1).take(3));
    }
    found
}
