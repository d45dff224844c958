//! Sides, counts, impacts.

use crate::diff::comparison::Counts;
use crate::diff::impact::{Effect, Impact};
use crate::diff::totals::Totals;
use crate::diff::{ObjectChange, Side};
use crate::release::Release;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// One side.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct SideForm {
    /// What it is called: an environment, a revision, a path.
    pub name: String,
    /// The release; none where something else rendered the manifests.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub release: Option<ReleaseForm>,
    /// How many objects it has.
    pub objects: usize,
    /// What they ask of a cluster.
    pub totals: TotalsForm,
}

/// A release.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ReleaseForm {
    /// Its name.
    pub name: String,
    /// Its environment.
    pub environment: String,
    /// Its namespace.
    pub namespace: String,
    /// Its cluster.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cluster: Option<String>,
    /// Its team.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub team: Option<String>,
    /// Its scenario.
    pub preset: String,
    /// Its features.
    pub features: Vec<String>,
}

/// What a side asks of a cluster.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct TotalsForm {
    /// Pods, executors left out.
    pub replicas: u64,
    /// CPU that they ask for, in thousandths of a core.
    pub cpu_millicores: u64,
    /// Their limits of CPU, in thousandths of a core.
    pub cpu_limit_millicores: u64,
    /// Memory that they ask for.
    pub memory_bytes: u64,
    /// Their limits of memory.
    pub memory_limit_bytes: u64,
    /// The most executors; none where some driver has no bound.
    pub executors: Option<u64>,
    /// CPU that so many executors ask for, in thousandths of a core.
    pub executor_cpu_millicores: u64,
    /// Memory that so many executors ask for.
    pub executor_memory_bytes: u64,
    /// Storage that claims ask for.
    pub storage_bytes: u64,
}

/// How much differs.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct CountsForm {
    /// Objects that only the second side has.
    pub added: usize,
    /// Objects that only the first side has.
    pub removed: usize,
    /// Objects with other contents.
    pub changed: usize,
    /// Objects that are called otherwise.
    pub renamed: usize,
    /// Fields of changed and renamed objects.
    pub fields: usize,
}

/// One thing that applying it does.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ImpactForm {
    /// What it does.
    pub effect: EffectForm,
    /// To which object: `KIND/NAME`.
    pub object: String,
    /// What that means here.
    pub text: String,
    /// The change that does it, by its index.
    pub change: usize,
    /// The fields of it that do, by their indices; empty where the object as a whole does.
    pub fields: Vec<usize>,
}

/// An effect.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct EffectForm {
    /// Its stable name: `restarts`, `recreates`, `opens-path`.
    pub name: String,
    /// What it is, in a few words.
    pub meaning: String,
    /// How bad it is: greater is worse. For comparing within one document.
    pub rank: usize,
}

impl SideForm {
    /// For programs.
    pub fn of(side: &Side) -> SideForm {
        SideForm {
            name: side.name.clone(),
            release: side.release.as_ref().map(ReleaseForm::of),
            objects: side.objects,
            totals: TotalsForm::of(&side.totals),
        }
    }
}

impl ReleaseForm {
    /// For programs.
    pub fn of(release: &Release) -> ReleaseForm {
        ReleaseForm {
            name: release.name.to_string(),
            environment: release.environment.clone(),
            namespace: release.namespace.to_string(),
            cluster: release.cluster.clone(),
            team: release.team.clone(),
            preset: release.preset.clone(),
            features: release.features.iter().cloned().collect(),
        }
    }
}

impl TotalsForm {
    fn of(totals: &Totals) -> TotalsForm {
        TotalsForm {
            replicas: totals.replicas,
            cpu_millicores: totals.cpu,
            cpu_limit_millicores: totals.cpu_limit,
            memory_bytes: totals.memory,
            memory_limit_bytes: totals.memory_limit,
            executors: (!totals.unbounded).then_some(totals.executors),
            executor_cpu_millicores: totals.executor_cpu,
            executor_memory_bytes: totals.executor_memory,
            storage_bytes: totals.storage,
        }
    }
}

impl CountsForm {
    /// For programs.
    pub fn of(counts: Counts) -> CountsForm {
        let Counts { added, removed, changed, renamed, fields } = counts;
        CountsForm { added, removed, changed, renamed, fields }
    }
}

impl ImpactForm {
    /// For programs.
    pub fn of(impact: &Impact, changes: &[ObjectChange]) -> ImpactForm {
        let object = changes.get(impact.change).and_then(ObjectChange::id);
        ImpactForm {
            effect: EffectForm::of(impact.effect),
            object: object.map(ToString::to_string).unwrap_or_default(),
            text: impact.text.clone(),
            change: impact.change,
            fields: impact.fields.clone(),
        }
    }
}

impl EffectForm {
    fn of(effect: Effect) -> EffectForm {
        let rank = Effect::ALL.iter().rev().position(|one| *one == effect).unwrap_or_default();
        EffectForm { name: effect.name().to_owned(), meaning: effect.meaning().to_owned(), rank }
    }
}
