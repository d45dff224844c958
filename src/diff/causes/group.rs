//! Targets by their reasons.

use super::besides::{Blamed, Reason};
use super::identity::Part;
use super::leaf::leaves;
use super::stage::Sides;
use super::units::Unit;
use super::{Cause, CauseKind, Causes};
use std::collections::BTreeMap;

/// What one reason changes.
#[derive(Default)]
struct Changed {
    fields: Vec<(usize, usize)>,
    objects: Vec<usize>,
}

/// The causes with what each of them changes, and what has none of its own.
pub fn group(
    sides: &Sides<'_>,
    units: &[Unit<'_>],
    parts: &[Part],
    blamed: Vec<Blamed>,
    silent: Vec<usize>,
) -> Causes {
    let mut found: BTreeMap<Reason, Changed> = BTreeMap::new();
    let mut derived = Vec::new();
    for Blamed { change, field, reasons } in blamed {
        if let Some(field) = field.filter(|_| reasons.is_empty()) {
            derived.push((change, field));
        }
        for reason in reasons {
            let Changed { fields, objects } = found.entry(reason).or_default();
            match field {
                Some(field) => fields.push((change, field)),
                None => objects.push(change),
            }
        }
    }
    for unit in silent {
        found.entry(Reason::Pieces(vec![unit])).or_default();
    }
    derived.sort_unstable();
    let kind = |reason: Reason| match reason {
        Reason::Pieces(pieces) => CauseKind::Leaves(
            pieces.iter().flat_map(|at| leaves(sides.before, sides.after, &units[*at])).collect(),
        ),
        Reason::Identity(part) => {
            let Part { what, before, after, .. } = &parts[part];
            CauseKind::Identity { what, before: before.clone(), after: after.clone() }
        }
        Reason::Templates(files) => CauseKind::Templates(files),
        Reason::Program => CauseKind::Program,
    };
    let causes = found.into_iter().map(|(reason, Changed { mut fields, mut objects })| {
        fields.sort_unstable();
        objects.sort_unstable();
        Cause { kind: kind(reason), fields, objects }
    });
    Causes { causes: causes.collect(), derived }
}
