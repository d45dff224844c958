//! `sparkctl diff --from ENVIRONMENT --to ENVIRONMENT`

use crate::cli::output::Terminal;
use crate::cli::progress::Progress;
use crate::cli::select::{Choice, Selection, Workplace};
use crate::diff::Comparison;
use crate::diff::view::Shown;
use crate::failure::Failure;
use crate::fleet::engine;
use crate::fleet::pairs::{Pairs, pairs};
use crate::layer::document::LayerKind;
use crate::release::Release;

/// Releases that cannot be compiled and are told one by one: mostly all have one reason.
const TOLD: usize = 3;

/// One release in both environments, or every release of the project that both have; none where a side cannot be
/// compiled, which has been told then.
///
/// # Errors
/// Where it is not said which, or what is said does not exist.
pub fn shown(
    workplace: &Workplace,
    selection: &Selection,
    (from, to): (&str, &str),
    terminal: &mut Terminal,
) -> Result<Option<Shown>, Failure> {
    let environments = || workplace.library.names(LayerKind::Environment);
    for name in [from, to] {
        if !environments().any(|known| known == name) {
            return Err(Failure::unknown("environment", name, environments()));
        }
    }
    if from == to {
        return Err(Failure::refused(
            format!("both sides are the environment `{from}`"),
            "name two; what is on the disk and what would be rendered is compared with --env and --against",
        ));
    }
    let Pairs { pairs, before, after } = chosen(workplace, selection, from, to)?;
    let library = &workplace.library;
    let quiet = &*terminal;
    let progress = Progress::new(terminal, pairs.len(), "releases");
    let compared =
        engine::each(&pairs, engine::cores(), &|count| progress.done(quiet, count), |_, (old, new)| {
            let side = |release: &Release| {
                super::side(library, release, quiet).map_err(|failure| Box::new((release.clone(), failure)))
            };
            let (old, new) = (side(old)?, side(new)?);
            Ok(Comparison::between((library, &old), (library, &new), (from, to)))
        });
    progress.finish();
    let mut shown = Shown {
        before,
        after,
        sides: (from.to_owned(), to.to_owned()),
        command: command(selection, from, to),
        ..Shown::default()
    };
    let mut failures: Vec<Box<(Release, Failure)>> = Vec::new();
    for one in compared {
        match one {
            Ok(comparison) => shown.comparisons.push(comparison),
            Err(failure) => failures.push(failure),
        }
    }
    if failures.is_empty() {
        return Ok(Some(shown));
    }
    let count = failures.len();
    for (at, failed) in failures.into_iter().enumerate() {
        let (release, failure) = *failed;
        if at == TOLD {
            terminal.tell(&format!("{} more releases cannot be compiled", count - TOLD));
            break;
        }
        // What was asked for does not exist: that is about no side.
        if !matches!(failure, Failure::Findings(_)) {
            return Err(failure);
        }
        let option = if release.environment == from { "--from" } else { "--to" };
        let place = release.place();
        terminal.tell(&format!("{place}, the side of {option}, cannot be compiled and is not compared:"));
        terminal.failure(failure);
    }
    Ok(None)
}

/// The releases that are meant on both sides.
fn chosen(workplace: &Workplace, selection: &Selection, from: &str, to: &str) -> Result<Pairs, Failure> {
    let side =
        |environment: &str| Selection { environment: Some(environment.to_owned()), ..selection.clone() };
    if workplace.library.project.is_none() || selection.preset.is_some() {
        let old = workplace.release(&side(from))?;
        // Standard input is read once.
        let new = workplace.release(&Selection { values: None, ..side(to) })?;
        let new = Release { values: old.values.clone(), ..new };
        return Ok(Pairs { pairs: vec![(old, new)], ..Pairs::default() });
    }
    let values = selection.values.is_some();
    let releases = |selection: &Selection| -> Result<Vec<Release>, Failure> {
        Ok(match workplace.choose(selection, None)? {
            Choice::One(release) => vec![*release],
            Choice::Many(many) => many.releases.into_iter().map(|planned| planned.release).collect(),
        })
    };
    let (old, new) = (releases(&side(from)), releases(&Selection { values: None, ..side(to) }));
    let (old, mut new) = match (old, new) {
        // What only one environment has is told.
        (Err(Failure::Refused { .. }), Ok(new)) => (Vec::new(), new),
        (Ok(old), Err(Failure::Refused { .. })) => (old, Vec::new()),
        (old, new) => (old?, new?),
    };
    if let ([old], [new], true) = (old.as_slice(), new.as_mut_slice(), values) {
        new.values.clone_from(&old.values);
    }
    Ok(pairs(old, new))
}

/// The command that shows it again.
fn command(selection: &Selection, from: &str, to: &str) -> String {
    let mut words = vec![format!("sparkctl diff --from {from} --to {to}")];
    let options = [
        ("preset", &selection.preset),
        ("release", &selection.release),
        ("cluster", &selection.cluster),
        ("team", &selection.team),
        ("values", &selection.values),
        ("spark-version", &selection.spark_version),
        ("namespace", &selection.namespace),
    ];
    words
        .extend(options.iter().filter_map(|(option, value)| Some(format!("--{option} {}", value.as_ref()?))));
    if !selection.features.is_empty() {
        words.push(format!("--with {}", selection.features.join(",")));
    }
    words.extend(selection.set.iter().map(|set| format!("--set {}", crate::template::format::shell(set))));
    words.join(" ")
}
