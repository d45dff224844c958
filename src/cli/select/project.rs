//! Which releases of a project are meant.

use super::{Selection, Workplace, parse_name};
use crate::failure::Failure;
use crate::fleet::{Plan, Planned, Select, Shard, pattern};
use crate::layer::document::LayerKind;
use crate::release::Release;
use crate::spec::types::ValueError;
use std::collections::BTreeSet;

/// What a command is about.
pub enum Choice {
    /// One release.
    One(Box<Release>),
    /// Releases of a project, as its file lists them.
    Many(Many),
}

/// Releases of a project, as its file lists them.
pub struct Many {
    /// Those that are meant.
    pub releases: Vec<Planned>,
    /// Where the bundles of all of the project's releases lie below the output directory, if all are meant.
    pub all: Option<BTreeSet<String>>,
}

impl Workplace {
    /// What is meant: one release where a scenario is named, or the options leave only one of the project; else
    /// all of the project's that fit.
    ///
    /// # Errors
    /// As [`Workplace::release`], and where no release fits.
    pub fn choose(&self, selection: &Selection, shard: Option<Shard>) -> Result<Choice, Failure> {
        if self.library.project.is_none() || selection.preset.is_some() {
            if let Some(shard) = shard {
                return Err(Failure::refused(
                    format!("--shard {shard} takes its share of a project, and one release is meant"),
                    if selection.preset.is_some() {
                        "leave out --preset"
                    } else {
                        "run it inside a project, or name one with --project"
                    },
                ));
            }
            return Ok(Choice::One(Box::new(self.release(selection)?)));
        }
        let exact = selection.environment.as_deref().filter(|name| !pattern::is_pattern(name));
        let (plan, faults) = Plan::with_faults(&self.library, exact);
        let select = patterns(selection);
        if let (Some((option, pattern, names)), true) = (select.idle(&plan.releases), faults.is_empty()) {
            return Err(self.fits_nothing(option, pattern, names));
        }
        let everything = select.is_everything();
        let all = || plan.releases.iter().map(|planned| planned.release.place()).collect();
        let all = (everything && shard.is_none()).then(all);
        let mut releases = plan.releases;
        releases.retain(|planned| select.takes(&planned.release));
        match releases.as_slice() {
            [] if everything && faults.is_empty() => {
                return Err(Failure::refused(
                    "the project lists no releases",
                    "add one below `releases` in sparkctl.yaml, or choose a scenario with --env and --preset",
                ));
            }
            [] if faults.is_empty() => {
                return Err(Failure::refused(
                    format!("no release of the project fits {} together", words(selection)),
                    "leave out one of them; `sparkctl list releases` shows what there is",
                ));
            }
            [one] if !everything && shard.is_none() => {
                let release = self.with_arguments(one.release.clone(), selection)?;
                return Ok(Choice::One(Box::new(release)));
            }
            _ if !faults.is_empty() => return Err(self.library.failure(faults)),
            _ => {}
        }
        if let Some(option) = of_one_release(selection) {
            return Err(Failure::refused(
                format!("{option} is for one release, and {} of the project are meant", releases.len()),
                "name one with --env and --release; what holds for several belongs in a layer",
            ));
        }
        if let Some(shard) = shard {
            releases.retain(|planned| shard.takes(&planned.release.place()));
        }
        for planned in &mut releases {
            planned.release.today = selection.today;
        }
        Ok(Choice::Many(Many { releases, all }))
    }

    /// A name or pattern that fits none of the project's releases.
    fn fits_nothing(&self, option: &str, pattern: &str, names: Vec<&str>) -> Failure {
        let what = if option == "env" { "environment" } else { option };
        let kinds =
            [("env", LayerKind::Environment), ("cluster", LayerKind::Cluster), ("team", LayerKind::Team)];
        let kind = kinds.iter().find(|(known, _)| *known == option).map(|(_, kind)| *kind);
        let exists = kind.is_some_and(|kind| self.library.names(kind).any(|name| name == pattern));
        if !exists && !names.is_empty() && !pattern::is_pattern(pattern) {
            return Failure::unknown(what, pattern, names);
        }
        let message = match exists {
            true => format!("no release of the project has the {what} `{pattern}`"),
            false => format!("no {what} of the project's releases fits `{pattern}`"),
        };
        let help = match names.as_slice() {
            [] => format!("the releases name no {what}: leave out --{option}"),
            names => format!("there are: {}", names.join(", ")),
        };
        Failure::refused(message, help)
    }

    /// A release that no project lists.
    pub(super) fn unplanned(
        &self,
        selection: &Selection,
        environment: &str,
        preset: &str,
    ) -> Result<Release, Failure> {
        let name = parse_name("release", selection.release.as_deref().unwrap_or(preset))?;
        let refuse = |error: ValueError| Failure::Refused { what: error.to_string(), help: None };
        let release = Release::of(environment, name.as_str()).map_err(refuse)?;
        let (cluster, team) = (selection.cluster.clone(), selection.team.clone());
        Ok(Release { preset: preset.to_owned(), cluster, team, ..release })
    }

    /// The project's release that is meant, if one is: by what is said of it, its scenario only where its name
    /// is not said.
    pub(super) fn planned(
        &self,
        selection: &Selection,
        environment: &str,
    ) -> Result<Option<Release>, Failure> {
        let (plan, faults) = Plan::with_faults(&self.library, Some(environment));
        let said = |wanted: &Option<String>, own: Option<&str>| {
            wanted.as_deref().is_none_or(|wanted| own == Some(wanted))
        };
        let here = |release: &&Release| release.environment == environment;
        let fits = |release: &&Release| {
            said(&selection.release, Some(release.name.as_str()))
                && (selection.release.is_some() || said(&selection.preset, Some(&release.preset)))
                && said(&selection.cluster, release.cluster.as_deref())
                && said(&selection.team, release.team.as_deref())
        };
        let releases = || plan.releases.iter().map(|planned| &planned.release).filter(here);
        let found: Vec<&Release> = releases().filter(fits).collect();
        match found.as_slice() {
            [] => {
                let names = releases().map(|release| release.name.as_str());
                let ours = self.library.project.is_some();
                match &selection.release {
                    Some(_) if !faults.is_empty() && selection.preset.is_none() => {
                        Err(self.library.failure(faults))
                    }
                    Some(name) if ours && selection.preset.is_none() => {
                        Err(Failure::unknown("release", name, names))
                    }
                    _ => Ok(None),
                }
            }
            [one] => Ok(Some((*one).clone())),
            several => {
                let names: BTreeSet<&str> = several.iter().map(|release| release.name.as_str()).collect();
                let clusters: BTreeSet<&str> =
                    several.iter().filter_map(|release| release.cluster.as_deref()).collect();
                let list = |names: BTreeSet<&str>| names.into_iter().collect::<Vec<_>>().join(", ");
                let (option, names) =
                    if names.len() > 1 { ("release", list(names)) } else { ("cluster", list(clusters)) };
                Err(Failure::refused(
                    "several releases of the project fit",
                    format!("add --{option} with one of: {names}"),
                ))
            }
        }
    }
}

/// What the options say of releases. Each takes several names or patterns, with commas between them.
pub fn patterns(selection: &Selection) -> Select {
    let list = |given: &Option<String>| -> Vec<String> {
        let given = given.iter().flat_map(|text| text.split(','));
        given.map(|name| name.trim().to_owned()).filter(|name| !name.is_empty()).collect()
    };
    Select {
        environments: list(&selection.environment),
        releases: list(&selection.release),
        clusters: list(&selection.cluster),
        teams: list(&selection.team),
    }
}

/// The options that choose releases, as they were given.
fn words(selection: &Selection) -> String {
    let options = [
        ("env", &selection.environment),
        ("cluster", &selection.cluster),
        ("team", &selection.team),
        ("release", &selection.release),
    ];
    let given = options.iter().filter_map(|(option, value)| Some(format!("--{option} {}", value.as_ref()?)));
    given.collect::<Vec<_>>().join(" ")
}

/// An option that makes no sense for several releases.
fn of_one_release(selection: &Selection) -> Option<&'static str> {
    let given = [
        ("--set", !selection.set.is_empty()),
        ("--values", selection.values.is_some()),
        ("--with", !selection.features.is_empty()),
        ("--spark-version", selection.spark_version.is_some()),
        ("--namespace", selection.namespace.is_some()),
    ];
    given.iter().find(|(_, given)| *given).map(|(option, _)| *option)
}
