//! What a branch changes, for programs, and the schema of that.

use super::Compared;
use crate::diff::causes::{CauseKind, Leaf, Origin};
use crate::diff::totals::Totals;
use crate::diff::{FieldChange, FieldStep, ObjectStep};
use crate::fleet::radius::{Alike, Group, Whole};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Value as Json, json};

/// What `sparkctl diff --base` prints with `--format json`.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Page {
    /// What the working tree is compared with.
    base: Base,
    /// How many releases there are on either side, those on both counted once.
    releases: usize,
    /// How many of them are made from other inputs than they were.
    compared: usize,
    /// The places of those whose objects differ.
    changed: Vec<String>,
    /// Releases that are new.
    added: Vec<One>,
    /// Releases that are gone.
    removed: Vec<One>,
    /// Releases that cannot be compared, because what they were cannot be rendered.
    unknown: Vec<Unknown>,
    /// What all of these ask for.
    totals: Both<Amounts>,
    /// Alike changes with one cause in the same releases; what does the worst first.
    groups: Vec<Changes>,
    /// What to know besides.
    notes: Vec<String>,
    /// What keeps releases from being rendered any more, as `sparkctl check --format json` has it.
    findings: Json,
}

#[derive(Debug, Serialize, JsonSchema)]
struct Base {
    /// The revision that was asked for.
    revision: String,
    /// The commit that the branch left it at.
    commit: String,
}

#[derive(Debug, Serialize, JsonSchema)]
struct One {
    /// Its place.
    release: String,
    /// How many objects it has; none where it cannot be rendered.
    objects: Option<usize>,
}

#[derive(Debug, Serialize, JsonSchema)]
struct Unknown {
    /// Its place.
    release: String,
    /// What is wrong.
    why: String,
}

#[derive(Debug, Serialize, JsonSchema)]
struct Both<T> {
    /// As it was.
    before: T,
    /// As it is.
    after: T,
}

/// CPU in thousandths of a core, memory and storage in bytes.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct Amounts {
    replicas: u64,
    cpu: u64,
    memory: u64,
    /// At most; none where there is no bound.
    executors: Option<u64>,
    executor_cpu: u64,
    executor_memory: u64,
    storage: u64,
}

#[derive(Debug, Serialize, JsonSchema)]
struct Changes {
    /// The places of the releases; the changes are shown of the first.
    releases: Vec<String>,
    /// What is responsible: `kind` is `leaves`, `identity`, `templates` or `program`.
    causes: Vec<Json>,
    /// What applying it does, the worst first.
    impacts: Vec<Impact>,
    /// The objects that change.
    objects: Vec<Object>,
}

#[derive(Debug, Serialize, JsonSchema)]
struct Impact {
    /// Its name, such as `restarts`.
    effect: String,
    /// What that means here.
    text: String,
}

#[derive(Debug, Serialize, JsonSchema)]
struct Object {
    /// `KIND/NAME`.
    object: String,
    /// `added`, `removed`, `changed` or `renamed`.
    change: String,
    /// What it was called, where that is something else.
    #[serde(skip_serializing_if = "Option::is_none")]
    was: Option<String>,
    /// What differs inside it.
    fields: Vec<Field>,
    /// Whether it also holds a digest of what changes elsewhere, which is not among the fields.
    digest: bool,
}

#[derive(Debug, Serialize, JsonSchema)]
struct Field {
    /// What it is called.
    path: String,
    /// `added`, `removed`, `changed` or `reordered`.
    change: String,
    /// Its value as it was; hidden where it is secret.
    before: Option<Json>,
    /// Its value as it is.
    after: Option<Json>,
    /// Whether it is a credential.
    secret: bool,
}

/// The schema of what is printed.
pub fn schema() -> Json {
    let mut schema = crate::spec::schema::of::<Page>();
    schema["title"] = json!("sparkctl diff --base");
    schema
}

/// All of it.
pub fn value(compared: &Compared) -> Page {
    let Compared { snapshot, radius, notes } = compared;
    let one = |Whole { place, objects }: &Whole| One { release: place.clone(), objects: *objects };
    let unknown = |(place, why): &(String, String)| Unknown { release: place.clone(), why: why.clone() };
    let report = crate::diagnostic::json::value(&radius.report);
    Page {
        base: Base { revision: snapshot.revision.clone(), commit: snapshot.commit.clone() },
        releases: radius.releases,
        compared: radius.compared,
        changed: radius.changed.clone(),
        added: radius.added.iter().map(one).collect(),
        removed: radius.removed.iter().map(one).collect(),
        unknown: radius.unknown.iter().map(unknown).collect(),
        totals: Both { before: amounts(&radius.totals.0), after: amounts(&radius.totals.1) },
        groups: radius.groups.iter().map(changes).collect(),
        notes: notes.clone(),
        findings: report["findings"].clone(),
    }
}

fn amounts(totals: &Totals) -> Amounts {
    Amounts {
        replicas: totals.replicas,
        cpu: totals.cpu,
        memory: totals.memory,
        executors: (!totals.unbounded).then_some(totals.executors),
        executor_cpu: totals.executor_cpu,
        executor_memory: totals.executor_memory,
        storage: totals.storage,
    }
}

fn changes(group: &Group) -> Changes {
    let impact = |(effect, text): &(crate::diff::impact::Effect, String)| Impact {
        effect: effect.name().to_owned(),
        text: text.clone(),
    };
    Changes {
        releases: group.releases.clone(),
        causes: group.causes.iter().map(cause).collect(),
        impacts: group.effects.iter().map(impact).collect(),
        objects: group.changes.iter().map(object).collect(),
    }
}

fn cause(cause: &CauseKind) -> Json {
    let origin = |origin: &Option<Origin>| {
        let Origin { value, layer, place, .. } = origin.as_ref()?;
        Some(json!({"value": value, "layer": layer, "place": place}))
    };
    let leaf = |leaf: &Leaf| json!({"path": leaf.path.to_string(), "before": origin(&leaf.before), "after": origin(&leaf.after)});
    match cause {
        CauseKind::Leaves(leaves) => {
            json!({"kind": "leaves", "leaves": leaves.iter().map(leaf).collect::<Vec<_>>()})
        }
        CauseKind::Identity { what, before, after } => {
            json!({"kind": "identity", "what": what, "before": before, "after": after})
        }
        CauseKind::Templates(paths) => json!({"kind": "templates", "paths": paths}),
        CauseKind::Program => json!({"kind": "program"}),
    }
}

fn object(Alike { step, object, was, fields, follows }: &Alike) -> Object {
    let change = match step {
        ObjectStep::Added => "added",
        ObjectStep::Removed => "removed",
        ObjectStep::Changed => "changed",
        ObjectStep::Renamed => "renamed",
    };
    let fields = fields.iter().map(field).collect();
    Object { object: object.clone(), change: change.to_owned(), was: was.clone(), fields, digest: *follows }
}

fn field(field: &FieldChange) -> Field {
    let change = match field.step {
        FieldStep::Added => "added",
        FieldStep::Removed => "removed",
        FieldStep::Changed => "changed",
        FieldStep::Reordered => "reordered",
    };
    Field {
        path: field.path.to_string(),
        change: change.to_owned(),
        before: field.before.clone(),
        after: field.after.clone(),
        secret: field.secret,
    }
}
