//! The transcripts in the README and in some pages of the documentation are what the program prints today.
//!
//! Each `console` block is run in one empty directory: lines after `$ ` are commands, what follows is
//! their output. `SPARKCTL_BLESS=1 cargo test --test transcripts` writes the file anew.
#![allow(clippy::unwrap_used, clippy::panic)]

use std::path::Path;
use std::process::Command;

const FILES: [&str; 11] = [
    "README.md",
    "docs/en/projects.md",
    "docs/ru/projects.md",
    "docs/en/promote.md",
    "docs/ru/promote.md",
    "docs/en/contracts.md",
    "docs/ru/contracts.md",
    "docs/en/blame.md",
    "docs/ru/blame.md",
    "docs/en/diff.md",
    "docs/ru/diff.md",
];

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

/// Pages quote places of built-in files (`built-in:environments/prod.yaml:46:15`): what stands at each
/// of them is what the page says, within two lines above and three below.
#[test]
fn places_in_the_documentation_exist_and_say_what_the_page_says() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let pages: Vec<_> = ["docs/en", "docs/ru"]
        .iter()
        .flat_map(|folder| std::fs::read_dir(root.join(folder)).unwrap())
        .map(|entry| entry.unwrap().path())
        .chain([root.join("README.md")])
        .collect();
    let (mut checked, mut stale) = (0, Vec::new());
    for page in pages {
        let text = std::fs::read_to_string(&page).unwrap();
        let lines: Vec<&str> = text.lines().collect();
        for (number, line) in lines.iter().enumerate() {
            for quoted in line.split("built-in:").skip(1) {
                let place: String =
                    quoted.chars().take_while(|c| c.is_alphanumeric() || "/._-:".contains(*c)).collect();
                let mut parts = place.trim_end_matches(':').split(':');
                let (Some(file), Some(row), Some(column)) = (parts.next(), parts.next(), parts.next()) else {
                    continue;
                };
                let source = std::fs::read_to_string(root.join(file)).unwrap_or_default();
                let row: usize = row.parse().unwrap();
                let column: usize = column.parse().unwrap();
                let found: String =
                    source.lines().nth(row - 1).unwrap_or_default().chars().skip(column - 1).collect();
                let word = found.split([' ', ',', '}', '"']).find(|word| !word.is_empty() && *word != "-");
                let near = &lines[number.saturating_sub(2)..lines.len().min(number + 4)];
                checked += 1;
                if !word.is_some_and(|word| near.iter().any(|line| line.contains(word))) {
                    stale.push(format!("{}:{}: {place} is {found:?}", page.display(), number + 1));
                }
            }
        }
    }
    assert!(checked >= 20, "only {checked} places were looked at");
    assert!(stale.is_empty(), "{}", stale.join("\n"));
}
