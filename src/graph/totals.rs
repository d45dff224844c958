//! How much a release needs at most: what its pod groups say, added up.

use super::flows::Evaluate;
use crate::diagnostic::Finding;
use crate::layer::path::SpecPath;
use crate::library::descriptor::Component;
use crate::spec::types::Quantity;
use minijinja::value::Value;
use serde::Serialize;

/// What all pods of a release request together when there are as many as there can be.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Totals {
    /// How many pods.
    pub pods: u64,
    /// CPU, a Kubernetes quantity in thousandths of a core.
    pub cpu: String,
    /// Memory, a Kubernetes quantity in MiB, rounded up.
    pub memory: String,
}

/// What several releases need together.
pub fn sum(all: &[Totals]) -> Totals {
    let milli = |text: &String| text.parse().map_or(0, |quantity: Quantity| quantity.milli());
    Totals {
        pods: all.iter().map(|totals| totals.pods).sum(),
        cpu: cores(all.iter().map(|totals| milli(&totals.cpu)).sum()),
        memory: mebibytes(all.iter().map(|totals| milli(&totals.memory)).sum()),
    }
}

/// Adds up what the components need.
///
/// # Errors
/// What is wrong with a descriptor.
pub fn totals(components: &[&Component], evaluate: &Evaluate<'_>) -> Result<Totals, Vec<Finding>> {
    let (mut pods, mut cpu, mut memory) = (0, 0, 0);
    let mut findings = Vec::new();
    for component in components {
        for (group, described) in &component.descriptor.pods {
            let Some(needs) = &described.needs else { continue };
            let path = SpecPath::root().key("pods").key(group.as_str()).key("needs");
            let mut wrong = |field: &str, reason: String| {
                let at = component.tree.at(&path.key(field)).unwrap_or(&component.tree).span;
                let message = "what the pods need cannot be evaluated";
                findings.push(Finding::error("library/bad-descriptor", message).at(at, reason));
            };
            let count = match evaluate(&needs.pods).and_then(|value| whole(&value)) {
                Ok(count) => count,
                Err(reason) => {
                    wrong("pods", reason);
                    continue;
                }
            };
            let mut add = |field: &str, expression: &str, sum: &mut i128| match evaluate(expression)
                .and_then(|value| quantity(&value))
            {
                Ok(one) => *sum = sum.saturating_add(one.saturating_mul(i128::from(count))),
                Err(reason) => wrong(field, reason),
            };
            add("cpu", &needs.cpu, &mut cpu);
            add("memory", &needs.memory, &mut memory);
            pods += count;
        }
    }
    if findings.is_empty() {
        Ok(Totals { pods, cpu: cores(cpu), memory: mebibytes(memory) })
    } else {
        Err(findings)
    }
}

/// Thousandths of a core as a quantity.
pub fn cores(milli: i128) -> String {
    if milli % 1000 == 0 { (milli / 1000).to_string() } else { format!("{milli}m") }
}

/// Thousandths of a byte as a quantity in MiB, rounded up.
pub fn mebibytes(milli: i128) -> String {
    let one = 1000 << 20;
    format!("{}Mi", (milli + one - 1) / one)
}

fn whole(value: &Value) -> Result<u64, String> {
    u64::try_from(value.clone()).map_err(|_| format!("{value} is no whole number"))
}

fn quantity(value: &Value) -> Result<i128, String> {
    let parsed: Result<Quantity, _> = value.as_str().unwrap_or_default().parse();
    parsed.map(|quantity| quantity.milli()).map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_written_as_quantities() {
        assert_eq!(cores(2000), "2");
        assert_eq!(cores(2250), "2250m");
        assert_eq!(mebibytes(1000 << 20), "1Mi");
        assert_eq!(mebibytes((1000 << 20) + 1), "2Mi");
    }
}
