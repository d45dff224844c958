//! What a namespace allows, and what Spark will ask of it.

use super::{Context, Process, memory, text};
use crate::layer::tree::Node;
use crate::rules::set::Object;
use crate::rules::set::asked::{self, Asked, amount};
use crate::rules::{Place, Problem};
use crate::spark::executors;

/// Quotas and limit ranges that Spark's pods do not fit into.
pub fn check(context: &Context<'_, '_>, problems: &mut Vec<Problem>) {
    for quota in context.subject.of("ResourceQuota") {
        let scoped = quota.node.below(&["spec", "scopes"]).is_some()
            || quota.node.below(&["spec", "scopeSelector"]).is_some();
        if !scoped {
            whole(context, quota, problems);
        }
    }
    for range in context.subject.of("LimitRange") {
        each(context, range, problems);
    }
}

fn whole(context: &Context<'_, '_>, quota: &Object<'_>, problems: &mut Vec<Problem>) {
    let hard = quota.node.below(&["spec", "hard"]);
    let (mut sum, mut executors) = (Asked::default(), 0);
    for pod in context.subject.pods.iter().filter(|pod| pod.namespace() == quota.namespace()) {
        if asked::is_steady(pod) {
            sum = sum.plus(asked::pod(pod).times(i128::from(pod.replicas().unwrap_or(0))));
        }
    }
    for process in context.processes.iter().filter(|process| process.is_on_kubernetes()) {
        let pod = &context.subject.pods[process.app.pod];
        let namespace = process.get("spark.kubernetes.namespace").unwrap_or("default");
        let Some(one) = executor(context, process).filter(|_| namespace == quota.namespace()) else {
            continue;
        };
        let Some(count) = executors::most(|key| process.get(key)) else { continue };
        let count = i128::from(count) * i128::from(pod.replicas().unwrap_or(1));
        executors += count;
        sum = sum.plus(one.times(count));
    }
    let asked = [
        ("pods", sum.pods, 1000),
        ("count/pods", sum.pods, 1000),
        ("cpu", sum.cpu, 1),
        ("requests.cpu", sum.cpu, 1),
        ("memory", sum.memory, 1),
        ("requests.memory", sum.memory, 1),
        ("limits.memory", sum.memory_limit, 1),
    ];
    for (key, asked, scale) in asked {
        let Some(node) = hard.and_then(|hard| hard.get(key)) else { continue };
        let Some(allowed) = amount(Some(node)) else { continue };
        if executors > 0 && asked * scale > allowed {
            let short = shown(key, asked * scale);
            problems.push(
                Problem::new(
                    "spark/quota-too-small",
                    format!("the quota allows {} of `{key}`, and all pods together ask for {short}", text(node)),
                    context.subject.place(node),
                    format!("with {executors} executors, the most that may come"),
                )
                .why("Kubernetes refuses what goes beyond a quota: executors never come, and queries wait for them without an end")
                .help(format!("allow {short} or more, or lower the number of executors")),
            );
        }
    }
}

/// Limits for each container or pod by itself.
fn each(context: &Context<'_, '_>, range: &Object<'_>, problems: &mut Vec<Problem>) {
    for limit in range.node.below(&["spec", "limits"]).map_or(&[][..], Node::items) {
        if !matches!(limit.text("type"), Some("Container" | "Pod")) {
            continue;
        }
        for process in context.processes.iter().filter(|process| process.is_on_kubernetes()) {
            let namespace = process.get("spark.kubernetes.namespace").unwrap_or("default");
            let Some(one) = executor(context, process).filter(|_| namespace == range.namespace()) else {
                continue;
            };
            for (key, asked) in [("memory", one.memory_limit), ("cpu", one.cpu)] {
                let Some(node) = limit.below(&["max", key]) else { continue };
                if amount(Some(node)).is_some_and(|most| asked > most) {
                    problems.push(range_problem(context, process, node, key, asked));
                }
            }
        }
    }
}

fn range_problem(
    context: &Context<'_, '_>,
    process: &Process<'_, '_>,
    node: &Node,
    key: &str,
    asked: i128,
) -> Problem {
    let place: Place = context.subject.place(node);
    Problem::new(
        "spark/quota-too-small",
        format!(
            "executors of {} ask for {} of {key}, and one may have {}",
            process.name(context.subject),
            shown(key, asked),
            text(node)
        ),
        place,
        "the most that is allowed",
    )
    .why("Kubernetes refuses the pods: no executor ever comes, and queries wait for them without an end")
    .help("raise the `max` of the LimitRange, or make executors smaller")
}

/// One executor.
fn executor(context: &Context<'_, '_>, process: &Process<'_, '_>) -> Option<Asked> {
    let memory = i128::from(memory::executor(context, process)?.pod()) * (1000 << 20);
    let cpu = executors::cores(|key| process.get(key))?;
    Some(Asked { pods: 1, cpu, memory, memory_limit: memory, ..Asked::default() })
}

fn shown(key: &str, milli: i128) -> String {
    if key.contains("memory") {
        let one = 1000 << 20;
        format!("{}Mi", (milli + one - 1) / one)
    } else if milli % 1000 == 0 {
        (milli / 1000).to_string()
    } else {
        format!("{milli}m")
    }
}
