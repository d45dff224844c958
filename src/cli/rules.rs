//! `sparkctl rules`

use super::output::Terminal;
use super::{Format, Outcome};
use crate::failure::Failure;
use crate::rules::{Rule, all, families};
use clap::Args;
use serde_json::json;
use std::process::ExitCode;

/// Arguments of `rules`.
#[derive(Debug, Args)]
pub struct Arguments {
    /// Only the rules of one family: layer, template, library, graph, k8s, ref, net, pod, secret, spark or ops.
    #[arg(long, value_name = "FAMILY")]
    family: Option<String>,
}

/// Runs the command.
pub fn run(arguments: &Arguments, terminal: &mut Terminal) -> Outcome {
    if let Some(family) = &arguments.family
        && !families().any(|known| known == family)
    {
        let known: Vec<&str> = families().collect();
        return Err(Failure::unknown("family of rules", family, known.iter().copied()));
    }
    let wanted = |rule: &&Rule| arguments.family.as_ref().is_none_or(|family| rule.family() == family);
    let rules: Vec<&Rule> = all().iter().filter(wanted).collect();
    if terminal.format() == Format::Json {
        let rows: Vec<_> = rules
            .iter()
            .map(|rule| {
                json!({
                    "name": rule.name, "family": rule.family(), "severity": rule.severity,
                    "firm": rule.firm, "silenceable": rule.is_checked(), "title": rule.title,
                })
            })
            .collect();
        terminal.json(&rows)?;
    } else {
        terminal.text(&table(&rules))?;
        terminal.tell("always: it stops the compiler, and cannot be silenced");
        terminal.tell("firm: the base, an environment or a cluster can silence it, nobody else");
        terminal.tell("more about one: sparkctl explain RULE");
    }
    Ok(ExitCode::SUCCESS)
}

/// One rule a line, family after family.
fn table(rules: &[&Rule]) -> String {
    let width = rules.iter().map(|rule| rule.name.len()).max().unwrap_or_default();
    let mut text = String::new();
    for family in families() {
        let own: Vec<&&Rule> = rules.iter().filter(|rule| rule.family() == family).collect();
        if own.is_empty() {
            continue;
        }
        if !text.is_empty() {
            text.push('\n');
        }
        for rule in own {
            let kind = match (rule.firm, rule.is_checked()) {
                (true, _) => "firm",
                (false, true) => "",
                (false, false) => "always",
            };
            let (name, severity) = (&rule.name, rule.severity.name());
            text.push_str(&format!("{name:width$}  {severity:7}  {kind:6}  {}\n", rule.title));
        }
    }
    text
}
