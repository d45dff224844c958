//! What containers run: as their first process, in the background, and over the network when they start.

use super::shell::{Running, Script, Statement, of_words, program};
use super::view::Container;
use crate::layer::path::SpecPath;
use crate::layer::tree::Node;
use crate::rules::set::{PodKind, Subject};
use crate::rules::spark::leaves_spark_behind;
use crate::rules::{Place, Problem};
use crate::spec::platform::Tier;

/// Every rule about processes.
pub fn check(subject: &Subject<'_>, running: &[Running<'_>], problems: &mut Vec<Problem>) {
    for Running { container, scripts } in running {
        if !container.first && container.pod.kind != PodKind::Executor {
            // Of Spark it is `spark/daemonizing`.
            for script in scripts.iter().filter(|script| !leaves_spark_behind(script.text)) {
                first_process(subject, container, script, problems);
                background(subject, container, script, problems);
            }
        }
        for script in scripts {
            fetches(subject, container, script, problems);
        }
        if let Some(hook) = container.node.below(&["lifecycle", "postStart", "exec", "command"]) {
            let words: Vec<&Node> = hook.items().iter().collect();
            for script in of_words(subject, container, &words) {
                fetches(subject, container, &script, problems);
            }
            by_words(subject, container, &words, problems);
        }
        by_words(subject, container, &container.words(), problems);
    }
}

/// bash and sh as process 1 ignore SIGTERM: the pod waits out its grace period, Java is killed, and the event
/// log stays `.inprogress` (measured on 4.1.4).
fn first_process(
    subject: &Subject<'_>,
    container: &Container<'_>,
    script: &Script<'_>,
    problems: &mut Vec<Problem>,
) {
    let statements = script.statements();
    let Some(last) = statements.last() else { return };
    let hands_over =
        statements.iter().any(|one| one.text.starts_with("exec ") && !one.text.starts_with("exec >"));
    let traps = statements.iter().any(|one| one.text.starts_with("trap ") && one.text.contains("TERM"));
    // The shell replaces itself by the only command of an inline script.
    let only = statements.len() == 1 && !script.is_file;
    if !script.is_init || hands_over || traps || only {
        return;
    }
    let message = format!("the shell of {} does not pass on the signal to stop", container.name());
    problems.push(
        Problem::new(
            "pod/shell-without-exec",
            message,
            script.place(subject, last.line),
            "the shell stays the first process",
        )
        .help("begin the last command with `exec`"),
    );
}

/// Servers that leave the foreground: the container ends, or the wrong process is watched.
fn background(
    subject: &Subject<'_>,
    container: &Container<'_>,
    script: &Script<'_>,
    problems: &mut Vec<Problem>,
) {
    let statements = script.statements();
    let mut report = |line: usize, label: &str| {
        let message = format!("{} leaves its server in the background", container.name());
        problems.push(
            Problem::new("pod/background-process", message, script.place(subject, line), label)
                .why("the container ends when its first process does, and nobody notices when the other one does")
                .help("run the server in the foreground, as the last command, with `exec`"),
        );
    };
    let exec = statements.iter().any(|one| one.text.starts_with("exec "));
    let waits = statements.iter().any(|one| one.program() == "wait");
    for (at, line) in script.text.lines().enumerate() {
        let line = line.trim();
        let sends = line.ends_with('&') && !line.ends_with("&&") && !line.starts_with('#');
        if sends && !exec && !waits {
            return report(at + 1, "sent to the background");
        }
    }
    if let Some(one) = statements.iter().find(|one| one.program() == "nginx" && !one.text.contains(" -s "))
        && !script.text.contains("daemon off")
    {
        report(one.line, "nginx goes to the background by itself");
    }
}

const INSTALLERS: [&str; 11] =
    ["apk", "apt", "apt-get", "yum", "dnf", "microdnf", "pip", "pip3", "conda", "mamba", "npm"];
const DOWNLOADERS: [&str; 2] = ["curl", "wget"];

/// Whether a command fetches something from elsewhere.
fn is_fetch(words: &[&str]) -> bool {
    let Some(first) = words.first() else { return false };
    let first = program(first.trim_matches(['"', '\'', '(', ')', '$']));
    let module = words.windows(2).any(|pair| pair[0] == "-m" && pair[1].starts_with("pip"));
    if module || INSTALLERS.contains(&first) {
        let installs = ["install", "add", "download", "i", "ci", "update", "upgrade", "create"];
        return words.iter().skip(1).any(|word| installs.contains(word));
    }
    if !DOWNLOADERS.contains(&first) {
        return false;
    }
    // A question to the pod itself or to a server of the cluster downloads nothing.
    words.iter().skip(1).any(|word| {
        let word = word.trim_matches(['"', '\'']);
        let host =
            word.split_once("://").map(|(_, rest)| rest.split(['/', ':', '?']).next().unwrap_or_default());
        match host {
            Some(host) => {
                let near = host.contains(".svc")
                    || host.ends_with(".local")
                    || host.starts_with("127.")
                    || !host.contains('.');
                !near
            }
            // `wget "$1"`: whatever it is given.
            None => word.starts_with('$'),
        }
    })
}

fn fetches(
    subject: &Subject<'_>,
    container: &Container<'_>,
    script: &Script<'_>,
    problems: &mut Vec<Problem>,
) {
    let statements = script.statements();
    let fetch = |one: &&Statement<'_>| is_fetch(&one.words());
    let Some(one) = statements.iter().find(fetch) else { return };
    let checked = script.text.contains("sha256sum --check")
        || script.text.contains("sha256sum -c")
        || script.text.contains("--require-hashes");
    let development =
        subject.known().is_some_and(|known| known.compiled.spec.environment.tier == Tier::Development);
    if development && checked {
        return;
    }
    let message = format!("{} fetches software when it starts", container.name());
    let at = script.place(subject, one.line);
    // Releases of ours fetch where there is no registry for images that hold what is needed.
    let no_registry = subject.known().is_some_and(|known| known.compiled.spec.site.registry.is_none());
    let problem = if no_registry && !development {
        let registry = Place::Spec(SpecPath::root().key("site").key("registry"));
        Problem::new("pod/fetches-at-start", message, registry, "no registry is named here")
            .and(at, "fetched over the network")
            .help("name your registry in `site.registry`, and push the images that `sparkctl image` prints the Dockerfiles of")
    } else {
        explained(Problem::new("pod/fetches-at-start", message, at, "over the network"), development)
    };
    problems.push(problem);
}

fn by_words(subject: &Subject<'_>, container: &Container<'_>, words: &[&Node], problems: &mut Vec<Problem>) {
    let texts: Vec<&str> = words.iter().filter_map(|word| word.as_str()).collect();
    if texts.len() == words.len() && is_fetch(&texts) {
        let message = format!("{} fetches software when it starts", container.name());
        let place = words.first().map_or_else(|| subject.place(container.node), |word| subject.place(word));
        problems
            .push(explained(Problem::new("pod/fetches-at-start", message, place, "over the network"), false));
    }
}

fn explained(problem: Problem, development: bool) -> Problem {
    problem.help(match development {
        true => "hold what is fetched against a checksum (`sha256sum --check`, `pip --require-hashes`)",
        false => "build it into an image: `sparkctl image` prints the Dockerfile",
    })
}
