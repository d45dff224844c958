//! `sparkctl diff`: two environments of a release ([`between`]), or what is there and what would be rendered
//! ([`against`]); how it is printed, here. What a branch does to all releases, in [`base`].

mod against;
mod base;
mod between;

pub use base::schema as base_schema;

use super::output::Terminal;
use super::select::{Selection, Workplace};
use super::{Format, Global, Outcome};
use crate::compile::{Compiled, compile_all};
use crate::diff::view::{Detail, Shown, github, json, markdown, sarif, text};
use crate::failure::Failure;
use crate::library::Library;
use crate::release::Release;
use clap::Args;
use std::process::ExitCode;

/// Arguments of `diff`.
#[derive(Debug, Args)]
pub struct Arguments {
    #[command(flatten)]
    selection: Selection,
    /// Compare two environments: this is the first side. In a project without --preset: every release that both have.
    #[arg(long, value_name = "ENVIRONMENT", requires = "to", conflicts_with_all = ["environment", "against"])]
    from: Option<String>,
    /// The second side.
    #[arg(long, value_name = "ENVIRONMENT", requires = "from")]
    to: Option<String>,
    /// Compare what is there with what would be rendered: a file, a directory with all below it, or `-` for standard input.
    #[arg(long, value_name = "PATH")]
    against: Option<String>,
    /// Compare all releases of the project with what they were where this branch left a revision of Git, such as origin/main: what the branch changes, with what is not committed yet. Of the options above only --env, --release, --cluster and --team apply.
    #[arg(
        long,
        value_name = "REVISION",
        conflicts_with_all = ["from", "to", "against", "preset", "features", "set", "values", "spark_version", "namespace", "today"],
    )]
    base: Option<String>,
    /// Exit with 1 if anything differs.
    #[arg(long)]
    exit_code: bool,
    /// Only what applying it does, how much differs, and totals.
    #[arg(long)]
    summary: bool,
}

/// Runs the command.
pub fn run(arguments: &Arguments, global: &Global, terminal: &mut Terminal) -> Outcome {
    if let Some(base) = &arguments.base {
        let Arguments { selection, exit_code, summary, .. } = arguments;
        let asked = base::Asked { base, selection, exit_code: *exit_code, summary: *summary };
        return base::run(&asked, global, terminal);
    }
    let workplace = Workplace::open(global)?;
    let shown = match (&arguments.from, &arguments.to, &arguments.against) {
        (Some(from), Some(to), _) => between::shown(&workplace, &arguments.selection, (from, to), terminal)?,
        (_, _, Some(path)) => Some(against::shown(&workplace, &arguments.selection, path, terminal)?),
        _ => {
            return Err(Failure::refused(
                "nothing was named to compare with",
                "name two environments, --from staging --to prod, what is there, --env prod --against PATH, or what the \
                 project was, --base origin/main",
            ));
        }
    };
    // A side that cannot be compiled has been told.
    let Some(shown) = shown else { return Ok(ExitCode::from(1)) };
    print(&shown, arguments.summary, terminal)?;
    Ok(ExitCode::from(u8::from(arguments.exit_code && shown.differs())))
}

/// Prints it in the form that is wanted.
///
/// # Errors
/// If standard output is gone.
pub fn print(shown: &Shown, summary: bool, terminal: &Terminal) -> Result<(), Failure> {
    let detail = Detail { summary, verbose: terminal.verbose() };
    match terminal.format() {
        Format::Text => terminal.result(&text::render(shown, detail, terminal.colours())),
        Format::Markdown => terminal.result(&markdown::render(shown, detail)),
        Format::Json => terminal.json(&json::document(shown, summary)),
        Format::Sarif => terminal.result(&sarif::render(shown)),
        Format::Github => terminal.result(&github::render(shown)),
    }
}

/// Compiles a side, to look at it: what is wrong with it is told, and what can be compared is.
fn side(library: &Library, release: &Release, terminal: &Terminal) -> Result<Compiled, Failure> {
    let compiled = compile_all(library, release)?;
    let (errors, _) = compiled.report.count();
    if errors > 0 {
        let plural = if errors == 1 { "" } else { "s" };
        terminal.tell(&format!(
            "note: {} has {errors} error{plural} and would not be rendered as it is: sparkctl check {}",
            release.place(),
            release.options()
        ));
    }
    Ok(compiled)
}
