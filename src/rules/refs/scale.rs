//! What autoscalers scale.

use super::names::Names;
use crate::rules::Problem;

/// Rule `ref/unknown-scale-target` (N14): what an autoscaler names is a workload of the set.
pub fn check(names: &Names<'_>, problems: &mut Vec<Problem>) {
    for object in names.subject.objects() {
        let (field, otherwise) = match object.id.kind.as_str() {
            "HorizontalPodAutoscaler" => ("scaleTargetRef", ""),
            "ScaledObject" => ("scaleTargetRef", "Deployment"),
            "VerticalPodAutoscaler" => ("targetRef", ""),
            _ => continue,
        };
        let Some(target) = object.node.below(&["spec", field]) else { continue };
        let Some(node) = target.get("name") else { continue };
        let kind = target.text("kind").unwrap_or(otherwise);
        let workload =
            matches!(kind, "Deployment" | "StatefulSet" | "DaemonSet" | "ReplicaSet" | "CronJob" | "Job");
        let name = node.as_str().unwrap_or_default();
        if !workload || names.find(kind, object.namespace(), name).is_some() {
            continue;
        }
        let other = ["Deployment", "StatefulSet"]
            .into_iter()
            .find(|other| *other != kind && names.find(other, object.namespace(), name).is_some());
        let known: Vec<&str> = names.all(kind).into_iter().collect();
        let mut problem =
            names.absent("ref/unknown-scale-target", kind, name, names.subject.place(node), &known);
        problem.rule = "ref/unknown-scale-target";
        problems.push(match other {
            Some(other) => problem.help(format!("it is a {other}: write `kind: {other}`")),
            None => problem,
        });
    }
}
