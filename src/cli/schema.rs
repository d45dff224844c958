//! `sparkctl schema`

use super::diff::base_schema;
use super::output::Terminal;
use super::select::Workplace;
use super::{Global, Outcome};
use crate::contract::contract_schema;
use crate::diff::view::json;
use crate::images::descriptor::image_schema;
use crate::library::descriptor::descriptor_schema;
use crate::library::project::project_schema;
use clap::{Args, ValueEnum};
use std::process::ExitCode;

/// Arguments of `schema`.
#[derive(Debug, Args)]
pub struct Arguments {
    /// Which schema.
    #[arg(value_enum, value_name = "WHICH")]
    which: Which,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Which {
    /// A layer: what files in presets/ and environments/ look like.
    Layer,
    /// A whole merged spec.
    Spec,
    /// sparkctl.yaml.
    Project,
    /// component.yaml.
    Component,
    /// contracts/FROM-TO.yaml.
    Contract,
    /// images/NAME.yaml.
    Image,
    /// What `diff --base` prints with --format json.
    DiffBase,
    /// What `diff --format json` prints.
    Diff,
}

/// Runs the command.
pub fn run(arguments: &Arguments, global: &Global, terminal: &mut Terminal) -> Outcome {
    let workplace = Workplace::open(global)?;
    let schemas = &workplace.library.schemas;
    match arguments.which {
        Which::Layer => terminal.json(schemas.layer())?,
        Which::Spec => terminal.json(schemas.spec())?,
        Which::Project => terminal.json(&project_schema(schemas.layer()))?,
        Which::Component => terminal.json(&descriptor_schema())?,
        Which::Contract => terminal.json(&contract_schema())?,
        Which::Diff => terminal.json(&json::schema())?,
        Which::Image => terminal.json(&image_schema())?,
        Which::DiffBase => terminal.json(&base_schema())?,
    }
    Ok(ExitCode::SUCCESS)
}
