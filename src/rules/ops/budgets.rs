//! Disruption budgets: how many pods a drain of a node may take at once.

use super::{is_production, kept, selects};
use crate::layer::tree::{Node, Value};
use crate::rules::Problem;
use crate::rules::set::{Object, Pod, Subject};

/// N6: several pods have a budget, and every budget lets drains go on.
pub fn check(subject: &Subject<'_>, problems: &mut Vec<Problem>) {
    let budgets: Vec<&Object<'_>> = subject.of("PodDisruptionBudget").collect();
    for budget in &budgets {
        let selector = budget.node.below(&["spec", "selector"]);
        let pods: Vec<&Pod<'_>> = kept(subject)
            .filter(|pod| pod.namespace() == budget.namespace() && selects(selector, pod))
            .collect();
        if pods.is_empty() {
            continue;
        }
        let replicas: i64 = pods.iter().filter_map(|pod| pod.replicas()).sum();
        one(subject, budget, replicas, &pods, problems);
    }
    if subject.known().is_none() {
        return;
    }
    for pod in kept(subject).filter(|pod| pod.replicas().is_some_and(|replicas| replicas > 1)) {
        let own = budgets.iter().any(|budget| {
            budget.namespace() == pod.namespace() && selects(budget.node.below(&["spec", "selector"]), pod)
        });
        if !own {
            let message = format!("a drain may take every pod of {} at once", pod.owner.id);
            let at = subject.missing(pod.owner.node, &["spec", "replicas"]);
            problems.push(
                Problem::new("ops/no-budget", message, at, "several pods, and no PodDisruptionBudget")
                    .help("add a PodDisruptionBudget with `maxUnavailable: 1` and the pods' labels"),
            );
        }
    }
}

/// A number of pods, which may be written as a share of them; Kubernetes rounds up.
fn pods(node: &Node, of: i64) -> Option<i64> {
    match &node.value {
        Value::Int(number) => Some(*number),
        Value::String(text) => {
            let share = text.strip_suffix('%')?.parse::<i64>().ok()?;
            Some((of * share + 99) / 100)
        }
        _ => None,
    }
}

fn one<'a>(
    subject: &Subject<'a>,
    budget: &Object<'a>,
    replicas: i64,
    selected: &[&Pod<'a>],
    problems: &mut Vec<Problem>,
) {
    let Some(spec) = budget.node.get("spec") else { return };
    let (least, most) = (spec.get("minAvailable"), spec.get("maxUnavailable"));
    let name = selected.first().map(|pod| pod.owner.id.to_string()).unwrap_or_default();
    let left = match (least, most) {
        (Some(node), None) => pods(node, replicas).map(|least| (node, replicas - least)),
        (None, Some(node)) => pods(node, replicas).map(|most| (node, most)),
        (Some(node), Some(_)) => {
            let message = format!("{} says both how many must stay and how many may go", budget.id);
            problems.push(
                Problem::new("ops/budget-blocks", message, subject.place(node), "one of the two")
                    .why("Kubernetes refuses the object")
                    .help("keep `maxUnavailable: 1`"),
            );
            return;
        }
        (None, None) => {
            let message = format!("{} does not say how many pods may go", budget.id);
            let at = subject.missing(spec, &["maxUnavailable"]);
            problems.push(
                Problem::new("ops/budget-blocks", message, at, "neither of the two")
                    .help("set `maxUnavailable: 1`"),
            );
            return;
        }
    };
    let Some((node, left)) = left else { return };
    if replicas > 0 && left <= 0 {
        let message = format!("{} never lets a pod of {name} go", budget.id);
        problems.push(
            Problem::new("ops/budget-blocks", message, subject.place(node), format!("{replicas} replicas"))
                .help(if replicas == 1 {
                    "take the budget out: one pod cannot be moved without a pause".to_owned()
                } else {
                    "set `maxUnavailable: 1` instead".to_owned()
                }),
        );
    } else if replicas > 1 && left >= replicas && (subject.known().is_some() || is_production(subject)) {
        let message = format!("{} lets every pod of {name} go at once", budget.id);
        problems.push(
            Problem::new("ops/no-budget", message, subject.place(node), format!("{replicas} replicas"))
                .help("set `maxUnavailable: 1`"),
        );
    }
}
