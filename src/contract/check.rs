//! Contracts held against every pair that they are about.

use super::judge::Judge;
use super::{Contract, differing, pairs};
use crate::diagnostic::Report;
use crate::failure::Failure;
use crate::fleet::Plan;
use crate::library::Library;
use crate::spec::types::Date;

/// What came of holding contracts against what there is.
#[derive(Debug)]
pub struct Checked {
    /// What is wrong.
    pub report: Report,
    /// Of each contract: its name, how many pairs were compared, and how many paths differ in them.
    pub compared: Vec<(String, usize, usize)>,
    /// Contracts that nothing in the project falls under.
    pub idle: Vec<String>,
    /// How many entries have a day, and none was said to hold them to.
    pub unheld: usize,
}

/// Holds contracts against the project's releases, or against the built-in scenarios where there is no project.
///
/// An entry of a built-in contract need not be needed by a project, and a built-in contract is left out whose
/// environments share no release of it.
///
/// # Errors
/// If a layer or the plan of the project has errors.
pub fn check(library: &Library, contracts: &[Contract], today: Option<Date>) -> Result<Checked, Failure> {
    let plan = Plan::of(library, None)?;
    let mut checked =
        Checked { report: Report::default(), compared: Vec::new(), idle: Vec::new(), unheld: 0 };
    let mut findings = Vec::new();
    for contract in contracts {
        let pairs = pairs(library, &plan, &contract.from, &contract.to);
        if library.project.is_some() && !contract.is_own && pairs.len() == 1 {
            checked.idle.push(contract.name.clone());
            continue;
        }
        let mut judge = Judge::new(library, contract, today);
        for pair in &pairs {
            let (from, to) = pair.merged(library, &contract.from, &contract.to)?;
            for found in differing(&from.root, &to.root) {
                judge.look(pair, &found, (&from, &to));
            }
        }
        checked.compared.push((contract.name.clone(), pairs.len(), judge.differences()));
        if today.is_none() {
            checked.unheld += contract.entries.iter().filter(|entry| entry.until.is_some()).count();
        }
        findings.extend(judge.findings());
    }
    checked.report = Report::new(findings, library.sources.clone());
    Ok(checked)
}
