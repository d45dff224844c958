//! `sparkctl explain RULE`

use crate::cli::output::Terminal;
use crate::cli::{Format, Outcome};
use crate::failure::Failure;
use crate::rules;
use std::process::ExitCode;

/// What a rule demands.
pub fn rule(name: &str, terminal: &Terminal) -> Outcome {
    let Some(rule) = rules::find(name) else {
        return Err(Failure::unknown("rule", name, rules::all().iter().map(|rule| rule.name.as_str())));
    };
    if terminal.format() == Format::Json {
        terminal.json(rule)?;
    } else {
        terminal.text(&lesson(rule))?;
    }
    Ok(ExitCode::SUCCESS)
}

/// A rule as a lesson: what, why, what to do, an example of each.
fn lesson(rule: &rules::Rule) -> String {
    let indented = |text: &str| text.lines().map(|line| format!("    {line}\n")).collect::<String>();
    let who = match (rule.firm, rule.is_checked()) {
        (true, _) => "the base, an environment or a cluster can silence it, nobody else",
        (false, true) => "any layer can silence it, with a reason and a day",
        (false, false) if rule.family() == "contract" => "the contract itself says what is accepted, and why",
        (false, false) => "it stops the compiler; nothing can silence it",
    };
    format!(
        "{} ({}): {}\n\n{}\n\nwhy:  {}\n\nfix:  {}\n\nwho:  {who}\n\n  instead of\n\n{}\n  write\n\n{}",
        rule.name,
        rule.severity.name(),
        rule.title,
        rule.what,
        rule.why,
        rule.fix,
        indented(&rule.bad),
        indented(&rule.good),
    )
}
