//! The program `git`, asked for what a repository holds. Nothing that the repository says is run: no hook, no
//! filter, no pager; nothing is fetched, and nothing is written.

use crate::failure::Failure;
use std::io::{self, ErrorKind, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::thread;

/// What a caller's environment may say of a repository, and what is found from the directory instead: a hook of Git
/// that runs sparkctl is told of another index, and of paths that are relative to another place.
const OTHERWISE: [&str; 6] =
    ["GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_PREFIX", "GIT_COMMON_DIR", "GIT_NAMESPACE"];

/// Git in one directory.
#[derive(Debug, Clone)]
pub struct Git {
    directory: PathBuf,
}

impl Git {
    /// In this directory; whether it lies in a repository shows at the first question.
    pub fn at(directory: &Path) -> Git {
        // `git -C ""` is refused.
        let here = directory.as_os_str().is_empty();
        Git { directory: if here { PathBuf::from(".") } else { directory.to_owned() } }
    }

    /// What a command prints, with its status. `input` is what it reads.
    ///
    /// # Errors
    /// If there is no such program, or it cannot be talked to.
    pub fn run(&self, arguments: &[&str], input: &[u8]) -> Result<Output, Failure> {
        let mut child = self.command(arguments).spawn().map_err(not_started)?;
        let stdin = child.stdin.take();
        let output = thread::scope(|scope| {
            // Git answers while it reads: whoever only writes waits for ever.
            scope.spawn(move || stdin.map(|mut stdin| stdin.write_all(input)));
            child.wait_with_output()
        });
        output.map_err(|error| Failure::io("run", "git", error))
    }

    /// What a command prints; none where it says no.
    ///
    /// # Errors
    /// As [`Git::run`], and if what it prints is no text.
    pub fn ask(&self, arguments: &[&str]) -> Result<Option<String>, Failure> {
        let output = self.run(arguments, b"")?;
        if !output.status.success() {
            return Ok(None);
        }
        let text = String::from_utf8(output.stdout);
        let text = text.map_err(|_| Failure::refused("git answered with what is no text", HELP))?;
        Ok(Some(text.strip_suffix('\n').map(str::to_owned).unwrap_or(text)))
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new("git");
        command.arg("-C").arg(&self.directory);
        // Of what is asked here nothing runs these; a later Git may.
        command.args(["--no-pager", "--no-replace-objects", "--literal-pathspecs"]);
        command.args(["-c", "core.fsmonitor=false", "-c", "core.hooksPath=/dev/null"]);
        command.args(arguments);
        for name in OTHERWISE {
            command.env_remove(name);
        }
        // A partial clone would fetch what it lacks.
        command
            .env("GIT_ALLOW_PROTOCOL", "none")
            .env("GIT_NO_LAZY_FETCH", "1")
            .env("GIT_TERMINAL_PROMPT", "0");
        command.env("GIT_OPTIONAL_LOCKS", "0").env("LC_ALL", "C");
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }
}

const HELP: &str = "try the same with git itself: `git status`, `git rev-parse HEAD`";

fn not_started(error: io::Error) -> Failure {
    match error.kind() {
        ErrorKind::NotFound => Failure::refused(
            "there is no program `git` here, and it is Git that knows what the project was",
            "install git, or make sure that it is on the PATH",
        ),
        _ => Failure::io("run", "git", error),
    }
}

/// What Git said went wrong, in a line.
pub fn complaint(output: &Output) -> String {
    let text = String::from_utf8_lossy(&output.stderr);
    let line = text.lines().find(|line| !line.trim().is_empty()).unwrap_or("it did not say why");
    line.trim_start_matches("fatal: ").to_owned()
}
