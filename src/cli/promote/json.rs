//! A promotion for programs.

use super::Told;
use crate::cli::lines;
use crate::diff::{FieldStep, ObjectStep};
use crate::layer::path::SpecPath;
use crate::layer::tree::Node;
use crate::promote::{Decision, Reach, Step};
use crate::spec::redact::{self, HIDDEN};
use serde_json::{Value as Json, json};

/// All of it.
pub fn value(told: &Told<'_>, written: bool) -> Json {
    let report = crate::diagnostic::json::value(&told.effect.report);
    let files = told.plan.files.iter().map(|(file, (before, after))| {
        let diff = lines::difference(file, before.as_deref().unwrap_or_default(), after);
        json!({"file": file, "new": before.is_none(), "diff": diff})
    });
    json!({
        "from": told.ends.from.release.place(),
        "to": told.ends.to.release.place(),
        "written": written,
        "same": told.same.iter().map(SpecPath::to_string).collect::<Vec<_>>(),
        "edits": told.plan.decisions.iter().map(edit).collect::<Vec<_>>(),
        "files": files.collect::<Vec<_>>(),
        "releases": told.effect.reached.iter().map(release).collect::<Vec<_>>(),
        "untouched": told.effect.untouched,
        "findings": report["findings"],
        "errors": report["errors"],
        "warnings": report["warnings"],
        "silenced": report["silenced"],
    })
}

fn edit(decision: &Decision) -> Json {
    let Decision { change, file, root, step, why } = decision;
    let value = |node: &Option<Node>| node.as_ref().map(|node| redact::value(&change.path, node));
    json!({
        "path": change.path.to_string(),
        "before": value(&change.before),
        "after": value(&change.after),
        "file": file,
        "under": root.to_string(),
        "step": match step {
            Step::Add => "add",
            Step::Set => "set",
            Step::Remove => "remove",
            Step::Delete => "delete",
        },
        "why": why,
    })
}

fn release(reach: &Reach) -> Json {
    let changes = reach.difference.changes.iter().map(|change| {
        let fields = change.fields.iter().map(|field| {
            let value = |value: &Option<Json>| match field.secret {
                true => value.as_ref().map(|_| Json::from(HIDDEN)),
                false => value.clone(),
            };
            json!({
                "path": field.path.to_string(),
                "change": match field.step {
                    FieldStep::Added => "added",
                    FieldStep::Removed => "removed",
                    FieldStep::Changed => "changed",
                    FieldStep::Reordered => "reordered",
                },
                "before": value(&field.before),
                "after": value(&field.after),
            })
        });
        json!({
            "object": change.id().map(ToString::to_string),
            "change": match change.step() {
                ObjectStep::Added => "added",
                ObjectStep::Removed => "removed",
                ObjectStep::Changed => "changed",
                ObjectStep::Renamed => "renamed",
            },
            "fields": fields.collect::<Vec<_>>(),
        })
    });
    let impacts = reach
        .impacts
        .iter()
        .map(|impact| json!({"effect": impact.effect.name(), "text": impact.text, "change": impact.change}));
    json!({
        "release": reach.place,
        "known": !reach.is_unknown,
        "impacts": impacts.collect::<Vec<_>>(),
        "changes": changes.collect::<Vec<_>>(),
    })
}
