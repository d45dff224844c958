//! The command line: one file per command, which calls the library and prints. Exit status: 0 done, 1 the
//! input has errors (or, where asked for, warnings or differences), 2 wrong use or the system refused.

mod blame;
mod check;
mod completions;
mod contract;
mod diff;
mod explain;
mod graph;
mod image;
mod init;
pub mod limits;
mod lines;
mod list;
mod migrate;
mod output;
mod preconditions;
mod progress;
mod promote;
#[cfg(feature = "oci")]
mod push;
mod render;
mod rules;
mod schema;
mod select;
mod show;
mod staged;
mod upgrade;

use crate::failure::Failure;
use clap::{Args, CommandFactory, Parser, Subcommand, ValueEnum};
use output::Terminal;
use std::path::PathBuf;
use std::process::ExitCode;

/// Compiles layered presets into checked Kubernetes manifests for Apache Spark platforms.
#[derive(Debug, Parser)]
#[command(name = "sparkctl", version, propagate_version = true, arg_required_else_help = true)]
#[command(after_help = "Start here:\n  sparkctl render --env dev --preset connect\n  sparkctl list presets")]
pub struct Cli {
    #[command(flatten)]
    global: Global,
    #[command(subcommand)]
    command: Command,
}

/// What every command takes.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Global options")]
pub struct Global {
    /// How results and findings are printed.
    #[arg(long, global = true, value_enum, default_value_t = Format::Text, value_name = "FORMAT")]
    format: Format,
    /// When to colour: `auto` does on a terminal, unless NO_COLOR is set.
    #[arg(long, global = true, value_enum, default_value_t = Colour::Auto, value_name = "WHEN")]
    color: Colour,
    /// Print nothing but results and errors.
    #[arg(short, long, global = true, conflicts_with = "verbose")]
    quiet: bool,
    /// Print more: every file written, every finding.
    #[arg(short, long, global = true)]
    verbose: bool,
    /// The project's directory. Without it: the nearest one above that has a sparkctl.yaml, if any.
    #[arg(long, global = true, value_name = "DIR")]
    project: Option<PathBuf>,
}

/// How results and findings are printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// For people.
    Text,
    /// For programs.
    Json,
    /// The comment of a pull request. `diff` only.
    Markdown,
    /// SARIF 2.1.0, for code scanning. Findings, and causes of `diff`.
    Sarif,
    /// GitHub workflow annotations. The same.
    Github,
}

/// When to colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Colour {
    /// On a terminal.
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Write the manifests of a release.
    Render(render::Arguments),
    /// Compile and report, write nothing; or check manifests that something else rendered.
    Check(check::Arguments),
    /// Tell what differs between two environments, or between what is there and what would be rendered: what applying it does, and which line of which layer makes it differ.
    Diff(diff::Arguments),
    /// Print the merged spec, each value with the line that set it.
    Show(show::Arguments),
    /// Tell where a value comes from, what a field means, what a rule demands, or which line made a line of a rendered file.
    Explain(explain::Arguments),
    /// Tell which layer line decided each line of a rendered file, and what that overrode.
    Blame(blame::Arguments),
    /// Hold two environments to what may differ between them: contracts, each entry with a reason.
    #[command(arg_required_else_help = true)]
    Contract(contract::Arguments),
    /// List the rules that a release is held to.
    Rules(rules::Arguments),
    /// List what there is to choose from.
    #[command(arg_required_else_help = true)]
    List(list::Arguments),
    /// List what must exist in the cluster before a release is applied, with the commands that verify or create it.
    Preconditions(preconditions::Arguments),
    /// Show which objects refer to which, and who may talk to whom.
    Graph(graph::Arguments),
    /// Push a bundle or a chart to an OCI registry, for Argo CD, Flux or Helm. The one command that uses a network.
    #[cfg(feature = "oci")]
    Push(push::Arguments),
    /// Print the Dockerfile of an image of your own, or list the images of a release.
    Image(image::Arguments),
    /// Move a project to this version of sparkctl, or look at what that would change.
    Upgrade(upgrade::Arguments),
    /// Take a value that a release has in one environment into the layers of another one.
    #[command(arg_required_else_help = true)]
    Promote(promote::Arguments),
    /// Start a project of your own.
    Init(init::Arguments),
    /// Rewrite keys that a newer sparkctl calls otherwise, in the files of a project.
    Migrate(migrate::Arguments),
    /// Print a JSON Schema.
    #[command(arg_required_else_help = true)]
    Schema(schema::Arguments),
    /// Print a completion script for a shell.
    #[command(arg_required_else_help = true)]
    Completions(completions::Arguments),
    /// Print the manual page.
    Man,
}

/// The command line as clap knows it: for completions, the manual page and the reference.
pub fn command() -> clap::Command {
    Cli::command()
}

/// Runs sparkctl with the process's arguments.
pub fn run() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            // clap prints help and versions to standard output, mistakes to standard error.
            let status = u8::from(error.use_stderr()) * 2;
            return if error.print().is_ok() { ExitCode::from(status) } else { ExitCode::from(2) };
        }
    };
    let mut terminal = Terminal::new(&cli.global);
    if cli.global.format == Format::Markdown && !matches!(cli.command, Command::Diff(_)) {
        let help = "leave it out, or take another format: text, json, sarif, github";
        return terminal.failure(Failure::refused("--format markdown is for diff", help));
    }
    let result = match cli.command {
        Command::Render(arguments) => render::run(&arguments, &cli.global, &mut terminal),
        Command::Check(arguments) => check::run(&arguments, &cli.global, &mut terminal),
        Command::Diff(arguments) => diff::run(&arguments, &cli.global, &mut terminal),
        Command::Show(arguments) => show::run(&arguments, &cli.global, &mut terminal),
        Command::Explain(arguments) => explain::run(&arguments, &cli.global, &mut terminal),
        Command::Blame(arguments) => blame::run(&arguments, &cli.global, &mut terminal),
        Command::Contract(arguments) => contract::run(&arguments, &cli.global, &mut terminal),
        Command::Rules(arguments) => rules::run(&arguments, &mut terminal),
        Command::List(arguments) => list::run(&arguments, &cli.global, &mut terminal),
        Command::Preconditions(arguments) => preconditions::run(&arguments, &cli.global, &mut terminal),
        Command::Graph(arguments) => graph::run(&arguments, &cli.global, &mut terminal),
        #[cfg(feature = "oci")]
        Command::Push(arguments) => push::run(&arguments, &cli.global, &mut terminal),
        Command::Image(arguments) => image::run(&arguments, &cli.global, &mut terminal),
        Command::Upgrade(arguments) => upgrade::run(&arguments, &cli.global, &mut terminal),
        Command::Promote(arguments) => promote::run(&arguments, &cli.global, &mut terminal),
        Command::Init(arguments) => init::run(&arguments, &mut terminal),
        Command::Migrate(arguments) => migrate::run(&arguments, &cli.global, &mut terminal),
        Command::Schema(arguments) => schema::run(&arguments, &cli.global, &mut terminal),
        Command::Completions(arguments) => completions::run(&arguments, &mut terminal),
        Command::Man => completions::man(&mut terminal),
    };
    match result {
        Ok(status) => status,
        Err(failure) => terminal.failure(failure),
    }
}

/// What a command gives back: its exit status, or why it could not be done.
type Outcome = Result<ExitCode, Failure>;
