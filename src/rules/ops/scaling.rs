//! Autoscalers of pods: none on what holds sessions.

use crate::layer::tree::Node;
use crate::rules::Problem;
use crate::rules::set::Subject;

/// N14: what an autoscaler names is not a driver.
pub fn check(subject: &Subject<'_>, problems: &mut Vec<Problem>) {
    let scalers = [
        ("HorizontalPodAutoscaler", "scaleTargetRef"),
        ("ScaledObject", "scaleTargetRef"),
        ("VerticalPodAutoscaler", "targetRef"),
    ];
    for (kind, field) in scalers {
        for scaler in subject.of(kind) {
            let Some(target) = scaler.node.below(&["spec", field]) else { continue };
            let name = target.text("name").unwrap_or_default();
            let kind = target.text("kind").unwrap_or("Deployment");
            let pod = subject.pods.iter().position(|pod| {
                pod.owner.id.kind == kind
                    && pod.owner.id.name == name
                    && pod.namespace() == scaler.namespace()
            });
            let off = scaler.node.below(&["spec", "updatePolicy", "updateMode"]).and_then(Node::as_str)
                == Some("Off");
            let Some(pod) = pod.filter(|_| !off) else { continue };
            if subject.applications.iter().any(|found| found.pod == pod && found.is_driver()) {
                let message = format!("{} scales a driver, {kind}/{name}", scaler.id);
                let at = subject.missing(target, &["name"]);
                problems.push(
                    Problem::new("ops/autoscaled-driver", message, at, "its sessions live in its memory")
                        .help("scale executors instead: `spark.dynamicAllocation.enabled=true`"),
                );
            }
        }
    }
}
