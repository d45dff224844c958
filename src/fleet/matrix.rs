//! `spec.matrix` in `sparkctl.yaml`: each preset with each team on each cluster in each environment.

use super::pattern::{fits, is_pattern};
use super::placeholder;
use super::plan::{Draft, Entry};
use crate::diagnostic::Finding;
use crate::layer::document::LayerKind;
use crate::library::project::{EntryName, MatrixEntry};
use crate::source::Span;

/// What a name may be made of.
const PLACEHOLDERS: [&str; 4] = ["preset", "team", "cluster", "environment"];

/// One combination of a matrix.
struct Combination<'a> {
    preset: &'a str,
    environment: &'a str,
    cluster: Option<&'a str>,
    team: Option<&'a str>,
}

/// Adds the releases of one entry.
pub(super) fn expand(draft: &mut Draft<'_>, name: &str, at: Span) {
    let project = draft.project;
    let Some((name, entry)) = project.file.spec.matrix.iter().find(|(known, _)| known.as_str() == name)
    else {
        return;
    };
    let place = EntryName::Matrix(name.as_str());
    for (key, presets) in [("presets", &entry.presets), ("features", &entry.features)] {
        for preset in presets {
            draft.check(LayerKind::Preset, preset, draft.place_of(place, key));
        }
    }
    let environments =
        draft.environments(entry.environments.as_deref(), draft.place_of(place, "environments"));
    let clusters =
        layers(draft, LayerKind::Cluster, entry.clusters.as_deref(), draft.place_of(place, "clusters"));
    let teams = layers(draft, LayerKind::Team, entry.teams.as_deref(), draft.place_of(place, "teams"));
    let named = entry.name.clone().unwrap_or_else(|| {
        if entry.teams.is_some() { "{team}-{preset}".to_owned() } else { "{preset}".to_owned() }
    });
    let namespace = entry.namespace.clone().unwrap_or_else(|| {
        if entry.teams.is_some() {
            "spark-{team}-{environment}".to_owned()
        } else {
            "spark-{environment}".to_owned()
        }
    });
    for (key, pattern) in [("name", &named), ("namespace", &namespace)] {
        if let Some(finding) = wrong_pattern(entry, pattern, draft.place_of(place, key)) {
            return draft.refuse(finding);
        }
    }
    for environment in environments {
        for cluster in &clusters {
            for team in &teams {
                for preset in &entry.presets {
                    let one = Combination { preset, environment, cluster: *cluster, team: *team };
                    if is_excluded(entry, &one) {
                        continue;
                    }
                    draft.add(Entry {
                        name: filled(&named, &one),
                        namespace: filled(&namespace, &one),
                        environment,
                        cluster: *cluster,
                        team: *team,
                        preset,
                        features: &entry.features,
                        matrix: Some(name),
                        at,
                    });
                }
            }
        }
    }
}

/// The layers that an axis names, one by one or by patterns; one `None` where there is no such axis.
fn layers<'a>(
    draft: &mut Draft<'a>,
    kind: LayerKind,
    named: Option<&'a [String]>,
    at: Span,
) -> Vec<Option<&'a str>> {
    let Some(named) = named else { return vec![None] };
    let library = draft.library;
    let mut found: Vec<&str> = Vec::new();
    for name in named {
        if !is_pattern(name) {
            draft.check(kind, name, at);
            found.push(name);
            continue;
        }
        let before = found.len();
        found.extend(library.names(kind).filter(|known| fits(name, known)));
        if found.len() == before {
            let message = format!("no {} fits `{name}`", kind.word());
            let help = format!("add layers of kind {kind:?} to `{}s/`, or correct the pattern", kind.word());
            draft.refuse(Finding::error("library/bad-release", message).at(at, "named here").help(help));
        }
    }
    found.sort_unstable();
    found.dedup();
    found.into_iter().map(Some).collect()
}

fn is_excluded(entry: &MatrixEntry, one: &Combination<'_>) -> bool {
    let fits = |pattern: &Option<String>, value: Option<&str>| {
        pattern.as_ref().is_none_or(|pattern| value.is_some_and(|value| fits(pattern, value)))
    };
    entry.exclude.iter().any(|exclusion| {
        fits(&exclusion.preset, Some(one.preset))
            && fits(&exclusion.environment, Some(one.environment))
            && fits(&exclusion.cluster, one.cluster)
            && fits(&exclusion.team, one.team)
    })
}

/// A name with its placeholders filled in.
fn filled(pattern: &str, one: &Combination<'_>) -> String {
    let values = [Some(one.preset), one.team, one.cluster, Some(one.environment)];
    placeholder::filled(pattern, |name| {
        let at = PLACEHOLDERS.iter().position(|known| *known == name)?;
        values.get(at).copied().flatten()
    })
}

/// What is wrong with a pattern of names: a placeholder that nobody knows, or that this matrix has no axis for.
fn wrong_pattern(entry: &MatrixEntry, pattern: &str, at: Span) -> Option<Finding> {
    let placeholder = placeholder::names(pattern).find(|name| match *name {
        "team" => entry.teams.is_none(),
        "cluster" => entry.clusters.is_none(),
        other => !PLACEHOLDERS.contains(&other),
    })?;
    let reason = match placeholder {
        "team" => "the matrix has no `teams`",
        "cluster" => "the matrix has no `clusters`",
        _ => "nobody knows this placeholder",
    };
    let message = format!("`{{{placeholder}}}` stands for nothing");
    let finding = Finding::error("library/bad-release", message).at(at, reason);
    Some(finding.help("use {preset}, {team}, {cluster} and {environment}, as far as the matrix has them"))
}
