//! What pods ask the scheduler for, and what they are limited to.

use super::{Pod, PodKind};
use crate::layer::tree::{Node, Value};
use crate::spec::types::Quantity;

/// Amounts of CPU (thousandths of a core) and memory (thousandths of a byte).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Asked {
    /// How many pods.
    pub pods: i128,
    /// CPU that is asked for.
    pub cpu: i128,
    /// CPU that is the limit; what has none counts as nothing.
    pub cpu_limit: i128,
    /// Memory that is asked for.
    pub memory: i128,
    /// Memory that is the limit; what has none counts as nothing.
    pub memory_limit: i128,
}

impl Asked {
    /// So many of it.
    #[must_use]
    pub fn times(self, count: i128) -> Asked {
        self.each(self, |one, _| one.saturating_mul(count))
    }

    /// Both together.
    #[must_use]
    pub fn plus(self, other: Asked) -> Asked {
        self.each(other, i128::saturating_add)
    }

    /// The greater of each amount.
    #[must_use]
    pub fn most(self, other: Asked) -> Asked {
        self.each(other, i128::max)
    }

    fn each(self, other: Asked, of: impl Fn(i128, i128) -> i128) -> Asked {
        Asked {
            pods: of(self.pods, other.pods),
            cpu: of(self.cpu, other.cpu),
            cpu_limit: of(self.cpu_limit, other.cpu_limit),
            memory: of(self.memory, other.memory),
            memory_limit: of(self.memory_limit, other.memory_limit),
        }
    }
}

/// What one container asks for; a request that is not written is the limit.
pub fn container(container: &Node) -> Asked {
    let of = |which: &str, what: &str| container.below(&["resources", which, what]);
    let asks = |what: &str| amount(of("requests", what).or_else(|| of("limits", what))).unwrap_or(0);
    let limit = |what: &str| amount(of("limits", what)).unwrap_or(0);
    Asked {
        pods: 1,
        cpu: asks("cpu"),
        cpu_limit: limit("cpu"),
        memory: asks("memory"),
        memory_limit: limit("memory"),
    }
}

/// What one pod asks for: all that runs beside one another, or the greatest of what runs before it.
pub fn pod(pod: &Pod<'_>) -> Asked {
    let running = pod.running().map(container).fold(Asked::default(), Asked::plus);
    let first = pod.spec.list("initContainers").iter().map(container).fold(Asked::default(), Asked::most);
    Asked { pods: 1, ..running.most(first) }
}

/// Whether there are always as many of it as its object says: executors come and go with the work, Jobs end,
/// and a DaemonSet has as many as there are nodes.
pub fn is_steady(pod: &Pod<'_>) -> bool {
    pod.kind != PodKind::Executor && !matches!(pod.owner.id.kind.as_str(), "Job" | "CronJob" | "DaemonSet")
}

/// A quantity in thousandths.
pub fn amount(node: Option<&Node>) -> Option<i128> {
    let text = match &node?.value {
        Value::String(text) => text.clone(),
        Value::Int(number) => number.to_string(),
        Value::Float(number) => number.to_string(),
        _ => return None,
    };
    text.parse::<Quantity>().ok().map(|quantity| quantity.milli())
}
