//! The transcripts in the README are what the program prints today.
//!
//! Each `console` block is run in one empty directory: lines after `$ ` are commands, what follows is
//! their output. `SPARKCTL_BLESS=1 cargo test --test transcripts` writes the file anew.
#![allow(clippy::unwrap_used, clippy::panic)]

use std::path::Path;
use std::process::Command;

const FILES: [&str; 1] = ["README.md"];

#[test]
fn transcripts_are_what_is_printed() {
    for file in FILES {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(file);
        let written = std::fs::read_to_string(&path).unwrap();
        let (told, commands) = retold(&written);
        assert!(commands > 0, "{file} has no transcript");
        if std::env::var_os("SPARKCTL_BLESS").is_some() {
            std::fs::write(&path, &told).unwrap();
        } else {
            assert!(
                told == written,
                "{file} is stale: SPARKCTL_BLESS=1 cargo test --test transcripts\n{told}"
            );
        }
    }
}

/// The text with the output of its commands as it is now, and how many commands there were.
fn retold(text: &str) -> (String, usize) {
    let place = tempfile::tempdir().unwrap();
    let (mut told, mut commands, mut inside) = (String::new(), 0, false);
    for line in text.lines() {
        let fence = line.starts_with("```");
        match (inside, line.strip_prefix("$ ")) {
            (true, Some(command)) => {
                if !told.ends_with("console\n") {
                    told.push('\n');
                }
                told.push_str(&format!("{line}\n{}", output(command, place.path())));
                commands += 1;
            }
            (true, None) if !fence => {}
            _ => told.push_str(&format!("{line}\n")),
        }
        if fence {
            inside = line == "```console";
        }
    }
    (told, commands)
}

fn output(command: &str, place: &Path) -> String {
    let words: Vec<&str> = command.split_whitespace().collect();
    assert_eq!(words.first(), Some(&"sparkctl"), "{command}");
    let output =
        Command::new(env!("CARGO_BIN_EXE_sparkctl")).args(&words[1..]).current_dir(place).output().unwrap();
    assert!(output.status.success(), "{command}");
    let text = String::from_utf8(output.stdout).unwrap() + &String::from_utf8(output.stderr).unwrap();
    text.lines().map(|line| format!("{}\n", line.trim_end())).collect()
}
