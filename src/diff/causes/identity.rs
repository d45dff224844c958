//! What a release is called and made of, beside its spec, part by part.

use crate::release::Release;

/// A part of a release's identity that differs.
pub struct Part {
    pub what: &'static str,
    pub before: String,
    pub after: String,
    /// Takes the part from another release.
    pub take: fn(&mut Release, &Release),
}

/// The parts that differ, in the order in which a user thinks of them.
pub fn parts(before: &Release, after: &Release) -> Vec<Part> {
    type Row = (&'static str, fn(&Release) -> String, fn(&mut Release, &Release));
    let rows: [Row; 9] = [
        ("environment", |r| r.environment.clone(), |r, other| r.environment.clone_from(&other.environment)),
        ("namespace", |r| r.namespace.to_string(), |r, other| r.namespace = other.namespace.clone()),
        ("name", |r| r.name.to_string(), |r, other| r.name = other.name.clone()),
        (
            "cluster",
            |r| r.cluster.clone().unwrap_or_default(),
            |r, other| r.cluster.clone_from(&other.cluster),
        ),
        ("team", |r| r.team.clone().unwrap_or_default(), |r, other| r.team.clone_from(&other.team)),
        ("preset", |r| r.preset.clone(), |r, other| r.preset.clone_from(&other.preset)),
        (
            "features",
            |r| r.features.iter().cloned().collect::<Vec<_>>().join(","),
            |r, other| r.features.clone_from(&other.features),
        ),
        (
            "arguments",
            |r| {
                let values = r.values.iter().map(|values| format!("--values {}", values.last_part()));
                // What --set writes stands in the spec, where credentials are hidden.
                let set = (!r.set.is_empty()).then(|| "--set".to_owned());
                values.chain(set).collect::<Vec<_>>().join(" ")
            },
            |r, other| {
                r.values.clone_from(&other.values);
                r.set.clone_from(&other.set);
            },
        ),
        (
            "neighbours",
            |r| {
                let names = r.sharing.owner.iter().chain(r.sharing.guests.iter().map(|guest| &guest.name));
                names.map(ToString::to_string).collect::<Vec<_>>().join(",")
            },
            |r, other| r.sharing = other.sharing.clone(),
        ),
    ];
    let differs = |what: &str| match what {
        "arguments" => before.values != after.values || before.set != after.set,
        "neighbours" => before.sharing != after.sharing,
        _ => false,
    };
    let parts = rows.into_iter().filter_map(|(what, of, take)| {
        let (old, new) = (of(before), of(after));
        (old != new || differs(what)).then_some(Part { what, before: old, after: new, take })
    });
    parts.collect()
}
