//! Quotas, ranges and disruption budgets: how many pods there may be, and how many may go at once.

use super::sides::{Change, Context, Side};
use super::{Effect, Found};
use crate::diff::totals::executors_of;
use crate::graph::totals::{cores, mebibytes};
use crate::layer::tree::Node;
use crate::rules::set::asked::{self, Asked, amount};

/// What a change does to limits of pods that are still to come.
pub fn tell(change: &Change<'_>, found: &mut Found) {
    let name = change.name();
    let fields = change.any_below(&["spec"]);
    match change.kind() {
        "LimitRange" => {
            let text = match (change.added(), change.removed()) {
                (None, None) if fields.is_empty() => return,
                (_, Some(_)) => format!("{name} goes: pods that start from now on have no defaults of it"),
                _ => format!("{name} counts for pods that start from now on"),
            };
            found.say(change, Effect::NewPods, fields, text);
        }
        "PodDisruptionBudget" => budget(change, fields, found),
        "HorizontalPodAutoscaler" | "ScaledObject" => {
            let text = match (change.added(), change.removed()) {
                (None, None) if fields.is_empty() => return,
                (Some(_), _) => format!("{name} decides how many pods there are"),
                (_, Some(_)) => format!("{name} goes: there are as many pods as there are now"),
                _ => format!("{name} decides otherwise how many pods there are"),
            };
            found.say(change, Effect::Scales, fields, text);
        }
        _ => {}
    }
}

fn budget(change: &Change<'_>, fields: Vec<usize>, found: &mut Found) {
    let name = change.name();
    let rule = |object: &Node| {
        let of =
            |key: &str| object.below(&["spec", key]).map(|node| node.to_json().to_string().replace('"', ""));
        match (of("minAvailable"), of("maxUnavailable")) {
            (Some(least), _) => format!("keeps at least {least} of its pods when nodes are drained"),
            (_, Some(most)) if most == "0" || most == "0%" => {
                "lets none of its pods go: their nodes cannot be drained".to_owned()
            }
            (_, Some(most)) => format!("lets at most {most} of its pods go at once when nodes are drained"),
            _ => "keeps nothing".to_owned(),
        }
    };
    let text = match (change.removed(), change.after) {
        (Some(_), _) => format!("{name} goes: a drained node takes all its pods at once"),
        (None, Some((_, object))) if change.added().is_some() || !fields.is_empty() => {
            format!("{name} {}", rule(object.node))
        }
        _ => return,
    };
    found.say(change, Effect::Evictions, fields, text);
}

/// Quotas that are smaller than what all pods of their namespace may ask for together. Said of the quota's change,
/// or, where the quota is the same and held before, of each change that asks for more.
pub fn quotas(context: &Context<'_>, found: &mut Found) {
    for quota in context.after.subject.of("ResourceQuota").filter(|quota| quota.group().is_empty()) {
        let is_scoped =
            ["scopes", "scopeSelector"].iter().any(|key| quota.node.below(&["spec", key]).is_some());
        if is_scoped {
            continue;
        }
        let change = context
            .changes
            .iter()
            .find(|change| change.after.is_some_and(|(_, object)| std::ptr::eq(object.node, quota.node)));
        let short = exceeded(&context.after, quota.node, quota.namespace());
        let Some((key, allowed, asked)) = short else { continue };
        let text =
            format!("{} allows {allowed} of {key}, and all pods together may ask for {asked}", quota.id);
        match change {
            Some(change) => found.say(change, Effect::Quota, change.any_below(&["spec.hard"]), text),
            None => {
                // Under the first side's names nothing says so unless the quota held there.
                let held = context.before.subject.of("ResourceQuota").any(|other| {
                    other.node.same_value(quota.node)
                        && exceeded(&context.before, other.node, other.namespace()).is_none()
                });
                let grows = |change: &&Change<'_>| {
                    let template = super::workloads::template(change.kind(), change.group());
                    change.after.is_some_and(|(_, object)| object.namespace() == quota.namespace())
                        && (template.is_some() || change.kind() == "ConfigMap")
                };
                if let Some(change) = context.changes.iter().find(grows).filter(|_| held) {
                    found.say(change, Effect::Quota, Vec::new(), text);
                }
            }
        }
    }
    for change in context.changes.iter().filter(|change| change.kind() == "ResourceQuota") {
        let fields = change.any_below(&["spec"]);
        let is_told = found.told.contains(&change.at);
        if is_told || (change.both().is_some() && fields.is_empty()) {
            continue;
        }
        let text = match change.removed() {
            Some(_) => format!("{} goes: nothing bounds the namespace any more", change.name()),
            None => {
                format!(
                    "{} is enough for all pods of the set, with as many executors as may come",
                    change.name()
                )
            }
        };
        found.say(change, Effect::NewPods, fields, text);
    }
}

/// The first bound that is too small: its key, what is allowed, and what may be asked for.
fn exceeded(side: &Side<'_>, quota: &Node, namespace: &str) -> Option<(&'static str, String, String)> {
    let mut sum = Asked::default();
    let own = side.subject.pods.iter().filter(|pod| pod.namespace() == namespace && asked::is_steady(pod));
    for pod in own {
        sum = sum.plus(asked::pod(pod).times(i128::from(pod.replicas().unwrap_or(0))));
    }
    for application in side.subject.applications.iter().filter(|application| application.is_on_kubernetes()) {
        let home = application.get("spark.kubernetes.namespace").unwrap_or("default");
        if home == namespace {
            sum = sum.plus(executors_of(&side.subject, application).unwrap_or_default());
        }
    }
    let hard = quota.below(&["spec", "hard"])?;
    let bounds = [
        ("pods", sum.pods * 1000),
        ("count/pods", sum.pods * 1000),
        ("cpu", sum.cpu),
        ("requests.cpu", sum.cpu),
        ("limits.cpu", sum.cpu_limit),
        ("memory", sum.memory),
        ("requests.memory", sum.memory),
        ("limits.memory", sum.memory_limit),
    ];
    bounds.into_iter().find_map(|(key, asked)| {
        let allowed = amount(hard.get(key)).filter(|allowed| asked > *allowed)?;
        let shown = |amount| if key.contains("memory") { mebibytes(amount) } else { cores(amount) };
        Some((key, shown(allowed), shown(asked)))
    })
}
