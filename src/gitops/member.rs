//! A bundle as those see it who sync it: where it lies, and what is in it.

use crate::compile::Compiled;
use crate::manifest::ObjectId;
use crate::spec::types::Name;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeSet, HashSet};
use std::hash::Hash;
use std::sync::{Arc, Mutex, PoisonError};

/// Groups and kinds of objects; the core group is empty.
pub type Kinds = BTreeSet<(String, String)>;

/// One bundle, for the tools that sync it. Small, so that it is kept for every release of a fleet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Member {
    /// The release's name.
    pub name: Name,
    /// The namespace it lives in.
    pub namespace: Name,
    /// Its environment.
    pub environment: String,
    /// The cluster it is for; none where it names none.
    pub cluster: Option<String>,
    /// Its team; none where it names none.
    pub team: Option<String>,
    /// Where its bundle lies below the output directory, `/` between the parts: `prod/connect`.
    pub place: String,
    /// Group and kind of everything in it, each once. The core group is empty. Shared by members that are alike,
    /// as nearly all of a fleet are.
    pub kinds: Arc<Kinds>,
    /// Its Deployments and StatefulSets, in the order in which they are applied.
    pub workloads: Arc<Vec<Workload>>,
}

/// Something that runs, and that a sync waits for.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Workload {
    /// Group and version, such as `apps/v1`.
    pub api_version: String,
    /// `Deployment` or `StatefulSet`.
    pub kind: String,
    /// Its name; it lives in the release's namespace.
    pub name: String,
}

impl Member {
    /// A compiled release whose bundle lies at `place` below the output directory.
    pub fn of(compiled: &Compiled, place: &str) -> Member {
        let release = &compiled.release;
        let ids = || compiled.manifests.iter().map(|manifest| &manifest.id);
        Member {
            name: release.name.clone(),
            namespace: release.namespace.clone(),
            environment: release.environment.clone(),
            cluster: release.cluster.clone(),
            team: release.team.clone(),
            place: place.to_owned(),
            kinds: Arc::new(ids().map(|id| (id.group().to_owned(), id.kind.clone())).collect()),
            workloads: Arc::new(ids().filter(|id| runs(id)).map(workload).collect()),
        }
    }

    /// Whether the bundle holds its Namespace.
    pub fn owns_namespace(&self) -> bool {
        self.kinds.iter().any(|(group, kind)| group.is_empty() && kind == "Namespace")
    }
}

/// What members have in common, kept once.
#[derive(Debug, Default)]
pub struct Common {
    kinds: Mutex<HashSet<Arc<Kinds>>>,
    workloads: Mutex<HashSet<Arc<Vec<Workload>>>>,
}

impl Common {
    /// Lets a member share what an earlier one has too.
    pub fn share(&self, member: &mut Member) {
        one_of(&self.kinds, &mut member.kinds);
        one_of(&self.workloads, &mut member.workloads);
    }
}

fn one_of<T: Eq + Hash>(known: &Mutex<HashSet<Arc<T>>>, value: &mut Arc<T>) {
    let mut known = known.lock().unwrap_or_else(PoisonError::into_inner);
    match known.get(value) {
        Some(same) => *value = same.clone(),
        None => drop(known.insert(value.clone())),
    }
}

fn runs(id: &ObjectId) -> bool {
    id.group() == "apps" && matches!(id.kind.as_str(), "Deployment" | "StatefulSet")
}

fn workload(id: &ObjectId) -> Workload {
    Workload { api_version: id.api_version.clone(), kind: id.kind.clone(), name: id.name.clone() }
}
