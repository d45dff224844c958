//! What is printed, and where: results to standard output, everything else to standard error.

use super::{Colour, Format, Global};
use crate::diagnostic::clean::character;
use crate::diagnostic::text::{self, Limit};
use crate::diagnostic::{Report, github, json, sarif};
use crate::failure::Failure;
use std::io::{self, IsTerminal, Write};
use std::process::ExitCode;

/// The two streams and how to write to them.
pub struct Terminal {
    format: Format,
    quiet: bool,
    verbose: bool,
    colour_out: bool,
    colour_err: bool,
}

impl Terminal {
    /// Decides about colours once.
    pub fn new(global: &Global) -> Self {
        let colours = |terminal: bool| match global.color {
            Colour::Always => true,
            Colour::Never => false,
            Colour::Auto => terminal && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty()),
        };
        Terminal {
            format: global.format,
            quiet: global.quiet,
            verbose: global.verbose,
            colour_out: colours(io::stdout().is_terminal()),
            colour_err: colours(io::stderr().is_terminal()),
        }
    }

    /// How results are printed.
    pub fn format(&self) -> Format {
        self.format
    }

    /// Whether results may be coloured.
    pub fn colours(&self) -> bool {
        self.colour_out
    }

    /// Whether nothing but results and errors is wanted.
    pub fn is_quiet(&self) -> bool {
        self.quiet
    }

    /// Whether somebody watches standard error.
    pub fn is_watched(&self) -> bool {
        self.format == Format::Text && io::stderr().is_terminal()
    }

    /// Whether more is wanted.
    pub fn verbose(&self) -> bool {
        self.verbose
    }

    /// Prints a result.
    ///
    /// # Errors
    /// If standard output is gone or full; a reader that closed early (`| head`) is no error.
    pub fn result(&self, text: &str) -> Result<(), Failure> {
        let mut out = io::stdout().lock();
        match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
            Err(error) => Err(Failure::io("write", "standard output", error)),
            Ok(()) => Ok(()),
        }
    }

    /// Prints a result for people that quotes texts of layers, which may be a stranger's: control
    /// characters are shown, not sent. Line breaks stay.
    ///
    /// # Errors
    /// As [`Terminal::result`].
    pub fn text(&self, text: &str) -> Result<(), Failure> {
        self.result(&clean(text))
    }

    /// Prints a value as JSON.
    ///
    /// # Errors
    /// As [`Terminal::result`].
    pub fn json(&self, value: &impl serde::Serialize) -> Result<(), Failure> {
        let text = serde_json::to_string_pretty(value)
            .map_err(|error| Failure::Refused { what: error.to_string(), help: None })?;
        self.result(&format!("{text}\n"))
    }

    /// Tells people something on standard error, unless they want quiet.
    pub fn tell(&self, text: &str) {
        if !self.quiet {
            self.error(&clean(text));
        }
    }

    fn error(&self, text: &str) {
        // Nobody is left to be told that standard error is gone.
        let _ = writeln!(io::stderr().lock(), "{}", text.trim_end_matches('\n'));
    }

    /// Prints a report: as a result in the formats for machines, on standard error for people.
    ///
    /// # Errors
    /// As [`Terminal::result`].
    pub fn report(&self, report: &Report) -> Result<(), Failure> {
        match self.format {
            Format::Text | Format::Markdown => {
                if !report.findings.is_empty() && (!self.quiet || report.has_errors()) {
                    let limit = if self.verbose { Limit::None } else { Limit::default() };
                    self.error(&text::render(report, self.colour_err, limit));
                    if let (Some(first), false) = (report.findings.first(), self.quiet) {
                        self.error(&format!("more about a rule: sparkctl explain {}", first.rule));
                    }
                }
                if let Some(line) = text::silenced(report) {
                    self.tell(&line);
                }
                Ok(())
            }
            Format::Json => self.result(&json::render(report)),
            Format::Sarif => self.result(&sarif::render(report)),
            Format::Github => self.result(&github::render(report)),
        }
    }

    /// Says why something could not be done; gives the exit status for it.
    pub fn failure(&mut self, failure: Failure) -> ExitCode {
        let status = failure.status();
        match &failure {
            Failure::Findings(report) => {
                if self.report(report).is_err() {
                    return ExitCode::from(2);
                }
            }
            other => {
                let (bold, plain) =
                    if self.colour_err { ("\u{1b}[1m\u{1b}[91m", "\u{1b}[0m") } else { ("", "") };
                self.error(&format!("{bold}error{plain}: {}", clean(&other.to_string())));
                if let Some(help) = other.help() {
                    self.error(&format!("  help: {}", clean(help)));
                }
            }
        }
        ExitCode::from(status)
    }
}

/// A text of several lines without characters that a terminal would obey.
pub fn clean(text: &str) -> String {
    text.chars().map(|c| if c == '\n' { c } else { character(c) }).collect()
}

/// `1 release`, `2 releases`.
pub fn counted(count: usize, what: &str) -> String {
    let plural = if count == 1 { "" } else { "s" };
    format!("{count} {what}{plural}")
}
