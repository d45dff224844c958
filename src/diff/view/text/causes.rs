//! What differs, by what causes it: the layer lines with their values, then the objects and fields they change.

use super::paint::Paint;
use super::wrap::wrap;
use super::{Detail, changes, names};
use crate::diff::causes::{Cause, CauseKind, Leaf, Origin};
use crate::diff::impact::Effect;
use crate::diff::view::rows::blocks;
use crate::diff::view::value::{MOST, clean, short};
use crate::diff::view::{count, name, place};
use crate::diff::{Comparison, ObjectStep};
use crate::layer::path::SpecPath;
use std::collections::BTreeSet;

/// Objects that are named before the others are counted.
const NAMED: usize = 3;

/// All causes, then what has none.
pub fn render(comparison: &Comparison, detail: Detail, paint: Paint) -> String {
    let mut text = String::new();
    // What one value does is told before what several do together: by then each of these is known.
    let is_several = |cause: &&Cause| matches!(&cause.kind, CauseKind::Leaves(leaves) if leaves.len() > 1);
    let is_leaf = |cause: &&Cause| matches!(&cause.kind, CauseKind::Leaves(_));
    let causes = || comparison.causes.causes.iter();
    let ones = causes().filter(|cause| is_leaf(cause) && !is_several(cause));
    let others = causes().filter(is_several).chain(causes().filter(|cause| !is_leaf(cause)));
    let mut known: BTreeSet<&SpecPath> = BTreeSet::new();
    for cause in ones.chain(others) {
        text.push_str(&one(comparison, cause, &known, detail, paint));
        if let CauseKind::Leaves(leaves) = &cause.kind {
            known.extend(leaves.iter().map(|leaf| &leaf.path));
        }
    }
    if !text.is_empty() {
        text = format!("\n{}\n{text}", paint.bold("What differs, and why"));
    }
    text.push_str(&derived(comparison, detail, paint));
    text.push_str(&rest(comparison, detail, paint));
    text
}

fn one(
    comparison: &Comparison,
    cause: &Cause,
    known: &BTreeSet<&SpecPath>,
    detail: Detail,
    paint: Paint,
) -> String {
    let mut text = String::new();
    match &cause.kind {
        CauseKind::Leaves(leaves) => {
            let (again, new): (Vec<&Leaf>, Vec<&Leaf>) = match leaves.as_slice() {
                [one] => (Vec::new(), vec![one]),
                several => several.iter().partition(|leaf| known.contains(&leaf.path)),
            };
            let effect = comparison.worst_of(cause).filter(|effect| *effect >= Effect::Scales);
            for (at, one) in new.iter().enumerate() {
                let is_last = at + 1 == new.len() && again.is_empty();
                text.push_str(&leaf(comparison, one, effect.filter(|_| is_last), paint));
            }
            if !again.is_empty() {
                let paths: Vec<String> = again.iter().map(|leaf| clean(&leaf.path.to_string())).collect();
                let with = if new.is_empty() { "together: " } else { "with " };
                let effect = effect.map(|effect| format!("; {}", effect.meaning())).unwrap_or_default();
                text.push_str(&wrap(&format!("{with}{}{effect}", paths.join(", ")), 2, 2));
            }
        }
        CauseKind::Identity { what, before, after } => {
            text.push_str(&format!("  the release's {what}  {}\n", values(paint, before, after)));
            // The namespace stands in every object: nobody reads it forty times.
            if !detail.verbose && !cause.fields.is_empty() {
                return text + &collapsed(comparison, cause, detail, paint);
            }
        }
        CauseKind::Templates(files) => text.push_str(&format!("  {}\n", clean(&files.join(", ")))),
        CauseKind::Program => text.push_str("  sparkctl itself\n"),
    }
    text.push_str(&changes::objects(comparison, &cause.objects, 6, detail, paint));
    text.push_str(&changes::fields(
        comparison,
        &blocks(&comparison.difference, &cause.fields, detail.verbose),
        detail,
        paint,
    ));
    text
}

/// `connect.replicas  1 → 3`, and the lines that say so.
fn leaf(comparison: &Comparison, leaf: &Leaf, effect: Option<Effect>, paint: Paint) -> String {
    let shown = |origin: &Origin| short(&origin.value, MOST / 2);
    let placed = |origin: &Option<Origin>| {
        let place =
            origin.as_ref().map(|origin| place::short(origin).unwrap_or_else(|| origin.layer.clone()));
        place.map(|place| paint.place(&clean(&place)))
    };
    let path = paint.bold(&clean(&leaf.path.to_string()));
    let value = match (&leaf.before, &leaf.after) {
        (Some(before), Some(after)) => values(paint, &shown(before), &shown(after)),
        (None, Some(after)) if comparison.is_between() => paint.after(&format!("+ {}", shown(after))),
        (None, Some(after)) => shown(after),
        (Some(before), None) => paint.before(&format!("- {}", shown(before))),
        (None, None) => String::new(),
    };
    let at = match (placed(&leaf.before), placed(&leaf.after)) {
        (Some(before), Some(after)) if before != after => format!("{before} → {after}"),
        (before, after) => after.or(before).unwrap_or_default(),
    };
    let effect = effect.map(|effect| format!("; {}", effect.meaning())).unwrap_or_default();
    format!("  {path}  {value}\n    {at}{effect}\n")
}

fn values(paint: Paint, before: &str, after: &str) -> String {
    match (clean(before), clean(after)) {
        (before, after) if before.is_empty() => paint.after(&format!("+ {after}")),
        (before, after) if after.is_empty() => paint.before(&format!("- {before}")),
        (before, after) => format!("{} → {}", paint.before(&before), paint.after(&after)),
    }
}

/// Only how much it changes.
fn collapsed(comparison: &Comparison, cause: &Cause, detail: Detail, paint: Paint) -> String {
    let mut holders: Vec<usize> = cause.fields.iter().map(|(change, _)| *change).collect();
    holders.dedup();
    let fields = count(cause.fields.len(), "field");
    let line = format!("{fields} in {}; -v lists them", count(holders.len(), "object"));
    format!(
        "{}      {}\n",
        changes::objects(comparison, &cause.objects, 6, detail, paint),
        paint.faint(&line)
    )
}

/// Digests change with what they are made of.
fn derived(comparison: &Comparison, detail: Detail, paint: Paint) -> String {
    let derived = &comparison.causes.derived;
    if derived.is_empty() {
        return String::new();
    }
    let mut holders: Vec<usize> = derived.iter().map(|(change, _)| *change).collect();
    holders.dedup();
    let most = if detail.verbose { usize::MAX } else { NAMED };
    let names = name::several(&names(comparison, &holders), most);
    let what = count(derived.len(), "digest");
    let verb = if derived.len() == 1 { "changes with what it is" } else { "change with what they are" };
    let line = format!("{what} {verb} made of: {names}");
    format!("\n{}", wrap(&line, 2, 2).lines().map(|line| paint.faint(line) + "\n").collect::<String>())
}

/// What no cause names.
fn rest(comparison: &Comparison, detail: Detail, paint: Paint) -> String {
    let (rest, whole) = comparison.without_cause();
    let mut text = String::new();
    let all = &comparison.difference.changes;
    let of = |step: ObjectStep| -> Vec<usize> {
        whole.iter().copied().filter(|at| all.get(*at).is_some_and(|change| change.step() == step)).collect()
    };
    let (before, after) = (clean(&comparison.before.name), clean(&comparison.after.name));
    for (step, heading) in [
        (ObjectStep::Added, format!("Only in {after}")),
        (ObjectStep::Removed, format!("Only in {before}")),
        (ObjectStep::Renamed, "Called otherwise, and recognised by what they hold".to_owned()),
    ] {
        let objects = of(step);
        if !objects.is_empty() {
            text.push_str(&format!(
                "\n{}\n{}",
                paint.bold(&heading),
                changes::objects(comparison, &objects, 2, detail, paint)
            ));
        }
    }
    if rest.is_empty() {
        return text;
    }
    let heading = match comparison.is_between() {
        true => "Without a cause that was found",
        false => "What sparkctl would not render, or for another reason than a line of a layer",
    };
    text.push_str(&format!("\n{}\n", paint.bold(heading)));
    text.push_str(&changes::fields(
        comparison,
        &blocks(&comparison.difference, &rest, detail.verbose),
        detail,
        paint,
    ));
    let untraced = comparison.untraced;
    if untraced.objects > 0 {
        let (fields, objects) = (count(untraced.fields, "field"), count(untraced.objects, "object"));
        let line = format!("for {fields} in {objects} of these no line was looked for: there are too many");
        text.push_str(&format!("  {}\n", paint.faint(&line)));
    }
    text
}
