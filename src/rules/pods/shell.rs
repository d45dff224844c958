//! Shell scripts that containers run, taken apart as far as rules need: statements with their lines, the words
//! of each, what is written where. Not a shell: what cannot be told is left alone.

use super::view::{Container, containers};
use crate::layer::tree::Node;
use crate::rules::Place;
use crate::rules::set::Subject;
use std::cell::OnceCell;
use std::collections::BTreeMap;

/// A script that a container runs.
pub struct Script<'a> {
    /// The value that it stands in.
    pub node: &'a Node,
    /// Its text.
    pub text: &'a str,
    /// Whether the shell that runs it is the container's first process.
    pub is_init: bool,
    /// Whether it stands in a file of a ConfigMap.
    pub is_file: bool,
    statements: OnceCell<Vec<Statement<'a>>>,
}

/// A container with the scripts that it runs.
pub struct Running<'a> {
    /// The container.
    pub container: Container<'a>,
    /// The scripts in its command line.
    pub scripts: Vec<Script<'a>>,
}

/// Every container of every pod, with the scripts that it runs.
pub fn running<'a>(subject: &Subject<'a>) -> Vec<Running<'a>> {
    let all = containers(subject).into_iter();
    all.map(|container| Running { container, scripts: scripts(subject, &container) }).collect()
}

/// A statement of a script.
#[derive(Debug, Clone, Copy)]
pub struct Statement<'t> {
    /// Its line, from 1.
    pub line: usize,
    /// Its text, keywords before it (`then`, `do`) left out.
    pub text: &'t str,
}

const SHELLS: [&str; 5] = ["sh", "bash", "dash", "ash", "zsh"];

/// The last part of a path.
pub fn program(word: &str) -> &str {
    word.rsplit('/').next().unwrap_or(word)
}

fn scripts<'a>(subject: &Subject<'a>, container: &Container<'a>) -> Vec<Script<'a>> {
    of_words(subject, container, &container.words())
}

/// The scripts in the words of a command.
pub fn of_words<'a>(subject: &Subject<'a>, container: &Container<'a>, words: &[&'a Node]) -> Vec<Script<'a>> {
    let text = |at: usize| words.get(at).and_then(|word| word.as_str());
    let mut found = Vec::new();
    let shell = (0..words.len()).find(|at| text(*at).is_some_and(|word| SHELLS.contains(&program(word))));
    // Spark's entrypoint runs what it does not know in its own place: `exec "$@"`.
    let is_init = match shell {
        Some(0) => true,
        Some(1) => text(0).is_some_and(|word| word.ends_with("/entrypoint.sh")),
        _ => false,
    };
    if let Some(shell) = shell {
        let mut at = shell + 1;
        let mut inline = false;
        while let Some(option) = text(at).filter(|word| word.starts_with('-') && word.len() > 1) {
            inline |= option.contains('c') && !option.starts_with("--");
            at += if option == "-o" { 2 } else { 1 };
        }
        if let (true, Some(script)) = (inline, text(at)) {
            found.push(Script::new(words[at], script, is_init, false));
            return found;
        }
    }
    for (at, word) in words.iter().enumerate() {
        let Some(path) = word.as_str().filter(|word| word.starts_with('/')) else { continue };
        let runs = shell.is_some_and(|shell| at == shell + 1) || path.ends_with(".sh");
        if let Some(node) = runs.then(|| container.file(subject, path)).flatten()
            && let Some(text) = node.as_str()
        {
            found.push(Script::new(node, text, is_init || at == 0, true));
        }
    }
    found
}

impl<'a> Script<'a> {
    fn new(node: &'a Node, text: &'a str, is_init: bool, is_file: bool) -> Self {
        Script { node, text, is_init, is_file, statements: OnceCell::new() }
    }

    /// Where a statement stands.
    pub fn place(&self, subject: &Subject<'_>, line: usize) -> Place {
        subject.line(self.node, line)
    }

    /// Its statements, comments left out. Statements end at line breaks, `;`, `&&`, `||` and `|` outside quotes.
    pub fn statements(&self) -> &[Statement<'a>] {
        self.statements.get_or_init(|| statements(self.text))
    }

    /// Whether it stops at the first error.
    pub fn stops_at_errors(&self) -> bool {
        self.text.lines().map(str::trim).any(|line| {
            let options =
                line.strip_prefix("set -").map(|rest| rest.split([';', '&']).next().unwrap_or_default());
            options.is_some_and(|rest| {
                rest.split_whitespace()
                    .next()
                    .is_some_and(|short| short.contains('e') && !short.starts_with('-'))
                    || rest.contains("errexit")
                    || rest.split_whitespace().skip(1).any(|word| word.starts_with('-') && word.contains('e'))
            }) || (line.starts_with("#!") && line.ends_with(" -e"))
        })
    }
}

fn statements(text: &str) -> Vec<Statement<'_>> {
    let mut found = Vec::new();
    let (mut start, mut line, mut quote, mut comment) = (0, 1, None, false);
    let bytes = text.as_bytes();
    let mut at = 0;
    let mut first_line = 1;
    while at < bytes.len() {
        let byte = bytes[at];
        let ends = match (byte, quote) {
            (b'\n', _) if comment => true,
            _ if comment => false,
            (b'\\', None | Some(b'"')) => {
                if bytes.get(at + 1) == Some(&b'\n') {
                    line += 1;
                }
                at += 2;
                continue;
            }
            (b'\'' | b'"', None) => {
                quote = Some(byte);
                false
            }
            (_, Some(open)) if byte == open => {
                quote = None;
                false
            }
            (b'#', None) if at == 0 || bytes[at - 1].is_ascii_whitespace() => {
                comment = true;
                push(&mut found, text, start, at, first_line);
                start = at;
                false
            }
            (b'\n' | b';' | b'|', None) => true,
            (b'&', None) => bytes.get(at + 1) == Some(&b'&') || (at > 0 && bytes[at - 1] == b'&'),
            _ => false,
        };
        if ends {
            if !comment {
                push(&mut found, text, start, at, first_line);
            }
            start = at + 1;
            comment = false;
        }
        if byte == b'\n' {
            line += 1;
        }
        if ends {
            first_line = line;
        }
        at += 1;
    }
    if !comment {
        push(&mut found, text, start, text.len(), first_line);
    }
    found
}

fn push<'t>(found: &mut Vec<Statement<'t>>, text: &'t str, start: usize, end: usize, line: usize) {
    const KEYWORDS: [&str; 8] = ["then ", "do ", "else ", "( ", "{ ", "! ", "if ", "elif "];
    let mut part = text.get(start..end.max(start)).unwrap_or_default().trim();
    while let Some(rest) = KEYWORDS.iter().find_map(|keyword| part.strip_prefix(keyword)) {
        part = rest.trim_start();
    }
    if !matches!(part, "" | "then" | "do" | "done" | "fi" | "else" | "(" | ")" | "{" | "}" | "esac") {
        found.push(Statement { line, text: part });
    }
}

impl<'t> Statement<'t> {
    /// The words of its command: assignments, `exec` and the like before it left out.
    pub fn words(&self) -> Vec<&'t str> {
        self.command().collect()
    }

    fn command(&self) -> impl Iterator<Item = &'t str> + use<'t> {
        let mut words = self.text.split_whitespace().peekable();
        while let Some(word) = words.peek() {
            let assigns = word.split_once('=').is_some_and(|(name, _)| is_name(name));
            let leads = ["exec", "command", "sudo", "nohup", "time", "until", "while", "!"].contains(word);
            if *word == "timeout" {
                words.next();
            } else if !assigns && !leads {
                break;
            }
            words.next();
        }
        words
    }

    /// The program that it runs.
    pub fn program(&self) -> &'t str {
        self.command().next().map_or("", |word| program(word.trim_matches(['"', '\'', '(', ')'])))
    }

    /// The variable that it sets, with the value as it is written.
    pub fn assignment(&self) -> Option<(&'t str, &'t str)> {
        let text = ["export ", "local ", "readonly "].iter().find_map(|word| self.text.strip_prefix(word));
        let (name, value) = text.unwrap_or(self.text).split_once('=')?;
        is_name(name).then_some((name, value))
    }

    /// The paths that it writes to, as they are written.
    pub fn writes(&self) -> Vec<&'t str> {
        let mut found = Vec::new();
        let mut rest = self.text;
        while let Some(at) = rest.find('>') {
            let before = rest[..at].chars().next_back();
            rest = rest[at + 1..].trim_start_matches(['>', '|']).trim_start();
            if !matches!(before, Some('<' | '-' | '=')) && !rest.starts_with('&') {
                found.push(rest.split([' ', '\t', ')', '\n', '<']).next().unwrap_or_default());
            }
        }
        let words = self.words();
        found.extend(words.windows(2).filter(|pair| pair[0] == "--work-dir").map(|pair| pair[1]));
        let paths = || words.iter().skip(1).copied().filter(|word| !word.starts_with(['-', '<', '>']));
        match self.program() {
            "mkdir" | "touch" | "tee" => found.extend(paths()),
            "cp" | "mv" | "ln" | "install" => found.extend(paths().next_back()),
            "sed" if words.contains(&"-i") => found.extend(paths().next_back()),
            "rm" | "wget" | "curl" | "pip" | "pip3" | "python3" | "python" | "tar" | "chmod" | "find" => {}
            _ => return found,
        }
        for pair in words.windows(2) {
            if matches!(pair[0], "-o" | "-O" | "-P" | "--output" | "--target" | "-C" | "--output-document") {
                found.push(pair[1]);
            }
        }
        let long = words
            .iter()
            .filter_map(|word| word.strip_prefix("--output-document=").or(word.strip_prefix("--target=")));
        found.extend(long);
        found
    }
}

fn is_name(word: &str) -> bool {
    !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

/// What variables are set to: by the script, else by the container's environment.
pub struct Variables<'a>(BTreeMap<&'a str, &'a str>);

impl<'a> Variables<'a> {
    /// Those of a script in a container.
    pub fn new(container: &Container<'a>, statements: &[Statement<'a>]) -> Self {
        let env = container.node.list("env").iter();
        let mut all: BTreeMap<_, _> =
            env.filter_map(|entry| Some((entry.text("name")?, entry.text("value")?))).collect();
        all.extend(statements.iter().filter_map(Statement::assignment));
        Variables(all)
    }

    /// A path without variables; up to the first that is unknown. None where nothing is left of it, or where it
    /// is none.
    pub fn path(&self, written: &str) -> Option<String> {
        let mut text = written.trim_matches(['"', '\'']).replace('"', "");
        for _ in 0..4 {
            let Some(at) = text.find('$') else { break };
            let name = text[at + 1..].trim_start_matches('{');
            let name = &name[..name.find(|c: char| !(c.is_alphanumeric() || c == '_')).unwrap_or(name.len())];
            let braced = text[at..].starts_with("${");
            let end = at + 1 + name.len() + if braced { 2 } else { 0 };
            match self.0.get(name).filter(|_| end <= text.len() && !name.is_empty()) {
                Some(value) => {
                    text = format!("{}{}{}", &text[..at], value.trim_matches(['"', '\'']), &text[end..])
                }
                None => {
                    text.truncate(at);
                    let whole = text.rfind('/').filter(|slash| *slash > 0)?;
                    text.truncate(whole);
                }
            }
        }
        let is_path = text.starts_with('/') && text.len() > 1 && !text.contains(['$', '`', '(']);
        is_path.then_some(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn statements_know_their_lines() {
        let text = "# no; comment\nset -eu\nif [ -e /a ]; then\n  cp a \"/b;c\" && mv d \\\n    /e # why\nfi\nx=1; exec java\n";
        let found: Vec<_> =
            statements(text).iter().map(|one| (one.line, one.program(), one.writes())).collect();
        assert_eq!(
            found,
            [
                (2, "set", vec![]),
                (3, "[", vec![]),
                (4, "cp", vec!["\"/b;c\""]),
                (4, "mv", vec!["/e"]),
                (7, "", vec![]),
                (7, "java", vec![])
            ]
        );
    }

    #[test]
    fn redirections_are_writes() {
        let writes = |text: &str| {
            statements(text)
                .iter()
                .flat_map(|one| one.writes().iter().map(|w| (*w).to_owned()).collect::<Vec<_>>())
                .collect::<Vec<_>>()
        };
        assert_eq!(writes(": > /tmp/x"), ["/tmp/x"]);
        assert_eq!(writes("envsubst < /a > \"$CONF/b\" 2>&1"), ["\"$CONF/b\""]);
        assert_eq!(writes("wget --quiet --output-document=/x/y http://a"), ["/x/y"]);
        assert!(writes("[ $a -gt 3 ]\necho '->' x").is_empty());
    }
}
