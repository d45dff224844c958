//! `sparkctl graph`

use super::output::Terminal;
use super::select::{Selection, Workplace};
use super::{Format, Global, Outcome};
use crate::compile::Compiled;
use crate::graph::picture::Graph;
use crate::graph::references;
use crate::library::Library;
use crate::rules::net;
use crate::rules::set::Set;
use clap::Args;
use std::process::ExitCode;

/// Arguments of `graph`.
#[derive(Debug, Args)]
pub struct Arguments {
    #[command(flatten)]
    selection: Selection,
    /// Who may talk to whom: one line for each flow, with what the network policies at both ends say.
    #[arg(long)]
    flows: bool,
    /// Print a Mermaid flowchart of the flows, for a README.
    #[arg(long)]
    mermaid: bool,
}

/// Runs the command.
pub fn run(arguments: &Arguments, global: &Global, terminal: &mut Terminal) -> Outcome {
    let workplace = Workplace::open(global)?;
    let compiled = workplace.look(&arguments.selection)?;
    let graph = graph(&workplace.library, &compiled);
    let format = terminal.format();
    if arguments.mermaid {
        terminal.text(&graph.mermaid())?;
    } else if format == Format::Json {
        terminal.json(&graph)?;
    } else if arguments.flows {
        terminal.text(&graph.matrix())?;
    } else {
        terminal.text(&graph.tree())?;
    }
    Ok(ExitCode::SUCCESS)
}

fn graph(library: &Library, compiled: &Compiled) -> Graph {
    let set = Set::of(library, compiled);
    let subject = set.view();
    let component = |at: usize| compiled.manifests.get(at).map_or("", |manifest| manifest.component.as_str());
    Graph {
        release: compiled.release.name.to_string(),
        namespace: compiled.release.namespace.to_string(),
        environment: compiled.release.environment.clone(),
        objects: references::all(&subject, component),
        flows: net::edges(&subject),
    }
}
