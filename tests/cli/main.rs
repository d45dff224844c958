//! What a user sees: commands run by the real binary, with everything they print.
//!
//! Each directory under `cases/` is one: its files are copied into an empty directory, each line of
//! `commands` is run there (`sparkctl` or `git` first, words split at spaces, text in single quotes kept
//! whole; `!file TEXT` appends a line to a file), and what was printed is compared with
//! `snapshots/`. A new case is a new directory. How long something took, and how far it is, differ from run to
//! run, and are not compared.

#![allow(clippy::unwrap_used, clippy::panic)]

use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::process::Command;

#[test]
fn cases() {
    insta::with_settings!({prepend_module_to_snapshot => false, omit_expression => true, snapshot_path => "snapshots"}, {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cli/cases");
        let mut names: Vec<_> = fs::read_dir(&root).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        names.sort();
        assert!(names.len() >= 20, "only {} cases were found", names.len());
        for name in names {
            let name = name.to_str().unwrap().to_owned();
            insta::assert_snapshot!(name.clone(), transcript(&root.join(&name)));
        }
    });
}

/// What makes commits the same everywhere.
const GIT: [(&str, &str); 8] = [
    ("GIT_CONFIG_NOSYSTEM", "1"),
    ("GIT_CONFIG_GLOBAL", "/dev/null"),
    ("GIT_AUTHOR_NAME", "test"),
    ("GIT_AUTHOR_EMAIL", "test@git.example"),
    ("GIT_AUTHOR_DATE", "2026-01-01T00:00:00Z"),
    ("GIT_COMMITTER_NAME", "test"),
    ("GIT_COMMITTER_EMAIL", "test@git.example"),
    ("GIT_COMMITTER_DATE", "2026-01-01T00:00:00Z"),
];

fn transcript(case: &Path) -> String {
    let place = tempfile::tempdir().unwrap();
    copy(case, place.path());
    let commands = fs::read_to_string(case.join("commands")).unwrap();
    let mut text = String::new();
    for line in commands.lines().filter(|line| !line.is_empty()) {
        if let Some(rest) = line.strip_prefix('!') {
            let (file, more) = rest.split_once(' ').unwrap();
            let path = place.path().join(file);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            let before = fs::read_to_string(&path).unwrap_or_default();
            fs::write(&path, before + more + "\n").unwrap();
            let _ = writeln!(text, "$ echo '{more}' >> {file}");
            continue;
        }
        let words = split(line);
        let program = match words[0].as_str() {
            "sparkctl" => env!("CARGO_BIN_EXE_sparkctl"),
            "git" => "git",
            _ => panic!("a command begins with sparkctl or git: {line}"),
        };
        let output = Command::new(program)
            .args(&words[1..])
            .envs(GIT)
            .current_dir(place.path())
            .env_remove("NO_COLOR")
            .env_remove("COLUMNS")
            .output()
            .unwrap();
        let _ = writeln!(text, "$ {line}");
        for (mark, bytes) in [("", output.stdout), ("! ", output.stderr)] {
            for line in String::from_utf8(bytes).unwrap().lines().filter(|line| !is_progress(line)) {
                let _ = writeln!(text, "{}", format!("{mark}{}", timeless(line)).trim_end());
            }
        }
        let _ = writeln!(text, "[{}]\n", output.status.code().unwrap());
    }
    text
}

/// `12 of 40 releases`, which is said only where work takes long.
fn is_progress(line: &str) -> bool {
    let words: Vec<&str> = line.split(' ').collect();
    let number = |word: &str| word.parse::<usize>().is_ok();
    matches!(words.as_slice(), [done, "of", all, "releases"] if number(done) && number(all))
}

/// A line without the seconds at its end: `; 1.9 s` is `; N s`.
fn timeless(line: &str) -> String {
    let seconds = line.strip_suffix(" s").and_then(|rest| rest.rsplit_once(' '));
    match seconds.filter(|(_, number)| number.contains('.') && number.parse::<f64>().is_ok()) {
        Some((rest, _)) => format!("{rest} N s"),
        None => line.to_owned(),
    }
}

fn copy(from: &Path, to: &Path) {
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            fs::create_dir_all(&target).unwrap();
            copy(&entry.path(), &target);
        } else if entry.file_name() != "commands" {
            fs::copy(entry.path(), target).unwrap();
        }
    }
}

/// Words at spaces; single quotes keep a word whole.
fn split(line: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut quoted = false;
    for c in line.chars() {
        match c {
            '\'' => quoted = !quoted,
            ' ' if !quoted => words.push(String::new()),
            c => words.last_mut().unwrap().push(c),
        }
    }
    words.retain(|word| !word.is_empty());
    words
}
