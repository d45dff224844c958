//! Scripts that go on after an error, stop without one, or wait for ever: ISSUE-003, 013, 029 and 035 of
//! `incidents.md`.

use super::shell::{Running, Script, Statement};
use super::view::Container;
use crate::rules::Problem;
use crate::rules::set::Subject;

/// Every rule about scripts.
pub fn check(subject: &Subject<'_>, running: &[Running<'_>], problems: &mut Vec<Problem>) {
    for Running { container, scripts } in running {
        for script in scripts {
            let statements = script.statements();
            goes_on(subject, container, script, statements, problems);
            arithmetic(subject, container, script, statements, problems);
            masked(subject, container, script, problems);
            waits(subject, container, script, problems);
        }
    }
}

/// Commands that change nothing, or whose failure does not matter.
const HARMLESS: [&str; 22] = [
    "echo", "sleep", "printf", "true", ":", "nc", "wait", "set", "trap", "cd", "date", "[", "test", "export",
    "until", "while", "for", "case", "exit", "return", "break", "env",
];

fn goes_on(
    subject: &Subject<'_>,
    container: &Container<'_>,
    script: &Script<'_>,
    statements: &[Statement<'_>],
    problems: &mut Vec<Problem>,
) {
    let ends_in_exit =
        statements.last().is_some_and(|last| last.text.starts_with("exit") && last.text != "exit 0");
    if script.stops_at_errors() || ends_in_exit {
        return;
    }
    // What `&&` joins to what follows stops by itself, and the last command's status is the script's.
    let mut acts = statements.iter().filter(|one| {
        !one.program().is_empty()
            && one.assignment().is_none()
            && !HARMLESS.contains(&one.program())
            && !one.text.ends_with("()")
            && !joined(script.text, one)
    });
    let (Some(first), Some(_)) = (acts.next(), acts.next()) else { return };
    let message = format!("a script of {} goes on after an error", container.name());
    problems.push(
        Problem::new(
            "pod/script-goes-on",
            message,
            script.place(subject, first.line),
            "if this fails, the next command runs all the same",
        )
        .help("begin the script with `set -eu`"),
    );
}

fn joined(text: &str, one: &Statement<'_>) -> bool {
    let end = one.text.as_ptr() as usize + one.text.len() - text.as_ptr() as usize;
    text.get(end..).is_some_and(|rest| rest.trim_start_matches([' ', '\t', '\\', '\n']).starts_with("&&"))
}

/// `((x++))` has the status 1 while `x` is 0, and `set -e` ends the script there.
fn arithmetic(
    subject: &Subject<'_>,
    container: &Container<'_>,
    script: &Script<'_>,
    statements: &[Statement<'_>],
    problems: &mut Vec<Problem>,
) {
    if !script.stops_at_errors() {
        return;
    }
    for one in statements {
        let counts = one.text.starts_with("((") && (one.text.contains("++))") || one.text.contains("--))"));
        let lets = one.text.starts_with("let ") && (one.text.contains("++") || one.text.contains("--"));
        if counts || lets {
            let message = format!("a script of {} ends where it counts from 0", container.name());
            problems.push(
                Problem::new(
                    "pod/script-arithmetic",
                    message,
                    script.place(subject, one.line),
                    "its status is that of a failure",
                )
                .help("write `x=$((x + 1))`"),
            );
        }
    }
}

/// Commands that write.
const WRITERS: [&str; 16] = [
    "cp ",
    "mv ",
    "mc ",
    "aws ",
    "tee ",
    "hdfs ",
    "hadoop ",
    "kubectl ",
    "sed -i",
    "schematool",
    "psql ",
    "mkdir ",
    "tar ",
    "envsubst",
    "ln ",
    "rsync ",
];

fn masked(
    subject: &Subject<'_>,
    container: &Container<'_>,
    script: &Script<'_>,
    problems: &mut Vec<Problem>,
) {
    for (at, line) in script.text.lines().enumerate() {
        let line = line.trim();
        if !line.contains("||") {
            continue;
        }
        let mask = ["|| true", "|| :", "|| echo", "||true", "||:"].iter().find_map(|mask| line.find(mask));
        let Some(mask) = mask.filter(|_| !line.starts_with('#')) else { continue };
        let before = line[..mask].trim_end();
        let command = before.rsplit([';', '&']).next().unwrap_or(before).trim_start();
        let writes = WRITERS.iter().any(|writer| command.contains(writer)) || command.contains("> /");
        let fails_on = line[mask..].contains("exit ") || line[mask..].contains("return ");
        if writes && !fails_on {
            let message = format!("a script of {} hides that it could not write", container.name());
            problems.push(
                Problem::new("pod/masked-error", message, script.place(subject, at + 1), "a failure looks like success")
                    .help("let it fail, or make the command one that may be repeated (`mkdir -p`, `--ignore-existing`)"),
            );
        }
    }
}

/// Loops of init containers, and waits of others, that nothing ends.
fn waits(subject: &Subject<'_>, container: &Container<'_>, script: &Script<'_>, problems: &mut Vec<Problem>) {
    let text = script.text;
    let mut from = 0;
    for (at, line) in text.lines().enumerate() {
        let start = from;
        from += line.len() + 1;
        let trimmed = line.trim_start();
        if trimmed.starts_with('#') {
            continue;
        }
        let Some(offset) = loop_start(line) else { continue };
        let head = &line[offset..];
        let negated =
            head.starts_with("until ") || head.starts_with("while !") || head.starts_with("while [ !");
        let endless = head.starts_with("while true") || head.starts_with("while :");
        if !(negated || (endless && container.first)) || line[..offset].contains("timeout ") {
            continue;
        }
        let body = &text[(start + offset).min(text.len())..];
        let body = &body[..end_of_loop(body)];
        const BOUNDS: [&str; 12] = [
            "SECONDS", " -ge ", " -gt ", " -le ", " -lt ", " -eq ", "exit ", "return ", "break", "<=", ">=",
            "((",
        ];
        if !BOUNDS.iter().any(|bound| body.contains(bound)) {
            let message = format!("{} may wait for ever", container.name());
            problems.push(
                Problem::new("pod/endless-wait", message, script.place(subject, at + 1), "nothing ends this loop")
                    .help("give up after a while: `[ \"$SECONDS\" -ge 180 ] && exit 1`, or run it under `timeout 180`"),
            );
        }
    }
}

fn loop_start(line: &str) -> Option<usize> {
    ["until ", "while "]
        .iter()
        .filter_map(|word| {
            line.match_indices(word).map(|(at, _)| at).find(|at| {
                let before = line[..*at].trim_end();
                before.is_empty()
                    || before.ends_with([';', '&', '|', '(', '{', '"', '\''])
                    || before.ends_with("do")
                    || before.ends_with("then")
            })
        })
        .min()
}

/// Where the `done` of a loop stands: the first that is a word.
fn end_of_loop(body: &str) -> usize {
    let ends = body.match_indices("done").map(|(at, _)| at).find(|at| {
        let before = body[..*at].chars().next_back();
        let after = body[*at + 4..].chars().next();
        before.is_none_or(|c| c.is_whitespace() || c == ';')
            && after.is_none_or(|c| c.is_whitespace() || ";)&|'\"".contains(c))
    });
    ends.unwrap_or(body.len())
}
